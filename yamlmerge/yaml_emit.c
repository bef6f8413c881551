#include "yamlmerge/yaml_emit.h"

#include <stdlib.h>

#include "base/limits.h"
#include "yamlmerge/scalar.h"

/*
 * A key or dash is written when what it introduces is known to have content (an empty container is written beside it, as {} or
 * []), so a container's prefix waits for its first item: see prefix_write().
 */
struct yaml_frame {
	struct slice	key;		/* of a map: waiting for its value */
	uint32_t	column;		/* from 0: of its keys or dashes */
	uint32_t	items;
	bool		list, has_key;
	bool		plain_key;	/* the key is source text as it is */
	bool		started;	/* its own key or dash is written */
	bool		beside;		/* its first item goes on in the line of that */
};

#define KEY_MAX		128		/* sops writes longer keys behind "? " */

static struct yaml_frame *
top(struct yaml_emitter *e)
{
	return e->depth != 0 ? &e->frames[e->depth - 1] : NULL;
}

static uint32_t
step_of(const struct yaml_emitter *e)
{
	return e->step != 0 ? e->step : YAML_STEP;
}

static bool
beside_dash(const struct yaml_emitter *e, size_t depth)
{
	return !e->frames[depth].list && (depth != 0 ? e->frames[depth - 1].list : e->base_list);
}

/* --- keys and dashes ------------------------------------------------------------------------------------------------ */

/* "key:", or "? key" and ":" on the next line. */
static int
key_write(struct yaml_emitter *e, size_t depth, bool *complex_out, struct error *err)
{
	CLEANUP(buf_release) struct buf head = BUF_SECRET(LIMIT_DOCUMENT * 2), body = BUF_SECRET(LIMIT_DOCUMENT * 2);
	const struct yaml_frame	*f = &e->frames[depth];
	bool			 lines = memchr(f->key.data != NULL ? (const char *)f->key.data : "", '\n', f->key.len) != NULL;
	struct yaml_place	 place = {
		.column = f->column, .step = e->step, .beside_dash = beside_dash(e, depth), .key = !lines || e->one_line,
	};
	int rc;

	if (f->plain_key)
		rc = buf_append(&head, f->key, err);
	else
		rc = yaml_print_string(f->key, STYLE_PLAIN, &place, e->readers, &head, &body, err);
	if (rc != 0)
		return rc;
	*complex_out = head.len > KEY_MAX || body.len != 0;
	if (*complex_out && buf_str(e->out, "? ", err) != 0)
		return (int)err->kind;
	if (buf_append(e->out, buf_slice(&head), err) != 0)
		return (int)err->kind;
	if (*complex_out && (buf_byte(e->out, '\n', err) != 0 || buf_append(e->out, buf_slice(&body), err) != 0 ||
	    buf_repeat(e->out, ' ', f->column, err) != 0))
		return (int)err->kind;
	return buf_byte(e->out, ':', err);
}

/* The dash or key of the next item of one container, whose own is written already. */
static int
item_write(struct yaml_emitter *e, size_t depth, bool *complex_out, struct error *err)
{
	struct yaml_frame *f = &e->frames[depth];

	*complex_out = false;
	if (!f->beside && buf_repeat(e->out, ' ', f->column, err) != 0)
		return (int)err->kind;
	f->beside = false;
	f->items++;
	f->has_key = false;
	return f->list ? buf_byte(e->out, '-', err) : key_write(e, depth, complex_out, err);
}

/* The dash or key of the next item, and of all containers around it that have none yet. */
static int
prefix_write(struct yaml_emitter *e, struct error *err)
{
	size_t	depth = e->depth;
	bool	complex;

	while (depth > 0 && !e->frames[depth - 1].started)
		depth--;
	for (; depth < e->depth; depth++) {
		struct yaml_frame *f = &e->frames[depth];

		f->started = true;
		if (depth == 0)
			continue;
		if (item_write(e, depth - 1, &complex, err) != 0)
			return (int)err->kind;
		f->beside = e->frames[depth - 1].list || complex;
		if (complex && buf_repeat(e->out, ' ', f->column - e->frames[depth - 1].column - 1, err) != 0)
			return (int)err->kind;
		if (buf_str(e->out, complex ? "" : f->beside ? " " : "\n", err) != 0)
			return (int)err->kind;
	}
	return item_write(e, e->depth - 1, &complex, err);
}

static int
value_check(struct yaml_emitter *e, struct error *err)
{
	struct yaml_frame *f = top(e);

	if (e->done || (f != NULL && !f->list && !f->has_key))
		return err_set(err, ERR_INTERNAL, "a YAML value where none can stand");
	return 0;
}

