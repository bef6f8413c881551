#include "yamlmerge/yaml_around.h"

#include "yamlmerge/yaml_text.h"

bool
around_in_flow(const struct node *node)
{
	return node->parent != NULL && node->parent->style == STYLE_FLOW;
}

bool
around_is_collection(const struct node *node)
{
	return node->kind == NODE_MAP || node->kind == NODE_LIST;
}

bool
around_is_block_scalar(const struct node *node)
{
	return node->kind == NODE_SCALAR && (node->style == STYLE_LITERAL || node->style == STYLE_FOLDED);
}

bool
around_is_empty_scalar(const struct node *node)
{
	return node->kind == NODE_SCALAR && node->span.start == node->span.end;
}

bool
around_begins_line(const struct document *doc, size_t at)
{
	return at == 0 || doc->text.data[at - 1] == '\n' || doc->text.data[at - 1] == '\r' || (at == 3 && doc->facts.bom);
}

/* The first byte of the line that ${at} is in. */
size_t
around_line_start(const struct document *doc, size_t at)
{
	while (!around_begins_line(doc, at))
		at--;
	return at;
}

/* The line break, or the end of the text, at or after ${at}. */
size_t
around_line_end(const struct document *doc, size_t at)
{
	while (at < doc->text.len && yaml_text_break(doc->text, at) == 0)
		at++;
	return at;
}

size_t
around_next_line(const struct document *doc, size_t at)
{
	at = around_line_end(doc, at);
	return at + yaml_text_break(doc->text, at);
}

size_t
around_skip_blanks(const struct document *doc, size_t at)
{
	while (at < doc->text.len && (doc->text.data[at] == ' ' || doc->text.data[at] == '\t'))
		at++;
	return at;
}

bool
around_only_blanks(const struct document *doc, size_t from, size_t to)
{
	return around_skip_blanks(doc, from) >= to;
}

/* Over blanks, line breaks and comments. */
size_t
around_skip_gap(const struct document *doc, size_t at)
{
	size_t width;

	for (;;) {
		at = around_skip_blanks(doc, at);
		if (at < doc->text.len && doc->text.data[at] == '#')
			at = around_line_end(doc, at);
		if ((width = yaml_text_break(doc->text, at)) == 0)
			return at;
		at += width;
	}
}

/* Blanks before the first character of ${text} that is no blank, on its line; SIZE_MAX when there is none. */
static size_t
first_indent(struct slice text)
{
	size_t start = 0;

	for (size_t at = 0; at < text.len; at++) {
		if (text.data[at] == '\n')
			start = at + 1;
		else if (text.data[at] != ' ' && text.data[at] != '\r')
			return at - start;
	}
	return SIZE_MAX;
}

/* The indentation of a block scalar, which the first line of text in both spellings tells; SIZE_MAX when there is no text. */
static size_t
block_indent(struct slice source, struct slice text)
{
	size_t a = first_indent(source), b = first_indent(text), line;

	if (a != SIZE_MAX && b != SIZE_MAX)
		return a > b ? a - b : 0;
	/* Nothing but blanks: a line of theirs stands in a line of its own. */
	for (; text.len != 0 && source.len != 0; text = slice_from(text, b + 1), source = slice_from(source, line + 1)) {
		b = slice_find(text, '\n', 0);
		line = slice_find(source, '\n', 0);
		if (b != 0)
			return line > b ? line - b - (source.data[line - 1] == '\r') : 0;
	}
	return SIZE_MAX;
}

/* A line of blanks is text when it goes beyond the indentation. */
static size_t
block_end(const struct document *doc, const struct node *node)
{
	size_t end = node->span.end, column = block_indent(slice_sub(doc->text, node->body, end), node->text), line, text;

	while (end > node->body) {
		text = end;
		if (text > node->body && doc->text.data[text - 1] == '\n')
			text--;
		if (text > node->body && doc->text.data[text - 1] == '\r')
			text--;
		for (line = text; line > node->body && doc->text.data[line - 1] == ' ';)
			line--;
		if (line > node->body && doc->text.data[line - 1] != '\n')
			return text;
		if (text - line > column)
			return text;
		end = line;
	}
	return around_line_end(doc, node->span.start);
}

static const struct node *
last_item(const struct node *in)
{
	const struct node *last = NULL;

	for (const struct node *child = in->child; child != NULL; child = child->next)
		if (child->kind != NODE_COMMENT)
			last = child;
	return last;
}

/* Where a value's text ends without the line break and the empty lines that libyaml counts to a block scalar. */
size_t
around_text_end(const struct document *doc, const struct node *node)
{
	size_t end = node->span.end;

	while (around_is_collection(node) && node->style == STYLE_BLOCK) {
		const struct node *last = last_item(node);

		if (last == NULL)
			return end;
		node = last;
	}
	return around_is_block_scalar(node) ? block_end(doc, node) : end;
}

size_t
around_properties_start(const struct node *node)
{
	const struct node_properties *p = node->properties;

	if (p->tag_span.end == 0 || (p->anchor_span.end != 0 && p->anchor_span.start < p->tag_span.start))
		return p->anchor_span.start;
	return p->tag_span.start;
}

size_t
around_properties_end(const struct node *node)
{
	const struct node_properties *p = node->properties;

	return p->tag_span.end > p->anchor_span.end ? p->tag_span.end : p->anchor_span.end;
}

