/*
 * The order, and what a kill leaves behind at each step:
 *
 *	1. mark, new key, its driver		a key that nothing uses; the next run takes it up
 *	2. blobs, an index of our own		blobs that nothing refers to
 *	3. "git commit" with that index		HEAD moves in one step of git's: before it nothing, after it all has happened
 *	4. .gitattributes and users' copies	each by rename; the tree's secrets are plaintext before and after, and stay as they are
 *	5. the user's index, then the mark	entries that are as the old commit had them become those of the new one
 *
 * Steps 4 and 5 compare with the commit before ours, so they can be done again, and leave alone what the user
 * changed meanwhile.
 */
#include "gitfilter/rotate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "gitfilter/attrfile.h"
#include "gitfilter/blob.h"
#include "gitfilter/blobs.h"
#include "gitfilter/checkout.h"
#include "gitfilter/gitcmd.h"
#include "gitfilter/keydir.h"
#include "gitfilter/newblobs.h"
#include "gitfilter/ownindex.h"
#include "gitfilter/rotate_settle.h"

#define ATTRFILE_MAX	(16 * MIB)
#define SEALED_MAX	((size_t)1024 * 1024 * 1024)

/* A file of the new commit: its place in newblobs is its place here. */
struct change {
	struct slice	path;
	uint32_t	mode;
};

struct rotation {
	const struct worktree	*tree;
	const char		*old, *new;
	rotate_progress		*progress;
	struct rotate_report	*report;
	struct keyring		 ring;		/* all keys of the clone, and at last the new one */
	struct blob_cipher	*seal;		/* of the new key, which the ring owns */
	bool			 made;		/* this run has made it */
	struct tracked		 files;		/* all of HEAD */
	struct newblobs		 blobs;
	struct change		*changes;
	size_t			 count;
	struct arena		 arena;
	struct buf		 sealed;
	struct ownindex		 index;
};

static void
rotation_release(struct rotation *rotation)
{
	keyring_release(&rotation->ring);
	tracked_release(&rotation->files);
	newblobs_release(&rotation->blobs);
	free(rotation->changes);
	arena_release(&rotation->arena);
	buf_release(&rotation->sealed);
	ownindex_release(&rotation->index);
}

void
rotate_report_release(struct rotate_report *report)
{
	users_release(&report->users);
}

static void
progress(const struct rotation *rotation, const char *text)
{
	if (rotation->progress != NULL)
		rotation->progress(text);
}

static bool
uses(const struct tracked_file *file, const char *key_name)
{
	return file->encrypted && strcmp(file->key_name, key_name) == 0;
}

static bool
uses_old(void *context, const struct tracked_file *file)
{
	return uses(file, context);
}

/* --- before anything changes ---------------------------------------------------------------------- */

/* All files of HEAD with the attributes of HEAD. */
static int
read_head(struct rotation *rotation, struct error *err)
{
	int rc;

	if ((rc = ownindex_enter(&rotation->index, err)) == 0 && (rc = ownindex_read(&rotation->index, "HEAD", err)) == 0)
		rc = tracked_list_index(true, &rotation->files, err);
	ownindex_leave(&rotation->index);
	return rc != 0 ? err_wrap(err, "cannot read the last commit") : 0;
}

static size_t
count_of(const struct tracked *files, const char *key_name)
{
	size_t n = 0;

	for (size_t i = 0; i < files->count; i++)
		n += uses(&files->files[i], key_name);
	return n;
}

struct forms {
	const struct tracked_file	*sealed, *foreign, *absent, *twice;
};

static int
visit_form(void *context, const struct tracked_file *file, enum checkout_verdict verdict, struct error *err UNUSED)
{
	struct forms *forms = context;

	if (verdict == CHECKOUT_CONVERT)
		forms->sealed = file;
	else if (verdict == CHECKOUT_NO_KEY)
		forms->foreign = file;
	else if (verdict == CHECKOUT_TWICE)
		forms->twice = file;
	else if (verdict == CHECKOUT_ABSENT || verdict == CHECKOUT_LARGE)
		forms->absent = file;
	return 0;
}