/* --- containers ----------------------------------------------------------------------------------------------------- */

static int
open(struct yaml_emitter *e, bool list, struct error *err)
{
	size_t			 capacity = e->capacity == 0 ? 16 : e->capacity * 2;
	struct yaml_frame	*more, *parent;
	uint32_t		 column = e->base;

	if (value_check(e, err) != 0)
		return (int)err->kind;
	if (e->depth == LIMIT_DEPTH)
		return err_set(err, ERR_LIMIT, "more than %d maps and lists inside each other", LIMIT_DEPTH);
	if (e->depth == e->capacity) {
		if ((more = realloc(e->frames, capacity * sizeof(*more))) == NULL)
			return err_memory(err);
		e->frames = more;
		e->capacity = capacity;
	}
	if ((parent = top(e)) != NULL)
		column = parent->list ? parent->column + 2 : (parent->column + step_of(e)) / step_of(e) * step_of(e);
	e->frames[e->depth++] = (struct yaml_frame){ .column = column, .list = list };
	return 0;
}

int
yaml_emit_map(struct yaml_emitter *e, struct error *err)
{
	return open(e, false, err);
}

int
yaml_emit_list(struct yaml_emitter *e, struct error *err)
{
	return open(e, true, err);
}

int
yaml_emit_end(struct yaml_emitter *e, struct error *err)
{
	const struct yaml_frame	*f = top(e);
	const char		*empty = f == NULL || f->list ? "[]\n" : "{}\n";
	struct yaml_frame	 ended;

	if (f == NULL || f->has_key)
		return err_set(err, ERR_INTERNAL, "the end of a YAML container that has none");
	ended = *f;
	e->depth--;
	e->done = e->depth == 0;
	if (ended.items != 0)
		return 0;
	/* Nothing but comments may be there already, in lines of their own. */
	if (ended.started || e->depth == 0)
		return buf_repeat(e->out, ' ', ended.column, err) != 0 ? (int)err->kind : buf_str(e->out, empty, err);
	if (prefix_write(e, err) != 0 || buf_byte(e->out, ' ', err) != 0)
		return (int)err->kind;
	return buf_str(e->out, empty, err);
}

int
yaml_emit_key(struct yaml_emitter *e, struct slice key, struct error *err)
{
	struct yaml_frame *f = top(e);

	if (f == NULL || f->list || f->has_key)
		return err_set(err, ERR_INTERNAL, "a YAML key where none can stand");
	f->key = key;
	f->has_key = true;
	f->plain_key = false;
	return 0;
}

/* --- scalars and comments ------------------------------------------------------------------------------------------- */

static int
scalar_write(struct yaml_emitter *e, struct slice tag, struct slice text, enum node_style style, bool source, struct error *err)
{
	CLEANUP(buf_release) struct buf head = BUF_SECRET(LIMIT_DOCUMENT * 2), body = BUF_SECRET(LIMIT_DOCUMENT * 2);
	const struct yaml_frame	*f = top(e);
	struct yaml_place	 place = { .column = e->base, .step = e->step, .key = e->one_line };
	int			 rc;

	if (value_check(e, err) != 0)
		return (int)err->kind;
	if (f != NULL) {
		place.column = f->column;
		place.element = f->list;
		place.beside_dash = beside_dash(e, e->depth - 1);
	}
	rc = source ? buf_append(&head, text, err) :
	    yaml_print_string(text, style, &place, e->readers, &head, &body, err);
	if (rc != 0)
		return rc;
	if (f != NULL ? prefix_write(e, err) != 0 || buf_byte(e->out, ' ', err) != 0 : buf_repeat(e->out, ' ', e->base, err) != 0)
		return (int)err->kind;
	if (tag.len != 0 && buf_printf(e->out, err, "%.*s ", SLICE_ARG(tag)) != 0)
		return (int)err->kind;
	if (buf_append(e->out, buf_slice(&head), err) != 0)
		return (int)err->kind;
	if (e->has_beside && (buf_byte(e->out, ' ', err) != 0 || yaml_print_comment(e->comment, e->out, err) != 0))
		return (int)err->kind;
	e->has_beside = false;
	e->done = e->depth == 0;
	return buf_byte(e->out, '\n', err) != 0 ? (int)err->kind : buf_append(e->out, buf_slice(&body), err);
}

int
yaml_emit_string(struct yaml_emitter *e, struct slice text, struct error *err)
{
	return scalar_write(e, SLICE_NONE, text, STYLE_PLAIN, false, err);
}

