#include "gitfilter/treefile.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/tmpdir.h"
#include "tests/tap.h"

static int
kind_of_write(const char *path, const char *text)
{
	struct error err = ERROR_INIT;

	return treefile_write(path, slice_str(text), &err);
}

static int
kind_of_read(const char *path, size_t max, struct buf *out)
{
	struct error err = ERROR_INIT;

	return treefile_read(path, max, out, &err);
}

static void
test_writing(void)
{
	CLEANUP(buf_release) struct buf	text = BUF(KIB);
	struct stat			st;

	is_int(kind_of_write("a/b/c", "one"), 0, "a file in folders that are made");
	is_int(kind_of_read("a/b/c", KIB, &text), 0, "is there");
	is_slice(buf_slice(&text), SLICE("one"), "as it was written");
	ok(chmod("a/b/c", 0751) == 0 && kind_of_write("a/b/c", "two") == 0 && stat("a/b/c", &st) == 0 && (st.st_mode & 0777) == 0751,
	    "a second version keeps the mode");
	ok(access(".git/git-crypt/treefile", F_OK) != 0, "nothing is left in the git directory");
	/* What a killed run leaves. */
	ok(system("echo old > .git/git-crypt/treefile") == 0 && kind_of_write("d", "three") == 0, "a file over the rest of a killed run");
	buf_reset(&text);
	ok(kind_of_read("d", KIB, &text) == 0 && slice_eq(buf_slice(&text), SLICE("three")), "is whole");
}

static void
test_links(void)
{
	CLEANUP(buf_release) struct buf text = BUF(KIB);

	ok(system("mkdir outside && ln -s outside link && ln -s outside/x last && mkfifo pipe") == 0, "links and a pipe");
	is_int(kind_of_write("link/x", "secret"), ERR_REFUSED, "a folder that is a link is refused");
	is_int(kind_of_write("link/deep/x", "secret"), ERR_REFUSED, "on the way, too");
	is_int(kind_of_write("last", "secret"), ERR_REFUSED, "so is a link in the file's place");
	is_int(kind_of_write("pipe", "secret"), ERR_REFUSED, "and a pipe");
	is_int(kind_of_write("a/b", "secret"), ERR_REFUSED, "and a folder");
	ok(rmdir("outside") == 0, "nothing was written behind the links");
	ok(kind_of_read("last", KIB, &text) != 0, "a link is not read");
	is_int(kind_of_read("pipe", KIB, &text), ERR_REFUSED, "nor is a pipe waited for");
	is_int(kind_of_read("d", 4, &text), ERR_REFUSED, "nor a file that is too large");
	is_int(kind_of_read("none", KIB, &text), ERR_NOT_FOUND, "a missing one is told");
	is_int((int)text.len, 0, "nothing came of these");
}

int
main(void)
{
	CLEANUP(tmpdir_freep) struct tmpdir	*folder = NULL;
	struct error				 err = ERROR_INIT;

	if (tmpdir_new(&folder, &err) != 0 || chdir(tmpdir_path(folder)) != 0 || system("git init -q .") != 0)
		bail_out(err.text);
	test_writing();
	test_links();
	(void)!chdir("/");
	return done_testing();
}
