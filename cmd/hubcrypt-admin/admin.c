/* What the verbs have in common. */
#include "cmd/hubcrypt-admin/admin.h"

#include <stdlib.h>

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
admin_key_name(const struct cli_args *args, const char **name, struct error *err)
{
	const struct admin_options *options = args->options;

	*name = options->key_name != NULL ? options->key_name : "";
	/* An empty one is a mistake, as it is to git-crypt, and not the default key. */
	return options->key_name != NULL ? keyfile_check_name(slice_str(options->key_name), err) : 0;
}

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
