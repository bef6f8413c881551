/*
 * Nothing changes before every blob has opened in memory.  Then keys, configuration, files, in this order: a run that is killed
 * leaves a tree that the filters call unmodified, whatever part of it is decrypted, and the next run finishes it.
 */
#include "gitfilter/unlock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "gitfilter/attributes.h"
#include "gitfilter/checkout.h"
#include "gitfilter/guard.h"
#include "gitfilter/keydir.h"

#define NAMED_MAX	5	/* damaged files that a message names */

/* One key that is to be installed. */
struct change {
	const struct keyfile	*key;
	struct keyfile		*before;	/* what this clone had under that name, or NULL */
	bool			 had_driver;
	size_t			 opened, failed;
	char			 named[ERR_TEXT_MAX / 2];	/* the first files that did not open */
};

struct unlock {
	const struct worktree		*tree;
	const struct driver_program	*program;
	struct keyring			*ring;		/* the new keys, and the other ones of the clone */
	struct change			*changes;
	size_t				 count;
	struct tracked			 all, ours;	/* ours: of the keys that are installed, and to be looked at */
	struct tracked			 todo, by_git;	/* of ours: still ciphertext; too large to hold */
	struct checkout_kept		 kept;		/* of todo */
	struct unlock_report		*report;
	checkout_progress		*progress;
};

static void
unlock_release(struct unlock *unlock)
{
	for (size_t i = 0; i < unlock->count; i++)
		keyfile_free(unlock->changes[i].before);
	free(unlock->changes);
	checkout_kept_release(&unlock->kept);
	tracked_release(&unlock->by_git);
	tracked_release(&unlock->todo);
	tracked_release(&unlock->ours);
	tracked_release(&unlock->all);
}

static struct change *
find_change(const struct unlock *unlock, const char *name)
{
	for (size_t i = 0; i < unlock->count; i++)
		if (strcmp(unlock->changes[i].key->name, name) == 0)
			return &unlock->changes[i];
	return NULL;
}

static bool
is_ours(void *context, const struct tracked_file *file)
{
	return !file->skip_worktree && file->stage == 0 && find_change(context, file->key_name) != NULL;
}

/* --- before anything changes ----------------------------------------------------------------------------- */

/* What the clone has under a name; a damaged file is no obstacle to a good one. */
static int
load_before(const struct gitdir *dir, const char *name, struct keyfile **out, struct error *err)
{
	int rc = keydir_load(dir, name, out, err);

	if (rc == ERR_NO_KEY || rc == ERR_SYNTAX || rc == ERR_UNSUPPORTED) {
		err_reset(err);
		*out = NULL;
		return 0;
	}
	return rc;
}

static int
plan_key(struct unlock *unlock, const struct keyfile *key, struct error *err)
{
	struct change	*change = &unlock->changes[unlock->count];
	int		 rc;

	*change = (struct change){ .key = key };
	if ((rc = load_before(&unlock->tree->dir, key->name, &change->before, err)) != 0)
		return rc;
	unlock->count++;
	if (change->before != NULL && !keyfile_same(change->before, key) &&
	    keydir_is_unexported(&unlock->tree->dir, key->name)) {
		(void)err_set(err, ERR_REFUSED, "this clone has another key '%s', and the only copy of it",
		    keydir_entry(key->name));
		return err_hint(err, "save it with 'hubcrypt export-key' first");
	}
	if ((rc = driver_is_installed(key->name, &change->had_driver, err)) != 0)
		return rc;
	/* Of a run that was killed: "required" without a filter would stop even "git status". */
	return change->had_driver ? 0 : driver_remove(key->name, err);
}

/* The last key of each name in ${keys} is to be installed; then the clone's other keys join the ring. */
static int
plan(struct unlock *unlock, struct error *err)
{
	CLEANUP(keydir_names_release) struct keydir_names	names = { NULL, 0 };
	struct keyring						*ring = unlock->ring;
	size_t							given = ring->count;
	int							rc;

	if ((unlock->changes = calloc(given + 1, sizeof(*unlock->changes))) == NULL)
		return err_memory(err);
	for (size_t i = 0; i < given; i++)
		if (keyring_find(ring, ring->keys[i].key->name) == ring->keys[i].key &&
		    (rc = plan_key(unlock, ring->keys[i].key, err)) != 0)
			return rc;
	if ((rc = keydir_list(&unlock->tree->dir, &names, err)) != 0)
		return rc;
	for (size_t i = 0; i < names.count; i++) {
		struct error	ignored = ERROR_INIT;
		struct keyfile	*key;

		if (find_change(unlock, names.name[i]) == NULL &&
		    keydir_load(&unlock->tree->dir, names.name[i], &key, &ignored) == 0 &&
		    (rc = keyring_add(ring, key, err)) != 0)
			return rc;
	}
	return 0;
}

