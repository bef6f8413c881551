/*
 * How a file changes: its bytes are read through descriptors, component by component and never through a symbolic link, so
 * that a link in the place of a folder leads nowhere outside of the tree; compared with its blob; and replaced by the rename of a
 * complete file that was written in the git directory.  Where that is another file system the new file lies beside the old one
 * for the moment of the rename.
 */
#include "gitfilter/checkout.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "gitfilter/blobs.h"
#include "gitfilter/driver.h"
#include "gitfilter/gitcmd.h"

#define BESIDE	".git-crypt.new"	/* one fixed name: a second run replaces what a killed one left */
#define IN_GIT	"new"

struct checkout_blob {
	struct slice	path, bytes;	/* path: the very bytes of the list */
};

/* The work of one run; one process a tree, by a lock on the folder of temporary files. */
struct work {
	const struct checkout	*how;
	const struct tracked	*files;
	size_t			*index;		/* of files[]: those whose blobs git is asked for */
	size_t			 done, total;
	checkout_visit		*visit;
	void			*context;
	int			 temporary;	/* folder of temporary files, or -1 */
	int			 parent;	/* folder of the last file, or -1 */
	struct slice		 parent_path;
	struct buf		 content;	/* of the working file */
};

static void
work_release(struct work *work)
{
	free(work->index);
	file_closep(&work->temporary);
	file_closep(&work->parent);
	buf_release(&work->content);
}

/* --- files ----------------------------------------------------------------------------------------------- */

/* git-crypt/tmp in the tree's own git directory, empty, ours until it is closed. */
static int
open_temporary(struct work *work, struct error *err)
{
	char path[GITDIR_PATH_MAX];

	for (int i = 0; i < 2; i++) {
		int len = snprintf(path, sizeof(path), "%s/git-crypt%s", work->how->dir->git, i == 0 ? "" : "/tmp");

		if (len < 0 || (size_t)len >= sizeof(path))
			return err_set(err, ERR_LIMIT, "the path '%s' is too long", work->how->dir->git);
		if (mkdir(path, i == 0 ? 0777 : 0700) != 0 && errno != EEXIST)
			return err_errno(err, "cannot make '%s'", path);
	}
	work->temporary = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (work->temporary < 0)
		return err_errno(err, "cannot open '%s'", path);
	if (flock(work->temporary, LOCK_EX | LOCK_NB) != 0) {
		if (errno != EWOULDBLOCK)
			return err_errno(err, "cannot lock '%s'", path);
		(void)err_set(err, ERR_REFUSED, "another command is changing the files of this tree");
		return err_hint(err, "wait until it is done, then run this again");
	}
	if (unlinkat(work->temporary, IN_GIT, 0) != 0 && errno != ENOENT)
		return err_errno(err, "cannot remove '%s/" IN_GIT "'", path);
	return 0;
}

/* The folder that a path is in, kept for the next file; -1 with errno when there is none, or a link on the way. */
static int
open_parent(struct work *work, struct slice path, const char **name)
{
	const char	*slash = memrchr(path.data, '/', path.len);
	struct slice	folder = slash != NULL ? slice_sub(path, 0, (size_t)(slash - (const char *)path.data)) :
	    SLICE_NONE, part;
	int		at, next;

	*name = slash != NULL ? slash + 1 : (const char *)path.data;
	if (work->parent >= 0 && slice_eq(folder, work->parent_path))
		return 0;
	file_closep(&work->parent);
	if ((at = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC)) < 0)
		return -1;
	work->parent_path = folder;
	while (slash != NULL && slice_split(&folder, '/', &part)) {
		char component[NAME_MAX + 1];

		if (part.len > NAME_MAX)
			errno = ENAMETOOLONG;
		(void)snprintf(component, sizeof(component), "%.*s", SLICE_ARG(part));
		next = part.len > NAME_MAX ? -1 : openat(at, component, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		file_closep(&at);
		if ((at = next) < 0)
			return -1;
	}
	work->parent = at;
	return 0;
}

/* Is the failure that of a file which is not there (or a link, or a folder)? */
static bool
is_absence(int number)
{
	return number == ENOENT || number == ENOTDIR || number == ELOOP;
}

