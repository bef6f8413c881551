#include "yamlmerge/yaml_edit.h"

#include "base/limits.h"
#include "yamlmerge/yaml_around.h"
#include "yamlmerge/yaml_emit.h"
#include "yamlmerge/yaml_text.h"

static struct span
span_of(size_t start, size_t end)
{
	return (struct span){ (uint32_t)start, (uint32_t)end };
}

/* --- inserting lines -------------------------------------------------------------------------------------------------- */

static int
splice_lines(struct edits *edits, const struct document *doc, struct span at, struct slice lines, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_SECRET(LIMIT_DOCUMENT * 2);
	struct slice	line;

	if (!doc->facts.crlf || slice_find(lines, '\n', 0) == lines.len)
		return edits_splice(edits, at, lines, err);
	for (size_t from = 0, end; from < lines.len; from = end + 1) {
		end = slice_find(lines, '\n', from);
		line = slice_sub(lines, from, end);
		if (buf_append(&text, line, err) != 0 || (end < lines.len && buf_str(&text, "\r\n", err) != 0))
			return (int)err->kind;
	}
	return edits_splice(edits, at, buf_slice(&text), err);
}

static struct slice
without_break(struct slice lines)
{
	return slice_sub(lines, 0, lines.len > 0 && lines.data[lines.len - 1] == '\n' ? lines.len - 1 : lines.len);
}

/*
 * Insert whole lines at ${at}, which begins a line or is the end of the text.  A text that ends inside its last line gets a
 * break first, and keeps its habit of ending without one unless the lines need theirs.
 */
static int
insert_lines(struct edits *edits, const struct document *doc, size_t at, struct slice lines, bool need_break, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_SECRET(LIMIT_DOCUMENT * 2);

	if (lines.len == 0 || around_begins_line(doc, at))
		return splice_lines(edits, doc, span_of(at, at), lines, err);
	if (buf_byte(&text, '\n', err) != 0 || buf_append(&text, need_break ? lines : without_break(lines), err) != 0)
		return (int)err->kind;
	return splice_lines(edits, doc, span_of(at, at), buf_slice(&text), err);
}

static bool
ends_feed(struct slice text)
{
	return text.len > 0 && text.data[text.len - 1] == '\n';
}

/* Does what is printed last of a value end in a line feed?  In a block scalar the break that ends the line is part of it. */
static bool
last_ends_feed(const struct node *value)
{
	const struct node *last;

	while ((value = node_resolve(value))->kind != NODE_SCALAR) {
		last = NULL;
		for (const struct node *child = value->child; child != NULL; child = child->next)
			if (child->kind != NODE_COMMENT)
				last = child;
		if (last == NULL)
			return false;
		value = last;
	}
	return ends_feed(value->text);
}

/* --- values ----------------------------------------------------------------------------------------------------------- */

/* A key alone, without a colon: "? key", or "key" in a flow map. */
static bool
lacks_colon(const struct node *node)
{
	return around_is_empty_scalar(node) && node->key != NULL && node->properties == NULL && node->span.start == node->key->span.end;
}

/* A tab among the blanks and empty lines from here on: below a plain scalar it is nothing, below anything else a mistake. */
static bool
tab_follows(const struct document *doc, size_t at)
{
	while (at < doc->text.len && (doc->text.data[at] == ' ' || doc->text.data[at] == '\n' || doc->text.data[at] == '\r'))
		at++;
	return at < doc->text.len && doc->text.data[at] == '\t';
}

static int
colon_put(const struct document *doc, const struct node *node, struct buf *out, struct error *err)
{
	size_t	at = node->span.start;
	bool	joins = node->key->kind == NODE_ALIAS || around_is_empty_scalar(node->key);	/* the name of the alias or tag would go on */

	/* Behind a block scalar as the key the next line has begun already and may be another key's, or the text ends inside it. */
	if (!around_in_flow(node) && (around_begins_line(doc, at) || around_is_block_scalar(node->key) || tab_follows(doc, at))) {
		(void)err_set(err, ERR_UNSUPPORTED, "a key behind '?' has no ':' below it to put the value behind");
		(void)err_hint(err, "write a line with ':' below the key");
		return err_at(err, node->line, node->column);
	}
	if (!around_in_flow(node) && (buf_byte(out, '\n', err) != 0 || buf_repeat(out, ' ', node->parent->column - 1, err) != 0))
		return (int)err->kind;
	return buf_str(out, around_in_flow(node) && joins ? " :" : ":", err);
}