static int
check_attributes(const struct tracked *files, struct error *err)
{
	CLEANUP(buf_release) struct buf	paths = BUF(512 * MIB);
	int				rc = 0;

	for (size_t i = 0; i < files->count && rc == 0; i++)
		if ((rc = buf_append(&paths, files->files[i].path, err)) == 0)
			rc = buf_byte(&paths, '\0', err);
	return rc != 0 ? rc : attributes_check_conversions(buf_slice(&paths), err);
}

static void
count_failure(struct change *change, struct slice path)
{
	size_t used = strlen(change->named);

	if (++change->failed <= NAMED_MAX && used + path.len + 8 < sizeof(change->named))
		(void)snprintf(change->named + used, sizeof(change->named) - used, "%s'%.*s'", used > 0 ? ", " : "",
		    SLICE_ARG(path));
}

static int
look(void *context, const struct tracked_file *file, enum checkout_verdict verdict, struct error *err)
{
	struct unlock	*unlock = context;
	struct change	*change = find_change(unlock, file->key_name);

	if (change == NULL)
		return err_set(err, ERR_INTERNAL, "a file of another key was looked at");
	switch (verdict) {
	case CHECKOUT_CONVERT:
		change->opened++;
		return tracked_add(&unlock->todo, file, err);
	case CHECKOUT_DONE:
		change->opened++;
		return 0;
	case CHECKOUT_NO_KEY:
		count_failure(change, file->path);
		return 0;
	case CHECKOUT_TWICE:
		change->opened++;
		if (unlock->report->twice++ == 0)
			(void)snprintf(unlock->report->first_twice, sizeof(unlock->report->first_twice), "%.*s", SLICE_ARG(file->path));
		return 0;
	case CHECKOUT_LARGE:
		return tracked_add(&unlock->by_git, file, err);
	case CHECKOUT_ABSENT:
		unlock->report->missing++;
		return 0;
	case CHECKOUT_UNENCRYPTED:
		unlock->report->unencrypted++;
		return 0;
	case CHECKOUT_EDITED:
		unlock->report->edited++;
		return 0;
	case CHECKOUT_MISSING:
		return 0;
	}
	return 0;
}

static int
judge_key(const struct change *change, struct error *err)
{
	if (change->failed == 0)
		return 0;
	if (change->opened == 0) {
		(void)err_set(err, ERR_NO_KEY, "this is the wrong key: none of the %zu files of '%s' opens with it",
		    change->failed,
		    keydir_entry(change->key->name));
		return err_hint(err, "nothing was changed; was the repository initialised twice?");
	}
	(void)err_set(err, ERR_TAMPERED,
	    "%zu of %zu files have been tampered with, or were encrypted with another key: %s%s",
	    change->failed, change->failed + change->opened, change->named, change->failed > NAMED_MAX ? ", ..." : "");
	return err_hint(err,
	    "nothing was changed; 'git log -- FILE' shows who committed them, and an older version can be restored");
}

/* Which files are to be converted, and whether all of them can be. */
static int
survey(struct unlock *unlock, struct error *err)
{
	const struct checkout	dry = { .form = CHECKOUT_PLAIN, .ring = unlock->ring, .dir = &unlock->tree->dir,
				    .progress_opt = unlock->progress, .keep_opt = &unlock->kept };
	int			rc;

	if ((rc = tracked_list(false, &unlock->all, err)) != 0 ||
	    (rc = tracked_select(&unlock->all, is_ours, unlock, &unlock->ours, err)) != 0 ||
	    (rc = check_attributes(&unlock->ours, err)) != 0)
		return rc;
	return checkout_run(&dry, &unlock->ours, look, unlock, err);
}

/* --- the change, and back -------------------------------------------------------------------------------- */

static int
count_conversion(void *context, const struct tracked_file *file, enum checkout_verdict verdict, struct error *err)
{
	struct unlock *unlock = context;

	/* The blob opened a moment ago, so the disk or somebody else is at work. */
	if (verdict == CHECKOUT_NO_KEY || verdict == CHECKOUT_ABSENT)
		return err_set(err, ERR_CONFLICT, "'%.*s' changed while it was being decrypted", SLICE_ARG(file->path));
	if (verdict == CHECKOUT_CONVERT)
		unlock->report->converted++;
	return 0;
}

static int
convert(struct unlock *unlock, struct error *err)
{
	const struct checkout	wet = { .form = CHECKOUT_PLAIN, .ring = unlock->ring, .dir = &unlock->tree->dir, .change = true,
				    .progress_opt = unlock->progress, .kept_opt = &unlock->kept };
	int			rc;

	if (unlock->todo.count == 0 && unlock->by_git.count == 0)
		return 0;
	if ((rc = checkout_forget(&unlock->todo, err)) != 0 || (rc = checkout_forget(&unlock->by_git, err)) != 0 ||
	    (rc = checkout_run(&wet, &unlock->todo, count_conversion, unlock, err)) != 0 ||
	    (rc = checkout_by_git(&unlock->by_git, CHECKOUT_PLAIN, err)) != 0)
		return rc;
	unlock->report->converted += unlock->by_git.count;
	return checkout_refresh(err);
}

