#ifndef YAMLMERGE_MERGE_TREE_H
#define YAMLMERGE_MERGE_TREE_H

#include "yamlmerge/merge.h"

/*
 * The tree of merge.h from inside: building and changing it.  For merge*.c and strvals*.c only.
 */

/* Maps of more members than this get an index. */
#define MERGE_LINEAR	16

struct merge_indexes;

/* A value without a key; kind, origin (of ${node}) and nothing else set. */
int	merge_tree_new(struct merged *merged, enum merge_kind kind, const struct layer *layer, const struct node *node,
	    struct merge_value **out, struct error *err) WARN_UNUSED;
/* Put a value behind the last child; a member's key, set before, must be new in its map. */
int	merge_tree_append(struct merged *merged, struct merge_value *into, struct merge_value *child, struct error *err) WARN_UNUSED;
/* Make ${slot} what ${value} is; its key and place stay, and it overrode what it was. */
int	merge_tree_assign(struct merged *merged, struct merge_value *slot, const struct merge_value *value, struct error *err) WARN_UNUSED;

/* A double as every YAML reader takes it for that number. */
int	merge_tree_float(struct merged *merged, double value, struct slice *out, struct error *err) WARN_UNUSED;
/* Lay a map over another by the rule of layers; ${from} is used up. */
int	merge_tree_fold(struct merged *merged, struct merge_value *into, struct merge_value *from, struct error *err) WARN_UNUSED;

/* Where a walk stands: each level points to the one above it on the C stack. */
struct merge_trail {
	const struct merge_trail	*up;		/* NULL: the root, which has neither key nor index */
	struct slice			 key;
	size_t				 index;
	bool				 is_index;
};
/* Append the dotted path. */
int	merge_trail_print(const struct merge_trail *trail, struct buf *out, struct error *err) WARN_UNUSED;

/* Add a remark about what stands at ${trail}. */
int	merge_tree_remark(struct merged *merged, struct merge_remarks *remarks, const struct merge_value *about,
	    const struct merge_trail *trail, struct error *err, const char *format, ...) PRINTF_LIKE(6, 7) WARN_UNUSED;

/*
 * merge_read(merged, layer, out, err):
 * The values of one layer, as Helm reads them, in a tree of their own (in ${merged}'s arena, warnings included);
 * an empty layer is an empty map.
 */
int	merge_read(struct merged *merged, const struct layer *layer, struct merge_value **out, struct error *err) WARN_UNUSED;

#endif
