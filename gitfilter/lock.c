/*
 * The order is the point: every tree is judged before one file changes; every file is ciphertext, and has been compared with its
 * blob, before the configuration goes; the configuration is gone before the key is, for a filter without a key
 * would stop git, but plaintext without a filter would be committed.
 */
#include "gitfilter/lock.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gitfilter/checkout.h"
#include "gitfilter/driver.h"
#include "gitfilter/guard.h"
#include "gitfilter/tracked.h"
#include "gitfilter/users.h"

/* The encrypted files of one tree. */
struct files {
	struct tracked		all, ours, todo, by_git;
	struct checkout_kept	kept;	/* of todo */
};

struct lock {
	const struct keydir_names	*names;
	const struct lock_options	*options;
	struct keyring			 ring;
	struct worktrees		 trees;
	struct files			*files;		/* of each tree */
	struct files			*at;		/* of the tree that is being looked at */
};

static void
lock_release(struct lock *lock)
{
	for (size_t i = 0; lock->files != NULL && i < lock->trees.count; i++) {
		checkout_kept_release(&lock->files[i].kept);
		tracked_release(&lock->files[i].by_git);
		tracked_release(&lock->files[i].todo);
		tracked_release(&lock->files[i].ours);
		tracked_release(&lock->files[i].all);
	}
	free(lock->files);
	worktrees_release(&lock->trees);
	keyring_release(&lock->ring);
}

/* --- may we? --------------------------------------------------------------------------------------------- */

/* Is there a copy for a user in the tree? */
static bool
has_users(const struct users *users, const char *name)
{
	for (size_t i = 0; i < users->count; i++)
		if (strcmp(users->users[i].key_name, name) == 0 && access((const char *)users->users[i].path.data,
		    R_OK) == 0)
			return true;
	return false;
}

static int
check_copies(const struct lock *lock, const struct worktree *tree, struct error *err)
{
	CLEANUP(users_release) struct users	users = USERS;
	int					rc;

	if ((rc = users_list(&users, err)) != 0)
		return rc;
	for (size_t i = 0; i < lock->names->count && !lock->options->lose_key; i++) {
		const char *name = lock->names->name[i];

		if (!keydir_is_unexported(&tree->dir, name) || has_users(&users, name))
			continue;
		(void)err_set(err, ERR_REFUSED,
		    "the key '%s' was made here and there is no copy of it: locking would lose every file",
		    keydir_entry(name));
		return err_hint(err,
		    "save it with 'hubcrypt export-key%s%s FILE' or give it to a user with 'hubcrypt add-gpg-user%s%s USER'; "
		    "'--lose-key' destroys it", name[0] != '\0' ? " -k " : "", name, name[0] != '\0' ? " -k " : "", name);
	}
	return 0;
}

static bool
is_ours(void *context, const struct tracked_file *file)
{
	const struct keydir_names *names = context;

	for (size_t i = 0; i < names->count; i++)
		if (strcmp(names->name[i], file->key_name) == 0)
			return true;
	return false;
}

static int
look(void *context, const struct tracked_file *file, enum checkout_verdict verdict, struct error *err)
{
	struct lock	*lock = context;
	bool		 force = lock->options->force;

	switch (verdict) {
	case CHECKOUT_CONVERT:
		return tracked_add(&lock->at->todo, file, err);
	case CHECKOUT_EDITED:
		if (force)
			return tracked_add(&lock->at->todo, file, err);
		(void)err_set(err, ERR_CONFLICT, "'%.*s' differs from the index", SLICE_ARG(file->path));
		return err_hint(err, "nothing was changed; commit it, or lose the edit with 'lock --force'");
	case CHECKOUT_LARGE:
		/* "git status" has looked at it, unless it was told not to. */
		if (!force && (file->assume_unchanged || file->skip_worktree))
			break;
		return tracked_add(&lock->at->by_git, file, err);
	case CHECKOUT_ABSENT:
		break;
	case CHECKOUT_MISSING:
		return force && !file->skip_worktree ? tracked_add(&lock->at->by_git, file, err) : 0;
	case CHECKOUT_DONE:
	case CHECKOUT_UNENCRYPTED:
	case CHECKOUT_NO_KEY:
	case CHECKOUT_TWICE:
		return 0;
	}
	(void)err_set(err, ERR_REFUSED, "'%.*s' cannot be compared with its blob", SLICE_ARG(file->path));
	return err_hint(err,
	    "nothing was changed; fetch a blob that is missing, or take a mark like assume-unchanged off a large file");
}

/* Sort the files of a tree by what is to be done with them. */
static int
survey(struct lock *lock, const struct worktree *tree, struct error *err)
{
	const struct checkout	dry = { .form = CHECKOUT_SEALED, .ring = &lock->ring, .dir = &tree->dir,
				    .progress_opt = lock->options->progress_opt, .keep_opt = &lock->at->kept };
	struct files		*files = lock->at;
	bool			clean = true;
	int			rc;

	/* In every tree: an edit of .gitattributes hides files from what follows. */
	if (!lock->options->force && (rc = checkout_is_clean(&clean, err)) != 0)
		return err_wrap(err, "'git status' failed - is this a Git repository?");
	if (!clean)
		return err_set(err, ERR_CONFLICT, "working directory not clean");
	if ((rc = tracked_list(false, &files->all, err)) != 0 ||
	    (rc = tracked_select(&files->all, is_ours, (void *)(uintptr_t)lock->names, &files->ours, err)) != 0)
		return rc;
	for (size_t i = 0; i < files->ours.count; i++)
		if (files->ours.files[i].stage != 0) {
			(void)err_set(err, ERR_CONFLICT, "'%.*s' is in conflict", SLICE_ARG(files->ours.files[i].path));
			return err_hint(err, "nothing was changed; finish or abort the merge first");
		}
	return checkout_run(&dry, &files->ours, look, lock, err);
}

