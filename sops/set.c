#include "sops/set.h"

#include "base/limits.h"
#include "sops/convert.h"
#include "sops/untouched.h"
#include "sops/value.h"
#include "sops/walk.h"
#include "yamlmerge/edit.h"
#include "yamlmerge/node_edit.h"
#include "yamlmerge/number.h"
#include "yamlmerge/scalar.h"
#include "yamlmerge/yaml_edit.h"
#include "yamlmerge/yaml_emit.h"

#define TAG_FLOAT	SLICE("tag:yaml.org,2002:float")

/* --- the value ------------------------------------------------------------------------------------------------------- */

/* A JSON number that YAML would read as another type (an integer beyond 64 bits, say) gets a spelling that both read alike. */
static int
respell_number(struct document *doc, struct node *node, struct error *err)
{
	char		text[NUMBER_TEXT_MAX];
	struct scalar	json, yaml;

	if (scalar_resolve(node, &scalar_table_json, &doc->arena, &json, err) != 0 ||
	    scalar_resolve_plain(node->text, &scalar_table_sops, &doc->arena, &yaml, err) != 0)
		return (int)err->kind;
	if (json.type == SCALAR_UINT)
		json = (struct scalar){ .type = SCALAR_FLOAT, .real = (double)json.unsigned_integer };
	if (json.type == yaml.type && (json.type != SCALAR_FLOAT || json.real == yaml.real))
		return 0;
	if (json.type != SCALAR_FLOAT && json.type != SCALAR_INT)
		return 0;
	return arena_copy(&doc->arena, slice_of(text, json.type == SCALAR_INT ? number_format_int(json.integer, text) :
	    number_format(json.real, NUMBER_YAML, text)), &node->text, err);
}

int
set_value_parse(struct slice json, struct document **out, struct error *err)
{
	CLEANUP(document_freep) struct document *doc = NULL;
	struct node *node, *root;

	if (document_parse(json, &syntax_json, &doc, err) != 0)
		return (int)err->kind;
	if (doc->roots != 1)
		return err_set(err, ERR_SYNTAX, "there is no value");
	if (doc->facts.trailing_line != 0)
		return err_set(err, ERR_SYNTAX, "something stands behind the value");
	root = doc->root[0];
	if (root->kind == NODE_LIST)
		return err_set(err, ERR_TYPE, "a list cannot be set as a whole: set its elements, or the map that holds it");
	for (node = root; node != NULL;) {
		if (node->kind == NODE_SCALAR && node->style == STYLE_PLAIN && respell_number(doc, node, err) != 0)
			return (int)err->kind;
		if (node->child != NULL) {
			node = node->child;
			continue;
		}
		while (node != root && node->next == NULL)
			node = node->parent;
		node = node != root ? node->next : NULL;
	}
	*out = TAKE(doc);
	return 0;
}

/*
 * FORMAT.md 10: sops reads a bare number of "set" as a double, so 5 becomes a float where it is encrypted.  The tag says so in
 * the plain text, and goes when the value is sealed.  What a double cannot hold stays an integer with its digits.
 */
static int
tag_number(const struct document *value, const struct store *store, struct node *tagged, struct node_properties *properties,
    struct arena *arena, struct error *err)
{
	struct scalar scalar;

	*tagged = *value->root[0];
	if (store->plain != &syntax_yaml)
		return 0;	/* there are no tags, and 5 is what the user wrote */
	if (tagged->kind != NODE_SCALAR || tagged->style != STYLE_PLAIN)
		return 0;
	if (scalar_resolve(tagged, &scalar_table_json, arena, &scalar, err) != 0)
		return (int)err->kind;
	if (scalar.type == SCALAR_INT && scalar.integer <= INT64_C(1) << 53 && scalar.integer >= -(INT64_C(1) << 53)) {
		*properties = (struct node_properties){ .tag = TAG_FLOAT };
		tagged->properties = properties;
	}
	return 0;
}

/* --- the place ------------------------------------------------------------------------------------------------------- */

struct place {
	const struct node	*node;		/* as far as the path led */
	size_t			 steps;		/* how many of its steps that was */
};

static int
fail_at(const struct node *node, struct error *err)
{
	return err_at(err, node->line, node->column);
}

