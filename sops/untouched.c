#include "sops/untouched.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/limits.h"
#include "sops/spelling_formats.h"
#include "sops/value.h"
#include "yamlmerge/flat.h"
#include "yamlmerge/scalar.h"

/* Two open containers, and where the walk is in them. */
struct pair {
	const struct node	*a, *b;		/* the next children */
	bool			 on_way;	/* they lead to the place */
	bool			 respelled;	/* the second one was written out, or made from JSON */
	bool			 found;		/* the step of the path has been met */
	size_t			 index;		/* of the next element of a list */
};

/* Ranges of a text whose comments may be missing, or were not there before. */
struct ranges {
	struct span	*list;
	size_t		 count, capacity;
};

struct untouched {
	const struct document		*before, *after;
	const struct change_meant	*meant;
	struct pair			*pairs;
	size_t				 depth, capacity;
	size_t				 alias_nodes, aliases;	/* visited below aliases; open pairs from there on, 0: none */
	struct ranges			 gone, made;		/* what was replaced; what was written out */
	struct arena			 values;
	struct buf			 bytes[2];
	bool				 json;			/* before is the value */
};

static void
untouched_release(struct untouched *u)
{
	free(u->pairs);
	free(u->gone.list);
	free(u->made.list);
	arena_release(&u->values);
	buf_release(&u->bytes[0]);
	buf_release(&u->bytes[1]);
}

static int
differs(const struct node *node, const char *what, struct error *err)
{
	err_set(err, ERR_INTERNAL, "the new text does not read as what was meant: %s", what);
	err_hint(err, "nothing was written; please report this");
	return node != NULL ? err_at(err, node->line, node->column) : (int)err->kind;
}

static int
ranges_add(struct ranges *ranges, struct span span, struct error *err)
{
	if (ranges->count == ranges->capacity) {
		size_t		 capacity = ranges->capacity != 0 ? 2 * ranges->capacity : 16;
		struct span	*list = realloc(ranges->list, capacity * sizeof(*list));

		if (list == NULL)
			return err_memory(err);
		ranges->list = list;
		ranges->capacity = capacity;
	}
	ranges->list[ranges->count++] = span;
	return 0;
}

/* --- values ---------------------------------------------------------------------------------------------------------- */

static bool
is_number(enum scalar_type type)
{
	return type == SCALAR_INT || type == SCALAR_FLOAT;
}

/* A number that was set is the same as an integer and as a float (FORMAT.md 10). */
static int
same_number(struct untouched *u, const struct scalar *a, const struct scalar *b, bool *out, struct error *err)
{
	enum value_type type;

	buf_truncate(&u->bytes[0], 0);
	buf_truncate(&u->bytes[1], 0);
	if (value_write(a, &type, &u->bytes[0], err) != 0 || value_write(b, &type, &u->bytes[1], err) != 0)
		return (int)err->kind;
	*out = slice_eq(buf_slice(&u->bytes[0]), buf_slice(&u->bytes[1]));
	return 0;
}

/* Formats that hold nothing but strings. */
static int
same_flat(struct untouched *u, const struct node *a, const struct node *b, bool *out, struct error *err)
{
	buf_truncate(&u->bytes[0], 0);
	if (flat_node_text(a, &scalar_table_json, &u->bytes[0], err) != 0)
		return (int)err->kind;
	*out = slice_eq(buf_slice(&u->bytes[0]), b->text);
	return 0;
}

/* Two values in two spellings. */
static int
same_value(struct untouched *u, const struct node *a, const struct node *b, bool *out, struct error *err)
{
	const struct scalar_table	*table = u->after->syntax->scalars;
	struct scalar			 x, y;

	if (u->json && (u->after->syntax == &syntax_dotenv || u->after->syntax == &syntax_ini))
		return same_flat(u, a, b, out, err);
	if (scalar_resolve(a, u->json ? &scalar_table_json : table, &u->values, &x, err) != 0 ||
	    scalar_resolve(b, table, &u->values, &y, err) != 0)
		return (int)err->kind;
	if (u->json && is_number(x.type) && is_number(y.type))
		return same_number(u, &x, &y, out, err);
	*out = x.type == SCALAR_NULL ? y.type == SCALAR_NULL : spelling_same_scalar(&x, &y);
	return 0;
}

