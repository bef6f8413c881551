#ifndef GITFILTER_UNLOCK_H
#define GITFILTER_UNLOCK_H

#include "base/error.h"
#include "gitfilter/checkout.h"
#include "gitfilter/driver.h"
#include "gitfilter/keyring.h"
#include "gitfilter/worktree.h"

/* What unlock found, for the caller to tell. */
struct unlock_report {
	size_t	converted;
	size_t	unencrypted;	/* files that should be encrypted, whose blobs are not */
	size_t	twice;		/* encrypted twice; left alone */
	char	first_twice[512];	/* the first of them */
	size_t	edited;		/* assume-unchanged files that are edited; left alone */
	size_t	missing;	/* blobs that this clone does not have, or that are too large to hold */
};

/*
 * unlock_run(tree, keys, program, progress_opt, report, err):
 * Install ${keys} in the clone of ${tree}, set up their drivers and decrypt the tree's files.  All blobs of each key are opened
 * in memory first: when none opens the key is wrong (ERR_NO_KEY), when some do not they are damaged (ERR_TAMPERED, all named in
 * the hint's place by ${err}); ERR_REFUSED for attributes that would damage ciphertext, and for a tree with changes
 * (ERR_CONFLICT).  After any failure the clone is what it was.  Must be called at the top of the tree.
 */
int	unlock_run(const struct worktree *tree, struct keyring *keys, const struct driver_program *program,
	    checkout_progress *progress_opt, struct unlock_report *report, struct error *err) WARN_UNUSED;

/*
 * unlock_refresh(tree, program, progress_opt, report, err):
 * Write the configuration of every installed key again and decrypt files that are still ciphertext: in a linked worktree, after
 * git-crypt's own unlock, or after a change of programs.
 */
int	unlock_refresh(const struct worktree *tree, const struct driver_program *program, checkout_progress *progress_opt,
	    struct unlock_report *report, struct error *err) WARN_UNUSED;

#endif
