#include "sops/expand.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/limits.h"
#include "sops/walk.h"
#include "yamlmerge/scalar.h"
#include "yamlmerge/yaml_edit.h"
#include "yamlmerge/yaml_print.h"

/* A growing list of nodes. */
struct nodes {
	const struct node	**list;
	size_t			  count, capacity;
};

static void
nodes_release(struct nodes *nodes)
{
	free(nodes->list);
}

static int
nodes_push(struct nodes *nodes, const struct node *node, struct error *err)
{
	if (nodes->count == nodes->capacity) {
		size_t			  capacity = nodes->capacity != 0 ? 2 * nodes->capacity : 16;
		const struct node	**list = realloc(nodes->list, capacity * sizeof(const struct node *));

		if (list == NULL)
			return err_memory(err);
		nodes->list = list;
		nodes->capacity = capacity;
	}
	nodes->list[nodes->count++] = node;
	return 0;
}

static int
compare(const void *a, const void *b)
{
	uintptr_t x = (uintptr_t)*(const struct node *const *)a, y = (uintptr_t)*(const struct node *const *)b;

	return (x > y) - (x < y);
}

static void
nodes_sort(struct nodes *nodes)
{
	size_t kept = 0;

	if (nodes->count == 0)
		return;
	qsort(nodes->list, nodes->count, sizeof(nodes->list[0]), compare);
	for (size_t i = 0; i < nodes->count; i++)
		if (i == 0 || nodes->list[i] != nodes->list[i - 1])
			nodes->list[kept++] = nodes->list[i];
	nodes->count = kept;
}

static bool
nodes_hold(const struct nodes *nodes, const struct node *node)
{
	return nodes->count != 0 &&
	    bsearch(&node, nodes->list, nodes->count, sizeof(nodes->list[0]), compare) != NULL;
}

void
expanded_release(struct expanded *expanded)
{
	free(expanded->aliases);
	*expanded = (struct expanded){ .aliases = NULL };
}

struct expand {
	struct nodes	open;		/* anchored containers around the place of the walk, reached without an alias */
	size_t		listed;		/* how many of them, from the outermost, are in sealed already */
	struct nodes	sealed;		/* anchored nodes that will hold ciphertext */
	struct nodes	touched;	/* aliases below which something is encrypted */
	struct arena	values;
};

static void
expand_release(struct expand *expand)
{
	nodes_release(&expand->open);
	nodes_release(&expand->sealed);
	nodes_release(&expand->touched);
	arena_release(&expand->values);
}

static int
note_selected(struct expand *expand, const struct walk_item *item, struct error *err)
{
	for (; expand->listed < expand->open.count; expand->listed++)
		if (nodes_push(&expand->sealed, expand->open.list[expand->listed], err) != 0)
			return (int)err->kind;
	if (item->alias == NULL && node_anchor(item->node).len != 0)
		return nodes_push(&expand->sealed, item->node, err);
	if (item->alias != NULL && (expand->touched.count == 0 ||
	    expand->touched.list[expand->touched.count - 1] != item->alias))
		return nodes_push(&expand->touched, item->alias, err);
	return 0;
}

/* Nulls and empty strings are never encrypted. */
static int
note_leaf(struct expand *expand, const struct walk_item *item, struct error *err)
{
	struct scalar scalar;

	if (!item->selected || item->node->text.len == 0)
		return 0;
	if (scalar_resolve(item->node, &scalar_table_sops, &expand->values, &scalar, err) != 0)
		return err_at(err, item->node->line, item->node->column);
	return scalar.type != SCALAR_NULL ? note_selected(expand, item, err) : 0;
}

static int
note_item(struct expand *expand, const struct walk_item *item, struct error *err)
{
	bool anchored = item->alias == NULL && item->node != NULL && node_anchor(item->node).len != 0;

	switch (item->kind) {
	case WALK_OPEN:
		return anchored ? nodes_push(&expand->open, item->node, err) : 0;
	case WALK_CLOSE:
		if (anchored && expand->listed > --expand->open.count)
			expand->listed = expand->open.count;
		return 0;
	case WALK_LEAF:
		return note_leaf(expand, item, err);
	case WALK_COMMENT:
		return item->selected && item->node->text.len != 0 ? note_selected(expand, item, err) : 0;
	default:
		return 0;
	}
}

static int
find_sealed(struct expand *expand, const struct document *doc, const struct store *store, struct select *select,
    struct error *err)
{
	CLEANUP(walk_release) struct walk walk = WALK(doc, store, select, 0);
	struct walk_item item;

	do {
		if (walk_next(&walk, &item, err) != 0 || note_item(expand, &item, err) != 0)
			return (int)err->kind;
	} while (item.kind != WALK_DONE);
	nodes_sort(&expand->sealed);
	nodes_sort(&expand->touched);
	return 0;
}

/* A key that was written as an alias: it would turn into ciphertext with its anchor. */
static int
expand_key(const struct expand *expand, const struct node *key, struct edits *out, struct nodes *done, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_SECRET(LIMIT_DOCUMENT), body = BUF_SECRET(LIMIT_DOCUMENT);
	struct yaml_place place = { .key = true, .flow = key->parent != NULL && key->parent->style == STYLE_FLOW };

	if (key->kind != NODE_ALIAS || key->target->kind != NODE_SCALAR || !nodes_hold(&expand->sealed, key->target))
		return 0;
	if (nodes_push(done, key, err) != 0 ||
	    yaml_print_string(key->target->text, STYLE_PLAIN, &place, YAML_FOR_SOPS, &text, &body, err) != 0)
		return (int)err->kind;
	return edits_replace(out, key, buf_slice(&text), err);
}

static int
expand_node(const struct expand *expand, const struct document *doc, const struct node *node, struct edits *out,
    struct nodes *done, struct error *err)
{
	if (node->key != NULL && expand_key(expand, node->key, out, done, err) != 0)
		return (int)err->kind;
	if (node->kind != NODE_ALIAS ||
	    (!nodes_hold(&expand->touched, node) && !nodes_hold(&expand->sealed, node->target)))
		return 0;
	if (nodes_push(done, node, err) != 0)
		return (int)err->kind;
	return yaml_edit_node(out, doc, node, node->target, YAML_FOR_SOPS, err);
}

static int
expand_root(const struct expand *expand, const struct document *doc, const struct node *root, struct edits *out,
    struct nodes *done, struct error *err)
{
	const struct node *node = root;

	while (node != NULL) {
		if (expand_node(expand, doc, node, out, done, err) != 0)
			return (int)err->kind;
		if (node->child != NULL) {
			node = node->child;
			continue;
		}
		while (node != root && node->next == NULL)
			node = node->parent;
		node = node != root ? node->next : NULL;
	}
	return 0;
}

int
expand_aliases(const struct document *doc, const struct store *store, struct select *select, struct edits *out,
    struct expanded *expanded, struct error *err)
{
	CLEANUP(expand_release) struct expand expand = { .values = ARENA_SECRET(LIMIT_DOCUMENT) };
	CLEANUP(nodes_release) struct nodes done = { .list = NULL };

	if (find_sealed(&expand, doc, store, select, err) != 0)
		return (int)err->kind;
	for (size_t i = 0; i < doc->roots; i++)
		if (expand_root(&expand, doc, doc->root[i], out, &done, err) != 0)
			return (int)err->kind;
	expanded->aliases = TAKE(done.list);
	expanded->count = done.count;
	expanded->capacity = done.capacity;
	return 0;
}