/* In a flow map, a key of several lines that a value is to follow: only behind a "?" may it be that long. */
static int
key_mark(struct edits *edits, const struct document *doc, const struct node *node, struct error *err)
{
	const struct node	*key = node->key;
	size_t			 start = key->item.start, text = key->properties != NULL ? around_properties_start(key) : key->span.start;

	if (!around_in_flow(node) || start < text || around_line_end(doc, start) >= key->span.end)
		return 0;
	return edits_splice(edits, span_of(start, start), SLICE("? "), err);
}

/* What must stand around the text on the line: a blank, or the colon that an empty value did without. */
static int
head_splice(struct edits *edits, const struct document *doc, const struct node *node, size_t at, size_t end, struct slice head,
    struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_SECRET(LIMIT_DOCUMENT * 2);
	bool	comment = end < doc->text.len && doc->text.data[end] == '#';
	size_t	column = at - around_line_start(doc, at);

	/* Only the header of a block scalar may begin a line in the column of the key whose value it is. */
	if (around_is_block_scalar(node) && node->parent != NULL && column < node->parent->column &&
	    slice_trim(slice_sub(doc->text, at - column, at)).len == 0 &&
	    head.len != 0 && head.data[0] != '|' && head.data[0] != '>' &&
	    buf_repeat(&text, ' ', node->parent->column - column, err) != 0)
		return (int)err->kind;
	if (!comment && text.len == 0 && !around_is_empty_scalar(node))
		return splice_lines(edits, doc, span_of(at, end), head, err);
	if (lacks_colon(node) && (key_mark(edits, doc, node, err) != 0 || colon_put(doc, node, &text, err) != 0))
		return (int)err->kind;
	if (around_is_empty_scalar(node) && !around_begins_line(doc, at) && buf_byte(&text, ' ', err) != 0)
		return (int)err->kind;
	if (buf_append(&text, head, err) != 0)
		return (int)err->kind;
	if (comment && buf_byte(&text, ' ', err) != 0)
		return (int)err->kind;
	return splice_lines(edits, doc, span_of(at, end), buf_slice(&text), err);
}

/* Where the lines behind a value begin that stay when it is replaced. */
static size_t
lines_behind(const struct document *doc, const struct node *node)
{
	return around_next_line(doc, around_text_end(doc, node));
}

/*
 * Blanks with tabs behind a plain scalar that stays plain no longer, from ${from} on: in front of a comment they become spaces,
 * else they go.
 */
static int
tabs_clear(struct edits *edits, const struct document *doc, const struct node *node, size_t from, struct error *err)
{
	CLEANUP(buf_release) struct buf spaces = BUF(LIMIT_DOCUMENT);
	size_t end = around_tabbed_end(doc, node), text;

	for (size_t at = from; at < end; at = around_next_line(doc, at)) {
		text = around_skip_blanks(doc, at);
		if (text < doc->text.len && doc->text.data[text] == '#' && buf_repeat(&spaces, ' ', text - at, err) != 0)
			return (int)err->kind;
		if (text > at && edits_splice(edits, span_of(at, text), buf_slice(&spaces), err) != 0)
			return (int)err->kind;
	}
	return 0;
}

static bool
is_plain_source(struct slice source)
{
	return source.len != 0 && strchr("\"'|>[{*&!#", source.data[0]) == NULL;
}

/*
 * A directive ends an empty document and any that ends in a bracket or quote, but a plain scalar at the root would go on with
 * it as a line of its text.
 */
static int
directive_close(struct edits *edits, const struct document *doc, const struct node *node, struct error *err)
{
	size_t at = node->span.end;

	if (node->parent != NULL)
		return 0;
	at = around_skip_gap(doc, at);
	if (at == doc->text.len || doc->text.data[at] != '%' || !around_begins_line(doc, at))
		return 0;
	return splice_lines(edits, doc, span_of(at, at), SLICE("...\n"), err);
}

/*
 * A scalar, alias or empty value (with its properties or without) becomes ${head} on its line and ${body} in the lines
 * below.  Comments beside it stay, and the empty lines behind a block scalar that does not keep them in its text.
 */
static int
value_replace(struct edits *edits, const struct document *doc, const struct node *node, bool properties, struct slice head,
    struct slice body, bool need_break, struct error *err)
{
	size_t end = node->span.end, at, start = node->span.start;

	if (properties && node->properties != NULL)
		start = around_properties_start(node);

