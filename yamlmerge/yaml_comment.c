#include "yamlmerge/yaml_comment.h"

#include <stdlib.h>

#include "base/limits.h"
#include "yamlmerge/yaml_text.h"

/* --- comments behind a block (FORMAT.md, comments) ------------------------------------------------------------------------- */

/*
 * Lines of comments behind a block, whose end they may or may not mark: decide for each where it belongs (FORMAT.md,
 * comments) and set its ${home} to the index of an ended container, or to ${count} for the one that goes on.
 */
struct after_block {
	const struct open_node	*ended;		/* the containers that end there, innermost first */
	size_t			 count;
	const struct node	*next;		/* the one that goes on: the next token is in it, */
	uint32_t		 column;	/* there */
	bool			 at_end;	/* the next token is the end of the text */
	bool			 blank_after;	/* an empty line stands above it */
	bool			 after_empty;	/* the last value before was an empty one */
	struct gap_comment	*comments;
	size_t			 n;
};
#define NO_HOME	UINT32_MAX

/* A list counts as the map around it. */
static uint32_t
home_of(const struct after_block *scene, size_t ended)
{
	while (ended < scene->count && scene->ended[ended].node->kind == NODE_LIST)
		ended++;
	return (uint32_t)ended;
}

/* The ended container that stands in exactly this column, or ${next}. */
static uint32_t
home_at(const struct after_block *scene, uint32_t column)
{
	for (size_t i = 0; i < scene->count; i++)
		if (scene->ended[i].node->column == column)
			return home_of(scene, i);
	return (uint32_t)scene->count;
}

/*
 * Step 1.  A line left of the innermost container begins a new chunk unless it stands below the first line of its own; so does
 * the line behind the first empty line, if none stands above them all.  Returns the number of chunks.
 */
static uint32_t
chunks_cut(const struct after_block *scene, const struct node *inner)
{
	struct gap_comment	*c = scene->comments;
	uint32_t		 chunk = 0, column = c[0].column;
	bool			 cut = c[0].blank_above;
	bool			 open_key = scene->after_empty && inner->kind == NODE_MAP && c[0].column >= inner->column;

	for (size_t i = 1; i < scene->n; i++) {
		bool left = c[i].column < inner->column && c[i].column != column;

		if (left || (c[i].blank_above && !cut && !(open_key && chunk == 0))) {
			chunk++;
			column = c[i].column;
		}
		cut = cut || c[i].blank_above;
		c[i].chunk = chunk;
	}
	return chunk + 1;
}

/* The lines up to chunk ${to} that have no place yet, which begin at ${from}.  Returns where the next ones do. */
static size_t
settle(const struct after_block *scene, size_t from, uint32_t to, uint32_t home)
{
	struct gap_comment *c = scene->comments;

	for (; from < scene->n && c[from].chunk <= to; from++)
		if (c[from].home == NO_HOME)
			c[from].home = home;
	return from;
}

/* The innermost container; not a list whose last element is empty. */
static uint32_t
home_first(const struct after_block *scene)
{
	return scene->after_empty ? home_of(scene, 0) : 0;
}

/*
 * For each ended container the first chunk that begins in its column, ${n} when there is none.  Their columns fall from the
 * innermost on, so this takes time for the lines and not for all pairs.
 */
static void
first_in_column(const struct after_block *scene, size_t *first)
{
	const struct gap_comment *c = scene->comments;

	for (size_t e = 0; e < scene->count; e++)
		first[e] = scene->n;
	for (size_t i = 0; i < scene->n; i++) {
		size_t low = 0, high = scene->count;

		if (i != 0 && c[i].chunk == c[i - 1].chunk)
			continue;
		while (low < high) {
			size_t middle = low + (high - low) / 2;

			if (scene->ended[middle].node->column <= c[i].column)
				high = middle;
			else
				low = middle + 1;
		}
		if (low < scene->count && scene->ended[low].node->column == c[i].column && first[low] == scene->n)
			first[low] = i;
	}
}

