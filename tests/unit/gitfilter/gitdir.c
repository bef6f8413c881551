#include "gitfilter/gitdir.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/tmpdir.h"
#include "tests/tap.h"

static char	top[2048];

static void
folder(const char *path)
{
	if (mkdir(path, 0755) != 0)
		bail_out(path);
}

static void
file(const char *path, const char *text)
{
	struct error err = ERROR_INIT;

	if (file_replace(path, slice_str(text), &err) != 0)
		bail_out(err.text);
}

static void
repository(const char *path)
{
	char below[4096];

	folder(path);
	(void)snprintf(below, sizeof(below), "%s/objects", path);
	folder(below);
	(void)snprintf(below, sizeof(below), "%s/HEAD", path);
	file(below, "ref: refs/heads/main\n");
}

/* From the folder ${at}: the git directory and the common one, below the test's own folder. */
static void
finds(const char *at, const char *git, const char *common, const char *what)
{
	struct error	err = ERROR_INIT;
	struct gitdir	dir;
	char		want[4096];

	if (chdir(top) != 0 || chdir(at) != 0)
		bail_out(at);
	if (!succeeds(gitdir_find(&dir, &err), err, what))
		return;
	(void)snprintf(want, sizeof(want), "%s/%s", top, git);
	is_str(dir.git, want, "  the git directory");
	(void)snprintf(want, sizeof(want), "%s/%s", top, common);
	is_str(dir.common, want, "  the common directory");
	if (chdir(top) != 0)
		bail_out(top);
}

static void
fails(const char *at, int kind, const char *what)
{
	struct error	err = ERROR_INIT;
	struct gitdir	dir;

	if (chdir(top) != 0 || chdir(at) != 0)
		bail_out(at);
	is_int(gitdir_find(&dir, &err), kind, what);
	if (chdir(top) != 0)
		bail_out(top);
}

static void
test_environment(void)
{
	char path[4096];

	(void)snprintf(path, sizeof(path), "%s/plain/.git", top);
	(void)setenv("GIT_DIR", path, 1);
	finds(".", "plain/.git", "plain/.git", "GIT_DIR wins, from anywhere");
	(void)setenv("GIT_DIR", "../plain/.git", 1);
	finds("bare.git", "plain/.git", "plain/.git", "also when it is relative");
	(void)snprintf(path, sizeof(path), "%s/plain/.git/worktrees/one", top);
	(void)setenv("GIT_DIR", path, 1);
	finds(".", "plain/.git/worktrees/one", "plain/.git", "a linked worktree's GIT_DIR leads to the common directory");
	(void)snprintf(path, sizeof(path), "%s/bare.git", top);
	(void)setenv("GIT_COMMON_DIR", path, 1);
	finds(".", "plain/.git/worktrees/one", "bare.git", "GIT_COMMON_DIR wins, too");
	(void)unsetenv("GIT_COMMON_DIR");
	(void)setenv("GIT_DIR", "nowhere", 1);
	fails(".", ERR_NOT_FOUND, "a GIT_DIR that is not there is a failure, and not a search");
	(void)unsetenv("GIT_DIR");
}

int
main(void)
{
	CLEANUP(tmpdir_freep) struct tmpdir	*tmpdir = NULL;
	struct error				 err = ERROR_INIT;
	char					 text[4096];

	(void)unsetenv("GIT_DIR");
	(void)unsetenv("GIT_COMMON_DIR");
	if (tmpdir_new(&tmpdir, &err) != 0 || realpath(tmpdir_path(tmpdir), text) == NULL || strlen(text) >= sizeof(top) ||
	    chdir(text) != 0)
		bail_out("no folder");
	(void)memcpy(top, text, strlen(text) + 1);

	folder("plain");
	repository("plain/.git");
	folder("plain/a");
	folder("plain/a/b");
	finds("plain", "plain/.git", "plain/.git", "at the top of a tree");
	finds("plain/a/b", "plain/.git", "plain/.git", "below it");

	repository("bare.git");
	finds("bare.git", "bare.git", "bare.git", "in a bare repository");
	finds("bare.git/objects", "bare.git", "bare.git", "and below it");

	folder("plain/.git/worktrees");
	folder("plain/.git/worktrees/one");
	file("plain/.git/worktrees/one/HEAD", "ref: refs/heads/one\n");
	file("plain/.git/worktrees/one/commondir", "../..\n");
	folder("one");
	(void)snprintf(text, sizeof(text), "gitdir: %s/plain/.git/worktrees/one\n", top);
	file("one/.git", text);
	finds("one", "plain/.git/worktrees/one", "plain/.git", "in a linked worktree");

	folder("plain/sub");
	folder("plain/.git/modules");
	repository("plain/.git/modules/sub");
	file("plain/sub/.git", "gitdir: ../.git/modules/sub\n");
	finds("plain/sub", "plain/.git/modules/sub", "plain/.git/modules/sub", "in a submodule, whose path is relative");

	folder("unborn");
	repository("unborn/.git");
	if (unlink("unborn/.git/HEAD") != 0 || symlink("refs/heads/main", "unborn/.git/HEAD") != 0)
		bail_out("no link");
	finds("unborn", "unborn/.git", "unborn/.git", "with a HEAD that is a link to an unborn branch");

	folder("plain/fake");
	folder("plain/fake/.git");
	finds("plain/fake", "plain/.git", "plain/.git", "a folder that is merely called .git does not count");

	test_environment();

	folder("broken");
	file("broken/.git", "gitdir: \n");
	fails("broken", ERR_SYNTAX, "a .git file that names nothing");
	file("broken/.git", "hello");
	fails("broken", ERR_SYNTAX, "one that is something else");
	file("broken/.git", "gitdir: gone\n");
	fails("broken", ERR_NOT_FOUND, "and one that leads nowhere are failures");
	fails("/", ERR_NOT_FOUND, "outside any repository there is none");
	return done_testing();
}