	if (around_is_block_scalar(node)) {
		end = around_header_of(doc, node).end;
		at = node->body < doc->text.len ? around_next_line(doc, around_text_end(doc, node)) : doc->text.len;
		if (head_splice(edits, doc, node, start, end, head, err) != 0)
			return (int)err->kind;
		if (at < node->body)
			at = node->body;
		if (body.len != 0 && at == doc->text.len && !around_begins_line(doc, at) && !need_break)
			body = without_break(body);
		if ((around_begins_line(doc, node->body) ? splice_lines(edits, doc, span_of(node->body, at), body, err) :
		    insert_lines(edits, doc, doc->text.len, body, need_break, err)) != 0)
			return (int)err->kind;
		return directive_close(edits, doc, node, err);
	}
	if (head_splice(edits, doc, node, start, end, head, err) != 0 ||
	    (body.len != 0 && insert_lines(edits, doc, around_next_line(doc, end), body, need_break, err) != 0) ||
	    (!is_plain_source(head) && tabs_clear(edits, doc, node, lines_behind(doc, node), err) != 0))
		return (int)err->kind;
	return directive_close(edits, doc, node, err);
}

/* Was the "+" of a header the reason for the empty lines behind?  Then they go with the text. */
static size_t
block_text_end(const struct document *doc, const struct node *node, bool keeps)
{
	size_t end = keeps ? node->span.end : around_text_end(doc, node);

	if (!keeps && end > node->body)
		end = around_next_line(doc, end);
	return end < node->body ? node->body : end;
}

/* Does the first line of text begin with a blank, or is there none, so that the header must say the indentation? */
static bool
first_line_indented(struct slice text)
{
	size_t at = 0;

	while (at < text.len && text.data[at] == '\n')
		at++;
	return at == text.len || text.data[at] == ' ' || text.data[at] == '\t';
}

/*
 * New lines under the header that is there, its chomping changed when it must.  ${done}: whether the header can carry the
 * text.
 */
static int
block_keep(struct edits *edits, const struct document *doc, const struct node *node, struct slice text, bool *done,
    struct error *err)
{
	CLEANUP(buf_release) struct buf lines = BUF_SECRET(LIMIT_DOCUMENT * 2);
	struct around_header		header = around_header_of(doc, node);
	struct yaml_place	place = around_place_of(doc, node);
	char			want = yaml_print_chomping(text);
	uint32_t		column = header.digit != 0 ? place.column + header.digit : around_present_column(doc, node, 0);
	bool			keeps = header.chomping == '+';
	size_t			end;

	*done = false;
	if (column == 0 || node->body == node->span.end || !yaml_print_block_legal(text, node->style) ||
	    (header.digit == 0 && first_line_indented(text)))
		return 0;
	*done = true;
	if (yaml_print_lines(text, node->style, column, &lines, err) != 0)
		return (int)err->kind;
	/* "+" with one line feed at the end says the same as none. */
	if (want != header.chomping && !(want == '\0' && keeps) &&
	    edits_splice(edits, span_of(header.chomping_at, header.chomping_at + (header.chomping != '\0')),
	    slice_of(&want, want != '\0'), err) != 0)
		return (int)err->kind;
	end = block_text_end(doc, node, keeps || want == '+');
	if (end == doc->text.len && !around_begins_line(doc, end) && !ends_feed(text))
		buf_truncate(&lines, lines.len - 1);
	else if (lines.len != 0 && around_begins_line(doc, end) && end > node->body) {
		/* The last line break stays: it may be part of another edit, of what follows. */
		buf_truncate(&lines, lines.len - 1);
		end -= end - node->body > 1 && doc->text.data[end - 2] == '\r' ? 2 : 1;
	}
	return splice_lines(edits, doc, span_of(node->body, end), buf_slice(&lines), err);
}

int
yaml_edit_string(struct edits *edits, const struct document *doc, const struct node *node, struct slice text,
    enum node_style style, unsigned readers, struct error *err)
{
	CLEANUP(buf_release) struct buf head = BUF_SECRET(LIMIT_DOCUMENT * 2), body = BUF_SECRET(LIMIT_DOCUMENT * 2);
	struct yaml_place	place = around_place_of(doc, node);
	bool			done = false;

	if (around_is_block_scalar(node) && style == node->style && block_keep(edits, doc, node, text, &done, err) != 0)
		return (int)err->kind;
	if (done)
		return 0;
	place.key = !place.flow && slice_find(text, '\n', 0) < text.len + (style == STYLE_LITERAL || style == STYLE_FOLDED) &&
	    around_swallows(doc, lines_behind(doc, node), yaml_print_column(&place), yaml_print_chomping(text) == '+');
	if (yaml_print_string(text, style, &place, readers, &head, &body, err) != 0)
		return (int)err->kind;
	return value_replace(edits, doc, node, false, buf_slice(&head), buf_slice(&body), ends_feed(text), err);
}

int
yaml_edit_source(struct edits *edits, const struct document *doc, const struct node *node, struct slice source, struct error *err)
{
	return value_replace(edits, doc, node, false, source, SLICE_NONE, false, err);
}

