#include "yamlmerge/json_edit.h"

#include "base/limits.h"
#include "yamlmerge/json_print.h"

/* --- layout ---------------------------------------------------------------------------------------------------------- */

/* The blanks that the line of this byte begins with. */
static struct slice
indent_at(const struct document *doc, size_t at)
{
	size_t start = at, end;

	while (start > 0 && doc->text.data[start - 1] != '\n')
		start--;
	for (end = start; end < at && (doc->text.data[end] == ' ' || doc->text.data[end] == '\t'); end++)
		;
	return slice_sub(doc->text, start, end);
}

/* What a level is indented by: as json_emitter has it.  Members of the root stand one level deep. */
static int
indent_of(const struct document *doc)
{
	const struct node	*first = doc->root[0]->child;
	struct slice		 blanks;

	if (first == NULL || first->item.start == 0)
		return -1;
	blanks = indent_at(doc, first->item.start);
	if (blanks.data + blanks.len != doc->text.data + first->item.start || blanks.len == 0 || blanks.data[0] == '\t')
		return -1;
	return blanks.len <= 8 ? (int)blanks.len : 8;
}

/* A value as it stands behind a line that begins with ${margin}. */
static int
print_value(const struct document *doc, const struct node *value, struct slice margin, struct buf *out, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_SECRET(LIMIT_DOCUMENT);
	struct json_emitter	 emitter = JSON_EMITTER(&text);
	struct slice		 rest, line;

	emitter.indent = indent_of(doc);
	if (json_emit_node(&emitter, value, doc->syntax->scalars, err) != 0)
		return (int)err->kind;
	rest = buf_slice(&text);
	for (bool first = true; rest.len > 0 && slice_split(&rest, '\n', &line); first = false)
		if ((!first && (buf_byte(out, '\n', err) != 0 || buf_append(out, margin, err) != 0)) || buf_append(out, line, err) != 0)
			return (int)err->kind;
	return 0;
}

static const struct node *
last_child(const struct node *container)
{
	const struct node *last = container->child;

	while (last != NULL && last->next != NULL)
		last = last->next;
	return last;
}

static const struct node *
child_before(const struct node *node)
{
	const struct node *before = NULL;

	for (const struct node *item = node->parent->child; item != node; item = item->next)
		before = item;
	return before;
}

/* The comma, line break and blanks that lead from the last item to the next: those that led to the last one. */
static int
print_separator(const struct document *doc, const struct node *container, const struct node *last, struct buf *out, struct error *err)
{
	const struct node *before = child_before(last);

	if (before != NULL)
		return buf_append(out, slice_sub(doc->text, before->span.end, last->item.start), err);
	if (buf_byte(out, ',', err) != 0)
		return (int)err->kind;
	if (container->span.start + 1 == last->item.start)
		return buf_byte(out, ' ', err);
	return buf_append(out, slice_sub(doc->text, container->span.start + 1, last->item.start), err);
}

/* What the lines of an item begin with: as its neighbour's, or one level deeper than the container. */
static int
item_margin(const struct document *doc, const struct node *container, const struct node *last, struct buf *out, struct error *err)
{
	int indent = indent_of(doc);

	if (last != NULL)
		return buf_append(out, indent_at(doc, last->item.start), err);
	if (buf_append(out, indent_at(doc, container->span.start), err) != 0)
		return (int)err->kind;
	return buf_repeat(out, indent < 0 ? '\t' : ' ', indent < 0 ? 1 : (size_t)indent, err);
}

static int
print_line(struct slice margin, struct buf *out, struct error *err)
{
	return buf_byte(out, '\n', err) != 0 ? (int)err->kind : buf_append(out, margin, err);
}

/* --- edits ----------------------------------------------------------------------------------------------------------- */

static int
json_value(struct edits *edits, const struct document *doc, const struct node *node, const struct node *value, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_SECRET(LIMIT_DOCUMENT);

	if (print_value(doc, value, indent_at(doc, node->span.start), &text, err) != 0)
		return (int)err->kind;
	return edits_replace(edits, node, buf_slice(&text), err);
}

/* Behind the last item, or as the only one.  Without a key it is an element. */
static int
add(struct edits *edits, const struct document *doc, const struct node *container, const struct slice *key_opt,
    const struct node *value, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_SECRET(LIMIT_DOCUMENT), margin = BUF(LIMIT_DOCUMENT);
	const struct node	*last = last_child(container);
	struct span		 at;

	if (item_margin(doc, container, last, &margin, err) != 0 ||
	    (last != NULL ? print_separator(doc, container, last, &text, err) : print_line(buf_slice(&margin), &text, err)) != 0)
		return (int)err->kind;
	if (key_opt != NULL && (json_print_string(*key_opt, &text, err) != 0 ||
	    buf_append(&text, last != NULL ? slice_sub(doc->text, last->key->span.end, last->span.start) : SLICE(": "), err) != 0))
		return (int)err->kind;
	if (print_value(doc, value, buf_slice(&margin), &text, err) != 0 ||
	    (last == NULL && print_line(indent_at(doc, container->span.start), &text, err) != 0))
		return (int)err->kind;
	at = last != NULL ? (struct span){ last->span.end, last->span.end } :
	    (struct span){ container->span.start + 1, container->span.end - 1 };
	return edits_splice(edits, at, buf_slice(&text), err);
}

static int
json_add_member(struct edits *edits, const struct document *doc, const struct node *map, struct slice key,
    const struct node *value, struct error *err)
{
	return add(edits, doc, map, &key, value, err);
}

static int
json_add_element(struct edits *edits, const struct document *doc, const struct node *list, const struct node *value,
    struct error *err)
{
	return add(edits, doc, list, NULL, value, err);
}

/* The item, and the comma (with what surrounds it) that ties it to its neighbour. */
static int
json_remove(struct edits *edits, const struct document *doc UNUSED, const struct node *node, struct error *err)
{
	const struct node	*before = child_before(node);
	struct span		 at;

	if (before != NULL)
		at = (struct span){ before->span.end, node->span.end };
	else if (node->next != NULL)
		at = (struct span){ node->item.start, node->next->item.start };
	else
		at = (struct span){ node->parent->span.start + 1, node->parent->span.end - 1 };
	return edits_splice(edits, at, SLICE_NONE, err);
}

const struct syntax_edits json_node_edits = {
	.value = json_value, .add_member = json_add_member, .add_element = json_add_element, .remove = json_remove,
};
