#include "yamlmerge/yaml_parse.h"

#include <stdlib.h>
#include <yaml.h>

#include "base/limits.h"
#include "yamlmerge/key_index.h"
#include "yamlmerge/yaml_block.h"
#include "yamlmerge/yaml_comment.h"
#include "yamlmerge/yaml_error.h"
#include "yamlmerge/yaml_text.h"
#include "yamlmerge/yaml_tree.h"

/*
 * One loop over libyaml's events, on a stack of our own.  Before an event is handled, the text from the last one up to it (the
 * gap) is read again by yaml_comment.c, which gives the dashes, question marks and properties, and the comments on the way.
 */
struct builder {
	struct yaml_tree	 t;
	yaml_parser_t		 yaml;
	bool			 ascii;			/* a character is a byte */
	size_t			 index, byte;		/* the last conversion: character ${index} is at ${byte} */

	struct key_index	 anchors;
	size_t			 roots_capacity;
	uint32_t		 entry;			/* the dash or question mark of the next node, */
	bool			 has_entry;		/* if there is one */
	uint32_t		 property;		/* likewise its first tag or anchor */
	bool			 has_property;
	struct span		 tag_span, anchor_span;
	struct span		 extent;		/* of this document */
	uint32_t		 value_end;		/* of the last value */
};

/* --- marks to bytes ------------------------------------------------------------------------------------------------- */

static size_t
byte_of(struct builder *b, yaml_mark_t mark)
{
	const uint8_t	*p = b->t.doc->text.data;
	size_t		 len = b->t.doc->text.len;

	if (b->ascii)
		return mark.index;
	/* Marks come in order, so this is linear in all. */
	while (b->index < mark.index && b->byte < len) {
		do
			b->byte++;
		while (b->byte < len && (p[b->byte] & 0xc0) == 0x80);
		b->index++;
	}
	while (b->index > mark.index && b->byte > 0) {
		do
			b->byte--;
		while (b->byte > 0 && (p[b->byte] & 0xc0) == 0x80);
		b->index--;
	}
	return b->byte;
}

static uint32_t
line_of(yaml_mark_t mark)
{
	return (uint32_t)mark.line + 1;
}

static uint32_t
column_of(yaml_mark_t mark)
{
	return (uint32_t)mark.column + 1;
}

/* --- nodes ---------------------------------------------------------------------------------------------------------- */

static int
node_new(struct builder *b, enum node_kind kind, struct node **out)
{
	void *room;

	if (arena_alloc(&b->t.doc->arena, sizeof(**out), &room, b->t.err) != 0)
		return (int)b->t.err->kind;
	*out = room;
	(*out)->kind = kind;
	return 0;
}

/* --- the gap before an event ---------------------------------------------------------------------------------------- */

static void
property_note(struct builder *b, enum gap_token token)
{
	if (!b->has_property)
		b->property = b->t.gap.token.start;
	b->has_property = true;
	*(token == GAP_TAG ? &b->tag_span : &b->anchor_span) = b->t.gap.token;
}

static int
comments_before_token(struct builder *b, enum gap_token token)
{
	struct next_token next = { token, b->t.gap.token_column, b->t.gap.token_blank };

	return yaml_comment_before(&b->t, &next);
}

/* Read up to an event. */
static int
gap_before(struct builder *b, size_t upto)
{
	enum gap_token	token;
	bool		first = true;

	while (gap_next(&b->t.gap, upto, &token, b->t.err) == 0) {
		if (token == GAP_END)
			return 0;
		if (token == GAP_ANCHOR || token == GAP_TAG) {
			/* What stands behind a value has its place by now; the rest waits for the kind of node that follows. */
			if (first && b->t.ended_count != 0 && comments_before_token(b, token) != 0)
				break;
			property_note(b, token);
		} else if (token != GAP_START && token != GAP_DIRECTIVE) {
			if (comments_before_token(b, token) != 0)
				break;
			b->has_entry = token == GAP_ENTRY || token == GAP_KEY;
			b->entry = b->t.gap.token.start;
		}
		first = false;
	}
	return (int)b->t.err->kind;
}

