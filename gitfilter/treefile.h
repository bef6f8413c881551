#ifndef GITFILTER_TREEFILE_H
#define GITFILTER_TREEFILE_H

#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"

/*
 * Small files of ours in the working tree, which comes with the repository: copies of a key for users,
 * attribute files.  Must run at the top of the tree.
 *
 * Written, the folders above are made as needed; none may be a symbolic link, which could lead out of the tree.  The new
 * file is written in the git directory and renamed, so that a run that is killed leaves nothing in the tree but whole files.
 */

/* A regular file of at most ${max} bytes, appended whole; a link or a device in its place is refused. */
int	treefile_read(const char *path, size_t max, struct buf *out, struct error *err) WARN_UNUSED;
/* ERR_REFUSED for a link or device on the way or in its place.  An existing file keeps its mode. */
int	treefile_write(const char *path, struct slice bytes, struct error *err) WARN_UNUSED;

#endif
