#include "gitfilter/rotate_settle.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "gitfilter/blob.h"
#include "gitfilter/blobs.h"
#include "gitfilter/checkout.h"
#include "gitfilter/gitcmd.h"
#include "gitfilter/keydir.h"
#include "gitfilter/tracked.h"
#include "gitfilter/treefile.h"

#define DIFF_MAX	(512 * MIB)

/* --- the mark ------------------------------------------------------------------------------------- */

static int
mark_path(const struct gitdir *dir, const char *below, char out[static GITDIR_PATH_MAX], struct error *err)
{
	int len = snprintf(out, GITDIR_PATH_MAX, "%s/git-crypt%s", dir->common, below);

	if (len < 0 || len >= GITDIR_PATH_MAX)
		return err_set(err, ERR_LIMIT, "a path below '%s' is longer than %d bytes", dir->common, GITDIR_PATH_MAX - 1);
	return 0;
}

int
settle_mark_check(const struct gitdir *dir, const char *old, const char *new, bool *marked, struct error *err)
{
	CLEANUP(buf_release) struct buf	text = BUF(4 * KIB);
	struct slice			rest, from, to;
	char				path[GITDIR_PATH_MAX];
	int				rc;

	*marked = false;
	if ((rc = mark_path(dir, "/rotating", path, err)) != 0)
		return rc;
	if ((rc = file_read(path, &text, err)) != 0)
		return rc == ERR_NOT_FOUND ? (err_reset(err), 0) : err_wrap(err, "cannot read '%s'", path);
	rest = buf_slice(&text);
	/* The mark is written whole or not at all, so anything else is not ours to judge. */
	if (!slice_split(&rest, '\n', &from) || !slice_split(&rest, '\n', &to))
		return err_set(err, ERR_SYNTAX, "'%s' cannot be read; remove it when no rotation is under way", path);
	if (!slice_eq(from, slice_str(keydir_entry(old))) || !slice_eq(to, slice_str(new))) {
		(void)err_set(err, ERR_REFUSED, "the rotation of '%.*s' to '%.*s' was interrupted", SLICE_ARG(from), SLICE_ARG(to));
		return err_hint(err, "finish it first: 'hubcrypt rotate%s%.*s %.*s'", slice_eq(from, SLICE("default")) ? "" : " -k ",
		    slice_eq(from, SLICE("default")) ? 0 : (int)from.len, (const char *)from.data, SLICE_ARG(to));
	}
	*marked = true;
	return 0;
}

int
settle_mark_set(const struct gitdir *dir, const char *old, const char *new, struct error *err)
{
	CLEANUP(buf_release) struct buf	text = BUF(4 * KIB);
	char				path[GITDIR_PATH_MAX];
	int				rc;

	if ((rc = mark_path(dir, "", path, err)) != 0)
		return rc;
	if (mkdir(path, 0777) != 0 && errno != EEXIST)
		return err_errno(err, "cannot make '%s'", path);
	if ((rc = mark_path(dir, "/rotating", path, err)) != 0 ||
	    (rc = buf_printf(&text, err, "%s\n%s\n", keydir_entry(old), new)) != 0)
		return rc;
	return (rc = file_replace(path, buf_slice(&text), err)) != 0 ? err_wrap(err, "cannot write '%s'", path) : 0;
}

int
settle_mark_remove(const struct gitdir *dir, struct error *err)
{
	char	path[GITDIR_PATH_MAX];
	int	rc = mark_path(dir, "/rotating", path, err);

	if (rc != 0)
		return rc;
	return unlink(path) != 0 && errno != ENOENT ? err_errno(err, "cannot remove '%s'", path) : 0;
}

/* --- what the commit changed ---------------------------------------------------------------------- */

/* One path, before and after. */
struct change {
	struct slice	path;		/* NUL behind it */
	struct slice	before, after;	/* ids; before is all zeros for a new file */
	struct slice	mode;		/* after */
};

struct changes {
	struct change	*list;
	size_t		 count;
	struct buf	 text;		/* git's answer, which the list points into */
};

static void
changes_release(struct changes *changes)
{
	free(changes->list);
	buf_release(&changes->text);
}

/* ":MODE MODE ID ID STATUS<NUL>PATH<NUL>"... */
static int
read_changes(struct changes *out, struct error *err)
{
	struct slice	rest, line, path, field[5];
	int		rc;

	if ((rc = gitcmd_run((const char *const[]){ "diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", "HEAD^",
	    "HEAD", NULL },
	    SLICE_NONE, &out->text, err)) != 0)
		return rc;
	rest = buf_slice(&out->text);
	while (slice_split(&rest, '\0', &line) && line.len > 0) {
		struct change *larger = reallocarray(out->list, out->count + 1, sizeof(*larger));

		if (larger == NULL)
			return err_memory(err);
		out->list = larger;
		for (size_t i = 0; i < 5; i++)
			if (!slice_split(&line, ' ', &field[i]))
				return err_set(err, ERR_CHILD, "'git diff-tree' gave an answer that cannot be read");
		if (!slice_split(&rest, '\0', &path))
			return err_set(err, ERR_CHILD, "'git diff-tree' gave an answer that ends early");
		out->list[out->count++] = (struct change){ .path = path, .before = field[2], .after = field[3], .mode = field[1] };
	}
	return 0;
}

static bool
is_zero(struct slice id)
{
	for (size_t i = 0; i < id.len; i++)
		if (id.data[i] != '0')
			return false;
	return true;
}

/* --- the tree ------------------------------------------------------------------------------------- */

