#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/xattr.h>
#endif

#include "base/leftover.h"
#include "base/num.h"
#include "base/stream.h"

#define LINKS_MAX	40		/* as the kernel */
#define NAMES_TRIED	100
#define ACL_NAME	"system.posix_acl_access"

static int
fail_errno(struct error *err)
{
	int saved = errno;

	return err_set(err, saved == ENOENT ? ERR_NOT_FOUND : ERR_SYSTEM, "%s", strerror(saved));
}

void
file_closep(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

/* --- reading ------------------------------------------------------------------------------------------------------- */

int
file_read_fd(int fd, struct buf *out, struct error *err)
{
	struct source_fd	source;
	struct stat		st;
	uint8_t			*room;
	int			 rc;

	if (fstat(fd, &st) != 0)
		return fail_errno(err);
	/* Here, because reading a folder gives different errors on different systems. */
	if (S_ISDIR(st.st_mode)) {
		errno = EISDIR;
		return fail_errno(err);
	}
	/*
	 * The size is a hint that saves moving: a file may grow, and those of /proc have none.  One byte more
	 * is room to see the end in.
	 */
	if (S_ISREG(st.st_mode) && st.st_size > 0) {
		size_t left = out->max - out->len;

		if ((uintmax_t)st.st_size > left)
			return err_set(err, ERR_LIMIT, "more than %zu bytes", out->max);
		if ((rc = buf_reserve(out, (size_t)st.st_size + ((size_t)st.st_size < left), &room, err)) != 0)
			return rc;
	}
	source_fd_init(&source, fd);
	return source_read_all(&source.source, out, err);
}

/* The descriptor that a path like /dev/stdout names, or -1. */
static int
named_descriptor(const char *path)
{
	static const char *const	streams[] = { "/dev/stdin", "/dev/stdout", "/dev/stderr" };
	static const char *const	folders[] = { "/dev/fd/", "/proc/self/fd/", "/proc/thread-self/fd/" };
	struct slice			whole = slice_str(path);
	int64_t				number;

	for (int i = 0; i < 3; i++)
		if (strcmp(path, streams[i]) == 0)
			return i;
	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++) {
		struct slice folder = slice_str(folders[i]);

		if (slice_starts(whole, folder) && num_parse(slice_from(whole, folder.len), 0, INT_MAX, &number))
			return (int)number;
	}
	return -1;
}

