#ifndef GITFILTER_STATUS_H
#define GITFILTER_STATUS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/slice.h"

/*
 * Every regular file of a tree, tracked or not, with what its attributes demand and what the index holds.
 */
struct status_file {
	struct slice	path;		/* relative to the top, NUL behind it */
	struct slice	id;		/* of the index blob; empty: not tracked */
	struct slice	driver;		/* of a file that is to be encrypted: "git-crypt", "git-crypt-NAME"; else empty */
	bool		diff_unset;	/* the diff attribute is not the driver's */
	bool		plaintext;	/* tracked, to be encrypted, and the index blob is not */
};

struct status {
	struct status_file	*files;		/* untracked first, then as the index sorts them */
	size_t			 count, capacity;
	struct arena		 arena;
};
#define STATUS	((struct status){ .arena = ARENA(1024 * MIB) })

/*
 * At the top of the tree.  ${patterns}: pathspecs of git's, seen from ${prefix} (the user's directory, "" or ending in a
 * slash); none means everything.  ${look_at_blobs}: fill in .plaintext.
 */
int	status_list(const char *prefix, const char *const *patterns, size_t count, bool look_at_blobs, struct status *out,
	    struct error *err) WARN_UNUSED;
void	status_release(struct status *status);

#endif