static int
properties_before(struct builder *b, size_t upto)
{
	enum gap_token token;

	while (gap_property(&b->t.gap, upto, &token, b->t.err) == 0) {
		if (token == GAP_END)
			return 0;
		property_note(b, token);
	}
	return (int)b->t.err->kind;
}

/* --- events to nodes ------------------------------------------------------------------------------------------------ */

static int
node_position_error(struct builder *b, enum err_kind kind, yaml_mark_t mark, const char *text)
{
	(void)err_set(b->t.err, kind, "%s", text);
	return err_at(b->t.err, line_of(mark), column_of(mark));
}

static int
properties_set(struct builder *b, struct node *node, const yaml_char_t *tag)
{
	struct node_properties	*properties;
	void			*room, *there;

	if (!b->has_property)
		return 0;
	if (arena_alloc(&b->t.doc->arena, sizeof(*properties), &room, b->t.err) != 0)
		return (int)b->t.err->kind;
	node->properties = properties = room;
	properties->tag_span = b->tag_span;
	properties->anchor_span = b->anchor_span;
	if (b->anchor_span.end != 0)
		properties->anchor = slice_sub(b->t.doc->text, b->anchor_span.start + 1, b->anchor_span.end);
	if (tag != NULL && arena_copy(&b->t.doc->arena, slice_str((const char *)tag), &properties->tag, b->t.err) != 0)
		return (int)b->t.err->kind;
	if (b->anchor_span.end != 0) {
		if (key_index_add(&b->anchors, properties->anchor, node, &there, b->t.err) != 0)
			return (int)b->t.err->kind;
		if (there != NULL)
			key_index_set(&b->anchors, properties->anchor, node);
	}
	return 0;
}

static int
root_add(struct builder *b, struct node *node)
{
	struct document	*doc = b->t.doc;
	size_t		 more = b->roots_capacity == 0 ? 4 : b->roots_capacity * 2;
	void		*roots, *extents;

	if (doc->roots == LIMIT_DOCUMENTS)
		return err_set(b->t.err, ERR_LIMIT, "more than %d documents in one file", LIMIT_DOCUMENTS);
	if (doc->roots == b->roots_capacity) {
		if (arena_alloc(&doc->arena, more * sizeof(struct node *), &roots, b->t.err) != 0 ||
		    arena_alloc(&doc->arena, more * sizeof(struct span), &extents, b->t.err) != 0)
			return (int)b->t.err->kind;
		if (doc->roots != 0) {
			(void)memcpy(roots, doc->root, doc->roots * sizeof(struct node *));
			(void)memcpy(extents, doc->extent, doc->roots * sizeof(struct span));
		}
		doc->root = roots;
		doc->extent = extents;
		b->roots_capacity = more;
	}
	doc->extent[doc->roots] = b->extent;
	doc->root[doc->roots++] = node;
	return 0;
}

/*
 * Give a new node its beginning and its place: the root, a key, the value of a key, or an element.
 */
static int
node_place(struct builder *b, struct node *node, const yaml_event_t *event, const yaml_char_t *tag)
{
	struct open_node	*in = yaml_tree_top(&b->t);
	uint32_t		 start = b->has_property ? b->property : node->span.start;
	bool			 key = in != NULL && in->node->kind == NODE_MAP && in->key == NULL;

	if (key && node->kind != NODE_SCALAR && node->kind != NODE_ALIAS) {
		(void)node_position_error(b, ERR_SYNTAX, event->start_mark, "a map or list as the key of a map");
		return err_hint(b->t.err, "a value that begins with '{' must be quoted; template text such as {{ name }} too");
	}
	node->item.start = start;
	if (b->has_entry && in != NULL && (key || in->node->kind == NODE_LIST))
		node->item.start = b->entry;
	if (properties_set(b, node, tag) != 0)
		return (int)b->t.err->kind;
	b->has_entry = b->has_property = false;
	b->tag_span = b->anchor_span = (struct span){ 0, 0 };
	if (in == NULL)
		return root_add(b, node);
	if (key) {
		node->parent = in->node;
		in->key = node;
		return yaml_comment_late_check(&b->t, in, node, true);
	}
	if (in->key != NULL) {
		node->key = in->key;
		node->item.start = in->key->item.start;
		in->key = NULL;
	}
	yaml_tree_append(in, node);
	return yaml_comment_late_check(&b->t, in, node, false);
}

