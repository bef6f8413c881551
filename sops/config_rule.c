#include "sops/config_parts.h"

#include "base/limits.h"
#include "base/num.h"
#include "base/timestamp.h"

#define MERGE_DEPTH	16	/* key groups merged into each other */

/* --- the flat form: one group ------------------------------------------------------------------------------------ */

static int
parse_texts(const struct node *node, const struct key_type *type, const struct key_defaults *defaults, struct key_group *group,
    struct arena *arena, struct error *err)
{
	int rc = 0;

	if (node->kind == NODE_SCALAR) {
		if ((rc = key_group_parse(group, type, node->text, defaults, arena, err)) != 0)
			err_at(err, node->line, node->column);
		return rc;
	}
	if (node->kind != NODE_LIST)
		return config_wrong(node, type->config_name, "a string or a list of strings", err);
	for (const struct node *item = node->child; item != NULL && rc == 0; item = item->next) {
		const struct node *text = node_resolve(item);

		if (item->kind == NODE_COMMENT)
			continue;
		if (text->kind != NODE_SCALAR || config_is_null(text))
			return config_wrong(text, type->config_name, "a list of strings", err);
		if ((rc = key_group_parse(group, type, text->text, defaults, arena, err)) != 0)
			err_at(err, text->line, text->column);
	}
	return rc;
}

/* FORMAT.md 8.3: the order of the types in a group that a rule makes. */
static const enum key_type_id rule_order[KEY_TYPES] = {
	KEY_AGE, KEY_PGP, KEY_KMS, KEY_GCP_KMS, KEY_HCKMS, KEY_AZURE_KV, KEY_HC_VAULT,
};

/*
 * "role:" beside "kms:" is no setting of sops, which passes over it; the Terraform of hub deployments writes it there, and
 * without it nobody could open the file.  A role in the key's own text comes first.
 */
static int
parse_flat(struct config *config, const struct node *map, struct key_group *group, struct error *err)
{
	struct key_defaults	 defaults = { .role = SLICE_NONE };
	int			 rc;

	if ((rc = config_text(map, "role", &defaults.role, err)) != 0 || (rc = config_text(map, "aws_profile", &defaults.profile, err)) != 0)
		return rc;
	for (unsigned i = 0; i < KEY_TYPES; i++) {
		const struct key_type	*type = &key_types[rule_order[i]];
		const struct node	*node = config_member(map, type->config_name);

		if (node != NULL && (rc = parse_texts(node, type, &defaults, group, &config->arena, err)) != 0)
			return rc;
	}
	return 0;
}

/* --- key_groups -------------------------------------------------------------------------------------------------- */

static int
add_unless_there(struct key_group *group, const struct master_key *key, struct arena *arena, struct error *err)
{
	bool	same = false;
	int	rc;

	for (size_t i = 0; i < group->count; i++)
		if ((rc = master_key_same(&group->keys[i], key, &same, err)) != 0 || same)
			return rc;
	return key_group_add(group, key, arena, err);
}

static int
parse_context(const struct node *map, struct arena *arena, struct master_key *key, struct error *err)
{
	const struct node	*node = config_member(map, "context");
	struct kms_pair		*pairs;
	size_t			 n = 0;
	void			*room;
	int			 rc;

	if (node == NULL)
		return 0;
	if (node->kind != NODE_MAP)
		return config_wrong(node, "context", "a map", err);
	if ((rc = arena_alloc(arena, KMS_CONTEXT_MAX * sizeof(*pairs), &room, err)) != 0)
		return rc;
	pairs = room;
	for (const struct node *item = node->child; item != NULL; item = item->next) {
		const struct node *value = node_resolve(item);

		if (item->kind == NODE_COMMENT)
			continue;
		if (n == KMS_CONTEXT_MAX || value->kind != NODE_SCALAR)
			return config_wrong(value, "context", "a map of a few texts", err);
		pairs[n++] = (struct kms_pair){ node_resolve(item->key)->text, config_is_null(value) ? SLICE_NONE : value->text };
	}
	key_context_sort(pairs, n);
	key->context = pairs;
	key->context_count = n;
	return 0;
}

/* A key that is written as a map: the names of its fields, in the order of struct master_key. */
static const struct { enum key_type_id type; const char *names[KEY_FIELDS]; } entry_forms[] = {
	{ KEY_KMS, { "arn", "role", "aws_profile" } },
	{ KEY_GCP_KMS, { "resource_id" } },
	{ KEY_HCKMS, { "key_id" } },
	{ KEY_AZURE_KV, { "vaultUrl", "key", "version" } },
};

static int
stamp(struct master_key *key, struct arena *arena, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF(64);
	struct timestamp now = timestamp_now();
	int rc = timestamp_format_seconds(&now, &text, err);

	return rc != 0 ? rc : arena_copy(arena, buf_slice(&text), &key->created_at, err);
}

static int
parse_entry(const struct node *node, const struct key_type *type, const char *const names[KEY_FIELDS], struct key_group *group,
    struct arena *arena, struct error *err)
{
	struct master_key	key = { .type = type };
	int			rc;

	if (node->kind != NODE_MAP)
		return config_wrong(node, type->group_name, "a list of maps", err);
	for (unsigned i = 0; i < KEY_FIELDS && names[i] != NULL; i++)
		if ((rc = config_text(node, names[i], &key.field[i], err)) != 0)
			return rc;
	if (key.field[0].len == 0)
		return config_wrong(node, type->group_name, "complete: it names no key", err);
	if ((type->id == KEY_KMS && (rc = parse_context(node, arena, &key, err)) != 0) || (rc = stamp(&key, arena, err)) != 0)
		return rc;
	return add_unless_there(group, &key, arena, err);
}

