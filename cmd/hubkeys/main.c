#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/pktline.h"
#include "cmd/cli.h"
#include "crypto/openssl.h"
#include "kms/answer.h"
#include "kms/client.h"
#include "kms/json.h"

/*
 * hubkeys: the only program of the suite that talks to key services.  Others start it with a socket as
 * its standard input and ask in the form of kms/FORMAT.md 2; people can ask it too.
 */
#define SETTLE_MS	2000		/* less than the patience of kms/client.c */

struct options {
	const char	*role, *profile;
};

/* Wiping allocators go in before the libraries behind them allocate anything. */
static int
start(struct answer **out, struct error *err)
{
	if (openssl_start_shared(err) != 0)
		return err->kind;
	json_setup();
	return answer_new(out, err);
}

/* --- for programs --- */

/* The next batch; PKTLINE_END before its first line means that there is none. */
static int
batch_read(struct pktline *line, struct kms_batch *batch, bool *end, struct error *err)
{
	struct slice data;

	*end = false;
	for (bool first = true; !batch->complete; first = false) {
		if (pktline_read(line, &data, err) != 0)
			return err->kind;
		switch (pktline_kind(line)) {
		case PKTLINE_TEXT:
			if (kms_batch_line(batch, data, err) != 0)
				return err->kind;
			break;
		case PKTLINE_FLUSH:
			if (kms_batch_flush(batch, err) != 0)
				return err->kind;
			break;
		case PKTLINE_END:
			*end = first;
			return first ? 0 : err_set(err, ERR_SYNTAX, "a question ends in the middle");
		default:
			return err_set(err, ERR_SYNTAX, "a malformed question");
		}
	}
	return 0;
}

static int
batch_answer(struct answer *answer, const struct kms_batch *batch, struct pktline *line, struct error *err)
{
	struct kms_reply	*replies = calloc(batch->count + 1, sizeof(*replies));
	int			 rc;

	if (replies == NULL)
		return err_memory(err);
	rc = answer_batch(answer, batch->requests, batch->count, batch->deadline_ms, STDIN_FILENO, replies, err);
	if (rc == 0)
		rc = kms_replies_write(replies, batch->count, line, err);
	for (size_t i = 0; i < batch->count; i++)
		kms_reply_release(&replies[i]);
	free(replies);
	return rc;
}

static int
serve_one(struct answer *answer, struct pktline *line, bool *end, struct error *err)
{
	CLEANUP(kms_batch_release) struct kms_batch batch = KMS_BATCH;

	if (batch_read(line, &batch, end, err) != 0)
		return err->kind;
	return *end ? 0 : batch_answer(answer, &batch, line, err);
}

/* Our caller's clock would run out while a person types a code. */
static void
tell_waiting(void *object)
{
	struct pktline	*line = object;
	struct error	 unheard = ERROR_INIT;

	if (pktline_delim(line, &unheard) == 0)
		(void)!pktline_send(line, &unheard);
}

static int
verb_serve(const struct cli_args *args UNUSED, struct error *err)
{
	CLEANUP(answer_freep) struct answer *answer = NULL;
	CLEANUP(pktline_freep) struct pktline *line = NULL;
	int		type;
	socklen_t	len = sizeof(type);
	bool		end = false;

	if (getsockopt(STDIN_FILENO, SOL_SOCKET, SO_TYPE, &type, &len) != 0) {
		err_set(err, ERR_USAGE, "'serve' is for the other programs of the suite: standard input is not a socket");
		return err_hint(err, "to see whether a key can be reached: hubkeys describe ARN");
	}
	if (start(&answer, err) != 0 || pktline_new(STDIN_FILENO, STDIN_FILENO, &line, err) != 0)
		return err->kind;
	answer_on_waiting(answer, tell_waiting, line);
	while (!end)
		if (serve_one(answer, line, &end, err) != 0) {
			/* Who asked has gone, and needs no words. */
			if (err->kind != ERR_CANCELLED)
				return err->kind;
			err_reset(err);
			end = true;
		}
	answer_settle(answer, SETTLE_MS);
	return 0;
}

/* --- for people --- */

static int
describe_print(struct slice key, const struct kms_reply *reply, struct error *err)
{
	struct error problem = reply->error;

	if (problem.kind == ERR_NONE)
		return cli_output(buf_slice(&reply->text), err);
	(void)err_wrap(&problem, "'%.*s'", SLICE_ARG(key));
	cli_error(&problem);
	return 0;
}

static int
describe_all(struct answer *answer, const struct kms_request *requests, size_t n, struct kms_reply *replies,
    struct error *err)
{
	size_t refused = 0;

	if (answer_batch(answer, requests, n, KMS_DEADLINE_MS, -1, replies, err) != 0)
		return err->kind;
	for (size_t i = 0; i < n; i++) {
		refused += replies[i].error.kind != ERR_NONE;
		if (describe_print(requests[i].key, &replies[i], err) != 0)
			return err->kind;
	}
	return refused == 0 ? 0 : err_set(err, ERR_NETWORK, "%zu of %zu keys could not be described", refused, n);
}

static int
verb_describe(const struct cli_args *args, struct error *err)
{
	const struct options	*options = args->options;
	CLEANUP(answer_freep) struct answer *answer = NULL;
	struct kms_request	*requests = calloc(args->count, sizeof(*requests));
	struct kms_reply	*replies = calloc(args->count, sizeof(*replies));
	int			 rc;

	for (size_t i = 0; requests != NULL && i < args->count; i++)
		requests[i] = (struct kms_request){ .service = KMS_AWS, .operation = KMS_DESCRIBE,
			.key = slice_str(args->operands[i]), .role = slice_str(options->role),
			.profile = slice_str(options->profile) };
	rc = requests == NULL || replies == NULL ? err_memory(err) : start(&answer, err);
	if (rc == 0)
		rc = describe_all(answer, requests, args->count, replies, err);
	for (size_t i = 0; replies != NULL && i < args->count; i++)
		kms_reply_release(&replies[i]);
	free(requests);
	free(replies);
	return rc;
}

static const struct cli_option describe_options[] = {
	{ "role", 0, CLI_TEXT, offsetof(struct options, role), .argument = "ARN", .help = "take on this role first" },
	{ "aws-profile", 0, CLI_TEXT, offsetof(struct options, profile), .argument = "NAME",
	    .help = "credentials from this profile of ~/.aws" },
	CLI_END
};

static const struct cli_verb verbs[] = {
	{ "serve", verb_serve, "", 0, 0, "answer the program that started it, over the socket on standard input", { NULL },
	    NULL },
	{ "describe", verb_describe, "ARN...", 1, CLI_ANY, "ask AWS KMS about a key, to see whether it can be reached",
	    { describe_options }, NULL },
	{ .name = NULL },
};

static const struct cli_status statuses[] = {
	{ ERR_USAGE, 2 },
	{ ERR_NONE, 0 },
};

static const struct cli_program program = {
	.name = "hubkeys",
	.help = "the network helper of the suite: asks key services to wrap and unwrap data keys",
	.details = "hubsecrets, hubmerge and hubrotate start it by themselves, when a key needs the network.\n"
	    "It sees key names and data keys, never a document.\n",
	.options_size = sizeof(struct options),
	.verbs = verbs,
	.statuses = statuses,
};

int
main(int argc, char **argv)
{
	return cli_main(&program, argc, argv);
}
