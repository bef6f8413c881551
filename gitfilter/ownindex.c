#include "gitfilter/ownindex.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "gitfilter/gitcmd.h"

static int
prepare(struct ownindex *index, struct error *err)
{
	CLEANUP(buf_release) struct buf	path = BUF(8 * KIB);
	int				rc;

	if (index->path != NULL)
		return 0;
	if ((rc = tmpdir_new(&index->folder, err)) != 0 || (rc = buf_printf(&path, err, "%s/index",
	    tmpdir_path(index->folder))) != 0 ||
	    (rc = buf_terminate(&path, err)) != 0)
		return rc;
	return (index->path = strdup((const char *)path.data)) == NULL ? err_memory(err) : 0;
}

int
ownindex_enter(struct ownindex *index, struct error *err)
{
	const char	*users = getenv("GIT_INDEX_FILE");
	int		 rc = prepare(index, err);

	if (rc != 0 || index->entered)
		return rc;
	free(index->users);
	if ((index->users = users != NULL ? strdup(users) : NULL) == NULL && users != NULL)
		return err_memory(err);
	if (setenv("GIT_INDEX_FILE", index->path, 1) != 0)
		return err_memory(err);
	index->entered = true;
	return 0;
}

void
ownindex_leave(struct ownindex *index)
{
	if (!index->entered)
		return;
	/* Out of memory, the repository's own index is the safer one. */
	if (index->users == NULL || setenv("GIT_INDEX_FILE", index->users, 1) != 0)
		(void)unsetenv("GIT_INDEX_FILE");
	index->entered = false;
}

int
ownindex_read(struct ownindex *index UNUSED, const char *commit, struct error *err)
{
	/* A split index would leave files in the repository, a sparse one would hide some. */
	const char *const		argv[] = { "-c", "core.splitIndex=false", "-c", "index.sparse=false", "-c", "core.fsmonitor=false",
					    "read-tree", commit, NULL };
	CLEANUP(buf_release) struct buf	ignored = BUF(64 * KIB);

	return gitcmd_run(argv, SLICE_NONE, &ignored, err);
}

void
ownindex_release(struct ownindex *index)
{
	ownindex_leave(index);
	tmpdir_free(index->folder);
	free(index->path);
	free(index->users);
	*index = OWNINDEX;
}