int
yaml_emit_plain(struct yaml_emitter *e, struct slice text, struct error *err)
{
	return scalar_write(e, SLICE_NONE, text, STYLE_PLAIN, true, err);
}

int
yaml_emit_comment(struct yaml_emitter *e, struct slice text, struct error *err)
{
	size_t			 depth = e->depth;
	struct yaml_frame	*f;

	if (e->done || (depth != 0 && e->frames[depth - 1].has_key))
		return err_set(err, ERR_INTERNAL, "a YAML comment where none can stand");
	/* Above the dash, not between it and its element. */
	while (depth > 1 && !e->frames[depth - 1].started && e->frames[depth - 2].list)
		depth--;
	if (depth != 0) {
		f = &e->frames[depth - 1];
		if (!f->started && depth > 1) {
			/* The key of this container, in a line of its own. */
			size_t all = e->depth;

			e->depth = depth - 1;
			if (prefix_write(e, err) != 0)
				return (int)err->kind;
			e->depth = all;
			if (buf_byte(e->out, '\n', err) != 0)
				return (int)err->kind;
		}
		f->started = true;
	}
	if (buf_repeat(e->out, ' ', depth != 0 ? e->frames[depth - 1].column : e->base, err) != 0 ||
	    yaml_print_comment(text, e->out, err) != 0)
		return (int)err->kind;
	return buf_byte(e->out, '\n', err);
}

int
yaml_emit_beside(struct yaml_emitter *e, struct slice text, struct error *err)
{
	(void)err;
	e->comment = text;
	e->has_beside = true;
	return 0;
}

/* --- nodes ---------------------------------------------------------------------------------------------------------- */

#define CORE_TAG	"tag:yaml.org,2002:"

/* What is left of a tag: the scalar types that a word can have; quotes say what a string is. */
static struct slice
tag_kept(const struct node *node)
{
	static const char *const	kept[] = { "!!null", "!!bool", "!!int", "!!float", "!!timestamp", "!!binary", "!!merge" };
	struct slice			tag = node_tag(node);

	/* The readers differ about "! 12": it stays what it is for each of them. */
	if (slice_eq(tag, SLICE("!")) && node->style == STYLE_PLAIN && !scalar_plain_is_string(node->text, &scalar_table_sops))
		return tag;
	if (!slice_starts(tag, SLICE(CORE_TAG)))
		return SLICE_NONE;
	tag = slice_from(tag, sizeof(CORE_TAG) - 1);
	for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++)
		if (slice_eq(tag, slice_from(slice_str(kept[i]), 2)))
			return slice_str(kept[i]);
	return SLICE_NONE;
}

/* Is the scalar a word of the source, not a string? */
static bool
is_word(const struct node *node)
{
	if (node->style != STYLE_PLAIN)
		return false;
	/* A plain scalar over several lines is no word, whatever its tag claims. */
	if (slice_find(node->text, '\n', 0) < node->text.len)
		return false;
	if (tag_kept(node).len != 0)
		return true;
	/* With any other tag, "!!str" or one that nobody knows, it is a string. */
	return node_tag(node).len == 0 && !scalar_plain_is_string(node->text, &scalar_table_sops);
}

static struct slice
word_of(const struct node *node)
{
	return node->text.len != 0 ? node->text : SLICE("null");
}

static int
scalar_emit(struct yaml_emitter *e, const struct node *node, struct error *err)
{
	struct slice tag = tag_kept(node);

	if (is_word(node))
		return scalar_write(e, tag, word_of(node), STYLE_PLAIN, true, err);
	return scalar_write(e, tag, node->text, tag.len != 0 ? STYLE_DOUBLE : STYLE_PLAIN, false, err);
}

int
yaml_emit_scalar(const struct node *node, const struct yaml_place *place, unsigned readers, struct buf *head, struct buf *body,
    struct error *err)
{
	struct slice tag;

	node = node_resolve(node);
	tag = tag_kept(node);
	if (tag.len != 0 && buf_printf(head, err, "%.*s ", SLICE_ARG(tag)) != 0)
		return (int)err->kind;
	if (is_word(node))
		return buf_append(head, word_of(node), err);
	return yaml_print_string(node->text, tag.len != 0 ? STYLE_DOUBLE : STYLE_PLAIN, place, readers, head, body, err);
}

static int
key_emit(struct yaml_emitter *e, const struct node *key, struct error *err)
{
	key = node_resolve(key);
	if (key->kind != NODE_SCALAR)
		return err_set(err, ERR_UNSUPPORTED, "a map or list as the key of a map");
	if (yaml_emit_key(e, is_word(key) ? word_of(key) : key->text, err) != 0)
		return (int)err->kind;
	top(e)->plain_key = is_word(key);
	return 0;
}

