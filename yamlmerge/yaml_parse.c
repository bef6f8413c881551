#include "yamlmerge/yaml_parse.h"

#include <stdlib.h>
#include <yaml.h>

#include "base/limits.h"
#include "yamlmerge/key_index.h"
#include "yamlmerge/yaml_block.h"
#include "yamlmerge/yaml_comment.h"
#include "yamlmerge/yaml_error.h"
#include "yamlmerge/yaml_memory.h"
#include "yamlmerge/yaml_text.h"

/*
 * One loop over libyaml's events, on a stack of our own.  Before an event is handled, the text from the last one up to it (the
 * gap) is read again by yaml_comment.c, which gives the dashes, question marks and properties, and the comments on the way.
 *
 * A comment finds its place when the next token is known: see comments_before() for the table.  Containers that have ended
 * since the last token are kept in ${ended}, because a comment may still belong to them.
 */
struct builder {
	struct document		*doc;
	struct error		*err;
	yaml_parser_t		 yaml;
	struct gap		 gap;
	bool			 ascii;			/* a character is a byte */
	size_t			 index, byte;		/* the last conversion: character ${index} is at ${byte} */

	struct open_node	*open;			/* maps and lists around here, outermost first */
	size_t			 depth, open_capacity;
	struct open_node	*ended;			/* those that the next token has ended, innermost first */
	size_t			 ended_count;
	struct gap_comment	*late;			/* late_add() */
	size_t			 late_count, late_capacity;
	bool			 late_held;		/* an open map waits for its member to end */
	struct open_node	 closed;		/* the flow collection just closed */
	struct open_node	 root;			/* that of the document just ended */
	bool			 empty;			/* the last value was an empty one */

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
	const uint8_t	*p = b->doc->text.data;
	size_t		 len = b->doc->text.len;

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

	if (arena_alloc(&b->doc->arena, sizeof(**out), &room, b->err) != 0)
		return (int)b->err->kind;
	*out = room;
	(*out)->kind = kind;
	return 0;
}

static struct open_node *
top(struct builder *b)
{
	return b->depth != 0 ? &b->open[b->depth - 1] : NULL;
}

static void
child_append(struct open_node *in, struct node *child)
{
	child->parent = in->node;
	*in->tail = child;
	if (child->kind != NODE_COMMENT)
		in->last = in->tail;
	in->tail = &child->next;
}

static void
child_before_last(struct open_node *in, struct node *comment)
{
	if (in->last == NULL) {
		child_append(in, comment);
		return;
	}
	comment->parent = in->node;
	comment->next = *in->last;
	*in->last = comment;
	in->last = &comment->next;
}

/* The first child of a collection that is complete. */
static void
child_first(struct builder *b, struct node *in, struct node *comment)
{
	comment->parent = in;
	comment->next = in->child;
	in->child = comment;
	if (b->closed.node == in && b->closed.tail == &in->child)
		b->closed.tail = &comment->next;
}

static int
comment_new(struct builder *b, const struct gap_comment *from, enum node_style style, struct node **out)
{
	if (node_new(b, NODE_COMMENT, out) != 0)
		return (int)b->err->kind;
	(*out)->style = style;
	(*out)->span = (*out)->item = from->span;
	(*out)->text = slice_sub(b->doc->text, from->span.start + 1, from->span.end);
	(*out)->line = from->line;
	(*out)->column = from->column;
	return 0;
}

/* --- where comments go ---------------------------------------------------------------------------------------------- */

static int
comment_append(struct builder *b, struct open_node *in, const struct gap_comment *c, enum node_style style)
{
	struct node *node;

	if (comment_new(b, c, style, &node) != 0)
		return (int)b->err->kind;
	child_append(in, node);
	return 0;
}

static int
comment_beside(struct builder *b, struct open_node *in, const struct gap_comment *c)
{
	struct node *node;

	if (comment_new(b, c, STYLE_INLINE, &node) != 0)
		return (int)b->err->kind;
	child_before_last(in, node);
	return 0;
}

/*
 * Behind a flow collection, or the comma after it: an element's comment is beside the element, a member's the first one inside.
 */