/* Each file opens, and none is ciphertext in the tree: under the new driver that would be sealed a second time. */
static int
check_forms(struct rotation *rotation, const struct tracked *ours, struct error *err)
{
	struct forms	forms = { NULL, NULL, NULL, NULL };
	int		rc;

	if ((rc = checkout_run(&(struct checkout){ .form = CHECKOUT_PLAIN, .ring = &rotation->ring,
	    .dir = &rotation->tree->dir }, ours,
	    visit_form, &forms, err)) != 0)
		return rc;
	if (forms.foreign != NULL) {
		(void)err_set(err, ERR_TAMPERED, "'%.*s' is opened by no key of this clone", SLICE_ARG(forms.foreign->path));
		return err_hint(err, "'hubcrypt doctor' tells a wrong key from a damaged file; commit a good version first");
	}
	if (forms.absent != NULL)
		return err_set(err, ERR_NOT_FOUND, "the content of '%.*s' is not in this clone, or too large", SLICE_ARG(forms.absent->path));
	if (forms.twice != NULL) {
		(void)err_set(err, ERR_REFUSED, "'%.*s' was encrypted twice", SLICE_ARG(forms.twice->path));
		return err_hint(err, "'hubcrypt doctor' says how to repair that");
	}
	if (forms.sealed != NULL) {
		(void)err_set(err, ERR_REFUSED, "'%.*s' is ciphertext in this tree", SLICE_ARG(forms.sealed->path));
		return err_hint(err, "'hubcrypt refresh' decrypts it");
	}
	return 0;
}

/* A sparse checkout may leave the users' copies out of the tree, and then nobody would get the new key. */
static int
check_users_are_here(const struct rotation *rotation, struct error *err)
{
	CLEANUP(buf_release) struct buf	folder = BUF(GITDIR_PATH_MAX);
	int				rc;

	if ((rc = users_folder(&folder, err)) != 0 || (rc = buf_byte(&folder, '/', err)) != 0)
		return rc;
	for (size_t i = 0; i < rotation->files.count; i++) {
		const struct tracked_file	*file = &rotation->files.files[i];
		struct stat			 st;

		if (!slice_starts(file->path, buf_slice(&folder)) || lstat((const char *)file->path.data, &st) == 0)
			continue;
		(void)err_set(err, ERR_REFUSED, "'%.*s' is not in this tree", SLICE_ARG(file->path));
		return err_hint(err, "check all of that folder out ('git sparse-checkout add'), so that every user gets the new key");
	}
	return 0;
}

static int
check_names(const struct rotation *rotation, bool resumed, struct error *err)
{
	CLEANUP(users_release) struct users	users = USERS;
	int					rc;

	if (count_of(&rotation->files, rotation->old) == 0)
		return err_set(err, ERR_UNCHANGED, "no file of the last commit is encrypted with the key '%s'", keydir_entry(rotation->old));
	if (keyring_find(&rotation->ring, rotation->old) == NULL) {
		(void)err_set(err, ERR_NO_KEY, "this clone does not have the key '%s'", keydir_entry(rotation->old));
		return err_hint(err, "'hubcrypt unlock' installs it");
	}
	if ((rc = check_users_are_here(rotation, err)) != 0 || (rc = users_list(&users, err)) != 0)
		return rc;
	for (size_t i = 0; i < users.count; i++)
		if (strcmp(users.users[i].key_name, rotation->new) == 0)
			return err_set(err, ERR_EXISTS, "there are users of a key '%s' already; choose another name", rotation->new);
	if (count_of(&rotation->files, rotation->new) > 0 || (!resumed && keyring_find(&rotation->ring, rotation->new) != NULL))
		return err_set(err, ERR_EXISTS, "there is a key '%s' already; choose another name", rotation->new);
	return 0;
}