static const struct node *
list_element(const struct node *list, size_t index)
{
	const struct node *node;

	for (node = list->child; node != NULL; node = node->next)
		if (node->kind != NODE_COMMENT && index-- == 0)
			return node;
	return NULL;
}

/* Stops at a scalar, at an alias, and where a key or index is missing. */
static int
place_find(const struct document *doc, const struct path *path, struct place *out, struct error *err)
{
	const struct node *next;

	*out = (struct place){ .node = doc->root[0] };
	for (; out->steps < path->count; out->steps++) {
		const struct path_step *step = &path->steps[out->steps];

		if (out->node->kind == NODE_MAP && step->is_index) {
			err_set(err, ERR_PATH, "an index does not lead into a map: '%zu'", step->index);
			return fail_at(out->node, err);
		}
		if (out->node->kind == NODE_LIST && !step->is_index) {
			err_set(err, ERR_PATH, "a key does not lead into a list: '%.*s'", SLICE_ARG(step->key));
			return fail_at(out->node, err);
		}
		if (out->node->kind != NODE_MAP && out->node->kind != NODE_LIST)
			return 0;
		next = step->is_index ? list_element(out->node, step->index) : node_member(out->node, step->key);
		if (next == NULL)
			return 0;
		out->node = next;
	}
	return 0;
}

/* A text and its document, on the way through several edits, beside what it was at first. */
struct draft {
	struct buf		 text;
	struct document		*first, *doc;
};

static void
draft_release(struct draft *draft)
{
	if (draft->doc != draft->first)
		document_free(draft->doc);
	document_free(draft->first);
	buf_release(&draft->text);
}

static int
draft_take(struct draft *draft, struct document *doc, struct error *err)
{
	if (draft->first == NULL)
		draft->first = doc;
	else if (draft->doc != draft->first)
		document_free(draft->doc);
	draft->doc = doc;
	return doc->roots != 0 ? 0 : err_set(err, ERR_EMPTY, "the file is empty");
}

/* Of a text that stays as long as the draft. */
static int
draft_parse(struct draft *draft, struct slice text, const struct store *store, struct error *err)
{
	struct document *doc;

	return document_parse_lent(text, store->plain, &doc, err) != 0 ? (int)err->kind : draft_take(draft, doc, err);
}

static int
draft_apply(struct draft *draft, const struct store *store, struct edits *edits, struct error *err)
{
	struct document	*doc;
	struct error	 why = ERROR_INIT;

	buf_reset(&draft->text);
	if (edits_apply(edits, draft->doc, &draft->text, err) != 0)
		return (int)err->kind;
	edits_release(edits);
	*edits = EDITS;
	if (document_parse(buf_slice(&draft->text), store->plain, &doc, &why) == 0)
		return draft_take(draft, doc, err);
	if (why.kind != ERR_SYNTAX) {
		*err = why;
		return (int)err->kind;
	}
	/* A layout that nobody foresaw, such as tabs on the empty lines around it.  Its position is one of a text that nobody will see. */
	err_set(err, ERR_REFUSED, "the lines around this value cannot be kept as they are: the new text would not be readable (%s)", why.text);
	return err_hint(err, "nothing was changed; change it with 'hubsecrets edit', and the lines around it with it");
}

/* What is set below an alias is set there alone: it is written out first. */
static int
place_settle(struct draft *draft, const struct store *store, const struct path *path, struct place *place, struct error *err)
{
	CLEANUP(edits_release) struct edits edits = EDITS;

	for (size_t i = 0; i <= path->count; i++) {
		if (place_find(draft->doc, path, place, err) != 0)
			return (int)err->kind;
		if (place->node->kind != NODE_ALIAS || place->steps == path->count)
			return 0;
		if (node_edit_value(&edits, draft->doc, place->node, place->node->target, err) != 0 ||
		    draft_apply(draft, store, &edits, err) != 0)
			return (int)err->kind;
	}
	return 0;
}

/* Is ${node} the same as ${in}, or somewhere inside? */
static bool
is_within(const struct node *node, const struct node *in)
{
	if (node->span.start < in->span.start || node->span.end > in->span.end)
		return false;
	while (node != NULL && node != in)
		node = node->parent;
	return node != NULL;
}

