#include <inttypes.h>
#include <math.h>

#include "base/secret.h"
#include "yamlmerge/merge_tree.h"
#include "yamlmerge/number.h"
#include "yamlmerge/scalar.h"

/*
 * From the nodes of a document to values as Helm sees them (hubmerge 1.3): every key a string, every number a
 * double, aliases copied, merge keys applied in written order.  In a layer that was opened by sops the types are those
 * that sops found; it prints every value so that Helm finds them again (1.7).
 */
struct reader {
	struct merged			*merged;
	const struct layer		*layer;
	const struct scalar_table	*table;
	unsigned			 depth;		/* of nesting, aliases included */
	unsigned			 aliases;	/* how many we are inside of */
	size_t				 alias_nodes, alias_bytes;
	struct error			*err;
};

struct key {
	enum merge_key_type	type;
	bool			merge;		/* "<<" */
	struct slice		text;
};

static int	read_value(struct reader *r, const struct node *node, const struct merge_trail *trail, struct merge_value **out);

/* The error that is set happened at ${node}. */
static int
fail_at(struct reader *r, const struct node *node)
{
	(void)err_at(r->err, node->line, node->column);
	return err_file(r->err, r->layer->path);
}

/* --- aliases ---------------------------------------------------------------------------------------------------- */

static int
count_alias(struct reader *r, const struct node *node)
{
	r->alias_nodes++;
	r->alias_bytes += node->text.len;
	if (r->alias_nodes <= LIMIT_ALIAS_NODES && r->alias_bytes <= LIMIT_ALIAS_BYTES)
		return 0;
	(void)err_set(r->err, ERR_LIMIT, "aliases expand to more than %d values or %zu bytes", LIMIT_ALIAS_NODES, LIMIT_ALIAS_BYTES);
	return fail_at(r, node);
}

/* An alias is read as a copy of its target, which the parser knows not to hold it.  The caller leaves it, failed or not. */
static int
enter_alias(struct reader *r, const struct node *node)
{
	r->aliases++;
	return count_alias(r, node);
}

/* --- scalars ---------------------------------------------------------------------------------------------------- */

/* 1234e56 where a name is meant: a git hash of digits and one e. */
static bool
is_name_of_digits(const struct node *node, const struct merge_trail *trail)
{
	static const struct slice	names[] = { SLICE("tag"), SLICE("id"), SLICE("project"), SLICE("account") };

	if (node->style != STYLE_PLAIN || trail->is_index)
		return false;
	for (size_t i = 0; i < node->text.len; i++)
		if (!(node->text.data[i] >= '0' && node->text.data[i] <= '9') && (node->text.data[i] | 0x20) != 'e')
			return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (slice_eq_nocase(trail->key, names[i]))
			return true;
	return false;
}

static int
set_integer(struct reader *r, const struct scalar *scalar, const struct merge_trail *trail, struct merge_value *value)
{
	const uint64_t	safe = UINT64_C(1) << 53;
	bool		negative = scalar->type == SCALAR_INT && scalar->integer < 0;
	uint64_t	magnitude = scalar->type == SCALAR_UINT ? scalar->unsigned_integer : (uint64_t)scalar->integer;
	WIPED(text, NUMBER_TEXT_MAX);
	size_t		len;

	if (scalar->type == SCALAR_INT)
		len = number_format_int(scalar->integer, (char *)text);
	else
		len = number_format_uint(scalar->unsigned_integer, (char *)text);
	if (negative)
		magnitude = 0 - magnitude;
	value->number = scalar->type == SCALAR_INT ? (double)scalar->integer : (double)scalar->unsigned_integer;
	/* No word of the value itself: it may be a secret. */
	if (magnitude > safe && merge_tree_remark(r->merged, &r->merged->warnings, value, trail, r->err,
	    "an integer that Helm rounds to a double: quote it if it is a name") != 0)
		return (int)r->err->kind;
	return arena_copy(&r->merged->arena, slice_of(text, len), &value->text, r->err);
}

