#include "kms/request.h"

#include <sys/socket.h>
#include <unistd.h>

#include "base/pktline.h"
#include "tests/tap.h"

static const struct kms_pair context[] = { { SLICE("app"), SLICE("a=b\nc") }, { SLICE(""), SLICE("") } };

static struct pktline *ends[2];

/* What is written to ends[0] is read from ends[1]. */
static void
connect_ends(void)
{
	struct error	err = ERROR_INIT;
	int		fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0 || pktline_new(fds[0], fds[0], &ends[0], &err) != 0 ||
	    pktline_new(fds[1], fds[1], &ends[1], &err) != 0)
		bail_out("no socket pair");
}

static int
read_batch(struct kms_batch *batch, struct error *err)
{
	struct slice data;

	while (!batch->complete) {
		if (pktline_read(ends[1], &data, err) != 0)
			return err->kind;
		if ((pktline_kind(ends[1]) == PKTLINE_FLUSH ? kms_batch_flush(batch, err) :
		    kms_batch_line(batch, data, err)) != 0)
			return err->kind;
	}
	return 0;
}

static void
test_batch(void)
{
	CLEANUP(kms_batch_release) struct kms_batch batch = KMS_BATCH;
	struct error err = ERROR_INIT;
	const struct kms_request requests[] = {
		{ .service = KMS_AWS, .operation = KMS_UNWRAP, .hedge = 7, .key = SLICE("arn:k"), .role = SLICE("arn:r"),
		    .profile = SLICE("p"), .context = context, .context_count = 2, .payload = SLICE("enc") },
		{ .service = KMS_VAULT, .operation = KMS_WRAP, .key = SLICE("url"), .payload = SLICE("\0\n=\xff") },
	};

	if (!succeeds(kms_batch_write(requests, 2, 1234, ends[0], &err), err, "a batch is written") ||
	    !succeeds(read_batch(&batch, &err), err, "and read"))
		return;
	is_int(batch.count, 2, "with all its questions");
	is_int(batch.deadline_ms, 1234, "and its deadline");
	ok(batch.requests[0].service == KMS_AWS && batch.requests[0].operation == KMS_UNWRAP &&
	    batch.requests[0].hedge == 7, "a question's kinds arrive");
	is_slice(batch.requests[0].key, requests[0].key, "its key");
	is_slice(batch.requests[0].role, requests[0].role, "its role");
	is_slice(batch.requests[0].profile, requests[0].profile, "its profile");
	is_int(batch.requests[0].context_count, 2, "its context");
	is_slice(batch.requests[0].context[0].value, context[0].value, "whose values may hold anything");
	is_int(batch.requests[0].context[1].name.len, 0, "or nothing");
	is_slice(batch.requests[1].payload, requests[1].payload, "a payload is bytes");
	is_int(batch.requests[1].context_count, 0, "the second question does not inherit the first one's context");
}

static void
test_answers(void)
{
	struct kms_reply	sent[3] = { { .asked = true, .text = BUF(100) }, { .asked = false }, { .asked = true } };
	struct kms_reply	got[3] = { { .asked = false } };
	struct kms_answers	answers = { .replies = got, .count = 3 };
	struct error		err = ERROR_INIT;
	struct slice		data;

	err_set(&sent[1].error, ERR_DENIED, "no\nway");
	err_hint(&sent[1].error, "ask");
	if (secret_copy(SLICE("\0\1\2"), &sent[0].datakey, &err) != 0 || buf_str(&sent[0].text, "enc", &err) != 0 ||
	    secret_copy(SLICE("x"), &sent[2].datakey, &err) != 0)
		bail_out("out of memory");
	if (!succeeds(kms_replies_write(sent, 3, ends[0], &err), err, "answers are written"))
		return;
	while (!answers.complete && pktline_read(ends[1], &data, &err) == 0)
		if ((pktline_kind(ends[1]) == PKTLINE_FLUSH ? kms_answers_flush(&answers, &err) :
		    kms_answers_line(&answers, data, &err)) != 0)
			break;
	ok(answers.complete, "and read");
	ok(got[0].asked && got[0].error.kind == ERR_NONE && got[0].datakey != NULL, "an answer arrives");
	is_slice(secret_slice(got[0].datakey), SLICE("\0\1\2"), "with its data key");
	is_slice(buf_slice(&got[0].text), SLICE("enc"), "and its text");
	is_int(got[1].error.kind, ERR_DENIED, "a failure arrives as its kind");
	is_str(got[1].error.text, "no\nway", "its message");
	is_str(got[1].error.hint, "ask", "and its hint");
	for (size_t i = 0; i < 3; i++) {
		kms_reply_release(&sent[i]);
		kms_reply_release(&got[i]);
	}
	ok(got[0].datakey == NULL && got[0].text.data == NULL, "released replies hold nothing");
}

