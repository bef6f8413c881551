#include "gitfilter/gitcmd.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/run.h"

#define TALK_MAX	((size_t)64 * 1024)

/* The line of git's talk that tells why, or the last one; ${last} is what comes last in any case. */
static struct slice
reason(struct slice text, struct slice *last)
{
	struct slice fatal = SLICE_NONE, line;

	*last = SLICE("it said nothing");
	text = slice_trim(text);
	while (slice_split(&text, '\n', &line)) {
		if (fatal.len == 0 && slice_starts(line, SLICE("fatal: ")))
			fatal = line;
		if (slice_trim(line).len > 0)
			*last = slice_trim(line);
	}
	return fatal.len > 0 ? fatal : *last;
}

/* Everything of ${run} but the argument vector is the caller's. */
static int
run_git(const char *const *argv, struct run *run, int *status, struct error *err)
{
	const char	**full;
	size_t		 n = 0;
	int		 rc;

	while (argv[n] != NULL)
		n++;
	if ((full = calloc(n + 2, sizeof(*full))) == NULL)
		return err_memory(err);
	full[0] = "git";
	(void)memcpy(full + 1, argv, n * sizeof(*full));
	run->argv = full;
	rc = run_command(run, status, err);
	free(full);
	return rc != 0 ? err_wrap(err, "cannot run 'git %s'", argv[0]) : 0;
}

static int
ask(const char *const *argv, struct slice input, struct buf *out, struct buf *talk, int *status, struct error *err)
{
	/* Without optional locks a question never disturbs a command of the user's. */
	static const char *const environment[] = { "LC_ALL=C", "GIT_OPTIONAL_LOCKS=0", "GIT_LITERAL_PATHSPECS=1", NULL };

	return run_git(argv, &(struct run){ .env_add_opt = environment, .input = input, .out_opt = out, .err_opt = talk }, status, err);
}

int
gitcmd_status(const char *const *argv, struct slice input, struct buf *out, int *status, struct error *err)
{
	CLEANUP(buf_release) struct buf	talk = BUF(TALK_MAX);

	return ask(argv, input, out, &talk, status, err);
}

int
gitcmd_run(const char *const *argv, struct slice input, struct buf *out, struct error *err)
{
	CLEANUP(buf_release) struct buf	talk = BUF(TALK_MAX);
	struct slice			why, last;
	int				status, rc;

	if ((rc = ask(argv, input, out, &talk, &status, err)) != 0 || status == 0)
		return rc;
	why = reason(buf_slice(&talk), &last);
	(void)err_set(err, ERR_CHILD, "'git %s' failed: %.*s", argv[0], SLICE_ARG(why));
	/* A repository of another user, as containers have them: git names the way out, in a last line of its own. */
	if (slice_starts(last, SLICE("git config --global --add safe.directory")))
		return err_hint(err, "if you trust that repository: %.*s", SLICE_ARG(last));
	return ERR_CHILD;
}

int
gitcmd_pass(const char *const *argv, struct slice input, struct error *err)
{
	int status, rc;

	if ((rc = run_git(argv, &(struct run){ .input = input }, &status, err)) != 0)
		return rc;
	return status == 0 ? 0 : err_set(err, ERR_CHILD, "'git %s' failed", argv[0]);
}
