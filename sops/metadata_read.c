#include "sops/metadata.h"

#include "base/limits.h"
#include "base/num.h"
#include "base/timestamp.h"
#include "yamlmerge/number.h"
#include "yamlmerge/scalar.h"

/*
 * metadata_parse(): as tolerant as sops, whose files have come from many hands and versions.
 */

struct reader {
	struct metadata	*meta;
	struct error	*err;
};

static int
wrong(struct reader *r, const struct node *node, const char *name, const char *want)
{
	err_set(r->err, ERR_TYPE, "metadata field '%s' is not %s", name, want);
	return err_at(r->err, node->line, node->column);
}

static bool
is_null(const struct node *node)
{
	return node->kind == NODE_SCALAR && node->style == STYLE_PLAIN && node_tag(node).len == 0 &&
	    (node->text.len == 0 || slice_eq(node->text, SLICE("~")) || slice_eq_nocase(node->text, SLICE("null")));
}

/* A member by name, exactly or else in any letter case; NULL when absent or null. */
static const struct node *
field(const struct node *map, const char *name)
{
	const struct node	*found = node_member(map, slice_str(name));
	struct slice		 wanted = slice_str(name);

	for (const struct node *item = map->child; found == NULL && item != NULL; item = item->next)
		if (item->kind != NODE_COMMENT && item->key != NULL && slice_eq_nocase(item->key->text, wanted))
			found = item;
	if (found != NULL)
		found = node_resolve(found);
	return found == NULL || is_null(found) ? NULL : found;
}

/* A scalar as text: numbers and booleans are taken for what they say. */
static int
read_text(struct reader *r, const struct node *node, const char *name, struct slice *out)
{
	struct scalar	scalar;
	char		number[NUMBER_TEXT_MAX];
	struct slice	text;
	int		rc;

	if (node->kind != NODE_SCALAR)
		return wrong(r, node, name, "a string");
	if ((rc = scalar_resolve(node, &scalar_table_sops, &r->meta->arena, &scalar, r->err)) != 0)
		return rc;
	switch (scalar.type) {
	case SCALAR_STRING:
		text = scalar.text;
		break;
	case SCALAR_NULL:
		text = SLICE_NONE;
		break;
	case SCALAR_INT:
		text = slice_of(number, number_format_int(scalar.integer, number));
		break;
	case SCALAR_UINT:
		text = slice_of(number, number_format_uint(scalar.unsigned_integer, number));
		break;
	case SCALAR_FLOAT:
		text = slice_of(number, number_format(scalar.real, NUMBER_PLAIN, number));
		break;
	case SCALAR_BOOL:
		text = scalar.boolean ? SLICE("1") : SLICE("0");
		break;
	case SCALAR_TIME:
		return wrong(r, node, name, "a string (a time must be quoted)");
	default:
		text = SLICE("<<");
	}
	return metadata_text(r->meta, text, out, r->err);
}

static int
read_text_field(struct reader *r, const struct node *map, const char *name, struct slice *out)
{
	const struct node *node = field(map, name);

	return node != NULL ? read_text(r, node, name, out) : 0;
}

static int
read_bool_field(struct reader *r, const struct node *map, const char *name, bool *out)
{
	static const char *const	yes[] = { "1", "t", "T", "true", "TRUE", "True" };
	static const char *const	no[] = { "0", "f", "F", "false", "FALSE", "False", "" };
	const struct node		*node = field(map, name);
	struct slice			 text = SLICE_NONE;
	int				 rc;

	if (node == NULL)
		return 0;
	if ((rc = read_text(r, node, name, &text)) != 0)
		return rc;
	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		if (slice_eq(text, slice_str(yes[i]))) {
			*out = true;
			return 0;
		}
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		if (slice_eq(text, slice_str(no[i]))) {
			*out = false;
			return 0;
		}
	return wrong(r, node, name, "true or false");
}

static int
read_threshold(struct reader *r, const struct node *map)
{
	const struct node	*node = field(map, "shamir_threshold");
	struct slice		 text = SLICE_NONE;
	int64_t			 number = 0;
	int			 rc;

	if (node == NULL)
		return 0;
	if ((rc = read_text(r, node, "shamir_threshold", &text)) != 0)
		return rc;
	if (text.len > 0 && !num_parse(text, 0, INT32_MAX, &number))
		return wrong(r, node, "shamir_threshold", "a number");
	r->meta->shamir_threshold = (uint32_t)number;
	return 0;
}