/* The decoded text: a slice of the document where nothing had to be decoded. */
static int
text_set(struct builder *b, struct node *node, const yaml_event_t *event, size_t start, size_t end)
{
	struct slice	value = slice_of(event->data.scalar.value, event->data.scalar.length);
	struct slice	raw;

	if (node->style == STYLE_SINGLE || node->style == STYLE_DOUBLE) {
		start++;
		end--;
	}
	raw = slice_sub(b->t.doc->text, start, end);
	if (value.data == raw.data || slice_eq(raw, value)) {
		node->text = raw;
		return 0;
	}
	return arena_copy(&b->t.doc->arena, value, &node->text, b->t.err);
}

/* An empty value has no text: it stands right behind the last thing before it, wherever libyaml saw it. */
static int
empty_value(struct builder *b, struct node *node, const yaml_event_t *event)
{
	struct gap	*gap = &b->t.gap;
	size_t		 i, n;

	if (b->has_property || event->data.scalar.tag != NULL || event->data.scalar.anchor != NULL)
		if (properties_before(b, byte_of(b, event->end_mark)) != 0)
			return (int)b->t.err->kind;
	node->span = (struct span){ (uint32_t)gap->end, (uint32_t)gap->end };
	node->line = gap->end_line;
	node->column = gap->end_column;
	node->text = slice_sub(b->t.doc->text, gap->end, gap->end);
	/* Comments between the indicator and a property go before it; what stands behind is treated as behind any value. */
	for (i = 0; i < gap->count && gap->waiting[i].span.start < gap->end; i++)
		;
	n = gap->count;
	gap->count = i;
	if (i != 0 && yaml_comment_before(&b->t, &(struct next_token){ GAP_SCALAR, gap->end_column, false }) != 0)
		return (int)b->t.err->kind;
	if (node_place(b, node, event, event->data.scalar.tag) != 0)
		return (int)b->t.err->kind;
	for (; i < n; i++) {
		gap->waiting[gap->count] = gap->waiting[i];
		gap->waiting[gap->count++].after = GAP_SCALAR;
	}
	gap->after = GAP_SCALAR;
	node->item.end = node->span.end;
	b->value_end = node->span.end;
	b->t.empty = true;
	return 0;
}

static enum node_style
scalar_style(const yaml_event_t *event)
{
	switch (event->data.scalar.style) {
	case YAML_SINGLE_QUOTED_SCALAR_STYLE:
		return STYLE_SINGLE;
	case YAML_DOUBLE_QUOTED_SCALAR_STYLE:
		return STYLE_DOUBLE;
	case YAML_LITERAL_SCALAR_STYLE:
		return STYLE_LITERAL;
	case YAML_FOLDED_SCALAR_STYLE:
		return STYLE_FOLDED;
	default:
		return STYLE_PLAIN;
	}
}

/* Does an empty line end the text before ${end}, which begins a line? */
static bool
ends_blank(struct slice text, size_t start, size_t end)
{
	bool blank = true;

	for (size_t at = end, breaks = 0; at > start; at--) {
		uint8_t c = text.data[at - 1];

		if (c == '\n' && ++breaks == 2)
			return blank;
		blank = blank && (c == '\n' || c == '\r' || c == ' ');
	}
	return false;
}

