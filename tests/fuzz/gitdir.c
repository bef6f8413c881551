#include "gitfilter/gitdir.h"

#include <unistd.h>

#include "base/tmpdir.h"
#include "tests/fuzz/fuzz.h"

/* What a ".git" file says, and the "commondir" of where it leads: a folder with an absolute path, or an error. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(tmpdir_freep) struct tmpdir	*folder = NULL;
	struct slice				rest = slice_of(data, size), part = SLICE_NONE;
	struct gitdir				found;
	const char				*path;
	struct error				err = ERROR_INIT;
	char					before[4096];

	(void)unsetenv("GIT_DIR");
	(void)unsetenv("GIT_COMMON_DIR");
	MUST(getcwd(before, sizeof(before)) != NULL && tmpdir_new(&folder, &err) == 0 && chdir(tmpdir_path(folder)) == 0);
	(void)slice_split(&rest, '\0', &part);
	MUST(tmpdir_file(folder, ".git", part, &path, &err) == 0 && tmpdir_file(folder, "commondir", rest, &path, &err) == 0 &&
	    tmpdir_file(folder, "HEAD", SLICE("ref: refs/heads/main\n"), &path, &err) == 0);
	if (gitdir_find(&found, &err) == 0)
		MUST(found.git[0] == '/' && found.common[0] == '/');
	else
		MUST(err.kind != ERR_NONE);
	MUST(chdir(before) == 0);
	return 0;
}