/* Behind the colon or dash in front of a value and its properties; where the item begins when there is none. */
size_t
around_indicator_end(const struct document *doc, const struct node *node)
{
	size_t at;

	if (node->key != NULL) {
		at = around_skip_gap(doc, node->key->span.end);
		return at < doc->text.len && doc->text.data[at] == ':' ? at + 1 : node->key->span.end;
	}
	return node->parent != NULL && node->parent->style == STYLE_BLOCK ? node->item.start + 1 : node->item.start;
}

/* The end of the YAML document that a root is of. */
size_t
around_extent_end(const struct document *doc, const struct node *root)
{
	for (size_t i = 0; i < doc->roots; i++)
		if (doc->root[i] == root)
			return doc->extent[i].end;
	return doc->text.len;
}

/* Are the columns of ${map} said beside a dash? */
bool
around_begins_beside_dash(const struct node *map)
{
	return map->kind == NODE_MAP && map->parent != NULL && map->parent->kind == NODE_LIST;
}

struct yaml_place
around_place_of(const struct document *doc, const struct node *node)
{
	const struct node *parent = node->parent;

	return (struct yaml_place){
		.column = parent != NULL ? parent->column - 1 : 0,
		.step = doc->step,
		.element = parent != NULL && parent->kind == NODE_LIST,
		.beside_dash = parent != NULL && around_begins_beside_dash(parent),
		.flow = around_in_flow(node),
	};
}

struct around_header
around_header_of(const struct document *doc, const struct node *node)
{
	struct around_header	header = { .end = node->span.start + 1 };
	bool		found = false;

	for (; header.end < doc->text.len; header.end++) {
		uint8_t c = doc->text.data[header.end];

		if (c == '+' || c == '-') {
			header.chomping = (char)c;
			header.chomping_at = header.end;
			found = true;
		} else if (c >= '1' && c <= '9')
			header.digit = (uint32_t)(c - '0');
		else
			break;
	}
	if (!found)
		header.chomping_at = header.end;
	return header;
}

/* The column of the first text in a block scalar's lines, from 0; ${otherwise} when all are empty. */
uint32_t
around_present_column(const struct document *doc, const struct node *node, uint32_t otherwise)
{
	for (size_t at = node->body, text; at < node->span.end; at = around_next_line(doc, at)) {
		text = around_skip_blanks(doc, at);
		if (text < node->span.end && yaml_text_break(doc->text, text) == 0)
			return (uint32_t)(text - at);
	}
	return otherwise;
}

/*
 * Would the lines at ${at} become part of a block scalar that ends there, its text from ${column} on?  Comments that deep would,
 * lines of more blanks than that, and empty lines when the scalar keeps its own; a tab in front is an error there.
 */
bool
around_swallows(const struct document *doc, size_t at, uint32_t column, bool keeps)
{
	for (size_t text; at < doc->text.len; at = around_next_line(doc, at)) {
		text = around_skip_blanks(doc, at);
		if (slice_find(slice_sub(doc->text, at, text), '\t', 0) != text - at)
			return true;
		if (text == doc->text.len || yaml_text_break(doc->text, text) != 0) {
			if (keeps || text - at > column)
				return true;
			continue;
		}
		return doc->text.data[text] == '#' && text - at >= column;
	}
	return false;
}

size_t
around_tabbed_end(const struct document *doc, const struct node *node)
{
	size_t end = 0, text;

	while (around_is_collection(node) && node->style == STYLE_BLOCK && last_item(node) != NULL)
		node = last_item(node);
	if (node->kind != NODE_SCALAR || node->style != STYLE_PLAIN || around_in_flow(node) || around_is_empty_scalar(node))
		return 0;
	for (size_t at = around_next_line(doc, node->span.end); at < doc->text.len; at = around_next_line(doc, at)) {
		bool more;

		text = around_skip_blanks(doc, at);
		more = text < doc->text.len && yaml_text_break(doc->text, text) == 0;
		if (more && doc->text.data[text] != '#')
			break;
		if (slice_find(slice_sub(doc->text, at, text), '\t', 0) < text - at)
			end = text;
		if (more)
			break;
	}
	return end;
}

/* The column of a block that stands where ${node} does. */
uint32_t
around_block_column(const struct document *doc, const struct node *node)
{
	uint32_t step = doc->step != 0 ? doc->step : YAML_STEP;

	if (node->parent == NULL)
		return 0;
	if (node->parent->kind == NODE_LIST)
		return node->parent->column + 1;
	return (node->parent->column - 1 + step) / step * step;
}

bool
around_has_items(const struct node *node)
{
	for (const struct node *child = node->child; child != NULL; child = child->next)
		if (child->kind != NODE_COMMENT)
			return true;
	return false;
}

struct around_slot
around_slot_of(const struct document *doc, const struct node *node)
{
	struct around_slot slot = { .from = around_indicator_end(doc, node), .start = node->span.start, .end = around_text_end(doc, node) };

	slot.after = node->properties != NULL ? around_properties_end(node) : slot.from;
	slot.own_line = node->parent != NULL && slot.start != node->span.end && around_line_start(doc, slot.start) >= slot.after;
	/* What is beside the last value of a block that goes, goes as well. */
	if (around_is_collection(node) && node->style == STYLE_BLOCK)
		slot.end = around_line_end(doc, slot.end);
	return slot;
}
