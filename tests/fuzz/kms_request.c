#include "kms/request.h"

#include "base/pktline.h"
#include "tests/fuzz/fuzz.h"

static void
read_batch(struct slice rest)
{
	CLEANUP(kms_batch_release) struct kms_batch batch = KMS_BATCH;
	struct error		err = ERROR_INIT;
	enum pktline_kind	kind;
	struct slice		data;

	while (!batch.complete && pktline_parse(&rest, &kind, &data, &err) == 0)
		if ((kind == PKTLINE_FLUSH ? kms_batch_flush(&batch, &err) : kms_batch_line(&batch, data, &err)) != 0)
			return;
	for (size_t i = 0; batch.complete && i < batch.count; i++)
		MUST(batch.requests[i].service < KMS_SERVICES && batch.requests[i].operation < KMS_OPERATIONS &&
		    batch.requests[i].context_count <= KMS_CONTEXT_MAX);
}

static void
read_answers(struct slice rest)
{
	struct kms_reply	replies[3] = { { .asked = false } };
	struct kms_answers	answers = { .replies = replies, .count = 3 };
	struct error		err = ERROR_INIT;
	enum pktline_kind	kind;
	struct slice		data;

	while (!answers.complete && pktline_parse(&rest, &kind, &data, &err) == 0)
		if ((kind == PKTLINE_FLUSH ? kms_answers_flush(&answers, &err) : kms_answers_line(&answers, data, &err)) != 0)
			break;
	for (size_t i = 0; i < 3; i++) {
		MUST(!answers.complete || replies[i].error.kind != ERR_NONE || replies[i].datakey != NULL ||
		    replies[i].text.len != 0);
		kms_reply_release(&replies[i]);
	}
}

/* Both directions of the helper's socket. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_batch(slice_of(data, size));
	read_answers(slice_of(data, size));
	return 0;
}