/* An element that is a text may itself be a comma list. */
static int
parse_text_element(const struct node *node, const struct key_type *type, struct key_group *group, struct arena *arena, struct error *err)
{
	struct key_group	parsed = { .count = 0 };
	int			rc;

	if (node->kind != NODE_SCALAR)
		return config_wrong(node, type->group_name, "a list of strings", err);
	if ((rc = key_group_parse(&parsed, type, node->text, NULL, arena, err)) != 0)
		return err_at(err, node->line, node->column);
	for (size_t i = 0; i < parsed.count; i++)
		if ((rc = add_unless_there(group, &parsed.keys[i], arena, err)) != 0)
			return rc;
	return 0;
}

static int
parse_type(const struct node *map, const struct key_type *type, struct key_group *group, struct arena *arena, struct error *err)
{
	const struct node	*list = config_member(map, type->group_name);
	const char *const	*names = NULL;
	int			 rc = 0;

	if (list == NULL)
		return 0;
	if (list->kind != NODE_LIST)
		return config_wrong(list, type->group_name, "a list", err);
	for (size_t i = 0; i < sizeof(entry_forms) / sizeof(entry_forms[0]); i++)
		if (entry_forms[i].type == type->id)
			names = entry_forms[i].names;
	for (const struct node *item = list->child; item != NULL && rc == 0; item = item->next)
		if (item->kind != NODE_COMMENT)
			rc = names != NULL ? parse_entry(node_resolve(item), type, names, group, arena, err)
			    : parse_text_element(node_resolve(item), type, group, arena, err);
	return rc;
}

static int
parse_group(const struct node *map, unsigned depth, struct key_group *group, struct arena *arena, struct error *err)
{
	const struct node	*merge;
	int			 rc = 0;

	if (map->kind != NODE_MAP)
		return config_wrong(map, "key_groups", "a list of maps", err);
	if (depth == 0) {
		err_set(err, ERR_CONFIG, "key groups are merged more than %d deep", MERGE_DEPTH);
		return err_at(err, map->line, map->column);
	}
	if ((merge = config_member(map, "merge")) != NULL && merge->kind != NODE_LIST)
		return config_wrong(merge, "merge", "a list of key groups", err);
	for (const struct node *item = merge != NULL ? merge->child : NULL; item != NULL && rc == 0; item = item->next)
		if (item->kind != NODE_COMMENT)
			rc = parse_group(node_resolve(item), depth - 1, group, arena, err);
	for (unsigned i = 0; i < KEY_TYPES && rc == 0; i++)
		rc = parse_type(map, &key_types[rule_order[i]], group, arena, err);
	return rc;
}

static int
parse_groups(struct config *config, const struct node *list, struct config_rule *rule, struct error *err)
{
	void	*room;
	int	 rc;

	if ((rc = arena_alloc(&config->arena, LIMIT_KEY_GROUPS * sizeof(*rule->groups), &room, err)) != 0)
		return rc;
	rule->groups = room;
	for (const struct node *item = list->child; item != NULL; item = item->next) {
		if (item->kind == NODE_COMMENT)
			continue;
		if (rule->group_count == LIMIT_KEY_GROUPS)
			return config_wrong(item, "key_groups", "a list of at most 255 groups", err);
		if ((rc = parse_group(node_resolve(item), MERGE_DEPTH, &rule->groups[rule->group_count++], &config->arena, err)) != 0)
			return rc;
	}
	return 0;
}

/* --- the rule ---------------------------------------------------------------------------------------------------- */

static int
parse_bool(const struct node *map, const char *name, bool *out, struct error *err)
{
	static const char *const	yes[] = { "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y" };
	static const char *const	no[] = { "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "n", "N" };
	const struct node		*node = config_member(map, name);

	if (node == NULL)
		return 0;
	for (size_t i = 0; node->kind == NODE_SCALAR && node->style == STYLE_PLAIN && i < sizeof(yes) / sizeof(yes[0]); i++) {
		*out = slice_eq(node->text, slice_str(yes[i]));
		if (*out || slice_eq(node->text, slice_str(no[i])))
			return 0;
	}
	return config_wrong(node, name, "true or false", err);
}

int
config_rule_parse(struct config *config, const struct node *map, struct config_rule *rule, struct error *err)
{
	const struct node	*groups = config_member(map, "key_groups");
	int64_t			 threshold = 0;
	int			 rc;

	for (unsigned i = 0; i < SELECT_RULES; i++)
		if ((rc = config_text(map, select_rule_name((enum select_rule)i), &rule->rules.text[i], err)) != 0)
			return rc;
	if (select_rules_count(&rule->rules, NULL) > 1) {
		err_set(err, ERR_CONFIG, "error loading config: a creation rule sets more than one of the rules that choose what is encrypted");
		return err_at(err, map->line, map->column);
	}
	if ((rc = config_number(map, "shamir_threshold", 0, LIMIT_KEY_GROUPS, &threshold, err)) != 0 ||
	    (rc = parse_bool(map, "mac_only_encrypted", &rule->mac_only_encrypted, err)) != 0)
		return rc;
	rule->shamir_threshold = (uint32_t)threshold;
	if (groups != NULL && groups->kind != NODE_LIST)
		return config_wrong(groups, "key_groups", "a list", err);
	if (groups != NULL && groups->child != NULL)
		return parse_groups(config, groups, rule, err);
	struct key_group flat = { .count = 0 };
	void *room;
	if ((rc = parse_flat(config, map, &flat, err)) != 0 || flat.count == 0)
		return rc;
	if ((rc = arena_alloc(&config->arena, sizeof(flat), &room, err)) != 0)
		return rc;
	rule->groups = room;
	rule->groups[0] = flat;
	rule->group_count = 1;
	return 0;
}
