#ifndef BASE_LINEMERGE_H
#define BASE_LINEMERGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"

/*
 * Three versions of a text merged line by line, as git does it: by running "git merge-file" on files in memory, so that no
 * plaintext touches a disk.  It knows merge.conflictStyle and starts in a millisecond; loading libgit2 to do the same takes five.
 */
struct linemerge {
	struct slice	 base, ours, theirs;
	int64_t		 marker_size;		/* 0: 7 characters */
};

/*
 * linemerge_run(versions, out, conflict, err):
 * Append the merged text to ${out}; where both sides changed the same lines it has conflict markers, and ${conflict} is set.
 * ERR_NOT_FOUND (no git), ERR_CHILD, ERR_SYSTEM, ERR_LIMIT.
 */
int	linemerge_run(const struct linemerge *versions, struct buf *out, bool *conflict, struct error *err) WARN_UNUSED;

#endif