/* The header of a block scalar, its comment, and where the lines begin. */
static int
block_scalar(struct builder *b, struct node *node, const yaml_event_t *event)
{
	struct gap	*gap = &b->t.gap;
	struct slice	 text = b->t.doc->text;
	uint32_t	 end = node->span.end;
	bool		 strip;

	if (gap_header(gap, &node->body, b->t.err) != 0)
		return (int)b->t.err->kind;
	strip = memchr(text.data + node->span.start, '-', gap->token.end - node->span.start) != NULL;
	if (gap->count != 0) {
		gap->waiting[gap->count - 1].after = GAP_SCALAR;	/* beside its value, like others */
		if (yaml_comment_before(&b->t, &(struct next_token){ GAP_HEADER, 0, false }) != 0)
			return (int)b->t.err->kind;
	}
	if (node->body > end)
		node->body = end;
	gap_skip(gap, end, line_of(event->end_mark), column_of(event->end_mark), GAP_SCALAR);
	gap->fresh = event->end_mark.column == 0;
	gap->blank = gap->fresh && ends_blank(text, node->body, end);
	if (end == text.len && event->end_mark.column != 0 && !strip)
		b->t.doc->facts.cut_block_line = node->line;
	return 0;
}

static int
on_scalar(struct builder *b, const yaml_event_t *event)
{
	size_t		 start = byte_of(b, event->start_mark), end;
	enum node_style	 style = scalar_style(event);
	struct node	*node;

	if (gap_before(b, start) != 0 || node_new(b, NODE_SCALAR, &node) != 0)
		return (int)b->t.err->kind;
	node->style = style;
	if (style == STYLE_PLAIN && event->data.scalar.length == 0)
		return empty_value(b, node, event);
	end = byte_of(b, event->end_mark);
	if ((event->data.scalar.tag != NULL || event->data.scalar.anchor != NULL) && properties_before(b, end) != 0)
		return (int)b->t.err->kind;
	if (yaml_comment_before(&b->t, &(struct next_token){ GAP_SCALAR, column_of(event->start_mark), b->t.gap.blank }) != 0)
		return (int)b->t.err->kind;
	node->span = (struct span){ (uint32_t)b->t.gap.at, (uint32_t)end };
	node->line = b->t.gap.line;
	node->column = b->t.gap.column;
	if (text_set(b, node, event, b->t.gap.at, end) != 0 || node_place(b, node, event, event->data.scalar.tag) != 0)
		return (int)b->t.err->kind;
	node->item.end = b->value_end = (uint32_t)end;
	b->t.empty = false;
	if (style == STYLE_LITERAL || style == STYLE_FOLDED)
		return block_scalar(b, node, event);
	gap_skip(&b->t.gap, end, line_of(event->end_mark), column_of(event->end_mark), GAP_SCALAR);
	return 0;
}

static int
on_alias(struct builder *b, const yaml_event_t *event)
{
	size_t		 start = byte_of(b, event->start_mark), end;
	struct node	*node;

	if (gap_before(b, start) != 0 || node_new(b, NODE_ALIAS, &node) != 0 ||
	    yaml_comment_before(&b->t, &(struct next_token){ GAP_SCALAR, column_of(event->start_mark), b->t.gap.blank }) != 0)
		return (int)b->t.err->kind;
	end = byte_of(b, event->end_mark);
	node->span = (struct span){ (uint32_t)start, (uint32_t)end };
	node->line = line_of(event->start_mark);
	node->column = column_of(event->start_mark);
	node->text = slice_sub(b->t.doc->text, start + 1, end);
	node->target = key_index_find(&b->anchors, node->text);
	if (node->target == NULL) {
		/* Not by its name: it may be a secret that begins with '*' and lacks its quotes. */
		(void)err_set(b->t.err, ERR_SYNTAX, "an alias of an anchor that is not defined before it");
		(void)err_hint(b->t.err, "a value that begins with '*' must be quoted");
		return err_at(b->t.err, node->line, node->column);
	}
	/* A map or list has no end yet while it is being read. */
	if (node->target->span.end == 0 && (node->target->kind == NODE_MAP || node->target->kind == NODE_LIST)) {
		(void)err_set(b->t.err, ERR_SYNTAX, "alias '*%.*s' inside its own anchor", SLICE_ARG(node->text));
		return err_at(b->t.err, node->line, node->column);
	}
	if (node_place(b, node, event, NULL) != 0)
		return (int)b->t.err->kind;
	node->item.end = b->value_end = (uint32_t)end;
	b->t.empty = false;
	gap_skip(&b->t.gap, end, line_of(event->end_mark), column_of(event->end_mark), GAP_SCALAR);
	return 0;
}