/* Step 5. */
static void
several_chunks(const struct after_block *scene, uint32_t chunks, bool foot)
{
	struct gap_comment	*c = scene->comments;
	bool			 blank = c[0].blank_above;
	size_t			 first[LIMIT_DEPTH], settled = 0, i;

	first_in_column(scene, first);
	if (!foot || c[0].column >= scene->ended[0].node->column)
		(void)settle(scene, 0, 0, home_first(scene));
	for (size_t e = 0; e < scene->count; e++) {
		i = first[e];
		if (i == scene->n || c[i].home != NO_HOME)
			continue;
		/* sops has one place for both and keeps the second. */
		for (size_t k = 0; !scene->after_empty && k < scene->n && c[k].chunk == 0 && home_of(scene, e) == 0; k++)
			c[k].lost = c[k].home == 0;
		settled = settle(scene, settled, c[i].chunk, home_of(scene, e));
	}
	for (i = 1; i < scene->n; i++)
		blank = blank || c[i].blank_above;
	for (i = 0; i < scene->n; i++)
		if (c[i].home == NO_HOME || (scene->at_end && blank && c[i].chunk == chunks - 1))
			c[i].home = (uint32_t)scene->count;
}

/*
 * Late: behind the end of an element sops has no place before the next one for any lines but those that stand in its column
 * just above it: the others come behind the first thing that the next element says.
 */
static void
mark_late(const struct after_block *scene, uint32_t chunks, bool foot)
{
	struct gap_comment	*c = scene->comments;
	uint32_t		 column = 0;
	bool			 ended = scene->blank_after && !c[0].blank_above;	/* the last chunk by the first empty line */

	if (scene->next->kind != NODE_LIST || scene->next->style == STYLE_FLOW || scene->at_end)
		return;
	for (size_t i = 1; i < scene->n; i++)
		ended = ended && !c[i].blank_above;
	for (size_t i = 0; i < scene->n; i++) {
		if (i == 0 || c[i].chunk != c[i - 1].chunk)
			column = c[i].column;
		if (scene->count == 0)
			c[i].late = foot && c[i].chunk == 0 && column < scene->next->column;
		else if (c[i].home == scene->count)
			c[i].late = c[i].chunk != chunks - 1 || ended || column != scene->column;
	}
}

/*
 * Between two members of one map sops keeps of several chunks above the first empty line only the last, as the foot of the
 * member before.
 */
static void
mark_lost(const struct after_block *scene)
{
	struct gap_comment	*c = scene->comments;
	size_t			 i, k;

	if (scene->count != 0 || scene->next->kind != NODE_MAP || scene->at_end || c[0].blank_above)
		return;
	for (i = 1; i < scene->n && !c[i].blank_above; i++)
		;
	if (i < scene->n || scene->blank_after)
		for (k = 0; k < i && c[k].chunk != c[i - 1].chunk; k++)
			c[k].lost = true;
}

static void
comments_after_block(const struct after_block *scene)
{
	struct gap_comment	*c = scene->comments;
	const struct node	*inner = scene->count != 0 ? scene->ended[0].node : scene->next;
	uint32_t		 chunks, home;
	bool			 foot, blank;
	size_t			 i;

	if (scene->n == 0)
		return;
	for (i = 0; i < scene->n; i++) {
		c[i].home = NO_HOME;
		c[i].chunk = 0;
		c[i].lost = c[i].late = false;
	}
	chunks = chunks_cut(scene, inner);
	/* Step 2: no empty line above, one below. */
	for (i = 1; i < scene->n && c[i].chunk == 0; i++)
		;
	blank = i < scene->n ? c[i].blank_above && !c[i - 1].carried : scene->blank_after || scene->at_end;
	foot = !c[0].blank_above && blank;
	if (scene->count == 0)
		home = 0;
	else if (!foot && chunks == 1 && scene->count == 1 && inner->kind == NODE_LIST && inner->key != NULL &&
	    inner->column == scene->next->column)
		home = 1;
	else if (scene->at_end && (scene->after_empty || (chunks == 1 && c[0].blank_above)))
		home = (uint32_t)scene->count;
	else if (chunks > 1) {
		several_chunks(scene, chunks, foot);
		home = (uint32_t)scene->count;
	} else if (foot)	/* step 4 */
		home = c[0].column >= inner->column ? home_first(scene) : home_at(scene, c[0].column);
	else
		home = c[0].column == scene->column ? (uint32_t)scene->count : home_first(scene);
	(void)settle(scene, 0, chunks - 1, home);
	mark_late(scene, chunks, foot);
	mark_lost(scene);
}

/* --- the tree --------------------------------------------------------------------------------------------------------- */

static int
comment_node(struct yaml_tree *t, struct node **out)
{
	void *room;

	if (arena_alloc(&t->doc->arena, sizeof(**out), &room, t->err) != 0)
		return (int)t->err->kind;
	*out = room;
	(*out)->kind = NODE_COMMENT;
	return 0;
}