static int
compare_scalars(struct untouched *u, const struct node *a, const struct node *b, bool respelled, struct error *err)
{
	bool same = a->style == b->style && slice_eq(a->text, b->text) && slice_eq(node_tag(a), node_tag(b));

	if (!same && respelled && same_value(u, a, b, &same, err) != 0)
		return (int)err->kind;
	return same ? 0 : differs(a, u->json ? "the value is not there" : "another value has changed", err);
}

/* --- containers ------------------------------------------------------------------------------------------------------ */

static const struct node *
past_comments(const struct node *node)
{
	while (node != NULL && node->kind == NODE_COMMENT)
		node = node->next;
	return node;
}

static bool
is_container(const struct node *node)
{
	return node->kind == NODE_MAP || node->kind == NODE_LIST;
}

static int
open_pair(struct untouched *u, const struct node *a, const struct node *b, bool on_way, bool respelled, struct error *err)
{
	if (u->depth == 2 * LIMIT_DEPTH) {
		err_set(err, ERR_LIMIT, "more than %d nested maps and lists", LIMIT_DEPTH);
		return err_at(err, a->line, a->column);
	}
	if (u->depth == u->capacity) {
		size_t		 capacity = u->capacity != 0 ? 2 * u->capacity : 32;
		struct pair	*pairs = realloc(u->pairs, capacity * sizeof(*pairs));

		if (pairs == NULL)
			return err_memory(err);
		u->pairs = pairs;
		u->capacity = capacity;
	}
	u->pairs[u->depth++] = (struct pair){ .a = past_comments(a->child), .b = past_comments(b->child), .on_way = on_way,
	    .respelled = respelled };
	return 0;
}

/* The lines of an item that was replaced, removed or written out: what stands beside it may go with it. */
static struct span
lines_of(const struct document *doc, const struct node *node)
{
	struct span span = node->item;

	if (is_container(node))
		span.end = (uint32_t)slice_find(doc->text, '\n', span.end);
	return span;
}

/* The second of two nodes was written out, with the comments of what it stood for. */
static int
note_made(struct untouched *u, const struct node *node, struct error *err)
{
	struct span lines = lines_of(u->after, node);

	for (const struct node *inner = node; inner != NULL; inner = node_after(inner, node))
		if (inner->kind == NODE_COMMENT && inner->span.end > lines.end)
			lines.end = inner->span.end;
	return ranges_add(&u->made, lines, err);
}

/* Two nodes that must say the same, except at the place. */
static int
compare_nodes(struct untouched *u, const struct node *a, const struct node *b, bool on_way, bool respelled, struct error *err)
{
	const struct node *x = node_resolve(a), *y = node_resolve(b);

	if (u->aliases == 0 && (x != a || y != b))
		u->aliases = u->depth + 1;
	if (u->aliases != 0 && u->alias_nodes++ == LIMIT_ALIAS_NODES) {
		err_set(err, ERR_LIMIT, "aliases lead to more than %d values", LIMIT_ALIAS_NODES);
		return err_at(err, a->line, a->column);
	}
	if (x != a && y == b) {
		respelled = true;
		if (!u->json && note_made(u, b, err) != 0)
			return (int)err->kind;
	}
	if (x->kind != y->kind)
		return differs(a, "a map, list or value is another", err);
	if (!is_container(x)) {
		if (u->aliases > u->depth)
			u->aliases = 0;
		return compare_scalars(u, x, y, respelled, err);
	}
	if (!on_way && !respelled && (x->style != y->style || !slice_eq(node_tag(x), node_tag(y))))
		return differs(a, "a map or list is written otherwise", err);
	return open_pair(u, x, y, on_way, respelled, err);
}

static bool
is_step(const struct pair *pair, const struct path_step *step, const struct node *node)
{
	return step->is_index ? node->key == NULL && pair->index == step->index :
	    node->key != NULL && slice_eq(node_key(node), step->key);
}

