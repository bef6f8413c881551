#include "yamlmerge/document.h"

#include <stdlib.h>

#include "base/limits.h"
#include "yamlmerge/key_index.h"
#include "yamlmerge/yaml_text.h"

/*
 * The smallest value that makes a node or two takes two bytes ("a," in a flow map), so nodes are bounded by the text; the
 * second limit is for machines.
 */
#define ARENA_PER_BYTE	256
#define ARENA_LEAST	(1 * MIB)
#define ARENA_MOST	(4096 * MIB)

static int
parse(struct slice text, bool lent, const struct syntax *syntax, struct document **out, struct error *err)
{
	CLEANUP(document_freep) struct document *doc = NULL;
	size_t	nodes;

	if (text.len > LIMIT_DOCUMENT)
		return err_set(err, ERR_LIMIT, "document of %zu bytes, and the limit is %zu", text.len, LIMIT_DOCUMENT);
	if ((doc = calloc(1, sizeof(*doc))) == NULL)
		return err_memory(err);
	nodes = text.len * ARENA_PER_BYTE + ARENA_LEAST;
	doc->arena = ARENA_SECRET(nodes < ARENA_MOST ? nodes : ARENA_MOST);
	doc->syntax = syntax;
	doc->text = text;
	if ((!lent && arena_copy(&doc->arena, text, &doc->text, err) != 0) || syntax->parse(doc, err) != 0)
		return (int)err->kind;
	*out = TAKE(doc);
	return 0;
}

int
document_parse(struct slice text, const struct syntax *syntax, struct document **out, struct error *err)
{
	return parse(text, false, syntax, out, err);
}

int
document_parse_lent(struct slice text, const struct syntax *syntax, struct document **out, struct error *err)
{
	return parse(text, true, syntax, out, err);
}

void
document_free(struct document *doc)
{
	if (doc == NULL)
		return;
	arena_release(&doc->arena);
	free(doc);
}

struct slice
node_key(const struct node *member)
{
	return node_resolve(member->key)->text;
}

struct node *
node_member(const struct node *map, struct slice key)
{
	struct node *child;

	if (map->kind != NODE_MAP)
		return NULL;
	for (child = map->child; child != NULL; child = child->next)
		if (child->key != NULL && slice_eq(node_key(child), key))
			return child;
	return NULL;
}

const struct node *
node_resolve(const struct node *node)
{
	while (node->kind == NODE_ALIAS)
		node = node->target;
	return node;
}

struct node *
node_after(const struct node *node, const struct node *top)
{
	if (node->child != NULL)
		return node->child;
	while (node != top && node->next == NULL)
		node = node->parent;
	return node != top ? node->next : NULL;
}

int
node_duplicate_key(const struct node *top, const struct node **out, struct error *err)
{
	CLEANUP(key_index_release) struct key_index index = KEY_INDEX;
	const struct node	*node, *child;
	void			*there;

	*out = NULL;
	for (node = top; node != NULL; node = node_after(node, top)) {
		if (node->kind != NODE_MAP)
			continue;
		key_index_reset(&index);
		for (child = node->child; child != NULL; child = child->next) {
			if (child->key == NULL)
				continue;
			if (key_index_add(&index, node_key(child), child->key, &there, err) != 0)
				return (int)err->kind;
			if (there != NULL) {
				*out = child;
				return 0;
			}
		}
	}
	return 0;
}

void
document_position(const struct document *doc, size_t byte, uint32_t *line, uint32_t *column)
{
	bool	yaml = doc->syntax == &syntax_yaml;
	size_t	at = doc->facts.bom ? 3 : 0, width;

	*line = 1, *column = 1;
	if (byte > doc->text.len)
		byte = doc->text.len;
	while (at < byte) {
		width = yaml || doc->text.data[at] < 0x80 ? yaml_text_break(doc->text, at) : 0;
		if (width != 0) {
			++*line, *column = 1;
			at += width;
		} else {
			*column += (doc->text.data[at] & 0xc0) != 0x80;
			at++;
		}
	}
}
