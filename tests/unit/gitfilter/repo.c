#include "gitfilter/repo.h"

#include <string.h>

#include "gitfilter/gitcmd.h"
#include "tests/git.h"

#define ID_LEN	40

static char	id[ID_LEN + 1], empty[ID_LEN + 1], folder[ID_LEN + 1];

static void
ask(const char *line, char out[static ID_LEN + 1])
{
	FILE *from = popen(line, "r");

	if (from == NULL || fscanf(from, "%40s", out) != 1 || pclose(from) != 0)
		bail_out(line);
}

/* Whether the blob is read, and as it is. */
static void
reads(bool want, const char *claim)
{
	CLEANUP(repo_freep) struct repo	*repo = NULL;
	struct error			err = ERROR_INIT;
	struct slice			bytes;
	uint64_t			size;
	bool				got;

	if (repo_open(ID_LEN, &repo, &err) != 0)
		bail_out(err.text);
	got = repo != NULL && repo_blob(repo, slice_str(id), 100, &bytes, &size) && size == 6 && slice_eq(bytes, SLICE("a\nblob"));
	ok(got == want, "%s", claim);
}

static void
test_blobs(void)
{
	CLEANUP(repo_freep) struct repo	*repo = NULL;
	struct error			err = ERROR_INIT;
	struct slice			bytes;
	uint64_t			size;

	if (!succeeds(repo_open(ID_LEN, &repo, &err), err, "a repository") || !ok(repo != NULL, "is opened"))
		return;
	ok(repo_blob(repo, slice_str(empty), 0, &bytes, &size) && bytes.data != NULL && size == 0, "an empty blob");
	ok(repo_blob(repo, slice_str(id), 5, &bytes, &size) && bytes.data == NULL && size == 6, "of a larger one the size alone");
	ok(!repo_blob(repo, slice_str(folder), 100, &bytes, &size), "a folder is no blob");
	ok(!repo_blob(repo, SLICE("0123456789012345678901234567890123456789"), 100, &bytes, &size), "what is not here");
	ok(!repo_blob(repo, SLICE("012345678901234567890123456789012345678g"), 100, &bytes, &size), "no id");
	ok(!repo_blob(repo, SLICE("0123"), 100, &bytes, &size), "half an id");
}

static void
test_for_git(void)
{
	CLEANUP(repo_freep) struct repo	*repo = NULL;
	struct error			err = ERROR_INIT;

	succeeds(repo_open(64, &repo, &err), err, "ids of SHA-256");
	ok(repo == NULL, "are for git");
	(void)setenv("GIT_OBJECT_DIRECTORY", ".git/objects", 1);
	reads(false, "so are objects in a place of the caller's");
	(void)unsetenv("GIT_OBJECT_DIRECTORY");
	sh("mkdir -p .git/refs/replace");
	reads(false, "and replaced ones");
	sh("rmdir .git/refs/replace");
	reads(true, "else it reads");
	sh("f=$(find .git/objects -type f | grep $(git rev-parse HEAD:a | cut -c3-)) && cp $f kept && chmod +w $f && head -c 9 kept >$f");
	reads(false, "a damaged object is for git to complain of");
	sh("f=$(find .git/objects -type f | grep $(git rev-parse HEAD:a | cut -c3-)) && cat kept >$f && rm kept");
	if (chdir("/") != 0)
		bail_out("/");
	reads(false, "outside of a repository");
	if (chdir(git_folder) != 0 || chdir("repo") != 0)
		bail_out(git_folder);
}

int
main(void)
{
	git_begin();
	sh("printf 'a\nblob' >a && : >b && git add . && git commit -qm 1");
	ask("git rev-parse HEAD:a", id);
	ask("git rev-parse HEAD:b", empty);
	ask("git rev-parse HEAD:", folder);
	test_blobs();
	test_for_git();
	sh("git gc -q && test -z \"$(find .git/objects -path '*/[0-9a-f][0-9a-f]/*')\"");
	reads(true, "a packed one");
	sh("git clone -q -s . ../other && mv .git ../kept && mv ../other/.git . && mkdir -p ../repo && echo \"$PWD/../kept/objects\" >.git/objects/info/alternates");
	reads(true, "one that another repository lends");
	return done_testing();
}
