#ifndef YAMLMERGE_NODE_EDIT_H
#define YAMLMERGE_NODE_EDIT_H

#include "base/error.h"
#include "base/slice.h"
#include "yamlmerge/document.h"
#include "yamlmerge/edit.h"

/*
 * Edits of values in whatever text format the document is, in the layout around them and in the words of sops: what
 * yaml_edit.h does for YAML, json_edit.h for JSON, and dotenv.h and ini.h for theirs.  Do not edit a node twice, nor one inside
 * another that is replaced or removed.
 */

/* Replace a node's value, whatever it is, by a copy of ${value}, which may belong to another document.  ERR_TYPE: the format cannot hold it. */
int	node_edit_value(struct edits *edits, const struct document *doc, const struct node *node, const struct node *value,
	    struct error *err) WARN_UNUSED;
/* Add a member behind the last one of a map; an element to a list.  In YAML the container may be an empty or null scalar. */
int	node_edit_add_member(struct edits *edits, const struct document *doc, const struct node *map, struct slice key,
	    const struct node *value, struct error *err) WARN_UNUSED;
int	node_edit_add_element(struct edits *edits, const struct document *doc, const struct node *list, const struct node *value,
	    struct error *err) WARN_UNUSED;
/* Remove a member or element; comments stay. */
int	node_edit_remove(struct edits *edits, const struct document *doc, const struct node *node, struct error *err) WARN_UNUSED;

/* One row a text format.  Without lists or maps below the top, add_element is not there. */
struct syntax_edits {
	int	(*value)(struct edits *edits, const struct document *doc, const struct node *node, const struct node *value,
		    struct error *err);
	int	(*add_member)(struct edits *edits, const struct document *doc, const struct node *map, struct slice key,
		    const struct node *value, struct error *err);
	int	(*add_element)(struct edits *edits, const struct document *doc, const struct node *list, const struct node *value,
		    struct error *err);
	int	(*remove)(struct edits *edits, const struct document *doc, const struct node *node, struct error *err);
};
extern const struct syntax_edits yaml_node_edits;

#endif
