#include "yamlmerge/bytes.h"

#include "base/limits.h"
#include "yamlmerge/flat.h"

struct tree {
	struct node	*roots[1];
	struct span	 extent[1];
	struct node	 root, key, data;
};

int
bytes_parse_document(struct document *doc, struct error *err)
{
	struct tree	*tree;
	struct span	 all = { 0, (uint32_t)doc->text.len };
	void		*memory;

	if (arena_alloc(&doc->arena, sizeof(*tree), &memory, err) != 0)
		return (int)err->kind;
	tree = memory;
	tree->roots[0] = &tree->root;
	tree->extent[0] = all;
	tree->root = (struct node){ .kind = NODE_MAP, .style = STYLE_BLOCK, .span = all, .item = all, .child = &tree->data,
	    .line = 1, .column = 1 };
	tree->key = (struct node){ .kind = NODE_SCALAR, .style = STYLE_DOUBLE, .text = SLICE(BYTES_KEY), .line = 1, .column = 1 };
	tree->data = (struct node){ .kind = NODE_SCALAR, .style = STYLE_DOUBLE, .text = doc->text, .span = all, .item = all,
	    .key = &tree->key, .parent = &tree->root, .line = 1, .column = 1 };
	doc->root = tree->roots;
	doc->extent = tree->extent;
	doc->roots = 1;
	return 0;
}

static int
bytes_value(struct edits *edits, const struct document *doc, const struct node *node, const struct node *value, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_SECRET(LIMIT_DOCUMENT);

	if (flat_node_text(value, doc->syntax->scalars, &text, err) != 0)
		return (int)err->kind;
	return edits_replace(edits, node, buf_slice(&text), err);
}

static int
bytes_add_member(struct edits *edits UNUSED, const struct document *doc UNUSED, const struct node *map UNUSED, struct slice key UNUSED,
    const struct node *value UNUSED, struct error *err)
{
	err_set(err, ERR_TYPE, "a binary file has one value, '" BYTES_KEY "', and no others");
	return (int)err->kind;
}

static int
bytes_remove(struct edits *edits UNUSED, const struct document *doc UNUSED, const struct node *node UNUSED, struct error *err)
{
	err_set(err, ERR_TYPE, "a binary file cannot be without its value");
	return (int)err->kind;
}

const struct syntax_edits bytes_node_edits = { .value = bytes_value, .add_member = bytes_add_member, .remove = bytes_remove };
