#ifndef GITFILTER_MERGE_H
#define GITFILTER_MERGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "gitfilter/keyring.h"

/*
 * git's merge driver: three temporary files hold ciphertext, the merge happens in memory, and the result is ciphertext again,
 * also when it has conflict markers.  git then smudges it into the tree.  No plaintext touches a disk.
 */
struct merge_files {
	const char	*base, *ours, *theirs;	/* %O, %A, %B: paths */
	int64_t		 marker_size;		/* %L */
};

/*
 * merge_run(files, dir, ring, name, conflict, err):
 * Each version is opened with whichever key of ${ring} fits, so that branches from before a change of keys merge; a version
 * that is not encrypted is taken as it is.  The result goes to ${files}->ours, sealed with the key ${name}.
 * ${conflict}: it has markers.  After any failure that file is what it was: ERR_NO_KEY, ERR_TYPE (a version is
 * binary: there is nothing to merge line by line), ERR_LIMIT.
 */
int	merge_run(const struct merge_files *files, struct keyring *ring, const char *name, bool *conflict,
	    struct error *err) WARN_UNUSED;

#endif
