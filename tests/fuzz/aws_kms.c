#include "kms/aws_kms.h"

#include "kms/aws_error.h"
#include "tests/fuzz/fuzz.h"

/* The first byte says what was asked; the rest is the body of the answer. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kms_request	request = { .operation = size > 0 ? data[0] % KMS_OPERATIONS : 0 };
	struct slice		body = slice_of(data + (size > 0), size > 0 ? size - 1 : 0);
	struct kms_reply	reply = { .asked = false };
	struct error		err = ERROR_INIT, none = ERROR_INIT;
	struct http_reply	refusal = { .error = &none, .status = 400, .body = body };
	struct aws_fault	fault;

	if (aws_kms_reply(&request, body, &reply, &err) == 0)
		MUST(reply.datakey != NULL || reply.text.len != 0);
	else
		MUST(reply.datakey == NULL && reply.text.data == NULL);
	kms_reply_release(&reply);
	aws_fault_read(&refusal, &fault);
	MUST(strlen(fault.code) < sizeof(fault.code) && strlen(fault.message) < sizeof(fault.message));
	return 0;
}