static int
install(struct unlock *unlock, struct error *err)
{
	int rc;

	/* It came from outside, so there is a copy; a mark may be left of an init that was killed. */
	for (size_t i = 0; i < unlock->count; i++)
		if ((rc = keydir_store(&unlock->tree->dir, unlock->changes[i].key, err)) != 0 ||
		    (rc = keydir_mark_unexported(&unlock->tree->dir, unlock->changes[i].key->name, false, err)) != 0)
			return rc;
	for (size_t i = 0; i < unlock->count; i++)
		if ((rc = driver_install(unlock->program, unlock->changes[i].key->name, false, err)) != 0)
			return rc;
	return convert(unlock, err);
}

static int
ignore(void *context UNUSED, const struct tracked_file *file UNUSED, enum checkout_verdict verdict UNUSED,
    struct error *err UNUSED)
{
	return 0;
}

static int
take_back_key(struct unlock *unlock, const struct change *change, struct error *err)
{
	const struct gitdir	*dir = &unlock->tree->dir;
	int			 rc = 0;

	if (change->before != NULL)
		rc = keydir_store(dir, change->before, err);
	else if (!change->had_driver)
		rc = driver_remove(change->key->name, err);
	else if (guard_is_on(dir))
		rc = driver_remove_diff(change->key->name, err);
	return rc != 0 || change->before != NULL ? rc : keydir_remove(dir, change->key->name, err);
}

/* Ciphertext first: a file that stays in plaintext must not lose its filter. */
static int
undo(struct unlock *unlock, struct error *err)
{
	const struct checkout	back = { .form = CHECKOUT_SEALED, .ring = unlock->ring, .dir = &unlock->tree->dir,
				    .change = true, .kept_opt = &unlock->kept };
	struct error		ignored = ERROR_INIT;
	int			rc;

	if ((rc = checkout_run(&back, &unlock->todo, ignore, NULL, err)) != 0 ||
	    (rc = checkout_by_git(&unlock->by_git, CHECKOUT_SEALED, err)) != 0)
		return rc;
	for (size_t i = 0; i < unlock->count; i++)
		if ((rc = take_back_key(unlock, &unlock->changes[i], err)) != 0)
			return rc;
	/* What git knows of the files is its own to find again; somebody's lock on the index is often the reason that we are here. */
	if (checkout_refresh(&ignored) != 0)
		err_reset(&ignored);
	return 0;
}

static int
dirty(struct error *err)
{
	bool	clean;
	int	rc = checkout_is_clean(&clean, err);

	if (rc != 0)
		return err_wrap(err, "'git status' failed - is this a Git repository?");
	return clean ? 0 : err_set(err, ERR_CONFLICT, "working directory not clean");
}

int
unlock_run(const struct worktree *tree, struct keyring *keys, const struct driver_program *program,
    checkout_progress *progress_opt, struct unlock_report *report, struct error *err)
{
	CLEANUP(unlock_release) struct unlock	unlock = { .tree = tree, .program = program, .ring = keys,
						    .all = TRACKED, .ours = TRACKED, .todo = TRACKED, .by_git = TRACKED,
						    .kept = CHECKOUT_KEPT,
						    .report = report, .progress = progress_opt };
	struct error				ignored = ERROR_INIT;
	int					rc;

	*report = (struct unlock_report){ 0 };
	if ((rc = plan(&unlock, err)) != 0 || (rc = dirty(err)) != 0 || (rc = survey(&unlock, err)) != 0)
		return rc;
	for (size_t i = 0; i < unlock.count; i++)
		if ((rc = judge_key(&unlock.changes[i], err)) != 0)
			return rc;
	if ((rc = install(&unlock, err)) == 0)
		return 0;
	if (undo(&unlock, &ignored) != 0)
		return err_hint(err, "some files are decrypted and keep their filters (%s); run 'unlock' again",
		    ignored.text);
	return err_hint(err, "nothing was changed");
}

int
unlock_refresh(const struct worktree *tree, const struct driver_program *program, checkout_progress *progress_opt,
    struct unlock_report *report, struct error *err)
{
	CLEANUP(keyring_release) struct keyring	ring = KEYRING;
	CLEANUP(unlock_release) struct unlock	unlock = { .tree = tree, .program = program, .ring = &ring,
						    .all = TRACKED, .ours = TRACKED, .todo = TRACKED, .by_git = TRACKED,
						    .kept = CHECKOUT_KEPT,
						    .report = report, .progress = progress_opt };
	int					rc;

	*report = (struct unlock_report){ 0 };
	if ((rc = keyring_load(&ring, &tree->dir, err)) != 0 || (rc = plan(&unlock, err)) != 0 ||
	    (rc = survey(&unlock, err)) != 0)
		return rc;
	for (size_t i = 0; i < unlock.count; i++) {
		report->missing += unlock.changes[i].failed;
		if ((rc = driver_install(program, unlock.changes[i].key->name, false, err)) != 0)
			return rc;
	}
	return convert(&unlock, err);
}