static void
test_limits(void)
{
	static char		long_text[KMS_FIELD_MAX + 1];
	struct kms_pair		pairs[KMS_CONTEXT_MAX + 1] = { { SLICE("a"), SLICE("b") } };
	struct kms_request	request = { .payload = slice_of(long_text, sizeof(long_text)) };
	struct error		err = ERROR_INIT;

	is_int(kms_batch_write(&request, 1, 1, ends[0], &err), ERR_LIMIT, "a field above the limit is not sent");
	err_reset(&err);
	request = (struct kms_request){ .context = pairs, .context_count = KMS_CONTEXT_MAX + 1 };
	is_int(kms_batch_write(&request, 1, 1, ends[0], &err), ERR_LIMIT, "nor too many pairs of context");
	err_reset(&err);
	is_int(kms_batch_write(&request, LIMIT_REQUESTS + 1, 1, ends[0], &err), ERR_LIMIT, "nor too many questions");
}

/* Lines of a batch; "0" is a flush packet. */
static int
feed(const char *const *lines)
{
	CLEANUP(kms_batch_release) struct kms_batch batch = KMS_BATCH;
	struct error err = ERROR_INIT;

	for (; *lines != NULL; lines++)
		if ((strcmp(*lines, "0") == 0 ? kms_batch_flush(&batch, &err) :
		    kms_batch_line(&batch, slice_str(*lines), &err)) != 0)
			return err.kind;
	return batch.complete ? 0 : -1;
}
#define FEED(...)	feed((const char *const[]){ __VA_ARGS__, NULL })
#define HEAD		"hubkeys=1", "count=1", "deadline=5", "0"

static void
test_malformed(void)
{
	is_int(FEED(HEAD, "service=aws_kms", "0"), 0, "a small batch is complete");
	is_int(FEED("hubkeys=2"), ERR_UNSUPPORTED, "another version is refused");
	is_int(FEED("hubkeys=1", "count=1", "0"), ERR_SYNTAX, "a head without a deadline is refused");
	is_int(FEED("hubkeys=1", "deadline=1", "0"), ERR_SYNTAX, "a head without a count is refused");
	is_int(FEED("count=10001"), ERR_SYNTAX, "a count above the limit is refused");
	is_int(FEED("count=-1"), ERR_SYNTAX, "a negative count is refused");
	is_int(FEED("count=1", "count=2"), ERR_SYNTAX, "two counts are refused");
	is_int(FEED("count=0", "deadline=1", "0"), 0, "an empty batch is complete");
	is_int(FEED("count=0", "deadline=1", "0", "0"), ERR_SYNTAX, "more than a batch is refused");
	is_int(FEED(HEAD, "service=nope"), ERR_SYNTAX, "an unknown service is refused");
	is_int(FEED(HEAD, "operation=nope"), ERR_SYNTAX, "an unknown operation is refused");
	is_int(FEED(HEAD, "hedge=4294967296"), ERR_SYNTAX, "a hedge out of range is refused");
	is_int(FEED(HEAD, "colour=red"), ERR_SYNTAX, "an unknown field is refused");
	is_int(FEED(HEAD, "key"), ERR_SYNTAX, "a line without '=' is refused");
	is_int(FEED(HEAD, "context-value=x"), ERR_SYNTAX, "a context's value without a name is refused");
	is_int(FEED(HEAD, "context-name=x", "context-name=y"), ERR_SYNTAX, "a name without a value is refused");
	is_int(FEED(HEAD, "context-name=x", "0"), ERR_SYNTAX, "at the end too");
	is_int(FEED(HEAD, "context-name=x", "context-value=y", "context-value=z"), ERR_SYNTAX, "two values are refused");
}

static void
test_malformed_answers(void)
{
	struct kms_reply	reply = { .asked = false };
	struct kms_answers	answers = { .replies = &reply, .count = 1 };
	struct error		err = ERROR_INIT;

	is_int(kms_answers_line(&answers, SLICE("count=2"), &err), ERR_SYNTAX, "another number of answers is refused");
	err_reset(&err);
	ok(kms_answers_line(&answers, SLICE("count=1"), &err) == 0 && kms_answers_flush(&answers, &err) == 0,
	    "the head of answers is read");
	is_int(kms_answers_flush(&answers, &err), ERR_SYNTAX, "an answer that is neither success nor failure is refused");
	err_reset(&err);
	ok(kms_answers_line(&answers, SLICE("error=martian"), &err) == 0 && reply.error.kind == ERR_INTERNAL,
	    "an unknown kind of failure is still a failure");
	kms_reply_release(&reply);
}

static void
test_services(void)
{
	bool same = true;

	for (int i = 0; i < KMS_SERVICES; i++) {
		enum kms_service service;

		same &= kms_service_parse(slice_str(kms_service_name((enum kms_service)i)), &service) && (int)service == i;
	}
	ok(same, "services have names that lead back to them");
}

int
main(void)
{
	connect_ends();
	test_batch();
	test_answers();
	test_limits();
	test_malformed();
	test_malformed_answers();
	test_services();
	pktline_free(ends[0]);
	pktline_free(ends[1]);
	return done_testing();
}
