#ifndef YAMLMERGE_YAML_EDIT_H
#define YAMLMERGE_YAML_EDIT_H

#include "base/error.h"
#include "base/slice.h"
#include "yamlmerge/document.h"
#include "yamlmerge/edit.h"
#include "yamlmerge/yaml_print.h"

/*
 * Edits of YAML nodes (edit.h has the bytes): source text that means what is asked, in the layout around it.
 * ${readers}: enum yaml_readers.  Each touches only the lines it must.  Do not edit a node twice, nor one inside another
 * that is replaced or removed.
 */

/*
 * yaml_edit_string(edits, doc, node, text, style, readers, err):
 * Give a scalar (or alias, or empty value) the string ${text}.  ${style}: node->style keeps the style (quotes; of a block
 * scalar header, comment, indentation and the blank lines behind it), which gives way to double quotes only when it cannot
 * carry the text there; STYLE_PLAIN on a node that is not plain, or any other style, asks for that style instead.  Plain
 * means: as the content asks, as sops prints it.  In a flow collection the result fits on the line.
 */
int	yaml_edit_string(struct edits *edits, const struct document *doc, const struct node *node, struct slice text,
	    enum node_style style, unsigned readers, struct error *err) WARN_UNUSED;
/* Give a scalar (or alias, or empty value) source text as it is, on one line: 42, null, "a\x5D"; quotes and blocks go. */
int	yaml_edit_source(struct edits *edits, const struct document *doc, const struct node *node, struct slice source,
	    struct error *err) WARN_UNUSED;
/*
 * Replace a node's value, whatever it is, by a copy of ${value}, which may belong to another document (or be made by hand,
 * see yaml_emit_node).  In block context in sops' layout, in a flow collection in flow style.  An alias whose target is
 * ${value} is expanded this way.  The node's tag and anchor go.
 */
int	yaml_edit_node(struct edits *edits, const struct document *doc, const struct node *node, const struct node *value,
	    unsigned readers, struct error *err) WARN_UNUSED;
/*
 * Add a member behind the last item (comments included) of a map, or an element to a list.  The container may be a block, flow
 * or empty one, or an empty or null scalar that becomes one; also the root of an empty document.
 */
int	yaml_edit_add_member(struct edits *edits, const struct document *doc, const struct node *map, struct slice key,
	    const struct node *value, unsigned readers, struct error *err) WARN_UNUSED;
int	yaml_edit_add_element(struct edits *edits, const struct document *doc, const struct node *list, const struct node *value,
	    unsigned readers, struct error *err) WARN_UNUSED;
/*
 * Insert whole lines, printed at column 0, at the very end of a YAML document, behind its comments: how the sops block gets in.
 * The root must be a block map or empty (ERR_TYPE: a flow map; use yaml_edit_add_member).  A text without a final line
 * break gets one, and then the document has none at its end again.
 */
int	yaml_edit_append(struct edits *edits, const struct document *doc, size_t root, struct slice lines,
    struct error *err) WARN_UNUSED;
/*
 * Remove a member or element: its key or dash, value, and the line break.  Comments stay; one that stood beside it gets a line of
 * its own.  A container that loses its last item becomes {} or [].
 */
int	yaml_edit_remove(struct edits *edits, const struct document *doc, const struct node *node, struct error *err) WARN_UNUSED;
/* Remove the written tag ("!!int ") or anchor ("&a ") of a node; nothing when it has none. */
int	yaml_edit_drop_tag(struct edits *edits, const struct document *doc, const struct node *node,
    struct error *err) WARN_UNUSED;
int	yaml_edit_drop_anchor(struct edits *edits, const struct document *doc, const struct node *node,
    struct error *err) WARN_UNUSED;

#endif