static int
push_node(struct builder *b, struct node *node, yaml_mark_t mark)
{
	return yaml_tree_push(&b->t, node) != 0 ? err_at(b->t.err, line_of(mark), column_of(mark)) : 0;
}

/* What libyaml's mark of a collection's beginning does not say. */
struct opening {
	size_t		at;
	uint32_t	column;
	bool		flow, bracket;		/* a pair in a flow list has none: [a: b] */
};

static struct opening
opening_of(struct builder *b, const yaml_event_t *event, bool map)
{
	struct opening	 o = { .at = byte_of(b, event->end_mark), .column = column_of(event->end_mark) };
	const uint8_t	*p = b->t.doc->text.data;

	o.flow = map ? event->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE :
	    event->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE;
	if (o.flow) {
		o.bracket = o.at > 0 && event->end_mark.index > event->start_mark.index && p[o.at - 1] == (map ? '{' : '[');
		/* A pair's begins at its key or question mark. */
		if (o.bracket || event->end_mark.index > event->start_mark.index) {
			o.at--;
			o.column--;
		}
	} else if (!map && o.at > 0 && (o.at == b->t.doc->text.len || p[o.at] != '-') && p[o.at - 1] == '-') {
		/* A list in the column of its key: the mark is behind its first dash. */
		o.at--;
		o.column--;
	}
	return o;
}

static int
on_open(struct builder *b, const yaml_event_t *event, bool map)
{
	size_t			 start = byte_of(b, event->start_mark);
	const yaml_char_t	*tag = map ? event->data.mapping_start.tag : event->data.sequence_start.tag;
	struct opening		 o;
	struct next_token	 next;
	struct node		*node;

	if (gap_before(b, start) != 0)
		return (int)b->t.err->kind;
	o = opening_of(b, event, map);
	if (properties_before(b, o.at) != 0)
		return (int)b->t.err->kind;
	next = (struct next_token){ o.bracket ? GAP_OPEN : o.flow ? GAP_SCALAR : GAP_BLOCK, column_of(event->start_mark),
	    b->t.gap.blank };
	if (yaml_comment_before(&b->t, &next) != 0)
		return (int)b->t.err->kind;
	if (node_new(b, map ? NODE_MAP : NODE_LIST, &node) != 0)
		return (int)b->t.err->kind;
	node->style = o.flow ? STYLE_FLOW : STYLE_BLOCK;
	node->span.start = (uint32_t)o.at;
	node->line = line_of(event->end_mark);
	node->column = o.column;
	if (b->t.doc->step == 0 && !o.flow && yaml_tree_top(&b->t) != NULL &&
	    yaml_tree_top(&b->t)->node->kind == NODE_MAP && o.column > yaml_tree_top(&b->t)->node->column)
		b->t.doc->step = o.column - yaml_tree_top(&b->t)->node->column;
	if (node_place(b, node, event, tag) != 0 || push_node(b, node, event->start_mark) != 0)
		return (int)b->t.err->kind;
	if ((o.bracket || !o.flow) && yaml_comment_into(&b->t, yaml_tree_top(&b->t)) != 0)
		return (int)b->t.err->kind;
	if (o.bracket)
		gap_skip(&b->t.gap, o.at + 1, node->line, o.column + 1, GAP_OPEN);
	return 0;
}

