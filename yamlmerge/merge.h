#ifndef YAMLMERGE_MERGE_H
#define YAMLMERGE_MERGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/slice.h"
#include "yamlmerge/chart.h"
#include "yamlmerge/layer.h"

/*
 * Layers folded into one tree of values, by Helm's rules (FORMAT.md, merging): map over map is merged key by key, anything
 * else replaces, null included, and a null stays.  The tree keeps the order in which keys first appeared and, for
 * every value, its origin: the layer, line and column that set it, the node there, and what it took the place of.
 *
 *	CLEANUP(merged_release) struct merged merged = MERGED;
 *	merge_layer(&merged, common, err); merge_layer(&merged, env, err);
 *	merge_over_chart(&merged, chart_values, chart, err);
 *	merge_print(&merged, &out, err);
 *
 * Strings point into the layers, which must outlive the tree.
 */
enum merge_kind {
	MERGE_NULL,
	MERGE_BOOL,
	MERGE_NUMBER,
	MERGE_STRING,
	MERGE_LIST,
	MERGE_MAP,
};

struct merge_value {
	enum merge_kind		 kind : 8;
	uint8_t			 key_type;	/* how the layer wrote the key: enum merge_key_type */
	bool			 by_merge_key;	/* came in through "<<" */
	bool			 placed;	/* merge_over_chart()'s own mark */
	bool			 boolean;
	struct slice		 key;		/* in a map */
	struct slice		 text;		/* of a string; of a number as it is printed: integers with all their digits */
	double			 number;	/* as Helm's templates get it */
	/*
	 * The origin: of a map that several layers add to, the lowest.  A scalar's position is its own, that of a map or list
	 * in a map is its key's.  ${node} is the item as the layer has it (an alias is not followed), with node->key in a map; NULL
	 * for what --set gave, whose layer is a LAYER_SET: there the line counts arguments and the column bytes.
	 */
	const struct layer	*layer;
	const struct node	*node;
	uint32_t		 line, column;
	/*
	 * What stood here before, children and all, newest first: a value of a lower layer, of the chart, or an earlier one of a duplicate
	 * key; NULL: nothing did.  Map over map is no replacement.
	 */
	struct merge_value	*overrode;
	uint32_t		 count;		/* of children */
	struct merge_value	*child, *last, *next;
	struct key_index	*index;		/* of a large map, or NULL */
};

enum merge_key_type { MERGE_KEY_STRING, MERGE_KEY_BOOL, MERGE_KEY_INT, MERGE_KEY_FLOAT };

/* Something that the user should know, and where. */
struct merge_remark {
	struct merge_remark	*next;
	const struct layer	*layer;		/* or NULL */
	uint32_t		 line, column;
	struct slice		 path;		/* dotted; empty: about the file or the line */
	struct slice		 text;		/* a sentence for people */
};

struct merge_remarks {
	struct merge_remark	*first, **end;
};

struct merged {
	struct merge_value	*root;		/* a map; NULL before the first layer */
	struct merge_remarks	 warnings;	/* duplicate keys, integers beyond 2^53, ... in reading order */
	struct merge_remarks	 left;		/* keys of the chart's values that merge_over_chart() left to Helm, and why */
	struct merge_indexes	*indexes;
	struct arena		 arena;
};

#define MERGED	((struct merged){ .root = NULL, .arena = ARENA_SECRET(LIMIT_MERGED) })

/*
 * merge_layer(into, layer, err):
 * Lay one more user layer over what is there.  On failure the tree is unusable.  ERR_SYNTAX and ERR_TYPE (a tag, key or merge
 * key that Helm refuses), ERR_RANGE (.inf, .nan), ERR_CONFLICT (two keys of one map that become the same string), ERR_LIMIT
 * (depth, alias expansion), each with file, line and column.
 */
int	merge_layer(struct merged *into, const struct layer *layer, struct error *err) WARN_UNUSED;
/*
 * merge_over_chart(user, chart, names, err):
 * Lay the finished fold over the values of the chart: the "full" form of hubmerge 1.5.  Keys of the chart that Helm must supply
 * itself are left out and listed in user->left.  ${names} says which keys belong to subcharts (NULL: none do).  Errors as above, and
 * ERR_TYPE for a value at the name of a subchart that is no map.
 */
int	merge_over_chart(struct merged *user, const struct layer *chart, const struct chart *names, struct error *err) WARN_UNUSED;
/*
 * The nulls of the fold that remove a map of the chart's values, as remarks behind those in ${out}, which live in ${user}'s
 * arena.  To be called before merge_over_chart().
 */
int	merge_removed(struct merged *user, const struct layer *chart, struct merge_remarks *out, struct error *err) WARN_UNUSED;
/* ERR_ENCRYPTED, with its origin, when a value ENC[...] or a top-level "sops" is left. */
int	merge_check_clear(const struct merged *merged, struct error *err) WARN_UNUSED;
/*
 * Append the tree as one YAML document which Helm, of either version, reads back to exactly these values; no line begins
 * with "---".  ${out} is a BUF_SECRET.
 */
int	merge_print(const struct merged *merged, struct buf *out, struct error *err) WARN_UNUSED;
/* The same with a comment at each leaf that says which line of which layer set it: "deployments/x/config/staging.yaml:12". */
int	merge_print_annotated(const struct merged *merged, struct buf *out, struct error *err) WARN_UNUSED;
/* Add a remark about a layer (NULL: about the whole) or one of its lines (0: none). */
int	merge_remark(struct merged *merged, struct merge_remarks *to, const struct layer *layer_opt, uint32_t line, const char *text,
	    struct error *err) WARN_UNUSED;
/* A member of a map by key, or NULL. */
struct merge_value *merge_member(const struct merge_value *map, struct slice key);
void	merged_release(struct merged *merged);

#endif
