#include <stdlib.h>

#include "base/limits.h"
#include "base/num.h"
#include "sops/value.h"
#include "sops/walk.h"
#include "yamlmerge/scalar.h"

/*
 * An explicit stack instead of recursion, since aliases can make the walk deeper than the text is.  The
 * steps of one item: its key is appended to the path and told to the rules, the value is reported; once
 * everything in it has come by, the next call takes the key off again (item_open, leave_item).
 */
struct walk_frame {
	const struct node	*container;
	const struct node	*next;		/* the child whose turn it is */
	const struct node	*alias;		/* the outermost alias that led here */
	const struct node	*key;		/* of the container itself */
	struct slice		 name;
	size_t			 path_len;	/* of the container's own path */
};

void
walk_release(struct walk *walk)
{
	free(walk->frames);
	buf_release(&walk->path);
	arena_release(&walk->decoded);
	*walk = (struct walk){ .doc = NULL };
}

static struct walk_frame *
frame_top(const struct walk *walk)
{
	return &walk->frames[walk->depth - 1];
}

static int
fail_at(const struct node *node, struct error *err)
{
	return err_at(err, node->line, node->column);
}

/* --- frames ---------------------------------------------------------------------------------------------------------- */

/* An alias inside its own anchor would never end. */
static bool
is_open(const struct walk *walk, const struct node *container)
{
	for (size_t i = 0; i < walk->depth; i++)
		if (walk->frames[i].container == container)
			return true;
	return false;
}

static int
frame_push(struct walk *walk, const struct walk_item *item, struct error *err)
{
	if (walk->depth >= LIMIT_DEPTH) {
		err_set(err, ERR_LIMIT, "maps and lists are nested deeper than %d levels", LIMIT_DEPTH);
		return fail_at(item->node, err);
	}
	if (walk->depth == walk->capacity) {
		size_t			 capacity = walk->capacity != 0 ? 2 * walk->capacity : 16;
		struct walk_frame	*frames = realloc(walk->frames, capacity * sizeof(*frames));

		if (frames == NULL)
			return err_memory(err);
		walk->frames = frames;
		walk->capacity = capacity;
	}
	if (walk->select != NULL && select_open(walk->select, err) != 0)
		return err->kind;
	walk->frames[walk->depth++] = (struct walk_frame){ .container = item->node, .next = item->node->child,
	    .alias = item->alias, .key = item->key, .name = item->name, .path_len = walk->path.len };
	return 0;
}

/* --- items ----------------------------------------------------------------------------------------------------------- */

static struct slice
container_path(const struct walk *walk, size_t len)
{
	return len != 0 ? slice_of(walk->path.data, len) : SLICE(":");
}

bool
walk_path_above(const struct walk *walk, size_t up, struct slice *out)
{
	if (up >= walk->depth)
		return false;
	*out = container_path(walk, walk->frames[walk->depth - 1 - up].path_len);
	return true;
}

/* The item that was reported last, and all in it, is done: its key goes, and so do the comments that applied to it. */
static void
leave_item(struct walk *walk)
{
	const struct walk_frame *frame = frame_top(walk);

	if (walk->select != NULL) {
		if (frame->container->kind == NODE_MAP)
			select_leave(walk->select);
		select_item_done(walk->select);
	}
	buf_truncate(&walk->path, frame->path_len);
	walk->item_open = false;
}

/* Only string keys can be paths: sops refuses all others when it walks. */
static int
key_name(struct walk *walk, const struct node *written, struct slice *out, struct error *err)
{
	const struct node	*key = node_resolve(written);
	struct scalar		 scalar;

	if (key == NULL || key->kind != NODE_SCALAR) {
		err_set(err, ERR_TYPE, "a key that is a map or list cannot be encrypted");
		return fail_at(written, err);
	}
	if (walk->doc->syntax != &syntax_yaml) {
		*out = key->text;
		return 0;
	}
	if (scalar_resolve(key, &scalar_table_sops, &walk->decoded, &scalar, err) != 0)
		return fail_at(written, err);
	if (scalar.type == SCALAR_MERGE) {
		*out = SLICE("<<");
		return 0;
	}
	if (scalar.type != SCALAR_STRING) {
		err_set(err, ERR_TYPE, "Tree contains a non-string key: '%.*s'", SLICE_ARG(key->text));
		err_hint(err, "sops can only encrypt below keys that are strings: put this one in quotes");
		return fail_at(written, err);
	}
	*out = scalar.text;
	return 0;
}

static int
enter_key(struct walk *walk, const struct node *child, struct walk_item *item, struct error *err)
{
	if (frame_top(walk)->container->kind != NODE_MAP)
		return 0;
	item->key = child->key;
	if (key_name(walk, child->key, &item->name, err) != 0)
		return err->kind;
	if (buf_append(&walk->path, item->name, err) != 0 || buf_byte(&walk->path, ':', err) != 0)
		return err->kind;
	return walk->select != NULL ? select_enter(walk->select, item->name, err) : 0;
}