/* "created_at" of every type but age is mandatory and a time; it keeps its own zone. */
static int
read_created(struct reader *r, const struct node *entry, struct master_key *key)
{
	CLEANUP(buf_release) struct buf text = BUF(64);
	const struct node	*node = field(entry, "created_at");
	struct timestamp	 when;
	int			 rc;

	if (node == NULL)
		return wrong(r, entry, "created_at", "there");
	if ((rc = read_text(r, node, "created_at", &key->created_at)) != 0)
		return rc;
	if (timestamp_parse(key->created_at, &when, r->err) != 0) {
		(void)err_wrap(r->err, "metadata field 'created_at'");
		return err_at(r->err, node->line, node->column);
	}
	if ((rc = timestamp_format_seconds(&when, &text, r->err)) != 0)
		return rc;
	return metadata_text(r->meta, buf_slice(&text), &key->created_at, r->err);
}

static int
read_context(struct reader *r, const struct node *entry, struct master_key *key)
{
	const struct node	*map = field(entry, "context");
	struct kms_pair		*pairs;
	size_t			 count = 0, n = 0;
	void			*room;
	int			 rc;

	if (map == NULL)
		return 0;
	if (map->kind != NODE_MAP)
		return wrong(r, map, "context", "a map");
	for (const struct node *item = map->child; item != NULL; item = item->next)
		count += item->kind != NODE_COMMENT;
	if (count > KMS_CONTEXT_MAX) {
		err_set(r->err, ERR_LIMIT, "more than %d pairs in an encryption context", KMS_CONTEXT_MAX);
		return err_at(r->err, map->line, map->column);
	}
	if (count == 0)
		return 0;
	if ((rc = arena_alloc(&r->meta->arena, count * sizeof(*pairs), &room, r->err)) != 0)
		return rc;
	pairs = room;
	for (const struct node *item = map->child; item != NULL; item = item->next) {
		if (item->kind == NODE_COMMENT)
			continue;
		if ((rc = read_text(r, node_resolve(item->key), "context", &pairs[n].name)) != 0 ||
		    (rc = read_text(r, node_resolve(item), "context", &pairs[n].value)) != 0)
			return rc;
		n++;
	}
	key_context_sort(pairs, n);
	key->context = pairs;
	key->context_count = n;
	return 0;
}

static int
read_entry(struct reader *r, const struct node *entry, const struct key_type *type, struct key_group *group)
{
	struct master_key	key = { .type = type };
	int			rc;

	if (entry->kind != NODE_MAP)
		return wrong(r, entry, type->name, "a list of maps");
	for (unsigned i = 0; i < KEY_FIELDS && type->field_name[i] != NULL; i++)
		if ((rc = read_text_field(r, entry, type->field_name[i], &key.field[i])) != 0)
			return rc;
	if ((rc = read_text_field(r, entry, "enc", &key.enc)) != 0)
		return rc;
	if (type->dated && (rc = read_created(r, entry, &key)) != 0)
		return rc;
	if (type->id == KEY_KMS && (rc = read_context(r, entry, &key)) != 0)
		return rc;
	if ((rc = key_group_add(group, &key, &r->meta->arena, r->err)) != 0)
		return err_at(r->err, entry->line, entry->column);
	return 0;
}

/* A list of elements; a single one where a list is expected counts as a list of one. */
typedef int read_element(struct reader *r, const struct node *element, const void *what, struct key_group *group);

static int
read_list(struct reader *r, const struct node *list, read_element *read, const void *what, struct key_group *group)
{
	int rc = 0;

	if (list->kind == NODE_SCALAR && list->text.len == 0)
		return 0;
	if (list->kind != NODE_LIST)
		return read(r, list, what, group);
	for (const struct node *item = list->child; item != NULL && rc == 0; item = item->next)
		if (item->kind != NODE_COMMENT && !is_null(node_resolve(item)))
			rc = read(r, node_resolve(item), what, group);
	return rc;
}

static int
read_type_entry(struct reader *r, const struct node *element, const void *type, struct key_group *group)
{
	return read_entry(r, element, type, group);
}

