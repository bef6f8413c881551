#ifndef YAMLMERGE_DIFF_H
#define YAMLMERGE_DIFF_H

#include <stdbool.h>

#include "base/error.h"
#include "base/slice.h"
#include "yamlmerge/merge.h"

/*
 * What differs between two resolved trees: leaf by leaf, by value and never by text.  A list is one value, as it is to Helm.
 */
enum diff_change { DIFF_CHANGED, DIFF_ADDED, DIFF_REMOVED, DIFF_SAME };

struct diff_item {
	enum diff_change	  change;
	struct slice		  path;		/* dotted; valid during the call */
	const struct merge_value *old, *new;	/* NULL: not there */
	bool			  secret;	/* either side comes from a secret layer: say only that it differs */
};

/* A result other than 0 ends the comparison with it. */
typedef int diff_visit(void *context, const struct diff_item *item, struct error *err);

/*
 * diff_trees(old, new, visit, context, err):
 * Visit what differs, in the order of ${old}, what is new in its map last; and secrets that are the same, for that is worth knowing.
 * A map on one side alone is visited leaf by leaf, as added or removed; an empty map is a leaf.  Either tree may be NULL: nothing.
 */
int	diff_trees(const struct merge_value *old, const struct merge_value *new, diff_visit *visit, void *context,
	    struct error *err) WARN_UNUSED;
/* Do both mean the same to Helm?  Numbers are compared as doubles, maps without order. */
bool	diff_same(const struct merge_value *a, const struct merge_value *b);
/* Does anything in or below the value come from a secret layer? */
bool	diff_is_secret(const struct merge_value *value);

#endif