/* Does an alias read something that changes with the place: what is around it, it, or what is in it? */
static bool
reads_place(const struct node *alias, const struct node *place)
{
	return is_within(place, alias->target) || (is_within(alias->target, place) && !is_within(alias, place));
}

static int
refuse_key(const struct node *alias, struct error *err)
{
	err_set(err, ERR_REFUSED, "the key '*%.*s' stands for the value that would change", SLICE_ARG(alias->text));
	err_hint(err, "write the key out first");
	return fail_at(alias, err);
}

/*
 * The anchored value changes, and what stands for it must not: sops has a copy of its own at each place, and so has the file from
 * now on (FORMAT.md 10).
 */
static int
aliases_settle(struct draft *draft, const struct store *store, const struct path *path, struct place *place, struct error *err)
{
	CLEANUP(edits_release) struct edits edits = EDITS;
	const struct node *root = draft->doc->root[0];

	if (store->plain != &syntax_yaml || slice_find(draft->doc->text, '*', 0) == draft->doc->text.len)
		return 0;
	for (const struct node *node = root; node != NULL; node = node_after(node, root)) {
		if (node->key != NULL && node->key->kind == NODE_ALIAS && reads_place(node->key, place->node))
			return refuse_key(node->key, err);
		if (node->kind == NODE_ALIAS && node != place->node && reads_place(node, place->node) &&
		    node_edit_value(&edits, draft->doc, node, node->target, err) != 0)
			return (int)err->kind;
	}
	if (edits.count == 0)
		return 0;
	return draft_apply(draft, store, &edits, err) != 0 ? (int)err->kind : place_find(draft->doc, path, place, err);
}

/* What the draft has become, when everything but the place is as it was at first. */
static int
draft_hand_over(struct draft *draft, const struct path *path, const struct document *value_opt, struct document **out,
    struct error *err)
{
	struct change_meant meant = { .path = path, .value_opt = value_opt };

	if (untouched_check(draft->first, draft->doc, &meant, err) != 0)
		return (int)err->kind;
	*out = draft->doc;
	draft->doc = draft->first;
	return 0;
}

/* ${value} below the steps of the path that lead nowhere yet, from ${first} on. */
static int
wrap(const struct path *path, size_t first, const struct node *value, struct arena *arena, const struct node **out,
    struct error *err)
{
	for (size_t i = path->count; i-- > first;) {
		const struct path_step	*step = &path->steps[i];
		struct node		*container, *child, *key;
		void			*room;

		if (arena_alloc(arena, 3 * sizeof(*container), &room, err) != 0)
			return (int)err->kind;
		container = room;
		child = container + 1;
		key = container + 2;
		*child = *value;
		child->parent = container;
		child->next = NULL;
		*key = (struct node){ .kind = NODE_SCALAR, .style = STYLE_DOUBLE, .text = step->key };
		child->key = step->is_index ? NULL : key;
		*container = (struct node){ .kind = step->is_index ? NODE_LIST : NODE_MAP, .style = STYLE_BLOCK, .child = child };
		value = container;
	}
	*out = value;
	return 0;
}

static bool
is_null(const struct node *node, const struct scalar_table *table)
{
	CLEANUP(arena_release) struct arena store = ARENA_SECRET(LIMIT_DOCUMENT);
	struct error	ignored = ERROR_INIT;
	struct scalar	scalar;

	return node->kind == NODE_SCALAR && scalar_resolve(node, table, &store, &scalar, &ignored) == 0 &&
	    scalar.type == SCALAR_NULL;
}

static int
place_edit(const struct draft *draft, const struct place *place, const struct path *path, const struct node *value,
    struct edits *edits, struct error *err)
{
	CLEANUP(arena_release) struct arena arena = ARENA_SECRET(LIMIT_DOCUMENT);
	const struct path_step	*step = &path->steps[place->steps];
	const struct node	*wrapped = NULL;
	bool			 container = place->node->kind == NODE_MAP || place->node->kind == NODE_LIST;

