#include "gitfilter/worktree.h"

#include "tests/git.h"

static char	base[GITDIR_PATH_MAX];

static void
is_below(const char *path, const char *want, const char *claim)
{
	char full[2 * GITDIR_PATH_MAX];

	(void)snprintf(full, sizeof(full), "%s%s", base, want);
	is_str(path, full, claim);
}

static void
go(const char *folder)
{
	char full[2 * GITDIR_PATH_MAX];

	(void)unsetenv("GIT_DIR");
	(void)unsetenv("GIT_WORK_TREE");
	(void)snprintf(full, sizeof(full), "%s/%s", base, folder);
	if (chdir(full) != 0)
		bail_out(full);
}

/* All trees from ${folder}: how many, and the place of the second. */
static void
lists(const char *folder, size_t count, const char *second, const char *claim)
{
	CLEANUP(worktrees_release) struct worktrees	trees = { NULL, 0 };
	struct error					err = ERROR_INIT;
	struct worktree					tree;
	char						prefix[GITDIR_PATH_MAX];

	go(folder);
	if (!succeeds(worktree_find(&tree, prefix, &err), err, claim) ||
	    !succeeds(worktree_list(&tree, &trees, &err), err, "  with its trees"))
		return;
	if (is_int(trees.count, count, "  so many") && count > 1)
		is_below(trees.tree[1].top, second, "  the other one");
}

int
main(void)
{
	struct error	err = ERROR_INIT;
	struct worktree	tree;
	char		prefix[GITDIR_PATH_MAX];

	git_begin();
	if (chdir("..") != 0 || getcwd(base, sizeof(base)) == NULL)
		bail_out("no folder");
	sh("cd repo && mkdir -p a/b && echo x >a/b/c && git add . && git commit -qm 1 && git worktree add -q ../linked >/dev/null 2>&1 && git init -q --bare ../bare");

	is_int(worktree_find(&tree, prefix, &err), ERR_CHILD, "no repository");
	err_reset(&err);
	go("bare");
	is_int(worktree_find(&tree, prefix, &err), ERR_CHILD, "a bare one has no tree");
	err_reset(&err);
	go("repo/a/b");
	succeeds(worktree_find(&tree, prefix, &err), err, "from a folder below");
	is_below(tree.top, "/repo", "the top is found");
	is_str(prefix, "a/b/", "and the way down");
	is_str(tree.dir.git, tree.dir.common, "the main tree has the common directory");
	succeeds(worktree_enter(&tree, &err), err, "entering it");
	is_str(getenv("GIT_WORK_TREE"), tree.top, "tells git");

	lists("repo", 2, "/linked", "the main tree");
	lists("linked", 2, "/repo", "the linked tree");
	sh("cd ../repo && git config core.bare true");
	lists("linked", 1, NULL, "beside a bare repository there is no main tree");
	go("repo");
	sh("git config core.bare false && rm -rf ../linked");
	lists("repo", 1, NULL, "a linked tree that was removed");

	go("");
	sh("git clone -q --separate-git-dir=sep.git repo sep && git --git-dir=sep.git config --unset core.worktree; git -C sep worktree add -q ../of-sep >/dev/null 2>&1");
	lists("sep", 2, "/of-sep", "a separate git directory");
	go("of-sep");
	succeeds(worktree_find(&tree, prefix, &err), err, "from its linked tree");
	{
		CLEANUP(worktrees_release) struct worktrees trees = { NULL, 0 };

		is_int(worktree_list(&tree, &trees, &err), ERR_REFUSED, "the main one cannot be located");
	}
	err_reset(&err);
	sh("git --git-dir=../sep.git config core.worktree ../sep");
	lists("of-sep", 2, "/sep", "but with core.worktree it can");
	go("repo");
	sh("mkdir 'x\ny' && git init -q 'x\ny/in'");
	go("repo/x\ny/in");
	is_int(worktree_find(&tree, prefix, &err), ERR_UNSUPPORTED, "a line break in the path is refused, not misread");
	return done_testing();
}
