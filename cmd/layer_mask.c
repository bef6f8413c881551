#include "cmd/layer_mask.h"

#include "sops/select.h"
#include "sops/value.h"
#include "sops/walk.h"
#include "yamlmerge/edit.h"

/* What a value of that type could be, as far as a schema can tell. */
static struct slice
stand_in(const struct value_parts *parts)
{
	static const struct { struct slice type, text; } table[] = {
		{ SLICE("int"), SLICE("0") },
		{ SLICE("float"), SLICE("0.5") },
		{ SLICE("bool"), SLICE("false") },
		{ SLICE("time"), SLICE("2000-01-01T00:00:00Z") },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (slice_eq(parts->type, table[i].type))
			return table[i].text;
	return SLICE("\"(secret)\"");
}

static int
in_clear(const struct walk_item *item, struct error *err)
{
	(void)err_set(err, ERR_REFUSED, "a value in clear, which the rules of this file encrypt");
	(void)err_at(err, item->node->line, item->node->column);
	return err_hint(err, "encrypt the file again: 'hubsecrets edit' does it, or 'hubsecrets set' for this value alone");
}

static int
is_null(const struct node *node, const struct store *store, bool *out, struct error *err)
{
	CLEANUP(arena_release) struct arena	arena = ARENA_SECRET(LIMIT_DOCUMENT);
	struct scalar				scalar;

	if (scalar_resolve(node, store->syntax->scalars, &arena, &scalar, err) != 0)
		return (int)err->kind;
	*out = scalar.type == SCALAR_NULL;
	return 0;
}

/* One leaf: counted, and its stand-in noted when ${edits_opt} wants it. */
static int
look_at(const struct walk_item *item, const struct store *store, struct layer_mask_count *count, struct edits *edits_opt,
    struct error *err)
{
	struct value_parts	parts;
	bool			null;

	if (item->node->text.len == 0)
		return 0;
	if (value_recognise(item->node->text, &parts)) {
		count->values++;
		count->sealed++;
		return edits_opt == NULL || item->alias != NULL ? 0 : edits_replace(edits_opt, item->node, stand_in(&parts), err);
	}
	if (is_null(item->node, store, &null, err) != 0)
		return (int)err->kind;
	count->values += !null;
	return item->selected && !null ? in_clear(item, err) : 0;
}

/* An element of a list that is a comment is none in the result: it becomes a comment again. */
static int
look_at_comment(const struct walk_item *item, struct edits *edits_opt, struct error *err)
{
	if (edits_opt == NULL || item->node->kind != NODE_SCALAR)
		return 0;
	if (item->node->parent->style == STYLE_FLOW)
		return edits_replace(edits_opt, item->node, SLICE("null"), err);
	return edits_splice(edits_opt, item->node->item, SLICE("#"), err);
}

static int
look(const struct opened *opened, const struct store *store, struct layer_mask_count *count, struct edits *edits_opt,
    struct error *err)
{
	CLEANUP(select_freep) struct select	*select = NULL;
	struct walk_item			 item;

	if (select_new(&opened->meta->rules, &select, err) != 0)
		return (int)err->kind;
	CLEANUP(walk_release) struct walk walk = WALK(opened->doc, store, select, WALK_SEALED);
	do {
		if (walk_next(&walk, &item, err) != 0 ||
		    (item.kind == WALK_LEAF && look_at(&item, store, count, edits_opt, err) != 0) ||
		    (item.kind == WALK_COMMENT && look_at_comment(&item, edits_opt, err) != 0))
			return (int)err->kind;
	} while (item.kind != WALK_DONE);
	return 0;
}

int
layer_mask_count(const struct opened *opened, const struct store *store, struct layer_mask_count *out, struct error *err)
{
	*out = (struct layer_mask_count){ .values = 0 };
	return look(opened, store, out, NULL, err);
}

int
layer_mask(const struct opened *opened, const struct store *store, struct document **out, struct error *err)
{
	CLEANUP(edits_release) struct edits	edits = EDITS;
	CLEANUP(buf_release) struct buf		text = BUF(LIMIT_DOCUMENT);
	struct layer_mask_count			count = { .values = 0 };

	if (look(opened, store, &count, &edits, err) != 0 || edits_apply(&edits, opened->doc, &text, err) != 0)
		return (int)err->kind;
	return document_parse(buf_slice(&text), &syntax_yaml, out, err);
}
