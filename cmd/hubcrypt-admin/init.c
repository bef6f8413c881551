/* init: a key for a repository that has none, here or anywhere. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "cmd/hubcrypt-admin/admin.h"
#include "gitfilter/blob.h"
#include "gitfilter/blobs.h"
#include "gitfilter/gitcmd.h"
#include "gitfilter/keydir.h"
#include "gitfilter/tracked.h"

static int
already_elsewhere(const char *name, const char *what, struct error *err)
{
	(void)err_set(err, ERR_REFUSED, "this repository already has %s the key '%s', which is not in this clone",
	    what, keydir_entry(name));
	return err_hint(err,
	    "'hubcrypt unlock' installs it; a second key of that name would make every other clone fail");
}

/* Copies for users: in the index, or in the commit of a bare repository. */
static int
check_users(const char *name, bool bare, struct error *err)
{
	CLEANUP(buf_release) struct buf	found = BUF(64 * MIB);
	char				path[KEYFILE_NAME_MAX + 64];
	int				status, rc;

	(void)snprintf(path, sizeof(path), ".git-crypt/keys/%s/", keydir_entry(name));
	if (bare)
		rc = gitcmd_status((const char *const[]){ "ls-tree", "-r", "--name-only", "HEAD", "--", path,
		    NULL }, SLICE_NONE, &found,
		    &status, err);
	else
		rc = gitcmd_run((const char *const[]){ "ls-files", "-z", "--", path, NULL }, SLICE_NONE, &found, err);
	if (rc != 0)
		return rc;
	return found.len == 0 ? 0 : already_elsewhere(name, "users of", err);
}

static bool
of_key(void *context, const struct tracked_file *file)
{
	return strcmp(context, file->key_name) == 0;
}

static int
look(void *context, size_t index UNUSED, struct slice bytes, uint64_t size UNUSED, struct error *err)
{
	return bytes.data != NULL && blob_is(bytes) ? already_elsewhere(context, "files encrypted with", err) : 0;
}

static int
check_blobs(const char *name, struct error *err)
{
	CLEANUP(tracked_release) struct tracked	all = TRACKED, ours = TRACKED;
	struct slice				*ids;
	char					 copy[KEYFILE_NAME_MAX + 1];
	int					 rc;

	(void)memcpy(copy, name, strlen(name) + 1);
	if ((rc = tracked_list(false, &all, err)) != 0 || (rc = tracked_select(&all, of_key, copy, &ours, err)) != 0)
		return rc;
	if ((ids = reallocarray(NULL, ours.count + 1, sizeof(*ids))) == NULL)
		return err_memory(err);
	for (size_t i = 0; i < ours.count; i++)
		ids[i] = ours.files[i].id;
	rc = blobs_each(ids, ours.count, look, copy, err);
	free(ids);
	return rc;
}

/* A bare repository has no tree to stand in, and is fine. */
static int
enter(struct gitdir *dir, bool *bare, struct error *err)
{
	CLEANUP(buf_release) struct buf	answer = BUF(64 * KIB);
	struct error			failure = ERROR_INIT;
	struct worktree			tree;
	char				prefix[GITDIR_PATH_MAX];
	int				rc;

	/* git may refuse what we would find: a repository of another user. */
	if ((rc = gitdir_find(dir, err)) != 0 ||
	    (rc = gitcmd_run((const char *const[]){ "rev-parse", "--git-dir", NULL }, SLICE_NONE, &answer, err)) != 0)
		return rc;
	*bare = worktree_find(&tree, prefix, &failure) != 0;
	if (*bare)
		return 0;
	*dir = tree.dir;
	return worktree_enter(&tree, err);
}

static int
has_key(const struct gitdir *dir, const char *name, bool *has, struct error *err)
{
	CLEANUP(keydir_names_release) struct keydir_names	names = { NULL, 0 };
	int							rc = keydir_list(dir, &names, err);

	*has = false;
	for (size_t i = 0; i < names.count; i++)
		*has = *has || strcmp(names.name[i], name) == 0;
	return rc;
}

/* The mark first: it means nothing without a key, and a key without it could be lost. */
static int
make(const struct gitdir *dir, const char *name, const struct driver_program *program, struct error *err)
{
	CLEANUP(keyfile_freep) struct keyfile	*key = NULL;
	struct error				 ignored = ERROR_INIT;
	int					 rc;

	if ((rc = keyfile_generate(name, &key, err)) != 0)
		return rc;
	if ((rc = keydir_mark_unexported(dir, name, true, err)) == 0 && (rc = keydir_store(dir, key, err)) == 0 &&
	    (rc = driver_install(program, name, false, err)) == 0)
		return 0;
	/* Nothing is encrypted with it yet, and it would stand in the way of the next attempt. */
	if (driver_remove(name, &ignored) != 0 || keydir_remove(dir, name, &ignored) != 0)
		return err_hint(err, "the key '%s' stays; 'hubcrypt refresh' sets up what is missing", keydir_entry(name));
	return err_hint(err, "nothing was changed");
}

int
verb_init(const struct cli_args *args, struct error *err)
{
	struct driver_program	program;
	struct gitdir		dir;
	const char		*name;
	bool			bare = false, has = false;
	int			rc;

	if (args->count == 1 && !cli_given(args, "key-name")) {
		cli_report(SLICE("Warning: 'git-crypt init' with a key file is deprecated as of git-crypt 0.4\n"
		    "and will be removed in a future release. Please get in the habit of using\n"
		    "'git-crypt unlock KEYFILE' instead.\n"));
		return verb_unlock(args, err);
	}
	if (args->count > 0) {
		(void)err_set(err, ERR_USAGE, "'init' takes no operands");
		return cli_retell(args, err, "Error: git-crypt init takes no arguments");
	}
	if ((rc = admin_key_name(args, &name, err)) != 0)
		return rc;
	if ((rc = admin_program(&program, err)) != 0 || (rc = enter(&dir, &bare, err)) != 0 ||
	    (rc = has_key(&dir, name, &has, err)) != 0)
		return rc;
	if (has) {
		(void)err_set(err, ERR_EXISTS, "this clone already has the key '%s'", keydir_entry(name));
		return cli_retell(args, err, "Error: this repository has already been initialized with git-crypt.");
	}
	if ((rc = check_users(name, bare, err)) != 0 || (!bare && (rc = check_blobs(name, err)) != 0))
		return rc;
	cli_report(SLICE("Generating key...\n"));
	return make(&dir, name, &program, err);
}
