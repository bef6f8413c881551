#ifndef SOPS_UNTOUCHED_H
#define SOPS_UNTOUCHED_H

#include <stdbool.h>

#include "base/error.h"
#include "yamlmerge/document.h"
#include "yamlmerge/path.h"

/*
 * Is a plain text, after one value of it was set or removed, what was meant?  Both trees are walked side by side: keys, kinds, texts,
 * spelling, tags and the order of comments are the same everywhere but at the place, and there stands the new value.
 * Aliases count as what they stand for, so that one may have been written out.  Linear in the larger text.
 */
struct change_meant {
	const struct path	*path;		/* in the first document; an index behind the end of a list means its next element */
	const struct document	*value_opt;	/* what was set there, a tree of JSON; NULL: the item was removed */
};

/*
 * untouched_check(before, after, meant, err):
 * ERR_INTERNAL, with the position in ${before}, when anything else has changed or the value is another; ERR_LIMIT (depth, nodes reached
 * through aliases).
 */
int	untouched_check(const struct document *before, const struct document *after, const struct change_meant *meant,
	    struct error *err) WARN_UNUSED;

#endif