/* --- properties ------------------------------------------------------------------------------------------------------- */

/* With the blanks behind it, or, at the end of a line, those in front, unless they belong to ${other}. */
static int
property_drop(struct edits *edits, const struct document *doc, struct span at, struct span other, struct error *err)
{
	size_t start = at.start, end = around_skip_blanks(doc, at.end);

	if (at.end == 0)
		return 0;
	if (end == doc->text.len || yaml_text_break(doc->text, end) != 0) {
		end = at.end;
		while (start > 0 && doc->text.data[start - 1] == ' ' && around_skip_blanks(doc, other.end) != at.start)
			start--;
	}
	return edits_splice(edits, span_of(start, end), SLICE_NONE, err);
}

int
yaml_edit_drop_tag(struct edits *edits, const struct document *doc, const struct node *node, struct error *err)
{
	const struct node_properties *p = node->properties;

	return p != NULL ? property_drop(edits, doc, p->tag_span, p->anchor_span, err) : 0;
}

int
yaml_edit_drop_anchor(struct edits *edits, const struct document *doc, const struct node *node, struct error *err)
{
	const struct node_properties *p = node->properties;

	return p != NULL ? property_drop(edits, doc, p->anchor_span, p->tag_span, err) : 0;
}

/* --- whole nodes ------------------------------------------------------------------------------------------------------ */

/* Does a comment stand behind the value that would stand behind the last line of a block in its place?  Then this must be no text. */
static bool
comment_follows(const struct document *doc, const struct node *node)
{
	struct around_slot	slot = around_slot_of(doc, node);
	size_t			at = around_skip_blanks(doc, slot.end);

	if (node->parent != NULL && node->parent->kind == NODE_MAP && !slot.own_line)
		return false;
	return at < doc->text.len && doc->text.data[at] == '#';
}

static int
block_print(const struct document *doc, const struct node *node, const struct node *value, unsigned readers, struct buf *out,
    struct error *err)
{
	CLEANUP(yaml_emitter_release) struct yaml_emitter e = YAML_EMITTER(out, doc->step, readers);

	e.base = around_block_column(doc, node);
	e.one_line = comment_follows(doc, node) ||
	    around_swallows(doc, around_next_line(doc, around_text_end(doc, node)), e.base, true);
	e.base_list = node->parent != NULL && node->parent->kind == NODE_LIST;
	return yaml_emit_node(&e, value, err);
}

/* Behind quotes no blank must stand before a comment, behind anything else one must. */
static bool
is_comment_at(const struct document *doc, size_t at)
{
	return at < doc->text.len && doc->text.data[at] == '#';
}

/* A range, and lines in its place that begin with ${lead}. */
static int
slot_fill(struct edits *edits, const struct document *doc, size_t from, size_t to, const char *lead, struct slice lines,
    bool need_break, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_SECRET(LIMIT_DOCUMENT * 2);
	size_t behind = around_skip_blanks(doc, to);

	/* Blanks at the end of the line would become text of a block scalar. */
	if (behind == doc->text.len || yaml_text_break(doc->text, behind) != 0)
		to = behind;
	if (!need_break || to < doc->text.len)
		lines = without_break(lines);
	if (buf_str(&text, lead, err) != 0 || buf_append(&text, lines, err) != 0 ||
	    (is_comment_at(doc, to) && buf_byte(&text, ' ', err) != 0))
		return (int)err->kind;
	return splice_lines(edits, doc, span_of(from, to), buf_slice(&text), err);
}

/* A block takes the place of what stands there: on the lines below a key, or beside a dash. */
static int
block_put(struct edits *edits, const struct document *doc, const struct node *node, struct slice lines, bool need_break,
    struct error *err)
{
	CLEANUP(buf_release) struct buf colon = BUF(LIMIT_DOCUMENT);
	struct around_slot	slot = around_slot_of(doc, node);

	if (node->parent == NULL)
		return slot_fill(edits, doc, slot.from, slot.end, around_begins_line(doc, slot.from) ? "" : "\n", lines,
		    need_break, err);
	if (slot.own_line) {
		if (slot.after != slot.from && edits_splice(edits, span_of(slot.from, slot.after), SLICE_NONE, err) != 0)
			return (int)err->kind;
		return slot_fill(edits, doc, around_line_start(doc, slot.start), slot.end, "", lines, need_break, err);
	}
	if (node->parent->kind == NODE_LIST)
		return slot_fill(edits, doc, slot.from, slot.end, " ", slice_from(lines, around_block_column(doc, node)),
		    need_break, err);
	if (around_is_block_scalar(node) || (around_is_collection(node) && node->style == STYLE_BLOCK))
		return slot_fill(edits, doc, slot.from, slot.end, "\n", lines, need_break, err);
	if ((lacks_colon(node) && colon_put(doc, node, &colon, err) != 0) ||
	    (is_comment_at(doc, slot.end) && buf_byte(&colon, ' ', err) != 0) ||
	    splice_lines(edits, doc, span_of(slot.from, slot.end), buf_slice(&colon), err) != 0)
		return (int)err->kind;
	return insert_lines(edits, doc, around_next_line(doc, slot.end), lines, need_break, err);
}

