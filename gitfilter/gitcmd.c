#include "gitfilter/gitcmd.h"

#include "base/limits.h"
#include "base/run.h"

#define ARGUMENTS_MAX	64
#define TALK_MAX	((size_t)64 * 1024)

/* What git said last, for the message: one line. */
static struct slice
last_line(struct slice text)
{
	size_t start;

	text = slice_trim(text);
	for (start = text.len; start > 0 && text.data[start - 1] != '\n'; start--)
		;
	return slice_from(text, start);
}

static int
run(const char *const *argv, struct slice input, struct buf *out, struct buf *talk, int *status, struct error *err)
{
	/* Without optional locks a question never disturbs a command of the user's. */
	static const char *const environment[] = { "LC_ALL=C", "GIT_OPTIONAL_LOCKS=0", "GIT_LITERAL_PATHSPECS=1", NULL };
	const char	*full[ARGUMENTS_MAX + 2] = { "git" };
	size_t		 n;

	for (n = 0; argv[n] != NULL; n++) {
		if (n == ARGUMENTS_MAX)
			return err_set(err, ERR_INTERNAL, "a git command with too many arguments");
		full[n + 1] = argv[n];
	}
	return run_command(&(struct run){ .argv = full, .env_add_opt = environment, .input = input, .out_opt = out,
	    .err_opt = talk }, status, err);
}

int
gitcmd_status(const char *const *argv, struct slice input, struct buf *out, int *status, struct error *err)
{
	CLEANUP(buf_release) struct buf	talk = BUF(TALK_MAX);
	int				rc;

	if ((rc = run(argv, input, out, &talk, status, err)) != 0)
		return err_wrap(err, "cannot run 'git %s'", argv[0]);
	return 0;
}

int
gitcmd_run(const char *const *argv, struct slice input, struct buf *out, struct error *err)
{
	CLEANUP(buf_release) struct buf	talk = BUF(TALK_MAX);
	int				status, rc;

	if ((rc = run(argv, input, out, &talk, &status, err)) != 0)
		return err_wrap(err, "cannot run 'git %s'", argv[0]);
	if (status != 0)
		return err_set(err, ERR_CHILD, "'git %s' failed: %.*s", argv[0], SLICE_ARG(last_line(buf_slice(&talk))));
	return 0;
}
