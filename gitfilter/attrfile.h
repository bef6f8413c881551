#ifndef GITFILTER_ATTRFILE_H
#define GITFILTER_ATTRFILE_H

#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"

/*
 * The text of a .gitattributes file, for the one change that we make in it.  What a file means is asked of git (attributes.h).
 */

/*
 * attrfile_rename_driver(text, old, new, out, changed, err):
 * Append ${text} to ${out} with "filter=", "diff=" and "merge=" of the driver ${old} naming ${new}; macro definitions too.  All
 * other bytes stay: patterns, quoted or not, comments, blanks, line ends.  ${changed} counts the places.
 */
int	attrfile_rename_driver(struct slice text, const char *old, const char *new, struct buf *out, size_t *changed,
	    struct error *err) WARN_UNUSED;

#endif
