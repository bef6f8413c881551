#ifndef YAMLMERGE_YAML_COMMENT_H
#define YAMLMERGE_YAML_COMMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "yamlmerge/document.h"
#include "yamlmerge/yaml_gap.h"
#include "yamlmerge/yaml_tree.h"

/*
 * Where the comments of a YAML text go: into the map or list that sops puts them into (FORMAT.md, comments).  For yaml_parse.c
 * alone, which adds the nodes.  A comment finds its place when the next token is known; until then it waits in the gap.
 */

/* What stands behind the comments. */
struct next_token {
	enum gap_token	kind;
	uint32_t	column;
	bool		blank;		/* an empty line just above it */
};

/* Place the comments that wait before ${next}; those that belong into a block that begins there go on waiting for it. */
int	yaml_comment_before(struct yaml_tree *t, const struct next_token *next) WARN_UNUSED;
/* The comments that wait become the first children of what has just begun. */
int	yaml_comment_into(struct yaml_tree *t, struct open_node *in) WARN_UNUSED;
/* A node (a key of a map, a value or an element) has been placed in ${in}: are late comments due behind it? */
int	yaml_comment_late_check(struct yaml_tree *t, struct open_node *in, const struct node *node, bool key) WARN_UNUSED;
/* They are due, at the end of ${in}. */
int	yaml_comment_late_flush(struct yaml_tree *t, struct open_node *in, enum node_style style) WARN_UNUSED;
/* The comments that wait behind a root that is no block: a flow collection or a scalar. */
int	yaml_comment_root(struct yaml_tree *t) WARN_UNUSED;
/* Those behind the last document belong to it. */
int	yaml_comment_end(struct yaml_tree *t) WARN_UNUSED;

#endif
