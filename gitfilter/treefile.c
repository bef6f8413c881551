#include "gitfilter/treefile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "gitfilter/gitdir.h"

int
treefile_read(const char *path, size_t max, struct buf *out, struct error *err)
{
	CLEANUP(file_closep) int	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat			st;
	int				rc;

	if (fd < 0 || fstat(fd, &st) != 0)
		return err_errno(err, "cannot read '%s'", path);
	if (!S_ISREG(st.st_mode) || (uintmax_t)st.st_size > max)
		return err_set(err, ERR_REFUSED, "'%s' is not a regular file of reasonable size", path);
	return (rc = file_read_fd(fd, out, err)) != 0 ? err_wrap(err, "cannot read '%s'", path) : 0;
}

static int
make_folders(const char *path, struct error *err)
{
	char		folder[GITDIR_PATH_MAX];
	struct stat	st;

	for (const char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		int len = snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path), path);

		if (len < 0 || (size_t)len >= sizeof(folder))
			return err_set(err, ERR_LIMIT, "the path '%s' is too long", path);
		if (mkdir(folder, 0777) != 0 && errno != EEXIST)
			return err_errno(err, "cannot make '%s'", folder);
		if (lstat(folder, &st) != 0 || !S_ISDIR(st.st_mode))
			return err_set(err, ERR_REFUSED, "'%s' is not a folder of this tree", folder);
	}
	return 0;
}

/* "git-crypt/treefile" in the git directory: one fixed name, so that the next run replaces what a killed one left. */
static int
temporary_path(char out[static GITDIR_PATH_MAX], struct error *err)
{
	struct gitdir	dir;
	int		rc, len;

	if ((rc = gitdir_find(&dir, err)) != 0)
		return rc;
	for (int i = 0; i < 2; i++) {
		len = snprintf(out, GITDIR_PATH_MAX, "%s/git-crypt%s", dir.git, i == 0 ? "" : "/treefile");
		if (len < 0 || len >= GITDIR_PATH_MAX)
			return err_set(err, ERR_LIMIT, "the path '%s' is too long", dir.git);
		if (i == 0 && mkdir(out, 0777) != 0 && errno != EEXIST)
			return err_errno(err, "cannot make '%s'", out);
	}
	return 0;
}

static int
write_whole(const char *path, struct slice bytes, mode_t mode, struct error *err)
{
	CLEANUP(file_closep) int	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
	int				rc;

	if (fd < 0)
		return err_errno(err, "cannot open '%s'", path);
	if ((rc = file_write_all(fd, bytes, err)) != 0)
		return rc;
	if (mode != 0 && fchmod(fd, mode) != 0)
		return err_errno(err, "cannot set the mode of '%s'", path);
	return fsync(fd) != 0 ? err_errno(err, "cannot sync '%s'", path) : 0;
}

int
treefile_write(const char *path, struct slice bytes, struct error *err)
{
	char		temporary[GITDIR_PATH_MAX];
	struct stat	st;
	mode_t		mode = 0;
	int		rc;

	if ((rc = make_folders(path, err)) != 0)
		return rc;
	if (lstat(path, &st) == 0) {
		if (!S_ISREG(st.st_mode))
			return err_set(err, ERR_REFUSED, "'%s' is not a regular file", path);
		mode = st.st_mode & 07777;
	}
	if ((rc = temporary_path(temporary, err)) != 0)
		return rc;
	if ((rc = write_whole(temporary, bytes, mode, err)) == 0 && rename(temporary, path) != 0) {
		/* The tree may be on another file system than its git directory. */
		if (errno != EXDEV)
			rc = err_errno(err, "cannot rename it");
		else
			rc = file_replace(path, bytes, err);
		(void)unlink(temporary);
	} else if (rc != 0) {
		(void)unlink(temporary);
	}
	return rc != 0 ? err_wrap(err, "cannot write '%s'", path) : 0;
}