	if (place->steps == path->count)
		return node_edit_value(edits, draft->doc, place->node, value, err);
	container = container || is_null(place->node, draft->doc->syntax->scalars);
	if (wrap(path, place->steps + container, value, &arena, &wrapped, err) != 0)
		return (int)err->kind;
	if (!container)
		return node_edit_value(edits, draft->doc, place->node, wrapped, err);
	if (step->is_index)
		return node_edit_add_element(edits, draft->doc, place->node, wrapped, err);
	return node_edit_add_member(edits, draft->doc, place->node, step->key, wrapped, err);
}

/* --- set ------------------------------------------------------------------------------------------------------------- */

static int
check_path(const struct store *store, const struct path *path, struct error *err)
{
	struct node	key = { .kind = NODE_SCALAR, .style = STYLE_DOUBLE };
	struct node	item = { .kind = NODE_SCALAR, .style = STYLE_PLAIN, .key = &key };

	if (path->count == 0)
		return err_set(err, ERR_PATH, "the path must lead to a value inside the file");
	key.text = path->steps[0].key;
	if (!path->steps[0].is_index && store_owns(store, &item))
		return err_set(err, ERR_ENCRYPTED, "the entry '%.*s' holds the metadata of the file, and cannot be changed so",
		    SLICE_ARG(key.text));
	return 0;
}

static int
node_text(const struct node *node, struct buf *out, struct error *err)
{
	CLEANUP(yaml_emitter_release) struct yaml_emitter e = YAML_EMITTER(out, 0, YAML_FOR_SOPS);

	return yaml_emit_node(&e, node, err);
}

/* Is this what is there already?  Numbers are compared by value, everything else as sops would print it. */
static int
is_same(const struct node *there, const struct scalar_table *table, const struct node *value, bool *out, struct error *err)
{
	CLEANUP(buf_release) struct buf a = BUF_SECRET(LIMIT_DOCUMENT), b = BUF_SECRET(LIMIT_DOCUMENT);
	CLEANUP(arena_release) struct arena store = ARENA_SECRET(LIMIT_DOCUMENT);
	struct scalar	x, y;
	enum value_type	type[2];

	*out = false;
	if (there->kind != value->kind)
		return 0;
	if (there->kind != NODE_SCALAR) {
		if (node_text(there, &a, err) != 0 || node_text(value, &b, err) != 0)
			return (int)err->kind;
		*out = slice_eq(buf_slice(&a), buf_slice(&b));
		return 0;
	}
	if (scalar_resolve(there, table, &store, &x, err) != 0 ||
	    scalar_resolve(value, &scalar_table_json, &store, &y, err) != 0)
		return (int)err->kind;
	if (x.type == SCALAR_NULL || y.type == SCALAR_NULL) {
		*out = x.type == y.type;
		return 0;
	}
	if (value_write(&x, &type[0], &a, err) != 0 || value_write(&y, &type[1], &b, err) != 0)
		return (int)err->kind;
	*out = slice_eq(buf_slice(&a), buf_slice(&b)) && (type[0] == type[1] ||
	    ((type[0] == VALUE_INT || type[0] == VALUE_FLOAT) && (type[1] == VALUE_INT || type[1] == VALUE_FLOAT)));
	return 0;
}

static int
is_selected(const struct document *doc, const struct store *store, const struct select_rules *rules,
    const struct node *node, bool *out, struct error *err)
{
	CLEANUP(select_freep) struct select *select = NULL;
	CLEANUP(walk_release) struct walk walk = WALK(doc, store, NULL, 0);
	struct walk_item item;

	*out = false;
	if (select_new(rules, &select, err) != 0)
		return (int)err->kind;
	walk.select = select;
	do {
		if (walk_next(&walk, &item, err) != 0)
			return (int)err->kind;
		if (item.node == node && item.alias == NULL && item.kind == WALK_LEAF)
			*out = item.selected;
	} while (item.kind != WALK_DONE && item.node != node);
	return 0;
}

/* The number was put in with its tag: in a clear place it must go again. */
static int
untag_clear(struct draft *draft, const struct store *store, const struct path *path, const struct select_rules *rules,
    struct error *err)
{
	CLEANUP(edits_release) struct edits edits = EDITS;
	struct place	place;
	bool		selected;