static int
comment_behind_flow(struct builder *b, struct node *collection, const struct gap_comment *c)
{
	struct node *node;

	if (collection->parent != NULL && collection->parent->kind == NODE_LIST)
		return comment_beside(b, top(b) != NULL && top(b)->node == collection->parent ? top(b) : b->ended, c);
	if (comment_new(b, c, STYLE_LINE, &node) != 0)
		return (int)b->err->kind;
	child_first(b, collection, node);
	return 0;
}

/*
 * Late comments (FORMAT.md, comments) stand before an element, and sops finds them behind the first thing in it: a scalar element, or
 * the first member or element of the block that it is.
 */
static int
late_add(struct builder *b, const struct gap_comment *c)
{
	size_t	 capacity = b->late_capacity == 0 ? 8 : b->late_capacity * 2;
	void	*more;

	if (b->late_count == b->late_capacity) {
		if ((more = realloc(b->late, capacity * sizeof(*b->late))) == NULL)
			return err_memory(b->err);
		b->late = more;
		b->late_capacity = capacity;
	}
	b->late[b->late_count++] = *c;
	return 0;
}

static int
late_flush(struct builder *b, struct open_node *in, enum node_style style)
{
	for (size_t i = 0; i < b->late_count; i++)
		if (comment_append(b, in, &b->late[i], style) != 0)
			return (int)b->err->kind;
	b->late_count = 0;
	b->late_held = in->late = false;
	return 0;
}

/* A node has been placed in ${in}: does that end the first thing that the late comments wait for? */
static int
late_check(struct builder *b, struct open_node *in, const struct node *node, bool key)
{
	bool collection = node->kind == NODE_MAP || node->kind == NODE_LIST;

	if (b->late_count == 0)
		return 0;
	if (key && !b->late_held)
		b->late_held = in->late = true;
	if (key || (b->late_held && !in->late))
		return 0;
	if (collection)
		return !b->late_held && node->style == STYLE_FLOW ? late_flush(b, in, STYLE_UNSEEN) : 0;
	if (!b->late_held && node->kind == NODE_SCALAR && node->style == STYLE_PLAIN && node->text.len == 0)
		return 0;
	return late_flush(b, in, STYLE_LINE);
}

/* What stands behind the comments. */
struct next_token {
	enum gap_token	kind;
	uint32_t	column;
	bool		blank;		/* an empty line just above it */
};

/* Lines on their own behind a value of a block: FORMAT.md, comments. */
static int
comments_behind(struct builder *b, struct gap_comment *comments, size_t n, const struct next_token *next)
{
	size_t			 count = b->ended_count;
	struct open_node	*goes_on = next->kind == GAP_STOP ? &b->ended[--count] : &b->open[b->depth - 1];
	struct after_block	 scene = {
		.ended = b->ended, .count = count, .next = goes_on->node, .column = next->column,
		.at_end = next->kind == GAP_STOP && b->gap.at == b->gap.text.len, .blank_after = next->blank && !comments[n - 1].carried,
		.after_empty = b->empty, .comments = comments, .n = n,
	};

	comments_after_block(&scene);
	for (size_t i = 0; i < n; i++)
		if (comments[i].late) {
			if (late_add(b, &comments[i]) != 0)
				return (int)b->err->kind;
		} else if (comment_append(b, comments[i].home < count ? &b->ended[comments[i].home] : goes_on, &comments[i],
		    comments[i].lost ? STYLE_UNSEEN : STYLE_LINE) != 0)
			return (int)b->err->kind;
	return 0;
}

/* Does sops drop it? */
static bool
unseen(const struct open_node *in, const struct gap_comment *c, const struct next_token *next)
{
	switch (c->after) {
	case GAP_OPEN:
		return c->beside || next->kind == GAP_CLOSE;
	case GAP_VALUE:
		return c->beside && next->kind == GAP_OPEN && in->node->style == STYLE_FLOW;
	case GAP_ANCHOR:
	case GAP_TAG:
		return c->beside && next->kind == GAP_OPEN;
	default:
		return false;
	}
}

