/* rotate: a new key under a new name, in one commit; then what is left to do by hand. */
#include "gitfilter/rotate.h"

#include <unistd.h>

#include "base/limits.h"
#include "cmd/hubcrypt-admin/admin.h"
#include "gitfilter/keydir.h"

static void
show(const char *text)
{
	cli_note("%s", text);
}

static int
tell(const struct rotate_report *report, const char *old, const char *new, struct error *err)
{
	CLEANUP(buf_release) struct buf	text = BUF(MIB);
	int				rc;

	if ((rc = buf_printf(&text, err, "%zu file%s encrypted with the new key '%s'.\n", report->files,
	    report->files == 1 ? " is" : "s are", new)) != 0)
		return rc;
	if (report->unencrypted > 0 &&
	    (rc = buf_printf(&text, err, "%zu of them were stored in plaintext until now, and are so in the history.\n",
	    report->unencrypted)) != 0)
		return rc;
	if (report->users.count > 0)
		rc = buf_str(&text, "These users of the old key have the new one; look through the list before you push:\n", err);
	else
		rc = buf_printf(&text, err, "No user has a copy of it: save it with 'hubcrypt export-key -k %s FILE'.\n", new);
	if (rc != 0)
		return rc;
	for (size_t i = 0; i < report->users.count; i++)
		if ((rc = buf_printf(&text, err, "    %.*s\n", SLICE_ARG(report->users.users[i].id))) != 0)
			return rc;
	if ((rc = buf_printf(&text, err, "What is left to do:\n"
	    "  - branches from before this commit: merge them now, or their encrypted files will conflict;\n"
	    "  - every other clone: pull, then 'hubcrypt unlock' again;\n"
	    "  - the secrets in the files: whoever had the key '%s' can read every earlier version, so change them.\n",
	    keydir_entry(old))) != 0)
		return rc;
	cli_report(buf_slice(&text));
	return 0;
}

int
verb_rotate(const struct cli_args *args, struct error *err)
{
	CLEANUP(rotate_report_release) struct rotate_report	report = { .users = USERS };
	struct driver_program				program;
	struct worktree					tree;
	const char					*old, *new = args->operands[0];
	char						prefix[GITDIR_PATH_MAX];
	int						rc;

	if ((rc = admin_key_name(args, &old, err)) != 0 || (rc = admin_program(&program, err)) != 0 ||
	    (rc = admin_enter(&tree, prefix, err)) != 0 ||
	    (rc = rotate_run(&tree, old, new, &program, isatty(STDERR_FILENO) ? show : NULL, &report, err)) != 0)
		return rc;
	return tell(&report, old, new, err);
}