int
file_read(const char *path, struct buf *out, struct error *err)
{
	CLEANUP(file_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	/* A socket cannot be opened by its name in /dev/fd. */
	if (fd < 0 && errno == ENXIO && named_descriptor(path) >= 0)
		fd = fcntl(named_descriptor(path), F_DUPFD_CLOEXEC, 3);
	return fd < 0 ? fail_errno(err) : file_read_fd(fd, out, err);
}

/* --- writing ------------------------------------------------------------------------------------------------------- */

int
file_write_all(int fd, struct slice bytes, struct error *err)
{
	while (bytes.len > 0) {
		ssize_t n = write(fd, bytes.data, bytes.len < SSIZE_MAX ? bytes.len : SSIZE_MAX);

		if (n < 0 && errno != EINTR)
			return fail_errno(err);
		if (n > 0)
			bytes = slice_from(bytes, (size_t)n);
	}
	return 0;
}

/* Where a path leads: the name that rename() must replace, and what is there now. */
struct target {
	char		path[PATH_MAX];
	size_t		folder_len;	/* of its folder's name, with the last '/'; 0: the working directory */
	int		fd;		/* it is a name of this open descriptor; else -1 */
	bool		exists;
	struct stat	st;
};

static int
target_set(struct target *target, const char *folder, size_t folder_len, const char *name, struct error *err)
{
	char	joined[PATH_MAX];
	int	len = snprintf(joined, sizeof(joined), "%.*s%s", (int)folder_len, folder, name);

	if (len < 0 || (size_t)len >= sizeof(joined)) {
		errno = ENAMETOOLONG;
		return fail_errno(err);
	}
	(void)memcpy(target->path, joined, (size_t)len + 1);
	target->folder_len = (size_t)(strrchr(joined, '/') != NULL ? strrchr(joined, '/') + 1 - joined : 0);
	return 0;
}

/*
 * Follow symbolic links one by one: the last of them may point to a file that is still to be made,
 * and a name of a descriptor must be seen before the kernel resolves it to the file behind.
 */
static int
target_find(const char *path, struct target *target, struct error *err)
{
	char	link[PATH_MAX];
	int	rc = target_set(target, "", 0, path, err);

	for (int hops = 0; rc == 0; hops++) {
		ssize_t len;

		if ((target->fd = named_descriptor(target->path)) >= 0)
			return 0;
		if (hops == LINKS_MAX) {
			errno = ELOOP;
			return fail_errno(err);
		}
		if ((len = readlink(target->path, link, sizeof(link) - 1)) < 0)
			break;
		link[len] = '\0';
		rc = target_set(target, target->path, link[0] == '/' ? 0 : target->folder_len, link, err);
	}
	if (rc != 0)
		return rc;
	target->exists = stat(target->path, &target->st) == 0;
	if (!target->exists && errno != ENOENT)
		return fail_errno(err);
	return 0;
}

/*
 * The access list goes along: without it the group bits, which were only the list's mask, would give
 * the owning group what nobody granted it.
 */
static int
keep_access_list(const struct target *target, int fd)
{
#ifdef __linux__
	char	list[4096];
	ssize_t	len = getxattr(target->path, ACL_NAME, list, sizeof(list));

	if (len < 0)
		return errno == ENODATA || errno == ENOTSUP ? 0 : -1;
	return len == 0 ? 0 : fsetxattr(fd, ACL_NAME, list, (size_t)len, 0);
#else
	(void)target;
	(void)fd;
	return 0;
#endif
}

/* Owner before mode, because chown() clears bits. */
static int
keep_attributes(const struct target *target, int fd, mode_t new_mode, struct error *err)
{
	struct stat st;

	if (!target->exists)
		return fchmod(fd, new_mode) != 0 ? fail_errno(err) : 0;
	if (fstat(fd, &st) != 0)
		return fail_errno(err);
	if ((st.st_uid != target->st.st_uid || st.st_gid != target->st.st_gid) &&
	    fchown(fd, target->st.st_uid, target->st.st_gid) != 0) {
		(void)err_set(err, ERR_REFUSED, "the file's owner cannot be kept");
		return err_hint(err, "it belongs to another user or group; run this as its owner, or write to another file");
	}
	if (fchmod(fd, target->st.st_mode & 07777) != 0)
		return fail_errno(err);
	if (keep_access_list(target, fd) != 0)
		return err_set(err, ERR_REFUSED, "the file's access list cannot be kept");
	return 0;
}

/* So that the rename itself survives a crash.  Not every file system can; then there is nothing to do. */
static void
sync_folder(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0) {
		(void)fsync(fd);
		(void)close(fd);
	}
}

struct file_replacement {
	struct sink	 sink;		/* first: sink_write() hands us this */
	struct target	 target;
	char		 temporary[PATH_MAX], folder[PATH_MAX];	/* the first is empty while the new file has no name */
	mode_t		 new_mode;
	int		 fd, slot;
	bool		 through;	/* a pipe or device: what is written is gone */
	bool		 placed;	/* it has its own name already */
	int		 (*check)(void *arg, struct error *err);
	void		*check_arg;
};

static int
replacement_write(struct sink *sink, struct slice bytes, struct error *err)
{
	return file_write_all(((struct file_replacement *)(void *)sink)->fd, bytes, err);
}

/* A terminal must not become ours, a FIFO is waited for. */
static int
open_through(struct file_replacement *r, struct error *err)
{
	r->through = true;
	r->fd = r->target.fd >= 0 ? fcntl(r->target.fd, F_DUPFD_CLOEXEC, 3) :
	    open(r->target.path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	return r->fd < 0 ? fail_errno(err) : 0;
}

#define NAME_LONG	160

/*
 * What ends the temporary name: the file's own one, so that git's attributes and ignored names, which go by endings or folders, hold for
 * it as well, should we be killed before it is renamed or removed.
 */
static const char *
own_ending(const struct file_replacement *r)
{
	const char *name = r->target.path + r->target.folder_len;

	return strlen(name) <= NAME_LONG ? name : "";
}

static int
temporary_name(struct file_replacement *r, const char *middle, struct error *err)
{
	if ((size_t)snprintf(r->temporary, sizeof(r->temporary), "%.*s.hub.%s.%s", (int)r->target.folder_len, r->target.path, middle,
	    own_ending(r)) < sizeof(r->temporary))
		return 0;
	r->temporary[0] = '\0';
	errno = ENAMETOOLONG;
	return fail_errno(err);
}

/*
 * Without a name, where the system can: then nothing is left of a file that is not finished, even if we are killed.  -1: with one.
 */
static int
open_nameless(const char *folder)
{
#ifdef O_TMPFILE
	return access("/proc/self/fd", X_OK) == 0 ? open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600) : -1;
#else
	(void)folder;
	return -1;
#endif
}

