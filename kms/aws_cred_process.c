#include "kms/aws_cred_parts.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/num.h"
#include "base/run.h"

/*
 * FORMAT.md 3.11: the program that credential_process of a profile names.  The line is the user's own, from the
 * user's own file, and is run as AWS' client for Go runs it, by the shell; nothing of an encrypted file becomes
 * a part of it.  The program may ask somebody, so other questions go on meanwhile and the clock stands still.
 */
#define OUTPUT_MAX	(64 * KIB)
#define PATIENCE_MS	60000
#define END_MS		1000		/* from its last word to its end */

struct process {
	struct aws_identity	*identity;
	struct run_peer		 child;
	struct http_watch	*watch;
	struct http_timer	*timer;
	struct buf		 output;
};

bool
aws_cred_process_present(const struct aws *aws, struct slice profile)
{
	return aws_config_get(aws->config, profile, "credential_process").len != 0;
}

static void
process_free(struct process *process)
{
	if (process == NULL)
		return;
	http_watch_cancel(process->watch);
	http_timer_cancel(process->timer);
	run_peer_kill(&process->child);
	buf_release(&process->output);
	free(process);
}
DEFINE_CLEANUP(struct process, process_free)

static void
process_stop(void *work)
{
	process_free(work);
}

int
aws_cred_process_read(struct slice output, struct aws_credentials *out, struct error *err)
{
	static const struct aws_cred_names names = { "AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration",
		.token_needed = false };
	CLEANUP(json_freep) struct json *root = NULL;
	int64_t version;

	if (json_parse(output, &root, err) != 0)
		return err->kind;
	if (!json_int(json_find(root, "Version"), &version) || version != 1)
		return err_set(err, ERR_SYNTAX, "'Version' is not 1");
	return aws_cred_json(root, &names, out, err);
}

/* The program has closed its output, or must not go on. */
static void
process_finish(struct process *process, struct error *problem)
{
	struct aws_identity	*identity = process->identity;
	int			 status = 0;

	if (problem->kind == ERR_NONE)
		run_peer_stop(&process->child, END_MS, &status);
	if (problem->kind == ERR_NONE && status != 0) {
		err_set(problem, ERR_NO_KEY, status > 0 ? "it failed with status %d" : "it was ended by signal %d", abs(status));
		err_hint(problem, "run it by hand; its own words are above");
	}
	/* What it wrote holds secrets: no part of it is repeated. */
	if (problem->kind == ERR_NONE && aws_cred_process_read(buf_slice(&process->output), &identity->credentials, problem) != 0) {
		(void)err_wrap(problem, "its output is not what AWS specifies");
		err_hint(problem, "it prints one JSON object: Version 1, AccessKeyId, SecretAccessKey, SessionToken, Expiration");
	}
	process_free(process);
	aws_cred_done(identity, problem);
}

static void
process_readable(void *object)
{
	struct process	*process = object;
	struct error	 problem = ERROR_INIT;
	uint8_t		*room;
	ssize_t		 n;

	if (buf_reserve(&process->output, 4 * KIB, &room, &problem) != 0) {
		err_reset(&problem);
		err_set(&problem, ERR_LIMIT, "it wrote more than %zu bytes", OUTPUT_MAX);
		process_finish(process, &problem);
		return;
	}
	if ((n = read(process->child.fd, room, 4 * KIB)) > 0) {
		process->output.len += (size_t)n;
		return;
	}
	if (n < 0)
		err_errno(&problem, "cannot read its output");
	process_finish(process, &problem);
}

static void
process_rings(void *object)
{
	struct process	*process = object;
	struct error	 problem = ERROR_INIT;

	process->timer = NULL;
	err_set(&problem, ERR_TIMEOUT, "it did not end within %d seconds", PATIENCE_MS / 1000);
	err_hint(&problem, "run it by hand");
	process_finish(process, &problem);
}

int
aws_cred_process_fetch(struct aws_identity *identity, struct error *err)
{
	CLEANUP(process_freep) struct process *process = calloc(1, sizeof(*process));
	CLEANUP(buf_release) struct buf line = BUF(64 * KIB);
	struct http	*http = identity->aws->http;
	const char	*argv[] = { "/bin/sh", "-c", NULL, NULL };

	if (process == NULL)
		return err_memory(err);
	*process = (struct process){ .identity = identity, .child = RUN_PEER_NONE, .output = BUF_SECRET(OUTPUT_MAX + 4 * KIB) };
	if (buf_append(&line, aws_config_get(identity->aws->config, identity->profile, "credential_process"), err) != 0 ||
	    buf_terminate(&line, err) != 0)
		return err->kind;
	argv[2] = (const char *)line.data;
	if (run_reader_start(argv, &process->child, err) != 0 ||
	    http_watch(http, process->child.fd, process_readable, process, &process->watch, err) != 0 ||
	    http_after(http, PATIENCE_MS, process_rings, process, &process->timer, err) != 0)
		return err->kind;
	aws_cred_working(identity, TAKE(process), process_stop);
	identity->asking = true;
	return 0;
}
