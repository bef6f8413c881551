#include "gitfilter/ownindex.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/tmpdir.h"
#include "tests/tap.h"

static void
test_ownindex(void)
{
	CLEANUP(ownindex_release) struct ownindex	index = OWNINDEX;
	struct error					err = ERROR_INIT;

	ok(system("echo x > x && git add x && git -c user.name=T -c user.email=t@x commit -qm x && git rm -q --cached x") == 0, "a commit");
	is_int(setenv("GIT_INDEX_FILE", ".git/index", 1), 0, "an index that the caller chose");
	is_int(ownindex_enter(&index, &err), 0, "enter");
	ok(strcmp(getenv("GIT_INDEX_FILE"), ".git/index") != 0, "another index is in place");
	is_int(ownindex_read(&index, "HEAD", &err), 0, "a commit is read");
	is_int(system("git ls-files --error-unmatch x >/dev/null 2>&1"), 0, "its file is in it");
	is_int(ownindex_read(&index, "none", &err), ERR_CHILD, "a commit that does not exist");
	ownindex_leave(&index);
	is_str(getenv("GIT_INDEX_FILE"), ".git/index", "leave: the caller's is back");
	ok(system("git ls-files --error-unmatch x >/dev/null 2>&1") != 0, "as it was");
	(void)unsetenv("GIT_INDEX_FILE");
	err_reset(&err);
	is_int(ownindex_enter(&index, &err), 0, "enter again, without one");
	ownindex_leave(&index);
	ok(getenv("GIT_INDEX_FILE") == NULL, "leave: there is none");
}

int
main(void)
{
	CLEANUP(tmpdir_freep) struct tmpdir	*folder = NULL;
	struct error				 err = ERROR_INIT;

	if (tmpdir_new(&folder, &err) != 0 || chdir(tmpdir_path(folder)) != 0 || system("git init -q .") != 0)
		bail_out(err.text);
	test_ownindex();
	(void)!chdir("/");
	return done_testing();
}