	if (place_find(draft->doc, path, &place, err) != 0 ||
	    is_selected(draft->doc, store, rules, place.node, &selected, err) != 0)
		return (int)err->kind;
	if (selected)
		return 0;
	if (yaml_edit_drop_tag(&edits, draft->doc, place.node, err) != 0)
		return (int)err->kind;
	return draft_apply(draft, store, &edits, err);
}

int
set_value(struct slice plain, const struct store *store, const struct path *path, const struct document *value,
    const struct set_options *options, struct document **out, struct error *err)
{
	CLEANUP(draft_release) struct draft draft = { .text = BUF_SECRET(LIMIT_DOCUMENT) };
	CLEANUP(edits_release) struct edits edits = EDITS;
	CLEANUP(arena_release) struct arena arena = ARENA_SECRET(LIMIT_DOCUMENT);
	struct node_properties	properties;
	struct node		node;
	struct place		place;
	bool			same;

	if (check_path(store, path, err) != 0 || draft_parse(&draft, plain, store, err) != 0 ||
	    place_settle(&draft, store, path, &place, err) != 0 ||
	    tag_number(value, store, &node, &properties, &arena, err) != 0)
		return (int)err->kind;
	if (options->only_if_other && place.steps == path->count) {
		if (is_same(node_resolve(place.node), store->plain->scalars, value->root[0], &same, err) != 0)
			return (int)err->kind;
		if (same)
			return err_set(err, ERR_UNCHANGED, "the value is there already");
	}
	if (aliases_settle(&draft, store, path, &place, err) != 0 ||
	    place_edit(&draft, &place, path, &node, &edits, err) != 0 || draft_apply(&draft, store, &edits, err) != 0)
		return (int)err->kind;
	if (node.properties != NULL && untag_clear(&draft, store, path, options->rules, err) != 0)
		return (int)err->kind;
	return draft_hand_over(&draft, path, value, out, err);
}

int
set_remove(struct slice plain, const struct store *store, const struct path *path, struct document **out, struct error *err)
{
	CLEANUP(draft_release) struct draft draft = { .text = BUF_SECRET(LIMIT_DOCUMENT) };
	CLEANUP(edits_release) struct edits edits = EDITS;
	struct place place;

	if (check_path(store, path, err) != 0 || draft_parse(&draft, plain, store, err) != 0 ||
	    place_settle(&draft, store, path, &place, err) != 0)
		return (int)err->kind;
	if (place.steps < path->count && path->steps[place.steps].is_index)
		return err_set(err, ERR_NOT_FOUND, "Index %zu out of bounds", path->steps[place.steps].index);
	if (place.steps < path->count)
		return err_set(err, ERR_NOT_FOUND, "Key not found: '%.*s'", SLICE_ARG(path->steps[place.steps].key));
	if (aliases_settle(&draft, store, path, &place, err) != 0 ||
	    node_edit_remove(&edits, draft.doc, place.node, err) != 0 || draft_apply(&draft, store, &edits, err) != 0)
		return (int)err->kind;
	return draft_hand_over(&draft, path, NULL, out, err);
}

/* --- extract --------------------------------------------------------------------------------------------------------- */

int
set_extract(struct slice plain, const struct store *store, const struct path *path, const struct store *to, int indent,
    struct buf *out, struct error *err)
{
	CLEANUP(draft_release) struct draft draft = { .text = BUF_SECRET(LIMIT_DOCUMENT) };
	CLEANUP(arena_release) struct arena arena = ARENA_SECRET(LIMIT_DOCUMENT);
	const struct node	*node;
	struct scalar		 scalar;

	if (draft_parse(&draft, plain, store, err) != 0 || path_find(draft.doc->root[0], path, NULL, &node, err) != 0)
		return (int)err->kind;
	node = node_resolve(node);
	if (node->kind == NODE_MAP || path->count == 0)
		return convert_document(draft.doc, node, to, indent, out, err);
	if (node->kind != NODE_SCALAR)
		return convert_value(node, store->plain, to, indent, out, err);
	if (scalar_resolve(node, store->plain->scalars, &arena, &scalar, err) != 0)
		return fail_at(node, err);
	return scalar.type == SCALAR_STRING ? buf_append(out, scalar.text, err) : convert_value(node, store->plain, to, indent, out, err);
}
