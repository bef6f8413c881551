#ifndef GITFILTER_GUARD_H
#define GITFILTER_GUARD_H

#include <stdbool.h>

#include "base/error.h"
#include "base/slice.h"
#include "gitfilter/gitdir.h"

/*
 * A clone that is meant to have no key: its filters let ciphertext through and stop plaintext.  The mark
 * "git-crypt/guard" in the common git directory says so.
 */
bool	guard_is_on(const struct gitdir *dir);
/* Sets or removes the mark; neither is a failure when there is nothing to change. */
int	guard_set(const struct gitdir *dir, bool on, struct error *err) WARN_UNUSED;

/*
 * guard_allows(path, plaintext, allowed, err):
 * Is this plaintext identical to the blob that the index has for ${path}?  Then nothing new leaks, and git's own
 * commands go on working on a path that was once committed in the clear.  Asks git; only for this rare case.
 */
int	guard_allows(struct slice path, struct slice plaintext, bool *allowed, struct error *err) WARN_UNUSED;

#endif