static void
child_before_last(struct open_node *in, struct node *comment)
{
	if (in->last == NULL) {
		yaml_tree_append(in, comment);
		return;
	}
	comment->parent = in->node;
	comment->next = *in->last;
	*in->last = comment;
	in->last = &comment->next;
}

/* The first child of a collection that is complete. */
static void
child_first(struct yaml_tree *t, struct node *in, struct node *comment)
{
	comment->parent = in;
	comment->next = in->child;
	in->child = comment;
	if (t->closed.node == in && t->closed.tail == &in->child)
		t->closed.tail = &comment->next;
}

static int
comment_new(struct yaml_tree *t, const struct gap_comment *from, enum node_style style, struct node **out)
{
	if (comment_node(t, out) != 0)
		return (int)t->err->kind;
	(*out)->style = style;
	(*out)->span = (*out)->item = from->span;
	(*out)->text = slice_sub(t->doc->text, from->span.start + 1, from->span.end);
	(*out)->line = from->line;
	(*out)->column = from->column;
	return 0;
}

/* --- one comment, and all that wait ------------------------------------------------------------------------------------ */

static int
comment_append(struct yaml_tree *t, struct open_node *in, const struct gap_comment *c, enum node_style style)
{
	struct node *node;

	if (comment_new(t, c, style, &node) != 0)
		return (int)t->err->kind;
	yaml_tree_append(in, node);
	return 0;
}

static int
comment_beside(struct yaml_tree *t, struct open_node *in, const struct gap_comment *c)
{
	struct node *node;

	if (comment_new(t, c, STYLE_INLINE, &node) != 0)
		return (int)t->err->kind;
	child_before_last(in, node);
	return 0;
}

/*
 * Behind a flow collection, or the comma after it: an element's comment is beside the element, a member's the first one inside.
 */
static int
comment_behind_flow(struct yaml_tree *t, struct node *collection, const struct gap_comment *c)
{
	struct node *node;

	if (collection->parent != NULL && collection->parent->kind == NODE_LIST)
		return comment_beside(t, yaml_tree_top(t) != NULL && yaml_tree_top(t)->node == collection->parent ?
		    yaml_tree_top(t) : t->ended, c);
	if (comment_new(t, c, STYLE_LINE, &node) != 0)
		return (int)t->err->kind;
	child_first(t, collection, node);
	return 0;
}

/*
 * Late comments (FORMAT.md, comments) stand before an element, and sops finds them behind the first thing in it: a scalar
 * element, or the first member or element of the block that it is.
 */
static int
late_add(struct yaml_tree *t, const struct gap_comment *c)
{
	size_t	 capacity = t->late_capacity == 0 ? 8 : t->late_capacity * 2;
	void	*more;

	if (t->late_count == t->late_capacity) {
		if ((more = realloc(t->late, capacity * sizeof(*t->late))) == NULL)
			return err_memory(t->err);
		t->late = more;
		t->late_capacity = capacity;
	}
	t->late[t->late_count++] = *c;
	return 0;
}

int
yaml_comment_late_flush(struct yaml_tree *t, struct open_node *in, enum node_style style)
{
	for (size_t i = 0; i < t->late_count; i++)
		if (comment_append(t, in, &t->late[i], style) != 0)
			return (int)t->err->kind;
	t->late_count = 0;
	t->late_held = in->late = false;
	return 0;
}

/* A node has been placed in ${in}: does that end the first thing that the late comments wait for? */
int
yaml_comment_late_check(struct yaml_tree *t, struct open_node *in, const struct node *node, bool key)
{
	bool collection = node->kind == NODE_MAP || node->kind == NODE_LIST;

	if (t->late_count == 0)
		return 0;
	if (key && !t->late_held)
		t->late_held = in->late = true;
	if (key || (t->late_held && !in->late))
		return 0;
	if (collection)
		return !t->late_held && node->style == STYLE_FLOW ? yaml_comment_late_flush(t, in, STYLE_UNSEEN) : 0;
	if (!t->late_held && node->kind == NODE_SCALAR && node->style == STYLE_PLAIN && node->text.len == 0)
		return 0;
	return yaml_comment_late_flush(t, in, STYLE_LINE);
}

