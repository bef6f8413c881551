#ifndef GITFILTER_ROTATE_H
#define GITFILTER_ROTATE_H

#include <stddef.h>

#include "base/error.h"
#include "base/slice.h"
#include "gitfilter/driver.h"
#include "gitfilter/users.h"
#include "gitfilter/worktree.h"

/*
 * Replace a key by a new one under another name, in one commit: the attributes name the new driver, every file
 * is encrypted again, every user of the old key gets a copy of the new one.  A new name and not a new key under
 * the old one, because attributes come with each commit: older commits go on opening with the old key, which
 * stays, and other clones can pull (FORMAT.md 4).
 *
 * The commit is made in an index of its own, so the tree and the user's index change only after it exists.  The mark
 * "git-crypt/rotating" in the git directory names the new key from the beginning to the end: a run that was killed is
 * taken up by the next one with the same name, wherever it stopped.
 */
struct rotate_report {
	size_t		files;		/* encrypted again */
	size_t		unencrypted;	/* of these, stored in plaintext until now */
	struct users	users;		/* who has a copy of the new key */
};

/* ${text}: what is being done, for people. */
typedef void rotate_progress(const char *text);

/*
 * rotate_run(tree, old, new, program, progress, report, err):
 * At the top of ${tree}.  ERR_CONFLICT (changes in the tree), ERR_EXISTS (the name is taken), ERR_NO_KEY (this clone lacks the
 * old key), ERR_TAMPERED (a file does not open), ERR_REFUSED (a path would keep the old driver: a macro
 * elsewhere, info/attributes; or a user's key cannot be used): then nothing has changed but that the new key may exist, unused.
 */
int	rotate_run(const struct worktree *tree, const char *old, const char *new, const struct driver_program *program,
	    rotate_progress *progress_opt, struct rotate_report *report, struct error *err) WARN_UNUSED;
void	rotate_report_release(struct rotate_report *report);

#endif