static int
on_close(struct builder *b, const yaml_event_t *event)
{
	struct open_node	*in = &b->t.open[b->t.depth - 1];
	struct node		*node = in->node;
	size_t			 start, end;
	bool			 bracket = false;

	if (node->style == STYLE_FLOW) {
		start = byte_of(b, event->start_mark);
		end = byte_of(b, event->end_mark);
		bracket = end > start;
		if (bracket && (gap_before(b, start) != 0 ||
		    yaml_comment_before(&b->t, &(struct next_token){ GAP_CLOSE, column_of(event->start_mark),
		    b->t.gap.blank }) != 0))
			return (int)b->t.err->kind;
		if (bracket) {
			b->value_end = (uint32_t)end;
			b->t.empty = false;
			gap_skip(&b->t.gap, end, line_of(event->end_mark), column_of(event->end_mark), GAP_CLOSE);
			b->t.closed = *in;
		}
	}
	node->span.end = node->item.end = b->value_end;
	if (node->style == STYLE_BLOCK)
		b->t.ended[b->t.ended_count++] = *in;
	b->t.depth--;
	in = yaml_tree_top(&b->t);
	if (b->t.late_count != 0 && in != NULL && (in->late || b->t.depth == 1))
		return yaml_comment_late_flush(&b->t, in, STYLE_LINE);
	return 0;
}

/* --- documents ------------------------------------------------------------------------------------------------------ */

static int
on_document_start(struct builder *b, const yaml_event_t *event)
{
	struct document_facts	*facts = &b->t.doc->facts;
	yaml_version_directive_t *version = event->data.document_start.version_directive;
	bool			 tags = event->data.document_start.tag_directives.start != event->data.document_start.tag_directives.end;
	size_t			 end = byte_of(b, event->end_mark);

	key_index_reset(&b->anchors);
	b->has_entry = b->has_property = false;
	if ((version != NULL || tags) && facts->directive_line == 0)
		facts->directive_line = line_of(event->start_mark);
	if (version != NULL && (version->major != 1 || version->minor != 1) && facts->version_line == 0)
		facts->version_line = line_of(event->start_mark);
	b->extent.start = b->extent.end;
	if (!event->data.document_start.implicit) {
		if (gap_before(b, end) != 0)
			return (int)b->t.err->kind;
		b->extent.start = (uint32_t)end;
	}
	return 0;
}

static int
on_document_end(struct builder *b, const yaml_event_t *event)
{
	struct next_token	 next = { GAP_STOP, 1, false };
	size_t			 start = byte_of(b, event->start_mark), end = byte_of(b, event->end_mark);
	struct node		*root = b->t.doc->root[b->t.doc->roots - 1];

	if (gap_before(b, start) != 0)
		return (int)b->t.err->kind;
	next.blank = b->t.gap.blank;
	if (b->t.ended_count != 0) {
		size_t outermost = b->t.ended_count - 1;

		if (yaml_comment_before(&b->t, &next) != 0)
			return (int)b->t.err->kind;
		b->t.root = b->t.ended[outermost];	/* with the comments that were appended just now */
	} else {
		b->t.root = b->t.closed.node == root ? b->t.closed : (struct open_node){ .node = root, .tail = &root->child };
		if (yaml_comment_root(&b->t) != 0)
			return (int)b->t.err->kind;
	}
	b->t.doc->extent[b->t.doc->roots - 1].end = (uint32_t)start;
	b->extent.end = (uint32_t)end;
	if (end > start)
		gap_skip(&b->t.gap, end, line_of(event->end_mark), column_of(event->end_mark), GAP_STOP);
	return 0;
}

static int
on_stream_end(struct builder *b)
{
	return gap_before(b, b->t.gap.text.len) != 0 ? (int)b->t.err->kind : yaml_comment_end(&b->t);
}

static int
on_event(struct builder *b, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		return on_document_start(b, event);
	case YAML_DOCUMENT_END_EVENT:
		return on_document_end(b, event);
	case YAML_SCALAR_EVENT:
		return on_scalar(b, event);
	case YAML_ALIAS_EVENT:
		return on_alias(b, event);
	case YAML_MAPPING_START_EVENT:
	case YAML_SEQUENCE_START_EVENT:
		return on_open(b, event, event->type == YAML_MAPPING_START_EVENT);
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		return on_close(b, event);
	case YAML_STREAM_END_EVENT:
		return on_stream_end(b);
	default:
		return 0;
	}
}

