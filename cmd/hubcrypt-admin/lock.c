/* lock: which keys, then gitfilter/lock.h. */
#include "gitfilter/lock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/hubcrypt-admin/admin.h"

/* Has this clone been locked before?  Then "lock --all" is done already. */
static bool
had_keys(const struct worktree *tree)
{
	char path[GITDIR_PATH_MAX + 32];

	(void)snprintf(path, sizeof(path), "%s/git-crypt/keys", tree->dir.common);
	return access(path, F_OK) == 0;
}

/* Those of the clone's keys that are asked for; git-crypt's answers when there are none. */
static int
choose(const struct cli_args *args, const struct worktree *tree, struct keydir_names *out, struct error *err)
{
	const struct admin_options	*options = args->options;
	const char			*name;
	int				 rc;

	if ((rc = admin_key_name(args, &name, err)) != 0)
		return rc;
	if ((rc = keydir_list(&tree->dir, out, err)) != 0 || (options->all && (out->count > 0 || had_keys(tree))))
		return rc;
	for (size_t i = 0; i < out->count; i++)
		if (strcmp(out->name[i], name) == 0) {
			(void)memmove(out->name[0], out->name[i], sizeof(out->name[0]));
			out->count = 1;
			return 0;
		}
	(void)err_set(err, ERR_NO_KEY, "this repository is already locked with the key '%s'", keydir_entry(name));
	if (out->count > 0)
		(void)err_hint(err, "the key '%s' is installed: 'hubcrypt lock -k %s' locks it, 'hubcrypt lock --all' every key",
		    keydir_entry(out->name[0]), keydir_entry(out->name[0]));
	if (name[0] != '\0')
		return cli_retell(args, err, "Error: this repository is already locked with key '%s'.", name);
	return cli_retell(args, err, "Error: this repository is already locked.");
}

/* After a rotation most files have another key than the default one, and it stays. */
static void
tell_of_others(const struct worktree *tree)
{
	CLEANUP(keydir_names_release) struct keydir_names	left = { NULL, 0 };
	struct error						ignored = ERROR_INIT;

	if (keydir_list(&tree->dir, &left, &ignored) == 0 && left.count > 0)
		cli_warn("the key '%s'%s still installed, and %s files stay open: 'hubcrypt lock --all' locks every key",
		    keydir_entry(left.name[0]), left.count > 1 ? " and others are" : " is", left.count > 1 ? "their" : "its");
}

int
verb_lock(const struct cli_args *args, struct error *err)
{
	const struct admin_options				*options = args->options;
	CLEANUP(keydir_names_release) struct keydir_names	names = { NULL, 0 };
	const struct lock_options				how = { .force = options->force,
	    .lose_key = options->lose_key,
								    .progress_opt = admin_progress() };
	struct worktree						tree;
	char							prefix[GITDIR_PATH_MAX];
	int							rc;

	if (options->all && options->key_name != NULL) {
		(void)err_set(err, ERR_USAGE, "options '--key-name' and '--all' exclude each other");
		return cli_retell(args, err, "Error: -k and --all options are mutually exclusive");
	}
	if ((rc = admin_enter(&tree, prefix, err)) != 0)
		return admin_no_repository(args, "git-crypt: Error: 'git status' failed - is this a Git repository?", err);
	if ((rc = choose(args, &tree, &names, err)) != 0 || names.count == 0)
		return rc;
	if (lock_run(&tree, &names, &how, err) == 0) {
		tell_of_others(&tree);
		return 0;
	}
	rc = admin_not_clean(args, "lock", err);
	if (rc == ERR_CONFLICT && err->text[0] == '\0')
		return cli_retell(args, err, "Or, use 'git-crypt lock --force' and possibly lose uncommitted changes.");
	return rc;
}
