#ifndef YAMLMERGE_EXPLAIN_H
#define YAMLMERGE_EXPLAIN_H

#include "base/error.h"
#include "base/slice.h"
#include "yamlmerge/merge.h"
#include "yamlmerge/path.h"

/*
 * Where each value of a merged tree comes from: the visitor gets every leaf (scalars, lists, empty maps) with its path;
 * value->layer, line and column say where it was set, value->overrode what it took the place of (merge.h).
 */
typedef int explain_visit(void *context, struct slice path, const struct merge_value *value, struct error *err);

/*
 * explain_leaves(merged, path, visit, context, err):
 * All leaves in and below ${path} (of no steps: all there are), in the order of the tree; a result other than 0 of the visitor
 * ends the walk with it.  ERR_NOT_FOUND: with what is there instead (a near name), or where it was removed, and by what.
 */
int	explain_leaves(const struct merged *merged, const struct path *path, explain_visit *visit, void *context,
	    struct error *err) WARN_UNUSED;

#endif
