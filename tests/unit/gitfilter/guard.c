#include "gitfilter/guard.h"

#include "tests/git.h"

static void
allows(const char *path, const char *plaintext, bool want, const char *claim)
{
	struct error	err = ERROR_INIT;
	bool		allowed = !want;

	if (succeeds(guard_allows(slice_str(path), slice_str(plaintext), &allowed, &err), err, claim))
		ok(allowed == want, "  and is %s", want ? "allowed" : "not allowed");
}

int
main(void)
{
	struct error	err = ERROR_INIT;
	struct gitdir	dir;
	bool		allowed = true;

	git_begin();
	if (gitdir_find(&dir, &err) != 0)
		bail_out(err.text);
	ok(!guard_is_on(&dir), "a new clone has no guard");
	succeeds(guard_set(&dir, false, &err), err, "switching off what is off");
	succeeds(guard_set(&dir, true, &err), err, "on");
	ok(guard_is_on(&dir), "it is on");
	ok(access(".git/git-crypt/guard", F_OK) == 0, "the mark is in the git directory");
	succeeds(guard_set(&dir, true, &err), err, "on again");
	succeeds(guard_set(&dir, false, &err), err, "off");
	ok(!guard_is_on(&dir), "it is off");

	sh("printf old >f; printf x >':(top)f'; printf star >'*'; git --literal-pathspecs add -A");
	allows("f", "old", true, "what the index has");
	allows("f", "new", false, "something else");
	allows("f", "", false, "nothing, which the index has not");
	allows("none", "old", false, "what the index has under another name");
	allows(":(top)f", "x", true, "a name that looks like a pattern");
	allows(":(top)f", "old", false, "and does not work as one");
	allows("*", "star", true, "so does a star");
	ok(guard_allows(SLICE("f\0g"), SLICE("old"), &allowed, &err) == 0 && !allowed, "a NUL does not end a name");
	sh("printf '* text eol=crlf\\n' >.gitattributes");
	allows("f", "old", true, "attributes do not matter");
	return done_testing();
}