/* The working file's blob id as git would store the bytes, filters aside; empty when there is no file. */
static int
id_of_file(const char *path, struct buf *id, struct error *err)
{
	struct stat st;

	if (lstat(path, &st) != 0)
		return errno == ENOENT ? 0 : err_errno(err, "cannot look at '%s'", path);
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_REFUSED, "'%s' is not a regular file", path);
	return gitcmd_run((const char *const[]){ "hash-object", "--no-filters", "--", path, NULL }, SLICE_NONE, id, err);
}

/* Write the new version over the old one; anything else in its place is the user's, and stays. */
static int
write_new(void *context, size_t index, struct slice bytes, uint64_t size UNUSED, struct error *err)
{
	const struct change		*change = ((const struct change *const *)context)[index];
	CLEANUP(buf_release) struct buf	id = BUF(KIB);
	const char			*path = (const char *)change->path.data;
	struct slice			present;
	int				rc;

	/* Encrypted content is what the tree has in plaintext. */
	if (bytes.data == NULL || blob_is(bytes))
		return 0;
	if ((rc = id_of_file(path, &id, err)) != 0)
		return rc;
	present = slice_trim(buf_slice(&id));
	if (present.len > 0 && !slice_eq(present, change->before))
		return 0;
	return treefile_write(path, bytes, err);
}

static const struct tracked_file *
entry_of(const struct tracked *index, struct slice path)
{
	size_t low = 0, high = index->count;

	while (low < high) {
		size_t	middle = low + (high - low) / 2;
		int	order = slice_cmp(index->files[middle].path, path);

		if (order == 0)
			return &index->files[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static void
free_pointer(void *pointer)
{
	free(*(void **)pointer);
}

static int
write_tree(const struct changes *changes, const struct tracked *index, struct error *err)
{
	CLEANUP(free_pointer) const struct change	**wanted = calloc(changes->count + 1, sizeof(*wanted));
	CLEANUP(free_pointer) struct slice		 *ids = calloc(changes->count + 1, sizeof(*ids));
	size_t						  n = 0;

	if (wanted == NULL || ids == NULL)
		return err_memory(err);
	for (size_t i = 0; i < changes->count; i++) {
		const struct tracked_file *entry = entry_of(index, changes->list[i].path);

		/* What a sparse checkout leaves out stays out. */
		if (is_zero(changes->list[i].after) || (entry != NULL && entry->skip_worktree))
			continue;
		wanted[n] = &changes->list[i];
		ids[n++] = changes->list[i].after;
	}
	return blobs_each(ids, n, write_new, wanted, err);
}

/* --- the index ------------------------------------------------------------------------------------ */

/* The paths among ${moved} whose entries had a flag, which --index-info has cleared. */
static int
set_flag_again(const struct tracked *index, const struct changes *changes, bool skip, struct error *err)
{
	CLEANUP(buf_release) struct buf	paths = BUF(DIFF_MAX), ignored = BUF(64 * KIB);
	int				rc;

	for (size_t i = 0; i < changes->count; i++) {
		const struct tracked_file *entry = entry_of(index, changes->list[i].path);

		if (entry != NULL && (skip ? entry->skip_worktree : entry->assume_unchanged) &&
		    ((rc = buf_append(&paths, entry->path, err)) != 0 || (rc = buf_byte(&paths, '\0', err)) != 0))
			return rc;
	}
	if (paths.len == 0)
		return 0;
	return gitcmd_run((const char *const[]){ "update-index", "-z", skip ? "--skip-worktree" : "--assume-unchanged",
	    "--stdin", NULL },
	    buf_slice(&paths), &ignored, err);
}

static int
move_index(const struct changes *changes, const struct tracked *index, struct error *err)
{
	CLEANUP(buf_release) struct buf	input = BUF(DIFF_MAX), ignored = BUF(64 * KIB);
	int				rc;

	for (size_t i = 0; i < changes->count; i++) {
		const struct change		*change = &changes->list[i];
		const struct tracked_file	*entry = entry_of(index, change->path);
		bool				 as_before = entry != NULL ? slice_eq(entry->id, change->before) : is_zero(change->before);

		if (!as_before || is_zero(change->after))
			continue;
		if ((rc = buf_printf(&input, err, "%.*s %.*s 0\t", SLICE_ARG(change->mode), SLICE_ARG(change->after))) != 0 ||
		    (rc = buf_append(&input, change->path, err)) != 0 || (rc = buf_byte(&input, '\0', err)) != 0)
			return rc;
	}
	/* Told to expect a full index: in a sparse one git 2.39 would put the entry beside the folder that hides it. */
	if (input.len > 0 && (rc = gitcmd_run((const char *const[]){ "-c", "index.sparse=false", "update-index", "-z", "--index-info",
	    NULL }, buf_slice(&input), &ignored, err)) != 0)
		return rc;
	/* git looks at no entry that is to be taken for unchanged, so they get their sizes and times before the mark. */
	if ((rc = set_flag_again(index, changes, true, err)) != 0 || (rc = checkout_refresh(err)) != 0)
		return rc;
	return set_flag_again(index, changes, false, err);
}

int
settle_tree(const struct worktree *tree UNUSED, struct error *err)
{
	CLEANUP(changes_release) struct changes	changes = { .text = BUF(DIFF_MAX) };
	CLEANUP(tracked_release) struct tracked	index = TRACKED;
	int					rc;

	if ((rc = read_changes(&changes, err)) != 0 || (rc = tracked_list_index(true, &index, err)) != 0 ||
	    (rc = write_tree(&changes, &index, err)) != 0)
		return rc;
	return move_index(&changes, &index, err);
}