/*
 * Where there is no file yet, it gets its own name at once, and no other is ever seen.  Otherwise, each name is tried once: a file that
 * somebody else made is never touched.
 */
static int
give_name(struct file_replacement *r, struct error *err)
{
	char	link[64], middle[32];
	int	rc;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", r->fd);
	r->placed = !r->target.exists && linkat(AT_FDCWD, link, AT_FDCWD, r->target.path, AT_SYMLINK_FOLLOW) == 0;
	if (r->placed)
		return 0;
	for (unsigned i = 0;; i++) {
		struct timespec now;

		(void)clock_gettime(CLOCK_REALTIME, &now);
		(void)snprintf(middle, sizeof(middle), "%x-%lx", (unsigned)getpid(), (unsigned long)now.tv_nsec + i);
		if ((rc = temporary_name(r, middle, err)) != 0 || (rc = leftover_register(r->temporary, &r->slot, err)) != 0)
			break;
		if (linkat(AT_FDCWD, link, AT_FDCWD, r->temporary, AT_SYMLINK_FOLLOW) == 0)
			return 0;
		leftover_forget(r->slot);
		r->slot = -1;
		if (errno == EEXIST && i < NAMES_TRIED)
			continue;
		rc = fail_errno(err);
		break;
	}
	r->temporary[0] = '\0';
	return rc;
}

static int
open_temporary(struct file_replacement *r, struct error *err)
{
	const struct target	*target = &r->target;
	int			 rc;

	(void)snprintf(r->folder, sizeof(r->folder), "%.*s", (int)target->folder_len, target->path);
	if (r->folder[0] == '\0')
		(void)snprintf(r->folder, sizeof(r->folder), ".");
	if ((r->fd = open_nameless(r->folder)) >= 0)
		return keep_attributes(target, r->fd, r->new_mode, err);
	if ((rc = temporary_name(r, "XXXXXX", err)) != 0)
		return rc;
	if ((r->fd = mkostemps(r->temporary, (int)strlen(own_ending(r)) + 1, O_CLOEXEC)) < 0) {
		r->temporary[0] = '\0';
		(void)fail_errno(err);
		(void)err_wrap(err, "cannot make a file in the folder '%s'", r->folder);
		return err->kind == ERR_NOT_FOUND ? err_hint(err, "make the folder first") :
		    err_hint(err, "files are replaced by a new one from the same folder; make the folder writable, or write elsewhere");
	}
	if ((rc = leftover_register(r->temporary, &r->slot, err)) != 0)
		return rc;
	return keep_attributes(target, r->fd, r->new_mode, err);
}

/* ${keep}: mode, owner and access list of an existing file. */
static int
open_path(struct file_replacement *r, const char *path, bool keep, struct error *err)
{
	struct target	*target = &r->target;
	int		 rc;

	if ((rc = target_find(path, target, err)) != 0)
		return rc;
	if (target->fd >= 0)
		return open_through(r, err);
	if (target->exists && !S_ISREG(target->st.st_mode)) {
		if (S_ISFIFO(target->st.st_mode) || S_ISCHR(target->st.st_mode))
			return open_through(r, err);
		errno = EISDIR;
		return S_ISDIR(target->st.st_mode) ? fail_errno(err) : err_set(err, ERR_REFUSED, "not a regular file");
	}
	/* A rename asks the folder only; whoever took the file's write permission away meant it. */
	if (target->exists && faccessat(AT_FDCWD, target->path, W_OK, AT_EACCESS) != 0)
		return fail_errno(err);
	target->exists = target->exists && keep;
	return open_temporary(r, err);
}

static int
begin(const char *path, mode_t new_mode, bool keep, struct file_replacement **out, struct error *err)
{
	CLEANUP(file_replacement_freep) struct file_replacement *r = calloc(1, sizeof(*r));
	int rc;

	if (r == NULL)
		return err_memory(err);
	r->sink.write = replacement_write;
	r->target.fd = r->fd = r->slot = -1;
	r->new_mode = new_mode;
	if ((rc = open_path(r, path, keep, err)) != 0)
		return rc;
	*out = TAKE(r);
	return 0;
}