/* One comment that is not a line of its own behind a value. */
static int
comment_place(struct builder *b, const struct gap_comment *c, const struct next_token *next)
{
	struct open_node	*in = b->depth != 0 ? top(b) : b->ended;
	const struct node	*last = in->last != NULL ? *in->last : NULL;

	if (unseen(in, c, next))
		return comment_append(b, in, c, STYLE_UNSEEN);
	switch (c->after) {
	case GAP_SCALAR:
		if (b->ended_count != 0)
			in = b->ended;
		return in->key != NULL ? comment_append(b, in, c, STYLE_INLINE) : comment_beside(b, in, c);
	case GAP_CLOSE:
		return comment_behind_flow(b, b->closed.node, c);
	case GAP_COMMA:
		if (!c->beside)
			return comment_append(b, in, c, STYLE_LINE);
		if (last != NULL && (last->kind == NODE_MAP || last->kind == NODE_LIST))
			return comment_behind_flow(b, *in->last, c);
		return comment_beside(b, in, c);
	default:
		return comment_append(b, in, c, next->kind == GAP_SCALAR && c->beside ? STYLE_INLINE : STYLE_LINE);
	}
}

/* Will this comment be the first child of the map or list that begins next? */
static bool
goes_inside(const struct gap_comment *c, const struct next_token *next)
{
	bool block = next->kind == GAP_BLOCK;

	if (!block && next->kind != GAP_OPEN)
		return false;
	switch (c->after) {
	case GAP_TEXT:
	case GAP_START:
	case GAP_DIRECTIVE:
	case GAP_STOP:
		return true;
	case GAP_ENTRY:
		return block;
	case GAP_VALUE:
		return !c->beside;
	case GAP_ANCHOR:
	case GAP_TAG:
		return block || !c->beside;
	default:
		return false;
	}
}

/* Is it on a line of its own behind a value, so that what follows decides where it goes? */
static bool
stands_behind(const struct gap_comment *c, bool flow)
{
	return !c->beside && (c->after == GAP_SCALAR || c->after == GAP_CLOSE || (flow && c->after == GAP_COMMA));
}

/* The column of the innermost block around here. */
static uint32_t
block_column(const struct builder *b)
{
	for (size_t depth = b->depth; depth > 0; depth--)
		if (b->open[depth - 1].node->style == STYLE_BLOCK)
			return b->open[depth - 1].node->column;
	return 0;
}

/* The end of the lines from ${first} on that are a foot: no empty line above, one below.  ${first} when there are none. */
static size_t
foot_of(const struct gap_comment *c, size_t first, size_t n, const struct next_token *next)
{
	size_t end = first + 1;

	while (end < n && !c[end].blank_above)
		end++;
	return c[first].blank_above || (end == n && !next->blank) ? first : end;
}

/*
 * A line of its own behind a value inside a flow collection.  Before a comma it waits for the next element, and is unseen when
 * there is none.  Before the bracket it belongs to the last value, or (${left}: it or a line above is left of the block around
 * here, and no foot, or it stands behind a foot) it goes on behind the bracket.
 */
static int
flow_line_place(struct builder *b, struct gap_comment *c, bool left, const struct next_token *next, bool *waits)
{
	*waits = next->kind == GAP_COMMA || (next->kind == GAP_CLOSE && !c->before_comma && left);
	if (next->kind == GAP_COMMA)
		c->before_comma = true;
	else if (*waits) {
		c->after = GAP_CLOSE;
		c->carried = true;
	} else
		return comment_append(b, top(b), c, next->kind == GAP_CLOSE && c->before_comma ? STYLE_UNSEEN : STYLE_LINE);
	return 0;
}

/* In a flow map the comment beside "key:" comes last, just before the scalar. */
static void
flow_beside_last(struct gap_comment *c, size_t n)
{
	struct gap_comment first;

	if (n < 2 || !c[0].beside || c[0].after != GAP_VALUE)
		return;
	first = c[0];
	(void)memmove(c, c + 1, (n - 1) * sizeof(*c));
	c[n - 1] = first;
}

/*
 * How many of the lines below a dash, bracket or colon are late: a foot, and below a bracket or the colon of a scalar one left of the block
 * around here (below a bracket another one is unseen).
 */
static size_t
late_lines(const struct builder *b, const struct gap_comment *c, size_t n, const struct next_token *next, bool *lost)
{
	size_t	first = n != 0 && c[0].beside;
	bool	left;

	*lost = false;
	if (first >= n || b->depth == 0)
		return 0;
	left = c[first].column < block_column(b);
	switch (c[first].after) {
	case GAP_ENTRY:
		return foot_of(c, first, n, next);
	case GAP_OPEN:
		*lost = !left;
		return block_column(b) > 1 ? foot_of(c, first, n, next) : 0;
	case GAP_VALUE:
		return left && next->kind == GAP_SCALAR ? foot_of(c, first, n, next) : 0;
	default:
		return 0;
	}
}

