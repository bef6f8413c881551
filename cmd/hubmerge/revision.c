#include "cmd/hubmerge/revision.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/num.h"
#include "base/tmpdir.h"
#include "gitfilter/gitcmd.h"
#include "gitfilter/gitdir.h"

#define FILES_MAX	100000

/* One file of a tree: what git calls its mode and its content. */
struct entry {
	struct slice	 mode, object, path;
};

struct listing {
	struct entry	*entries;
	size_t		 count, capacity;
};

static void
listing_release(struct listing *listing)
{
	free(listing->entries);
}

/* --- what there is ------------------------------------------------------------------------------------------------ */

static bool
is_wanted(const struct entry *entry)
{
	static const char *const endings[] = { ".yaml", ".yml", ".json", "/.gitattributes" };

	if (!slice_starts(entry->mode, SLICE("100")) && !slice_eq(entry->mode, SLICE("120000")))
		return false;
	if (slice_eq(entry->path, SLICE(".gitattributes")))
		return true;
	for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++)
		if (slice_ends(entry->path, slice_str(endings[i])))
			return true;
	return false;
}

/* git allows none of these in a tree, but who wrote the tree may not have been git. */
static bool
is_safe(struct slice path)
{
	struct slice part;

	while (slice_split(&path, '/', &part))
		if (part.len == 0 || slice_eq(part, SLICE(".")) || slice_eq(part, SLICE("..")) || slice_eq_nocase(part, SLICE(".git")))
			return false;
	return true;
}

static int
keep(struct listing *listing, const struct entry *entry, struct error *err)
{
	if (listing->count == FILES_MAX)
		return err_set(err, ERR_LIMIT, "more than %d values files in the commit", FILES_MAX);
	if (listing->count == listing->capacity) {
		size_t		 capacity = listing->capacity == 0 ? 256 : listing->capacity * 2;
		struct entry	*entries = realloc(listing->entries, capacity * sizeof(*entries));

		if (entries == NULL)
			return err_memory(err);
		listing->entries = entries;
		listing->capacity = capacity;
	}
	listing->entries[listing->count++] = *entry;
	return 0;
}

/* "100644 blob OBJECT\tPATH", each ended by a NUL byte. */
static int
read_listing(struct slice text, struct listing *out, struct error *err)
{
	struct slice	line, rest, type;
	struct entry	entry;

	while (slice_split(&text, '\0', &line)) {
		if (line.len == 0)
			continue;
		rest = line;
		if (!slice_split(&rest, ' ', &entry.mode) || !slice_split(&rest, ' ', &type) || !slice_split(&rest, '\t', &entry.object) ||
		    rest.data == NULL)
			return err_set(err, ERR_CHILD, "git ls-tree printed a line of another form");
		entry.path = rest;
		if (is_wanted(&entry) && is_safe(entry.path) && keep(out, &entry, err) != 0)
			return (int)err->kind;
	}
	return 0;
}

/* --- writing ------------------------------------------------------------------------------------------------------ */

/*
 * Whoever wrote the tree must not make us write or read outside of our folder: no folder on the way to a file is a link, no file
 * is there already, and a link goes up no further than to the top and then only down, so that any chain of them stays inside.
 */
static int
make_folders(char *path, bool *made, struct error *err)
{
	struct stat status;

	*made = true;
	for (char *slash = strchr(path, '/'); *made && slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0700) != 0 && errno != EEXIST)
			return err_errno(err, "cannot make the folder '%s'", path);
		*made = lstat(path, &status) == 0 && S_ISDIR(status.st_mode);
		*slash = '/';
	}
	return 0;
}

static bool
leads_out(struct slice path, struct slice target)
{
	size_t		depth = 0;
	bool		down = false;
	struct slice	part;

	if (target.len == 0 || target.data[0] == '/' || memchr(target.data, 0, target.len) != NULL)
		return true;
	while (slice_split(&path, '/', &part))
		depth++;
	for (depth--; slice_split(&target, '/', &part);) {
		if (!slice_eq(part, SLICE(".."))) {
			down = true;
			continue;
		}
		if (down || depth == 0)
			return true;
		depth--;
	}
	return false;
}

static int
write_file(const char *path, struct slice bytes, struct error *err)
{
	int	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600), failed;

	if (fd < 0)
		return errno == EEXIST ? 0 : err_errno(err, "cannot write '%s'", path);
	failed = file_write_all(fd, bytes, err);
	(void)close(fd);
	return failed;
}

/* A link that leads elsewhere is as good as missing: whose file it would show is not in the commit. */
static int
write_link(const struct entry *entry, const char *path, struct slice target, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF(64 * KIB);

	if (target.len >= 64 * KIB - 1 || leads_out(entry->path, target))
		return 0;
	if (buf_append(&text, target, err) != 0 || buf_terminate(&text, err) != 0)
		return (int)err->kind;
	return symlink((const char *)text.data, path) == 0 || errno == EEXIST ? 0 : err_errno(err, "cannot make the link '%s'", path);
}