/* A scalar takes the place of a block map or list. */
static int
block_drop(struct edits *edits, const struct document *doc, const struct node *node, struct slice head, struct slice body,
    bool need_break, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_SECRET(LIMIT_DOCUMENT * 2);
	struct around_slot	slot = around_slot_of(doc, node);

	if ((node->parent != NULL && buf_byte(&text, ' ', err) != 0) || buf_append(&text, head, err) != 0)
		return (int)err->kind;
	if (!slot.own_line) {
		if (!need_break || slot.end < doc->text.len)
			body = without_break(body);
		if (body.len != 0 && (buf_byte(&text, '\n', err) != 0 || buf_append(&text, body, err) != 0))
			return (int)err->kind;
		return splice_lines(edits, doc, span_of(slot.from, slot.end), buf_slice(&text), err);
	}
	if (splice_lines(edits, doc, span_of(slot.from, slot.after), buf_slice(&text), err) != 0)
		return (int)err->kind;
	if (body.len != 0)
		return slot_fill(edits, doc, around_next_line(doc, slot.after), slot.end, "", body, need_break, err);
	return edits_splice(edits, span_of(around_line_start(doc, slot.start), around_next_line(doc, slot.end)), SLICE_NONE, err);
}

int
yaml_edit_node(struct edits *edits, const struct document *doc, const struct node *node, const struct node *value,
    unsigned readers, struct error *err)
{
	CLEANUP(buf_release) struct buf head = BUF_SECRET(LIMIT_DOCUMENT * 2), body = BUF_SECRET(LIMIT_DOCUMENT * 2);
	struct yaml_place	place = around_place_of(doc, node);
	int			rc;

	value = node_resolve(value);
	place.key = around_swallows(doc, lines_behind(doc, node), 0, true);
	if (around_is_collection(value) && around_has_items(value) && !place.flow) {
		if (block_print(doc, node, value, readers, &body, err) != 0 ||
		    tabs_clear(edits, doc, node, lines_behind(doc, node), err) != 0)
			return (int)err->kind;
		return block_put(edits, doc, node, buf_slice(&body), last_ends_feed(value), err);
	}
	if (around_is_collection(value) || place.flow)
		rc = yaml_emit_flow(value, readers, &head, err);
	else
		rc = yaml_emit_scalar(value, &place, readers, &head, &body, err);
	if (rc != 0)
		return rc;
	if (around_is_collection(node) && node->style == STYLE_BLOCK)
		return tabs_clear(edits, doc, node, lines_behind(doc, node), err) != 0 ? (int)err->kind :
		    block_drop(edits, doc, node, buf_slice(&head), buf_slice(&body), ends_feed(value->text), err);
	return value_replace(edits, doc, node, true, buf_slice(&head), buf_slice(&body), ends_feed(value->text), err);
}

/* --- members and elements --------------------------------------------------------------------------------------------- */

/* By its place in the text: comments stand before what they are beside. */
static const struct node *
last_child(const struct node *in)
{
	const struct node *last = in->child;

	for (const struct node *child = in->child; child != NULL; child = child->next)
		if (child->span.end > last->span.end)
			last = child;
	return last;
}

/*
 * Behind the last child of a block, in its own lines: where the next one would begin.  Empty lines that a block scalar keeps by its "+"
 * are part of it.
 */
static size_t
behind_children(const struct document *doc, const struct node *in)
{
	const struct node	*last = last_child(in), *inner;
	size_t			 end;

	if (last == NULL)
		return around_next_line(doc, in->span.end);
	end = last->kind == NODE_COMMENT ? last->span.end : around_text_end(doc, last);
	while (around_is_collection(last) && last->style == STYLE_BLOCK && (inner = last_child(last)) != NULL) {
		if (inner->kind == NODE_COMMENT && inner->span.end > end)
			end = inner->span.end;
		last = inner;
	}
	if (around_is_block_scalar(last) && around_header_of(doc, last).chomping == '+' && around_begins_line(doc, last->span.end))
		return last->span.end;
	end = around_next_line(doc, end);
	/* A comment beside the "..." that ends the document belongs to it, too. */
	return in->parent == NULL && end > around_extent_end(doc, in) ? around_extent_end(doc, in) : end;
}