/*
 * Place the waiting comments that stand before ${next}.  Those that belong into a block that begins there are left waiting
 * for it.
 */
static int
comments_before(struct builder *b, const struct next_token *next)
{
	struct gap_comment	*c = b->gap.waiting;
	bool			 flow = b->depth != 0 && top(b)->node->style == STYLE_FLOW, behind = false, left = false, any_foot = false, lost, waits;
	size_t			 n = b->gap.count, kept = 0, foot = SIZE_MAX, late = late_lines(b, c, n, next, &lost);

	if (flow && next->kind == GAP_SCALAR && late == 0)
		flow_beside_last(c, n);
	for (size_t i = 0; i < n; i++) {
		if (b->depth == 0 && b->ended_count == 0) {
			c[kept++] = c[i];	/* before the root */
		} else if (!c[i].beside && i < late) {
			if (lost ? comment_append(b, top(b), &c[i], STYLE_UNSEEN) != 0 : late_add(b, &c[i]) != 0)
				return (int)b->err->kind;
		} else if (goes_inside(&c[i], next)) {
			c[kept++] = c[i];
		} else if (stands_behind(&c[i], flow)) {
			waits = behind = !flow;
			if (flow && foot == SIZE_MAX && !c[i].before_comma) {
				foot = c[i].after != GAP_COMMA ? foot_of(c, i, n, next) : i;
				any_foot = foot > i;
			}
			left = flow && (left || (i >= foot && (any_foot || c[i].column < block_column(b))));
			if (flow && flow_line_place(b, &c[i], left, next, &waits) != 0)
				return (int)b->err->kind;
			if (waits)
				c[kept++] = c[i];
		} else if (comment_place(b, &c[i], next) != 0)
			return (int)b->err->kind;
	}
	if (behind && comments_behind(b, c, kept, next) != 0)
		return (int)b->err->kind;
	b->gap.count = behind ? 0 : kept;
	b->ended_count = 0;
	return 0;
}

/* The first children of what has just begun. */
static int
comments_into(struct builder *b, struct open_node *in)
{
	for (size_t i = 0; i < b->gap.count; i++)
		if (comment_append(b, in, &b->gap.waiting[i], STYLE_LINE) != 0)
			return (int)b->err->kind;
	b->gap.count = 0;
	return 0;
}

/* --- the gap before an event ---------------------------------------------------------------------------------------- */

static void
property_note(struct builder *b, enum gap_token token)
{
	if (!b->has_property)
		b->property = b->gap.token.start;
	b->has_property = true;
	*(token == GAP_TAG ? &b->tag_span : &b->anchor_span) = b->gap.token;
}

static int
comments_before_token(struct builder *b, enum gap_token token)
{
	struct next_token next = { token, b->gap.token_column, b->gap.token_blank };

	return comments_before(b, &next);
}

/* Read up to an event. */
static int
gap_before(struct builder *b, size_t upto)
{
	enum gap_token	token;
	bool		first = true;

	while (gap_next(&b->gap, upto, &token, b->err) == 0) {
		if (token == GAP_END)
			return 0;
		if (token == GAP_ANCHOR || token == GAP_TAG) {
			/* What stands behind a value has its place by now; the rest waits for the kind of node that follows. */
			if (first && b->ended_count != 0 && comments_before_token(b, token) != 0)
				break;
			property_note(b, token);
		} else if (token != GAP_START && token != GAP_DIRECTIVE) {
			if (comments_before_token(b, token) != 0)
				break;
			b->has_entry = token == GAP_ENTRY || token == GAP_KEY;
			b->entry = b->gap.token.start;
		}
		first = false;
	}
	return (int)b->err->kind;
}

static int
properties_before(struct builder *b, size_t upto)
{
	enum gap_token token;

	while (gap_property(&b->gap, upto, &token, b->err) == 0) {
		if (token == GAP_END)
			return 0;
		property_note(b, token);
	}
	return (int)b->err->kind;
}

/* --- events to nodes ------------------------------------------------------------------------------------------------ */

static int
node_position_error(struct builder *b, enum err_kind kind, yaml_mark_t mark, const char *text)
{
	(void)err_set(b->err, kind, "%s", text);
	return err_at(b->err, line_of(mark), column_of(mark));
}