static int
check_tree(struct rotation *rotation, struct error *err)
{
	CLEANUP(tracked_release) struct tracked	tree = TRACKED, ours = TRACKED;
	char					name[KEYFILE_NAME_MAX + 1];
	bool					clean;
	int					rc;

	if ((rc = checkout_is_clean(&clean, err)) != 0)
		return rc;
	if (!clean) {
		(void)err_set(err, ERR_CONFLICT, "the working directory is not clean");
		return err_hint(err, "commit or stash your changes first");
	}
	if ((rc = tracked_list(false, &tree, err)) != 0)
		return rc;
	if (count_of(&tree, rotation->old) != count_of(&rotation->files, rotation->old)) {
		(void)err_set(err, ERR_REFUSED, "the attributes in this tree differ from those of the last commit");
		return err_hint(err, "a .gitattributes file is not tracked, or changed behind git's back");
	}
	(void)snprintf(name, sizeof(name), "%s", rotation->old);
	if ((rc = tracked_select(&tree, uses_old, name, &ours, err)) != 0)
		return rc;
	return check_forms(rotation, &ours, err);
}

/* --- the new key ---------------------------------------------------------------------------------- */

static int
take_key(struct rotation *rotation, const struct driver_program *program, struct error *err)
{
	struct keyfile	*key = NULL;
	int		 rc;

	if (keyring_find(&rotation->ring, rotation->new) == NULL) {
		/* Marked first: a key that nobody else has is not to be lost by lock. */
		if ((rc = keydir_mark_unexported(&rotation->tree->dir, rotation->new, true, err)) != 0 ||
		    (rc = keyfile_generate(rotation->new, &key, err)) != 0)
			return rc;
		rotation->made = true;
		if ((rc = keydir_store(&rotation->tree->dir, key, err)) != 0) {
			keyfile_free(key);
			return rc;
		}
		if ((rc = keyring_add(&rotation->ring, key, err)) != 0)
			return rc;
	}
	for (size_t i = 0; i < rotation->ring.count; i++)
		if (strcmp(rotation->ring.keys[i].key->name, rotation->new) == 0)
			rotation->seal = rotation->ring.keys[i].cipher;
	return driver_install(program, rotation->new, false, err);
}

static int
head_id(struct buf *out, struct error *err)
{
	return gitcmd_run((const char *const[]){ "rev-parse", "--verify", "HEAD", NULL }, SLICE_NONE, out, err);
}

/*
 * Nothing has come of it: the key goes, but only when it is certain that no commit was made with it.  One of an earlier run may
 * have a commit on another branch, and stays.
 */
static void
undo(const struct rotation *rotation, const struct buf *before)
{
	CLEANUP(buf_release) struct buf	now = BUF(KIB);
	struct error			ignored = ERROR_INIT;

	if (!rotation->made || head_id(&now, &ignored) != 0 || !slice_eq(buf_slice(&now), buf_slice(before)))
		return;
	if (driver_remove(rotation->new, &ignored) != 0 || keydir_remove(&rotation->tree->dir, rotation->new, &ignored) != 0 ||
	    settle_mark_remove(&rotation->tree->dir, &ignored) != 0)
		return;		/* the next run with this name takes the key up */
}

/* --- the new files -------------------------------------------------------------------------------- */

static int
add_change(struct rotation *rotation, struct slice path, uint32_t mode, struct slice bytes, struct error *err)
{
	struct change	*larger = reallocarray(rotation->changes, rotation->count + 1, sizeof(*larger));
	int		 rc;

	if (larger == NULL)
		return err_memory(err);
	rotation->changes = larger;
	if ((rc = arena_copy(&rotation->arena, path, &larger[rotation->count].path, err)) != 0)
		return rc;
	larger[rotation->count++].mode = mode;
	return newblobs_add(&rotation->blobs, bytes, err);
}

/* Files that blobs_each() is asked for, in its order. */
struct batch {
	struct rotation			 *rotation;
	const struct tracked_file	**files;
};

