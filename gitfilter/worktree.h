#ifndef GITFILTER_WORKTREE_H
#define GITFILTER_WORKTREE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "gitfilter/gitdir.h"

/*
 * The working trees of a repository: the one that the user stands in, the main one, linked ones.  They share keys and
 * configuration, so what takes those away must visit all of them.
 */
struct worktree {
	char		top[GITDIR_PATH_MAX];	/* absolute */
	struct gitdir	dir;
};

struct worktrees {
	struct worktree	*tree;
	size_t		 count;
};

/*
 * The tree that the working directory is in, as git sees it.  ERR_NOT_FOUND outside a repository and in a bare one.  ${prefix_opt}
 * gets the working directory relative to the top, "" or ending in a slash.
 */
int	worktree_find(struct worktree *out, char prefix_opt[static GITDIR_PATH_MAX], struct error *err) WARN_UNUSED;
/*
 * Stand at the top of a tree: every git command and relative path is about it from now on, whatever GIT_DIR and its kin said
 * before.
 */
int	worktree_enter(const struct worktree *tree, struct error *err) WARN_UNUSED;
/*
 * All trees of the repository of ${current}, which comes first.  A linked tree whose directory is gone is left out.
 * ERR_REFUSED when a tree cannot be located: the main one, seen from a linked one, when its git directory lies elsewhere.
 */
int	worktree_list(const struct worktree *current, struct worktrees *out, struct error *err) WARN_UNUSED;
void	worktrees_release(struct worktrees *trees);

#endif