static mode_t
usual_mode(void)
{
	mode_t mask = umask(0);

	(void)umask(mask);
	return 0666 & ~mask;
}

int
file_replacement_new(const char *path, struct file_replacement **out, struct error *err)
{
	return begin(path, usual_mode(), true, out, err);
}

struct sink *
file_replacement_sink(struct file_replacement *r)
{
	return &r->sink;
}

bool
file_replacement_is_through(const struct file_replacement *r)
{
	return r->through;
}

void
file_replacement_guard(struct file_replacement *r, int (*check)(void *arg, struct error *err), void *arg)
{
	r->check = check;
	r->check_arg = arg;
}

int
file_replacement_commit(struct file_replacement *r, struct error *err)
{
	int rc = 0, fd;

	if (!r->through && fsync(r->fd) != 0)
		rc = fail_errno(err);
	if (rc == 0 && !r->through && r->check != NULL)
		rc = r->check(r->check_arg, err);
	if (rc == 0 && !r->through && r->temporary[0] == '\0')
		rc = give_name(r, err);
	fd = r->fd;
	r->fd = -1;
	if (close(fd) != 0 && rc == 0)
		rc = fail_errno(err);
	if (rc != 0 || r->through)
		return rc;
	if (!r->placed && rename(r->temporary, r->target.path) != 0) {
		bool mounted = errno == EBUSY;

		(void)fail_errno(err);
		return !mounted ? (int)err->kind :
		    err_hint(err, "the file is mounted by itself, as containers do; mount its folder, or write elsewhere");
	}
	r->temporary[0] = '\0';
	sync_folder(r->folder);
	return 0;
}

void
file_replacement_free(struct file_replacement *r)
{
	if (r == NULL)
		return;
	file_closep(&r->fd);
	if (r->temporary[0] != '\0')
		(void)unlink(r->temporary);
	leftover_forget(r->slot);
	free(r);
}

static int
replace_path(const char *path, struct slice bytes, mode_t new_mode, bool keep, struct error *err)
{
	CLEANUP(file_replacement_freep) struct file_replacement *r = NULL;
	int rc;

	if ((rc = begin(path, new_mode, keep, &r, err)) != 0 || (rc = file_write_all(r->fd, bytes, err)) != 0)
		return rc;
	return file_replacement_commit(r, err);
}

int
file_replace_mode(const char *path, struct slice bytes, mode_t new_mode, struct error *err)
{
	return replace_path(path, bytes, new_mode, true, err);
}

int
file_replace_private(const char *path, struct slice bytes, struct error *err)
{
	return replace_path(path, bytes, 0600, false, err);
}

int
file_replace(const char *path, struct slice bytes, struct error *err)
{
	return file_replace_mode(path, bytes, usual_mode(), err);
}

/* --- identity ------------------------------------------------------------------------------------------------------ */

int
file_identify(const char *path, struct file_identity *out, struct error *err)
{
	struct stat st;

	*out = (struct file_identity){ .exists = false };
	if (stat(path, &st) != 0)
		return errno == ENOENT ? 0 : fail_errno(err);
	out->exists = true;
	out->device = st.st_dev;
	out->inode = st.st_ino;
	out->size = st.st_size;
#ifdef __APPLE__
	out->modified = st.st_mtimespec.tv_sec;
	out->modified_ns = st.st_mtimespec.tv_nsec;
	out->changed = st.st_ctimespec.tv_sec;
	out->changed_ns = st.st_ctimespec.tv_nsec;
#else
	out->modified = st.st_mtim.tv_sec;
	out->modified_ns = st.st_mtim.tv_nsec;
	out->changed = st.st_ctim.tv_sec;
	out->changed_ns = st.st_ctim.tv_nsec;
#endif
	return 0;
}

bool
file_same(const struct file_identity *a, const struct file_identity *b)
{
	if (!a->exists || !b->exists)
		return a->exists == b->exists;
	return a->device == b->device && a->inode == b->inode && a->size == b->size && a->modified == b->modified &&
	    a->modified_ns == b->modified_ns && a->changed == b->changed && a->changed_ns == b->changed_ns;
}
