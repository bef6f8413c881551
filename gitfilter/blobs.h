#ifndef GITFILTER_BLOBS_H
#define GITFILTER_BLOBS_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/slice.h"

/*
 * The contents of many blobs, as they are stored: loose, packed, SHA-256 and partial clones alike, read here where that is safe
 * (repo.h) and else by git, in batches of bounded size.  They come in the order asked for.
 */

/*
 * Called for each.  ${bytes} is valid during the call; its data is NULL when the object is missing or larger than
 * BLOBS_SIZE_MAX (${size} tells).  A result other than 0 ends the visit with it.
 */
typedef int blobs_visit(void *context, size_t index, struct slice bytes, uint64_t size, struct error *err);

#define BLOBS_SIZE_MAX	((size_t)512 * 1024 * 1024)

/* ${ids}: ${count} object names in hexadecimal. */
int	blobs_each(const struct slice *ids, size_t count, blobs_visit *visit, void *context, struct error *err) WARN_UNUSED;

#endif