/* All of a regular file of ${size} bytes, mostly in one call: less than was asked for is its end.  One that grows ends beyond ${most}. */
static int
read_content(struct work *work, int fd, size_t size, size_t most, struct error *err)
{
	struct buf	*content = &work->content;
	size_t		 want = size + 1;
	uint8_t		*room;
	ssize_t		 n;
	int		 rc;

	do {
		if ((rc = buf_reserve(content, want, &room, err)) != 0)
			return rc;
		if ((n = read(fd, room, want)) < 0 && errno != EINTR)
			return err_errno(err, "cannot read it");
		content->len += n > 0 ? (size_t)n : 0;
	} while ((n < 0 || (size_t)n == want) && content->len <= most);
	return 0;
}

/* The bytes of a working file, at most ${most} of them; ${there} is false for what is no regular file. */
static int
read_file(struct work *work, struct slice path, size_t most, bool *there, mode_t *mode, struct error *err)
{
	CLEANUP(file_closep) int	fd = -1;
	const char			*name;
	struct stat			st;

	*there = false;
	buf_reset(&work->content);
	if (open_parent(work, path, &name) == 0)
		fd = openat(work->parent, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0)
		return is_absence(errno) ? 0 : err_errno(err, "cannot read '%.*s'", SLICE_ARG(path));
	if (!S_ISREG(st.st_mode))
		return 0;
	*there = true;
	*mode = st.st_mode & 07777;
	/* Another length than either form has: no need to read it. */
	if (st.st_size < 0 || (uint64_t)st.st_size > most)
		return buf_repeat(&work->content, 0, most + 1, err);
	return read_content(work, fd, (size_t)st.st_size, most, err) != 0 ? err_wrap(err, "cannot read '%.*s'", SLICE_ARG(path)) : 0;
}

/* Write all of a new file and close it, errors of closing included. */
static int
fill(int fd, struct slice bytes, mode_t mode, struct error *err)
{
	int rc = file_write_all(fd, bytes, err);

	if (rc == 0 && fchmod(fd, mode) != 0)
		rc = err_errno(err, "cannot set the mode");
	if (close(fd) != 0 && rc == 0)
		rc = err_errno(err, "cannot close it");
	return rc;
}