static int
seal_file(void *context, size_t index, struct slice bytes, uint64_t size UNUSED, struct error *err)
{
	struct rotation			*rotation = ((struct batch *)context)->rotation;
	const struct tracked_file	*file = ((struct batch *)context)->files[index];
	const struct keyfile		*which;
	struct source_memory		 in;
	struct sink_buf			 out;
	struct slice			 plain = bytes;
	int				 rc;

	if (bytes.data == NULL)
		return err_set(err, ERR_NOT_FOUND, "the content of '%.*s' is not in this clone, or too large", SLICE_ARG(file->path));
	if (blob_is(bytes)) {
		if ((rc = keyring_open(&rotation->ring, rotation->old, bytes, &which, err)) != 0)
			return rc;
		if (which == NULL)
			return err_set(err, ERR_TAMPERED, "'%.*s' is opened by no key of this clone", SLICE_ARG(file->path));
		plain = buf_slice(&rotation->ring.plain);
	} else {
		rotation->report->unencrypted++;
	}
	buf_reset(&rotation->sealed);
	source_memory_init(&in, plain);
	sink_buf_init(&out, &rotation->sealed);
	if ((rc = blob_seal(rotation->seal, &in.source, &out.sink, err)) != 0)
		return err_wrap(err, "'%.*s'", SLICE_ARG(file->path));
	rotation->report->files++;
	return add_change(rotation, file->path, file->mode, buf_slice(&rotation->sealed), err);
}

static int
rewrite_attributes(void *context, size_t index, struct slice bytes, uint64_t size UNUSED, struct error *err)
{
	struct rotation			*rotation = ((struct batch *)context)->rotation;
	const struct tracked_file	*file = ((struct batch *)context)->files[index];
	CLEANUP(buf_release) struct buf	out = BUF(ATTRFILE_MAX);
	char				from[DRIVER_NAME_MAX], to[DRIVER_NAME_MAX];
	size_t				changed;
	int				rc;

	driver_name(rotation->old, from);
	driver_name(rotation->new, to);
	if ((rc = attrfile_rename_driver(bytes, from, to, &out, &changed, err)) != 0)
		return err_wrap(err, "'%.*s'", SLICE_ARG(file->path));
	return changed == 0 ? 0 : add_change(rotation, file->path, file->mode, buf_slice(&out), err);
}

static bool
is_attributes(const struct tracked_file *file)
{
	return slice_eq(file->path, SLICE(".gitattributes")) || slice_ends(file->path, SLICE("/.gitattributes"));
}

static void
free_files(const struct tracked_file ***files)
{
	free(*files);
}

static void
free_ids(struct slice **ids)
{
	free(*ids);
}

/* Have ${visit} see the content of the attribute files, or of the encrypted ones. */
static int
each_file(struct rotation *rotation, bool attributes, blobs_visit *visit, struct error *err)
{
	CLEANUP(free_files) const struct tracked_file	**files = calloc(rotation->files.count + 1, sizeof(*files));
	CLEANUP(free_ids) struct slice			 *ids = calloc(rotation->files.count + 1, sizeof(*ids));
	size_t						  n = 0;

	if (files == NULL || ids == NULL)
		return err_memory(err);
	for (size_t i = 0; i < rotation->files.count; i++) {
		const struct tracked_file *file = &rotation->files.files[i];

		if (!(attributes ? is_attributes(file) && !file->encrypted : uses(file, rotation->old)))
			continue;
		files[n] = file;
		ids[n++] = file->id;
	}
	return blobs_each(ids, n, visit, &(struct batch){ rotation, files }, err);
}

/* --- the users ------------------------------------------------------------------------------------ */

static int
seal_user(struct rotation *rotation, const struct keyfile *key, const struct user *user, struct error *err)
{
	CLEANUP(buf_release) struct buf	bytes = BUF(MIB), path = BUF(GITDIR_PATH_MAX);
	int				rc;

	if ((rc = users_seal(key, user, &bytes, &path, err)) != 0) {
		(void)err_wrap(err, "cannot give the new key to '%.*s'", SLICE_ARG(user->id));
		return err_hint(err, "import that public key, or take the user away with 'hubcrypt rm-gpg-user' first");
	}
	return add_change(rotation, buf_slice(&path), 0100644, buf_slice(&bytes), err);
}

