#include "gitfilter/keydir.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"

#define KEYS	"git-crypt/keys"

const char *
keydir_entry(const char *name)
{
	return name[0] != '\0' ? name : "default";
}

static int
path_in(const char *git, const char *name, char out[static GITDIR_PATH_MAX], struct error *err)
{
	int len, rc;

	if (name[0] != '\0' && (rc = keyfile_check_name(slice_str(name), err)) != 0)
		return rc;
	len = snprintf(out, GITDIR_PATH_MAX, "%s/" KEYS "/%s", git, keydir_entry(name));
	if (len < 0 || len >= GITDIR_PATH_MAX)
		return err_set(err, ERR_LIMIT, "a path below '%s' is longer than %d bytes", git, GITDIR_PATH_MAX - 1);
	return 0;
}

int
keydir_path(const struct gitdir *dir, const char *name, char out[static GITDIR_PATH_MAX], struct error *err)
{
	return path_in(dir->common, name, out, err);
}

/* One key file; what it says of itself must fit where it lies. */
static int
load(const char *path, const char *name, struct keyfile **out, struct error *err)
{
	CLEANUP(keyfile_freep) struct keyfile	*key = NULL;
	int					 rc = keyfile_load(path, false, &key, err);

	if (rc == ERR_SYNTAX)
		return err_wrap(err, "This repository contains a malformed key file.  It may be corrupted ('%s')",
		    path);
	if (rc == ERR_UNSUPPORTED)
		return err_wrap(err, "This repository contains a incompatible key file.  Please upgrade ('%s')", path);
	if (rc != 0)
		return rc;
	if (strcmp(key->name, name) != 0)
		return err_set(err, ERR_SYNTAX, "the key file '%s' holds the key '%s'", path, keydir_entry(key->name));
	*out = TAKE(key);
	return 0;
}

int
keydir_load(const struct gitdir *dir, const char *name, struct keyfile **out, struct error *err)
{
	char	path[GITDIR_PATH_MAX];
	int	rc;

	if ((rc = path_in(dir->git, name, path, err)) != 0)
		return rc;
	/* The worktree's own key first, for that is where git-crypt puts it. */
	if (access(path, F_OK) != 0 && (rc = keydir_path(dir, name, path, err)) != 0)
		return rc;
	rc = load(path, name, out, err);
	if (rc == ERR_NOT_FOUND) {
		err_reset(err);
		return err_set(err, ERR_NO_KEY,
		    "Unable to open key file - have you unlocked/initialized this repository yet?");
	}
	return rc;
}

/* --- writing -------------------------------------------------------------------------------------- */

/* "GIT/git-crypt", then folder and name. */
static int
below(const char *git, const char *folder, const char *name, char out[static GITDIR_PATH_MAX], struct error *err)
{
	int len = snprintf(out, GITDIR_PATH_MAX, "%s/git-crypt%s%s", git, folder, name);

	if (len < 0 || len >= GITDIR_PATH_MAX)
		return err_set(err, ERR_LIMIT, "a path below '%s' is longer than %d bytes", git, GITDIR_PATH_MAX - 1);
	return 0;
}

static int
make_folder(const char *git, const char *name, struct error *err)
{
	char	path[GITDIR_PATH_MAX];
	int	rc = below(git, name, "", path, err);

	if (rc != 0)
		return rc;
	return mkdir(path, 0777) != 0 && errno != EEXIST ? err_errno(err, "cannot make '%s'", path) : 0;
}

static int
remove_file(const char *path, struct error *err)
{
	return unlink(path) != 0 && errno != ENOENT ? err_errno(err, "cannot remove '%s'", path) : 0;
}

/* In the folder above, since every entry of keys/ is taken for a key; then synced by the rename's folder. */
static int
write_beside(const struct gitdir *dir, const struct keyfile *key, const char *path, struct error *err)
{
	CLEANUP(buf_release) struct buf	bytes = BUF_SECRET(LIMIT_KEY_FILE);
	char				temporary[GITDIR_PATH_MAX];
	int				rc;

	if ((rc = keyfile_write(key, &bytes, err)) != 0 ||
	    (rc = below(dir->common, "/new-", keydir_entry(key->name), temporary, err)) != 0)
		return rc;
	if ((rc = remove_file(temporary, err)) != 0)
		return rc;
	if ((rc = file_replace_mode(temporary, buf_slice(&bytes), 0600, err)) != 0)
		return err_wrap(err, "cannot write key file '%s'", path);
	if (rename(temporary, path) != 0) {
		rc = err_errno(err, "cannot write key file '%s'", path);
		(void)unlink(temporary);
	}
	return rc;
}

