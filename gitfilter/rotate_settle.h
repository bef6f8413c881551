#ifndef GITFILTER_ROTATE_SETTLE_H
#define GITFILTER_ROTATE_SETTLE_H

#include <stdbool.h>

#include "base/error.h"
#include "gitfilter/worktree.h"

/*
 * The second half of rotate.h: the commit exists, and tree and index are still those of the commit before it.  Also the mark
 * "git-crypt/rotating" in the common git directory, which says that a rotation is not finished.
 */

/* Is there a mark for just this?  ERR_REFUSED when there is one for another pair of keys. */
int	settle_mark_check(const struct gitdir *dir, const char *old, const char *new, bool *marked, struct error *err) WARN_UNUSED;
int	settle_mark_set(const struct gitdir *dir, const char *old, const char *new, struct error *err) WARN_UNUSED;
int	settle_mark_remove(const struct gitdir *dir, struct error *err) WARN_UNUSED;

/*
 * settle_tree(tree, err):
 * Bring what HEAD changed against its first parent into the tree and the index, where they still have the parent's version.
 * Encrypted files stay as they are in the tree: their plaintext did not change.
 */
int	settle_tree(const struct worktree *tree, struct error *err) WARN_UNUSED;

#endif