static int
set_scalar(struct reader *r, const struct node *node, const struct scalar *scalar, const struct merge_trail *trail,
    struct merge_value *value)
{
	switch (scalar->type) {
	case SCALAR_NULL:
		value->kind = MERGE_NULL;
		return 0;
	case SCALAR_BOOL:
		value->kind = MERGE_BOOL;
		value->boolean = scalar->boolean;
		return 0;
	case SCALAR_INT:
	case SCALAR_UINT:
		value->kind = MERGE_NUMBER;
		return set_integer(r, scalar, trail, value);
	case SCALAR_FLOAT:
		value->kind = MERGE_NUMBER;
		value->number = scalar->real;
		if (!isfinite(scalar->real)) {
			(void)err_set(r->err, ERR_RANGE, "Helm has no number for '%.*s'", SLICE_ARG(node->text));
			(void)err_hint(r->err, "quote it if it is a string");
			return fail_at(r, node);
		}
		if (is_name_of_digits(node, trail) && merge_tree_remark(r->merged, &r->merged->warnings, value, trail, r->err,
		    "digits with an 'e' among them are a number to Helm: quote it if it is a name") != 0)
			return (int)r->err->kind;
		return merge_tree_float(r->merged, scalar->real, &value->text, r->err);
	case SCALAR_STRING:
	case SCALAR_TIME:
	case SCALAR_MERGE:
		break;
	}
	value->kind = MERGE_STRING;
	return scalar_make_utf8(scalar->text, &r->merged->arena, &value->text, r->err);
}

/* libyaml takes "\/" from JSON; the readers of sops and Helm do not. */
static int
check_escapes(struct reader *r, const struct node *node)
{
	struct slice source = slice_sub(r->layer->doc->text, node->span.start, node->span.end);

	if (node->style != STYLE_DOUBLE || r->layer->typed_by_sops)
		return 0;
	for (size_t at = slice_find(source, '\\', 0); at < source.len; at = slice_find(source, '\\', at + 2))
		if (at + 1 < source.len && source.data[at + 1] == '/') {
			(void)err_set(r->err, ERR_SYNTAX, "unknown escape '\\/' in a double-quoted text");
			(void)err_hint(r->err, "write '/' without the backslash");
			return fail_at(r, node);
		}
	return 0;
}

static int
read_scalar(struct reader *r, const struct node *node, const struct merge_trail *trail, struct merge_value **out)
{
	struct scalar scalar;

	if (check_escapes(r, node) != 0)
		return (int)r->err->kind;
	if (scalar_resolve(node, r->table, &r->merged->arena, &scalar, r->err) != 0)
		return fail_at(r, node);
	if (merge_tree_new(r->merged, MERGE_NULL, r->layer, node, out, r->err) != 0)
		return (int)r->err->kind;
	return set_scalar(r, node, &scalar, trail, *out);
}

/* --- keys ------------------------------------------------------------------------------------------------------- */

static int
refuse_key(struct reader *r, const struct node *node, const char *what)
{
	(void)err_set(r->err, ERR_TYPE, "Helm takes no %s as a key", what);
	(void)err_hint(r->err, "quote the key");
	return fail_at(r, node);
}

static int
number_key(struct reader *r, const struct scalar *scalar, struct key *key)
{
	char	text[NUMBER_TEXT_MAX];
	size_t	len;

	key->type = scalar->type == SCALAR_INT ? MERGE_KEY_INT : MERGE_KEY_FLOAT;
	if (scalar->type == SCALAR_INT)
		len = number_format_int(scalar->integer, text);
	else
		len = number_format(scalar->real, NUMBER_KEY, text);
	return arena_copy(&r->merged->arena, slice_of(text, len), &key->text, r->err);
}