static uint8_t
byte_at(struct builder *b, yaml_mark_t mark)
{
	size_t at = byte_of(b, mark);

	return at < b->t.doc->text.len ? b->t.doc->text.data[at] : '\0';
}

/* What libyaml has against the text. */
static int
parser_error(struct builder *b)
{
	const yaml_parser_t	*yaml = &b->yaml;
	struct yaml_problem	 problem = {
		.problem = yaml->problem != NULL ? yaml->problem : "malformed text", .context = yaml->context,
		.line = line_of(yaml->context_mark),
	};
	uint32_t		 line, column;
	bool			 at_context;

	if (yaml->error == YAML_MEMORY_ERROR)
		return err_memory(b->t.err);
	if (yaml->error == YAML_READER_ERROR) {
		/* Its marks say nothing; the offset counts bytes. */
		(void)yaml_error_set(b->t.err, &problem, &at_context);
		document_position(b->t.doc, yaml->problem_offset + (b->t.doc->facts.bom ? 3 : 0), &line, &column);
		return err_at(b->t.err, line, column);
	}
	problem.byte = byte_at(b, yaml->problem_mark);
	problem.context_byte = byte_at(b, yaml->context_mark);
	(void)yaml_error_set(b->t.err, &problem, &at_context);
	return at_context ? err_at(b->t.err, line_of(yaml->context_mark), column_of(yaml->context_mark)) :
	    err_at(b->t.err, line_of(yaml->problem_mark), column_of(yaml->problem_mark));
}

static int
events_read(struct builder *b)
{
	yaml_event_t	event;
	bool		done = false;
	int		rc = 0;

	while (rc == 0 && !done) {
		if (!yaml_parser_parse(&b->yaml, &event))
			return parser_error(b);
		done = event.type == YAML_STREAM_END_EVENT;
		rc = on_event(b, &event);
		yaml_event_delete(&event);
	}
	return rc;
}

static bool
is_ascii(struct slice text)
{
	uint8_t any = 0;

	for (size_t i = 0; i < text.len; i++)
		any |= text.data[i];
	return any < 0x80;
}

static void
builder_release(struct builder *b)
{
	yaml_parser_delete(&b->yaml);
	yaml_tree_release(&b->t);
	key_index_release(&b->anchors);
}

/* At the beginning of the text. */
static struct builder
builder_new(struct document *doc, struct error *err)
{
	size_t bom = doc->facts.bom ? 3 : 0;

	return (struct builder){
		.t.doc = doc, .t.err = err, .anchors = KEY_INDEX, .byte = bom, .extent.end = (uint32_t)bom,
		.t.gap = { .text = doc->text, .at = bom, .line = 1, .column = 1, .fresh = true, .after = GAP_TEXT,
		    .end = bom, .end_line = 1, .end_column = 1 },
	};
}

int
yaml_parse_any(struct document *doc, struct error *err)
{
	CLEANUP(builder_release) struct builder b = builder_new(doc, err);

	if (!yaml_parser_initialize(&b.yaml))
		return err_memory(err);
	b.ascii = is_ascii(doc->text);
	yaml_parser_set_encoding(&b.yaml, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&b.yaml, doc->text.data + b.byte, doc->text.len - b.byte);
	return events_read(&b);
}

static int
on_block_event(void *builder, const yaml_event_t *event)
{
	return on_event(builder, event);
}

bool
yaml_parse_block(struct document *doc)
{
	struct document			 before = *doc;
	struct error			 nobody = ERROR_INIT;
	CLEANUP(builder_release) struct builder b = builder_new(doc, &nobody);

	if (doc->facts.bom)
		return false;
	b.ascii = true;		/* its marks count bytes */
	if (yaml_block_scan(doc->text, on_block_event, &b))
		return true;
	arena_rewind(&doc->arena, &before.arena);
	before.arena = doc->arena;
	*doc = before;
	return false;
}

int
yaml_parse(struct document *doc, struct error *err)
{
	if (yaml_text_prepare(doc, err) != 0)
		return (int)err->kind;
	return yaml_parse_block(doc) ? 0 : yaml_parse_any(doc, err);
}
