/* What the verbs have in common. */
#include "cmd/hubcrypt-admin/admin.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/run.h"

static const char	*called;
static char		 textconv[GITDIR_PATH_MAX];

void
admin_called_as(const char *name)
{
	called = name;
}

int
admin_enter(struct worktree *tree, char prefix[static GITDIR_PATH_MAX], struct error *err)
{
	int rc = worktree_find(tree, prefix, err);

	return rc != 0 ? rc : worktree_enter(tree, err);
}

int
admin_no_repository(const struct cli_args *args, const char *line, struct error *err)
{
	char		 said[ERR_TEXT_MAX];
	const char	*fatal;

	(void)snprintf(said, sizeof(said), "%s", err->text);
	if ((fatal = strstr(said, "fatal: ")) != NULL)
		(void)cli_retell(args, err, "%s", fatal);
	return cli_retell(args, err, "%s", line);
}

int
admin_key_name(const struct cli_args *args, const char **name, struct error *err)
{
	const struct admin_options *options = args->options;

	*name = options->key_name != NULL ? options->key_name : "";
	/* An empty one is a mistake, as it is to git-crypt, and not the default key. */
	if (options->key_name == NULL || keyfile_check_name(slice_str(options->key_name), err) == 0)
		return 0;
	/* Not a mistake in the use of options, says git-crypt's status. */
	*args->status = 1;
	return ERR_USAGE;
}

int
admin_not_clean(const struct cli_args *args, const char *verb, struct error *err)
{
	if (err->kind != ERR_CONFLICT || !slice_eq(slice_str(err->text), SLICE("working directory not clean")))
		return err->kind;
	if (!args->drop_in)
		return err_hint(err, "nothing was changed; commit or 'git stash' the changes first");
	(void)cli_retell(args, err, "Error: Working directory not clean.");
	return cli_retell(args, err,
	    "Please commit your changes or 'git stash' them before running 'git-crypt %s'.", verb);
}

/* --- progress -------------------------------------------------------------------------------------------- */

#define FIRST_MS	700	/* nothing before that */
#define STEP_MS		100

static int64_t
now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The line is wiped when the last file is done; what follows begins at its place. */
static void
show(size_t done, size_t total)
{
	static int64_t	next;
	static bool	shown;
	int64_t		now = now_ms();

	if (next == 0)
		next = now + FIRST_MS;
	if (shown && done == total) {
		(void)fprintf(stderr, "\r%40s\r", "");
		shown = false;
	}
	if (now < next || done == total)
		return;
	next = now + STEP_MS;
	shown = true;
	(void)fprintf(stderr, "\r%zu of %zu files", done, total);
	(void)fflush(stderr);
}

checkout_progress *
admin_progress(void)
{
	return isatty(STDERR_FILENO) ? show : NULL;
}

/* --- programs -------------------------------------------------------------------------------------------- */

/* Absolute before anybody changes the directory. */
int
admin_program(struct driver_program *out, struct error *err)
{
	CLEANUP(buf_release) struct buf	path = BUF(sizeof(textconv) - 1);
	int				rc;

	*out = (struct driver_program){ .command = called };
	if ((rc = run_helper_path("hubcrypt-textconv", &path, err)) != 0)
		return rc;
	/* Found as "bin/../libexec/...", which a diff of a configuration should not show. */
	if (realpath((const char *)path.data, textconv) == NULL)
		return err_errno(err, "cannot find '%s'", (const char *)path.data);
	out->textconv = textconv;
	return 0;
}