static int
read_key(struct reader *r, const struct node *written, struct key *key)
{
	const struct node	*node = node_resolve(written);
	struct scalar		 scalar;

	*key = (struct key){ .type = MERGE_KEY_STRING };
	if (node->kind != NODE_SCALAR)
		return refuse_key(r, written, node->kind == NODE_MAP ? "map" : "list");
	if (check_escapes(r, node) != 0)
		return (int)r->err->kind;
	if (scalar_resolve(node, r->table, &r->merged->arena, &scalar, r->err) != 0)
		return fail_at(r, written);
	/* sops takes only strings for keys and prints each so that it stays one. */
	if (r->layer->typed_by_sops && scalar.type != SCALAR_MERGE && scalar.type != SCALAR_STRING) {
		key->text = node->text;
		return 0;
	}
	switch (scalar.type) {
	case SCALAR_NULL:
		return refuse_key(r, written, "null");
	case SCALAR_UINT:
		return refuse_key(r, written, "integer beyond 2^63");
	case SCALAR_BOOL:
		key->type = MERGE_KEY_BOOL;
		key->text = scalar.boolean ? SLICE("true") : SLICE("false");
		return 0;
	case SCALAR_INT:
	case SCALAR_FLOAT:
		return number_key(r, &scalar, key);
	case SCALAR_MERGE:
		key->merge = true;
		return 0;
	case SCALAR_STRING:
	case SCALAR_TIME:
		break;
	}
	return scalar_make_utf8(scalar.text, &r->merged->arena, &key->text, r->err);
}

/* --- maps ------------------------------------------------------------------------------------------------------- */

/* ${there} has the same key already: the later one wins whole, and the user hears of it unless that is what "<<" is for. */
static int
replace_member(struct reader *r, struct merge_value *there, const struct merge_value *value, const struct node *at,
    const struct merge_trail *trail)
{
	int failed = 0;

	if (there->key_type != value->key_type) {
		(void)err_set(r->err, ERR_CONFLICT, "two keys become '%.*s': this one and that of line %" PRIu32
		    ", and Helm takes either", SLICE_ARG(value->key), there->line);
		(void)err_hint(r->err, "remove one of them");
		return fail_at(r, at);
	}
	if (value->by_merge_key && !there->by_merge_key)
		failed = merge_tree_remark(r->merged, &r->merged->warnings, there, trail, r->err,
		    "replaced by the merge key behind it: Helm applies '<<' where it is written");
	else if (!value->by_merge_key && !there->by_merge_key)
		failed = merge_tree_remark(r->merged, &r->merged->warnings, value, trail, r->err,
		    "duplicate key: this value replaces that of line %" PRIu32, there->line);
	if (failed != 0)
		return failed;
	return merge_tree_assign(r->merged, there, value, r->err);
}

static int	read_members(struct reader *r, const struct node *node, bool by_merge_key, const struct merge_trail *trail,
		    struct merge_value *map);

static int
merge_from(struct reader *r, const struct node *source, const struct merge_trail *trail, struct merge_value *map)
{
	const struct node	*node = node_resolve(source);
	int			 failed;

	if (node->kind != NODE_MAP) {
		(void)err_set(r->err, ERR_TYPE, "a merge key takes a map or a list of maps");
		return fail_at(r, source);
	}
	if (source->kind != NODE_ALIAS)
		return read_members(r, node, true, trail, map);
	failed = enter_alias(r, source);
	if (failed == 0)
		failed = read_members(r, node, true, trail, map);
	r->aliases--;
	return failed;
}

/* The first of several sources wins, so the last is applied first. */
static int
read_merge_key(struct reader *r, const struct node *value, const struct merge_trail *trail, struct merge_value *map)
{
	const struct node	*item, **sources;
	size_t			 count = 0;
	void			*memory;

	if (value->kind != NODE_LIST)
		return merge_from(r, value, trail, map);
	for (item = value->child; item != NULL; item = item->next)
		count += item->kind != NODE_COMMENT;
	if (arena_alloc(&r->merged->arena, (count + 1) * sizeof(*sources), &memory, r->err) != 0)
		return (int)r->err->kind;
	sources = memory;
	count = 0;
	for (item = value->child; item != NULL; item = item->next)
		if (item->kind != NODE_COMMENT)
			sources[count++] = item;
	while (count > 0)
		if (merge_from(r, sources[--count], trail, map) != 0)
			return (int)r->err->kind;
	return 0;
}

static int
read_member(struct reader *r, const struct node *node, bool by_merge_key, const struct merge_trail *trail,
    struct merge_value *map)
{
	struct merge_trail	 here = { .up = trail };
	struct merge_value	*value, *there;
	struct key		 key;