/* A block scalar that the text ends in, inside its last line, would get a line break from what is put behind it: it must say "-". */
static int
cut_block_close(struct edits *edits, const struct document *doc, const struct node *in, struct error *err)
{
	const struct node	*last = in;
	struct around_header	 header;

	while (last != NULL && around_is_collection(last) && last->style == STYLE_BLOCK)
		last = last_child(last);
	if (last == NULL || !around_is_block_scalar(last) || last->span.end != doc->text.len || ends_feed(last->text))
		return 0;
	header = around_header_of(doc, last);
	if (header.chomping == '-' || around_begins_line(doc, doc->text.len))
		return 0;
	return edits_splice(edits, span_of(header.chomping_at, header.chomping_at + (header.chomping != '\0')), SLICE("-"), err);
}

/* One more in a flow collection: behind its last item, or before the bracket of an empty one. */
static int
flow_add(struct edits *edits, const struct document *doc, const struct node *in, const struct node *item, const struct node *key,
    unsigned readers, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_SECRET(LIMIT_DOCUMENT * 2);
	const struct node	*last = NULL;
	bool			 pair = in->kind == NODE_MAP && doc->text.data[in->span.start] != '{';
	size_t			 at;

	for (const struct node *child = in->child; child != NULL; child = child->next)
		if (child->kind != NODE_COMMENT)
			last = child;
	at = last != NULL ? last->item.end : in->span.end - 1;
	/* "key:," would be a word. */
	if (last != NULL && buf_str(&text, doc->text.data[at - 1] == ':' ? " , " : ", ", err) != 0)
		return (int)err->kind;
	if (key != NULL && (yaml_emit_flow(key, readers, &text, err) != 0 || buf_str(&text, ": ", err) != 0))
		return (int)err->kind;
	if (yaml_emit_flow(item, readers, &text, err) != 0)
		return (int)err->kind;
	if (pair && (buf_byte(&text, '}', err) != 0 || edits_splice(edits, span_of(in->span.start, in->span.start),
	    SLICE("{"), err) != 0))
		return (int)err->kind;
	return edits_splice(edits, span_of(at, at), buf_slice(&text), err);
}

/* ${one}: a container of the same kind that holds nothing but the new item. */
static int
item_add(struct edits *edits, const struct document *doc, const struct node *in, const struct node *one, unsigned readers,
    struct error *err)
{
	CLEANUP(buf_release) struct buf lines = BUF_SECRET(LIMIT_DOCUMENT * 2);
	CLEANUP(yaml_emitter_release) struct yaml_emitter e = YAML_EMITTER(&lines, doc->step, readers);
	bool scalar = in->kind == NODE_SCALAR;

	if (in->kind != one->kind && !(scalar && (in->text.len == 0 || slice_eq(in->text, SLICE("null")) ||
	    slice_eq(in->text, SLICE("~")))))
		return err_set(err, ERR_TYPE, "not a map or list to add something to");
	if (in->style == STYLE_FLOW && (in->child != NULL || around_in_flow(in)))	/* comments stay inside, too */
		return flow_add(edits, doc, in, one->child, one->child->key, readers, err);
	if (scalar && in->parent == NULL && around_is_empty_scalar(in)) {
		if (yaml_emit_node(&e, one, err) != 0)
			return (int)err->kind;
		return insert_lines(edits, doc, around_extent_end(doc, in), buf_slice(&lines), last_ends_feed(one), err);
	}
	if (scalar || in->style == STYLE_FLOW)
		return yaml_edit_node(edits, doc, in, one, readers, err);
	e.base = in->column - 1;
	e.one_line = around_swallows(doc, behind_children(doc, in), e.base, true);
	e.base_list = around_begins_beside_dash(in);
	if (yaml_emit_node(&e, one, err) != 0 || cut_block_close(edits, doc, in, err) != 0 ||
	    tabs_clear(edits, doc, in, behind_children(doc, in), err) != 0)
		return (int)err->kind;
	return insert_lines(edits, doc, behind_children(doc, in), buf_slice(&lines), last_ends_feed(one), err);
}

int
yaml_edit_add_member(struct edits *edits, const struct document *doc, const struct node *map, struct slice key,
    const struct node *value, unsigned readers, struct error *err)
{
	struct node	name = { .kind = NODE_SCALAR, .style = STYLE_DOUBLE, .text = key };
	struct node	item = *value, one = { .kind = NODE_MAP, .style = STYLE_BLOCK, .child = &item };

	item.key = &name;
	item.next = NULL;
	return item_add(edits, doc, map, &one, readers, err);
}