static int
seal_users(struct rotation *rotation, struct error *err)
{
	CLEANUP(buf_release) struct buf	list = BUF(MIB), list_path = BUF(GITDIR_PATH_MAX), path = BUF(GITDIR_PATH_MAX);
	const struct keyfile		*key = keyring_find(&rotation->ring, rotation->new);
	struct users			*users = &rotation->report->users;
	struct slice			 attributes;
	size_t				 kept = 0;
	struct stat			 st;
	int				 rc;

	if ((rc = users_list(users, err)) != 0)
		return rc;
	for (size_t i = 0; i < users->count; i++)
		if (strcmp(users->users[i].key_name, rotation->old) == 0)
			users->users[kept++] = users->users[i];
	users->count = kept;
	for (size_t i = 0; i < users->count; i++) {
		if ((rc = seal_user(rotation, key, &users->users[i], err)) != 0)
			return rc;
		(void)snprintf(users->users[i].key_name, sizeof(users->users[i].key_name), "%s", rotation->new);
	}
	if (users->count == 0)
		return 0;
	if ((rc = users_recipients(key, users, &list, &list_path, err)) != 0 ||
	    (list.len > 0 && (rc = add_change(rotation, buf_slice(&list_path), 0100644, buf_slice(&list), err)) != 0) ||
	    (rc = users_attributes(&attributes, &path, err)) != 0)
		return rc;
	return lstat((const char *)path.data, &st) == 0 ? 0 : add_change(rotation, buf_slice(&path), 0100644, attributes, err);
}

/* --- the commit ----------------------------------------------------------------------------------- */

/* Entered: the changes on top of HEAD. */
static int
fill_index(struct rotation *rotation, struct error *err)
{
	CLEANUP(buf_release) struct buf	input = BUF(512 * MIB), ignored = BUF(64 * KIB);
	int				rc;

	if ((rc = ownindex_read(&rotation->index, "HEAD", err)) != 0)
		return rc;
	for (size_t i = 0; i < rotation->count; i++)
		if ((rc = buf_printf(&input, err, "%o %.*s 0\t", rotation->changes[i].mode, SLICE_ARG(rotation->blobs.ids[i]))) != 0 ||
		    (rc = buf_append(&input, rotation->changes[i].path, err)) != 0 || (rc = buf_byte(&input, '\0', err)) != 0)
			return rc;
	return gitcmd_run((const char *const[]){ "update-index", "-z", "--index-info", NULL }, buf_slice(&input), &ignored, err);
}

/* Entered: git's own word on every path.  What .gitattributes of the repository do not decide, we cannot rewrite. */
static int
check_result(const struct rotation *rotation, struct error *err)
{
	CLEANUP(tracked_release) struct tracked	files = TRACKED;
	size_t					at = 0;
	int					rc;

	if ((rc = tracked_list_index(true, &files, err)) != 0)
		return rc;
	for (size_t i = 0; i < rotation->files.count; i++) {
		const struct tracked_file *before = &rotation->files.files[i];

		while (at < files.count && slice_cmp(files.files[at].path, before->path) < 0)
			at++;
		if (!uses(before, rotation->old) || (at < files.count && slice_eq(files.files[at].path, before->path) &&
		    uses(&files.files[at], rotation->new)))
			continue;
		(void)err_set(err, ERR_REFUSED, "'%.*s' would keep the driver of the old key", SLICE_ARG(before->path));
		return err_hint(err, "its 'filter' comes from info/attributes, core.attributesFile or a macro defined there: "
		    "move that to .gitattributes first");
	}
	if (count_of(&files, rotation->old) > 0)
		return err_set(err, ERR_REFUSED, "a path that was not encrypted would get the driver of the old key");
	return 0;
}

static int
commit(struct rotation *rotation, struct error *err)
{
	CLEANUP(buf_release) struct buf	message = BUF(4 * KIB);
	int				rc;

	if ((rc = buf_printf(&message, err,
	    "Replace the git-crypt key '%s' by '%s'\n\nEvery file is encrypted again.  Earlier commits still open "
	    "with the key '%s'.\n", keydir_entry(rotation->old), rotation->new, keydir_entry(rotation->old))) != 0 ||
	    (rc = buf_terminate(&message, err)) != 0)
		return rc;
	if ((rc = ownindex_enter(&rotation->index, err)) == 0 && (rc = fill_index(rotation, err)) == 0 &&
	    (rc = check_result(rotation, err)) == 0)
		rc = gitcmd_pass((const char *const[]){ "commit", "-q", "-m", (const char *)message.data, NULL }, SLICE_NONE, err);
	ownindex_leave(&rotation->index);
	return rc;
}