/* --- files ----------------------------------------------------------------------------------------------- */

static int
watch(void *context UNUSED, const struct tracked_file *file, enum checkout_verdict verdict, struct error *err)
{
	if (verdict == CHECKOUT_CONVERT || verdict == CHECKOUT_EDITED || verdict == CHECKOUT_DONE ||
	    verdict == CHECKOUT_MISSING)
		return 0;
	return err_set(err, ERR_CONFLICT, "'%.*s' changed while it was being encrypted", SLICE_ARG(file->path));
}

/* After the change nothing but ciphertext may be left. */
static int
verify(void *context UNUSED, const struct tracked_file *file, enum checkout_verdict verdict, struct error *err)
{
	if (verdict != CHECKOUT_CONVERT && verdict != CHECKOUT_EDITED)
		return 0;
	(void)err_set(err, ERR_CONFLICT, "'%.*s' is still in plaintext", SLICE_ARG(file->path));
	return err_hint(err,
	    "it was written to meanwhile; the key and the filters are still in place: run 'lock' again");
}

static int
seal(struct lock *lock, const struct worktree *tree, struct error *err)
{
	struct checkout	wet = { .form = CHECKOUT_SEALED, .ring = &lock->ring, .dir = &tree->dir, .change = true,
			    .overwrite = lock->options->force, .progress_opt = lock->options->progress_opt,
			    .kept_opt = &lock->at->kept };
	int		rc;

	if ((rc = checkout_forget(&lock->at->todo, err)) != 0 || (rc = checkout_forget(&lock->at->by_git, err)) != 0 ||
	    (rc = checkout_run(&wet, &lock->at->todo, watch, NULL, err)) != 0)
		return rc;
	if ((rc = checkout_by_git(&lock->at->by_git, CHECKOUT_SEALED, err)) != 0)
		return rc;
	wet.change = false;
	return checkout_run(&wet, &lock->at->ours, verify, NULL, err);
}

static int
settle(struct lock *lock UNUSED, const struct worktree *tree UNUSED, struct error *err)
{
	return checkout_refresh(err);
}

/* --- all of it ------------------------------------------------------------------------------------------- */

/* Something in each tree, standing in it. */
static int
in_each(struct lock *lock, int (*what)(struct lock *, const struct worktree *, struct error *), struct error *err)
{
	int rc;

	for (size_t i = 0; i < lock->trees.count; i++) {
		lock->at = &lock->files[i];
		if ((rc = worktree_enter(&lock->trees.tree[i], err)) != 0)
			return rc;
		if ((rc = what(lock, &lock->trees.tree[i], err)) != 0)
			return i > 0 ? err_wrap(err, "in the worktree '%s'", lock->trees.tree[i].top) : rc;
	}
	return worktree_enter(&lock->trees.tree[0], err);
}

static int
remove_drivers(const struct lock *lock, bool guarded, struct error *err)
{
	int rc = 0;

	for (size_t i = 0; i < lock->names->count && rc == 0; i++)
		rc = guarded ? driver_remove_diff(lock->names->name[i], err) : driver_remove(lock->names->name[i], err);
	return rc;
}

static int
remove_keys(struct lock *lock, const struct worktree *tree, struct error *err)
{
	int rc = 0;

	for (size_t i = 0; i < lock->names->count && rc == 0; i++)
		rc = keydir_remove(&tree->dir, lock->names->name[i], err);
	return rc;
}

static int
prepare(struct lock *lock, const struct worktree *tree, struct error *err)
{
	int rc;

	if ((rc = check_copies(lock, tree, err)) != 0 || (rc = keyring_load(&lock->ring, &tree->dir, err)) != 0 ||
	    (rc = worktree_list(tree, &lock->trees, err)) != 0)
		return rc;
	if ((lock->files = calloc(lock->trees.count, sizeof(*lock->files))) == NULL)
		return err_memory(err);
	for (size_t i = 0; i < lock->trees.count; i++)
		lock->files[i] = (struct files){ TRACKED, TRACKED, TRACKED, TRACKED, CHECKOUT_KEPT };
	return 0;
}

int
lock_run(const struct worktree *tree, const struct keydir_names *names, const struct lock_options *options,
    struct error *err)
{
	CLEANUP(lock_release) struct lock	lock = { .names = names, .options = options, .ring = KEYRING };
	bool					guarded = guard_is_on(&tree->dir);
	int					rc;

	if ((rc = prepare(&lock, tree, err)) != 0 || (rc = in_each(&lock, survey, err)) != 0)
		return rc;
	if ((rc = in_each(&lock, seal, err)) != 0 || (rc = remove_drivers(&lock, guarded, err)) != 0)
		return err_hint(err, "the key and what is left of the filters stay; run 'lock' again");
	if ((rc = in_each(&lock, settle, err)) != 0)
		return rc;
	return in_each(&lock, remove_keys, err);
}