/* Lines on their own behind a value of a block: FORMAT.md, comments. */
static int
comments_behind(struct yaml_tree *t, struct gap_comment *comments, size_t n, const struct next_token *next)
{
	size_t			 count = t->ended_count;
	struct open_node	*goes_on = next->kind == GAP_STOP ? &t->ended[--count] : &t->open[t->depth - 1];
	struct after_block	 scene = {
		.ended = t->ended, .count = count, .next = goes_on->node, .column = next->column,
		.at_end = next->kind == GAP_STOP && t->gap.at == t->gap.text.len, .blank_after = next->blank &&
		    !comments[n - 1].carried,
		.after_empty = t->empty, .comments = comments, .n = n,
	};

	comments_after_block(&scene);
	for (size_t i = 0; i < n; i++)
		if (comments[i].late) {
			if (late_add(t, &comments[i]) != 0)
				return (int)t->err->kind;
		} else if (comment_append(t, comments[i].home < count ? &t->ended[comments[i].home] : goes_on, &comments[i],
		    comments[i].lost ? STYLE_UNSEEN : STYLE_LINE) != 0)
			return (int)t->err->kind;
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
comment_place(struct yaml_tree *t, const struct gap_comment *c, const struct next_token *next)
{
	struct open_node	*in = t->depth != 0 ? yaml_tree_top(t) : t->ended;
	const struct node	*last = in->last != NULL ? *in->last : NULL;

	if (unseen(in, c, next))
		return comment_append(t, in, c, STYLE_UNSEEN);
	switch (c->after) {
	case GAP_SCALAR:
		if (t->ended_count != 0)
			in = t->ended;
		return in->key != NULL ? comment_append(t, in, c, STYLE_INLINE) : comment_beside(t, in, c);
	case GAP_CLOSE:
		return comment_behind_flow(t, t->closed.node, c);
	case GAP_COMMA:
		if (!c->beside)
			return comment_append(t, in, c, STYLE_LINE);
		if (last != NULL && (last->kind == NODE_MAP || last->kind == NODE_LIST))
			return comment_behind_flow(t, *in->last, c);
		return comment_beside(t, in, c);
	default:
		return comment_append(t, in, c, next->kind == GAP_SCALAR && c->beside ? STYLE_INLINE : STYLE_LINE);
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
block_column(const struct yaml_tree *t)
{
	for (size_t depth = t->depth; depth > 0; depth--)
		if (t->open[depth - 1].node->style == STYLE_BLOCK)
			return t->open[depth - 1].node->column;
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
flow_line_place(struct yaml_tree *t, struct gap_comment *c, bool left, const struct next_token *next, bool *waits)
{
	*waits = next->kind == GAP_COMMA || (next->kind == GAP_CLOSE && !c->before_comma && left);
	if (next->kind == GAP_COMMA)
		c->before_comma = true;
	else if (*waits) {
		c->after = GAP_CLOSE;
		c->carried = true;
	} else
		return comment_append(t, yaml_tree_top(t), c, next->kind == GAP_CLOSE && c->before_comma ? STYLE_UNSEEN :
		    STYLE_LINE);
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
 * How many of the lines below a dash, bracket or colon are late: a foot, and below a bracket or the colon of a scalar one
 * left of the block around here (below a bracket another one is unseen).
 */
static size_t
late_lines(const struct yaml_tree *t, const struct gap_comment *c, size_t n, const struct next_token *next, bool *lost)
{
	size_t			 first = n != 0 && c[0].beside;
	const struct node	*in;
	bool			 left;

	*lost = false;
	if (first >= n || t->depth == 0)
		return 0;
	in = t->open[t->depth - 1].node;
	left = c[first].column < block_column(t);
	switch (c[first].after) {
	case GAP_ANCHOR:
	case GAP_TAG:
		return in->kind == NODE_LIST && in->style == STYLE_BLOCK ? foot_of(c, first, n, next) : 0;
	case GAP_ENTRY:
		return foot_of(c, first, n, next);
	case GAP_OPEN:
		*lost = !left;
		return block_column(t) > 1 ? foot_of(c, first, n, next) : 0;
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
int
yaml_comment_before(struct yaml_tree *t, const struct next_token *next)
{
	struct gap_comment	*c = t->gap.waiting;
	bool			 flow = t->depth != 0 && yaml_tree_top(t)->node->style == STYLE_FLOW, behind = false,
	    left = false, any_foot = false, lost, waits;
	size_t			 n = t->gap.count, kept = 0, foot = SIZE_MAX, late = late_lines(t, c, n, next, &lost);

	if (flow && next->kind == GAP_SCALAR && late == 0)
		flow_beside_last(c, n);
	for (size_t i = 0; i < n; i++) {
		if (t->depth == 0 && t->ended_count == 0) {
			c[kept++] = c[i];	/* before the root */
		} else if (!c[i].beside && i < late) {
			if (lost ? comment_append(t, yaml_tree_top(t), &c[i], STYLE_UNSEEN) != 0 : late_add(t, &c[i]) != 0)
				return (int)t->err->kind;
		} else if (goes_inside(&c[i], next)) {
			c[kept++] = c[i];
		} else if (stands_behind(&c[i], flow)) {
			waits = behind = !flow;
			if (flow && foot == SIZE_MAX && !c[i].before_comma) {
				foot = c[i].after != GAP_COMMA ? foot_of(c, i, n, next) : i;
				any_foot = foot > i;
			}
			left = flow && (left || (i >= foot && (any_foot || c[i].column < block_column(t))));
			if (flow && flow_line_place(t, &c[i], left, next, &waits) != 0)
				return (int)t->err->kind;
			if (waits)
				c[kept++] = c[i];
		} else if (comment_place(t, &c[i], next) != 0)
			return (int)t->err->kind;
	}
	if (behind && comments_behind(t, c, kept, next) != 0)
		return (int)t->err->kind;
	t->gap.count = behind ? 0 : kept;
	t->ended_count = 0;
	return 0;
}

static bool
is_blank_below(struct slice text, const struct gap_comment *c)
{
	size_t at = c->span.end + yaml_text_break(text, c->span.end);

	while (at < text.len && (text.data[at] == ' ' || text.data[at] == '\t'))
		at++;
	return yaml_text_break(text, at) != 0;
}

/*
 * Lines before a root that sops takes for a foot of what stands on the line above them (a directive, or anything not on the first
 * line of the text): it has them in the document before, where the metadata are.  The end of those that begin at ${first};
 * ${first} when there are none.
 */
static size_t
foot_before_root(const struct yaml_tree *t, size_t first)
{
	const struct gap_comment	*c = t->gap.waiting;
	size_t				 end = first + 1;

	if (c[first].after == GAP_TEXT || c[first].beside || c[first].blank_above ||
	    (c[first].line <= 2 && c[first].after != GAP_DIRECTIVE) ||
	    (first != 0 && c[first - 1].line + 1 == c[first].line))
		return first;
	while (end < t->gap.count && c[end].line == c[end - 1].line + 1)
		end++;
	return is_blank_below(t->doc->text, &c[end - 1]) ? end : first;
}

/* The first children of what has just begun. */
int
yaml_comment_into(struct yaml_tree *t, struct open_node *in)
{
	size_t foot = 0;

	for (size_t i = 0; i < t->gap.count; i++) {
		if (t->depth == 1 && i >= foot)
			foot = foot_before_root(t, i);
		if (comment_append(t, in, &t->gap.waiting[i], i < foot ? STYLE_UNSEEN : STYLE_LINE) != 0)
			return (int)t->err->kind;
	}
	t->gap.count = 0;
	return 0;
}

/* Behind a root that is no block: a flow collection or a scalar. */
int
yaml_comment_root(struct yaml_tree *t)
{
	struct gap	*gap = &t->gap;
	size_t		 behind = 0;

	if (t->root.node->kind != NODE_SCALAR && gap->count != 0 && gap->waiting[0].after == GAP_CLOSE &&
	    gap->waiting[0].beside) {
		if (comment_behind_flow(t, t->root.node, &gap->waiting[0]) != 0)
			return (int)t->err->kind;
		t->root = t->closed;
		behind = 1;
	}
	for (; behind < gap->count; behind++)
		if (comment_append(t, &t->root, &gap->waiting[behind], STYLE_LINE) != 0)
			return (int)t->err->kind;
	gap->count = 0;
	return 0;
}

int
yaml_comment_end(struct yaml_tree *t)
{
	if (t->root.node == NULL)
		return 0;
	for (size_t i = 0; i < t->gap.count; i++) {
		const struct gap_comment *c = &t->gap.waiting[i];

		/* One that is beside "..." goes with the next document, and there is none. */
		if (comment_append(t, &t->root, c, c->beside ? STYLE_UNSEEN : STYLE_LINE) != 0)
			return (int)t->err->kind;
	}
	return 0;
}