static int
close_pair(struct untouched *u, const struct pair *pair, struct error *err)
{
	const struct node *more = pair->b;

	/* What was not there before is the last one now. */
	if (more != NULL && pair->on_way && !pair->found && !u->json && u->meant->value_opt != NULL)
		more = past_comments(more->next);
	if (more != NULL)
		return differs(NULL, "there is more than before", err);
	u->depth--;
	if (u->aliases > u->depth)
		u->aliases = 0;
	return 0;
}

/* The child of a container that the path leads to.  ${descend}: further on. */
static int
at_step(struct untouched *u, struct pair *pair, const struct node *a, const struct node *b, bool *descend, struct error *err)
{
	bool last = u->depth == u->meant->path->count;

	pair->found = true;
	*descend = !last && is_container(node_resolve(a));
	if (*descend)
		return 0;
	if (u->aliases == 0 && ranges_add(&u->gone, lines_of(u->before, a), err) != 0)
		return (int)err->kind;
	pair->a = past_comments(a->next);
	if (u->meant->value_opt != NULL)
		pair->b = past_comments(b->next);
	pair->index++;
	return 0;
}

/* One child of the innermost pair, or its end. */
static int
advance(struct untouched *u, struct error *err)
{
	struct pair		*pair = &u->pairs[u->depth - 1];
	const struct node	*a = pair->a, *b = pair->b;
	bool			 on_way = false, respelled = pair->respelled;

	if (a == NULL)
		return close_pair(u, pair, err);
	if (pair->on_way && !pair->found && is_step(pair, &u->meant->path->steps[u->depth - 1], a)) {
		if (b == NULL && u->meant->value_opt != NULL)
			return differs(a, "the value is not there", err);
		if (at_step(u, pair, a, b, &on_way, err) != 0 || !on_way)
			return (int)err->kind;
	}
	if (b == NULL)
		return differs(a, "a value is missing", err);
	if ((a->key == NULL) != (b->key == NULL) || (a->key != NULL && !slice_eq(node_key(a), node_key(b))))
		return differs(a, "another key stands there", err);
	pair->a = past_comments(a->next);
	pair->b = past_comments(b->next);
	pair->index++;
	return compare_nodes(u, a, b, on_way, respelled, err);
}

static int
compare_trees(struct untouched *u, const struct node *a, const struct node *b, bool on_way, bool respelled, struct error *err)
{
	if (on_way && !is_container(node_resolve(a)))
		return 0;	/* nothing was there */
	if (compare_nodes(u, a, b, on_way, respelled, err) != 0)
		return (int)err->kind;
	while (u->depth != 0)
		if (advance(u, err) != 0)
			return (int)err->kind;
	return 0;
}

/* --- comments -------------------------------------------------------------------------------------------------------- */

/*
 * The comments of one text in its order (that of the tree changes with what they stand beside), and whether each may be missing
 * in the other.
 */
struct comment {
	const struct node	*node;
	bool			 spare;
};

struct comments {
	struct comment	*list;
	size_t		 count, capacity, must;
};

static void
comments_release(struct comments *comments)
{
	free(comments->list);
}

static int
comments_add(struct comments *comments, const struct node *node, struct error *err)
{
	if (comments->count == comments->capacity) {
		size_t		 capacity = comments->capacity != 0 ? 2 * comments->capacity : 64;
		struct comment	*list = realloc(comments->list, capacity * sizeof(*list));

		if (list == NULL)
			return err_memory(err);
		comments->list = list;
		comments->capacity = capacity;
	}
	comments->list[comments->count++] = (struct comment){ .node = node };
	return 0;
}

/* An INI comment may have no lines but the one beside. */
static size_t
comment_start(const struct node *comment)
{
	return comment->span.start < comment->span.end ? comment->span.start : comment->item.start;
}

static int
by_place(const void *a, const void *b)
{
	size_t x = comment_start(((const struct comment *)a)->node), y = comment_start(((const struct comment *)b)->node);

	return (x > y) - (x < y);
}

