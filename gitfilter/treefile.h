#ifndef GITFILTER_TREEFILE_H
#define GITFILTER_TREEFILE_H

#include "base/error.h"
#include "base/slice.h"

/*
 * Write a small file of ours into the working tree: a copy of a key for a user, an attribute file.  Must run at the top of the tree.
 *
 * The folders above it are made as needed; none may be a symbolic link, which could lead out of the tree.  The new file is written in
 * the git directory and renamed, so that a run that is killed leaves nothing in the tree but whole files.
 */

/* ERR_REFUSED for a link or device on the way or in its place.  An existing file keeps its mode. */
int	treefile_write(const char *path, struct slice bytes, struct error *err) WARN_UNUSED;

#endif
