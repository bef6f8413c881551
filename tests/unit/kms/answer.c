#include "kms/answer.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

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

static const struct kms_request question = { .service = KMS_AWS, .operation = KMS_UNWRAP, .payload = SLICE("AAAA"),
	.key = SLICE("arn:aws:kms:us-east-1:123456789012:key/k") };

static const struct kms_request under_role = { .service = KMS_AWS, .operation = KMS_UNWRAP, .payload = SLICE("AAAA"),
	.key = SLICE("arn:aws:kms:us-east-1:123456789012:key/k"), .role = SLICE("arn:aws:iam::123456789012:role/r") };

static void
test_no_network(void)
{
	(void)setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1", 1);
	ask(&question, 1);
	is_int(replies[0].error.kind, ERR_NETWORK, "a server that is not there is a failure");
	ok(replies[0].asked, "of a question that was asked");
	release(1);
}

/* Somebody who should give credentials, and never says anything. */
static void
test_silent_source(const char *url, const struct kms_request *request, const char *name)
{
	struct error err = ERROR_INIT;

	(void)setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", url, 1);
	(void)unsetenv("AWS_ACCESS_KEY_ID");
	is_int(answer_batch(answer, request, 1, 200, -1, replies, &err), 0, "it passes too while there are no credentials");
	ok(!replies[0].asked && replies[0].error.kind == ERR_TIMEOUT && strstr(replies[0].error.text, name) != NULL,
	    "whose they are is said: %s", replies[0].error.text);
	release(1);
	(void)setenv("AWS_ACCESS_KEY_ID", "k", 1);
	(void)unsetenv("AWS_CONTAINER_CREDENTIALS_FULL_URI");
}

/* A server that takes the question and never says anything. */
static void
test_deadline(void)
{
	struct sockaddr_in	 at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t		 len = sizeof(at);
	int			 fd = socket(AF_INET, SOCK_STREAM, 0), ends[2];
	char			 url[64];
	struct error		 err = ERROR_INIT;

	if (bind(fd, (struct sockaddr *)&at, len) != 0 || listen(fd, 8) != 0 ||
	    getsockname(fd, (struct sockaddr *)&at, &len) != 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
		bail_out("no socket");
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%d", ntohs(at.sin_port));
	(void)setenv("AWS_ENDPOINT_URL", url, 1);
	is_int(answer_batch(answer, &question, 1, 200, ends[0], replies, &err), 0, "a deadline passes");
	is_int(replies[0].error.kind, ERR_TIMEOUT, "and is the answer");
	ok(replies[0].asked, "to a question that was asked");
	release(1);
	test_silent_source(url, &question, "the container");
	test_silent_source(url, &under_role, "the container");
	(void)close(ends[1]);
	is_int(answer_batch(answer, &question, 1, 20000, ends[0], replies, &err), ERR_CANCELLED,
	    "when nobody is left to hear, the rest is dropped");
	ok(replies[0].datakey == NULL && replies[0].text.data == NULL, "with nothing in it");
	(void)close(ends[0]);
	(void)close(fd);
}

int
main(void)
{
	struct error err = ERROR_INIT;

	(void)setenv("AWS_ACCESS_KEY_ID", "k", 1);
	(void)setenv("AWS_SECRET_ACCESS_KEY", "s", 1);
	(void)setenv("AWS_CONFIG_FILE", "/nowhere", 1);
	(void)setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere", 1);
	if (answer_new(&answer, &err) != 0)
		bail_out(err.text);
	test_nothing_to_ask();
	test_no_network();
	test_deadline();
	answer_free(answer);
	return done_testing();
}