/* The ranges are in the order of the text as well. */
static int
comments_read(struct comments *comments, const struct document *doc, const struct ranges *ranges, struct error *err)
{
	size_t turn = 0;

	for (size_t i = 0; i < doc->roots; i++)
		for (const struct node *node = doc->root[i]; node != NULL; node = node_after(node, doc->root[i]))
			if (node->kind == NODE_COMMENT && comments_add(comments, node, err) != 0)
				return (int)err->kind;
	if (comments->count != 0)
		qsort(comments->list, comments->count, sizeof(comments->list[0]), by_place);
	for (size_t i = 0; i < comments->count; i++) {
		size_t start = comment_start(comments->list[i].node);

		while (turn < ranges->count && ranges->list[turn].end <= start)
			turn++;
		comments->list[i].spare = turn < ranges->count && ranges->list[turn].start <= start;
		comments->must += !comments->list[i].spare;
	}
	return 0;
}

/* Blanks around do not count.  A spare one is taken for the same only when the other side has more than must be found. */
static int
compare_comments(struct comments *a, struct comments *b, struct error *err)
{
	size_t i = 0, k = 0;

	while (i < a->count || k < b->count) {
		bool same = i < a->count && k < b->count && slice_eq(slice_trim(a->list[i].node->text), slice_trim(b->list[k].node->text));

		if (i < a->count && a->list[i].spare) {
			if (same && b->must > a->must)
				b->must -= !b->list[k++].spare;
			i++;
		} else if (k < b->count && b->list[k].spare) {
			if (same && a->must > b->must)
				a->must -= !a->list[i++].spare;
			k++;
		} else {
			if (!same)
				return differs(i < a->count ? a->list[i].node : NULL, "a comment has changed", err);
			a->must--, b->must--;
			i++, k++;
		}
	}
	return 0;
}

static int
check_comments(const struct untouched *u, struct error *err)
{
	CLEANUP(comments_release) struct comments a = { .list = NULL }, b = { .list = NULL };

	/* In INI the lines above a key that goes become those of the next. */
	if (u->before->syntax == &syntax_ini && u->meant->value_opt == NULL)
		return 0;
	if (comments_read(&a, u->before, &u->gone, err) != 0 || comments_read(&b, u->after, &u->made, err) != 0)
		return (int)err->kind;
	return compare_comments(&a, &b, err);
}

/* --- the whole ------------------------------------------------------------------------------------------------------- */

static const struct node *
child_at(const struct node *in, const struct path_step *step)
{
	const struct node	*node, *last = NULL;
	size_t			 index = step->index;

	if (in->kind != (step->is_index ? NODE_LIST : NODE_MAP))
		return NULL;
	if (!step->is_index)
		return node_member(in, step->key);
	for (node = past_comments(in->child); node != NULL; node = past_comments(node->next)) {
		last = node;
		if (index-- == 0)
			break;
	}
	return last;
}

/* Is the value where it was put? */
static int
check_value(const struct untouched *whole, struct error *err)
{
	CLEANUP(untouched_release) struct untouched u = { .before = whole->meant->value_opt, .after = whole->after,
	    .meant = whole->meant, .values = ARENA_SECRET(LIMIT_DOCUMENT), .json = true,
	    .bytes = { BUF_SECRET(LIMIT_DOCUMENT), BUF_SECRET(LIMIT_DOCUMENT) } };
	const struct node *node = whole->after->root[0];

	for (size_t i = 0; i < whole->meant->path->count && node != NULL; i++)
		node = child_at(node_resolve(node), &whole->meant->path->steps[i]);
	if (node == NULL)
		return differs(NULL, "the value is not there", err);
	return compare_trees(&u, whole->meant->value_opt->root[0], node, false, true, err);
}

int
untouched_check(const struct document *before, const struct document *after, const struct change_meant *meant, struct error *err)
{
	CLEANUP(untouched_release) struct untouched u = { .before = before, .after = after, .meant = meant,
	    .values = ARENA_SECRET(LIMIT_DOCUMENT), .bytes = { BUF_SECRET(LIMIT_DOCUMENT), BUF_SECRET(LIMIT_DOCUMENT) } };

	if (before->roots != after->roots)
		return differs(NULL, "there are more or fewer documents", err);
	for (size_t i = 0; i < before->roots; i++)
		if (compare_trees(&u, before->root[i], after->root[i], i == 0, false, err) != 0)
			return (int)err->kind;
	if (check_comments(&u, err) != 0)
		return (int)err->kind;
	return meant->value_opt != NULL ? check_value(&u, err) : 0;
}