/* A comment can stand beside the scalar that it comes just before, else on a line of its own. */
static int
comment_emit(struct yaml_emitter *e, const struct node *comment, struct error *err)
{
	const struct node *next = comment->next;

	if (comment->style == STYLE_INLINE && next != NULL && next->kind != NODE_COMMENT &&
	    node_resolve(next)->kind == NODE_SCALAR)
		return yaml_emit_beside(e, comment->text, err);
	return yaml_emit_comment(e, comment->text, err);
}

/* Recursion: as deep as containers nest, which open() bounds. */
int
yaml_emit_node(struct yaml_emitter *e, const struct node *node, struct error *err)
{
	const struct node *child;

	if (node->kind == NODE_ALIAS) {
		node = node_resolve(node);
		e->aliases++;
	}
	if (e->aliases != 0 && ++e->expanded > LIMIT_ALIAS_NODES)
		return err_set(err, ERR_LIMIT, "aliases that stand for more than %d values", LIMIT_ALIAS_NODES);
	if (node->kind == NODE_SCALAR)
		return scalar_emit(e, node, err);
	if (open(e, node->kind == NODE_LIST, err) != 0)
		return (int)err->kind;
	for (child = node->child; child != NULL; child = child->next) {
		if (child->kind == NODE_COMMENT) {
			if (comment_emit(e, child, err) != 0)
				return (int)err->kind;
			continue;
		}
		if (child->key != NULL && key_emit(e, child->key, err) != 0)
			return (int)err->kind;
		if (yaml_emit_node(e, child, err) != 0)
			return (int)err->kind;
	}
	return yaml_emit_end(e, err);
}

void
yaml_emitter_release(struct yaml_emitter *e)
{
	free(e->frames);
	e->frames = NULL;
	e->depth = e->capacity = 0;
}

/* --- one line, inside a flow collection ------------------------------------------------------------------------------ */

static int flow_node(const struct node *node, unsigned readers, size_t depth, size_t *visited, struct buf *out,
    struct error *err);

static int
flow_scalar(const struct node *node, unsigned readers, bool key, struct buf *out, struct error *err)
{
	CLEANUP(buf_release) struct buf body = BUF_SECRET(LIMIT_DOCUMENT);
	struct yaml_place	place = { .flow = true, .key = key };

	return yaml_emit_scalar(node, &place, readers, out, &body, err);
}

static int
flow_children(const struct node *node, unsigned readers, size_t depth, size_t *visited, struct buf *out, struct error *err)
{
	const struct node	*child, *key;
	bool			 first = true;

	for (child = node->child; child != NULL; child = child->next) {
		if (child->kind == NODE_COMMENT)
			continue;
		if (!first && buf_str(out, ", ", err) != 0)
			return (int)err->kind;
		first = false;
		if ((key = child->key) != NULL) {
			key = node_resolve(key);
			if (key->kind != NODE_SCALAR)
				return err_set(err, ERR_UNSUPPORTED, "a map or list as the key of a map");
			if (flow_scalar(key, readers, true, out, err) != 0 || buf_str(out, ": ", err) != 0)
				return (int)err->kind;
		}
		if (flow_node(child, readers, depth + 1, visited, out, err) != 0)
			return (int)err->kind;
	}
	return 0;
}

static int
flow_node(const struct node *node, unsigned readers, size_t depth, size_t *visited, struct buf *out, struct error *err)
{
	node = node_resolve(node);
	if (depth > LIMIT_DEPTH)
		return err_set(err, ERR_LIMIT, "more than %d maps and lists inside each other", LIMIT_DEPTH);
	if (++*visited > LIMIT_ALIAS_NODES)
		return err_set(err, ERR_LIMIT, "aliases that stand for more than %d values", LIMIT_ALIAS_NODES);
	if (node->kind == NODE_SCALAR)
		return flow_scalar(node, readers, false, out, err);
	if (buf_byte(out, node->kind == NODE_MAP ? '{' : '[', err) != 0 ||
	    flow_children(node, readers, depth, visited, out, err) != 0)
		return (int)err->kind;
	return buf_byte(out, node->kind == NODE_MAP ? '}' : ']', err);
}

int
yaml_emit_flow(const struct node *node, unsigned readers, struct buf *out, struct error *err)
{
	size_t visited = 0;

	return flow_node(node, readers, 0, &visited, out, err);
}