int
yaml_edit_add_element(struct edits *edits, const struct document *doc, const struct node *list, const struct node *value,
    unsigned readers, struct error *err)
{
	struct node item = *value, one = { .kind = NODE_LIST, .style = STYLE_BLOCK, .child = &item };

	item.key = NULL;
	item.next = NULL;
	return item_add(edits, doc, list, &one, readers, err);
}

int
yaml_edit_append(struct edits *edits, const struct document *doc, size_t root, struct slice lines, struct error *err)
{
	const struct node *node = doc->root[root];

	if (node->kind == NODE_MAP ? node->style == STYLE_FLOW && around_has_items(node) : node->kind != NODE_SCALAR)
		return err_set(err, ERR_TYPE, "the document is no block map");
	if (node->kind == NODE_SCALAR ? !around_is_empty_scalar(node) : node->style == STYLE_FLOW)
		return block_put(edits, doc, node, lines, false, err);
	return insert_lines(edits, doc, doc->extent[root].end, lines, false, err);
}

/* --- removing --------------------------------------------------------------------------------------------------------- */

static size_t
items_of(const struct node *in)
{
	size_t n = 0;

	for (const struct node *child = in->child; child != NULL; child = child->next)
		n += child->kind != NODE_COMMENT;
	return n;
}

/* With the comma behind it, or, when it is the last, the one before. */
static int
flow_remove(struct edits *edits, const struct document *doc, const struct node *node, struct error *err)
{
	const struct node	*before = NULL;
	size_t			 comma = around_skip_gap(doc, node->item.end), start = node->item.start, end = node->item.end;

	for (const struct node *child = node->parent->child; child != node; child = child->next)
		if (child->kind != NODE_COMMENT)
			before = child;
	if (comma < doc->text.len && doc->text.data[comma] == ',') {
		if (around_skip_blanks(doc, end) == comma)
			return edits_splice(edits, span_of(start, around_skip_blanks(doc, comma + 1)), SLICE_NONE, err);
		return edits_splice(edits, span_of(start, end), SLICE_NONE, err) != 0 ? (int)err->kind :
		    edits_splice(edits, span_of(comma, comma + 1), SLICE_NONE, err);
	}
	if (before == NULL)
		return edits_splice(edits, span_of(start, end), SLICE_NONE, err);
	comma = around_skip_gap(doc, before->item.end);
	if (around_skip_blanks(doc, comma + 1) == start)
		return edits_splice(edits, span_of(comma, end), SLICE_NONE, err);
	return edits_splice(edits, span_of(comma, comma + 1), SLICE_NONE, err) != 0 ? (int)err->kind :
	    edits_splice(edits, span_of(start, end), SLICE_NONE, err);
}

/* The comment beside an item, its header or its key, that stays when the item goes; 0 when there is none. */
static size_t
comment_beside(const struct document *doc, const struct node *node)
{
	bool	block = around_is_collection(node) && node->style == STYLE_BLOCK;
	size_t	at = around_is_block_scalar(node) ? around_header_of(doc, node).end : block ? around_slot_of(doc, node).after : node->span.end;

	at = around_skip_blanks(doc, at);
	return at < doc->text.len && doc->text.data[at] == '#' ? at : 0;
}

/* The block scalar, if any, that ends just before an item. */
static const struct node *
block_before(const struct node *node)
{
	const struct node *before = NULL, *last;

	for (const struct node *child = node->parent->child; child != node; child = child->next)
		if (child->kind != NODE_COMMENT)
			before = child;
	while (before != NULL && around_is_collection(before)) {
		last = NULL;
		for (const struct node *child = before->child; child != NULL; child = child->next)
			if (child->kind != NODE_COMMENT)
				last = child;
		before = last;
	}
	return before != NULL && around_is_block_scalar(before) ? before : NULL;
}

/*
 * What stands behind an item that goes must not become part of a block scalar in front of it: empty lines go when that keeps its
 * own or when they hold blanks, and a comment moves to the left.  ${end}: of the lines that go; ${closed}: of the blanks in front of
 * that comment.
 */
