#include "gitfilter/gitcmd.h"

#include <unistd.h>

#include "base/harden.h"
#include "base/tmpdir.h"
#include "tests/tap.h"

#define ARGS(...)	((const char *const[]){ __VA_ARGS__, NULL })

int
main(void)
{
	CLEANUP(tmpdir_freep) struct tmpdir	*tmpdir = NULL;
	CLEANUP(buf_release) struct buf		 out = BUF(10000), small = BUF(3);
	struct error				 err = ERROR_INIT;
	int					 status = -1;

	harden_process();
	if (system("git --version >/dev/null 2>&1") != 0)
		skip_all("git is not installed");
	if (tmpdir_new(&tmpdir, &err) != 0 || chdir(tmpdir_path(tmpdir)) != 0 || system("git init -q . 2>/dev/null") != 0)
		bail_out("no repository");
	succeeds(gitcmd_run(ARGS("hash-object", "--stdin"), SLICE("hello\n"), &out, &err), err, "git is run with input");
	is_slice(buf_slice(&out), SLICE("ce013625030ba8dba906f756967f9e9ca394464a\n"), "and its output taken");
	is_int(gitcmd_run(ARGS("rev-parse", "--verify", "nothing"), SLICE_NONE, &out, &err), ERR_CHILD, "its failure is one");
	ok(strstr(err.text, "'git rev-parse' failed: fatal: Needed a single revision") != NULL, "told in its own words");
	err_reset(&err);
	ok(gitcmd_status(ARGS("config", "no.such"), SLICE_NONE, &out, &status, &err) == 0 && status == 1, "a status may be an answer");
	is_int(gitcmd_run(ARGS("hash-object", "--stdin"), SLICE("x"), &small, &err), ERR_LIMIT, "more output than is wanted is refused");
	err_reset(&err);
	(void)setenv("PATH", "/nowhere", 1);
	is_int(gitcmd_run(ARGS("version"), SLICE_NONE, &out, &err), ERR_NOT_FOUND, "without git that is said");
	return done_testing();
}
