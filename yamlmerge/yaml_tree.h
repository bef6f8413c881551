#ifndef YAMLMERGE_YAML_TREE_H
#define YAMLMERGE_YAML_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "yamlmerge/document.h"
#include "yamlmerge/yaml_gap.h"

/*
 * A tree that is being built: the maps and lists around the place that is read, and those that have ended since the last token,
 * because a comment may still belong to them.  For yaml_parse.c and yaml_comment.c.
 */

/* A map or list that is being read, or was ended by the token that comes next. */
struct open_node {
	struct node	 *node;
	struct node	**tail;		/* where the next child is linked */
	struct node	**last;		/* the link that holds the last item; NULL before the first */
	struct node	 *key;		/* read, its value not yet */
	bool		  late;		/* comments wait for its next item to end */
};

struct yaml_tree {
	struct document		*doc;
	struct error		*err;
	struct gap		 gap;
	struct open_node	*open;			/* maps and lists around here, outermost first */
	size_t			 depth, open_capacity;
	struct open_node	*ended;			/* those that the next token has ended, innermost first */
	size_t			 ended_count;
	struct open_node	 closed;		/* the flow collection just closed */
	struct open_node	 root;			/* that of the document just ended */
	bool			 empty;			/* the last value was an empty one */
	struct gap_comment	*late;			/* comments that sops finds behind the first thing in the next element */
	size_t			 late_count, late_capacity;
	bool			 late_held;		/* an open map waits for its member to end */
};

/* The innermost, or NULL. */
struct open_node *yaml_tree_top(struct yaml_tree *t);
/* Begin a map or list.  ERR_LIMIT (depth), ERR_MEMORY. */
int	yaml_tree_push(struct yaml_tree *t, struct node *node) WARN_UNUSED;
/* Add the last child; an item or a comment. */
void	yaml_tree_append(struct open_node *in, struct node *child);
void	yaml_tree_release(struct yaml_tree *t);

#endif