static int
gap_close(struct edits *edits, const struct document *doc, const struct node *node, size_t *end, size_t *closed, struct error *err)
{
	CLEANUP(buf_release) struct buf spaces = BUF(LIMIT_DOCUMENT);
	const struct node	*block = block_before(node);
	size_t			 at = *end, indent, text;
	bool			 blanks = false;

	if (block == NULL)
		return 0;
	for (; at < doc->text.len; at = around_next_line(doc, at)) {
		text = around_skip_blanks(doc, at);
		if (text < doc->text.len && yaml_text_break(doc->text, text) == 0)
			break;
		blanks |= text > at;
	}
	if (blanks || around_header_of(doc, block).chomping == '+')
		*end = at;
	indent = around_skip_blanks(doc, at) - at;
	if (at + indent == doc->text.len || doc->text.data[at + indent] != '#' || indent < node->parent->column)
		return 0;
	*closed = at + indent;
	return buf_repeat(&spaces, ' ', node->parent->column - 1, err) != 0 ? (int)err->kind :
	    edits_splice(edits, span_of(at, at + indent), buf_slice(&spaces), err);
}

/*
 * The lines of an item of a block.  What is beside it stays: a comment, which gets the line, and the dash of the list
 * element that the item was the first line of.
 */
static int
lines_remove(struct edits *edits, const struct document *doc, const struct node *node, struct error *err)
{
	const struct node *before = block_before(node);
	size_t	start = node->item.start, line = around_line_start(doc, start), end, comment, closed = 0, behind;
	bool	block = around_is_collection(node) && node->style == STYLE_BLOCK, own_line = around_only_blanks(doc, line, start);

	comment = comment_beside(doc, node);
	end = around_text_end(doc, node);
	if (comment != 0) {
		if (edits_splice(edits, span_of(start, comment), SLICE_NONE, err) != 0)
			return (int)err->kind;
		if (!block && !around_is_block_scalar(node))
			return 0;
		start = line = around_next_line(doc, comment);
		own_line = true;
	}
	end = around_next_line(doc, end);
	if (comment == 0 && gap_close(edits, doc, node, &end, &closed, err) != 0)
		return (int)err->kind;
	behind = own_line ? end : around_skip_blanks(doc, end);
	if (tabs_clear(edits, doc, node, closed > behind ? closed : behind, err) != 0)
		return (int)err->kind;
	if (!own_line)		/* the next item moves up beside the dash */
		return edits_splice(edits, span_of(start, behind), SLICE_NONE, err);
	/* The last line of a text without a line break at its end takes the one before, unless that is part of a value. */
	if (end == doc->text.len && !around_begins_line(doc, end) && line > 0 && around_begins_line(doc, line) &&
	    (before == NULL || !ends_feed(before->text)))
		line -= doc->text.data[line - 1] == '\n' && line > 1 && doc->text.data[line - 2] == '\r' ? 2 : 1;
	return edits_splice(edits, span_of(line < end ? line : end, end), SLICE_NONE, err);
}

/* The only item: the container becomes {} or []. */
static int
last_remove(struct edits *edits, const struct document *doc, const struct node *node, struct error *err)
{
	const struct node	*in = node->parent;
	struct slice		 empty = in->kind == NODE_MAP ? SLICE("{}") : SLICE("[]");
	size_t			 end = around_is_collection(node) && node->style == STYLE_BLOCK ? around_line_end(doc, around_text_end(doc,
	    node)) : around_text_end(doc, node);
	size_t			 after = in->parent != NULL ? (in->properties != NULL ? around_properties_end(in) :
	    around_indicator_end(doc, in)) : 0;
	size_t			 start = around_line_start(doc, node->item.start);

	if (in->parent == NULL || start < after) {
		size_t comment = comment_beside(doc, node);

		if (tabs_clear(edits, doc, node, lines_behind(doc, node), err) != 0)
			return (int)err->kind;
		if (comment == 0)
			return edits_splice(edits, span_of(node->item.start, end), empty, err);
		if (edits_splice(edits, span_of(node->item.start, comment), empty, err) != 0 ||
		    edits_splice(edits, span_of(comment, comment), SLICE(" "), err) != 0)
			return (int)err->kind;
		return around_line_end(doc, comment) < end ? edits_splice(edits, span_of(around_line_end(doc, comment), end),
		    SLICE_NONE, err) : 0;
	}
	if (edits_splice(edits, span_of(after, after), SLICE(" "), err) != 0 || edits_splice(edits, span_of(after, after),
	    empty, err) != 0)
		return (int)err->kind;
	return lines_remove(edits, doc, node, err);
}

int
yaml_edit_remove(struct edits *edits, const struct document *doc, const struct node *node, struct error *err)
{
	if (node->parent == NULL)
		return err_set(err, ERR_INTERNAL, "the root of a document cannot be removed");
	if (around_in_flow(node))
		return flow_remove(edits, doc, node, err);
	return items_of(node->parent) == 1 ? last_remove(edits, doc, node, err) : lines_remove(edits, doc, node, err);
}