int
keydir_store(const struct gitdir *dir, const struct keyfile *key, struct error *err)
{
	char	path[GITDIR_PATH_MAX];
	int	rc;

	if ((rc = keydir_path(dir, key->name, path, err)) != 0 || (rc = make_folder(dir->common, "", err)) != 0 ||
	    (rc = make_folder(dir->common, "/keys", err)) != 0 || (rc = write_beside(dir, key, path, err)) != 0)
		return rc;
	if (strcmp(dir->git, dir->common) == 0)
		return 0;
	return (rc = path_in(dir->git, key->name, path, err)) != 0 ? rc : remove_file(path, err);
}

int
keydir_remove(const struct gitdir *dir, const char *name, struct error *err)
{
	char	path[GITDIR_PATH_MAX];
	int	rc;

	if ((rc = path_in(dir->git, name, path, err)) != 0 || (rc = remove_file(path, err)) != 0 ||
	    (rc = path_in(dir->common, name, path, err)) != 0 || (rc = remove_file(path, err)) != 0)
		return rc;
	return keydir_mark_unexported(dir, name, false, err);
}

int
keydir_mark_unexported(const struct gitdir *dir, const char *name, bool unexported, struct error *err)
{
	char	path[GITDIR_PATH_MAX];
	int	rc = below(dir->common, "/unexported/", keydir_entry(name), path, err);

	if (rc != 0)
		return rc;
	if (!unexported)
		return remove_file(path, err);
	if ((rc = make_folder(dir->common, "", err)) != 0 || (rc = make_folder(dir->common, "/unexported", err)) != 0)
		return rc;
	return file_replace(path, SLICE_NONE, err) != 0 ? err_wrap(err, "cannot write '%s'", path) : 0;
}

bool
keydir_is_unexported(const struct gitdir *dir, const char *name)
{
	struct error	ignored = ERROR_INIT;
	char		path[GITDIR_PATH_MAX];

	return below(dir->common, "/unexported/", keydir_entry(name), path, &ignored) == 0 && access(path, F_OK) == 0;
}

/* --- listing -------------------------------------------------------------------------------------- */

void
keydir_names_release(struct keydir_names *names)
{
	free(names->name);
	names->name = NULL;
	names->count = 0;
}

static int
by_bytes(const void *a, const void *b)
{
	return strcmp(a, b);
}

static int
names_add(struct keydir_names *names, const char *entry, struct error *err)
{
	const char	*name = strcmp(entry, "default") == 0 ? "" : entry;
	void		*larger;

	for (size_t i = 0; i < names->count; i++)
		if (strcmp(names->name[i], name) == 0)
			return 0;
	larger = realloc(names->name, (names->count + 1) * sizeof(*names->name));
	if (larger == NULL)
		return err_memory(err);
	names->name = larger;
	(void)snprintf(names->name[names->count++], sizeof(*names->name), "%s", name);
	return 0;
}

static int
names_in(const char *git, struct keydir_names *names, struct error *err)
{
	char		 path[GITDIR_PATH_MAX];
	struct dirent	*entry;
	struct error	 ignored = ERROR_INIT;
	DIR		*directory;
	int		 rc = 0;

	if ((size_t)snprintf(path, sizeof(path), "%s/" KEYS, git) >= sizeof(path))
		return err_set(err, ERR_LIMIT, "a path below '%s' is longer than %d bytes", git, GITDIR_PATH_MAX - 1);
	if ((directory = opendir(path)) == NULL)
		return errno == ENOENT ? 0 : err_errno(err, "cannot read '%s'", path);
	while (rc == 0 && (entry = readdir(directory)) != NULL) {
		bool is_default = strcmp(entry->d_name, "default") == 0;

		if (is_default || keyfile_check_name(slice_str(entry->d_name), &ignored) == 0)
			rc = names_add(names, entry->d_name, err);
		err_reset(&ignored);
	}
	(void)closedir(directory);
	return rc;
}

int
keydir_list(const struct gitdir *dir, struct keydir_names *out, struct error *err)
{
	CLEANUP(keydir_names_release) struct keydir_names	names = { NULL, 0 };
	int							rc;

	if ((rc = names_in(dir->git, &names, err)) != 0)
		return rc;
	if (strcmp(dir->git, dir->common) != 0 && (rc = names_in(dir->common, &names, err)) != 0)
		return rc;
	if (names.count > 0)
		qsort(names.name, names.count, sizeof(*names.name), by_bytes);
	out->name = TAKE(names.name);
	out->count = names.count;
	return 0;
}
