#include "gitfilter/guard.h"

#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "base/harden.h"
#include "base/tmpdir.h"
#include "tests/tap.h"

static bool
allows(struct slice path, struct slice plaintext)
{
	struct error	err = ERROR_INIT;
	bool		allowed = true;

	if (!succeeds(guard_allows(path, plaintext, &allowed, &err), err, "git is asked"))
		return false;
	return allowed;
}

int
main(void)
{
	CLEANUP(tmpdir_freep) struct tmpdir	*tmpdir = NULL;
	struct error				 err = ERROR_INIT;
	struct gitdir				 dir;

	harden_process();
	if (system("git --version >/dev/null 2>&1") != 0)
		skip_all("git is not installed");
	if (tmpdir_new(&tmpdir, &err) != 0 || chdir(tmpdir_path(tmpdir)) != 0 || system("git init -q . 2>/dev/null") != 0 ||
	    file_replace("known", SLICE("in the clear\r\n"), &err) != 0 || file_replace("*", SLICE("star"), &err) != 0 ||
	    system("git add known '*'") != 0 || gitdir_find(&dir, &err) != 0)
		bail_out("no repository");

	ok(!guard_is_on(&dir), "a new repository has no guard");
	succeeds(guard_set(&dir, false, &err), err, "taking away what is not there is no failure");
	succeeds(guard_set(&dir, true, &err), err, "the guard is set");
	ok(guard_is_on(&dir), "and seen");
	ok(guard_set(&dir, true, &err) == 0 && guard_is_on(&dir), "set twice");
	ok(guard_set(&dir, false, &err) == 0 && !guard_is_on(&dir), "and taken away");

	ok(allows(SLICE("known"), SLICE("in the clear\r\n")), "what the index has in the clear already may pass");
	ok(!allows(SLICE("known"), SLICE("in the clear\n")), "another text may not");
	ok(!allows(SLICE("new"), SLICE("in the clear\r\n")), "nor the same under another path");
	ok(allows(SLICE("*"), SLICE("star")) && !allows(SLICE("kno*"), SLICE("in the clear\r\n")), "a path is no pattern");
	ok(!allows(SLICE("known\0"), SLICE("in the clear\r\n")), "nor does a NUL end it");
	return done_testing();
}
