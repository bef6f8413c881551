#ifndef GITFILTER_LOCK_H
#define GITFILTER_LOCK_H

#include <stdbool.h>

#include "base/error.h"
#include "gitfilter/checkout.h"
#include "gitfilter/keydir.h"
#include "gitfilter/worktree.h"

struct lock_options {
	bool	force;		/* edits of encrypted files are lost */
	bool	lose_key;	/* also when this clone has the only copy of the key */
	checkout_progress *progress_opt;
};

/*
 * lock_run(tree, names, options, err):
 * Put ciphertext into the encrypted files of these keys in every working tree of the repository, check each against its blob,
 * then remove the drivers, then the keys.  Stops at the first step that fails.  ERR_CONFLICT: a tree has changes (and no force);
 * ERR_REFUSED: the last copy of a key, or a file that cannot be judged.  A clone under guard keeps its filters.
 */
int	lock_run(const struct worktree *tree, const struct keydir_names *names, const struct lock_options *options,
	    struct error *err) WARN_UNUSED;

#endif
