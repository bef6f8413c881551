/*
 * A client of the network helper, for shell tests: one question a line of standard input, an empty line ends a batch.
 *
 *	OPERATION [key=ARN] [hedge=N] [role=ARN] [profile=NAME] [context=NAME:VALUE]... [payload=TEXT] [service=NAME]
 *
 * Prints for each "N asked|unasked ok DATAKEY TEXT" (a data key that is not text as its length) or
 * "N asked|unasked KIND MESSAGE".  LIBEXEC says where the helper is.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/run.h"
#include "kms/client.h"

#define QUESTIONS	1000
#define PAIRS		8

struct question {
	char		*line;
	struct kms_pair	 pairs[PAIRS];
};

static struct question questions[QUESTIONS];
static struct kms_request requests[QUESTIONS];
static struct kms_reply replies[QUESTIONS];

static enum kms_operation
operation_of(struct slice word)
{
	return slice_eq(word, SLICE("wrap")) ? KMS_WRAP : slice_eq(word, SLICE("unwrap")) ? KMS_UNWRAP :
	    slice_eq(word, SLICE("generate")) ? KMS_GENERATE : KMS_DESCRIBE;
}

static void
read_word(struct question *question, struct kms_request *request, struct slice word)
{
	size_t		equals = slice_find(word, '=', 0), colon;
	struct slice	name = slice_sub(word, 0, equals), value = slice_from(word, equals + 1);

	if (equals == word.len)
		request->operation = operation_of(word);
	else if (slice_eq(name, SLICE("key")))
		request->key = value;
	else if (slice_eq(name, SLICE("role")))
		request->role = value;
	else if (slice_eq(name, SLICE("profile")))
		request->profile = value;
	else if (slice_eq(name, SLICE("payload")))
		request->payload = value;
	else if (slice_eq(name, SLICE("hedge")))
		request->hedge = (uint32_t)atoi((const char *)value.data);
	else if (slice_eq(name, SLICE("service")))
		(void)kms_service_parse(value, &request->service);
	else if (slice_eq(name, SLICE("context")) && request->context_count < PAIRS) {
		colon = slice_find(value, ':', 0);
		question->pairs[request->context_count++] =
		    (struct kms_pair){ slice_sub(value, 0, colon), slice_from(value, colon + 1) };
		request->context = question->pairs;
	}
}

static const char *
kind_word(enum err_kind kind)
{
	switch (kind) {
	case ERR_DENIED: return "denied";
	case ERR_NOT_FOUND: return "not-found";
	case ERR_NETWORK: return "network";
	case ERR_TIMEOUT: return "timeout";
	case ERR_NO_KEY: return "no-key";
	case ERR_CONFIG: return "config";
	case ERR_SYNTAX: return "syntax";
	case ERR_REFUSED: return "refused";
	case ERR_UNSUPPORTED: return "unsupported";
	case ERR_CANCELLED: return "cancelled";
	case ERR_LIMIT: return "limit";
	case ERR_TAMPERED: return "tampered";
	default: return "other";
	}
}

static void
print_success(const struct kms_reply *reply)
{
	struct slice	key = reply->datakey != NULL ? secret_slice(reply->datakey) : SLICE("-");
	bool		text = true;

	for (size_t i = 0; i < key.len; i++)
		text &= key.data[i] > ' ' && key.data[i] < 127;
	if (text)
		printf("ok %.*s", SLICE_ARG(key));
	else
		printf("ok (%zu bytes)", key.len);
	printf(" %.*s\n", SLICE_ARG(slice_trim(buf_slice(&reply->text))));
}

static int
ask(struct kms_client *client, size_t n)
{
	struct error err = ERROR_INIT;

	if (kms_client_ask(client, requests, n, replies, &err) != 0) {
		printf("fault %s\n", err.text);
		return 1;
	}
	for (size_t i = 0; i < n; i++) {
		struct kms_reply *reply = &replies[i];

		printf("%zu %s ", i, reply->asked ? "asked" : "unasked");
		if (reply->error.kind != ERR_NONE)
			printf("%s %s\n", kind_word(reply->error.kind), reply->error.text);
		else
			print_success(reply);
		kms_reply_release(reply);
		free(questions[i].line);
		questions[i] = (struct question){ .line = NULL };
		requests[i] = (struct kms_request){ .service = KMS_AWS };
	}
	fflush(stdout);
	return 0;
}

int
main(void)
{
	struct kms_client	*client;
	struct error		 err = ERROR_INIT;
	size_t			 n = 0, room;
	ssize_t			 len;
	int			 failed = 0;

	run_set_helpers(getenv("LIBEXEC"));
	if (kms_client_new(&client, &err) != 0)
		return 1;
	for (;;) {
		struct slice rest, word;

		room = 0;
		len = getline(&questions[n].line, &room, stdin);
		rest = slice_trim(slice_of(questions[n].line, len > 0 ? (size_t)len : 0));
		if (rest.len == 0) {
			free(questions[n].line);
			questions[n].line = NULL;
			failed |= n != 0 && ask(client, n);
			n = 0;
			if (len <= 0)
				break;
			continue;
		}
		while (slice_split(&rest, ' ', &word))
			read_word(&questions[n], &requests[n], word);
		if (++n == QUESTIONS)
			break;
	}
	kms_client_free(client);
	return failed;
}
