/* install-hooks: 'check' before each commit and each push.  A hook of somebody else's is never touched. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "cmd/hubcrypt-admin/admin.h"
#include "gitfilter/gitcmd.h"

#define MARK	"# made by 'hubcrypt install-hooks'"

struct hook {
	const char	*name, *command;	/* what follows the program */
};

static const struct hook hooks[] = {
	{ "pre-commit", "check" },
	{ "pre-push", "check --pre-push \"$1\"" },
};

/* In single quotes, for a shell. */
static int
append_quoted(struct buf *out, const char *word, struct error *err)
{
	int rc = buf_byte(out, '\'', err);

	for (; rc == 0 && *word != '\0'; word++)
		rc = *word == '\'' ? buf_str(out, "'\\''", err) : buf_byte(out, (uint8_t)*word, err);
	return rc != 0 ? rc : buf_byte(out, '\'', err);
}

static int
script(const char *program, const struct hook *hook, struct buf *out, struct error *err)
{
	int rc;

	if ((rc = buf_str(out, "#!/bin/sh\n" MARK ": nothing that must be encrypted leaves in the clear\nexec ", err)) != 0 ||
	    (rc = append_quoted(out, program, err)) != 0)
		return rc;
	return buf_printf(out, err, " %s\n", hook->command);
}

/* ERR_EXISTS for a hook that is not ours; ours is written again, for the program may have moved. */
static int
check_present(const char *path, const char *program, const struct hook *hook, struct error *err)
{
	CLEANUP(buf_release) struct buf	present = BUF(MIB);
	struct error			failure = ERROR_INIT;
	int				rc = file_read(path, &present, &failure);

	if (rc == ERR_NOT_FOUND)
		return 0;
	if (rc == 0 && buf_terminate(&present, &failure) == 0 && strstr((const char *)present.data, MARK) != NULL)
		return 0;
	(void)err_set(err, ERR_EXISTS, "there is a %s hook already: '%s'", hook->name, path);
	return err_hint(err, "add this line to it: %s %s", program, hook->command);
}

static int
hooks_folder(struct buf *out, struct error *err)
{
	CLEANUP(buf_release) struct buf	answer = BUF(GITDIR_PATH_MAX);
	int				rc;

	/* Of the common directory, or of core.hooksPath. */
	if ((rc = gitcmd_run((const char *const[]){ "rev-parse", "--git-path", "hooks", NULL }, SLICE_NONE, &answer, err)) != 0 ||
	    (rc = buf_append(out, slice_trim(buf_slice(&answer)), err)) != 0 || (rc = buf_terminate(out, err)) != 0)
		return rc;
	if (mkdir((const char *)out->data, 0777) != 0 && errno != EEXIST)
		return err_errno(err, "cannot make '%s'", (const char *)out->data);
	return 0;
}

int
verb_install_hooks(const struct cli_args *args UNUSED, struct error *err)
{
	CLEANUP(buf_release) struct buf	folder = BUF(GITDIR_PATH_MAX), text = BUF(64 * KIB);
	struct driver_program		program;
	struct worktree			tree;
	char				prefix[GITDIR_PATH_MAX], path[GITDIR_PATH_MAX + 32], command[PATH_MAX];
	int				rc;

	if ((rc = admin_program(&program, err)) != 0)
		return rc;
	/* A bare name is looked for in PATH; a path must hold from the top of the tree, too. */
	if (strchr(program.command, '/') != NULL && realpath(program.command, command) != NULL)
		program.command = command;
	if ((rc = admin_enter(&tree, prefix, err)) != 0 || (rc = hooks_folder(&folder, err)) != 0)
		return rc;
	for (unsigned writing = 0; writing < 2; writing++)
		for (size_t i = 0; i < sizeof(hooks) / sizeof(*hooks); i++) {
			(void)snprintf(path, sizeof(path), "%s/%s", (const char *)folder.data, hooks[i].name);
			if (writing == 0 && (rc = check_present(path, program.command, &hooks[i], err)) != 0)
				return rc;
			if (writing == 0)
				continue;
			buf_reset(&text);
			if ((rc = script(program.command, &hooks[i], &text, err)) != 0)
				return rc;
			if ((rc = file_replace_mode(path, buf_slice(&text), 0777, err)) != 0 || (chmod(path, 0755) != 0 &&
			    (rc = err_errno(err, "cannot make it executable")) != 0))
				return err_wrap(err, "cannot write '%s'", path);
		}
	return 0;
}
