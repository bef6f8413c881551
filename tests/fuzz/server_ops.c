#include "kms/server_ops.h"

#include "kms/json.h"
#include "kms/xml.h"
#include "tests/fuzz/fuzz.h"

/* A first line that names an operation, then the body of a request whose signature was fine. */
static const char state[] =
    "hubkms 1\nsession AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
    "key arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d-0000-4000-8000-000000000001 1 enabled "
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= -\n"
    "key arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d-0000-4000-8000-000000000002 1 disabled "
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= -\n"
    "alias arn:aws:kms:eu-west-1:123456789012:alias/a arn:aws:kms:eu-west-1:123456789012:key/"
    "0a1b2c3d-0000-4000-8000-000000000001\n";

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct server_faults none;
	CLEANUP(server_keys_freep) struct server_keys *keys = NULL;
	CLEANUP(server_reply_release) struct server_reply reply;
	CLEANUP(json_freep) struct json *json = NULL;
	CLEANUP(buf_release) struct buf code = BUF(1000);
	struct slice	rest = slice_of(data, size), operation;
	struct server	server = { .faults = &none, .any_key = true };
	struct error	err = ERROR_INIT;
	bool		sts;

	if (!slice_split(&rest, '\n', &operation))
		operation = SLICE_NONE;
	sts = slice_eq(operation, SLICE("AssumeRole")) || slice_eq(operation, SLICE("GetCallerIdentity"));
	server_reply_init(&reply, sts ? SERVER_STS : SERVER_KMS);
	memcpy(reply.caller.region, "eu-west-1", sizeof("eu-west-1"));
	MUST(server_keys_parse(slice_str(state), &keys, &err) == 0);
	server.keys = keys;
	server_perform(&server, operation, rest, 1700000000, &reply);

	/* Whatever came, the answer is well formed, and nothing of a client's makes it our own fault. */
	MUST(reply.status == 200 || (reply.status >= 400 && reply.status < 500));
	MUST((reply.status == 200) == (reply.code[0] == '\0'));
	if (sts)
		MUST(reply.status == 200 || xml_find(buf_slice(&reply.body), "Error/Code", &code, &err) == 0);
	else
		MUST((reply.status == 200 && reply.body.len == 0) || json_parse(buf_slice(&reply.body), &json, &err) == 0);
	return 0;
}