static int
make_commit(struct rotation *rotation, const struct driver_program *program, struct error *err)
{
	int rc;

	if ((rc = take_key(rotation, program, err)) != 0)
		return rc;
	progress(rotation, "encrypting the files");
	if ((rc = each_file(rotation, true, rewrite_attributes, err)) != 0 || (rc = seal_users(rotation, err)) != 0 ||
	    (rc = each_file(rotation, false, seal_file, err)) != 0 || (rc = newblobs_finish(&rotation->blobs, err)) != 0)
		return rc;
	progress(rotation, "making the commit");
	return commit(rotation, err);
}

/* --- all of it ------------------------------------------------------------------------------------ */

static int
settle(struct rotation *rotation, struct error *err)
{
	CLEANUP(tracked_release) struct tracked	files = TRACKED;
	int					rc;

	if ((rc = settle_tree(rotation->tree, err)) != 0 || (rc = tracked_list(false, &files, err)) != 0)
		return rc;
	if (count_of(&files, rotation->old) > 0) {
		(void)err_set(err, ERR_REFUSED, "the attributes in this tree still name the old driver");
		return err_hint(err, "the commit is made; compare .gitattributes with it ('git diff'), then run this again");
	}
	if (rotation->report->users.count > 0 &&
	    (rc = keydir_mark_unexported(&rotation->tree->dir, rotation->new, false, err)) != 0)
		return rc;
	return settle_mark_remove(&rotation->tree->dir, err);
}

/* Which commit it was when the mark is there: ours, when HEAD has files of the new key and none of the old one. */
static bool
is_committed(const struct rotation *rotation)
{
	return count_of(&rotation->files, rotation->old) == 0 && count_of(&rotation->files, rotation->new) > 0;
}

/* What an earlier run had done, for the report. */
static int
finish_earlier(struct rotation *rotation, struct error *err)
{
	struct users	*users = &rotation->report->users;
	size_t		 kept = 0;
	int		 rc;

	rotation->report->files = count_of(&rotation->files, rotation->new);
	if ((rc = settle_tree(rotation->tree, err)) != 0 || (rc = users_list(users, err)) != 0)
		return rc;
	for (size_t i = 0; i < users->count; i++)
		if (strcmp(users->users[i].key_name, rotation->new) == 0)
			users->users[kept++] = users->users[i];
	users->count = kept;
	return settle(rotation, err);
}

int
rotate_run(const struct worktree *tree, const char *old, const char *new, const struct driver_program *program,
    rotate_progress *progress_opt, struct rotate_report *report, struct error *err)
{
	CLEANUP(rotation_release) struct rotation rotation = {
		.tree = tree, .old = old, .new = new, .progress = progress_opt, .report = report, .ring = KEYRING, .files = TRACKED,
		.blobs = NEWBLOBS, .arena = ARENA(256 * MIB), .sealed = BUF(SEALED_MAX), .index = OWNINDEX,
	};
	CLEANUP(buf_release) struct buf	head = BUF(KIB);
	bool				resumed;
	int				rc;

	*report = (struct rotate_report){ .users = USERS };
	if ((rc = keyfile_check_name(slice_str(new), err)) != 0 || (rc = settle_mark_check(&tree->dir, old, new, &resumed,
	    err)) != 0 ||
	    (rc = keyring_load(&rotation.ring, &tree->dir, err)) != 0 || (rc = read_head(&rotation, err)) != 0)
		return rc;
	if (resumed && is_committed(&rotation))
		return finish_earlier(&rotation, err);
	if ((rc = check_names(&rotation, resumed, err)) != 0 || (rc = check_tree(&rotation, err)) != 0 ||
	    (rc = head_id(&head, err)) != 0 || (rc = settle_mark_set(&tree->dir, old, new, err)) != 0)
		return rc;
	if ((rc = make_commit(&rotation, program, err)) != 0) {
		undo(&rotation, &head);
		return rc;
	}
	if ((rc = settle(&rotation, err)) != 0)
		return err_hint(err, "the commit is made; give the same command again to finish");
	return 0;
}