/* FORMAT.md 4.2: the order of keys in a loaded group. */
static const enum key_type_id load_order[KEY_TYPES] = {
	KEY_KMS, KEY_GCP_KMS, KEY_HCKMS, KEY_AZURE_KV, KEY_HC_VAULT, KEY_PGP, KEY_AGE,
};

static int
read_group(struct reader *r, const struct node *map, struct key_group *group)
{
	int rc = 0;

	for (unsigned i = 0; i < KEY_TYPES && rc == 0; i++) {
		const struct key_type	*type = &key_types[load_order[i]];
		const struct node	*list = field(map, type->name);

		if (list != NULL)
			rc = read_list(r, list, read_type_entry, type, group);
	}
	return rc;
}

static int
read_group_element(struct reader *r, const struct node *element, const void *what UNUSED, struct key_group *group UNUSED)
{
	struct key_group *added;
	int rc;

	if (element->kind != NODE_MAP)
		return wrong(r, element, "key_groups", "a list of maps");
	if ((rc = metadata_group_add(r->meta, &added, r->err)) != 0)
		return err_at(r->err, element->line, element->column);
	return read_group(r, element, added);
}

/* FORMAT.md 4.2: flat lists, when any holds an entry, are the only group. */
static int
read_groups(struct reader *r, const struct node *tree)
{
	struct key_group	 flat = { .count = 0 }, *group;
	const struct node	*list = field(tree, "key_groups");
	int			 rc;

	if ((rc = read_group(r, tree, &flat)) != 0)
		return rc;
	if (flat.count > 0) {
		if ((rc = metadata_group_add(r->meta, &group, r->err)) == 0)
			*group = flat;
		return rc;
	}
	if (list != NULL && (rc = read_list(r, list, read_group_element, NULL, NULL)) != 0)
		return rc;
	if (r->meta->group_count == 0) {
		err_set(r->err, ERR_SYNTAX, "no keys found in the metadata");
		return err_at(r->err, tree->line, tree->column);
	}
	return 0;
}

static int
read_lastmodified(struct reader *r, const struct node *tree)
{
	const struct node	*node = field(tree, "lastmodified");
	struct timestamp	 when;
	int			 rc;

	if (node == NULL)
		return wrong(r, tree, "lastmodified", "there");
	if ((rc = read_text(r, node, "lastmodified", &r->meta->lastmodified)) != 0)
		return rc;
	if (timestamp_parse(r->meta->lastmodified, &when, r->err) == 0)
		return 0;
	(void)err_wrap(r->err, "metadata field 'lastmodified'");
	return err_at(r->err, node->line, node->column);
}

static int
read_rules(struct reader *r, const struct node *tree)
{
	struct metadata *meta = r->meta;
	int rc;

	for (unsigned i = 0; i < SELECT_RULES; i++)
		if ((rc = read_text_field(r, tree, select_rule_name((enum select_rule)i), &meta->rules.text[i])) != 0)
			return rc;
	if (select_rules_count(&meta->rules, NULL) > 1) {
		err_set(r->err, ERR_CONFLICT, "the metadata sets more than one rule that chooses what is encrypted");
		return err_at(r->err, tree->line, tree->column);
	}
	if (select_rules_count(&meta->rules, NULL) == 0)
		meta->rules.text[SELECT_UNENCRYPTED_SUFFIX] = SLICE(SELECT_DEFAULT_SUFFIX);
	return read_bool_field(r, tree, "mac_only_encrypted", &meta->mac_only_encrypted);
}

int
metadata_parse(const struct node *tree, struct metadata **out, struct error *err)
{
	CLEANUP(metadata_freep) struct metadata *meta = NULL;
	struct reader	r = { .err = err };
	int		rc;

	tree = node_resolve(tree);
	if (tree->kind != NODE_MAP) {
		err_set(err, ERR_TYPE, "the metadata is not a map");
		return err_at(err, tree->line, tree->column);
	}
	if ((rc = metadata_new(&meta, err)) != 0)
		return rc;
	r.meta = meta;
	if ((rc = read_lastmodified(&r, tree)) != 0 || (rc = read_groups(&r, tree)) != 0 || (rc = read_threshold(&r, tree)) != 0 ||
	    (rc = read_rules(&r, tree)) != 0 || (rc = read_text_field(&r, tree, "mac", &meta->mac)) != 0 ||
	    (rc = read_text_field(&r, tree, "version", &meta->version)) != 0)
		return rc;
	*out = TAKE(meta);
	return 0;
}