	if (read_key(r, node->key, &key) != 0)
		return (int)r->err->kind;
	if (key.merge)
		return read_merge_key(r, node, trail, map);
	if (r->layer->typed_by_sops && trail->up == NULL && slice_eq(key.text, SLICE("sops")))
		return 0;
	here.key = key.text;
	if (read_value(r, node, &here, &value) != 0)
		return (int)r->err->kind;
	/* A block's own position is that of its first line: people look for the key above it. */
	if (value->kind == MERGE_MAP || value->kind == MERGE_LIST) {
		value->line = node->key->line;
		value->column = node->key->column;
	}
	value->node = node;
	value->key = key.text;
	value->key_type = (uint8_t)key.type;
	value->by_merge_key = by_merge_key;
	if ((there = merge_member(map, key.text)) != NULL)
		return replace_member(r, there, value, node->key, &here);
	return merge_tree_append(r->merged, map, value, r->err);
}

/* What holds a map's or list's children is no deeper than the limit, merge keys and aliases included. */
static int
go_down(struct reader *r, const struct node *node)
{
	if (r->depth == LIMIT_DEPTH) {
		(void)err_set(r->err, ERR_LIMIT, "more than %d nested maps and lists", (int)LIMIT_DEPTH);
		return fail_at(r, node);
	}
	r->depth++;
	return 0;
}

static int
read_members(struct reader *r, const struct node *node, bool by_merge_key, const struct merge_trail *trail,
    struct merge_value *map)
{
	const struct node *child;

	if (go_down(r, node) != 0)
		return (int)r->err->kind;
	for (child = node->child; child != NULL; child = child->next)
		if (child->kind != NODE_COMMENT && read_member(r, child, by_merge_key, trail, map) != 0)
			return (int)r->err->kind;
	r->depth--;
	return 0;
}

static int
read_elements(struct reader *r, const struct node *node, const struct merge_trail *trail, struct merge_value *list)
{
	struct merge_trail	 here = { .up = trail, .is_index = true };
	struct merge_value	*value;
	const struct node	*child;

	if (go_down(r, node) != 0)
		return (int)r->err->kind;
	for (child = node->child; child != NULL; child = child->next) {
		if (child->kind == NODE_COMMENT)
			continue;
		if (read_value(r, child, &here, &value) != 0)
			return (int)r->err->kind;
		value->node = child;
		if (merge_tree_append(r->merged, list, value, r->err) != 0)
			return (int)r->err->kind;
		here.index++;
	}
	r->depth--;
	return 0;
}

/* --- values ----------------------------------------------------------------------------------------------------- */

static int
read_alias(struct reader *r, const struct node *node, const struct merge_trail *trail, struct merge_value **out)
{
	int failed = enter_alias(r, node);

	if (failed == 0)
		failed = read_value(r, node->target, trail, out);
	r->aliases--;
	return failed;
}

static int
read_value(struct reader *r, const struct node *node, const struct merge_trail *trail, struct merge_value **out)
{
	if (node->kind == NODE_ALIAS)
		return read_alias(r, node, trail, out);
	if (r->aliases > 0 && count_alias(r, node) != 0)
		return (int)r->err->kind;
	if (node->kind == NODE_SCALAR)
		return read_scalar(r, node, trail, out);
	if (merge_tree_new(r->merged, node->kind == NODE_MAP ? MERGE_MAP : MERGE_LIST, r->layer, node, out, r->err) != 0)
		return (int)r->err->kind;
	return node->kind == NODE_MAP ? read_members(r, node, false, trail, *out) : read_elements(r, node, trail, *out);
}

int
merge_read(struct merged *merged, const struct layer *layer, struct merge_value **out, struct error *err)
{
	static const struct node	empty = { .kind = NODE_MAP, .line = 1, .column = 1 };
	const struct merge_trail	root = { .up = NULL };
	struct reader			r = { .merged = merged, .layer = layer, .err = err };

	r.table = layer->typed_by_sops ? &scalar_table_sops : &scalar_table_helm;
	return read_value(&r, layer->root != NULL ? layer->root : &empty, &root, out);
}
