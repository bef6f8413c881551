#include "gitfilter/guard.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "gitfilter/gitcmd.h"

#define ID_MAX	64	/* hexadecimal digits of an object id, SHA-256 included */

static int
mark_path(const struct gitdir *dir, const char *below, char out[static GITDIR_PATH_MAX], struct error *err)
{
	int len = snprintf(out, GITDIR_PATH_MAX, "%s/git-crypt%s", dir->common, below);

	if (len < 0 || len >= GITDIR_PATH_MAX)
		return err_set(err, ERR_LIMIT, "a path below '%s' is longer than %d bytes", dir->common, GITDIR_PATH_MAX - 1);
	return 0;
}

bool
guard_is_on(const struct gitdir *dir)
{
	struct error	ignored = ERROR_INIT;
	char		path[GITDIR_PATH_MAX];

	return mark_path(dir, "/guard", path, &ignored) == 0 && access(path, F_OK) == 0;
}

int
guard_set(const struct gitdir *dir, bool on, struct error *err)
{
	char	path[GITDIR_PATH_MAX];
	int	rc;

	if (on) {
		if ((rc = mark_path(dir, "", path, err)) != 0)
			return rc;
		if (mkdir(path, 0777) != 0 && errno != EEXIST)
			return err_errno(err, "cannot make '%s'", path);
	}
	if ((rc = mark_path(dir, "/guard", path, err)) != 0)
		return rc;
	if (on)
		return file_replace(path, SLICE_NONE, err) != 0 ? err_wrap(err, "cannot write '%s'", path) : 0;
	if (unlink(path) != 0 && errno != ENOENT)
		return err_errno(err, "cannot remove '%s'", path);
	return 0;
}

/* The id in "MODE ID STAGE<TAB>PATH<NUL>". */
static struct slice
id_of_entry(struct slice entry)
{
	struct slice mode, id;

	if (!slice_split(&entry, ' ', &mode) || !slice_split(&entry, ' ', &id))
		return SLICE_NONE;
	return id;
}

int
guard_allows(struct slice path, struct slice plaintext, bool *allowed, struct error *err)
{
	static const char *const	hash[] = { "hash-object", "--no-filters", "--stdin", NULL };
	CLEANUP(buf_release) struct buf	name = BUF(64 * KIB), entry = BUF(1 * MIB), id = BUF(ID_MAX + 2);
	int				rc;

	*allowed = false;
	if (memchr(path.data, '\0', path.len) != NULL)
		return 0;
	if ((rc = buf_append(&name, path, err)) != 0 || (rc = buf_terminate(&name, err)) != 0)
		return rc;
	if ((rc = gitcmd_run((const char *const[]){ "ls-files", "-s", "-z", "--", (const char *)name.data, NULL }, SLICE_NONE,
	    &entry, err)) != 0 || entry.len == 0)
		return rc;
	if ((rc = gitcmd_run(hash, plaintext, &id, err)) != 0)
		return rc;
	*allowed = slice_eq(id_of_entry(buf_slice(&entry)), slice_trim(buf_slice(&id)));
	return 0;
}