static int
properties_set(struct builder *b, struct node *node, const yaml_char_t *tag)
{
	struct node_properties	*properties;
	void			*room, *there;

	if (!b->has_property)
		return 0;
	if (arena_alloc(&b->doc->arena, sizeof(*properties), &room, b->err) != 0)
		return (int)b->err->kind;
	node->properties = properties = room;
	properties->tag_span = b->tag_span;
	properties->anchor_span = b->anchor_span;
	if (b->anchor_span.end != 0)
		properties->anchor = slice_sub(b->doc->text, b->anchor_span.start + 1, b->anchor_span.end);
	if (tag != NULL && arena_copy(&b->doc->arena, slice_str((const char *)tag), &properties->tag, b->err) != 0)
		return (int)b->err->kind;
	if (b->anchor_span.end != 0) {
		if (key_index_add(&b->anchors, properties->anchor, node, &there, b->err) != 0)
			return (int)b->err->kind;
		if (there != NULL)
			key_index_set(&b->anchors, properties->anchor, node);
	}
	return 0;
}

static int
root_add(struct builder *b, struct node *node)
{
	struct document	*doc = b->doc;
	size_t		 more = b->roots_capacity == 0 ? 4 : b->roots_capacity * 2;
	void		*roots, *extents;

	if (doc->roots == LIMIT_DOCUMENTS)
		return err_set(b->err, ERR_LIMIT, "more than %d documents in one file", LIMIT_DOCUMENTS);
	if (doc->roots == b->roots_capacity) {
		if (arena_alloc(&doc->arena, more * sizeof(struct node *), &roots, b->err) != 0 ||
		    arena_alloc(&doc->arena, more * sizeof(struct span), &extents, b->err) != 0)
			return (int)b->err->kind;
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
	struct open_node	*in = top(b);
	uint32_t		 start = b->has_property ? b->property : node->span.start;
	bool			 key = in != NULL && in->node->kind == NODE_MAP && in->key == NULL;

	if (key && node->kind != NODE_SCALAR && node->kind != NODE_ALIAS) {
		(void)node_position_error(b, ERR_SYNTAX, event->start_mark, "a map or list as the key of a map");
		return err_hint(b->err, "a value that begins with '{' must be quoted; template text such as {{ name }} too");
	}
	node->item.start = start;
	if (b->has_entry && in != NULL && (key || in->node->kind == NODE_LIST))
		node->item.start = b->entry;
	if (properties_set(b, node, tag) != 0)
		return (int)b->err->kind;
	b->has_entry = b->has_property = false;
	b->tag_span = b->anchor_span = (struct span){ 0, 0 };
	if (in == NULL)
		return root_add(b, node);
	if (key) {
		node->parent = in->node;
		in->key = node;
		return late_check(b, in, node, true);
	}
	if (in->key != NULL) {
		node->key = in->key;
		node->item.start = in->key->item.start;
		in->key = NULL;
	}
	child_append(in, node);
	return late_check(b, in, node, false);
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
	raw = slice_sub(b->doc->text, start, end);
	if (value.data == raw.data || slice_eq(raw, value)) {
		node->text = raw;
		return 0;
	}
	return arena_copy(&b->doc->arena, value, &node->text, b->err);
}

/* An empty value has no text: it stands right behind the last thing before it, wherever libyaml saw it. */
static int
empty_value(struct builder *b, struct node *node, const yaml_event_t *event)
{
	struct gap	*gap = &b->gap;
	size_t		 i, n;

	if (b->has_property || event->data.scalar.tag != NULL || event->data.scalar.anchor != NULL)
		if (properties_before(b, byte_of(b, event->end_mark)) != 0)
			return (int)b->err->kind;
	node->span = (struct span){ (uint32_t)gap->end, (uint32_t)gap->end };
	node->line = gap->end_line;
	node->column = gap->end_column;
	node->text = slice_sub(b->doc->text, gap->end, gap->end);
	/* Comments between the indicator and a property go before it; what stands behind is treated as behind any value. */
	for (i = 0; i < gap->count && gap->waiting[i].span.start < gap->end; i++)
		;
	n = gap->count;
	gap->count = i;
	if (i != 0 && comments_before(b, &(struct next_token){ GAP_SCALAR, gap->end_column, false }) != 0)
		return (int)b->err->kind;
	if (node_place(b, node, event, event->data.scalar.tag) != 0)
		return (int)b->err->kind;
	for (; i < n; i++) {
		gap->waiting[gap->count] = gap->waiting[i];
		gap->waiting[gap->count++].after = GAP_SCALAR;
	}
	gap->after = GAP_SCALAR;
	node->item.end = node->span.end;
	b->value_end = node->span.end;
	b->empty = true;
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
	struct gap	*gap = &b->gap;
	struct slice	 text = b->doc->text;
	uint32_t	 end = node->span.end;
	bool		 strip;

	if (gap_header(gap, &node->body, b->err) != 0)
		return (int)b->err->kind;
	strip = memchr(text.data + node->span.start, '-', gap->token.end - node->span.start) != NULL;
	if (gap->count != 0) {
		gap->waiting[gap->count - 1].after = GAP_SCALAR;	/* beside its value, like others */
		if (comments_before(b, &(struct next_token){ GAP_HEADER, 0, false }) != 0)
			return (int)b->err->kind;
	}
	if (node->body > end)
		node->body = end;
	gap_skip(gap, end, line_of(event->end_mark), column_of(event->end_mark), GAP_SCALAR);
	gap->fresh = event->end_mark.column == 0;
	gap->blank = gap->fresh && ends_blank(text, node->body, end);
	if (end == text.len && event->end_mark.column != 0 && !strip)
		b->doc->facts.cut_block_line = node->line;
	return 0;
}

static int
on_scalar(struct builder *b, const yaml_event_t *event)
{
	size_t		 start = byte_of(b, event->start_mark), end;
	enum node_style	 style = scalar_style(event);
	struct node	*node;

	if (gap_before(b, start) != 0 || node_new(b, NODE_SCALAR, &node) != 0)
		return (int)b->err->kind;
	node->style = style;
	if (style == STYLE_PLAIN && event->data.scalar.length == 0)
		return empty_value(b, node, event);
	end = byte_of(b, event->end_mark);
	if ((event->data.scalar.tag != NULL || event->data.scalar.anchor != NULL) && properties_before(b, end) != 0)
		return (int)b->err->kind;
	if (comments_before(b, &(struct next_token){ GAP_SCALAR, column_of(event->start_mark), b->gap.blank }) != 0)
		return (int)b->err->kind;
	node->span = (struct span){ (uint32_t)b->gap.at, (uint32_t)end };
	node->line = b->gap.line;
	node->column = b->gap.column;
	if (text_set(b, node, event, b->gap.at, end) != 0 || node_place(b, node, event, event->data.scalar.tag) != 0)
		return (int)b->err->kind;
	node->item.end = b->value_end = (uint32_t)end;
	b->empty = false;
	if (style == STYLE_LITERAL || style == STYLE_FOLDED)
		return block_scalar(b, node, event);
	gap_skip(&b->gap, end, line_of(event->end_mark), column_of(event->end_mark), GAP_SCALAR);
	return 0;
}

static int
on_alias(struct builder *b, const yaml_event_t *event)
{
	size_t		 start = byte_of(b, event->start_mark), end;
	struct node	*node;

	if (gap_before(b, start) != 0 || node_new(b, NODE_ALIAS, &node) != 0 ||
	    comments_before(b, &(struct next_token){ GAP_SCALAR, column_of(event->start_mark), b->gap.blank }) != 0)
		return (int)b->err->kind;
	end = byte_of(b, event->end_mark);
	node->span = (struct span){ (uint32_t)start, (uint32_t)end };
	node->line = line_of(event->start_mark);
	node->column = column_of(event->start_mark);
	node->text = slice_sub(b->doc->text, start + 1, end);
	node->target = key_index_find(&b->anchors, node->text);
	if (node->target == NULL) {
		(void)err_set(b->err, ERR_SYNTAX, "alias '*%.*s' of an anchor that is not defined before it", SLICE_ARG(node->text));
		(void)err_hint(b->err, "a value that begins with '*' must be quoted");
		return err_at(b->err, node->line, node->column);
	}
	/* A map or list has no end yet while it is being read. */
	if (node->target->span.end == 0 && (node->target->kind == NODE_MAP || node->target->kind == NODE_LIST)) {
		(void)err_set(b->err, ERR_SYNTAX, "alias '*%.*s' inside its own anchor", SLICE_ARG(node->text));
		return err_at(b->err, node->line, node->column);
	}
	if (node_place(b, node, event, NULL) != 0)
		return (int)b->err->kind;
	node->item.end = b->value_end = (uint32_t)end;
	b->empty = false;
	gap_skip(&b->gap, end, line_of(event->end_mark), column_of(event->end_mark), GAP_SCALAR);
	return 0;
}

static int
open_push(struct builder *b, struct node *node, yaml_mark_t mark)
{
	struct open_node	*in;
	size_t			 more = b->open_capacity == 0 ? 16 : b->open_capacity * 2;

	if (b->depth == LIMIT_DEPTH) {
		(void)err_set(b->err, ERR_LIMIT, "more than %d maps and lists inside each other", LIMIT_DEPTH);
		return err_at(b->err, line_of(mark), column_of(mark));
	}
	if (b->depth == b->open_capacity) {
		/* As many can end at once as were open. */
		void *open = yaml_realloc(b->open, more * sizeof(*b->open));

		if (open != NULL)
			b->open = open;
		void *ended = yaml_realloc(b->ended, more * sizeof(*b->ended));

		if (ended != NULL)
			b->ended = ended;
		if (open == NULL || ended == NULL)
			return err_memory(b->err);
		b->open_capacity = more;
	}
	in = &b->open[b->depth++];
	*in = (struct open_node){ .node = node, .tail = &node->child };
	return 0;
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
	const uint8_t	*p = b->doc->text.data;

	o.flow = map ? event->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE :
	    event->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE;
	if (o.flow) {
		o.bracket = o.at > 0 && event->end_mark.index > event->start_mark.index && p[o.at - 1] == (map ? '{' : '[');
		/* A pair's begins at its key or question mark. */
		if (o.bracket || event->end_mark.index > event->start_mark.index) {
			o.at--;
			o.column--;
		}
	} else if (!map && o.at > 0 && (o.at == b->doc->text.len || p[o.at] != '-') && p[o.at - 1] == '-') {
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
		return (int)b->err->kind;
	o = opening_of(b, event, map);
	if (properties_before(b, o.at) != 0)
		return (int)b->err->kind;
	next = (struct next_token){ o.bracket ? GAP_OPEN : o.flow ? GAP_SCALAR : GAP_BLOCK, column_of(event->start_mark), b->gap.blank };
	if (comments_before(b, &next) != 0)
		return (int)b->err->kind;
	if (node_new(b, map ? NODE_MAP : NODE_LIST, &node) != 0)
		return (int)b->err->kind;
	node->style = o.flow ? STYLE_FLOW : STYLE_BLOCK;
	node->span.start = (uint32_t)o.at;
	node->line = line_of(event->end_mark);
	node->column = o.column;
	if (b->doc->step == 0 && !o.flow && top(b) != NULL && top(b)->node->kind == NODE_MAP && o.column > top(b)->node->column)
		b->doc->step = o.column - top(b)->node->column;
	if (node_place(b, node, event, tag) != 0 || open_push(b, node, event->start_mark) != 0)
		return (int)b->err->kind;
	if ((o.bracket || !o.flow) && comments_into(b, top(b)) != 0)
		return (int)b->err->kind;
	if (o.bracket)
		gap_skip(&b->gap, o.at + 1, node->line, o.column + 1, GAP_OPEN);
	return 0;
}

static int
on_close(struct builder *b, const yaml_event_t *event)
{
	struct open_node	*in = &b->open[b->depth - 1];
	struct node		*node = in->node;
	size_t			 start, end;
	bool			 bracket = false;

	if (node->style == STYLE_FLOW) {
		start = byte_of(b, event->start_mark);
		end = byte_of(b, event->end_mark);
		bracket = end > start;
		if (bracket && (gap_before(b, start) != 0 ||
		    comments_before(b, &(struct next_token){ GAP_CLOSE, column_of(event->start_mark), b->gap.blank }) != 0))
			return (int)b->err->kind;
		if (bracket) {
			b->value_end = (uint32_t)end;
			b->empty = false;
			gap_skip(&b->gap, end, line_of(event->end_mark), column_of(event->end_mark), GAP_CLOSE);
			b->closed = *in;
		}
	}
	node->span.end = node->item.end = b->value_end;
	if (node->style == STYLE_BLOCK)
		b->ended[b->ended_count++] = *in;
	b->depth--;
	in = top(b);
	if (b->late_count != 0 && in != NULL && (in->late || b->depth == 1))
		return late_flush(b, in, STYLE_LINE);
	return 0;
}

/* --- documents ------------------------------------------------------------------------------------------------------ */

static int
on_document_start(struct builder *b, const yaml_event_t *event)
{
	struct document_facts	*facts = &b->doc->facts;
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
			return (int)b->err->kind;
		b->extent.start = (uint32_t)end;
	}
	return 0;
}

/* Behind a root that is no block: a flow collection or a scalar. */
static int
root_comments(struct builder *b)
{
	struct gap	*gap = &b->gap;
	size_t		 behind = 0;

	if (b->root.node->kind != NODE_SCALAR && gap->count != 0 && gap->waiting[0].after == GAP_CLOSE && gap->waiting[0].beside) {
		if (comment_behind_flow(b, b->root.node, &gap->waiting[0]) != 0)
			return (int)b->err->kind;
		b->root = b->closed;
		behind = 1;
	}
	for (; behind < gap->count; behind++)
		if (comment_append(b, &b->root, &gap->waiting[behind], STYLE_LINE) != 0)
			return (int)b->err->kind;
	gap->count = 0;
	return 0;
}

static int
on_document_end(struct builder *b, const yaml_event_t *event)
{
	struct next_token	 next = { GAP_STOP, 1, false };
	size_t			 start = byte_of(b, event->start_mark), end = byte_of(b, event->end_mark);
	struct node		*root = b->doc->root[b->doc->roots - 1];

	if (gap_before(b, start) != 0)
		return (int)b->err->kind;
	next.blank = b->gap.blank;
	if (b->ended_count != 0) {
		b->root = b->ended[b->ended_count - 1];
		if (comments_before(b, &next) != 0)
			return (int)b->err->kind;
	} else {
		b->root = b->closed.node == root ? b->closed : (struct open_node){ .node = root, .tail = &root->child };
		if (root_comments(b) != 0)
			return (int)b->err->kind;
	}
	b->doc->extent[b->doc->roots - 1].end = (uint32_t)start;
	b->extent.end = (uint32_t)end;
	if (end > start)
		gap_skip(&b->gap, end, line_of(event->end_mark), column_of(event->end_mark), GAP_STOP);
	return 0;
}

/* Comments behind the last document belong to it. */
static int
on_stream_end(struct builder *b)
{
	if (gap_before(b, b->gap.text.len) != 0)
		return (int)b->err->kind;
	if (b->root.node == NULL)
		return 0;
	for (size_t i = 0; i < b->gap.count; i++) {
		const struct gap_comment *c = &b->gap.waiting[i];

		/* One that is beside "..." goes with the next document, and there is none. */
		if (comment_append(b, &b->root, c, c->beside ? STYLE_UNSEEN : STYLE_LINE) != 0)
			return (int)b->err->kind;
	}
	return 0;
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

	return at < b->doc->text.len ? b->doc->text.data[at] : '\0';
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
		return err_memory(b->err);
	if (yaml->error == YAML_READER_ERROR) {
		/* Its marks say nothing; the offset counts bytes. */
		(void)yaml_error_set(b->err, &problem, &at_context);
		document_position(b->doc, yaml->problem_offset + (b->doc->facts.bom ? 3 : 0), &line, &column);
		return err_at(b->err, line, column);
	}
	problem.byte = byte_at(b, yaml->problem_mark);
	problem.context_byte = byte_at(b, yaml->context_mark);
	(void)yaml_error_set(b->err, &problem, &at_context);
	return at_context ? err_at(b->err, line_of(yaml->context_mark), column_of(yaml->context_mark)) :
	    err_at(b->err, line_of(yaml->problem_mark), column_of(yaml->problem_mark));
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
	gap_release(&b->gap);
	key_index_release(&b->anchors);
	free(b->late);
	yaml_free(b->open);
	yaml_free(b->ended);
}

/* At the beginning of the text. */
static struct builder
builder_new(struct document *doc, struct error *err)
{
	size_t bom = doc->facts.bom ? 3 : 0;

	return (struct builder){
		.doc = doc, .err = err, .anchors = KEY_INDEX, .byte = bom, .extent.end = (uint32_t)bom,
		.gap = { .text = doc->text, .at = bom, .line = 1, .column = 1, .fresh = true, .after = GAP_TEXT,
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