/* Work that aliases multiply is bounded, as a few lines can stand for billions of leaves. */
static int
count_aliased(struct walk *walk, const struct walk_item *item, struct error *err)
{
	walk->alias_bytes += item->node->kind == NODE_SCALAR ? item->node->text.len : 0;
	if (++walk->alias_nodes <= LIMIT_ALIAS_NODES && walk->alias_bytes <= LIMIT_ALIAS_BYTES)
		return 0;
	err_set(err, ERR_LIMIT, "aliases stand for more than %d values or %zu bytes", LIMIT_ALIAS_NODES, LIMIT_ALIAS_BYTES);
	return fail_at(item->alias, err);
}

static int
step_comment(struct walk *walk, const struct node *node, struct walk_item *item, struct error *err)
{
	item->kind = WALK_COMMENT;
	item->node = node;
	item->path = container_path(walk, walk->path.len);
	if (walk->select == NULL)
		return 0;
	if (node->style != STYLE_UNSEEN && select_comment(walk->select, node->text, err) != 0)
		return fail_at(node, err);
	item->selected = select_judge_comment(walk->select);
	return 0;
}

/*
 * FORMAT.md 6.2: in a list, sops keeps a sealed comment as an element.  It is told from data by its form,
 * where the rules seal; to the comment rules it is a comment, or the file could not be opened.
 */
static bool
is_element_comment(const struct walk *walk, const struct node *node)
{
	return (walk->flags & WALK_SEALED) != 0 && node->kind == NODE_SCALAR &&
	    frame_top(walk)->container->kind == NODE_LIST && value_is_comment(node->text) &&
	    (walk->select == NULL || select_judge(walk->select));
}

/* The next child of the innermost container. */
static int
step_child(struct walk *walk, struct walk_item *item, struct error *err)
{
	struct walk_frame	*frame = frame_top(walk);
	const struct node	*child = frame->next;

	frame->next = child->next;
	item->alias = frame->alias;
	if (child->kind == NODE_COMMENT)
		return step_comment(walk, child, item, err);
	item->node = node_resolve(child);
	if (child->kind == NODE_ALIAS && is_open(walk, item->node)) {
		err_set(err, ERR_SYNTAX, "anchor '%.*s' contains itself", SLICE_ARG(child->text));
		return fail_at(child, err);
	}
	if (child->kind == NODE_ALIAS && item->alias == NULL)
		item->alias = child;
	if (is_element_comment(walk, item->node))
		return step_comment(walk, item->node, item, err);
	if (item->alias != NULL && count_aliased(walk, item, err) != 0)
		return err->kind;
	if (enter_key(walk, child, item, err) != 0)
		return err->kind;
	item->path = buf_slice(&walk->path);
	if (item->node->kind == NODE_SCALAR) {
		item->kind = WALK_LEAF;
		item->selected = walk->select != NULL && select_judge(walk->select);
		walk->item_open = true;
		return 0;
	}
	item->kind = WALK_OPEN;
	return frame_push(walk, item, err);
}

/* A YAML document is a map; an empty one stands for an empty map. */
static int
step_root(struct walk *walk, struct walk_item *item, struct error *err)
{
	const struct node	*root = walk->doc->root[walk->root];
	struct scalar		 scalar = { .type = SCALAR_NULL };

	if (root->kind == NODE_SCALAR && scalar_resolve(root, &scalar_table_sops, &walk->decoded, &scalar, err) != 0)
		return fail_at(root, err);
	if (root->kind == NODE_LIST || root->kind == NODE_ALIAS || scalar.type != SCALAR_NULL) {
		err_set(err, ERR_TYPE, "the top level of a document must be a map");
		return fail_at(root, err);
	}
	item->kind = WALK_OPEN;
	item->node = root;
	item->path = SLICE(":");
	return frame_push(walk, item, err);
}

static int
step_close(struct walk *walk, struct walk_item *item)
{
	struct walk_frame frame = *frame_top(walk);

	item->kind = WALK_CLOSE;
	item->node = frame.container;
	item->alias = frame.alias;
	item->key = frame.key;
	item->name = frame.name;
	item->path = container_path(walk, frame.path_len);
	if (walk->select != NULL)
		select_close(walk->select);
	walk->depth--;
	if (walk->depth == 0)
		walk->root++;
	else
		walk->item_open = true;
	return 0;
}

int
walk_next(struct walk *walk, struct walk_item *item, struct error *err)
{
	*item = (struct walk_item){ .kind = WALK_DONE, .root = walk->root };
	if (walk->item_open)
		leave_item(walk);
	if (walk->depth == 0) {
		if (walk->root == walk->doc->roots)
			return 0;
		return step_root(walk, item, err);
	}
	if (walk->depth == 1)
		while (frame_top(walk)->next != NULL && store_owns(walk->store, frame_top(walk)->next))
			frame_top(walk)->next = frame_top(walk)->next->next;
	if (frame_top(walk)->next == NULL)
		return step_close(walk, item);
	return step_child(walk, item, err);
}