static int
write_entry(const struct entry *entry, struct slice bytes, struct error *err)
{
	CLEANUP(buf_release) struct buf	path = BUF(64 * KIB);
	bool				made;

	if (buf_append(&path, entry->path, err) != 0 || buf_terminate(&path, err) != 0 || make_folders((char *)path.data, &made, err) != 0)
		return (int)err->kind;
	if (!made)
		return 0;
	if (slice_eq(entry->mode, SLICE("120000")))
		return write_link(entry, (const char *)path.data, bytes, err);
	return write_file((const char *)path.data, bytes, err);
}

/* "OBJECT blob SIZE\n", the bytes, "\n", for each object asked for, in order. */
static int
write_all(const struct listing *listing, struct slice batch, struct error *err)
{
	for (size_t i = 0; i < listing->count; i++) {
		size_t		 end = slice_find(batch, '\n', 0);
		struct slice	 head = slice_sub(batch, 0, end), object, type;
		int64_t		 size;

		if (!slice_split(&head, ' ', &object) || !slice_split(&head, ' ', &type) || !slice_eq(type, SLICE("blob")) ||
		    !num_parse(head, 0, (int64_t)LIMIT_DOCUMENT, &size) || (size_t)size >= batch.len - end)
			return err_set(err, ERR_CHILD, "git has no content of '%.*s' in that commit", SLICE_ARG(listing->entries[i].path));
		if (write_entry(&listing->entries[i], slice_sub(batch, end + 1, end + 1 + (size_t)size), err) != 0)
			return (int)err->kind;
		batch = slice_from(batch, end + 1 + (size_t)size + 1);
	}
	return 0;
}

static int
read_objects(const struct listing *listing, struct buf *batch, struct error *err)
{
	CLEANUP(buf_release) struct buf questions = BUF(LIMIT_DOCUMENT);

	for (size_t i = 0; i < listing->count; i++)
		if (buf_append(&questions, listing->entries[i].object, err) != 0 || buf_byte(&questions, '\n', err) != 0)
			return (int)err->kind;
	return gitcmd_run((const char *const[]){ "cat-file", "--batch", NULL }, buf_slice(&questions), batch, err);
}

/* --- in and out --------------------------------------------------------------------------------------------------- */

static int
find_commit(const char *name, struct buf *out, struct error *err)
{
	CLEANUP(buf_release) struct buf	wanted = BUF(64 * KIB);
	int				status;

	if (buf_printf(&wanted, err, "%s^{commit}", name) != 0 || buf_terminate(&wanted, err) != 0)
		return (int)err->kind;
	if (gitcmd_status((const char *const[]){ "rev-parse", "--verify", "--quiet", "--end-of-options", (const char *)wanted.data, NULL },
	    SLICE_NONE, out, &status, err) != 0)
		return (int)err->kind;
	while (out->len > 0 && out->data[out->len - 1] == '\n')
		buf_truncate(out, out->len - 1);
	if (status != 0 || out->len == 0)
		return err_set(err, ERR_NOT_FOUND, "there is no commit '%s'", name);
	return buf_terminate(out, err);
}

/* The keys of git-crypt are in the repository's own folder, which is found from the current one unless this says where it is. */
static int
stay_in_repository(struct revision *revision, struct error *err)
{
	struct gitdir dir;

	if (getenv("GIT_DIR") != NULL)
		return 0;
	if (gitdir_find(&dir, err) != 0)
		return (int)err->kind;
	if (setenv("GIT_DIR", dir.git, 1) != 0)
		return err_memory(err);
	revision->has_gitdir = true;
	return 0;
}

static int
move_in(struct revision *revision, struct error *err)
{
	revision->home = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (revision->home < 0)
		return err_errno(err, "cannot come back to the current folder");
	if (chdir(tmpdir_path(revision->folder)) != 0)
		return err_errno(err, "cannot enter '%s'", tmpdir_path(revision->folder));
	return 0;
}

int
revision_enter(struct revision *revision, const char *name, struct error *err)
{
	CLEANUP(buf_release) struct buf			commit = BUF(KIB), names = BUF(LIMIT_DOCUMENT), batch = BUF(LIMIT_BINARY);
	CLEANUP(listing_release) struct listing		listing = { .entries = NULL };

	/* From a folder of the repository ls-tree lists what is below it, by names from there. */
	if (find_commit(name, &commit, err) != 0 ||
	    gitcmd_run((const char *const[]){ "ls-tree", "-r", "-z", (const char *)commit.data, NULL }, SLICE_NONE, &names, err) != 0 ||
	    read_listing(buf_slice(&names), &listing, err) != 0 || read_objects(&listing, &batch, err) != 0 ||
	    tmpdir_new(&revision->folder, err) != 0 || stay_in_repository(revision, err) != 0 || move_in(revision, err) != 0)
		return (int)err->kind;
	return write_all(&listing, buf_slice(&batch), err);
}

void
revision_release(struct revision *revision)
{
	if (revision->home >= 0) {
		/* Nowhere else can the rest of the run be right. */
		if (fchdir(revision->home) != 0)
			abort();
		(void)close(revision->home);
	}
	if (revision->has_gitdir)
		(void)unsetenv("GIT_DIR");
	tmpdir_free(revision->folder);
	*revision = REVISION;
}
