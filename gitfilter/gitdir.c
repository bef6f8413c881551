#include "gitfilter/gitdir.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

#define POINTER_MAX	(GITDIR_PATH_MAX + 16)	/* a ".git" or "commondir" file */

static bool
is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool
is_file(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static int
join(char out[static GITDIR_PATH_MAX], const char *directory, const char *name, struct error *err)
{
	int len = snprintf(out, GITDIR_PATH_MAX, "%s/%s", directory, name);

	if (len < 0 || len >= GITDIR_PATH_MAX)
		return err_set(err, ERR_LIMIT, "a path below '%s' is longer than %d bytes", directory, GITDIR_PATH_MAX - 1);
	return 0;
}

/* Absolute, without links: what git prints for --absolute-git-dir. */
static int
resolve(char out[static GITDIR_PATH_MAX], const char *path, struct error *err)
{
	char real[PATH_MAX];

	if (realpath(path, real) == NULL)
		return err_errno(err, "cannot find the git directory '%s'", path);
	if (strlen(real) >= GITDIR_PATH_MAX)
		return err_set(err, ERR_LIMIT, "the path '%s' is longer than %d bytes", path, GITDIR_PATH_MAX - 1);
	(void)memcpy(out, real, strlen(real) + 1);
	return 0;
}

/* The path that a small file holds, after ${prefix}; relative ones count from ${directory}. */
static int
read_pointer(const char *file, const char *directory, struct slice prefix, char out[static GITDIR_PATH_MAX], struct error *err)
{
	CLEANUP(buf_release) struct buf	text = BUF(POINTER_MAX);
	char				path[GITDIR_PATH_MAX];
	struct slice			name;
	int				rc;

	if ((rc = file_read(file, &text, err)) != 0)
		return rc;
	if (!slice_starts(buf_slice(&text), prefix))
		return err_set(err, ERR_SYNTAX, "'%s' does not name a git directory", file);
	name = slice_from(buf_slice(&text), prefix.len);
	while (name.len > 0 && (name.data[name.len - 1] == '\n' || name.data[name.len - 1] == '\r'))
		name.len--;
	if (name.len == 0 || memchr(name.data, '\0', name.len) != NULL)
		return err_set(err, ERR_SYNTAX, "'%s' does not name a git directory", file);
	if (name.data[0] == '/')
		(void)snprintf(path, sizeof(path), "%.*s", SLICE_ARG(name));
	else if ((size_t)snprintf(path, sizeof(path), "%s/%.*s", directory, SLICE_ARG(name)) >= sizeof(path))
		return err_set(err, ERR_LIMIT, "the path in '%s' is longer than %d bytes", file, GITDIR_PATH_MAX - 1);
	return resolve(out, path, err);
}

/* What git takes for a repository: HEAD, and the objects here or in the common directory. */
static bool
looks_like_git(const char *directory)
{
	char		path[GITDIR_PATH_MAX];
	struct error	ignored = ERROR_INIT;
	struct stat	st;

	/* HEAD may be a symbolic link to a branch that is not born yet. */
	if (join(path, directory, "HEAD", &ignored) != 0 || lstat(path, &st) != 0)
		return false;
	if (join(path, directory, "objects", &ignored) == 0 && is_directory(path))
		return true;
	return join(path, directory, "commondir", &ignored) == 0 && is_file(path);
}

static int
find_git(char out[static GITDIR_PATH_MAX], struct error *err)
{
	char	at[GITDIR_PATH_MAX], path[GITDIR_PATH_MAX];
	int	rc;

	if ((rc = resolve(at, ".", err)) != 0)
		return rc;
	for (;;) {
		char *slash;

		if ((rc = join(path, at, ".git", err)) != 0)
			return rc;
		if (is_directory(path) && looks_like_git(path))
			return resolve(out, path, err);
		if (is_file(path))
			return read_pointer(path, at, SLICE("gitdir: "), out, err);
		if (looks_like_git(at))
			return resolve(out, at, err);
		if ((slash = strrchr(at, '/')) == NULL || at[1] == '\0')
			return err_set(err, ERR_NOT_FOUND, "not in a git repository");
		slash[slash == at ? 1 : 0] = '\0';
	}
}

int
gitdir_find(struct gitdir *out, struct error *err)
{
	const char	*git = getenv("GIT_DIR"), *common = getenv("GIT_COMMON_DIR");
	char		 path[GITDIR_PATH_MAX];
	int		 rc;

	rc = git != NULL && *git != '\0' ? resolve(out->git, git, err) : find_git(out->git, err);
	if (rc != 0)
		return rc;
	if (common != NULL && *common != '\0')
		return resolve(out->common, common, err);
	if ((rc = join(path, out->git, "commondir", err)) != 0)
		return rc;
	if (is_file(path))
		return read_pointer(path, out->git, SLICE_NONE, out->common, err);
	(void)memcpy(out->common, out->git, sizeof(out->common));
	return 0;
}
