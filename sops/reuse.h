#ifndef SOPS_REUSE_H
#define SOPS_REUSE_H

#include <stdbool.h>

#include "base/error.h"
#include "base/slice.h"
#include "sops/value.h"

/*
 * The ciphertext that a file had before it was changed.  A value that is still at its path keeps its
 * container, and as long as its line is spelled as before, the very bytes of that line: a change of one
 * value is a change of one line.  The same plaintext under the same associated data and key may have the
 * same IV; nothing else ever may, so a container is only handed out for exactly what it was made of.
 *
 * Equal values at one path (the elements of a list share theirs) are handed out in the order in which they came.
 */
struct reuse;

struct reuse_entry {
	struct slice		 sealed;	/* the container */
	struct slice		 source;	/* the leaf's text in the encrypted file, with its quotes; empty: do not copy it */
	struct slice		 spelled;	/* what that text became in the plain file */
	bool			 flow;		/* it stood in a flow collection */
};

int	reuse_new(struct reuse **out, struct error *err) WARN_UNUSED;
void	reuse_free(struct reuse *reuse);
DEFINE_CLEANUP(struct reuse, reuse_free)

/*
 * Remember ${entry} under what it was made of.  Its ${sealed} and ${source} are borrowed from the document, which must
 * outlive the reuse; everything else is copied.
 */
int	reuse_add(struct reuse *reuse, enum value_type type, struct slice path, struct slice plain,
	    const struct reuse_entry *entry, struct error *err) WARN_UNUSED;
/* The next container of this plaintext at this path, in ${out}; NULL when there is none (any more). */
int	reuse_take(struct reuse *reuse, enum value_type type, struct slice path, struct slice plain,
	    const struct reuse_entry **out, struct error *err) WARN_UNUSED;

#endif