static int
replace_from(struct work *work, int folder, const char *temporary, const char *name, struct slice bytes, mode_t mode,
    bool *other_device, struct error *err)
{
	int fd, rc;

	*other_device = false;
	fd = openat(folder, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_errno(err, "cannot make a new file");
	if ((rc = fill(fd, bytes, mode, err)) == 0 && renameat(folder, temporary, work->parent, name) != 0) {
		*other_device = errno == EXDEV;
		rc = *other_device ? ERR_SYSTEM : err_errno(err, "cannot rename the new file");
	}
	if (rc != 0)
		(void)unlinkat(folder, temporary, 0);
	return rc;
}

static int
replace_file(struct work *work, struct slice path, struct slice bytes, mode_t mode, struct error *err)
{
	const char	*name;
	bool		 other_device;
	int		 rc;

	if (open_parent(work, path, &name) != 0)
		return err_errno(err, "cannot open the folder of '%.*s'", SLICE_ARG(path));
	rc = replace_from(work, work->temporary, IN_GIT, name, bytes, mode, &other_device, err);
	if (rc != 0 && other_device) {
		if (unlinkat(work->parent, BESIDE, 0) != 0 && errno != ENOENT)
			return err_errno(err, "cannot remove '" BESIDE "' beside '%.*s'", SLICE_ARG(path));
		rc = replace_from(work, work->parent, BESIDE, name, bytes, mode, &other_device, err);
	}
	if (rc == 0)
		return 0;
	(void)err_wrap(err, "cannot write '%.*s'", SLICE_ARG(path));
	return rc;
}

/* --- judging --------------------------------------------------------------------------------------------- */

/*
 * Does the plaintext that the ring has just given turn out to be ciphertext of one of its keys?  A filter that does not know its own
 * ciphertext makes such blobs.  Afterwards the ring has that plaintext again.
 */
static int
is_twice(struct work *work, const struct tracked_file *file, struct slice blob, bool *twice, struct error *err)
{
	CLEANUP(buf_release) struct buf	inner = BUF(BLOBS_SIZE_MAX);
	const struct keyfile		*key;
	int				rc;

	if (!(*twice = blob_is(buf_slice(&work->how->ring->plain))))
		return 0;
	if ((rc = buf_append(&inner, buf_slice(&work->how->ring->plain), err)) != 0 ||
	    (rc = keyring_open(work->how->ring, file->key_name, buf_slice(&inner), &key, err)) != 0)
		return rc;
	*twice = key != NULL;
	return keyring_open(work->how->ring, file->key_name, blob, &key, err);
}

/* What is to be done with a file, and the bytes that it would get. */
static int
judge(struct work *work, const struct tracked_file *file, struct slice blob, enum checkout_verdict *verdict,
    mode_t *mode,
    struct error *err)
{
	struct slice		 plain, content;
	const struct keyfile	*key = NULL;
	bool			 there, twice = false, is_blob = blob_is(blob);
	int			 rc;

	if ((rc = read_file(work, file->path, blob.len, &there, mode, err)) != 0)
		return rc;
	if (is_blob && (rc = keyring_open(work->how->ring, file->key_name, blob, &key, err)) != 0)
		return err_wrap(err, "cannot decrypt '%.*s'", SLICE_ARG(file->path));
	if (key != NULL && work->how->form == CHECKOUT_PLAIN && (rc = is_twice(work, file, blob, &twice, err)) != 0)
		return rc;
	content = buf_slice(&work->content);
	plain = buf_slice(&work->how->ring->plain);
	if (!there)
		*verdict = CHECKOUT_MISSING;
	else if (is_blob && key == NULL && work->how->form == CHECKOUT_PLAIN)
		*verdict = CHECKOUT_NO_KEY;
	else if (twice)
		*verdict = CHECKOUT_TWICE;
	else if (!is_blob)
		*verdict = slice_eq(content, blob) ? CHECKOUT_UNENCRYPTED : CHECKOUT_EDITED;
	else if (slice_eq(content, blob))
		*verdict = work->how->form == CHECKOUT_SEALED ? CHECKOUT_DONE : CHECKOUT_CONVERT;
	else if (key != NULL && secret_equal(content, plain))
		*verdict = work->how->form == CHECKOUT_PLAIN ? CHECKOUT_DONE : CHECKOUT_CONVERT;
	else
		*verdict = CHECKOUT_EDITED;
	return 0;
}

/* --- blobs that are here already ------------------------------------------------------------------------- */

void
checkout_kept_release(struct checkout_kept *kept)
{
	free(kept->blobs);
	arena_release(&kept->arena);
	*kept = CHECKOUT_KEPT;
}

/* Full is no failure: git is asked for the rest. */
static int
keep(struct checkout_kept *kept, const struct tracked_file *file, struct slice bytes, struct error *err)
{
	struct error		full = ERROR_INIT;
	struct checkout_blob	blob = { .path = file->path }, *larger;
	size_t			capacity = kept->capacity == 0 ? 256 : kept->capacity * 2;

	kept->full = kept->full || arena_copy(&kept->arena, bytes, &blob.bytes, &full) != 0;
	if (kept->full)
		return 0;
	if (kept->count == kept->capacity) {
		if ((larger = reallocarray(kept->blobs, capacity, sizeof(*larger))) == NULL)
			return err_memory(err);
		kept->blobs = larger;
		kept->capacity = capacity;
	}
	kept->blobs[kept->count++] = blob;
	return 0;
}

/* --- a run ----------------------------------------------------------------------------------------------- */

static int
visit_file(struct work *work, const struct tracked_file *file, struct slice bytes, uint64_t size, struct error *err)
{
	enum checkout_verdict	verdict = size == UINT64_MAX ? CHECKOUT_ABSENT : CHECKOUT_LARGE;
	bool			sealed = work->how->form == CHECKOUT_SEALED;
	mode_t			mode = 0;
	int			rc;

	if (bytes.data != NULL && (rc = judge(work, file, bytes, &verdict, &mode, err)) != 0)
		return rc;
	if (work->how->change &&
	    (verdict == CHECKOUT_CONVERT || (verdict == CHECKOUT_EDITED && sealed && work->how->overwrite))) {
		rc = replace_file(work, file->path, sealed ? bytes : buf_slice(&work->how->ring->plain), mode, err);
		if (rc != 0)
			return rc;
	}
	if (work->how->keep_opt != NULL && verdict == CHECKOUT_CONVERT &&
	    (rc = keep(work->how->keep_opt, file, bytes, err)) != 0)
		return rc;
	if (work->how->progress_opt != NULL)
		work->how->progress_opt(++work->done, work->total);
	return work->visit(work->context, file, verdict, err);
}

static int
visit_blob(void *context, size_t index, struct slice bytes, uint64_t size, struct error *err)
{
	struct work *work = context;

	return visit_file(work, &work->files->files[work->index[index]], bytes, size, err);
}

/* Visit the files whose blobs are kept; of the other ones collect what to ask for. */
static int
visit_kept(struct work *work, struct slice *ids, size_t *count, struct error *err)
{
	const struct checkout_kept	*kept = work->how->kept_opt;
	size_t				 next = 0;
	int				 rc = 0;

	for (size_t i = 0; i < work->files->count && rc == 0; i++) {
		const struct tracked_file *file = &work->files->files[i];

		if (file->stage != 0)
			continue;
		if (kept != NULL && next < kept->count && kept->blobs[next].path.data == file->path.data) {
			struct slice bytes = kept->blobs[next++].bytes;

			rc = visit_file(work, file, bytes, bytes.len, err);
		} else {
			work->index[*count] = i;
			ids[(*count)++] = file->id;
		}
	}
	return rc;
}

static void
free_ids(struct slice **ids)
{
	free(*ids);
}

int
checkout_run(const struct checkout *checkout, const struct tracked *files, checkout_visit *visit, void *context,
    struct error *err)
{
	CLEANUP(work_release) struct work	work = { .how = checkout, .files = files, .visit = visit, .context = context,
						    .temporary = -1, .parent = -1,
						    .content = BUF_SECRET(BLOBS_SIZE_MAX + 64) };
	CLEANUP(free_ids) struct slice		*ids = NULL;
	size_t					count = 0;
	int					rc;

	if (files->count == 0)
		return 0;
	if (checkout->change && (rc = open_temporary(&work, err)) != 0)
		return rc;
	ids = reallocarray(NULL, files->count, sizeof(*ids));
	work.index = reallocarray(NULL, files->count, sizeof(*work.index));
	if (ids == NULL || work.index == NULL)
		return err_memory(err);
	for (size_t i = 0; i < files->count; i++)
		work.total += files->files[i].stage == 0;
	if ((rc = visit_kept(&work, ids, &count, err)) == 0)
		rc = blobs_each(ids, count, visit_blob, &work, err);
	/* Also after a failure: a line that counts ends here. */
	if (checkout->progress_opt != NULL)
		checkout->progress_opt(work.total, work.total);
	return rc;
}

/* --- git's index ----------------------------------------------------------------------------------------- */

/* Feed entries back: "MODE ID STAGE<TAB>PATH<NUL>", or the paths alone of the assume-unchanged ones. */
static int
entries(const struct tracked *files, bool assumed_alone, struct buf *out, struct error *err)
{
	int rc = 0;

	for (size_t i = 0; i < files->count && rc == 0; i++) {
		const struct tracked_file *file = &files->files[i];

		if (file->skip_worktree || file->stage != 0 || (assumed_alone && !file->assume_unchanged))
			continue;
		if (!assumed_alone)
			rc = buf_printf(out, err, "%06o %.*s 0\t", (unsigned)file->mode, SLICE_ARG(file->id));
		if (rc == 0 && (rc = buf_append(out, file->path, err)) == 0)
			rc = buf_byte(out, '\0', err);
	}
	return rc;
}

int
checkout_forget(const struct tracked *files, struct error *err)
{
	CLEANUP(buf_release) struct buf	input = BUF(512 * MIB), none = BUF(64 * KIB);
	int				rc;

	if ((rc = entries(files, false, &input, err)) != 0 || input.len == 0)
		return rc;
	if ((rc = gitcmd_run((const char *const[]){ "update-index", "-z", "--index-info", NULL }, buf_slice(&input),
	    &none, err)) != 0)
		return rc;
	/* That has cleared the mark of entries that the user wants to be taken for unchanged. */
	buf_reset(&input);
	if ((rc = entries(files, true, &input, err)) != 0 || input.len == 0)
		return rc;
	return gitcmd_run((const char *const[]){ "update-index", "-z", "--assume-unchanged", "--stdin", NULL },
	    buf_slice(&input), &none,
	    err);
}

/* Those of one driver, from ${first} on.  An empty command is no filter, and none may be required. */
static int
by_git_without(const struct tracked *files, size_t first, struct error *err)
{
	static const char *const	empty[] = { "process=", "smudge=", "clean=", "required=false" };
	CLEANUP(buf_release) struct buf	paths = BUF(512 * MIB), none = BUF(16 * MIB);
	char				settings[4][DRIVER_NAME_MAX + 64];
	const char			*argv[16];
	struct slice			driver = files->files[first].driver;
	size_t				n = 0;
	int				rc = 0;

	for (size_t i = 0; i < sizeof(empty) / sizeof(*empty); i++) {
		(void)snprintf(settings[i], sizeof(settings[i]), "filter.%.*s.%s", SLICE_ARG(driver), empty[i]);
		argv[n++] = "-c";
		argv[n++] = settings[i];
	}
	for (const char *const *word = (const char *const[]){ "checkout-index", "-f", "-u", "-z", "--stdin",
	    NULL }; *word != NULL; word++)
		argv[n++] = *word;
	argv[n] = NULL;
	for (size_t i = first; i < files->count && rc == 0; i++)
		if (slice_eq(files->files[i].driver, driver) &&
		    (rc = buf_append(&paths, files->files[i].path, err)) == 0)
			rc = buf_byte(&paths, '\0', err);
	return rc != 0 ? rc : gitcmd_run(argv, buf_slice(&paths), &none, err);
}

static bool
is_first_of_driver(const struct tracked *files, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (slice_eq(files->files[i].driver, files->files[at].driver))
			return false;
	return true;
}

int
checkout_by_git(const struct tracked *files, enum checkout_form form, struct error *err)
{
	static const char *const	filtered[] = { "checkout-index", "-f", "-u", "-z", "--stdin", NULL };
	CLEANUP(buf_release) struct buf	paths = BUF(512 * MIB), none = BUF(16 * MIB);
	int				rc = 0;

	for (size_t i = 0; i < files->count && form == CHECKOUT_SEALED; i++)
		if (is_first_of_driver(files, i) && (rc = by_git_without(files, i, err)) != 0)
			return rc;
	for (size_t i = 0; i < files->count && rc == 0 && form == CHECKOUT_PLAIN; i++)
		if ((rc = buf_append(&paths, files->files[i].path, err)) == 0)
			rc = buf_byte(&paths, '\0', err);
	return rc != 0 || paths.len == 0 ? rc : gitcmd_run(filtered, buf_slice(&paths), &none, err);
}

int
checkout_refresh(struct error *err)
{
	CLEANUP(buf_release) struct buf	none = BUF(16 * MIB);
	int				status, rc;

	/* 1: some file is modified, which is no failure here. */
	rc = gitcmd_status((const char *const[]){ "update-index", "-q", "--refresh", NULL }, SLICE_NONE, &none,
	    &status, err);
	if (rc != 0)
		return rc;
	return status == 0 || status == 1 ? 0 : err_set(err, ERR_CHILD, "'git update-index --refresh' failed");
}

static int
has_changes(bool *changes, struct error *err)
{
	CLEANUP(buf_release) struct buf	listing = BUF(512 * MIB);
	int				rc;

	rc = gitcmd_run((const char *const[]){ "status", "-uno", "--porcelain", NULL }, SLICE_NONE, &listing, err);
	*changes = listing.len > 0;
	return rc;
}

int
checkout_is_clean(bool *clean, struct error *err)
{
	CLEANUP(tracked_release) struct tracked	files = TRACKED;
	bool					changes;
	int					rc;

	if ((rc = has_changes(&changes, err)) != 0)
		return rc;
	*clean = !changes;
	if (!changes)
		return 0;
	/* A file of another size is changed to git, which does not ask the filter; it may be the other form of its blob. */
	if ((rc = tracked_list(false, &files, err)) != 0 || (rc = checkout_forget(&files, err)) != 0 ||
	    (rc = has_changes(&changes, err)) != 0)
		return rc;
	*clean = !changes;
	return 0;
}
