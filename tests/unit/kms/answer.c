#include "kms/answer.h"

#include <stdlib.h>

#include "tests/tap.h"

/* What needs a server is in tests/cli/hubkeys. */
static struct answer *answer;
static struct kms_reply replies[8];

static void
ask(const struct kms_request *requests, size_t n)
{
	struct error err = ERROR_INIT;

	if (answer_batch(answer, requests, n, 2000, -1, replies, &err) != 0)
		bail_out(err.text);
}

static void
release(size_t n)
{
	while (n-- > 0)
		kms_reply_release(&replies[n]);
}

static void
test_nothing_to_ask(void)
{
	const struct kms_request requests[] = {
		{ .service = KMS_VAULT, .operation = KMS_UNWRAP, .hedge = 1, .key = SLICE("url") },
		{ .service = KMS_AWS, .operation = KMS_UNWRAP, .hedge = 1, .key = SLICE("no arn"), .payload = SLICE("AAAA") },
		{ .service = KMS_AWS, .operation = KMS_UNWRAP, .hedge = 2, .key = SLICE("no arn"), .payload = SLICE("AAAA") },
		{ .service = KMS_AWS, .operation = KMS_WRAP, .key = SLICE("no arn"), .payload = SLICE("x") },
	};

	ask(NULL, 0);
	ask(requests, 4);
	is_int(replies[0].error.kind, ERR_UNSUPPORTED, "a service that is not there yet says so");
	ok(strstr(replies[0].error.text, "hc_vault") != NULL, "and is named");
	is_int(replies[1].error.kind, ERR_SYNTAX, "its alternative is tried then");
	is_int(replies[2].error.kind, ERR_SYNTAX, "the same question elsewhere has the same answer");
	is_int(replies[3].error.kind, ERR_SYNTAX, "a question for itself has its own");
	ok(!replies[0].asked && !replies[1].asked && !replies[2].asked && !replies[3].asked, "nobody was asked");
	release(4);
}

static void
test_no_network(void)
{
	const struct kms_request request = { .service = KMS_AWS, .operation = KMS_UNWRAP, .payload = SLICE("AAAA"),
		.key = SLICE("arn:aws:kms:us-east-1:123456789012:key/k") };

	(void)setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1", 1);
	(void)setenv("AWS_ACCESS_KEY_ID", "k", 1);
	(void)setenv("AWS_SECRET_ACCESS_KEY", "s", 1);
	(void)setenv("AWS_CONFIG_FILE", "/nowhere", 1);
	(void)setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere", 1);
	ask(&request, 1);
	is_int(replies[0].error.kind, ERR_NETWORK, "a server that is not there is a failure");
	ok(replies[0].asked, "of a question that was asked");
	release(1);
}

int
main(void)
{
	struct error err = ERROR_INIT;

	if (answer_new(&answer, &err) != 0)
		bail_out(err.text);
	test_nothing_to_ask();
	test_no_network();
	answer_free(answer);
	return done_testing();
}
