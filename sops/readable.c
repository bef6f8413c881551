#include "sops/readable.h"

#include "base/arena.h"
#include "base/limits.h"
#include "yamlmerge/key_index.h"
#include "yamlmerge/scalar.h"

static int
fail_at(const struct node *node, struct error *err)
{
	return err_at(err, node->line, node->column);
}

/* FORMAT.md 6.2: sops writes any such key as a merge key, and then loads it only over maps. */
static int
check_merge(const struct node *member, struct error *err)
{
	const struct node *value = node_resolve(member), *element;

	if (value->kind == NODE_MAP)
		return 0;
	if (value->kind == NODE_LIST) {
		for (element = value->child; element != NULL; element = element->next)
			if (element->kind != NODE_COMMENT && node_resolve(element)->kind != NODE_MAP)
				break;
		if (element == NULL)
			return 0;
	}
	err_set(err, ERR_REFUSED, "the value of the key '<<' must be a map or a list of maps");
	err_hint(err, "sops writes such a key as a merge key and then cannot read the file any more");
	return fail_at(member->key, err);
}

/* The keys of one map: a few are compared with each other, more go through a table. */
#define FEW	12

struct keys {
	const struct node	*few[FEW];	/* as they are written */
	size_t			 count;
	struct key_index	 index;
};

static void
keys_release(struct keys *keys)
{
	key_index_release(&keys->index);
}

static int
find_or_add(struct keys *keys, const struct node *written, const struct node **there, struct error *err)
{
	struct slice	 text = node_resolve(written)->text;
	void		*found = NULL;

	*there = NULL;
	for (size_t i = 0; i < keys->count && i < FEW; i++)
		if (slice_eq(node_resolve(keys->few[i])->text, text)) {
			*there = keys->few[i];
			return 0;
		}
	if (keys->count++ < FEW) {
		keys->few[keys->count - 1] = written;
		return 0;
	}
	if (key_index_add(&keys->index, text, (void *)(uintptr_t)written, &found, err) != 0)
		return (int)err->kind;
	*there = found;
	return 0;
}

static int
check_key(const struct node *member, struct keys *keys, struct error *err)
{
	const struct node *key = node_resolve(member->key), *there;

	if (key == NULL || key->kind != NODE_SCALAR) {
		err_set(err, ERR_SYNTAX, "a map or list cannot be a key");
		return fail_at(member->key, err);
	}
	if (find_or_add(keys, member->key, &there, err) != 0)
		return (int)err->kind;
	if (there != NULL) {
		err_set(err, ERR_SYNTAX, "mapping key '%.*s' already defined at line %u", SLICE_ARG(key->text), (unsigned)there->line);
		return fail_at(member->key, err);
	}
	return slice_eq(key->text, SLICE("<<")) ? check_merge(member, err) : 0;
}

static int
check_map(const struct node *map, struct keys *keys, struct error *err)
{
	const struct node *member;

	if (keys->count > FEW)
		key_index_reset(&keys->index);
	keys->count = 0;
	for (member = map->child; member != NULL; member = member->next)
		if (member->kind != NODE_COMMENT && check_key(member, keys, err) != 0)
			return (int)err->kind;
	return 0;
}

/* An alias inside what it stands for. */
static int
check_alias(const struct node *alias, struct error *err)
{
	const struct node *up;

	for (up = alias->parent; up != NULL; up = up->parent)
		if (up == alias->target) {
			err_set(err, ERR_SYNTAX, "anchor '%.*s' value contains itself", SLICE_ARG(alias->text));
			return fail_at(alias, err);
		}
	return 0;
}

static int
check_node(const struct node *node, struct keys *keys, struct arena *store, struct error *err)
{
	struct scalar scalar;

	if (node->kind == NODE_ALIAS)
		return check_alias(node, err);
	if (node->kind == NODE_MAP)
		return check_map(node, keys, err);
	if (node->kind == NODE_SCALAR && node_tag(node).len != 0 &&
	    scalar_resolve(node, &scalar_table_sops, store, &scalar, err) != 0)
		return fail_at(node, err);
	return 0;
}

int
readable_check(const struct document *doc, struct error *err)
{
	CLEANUP(keys_release) struct keys keys = { .index = KEY_INDEX };
	CLEANUP(arena_release) struct arena store = ARENA_SECRET(LIMIT_DOCUMENT);
	const struct node *node;

	/* The other formats may say a key twice, and have nothing else of this. */
	if (doc->roots == 0 || doc->syntax != &syntax_yaml)
		return 0;
	/* The tree in its own order, without a stack. */
	for (node = doc->root[0]; node != NULL;) {
		if (check_node(node, &keys, &store, err) != 0)
			return (int)err->kind;
		if (node->child != NULL) {
			node = node->child;
			continue;
		}
		while (node != doc->root[0] && node->next == NULL)
			node = node->parent;
		node = node != doc->root[0] ? node->next : NULL;
	}
	return 0;
}

/* Of a double-quoted scalar, with its quotes. */
static bool
has_slash_escape(struct slice source)
{
	for (size_t i = 0; i + 1 < source.len; i++)
		if (source.data[i] == '\\' && source.data[++i] == '/')
			return true;
	return false;
}

/* In a flow collection, of an empty value. */
static bool
comma_joins_tag(const struct document *doc, const struct node *node)
{
	uint32_t end = node->properties != NULL ? node->properties->tag_span.end : 0;

	return end != 0 && end < doc->text.len && doc->text.data[end] == ',';
}

int
readable_spelling(const struct document *doc, const struct node *node, struct error *err)
{
	struct slice source;

	if (node == NULL || (node = node_resolve(node))->kind != NODE_SCALAR || doc->syntax != &syntax_yaml)
		return 0;
	if (comma_joins_tag(doc, node)) {
		err_set(err, ERR_REFUSED, "a tag with a comma right behind it");
		err_hint(err, "sops would take the comma for a part of the tag; put a blank between them");
		return fail_at(node, err);
	}
	source = slice_sub(doc->text, node->span.start, node->span.end);
	if (node->style == STYLE_DOUBLE && has_slash_escape(source)) {
		err_set(err, ERR_REFUSED, "the escape '\\/' in clear text");
		err_hint(err, "sops could not read the file; write '/' alone");
		return fail_at(node, err);
	}
	if (node->style == STYLE_PLAIN && node->parent != NULL && node->parent->style == STYLE_FLOW && source.len > 1 &&
	    slice_find(source, '?', 1) < source.len) {
		err_set(err, ERR_REFUSED, "a plain word with '?' in clear text in a flow collection");
		err_hint(err, "sops could not read the file; put the word into quotes");
		return fail_at(node, err);
	}
	return 0;
}
