#include "gitfilter/repo.h"

#include <git2.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "gitfilter/gitdir.h"

struct repo {
	git_odb		*objects;
	git_odb_object	*last;
};

void
repo_free(struct repo *repo)
{
	if (repo == NULL)
		return;
	git_odb_object_free(repo->last);
	git_odb_free(repo->objects);
	(void)git_libgit2_shutdown();
	free(repo);
}

/* What the environment or the repository may say that libgit2 does not hear. */
static bool
is_for_git(const struct gitdir *dir)
{
	static const char *const	names[] = { "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_REPLACE_REF_BASE" };
	char				path[GITDIR_PATH_MAX + 32];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (getenv(names[i]) != NULL)
			return true;
	(void)snprintf(path, sizeof(path), "%s/refs/replace", dir->common);
	return access(path, F_OK) == 0;
}

int
repo_open(size_t id_len, struct repo **out, struct error *err)
{
	CLEANUP(repo_freep) struct repo	*repo = NULL;
	struct error			ignored = ERROR_INIT;
	struct gitdir			dir;
	char				path[GITDIR_PATH_MAX + 32];

	*out = NULL;
	if (id_len != GIT_OID_HEXSZ || gitdir_find(&dir, &ignored) != 0 || is_for_git(&dir))
		return 0;
	if ((repo = calloc(1, sizeof(*repo))) == NULL)
		return err_memory(err);
	(void)snprintf(path, sizeof(path), "%s/objects", dir.common);
	/* As git: a hash of what was stored long ago is fsck's to compare, and a tag of ours tells more. */
	if (git_libgit2_init() < 0 || git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 0) != 0 ||
	    git_odb_open(&repo->objects, path) != 0)
		return 0;
	*out = TAKE(repo);
	return 0;
}

bool
repo_blob(struct repo *repo, struct slice id, size_t most, struct slice *bytes, uint64_t *size)
{
	git_object_t	type;
	git_oid		oid;
	size_t		len;

	git_odb_object_free(repo->last);
	repo->last = NULL;
	*bytes = SLICE_NONE;
	/* First how large it is: libgit2 would hold all of it. */
	if (id.len != GIT_OID_HEXSZ || git_oid_fromstrn(&oid, (const char *)id.data, id.len) != 0 ||
	    git_odb_read_header(&len, &type, repo->objects, &oid) != 0 || type != GIT_OBJECT_BLOB)
		return false;
	*size = len;
	if (len > most)
		return true;
	if (git_odb_read(&repo->last, repo->objects, &oid) != 0)
		return false;
	*bytes = len > 0 ? slice_of(git_odb_object_data(repo->last), git_odb_object_size(repo->last)) : SLICE("");
	return true;
}
