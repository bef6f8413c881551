#include "sops/config_parts.h"

#include "base/limits.h"

/*
 * sops passes over names that it does not know, at every level, so a misspelt setting changes in silence
 * what is encrypted and for whom.  Here each gets a warning, with the name that was probably meant.
 */
#define NAME_MAX_LEN	40
#define WARNINGS_MAX	100

static const char *const root_names[] = { "creation_rules", "destination_rules", "stores", NULL };
static const char *const rule_names[] = {
	"path_regex", "kms", "role", "aws_profile", "age", "pgp", "gcp_kms", "hckms", "azure_keyvault", "hc_vault_transit_uri", "key_groups",
	"shamir_threshold", "unencrypted_suffix", "encrypted_suffix", "unencrypted_regex", "encrypted_regex", "unencrypted_comment_regex",
	"encrypted_comment_regex", "mac_only_encrypted", NULL,
};
static const char *const destination_names[] = {
	"path_regex", "s3_bucket", "s3_prefix", "gcs_bucket", "gcs_prefix", "vault_path", "vault_address", "vault_kv_mount_name",
	"vault_kv_version", "recreation_rule", "omit_extensions", NULL,
};
static const char *const group_names[] = { "merge", "kms", "gcp_kms", "hckms", "azure_keyvault", "hc_vault", "age", "pgp", NULL };
static const char *const kms_names[] = { "arn", "role", "context", "aws_profile", NULL };
static const char *const gcp_names[] = { "resource_id", NULL };
static const char *const hckms_names[] = { "key_id", NULL };
static const char *const azure_names[] = { "vaultUrl", "key", "version", NULL };
static const char *const store_names[] = { "yaml", "json", "json_binary", "dotenv", "ini", NULL };
static const char *const format_names[] = { "indent", NULL };

/* What people write and sops never took, with what to do instead. */
static const struct { const char *name, *hint; } known_mistakes[] = {
	{ "context", "sops takes an encryption context from 'key_groups' only: kms: [{arn: ..., context: {...}}]" },
	{ "encryption_context", "sops takes an encryption context from 'key_groups' only: kms: [{arn: ..., context: {...}}]" },
	{ "hc_vault_uris", "did you mean 'hc_vault_transit_uri'?" },
	{ "hc_vault", "did you mean 'hc_vault_transit_uri'?" },
	{ "azure_kv", "did you mean 'azure_keyvault'?" },
	{ "reencryption_rule", "did you mean 'recreation_rule'?" },
	{ "filename_regex", "did you mean 'path_regex'?" },
};

static size_t
min3(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

static char
plain(uint8_t c)
{
	return c == '-' ? '_' : c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : (char)c;
}

/* Insertions, deletions and replacements between two names; letter case and '-' for '_' are free. */
static size_t
distance(struct slice a, struct slice b)
{
	size_t row[NAME_MAX_LEN + 1];

	if (a.len > NAME_MAX_LEN || b.len > NAME_MAX_LEN)
		return NAME_MAX_LEN;
	for (size_t j = 0; j <= b.len; j++)
		row[j] = j;
	for (size_t i = 1; i <= a.len; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b.len; j++) {
			size_t above = row[j];

			row[j] = min3(above + 1, row[j - 1] + 1, diagonal + (plain(a.data[i - 1]) != plain(b.data[j - 1])));
			diagonal = above;
		}
	}
	return row[b.len];
}

static int
suggest(struct slice name, const char *const *known, struct buf *hint, struct error *err)
{
	size_t		 best = name.len > 4 ? 3 : 2, near;
	const char	*meant = NULL;

	for (const char *const *candidate = known; *candidate != NULL; candidate++)
		if ((near = distance(name, slice_str(*candidate))) < best) {
			best = near;
			meant = *candidate;
		}
	if (meant != NULL)
		return buf_printf(hint, err, "did you mean '%s'?", meant);
	for (size_t i = 0; (known == rule_names || known == destination_names) && i < sizeof(known_mistakes) / sizeof(known_mistakes[0]); i++)
		if (slice_eq(name, slice_str(known_mistakes[i].name)))
			return buf_str(hint, known_mistakes[i].hint, err);
	return 0;
}

static int
warn(struct config *config, const struct node *at, struct slice text, struct slice hint, struct error *err)
{
	struct config_warning	warning = { .line = at->line, .column = at->column };
	size_t			capacity = config->warning_capacity > 0 ? config->warning_capacity * 2 : 8;
	void			*room;
	int			rc;

	if (config->warning_count == WARNINGS_MAX)
		return 0;
	if ((rc = arena_copy(&config->arena, text, &warning.text, err)) != 0 || (rc = arena_copy(&config->arena, hint, &warning.hint, err)) != 0)
		return rc;
	if (config->warning_count == config->warning_capacity) {
		if ((rc = arena_alloc(&config->arena, capacity * sizeof(warning), &room, err)) != 0)
			return rc;
		if (config->warning_count > 0)
			memcpy(room, config->warnings, config->warning_count * sizeof(warning));
		config->warnings = room;
		config->warning_capacity = capacity;
	}
	config->warnings[config->warning_count++] = warning;
	return 0;
}

/* A value below which anchors are kept, as many configurations do with their recipients, is there for them. */
static bool
holds_anchor(const struct node *node, unsigned depth)
{
	if (node_anchor(node).len > 0)
		return true;
	for (const struct node *child = node->kind == NODE_ALIAS || depth == 0 ? NULL : node->child; child != NULL; child = child->next)
		if (holds_anchor(child, depth - 1))
			return true;
	return false;
}

static int
check_map(struct config *config, const struct node *map, const char *const *known, struct error *err)
{
	int rc = 0;

	for (const struct node *item = map->kind == NODE_MAP ? map->child : NULL; item != NULL && rc == 0; item = item->next) {
		CLEANUP(buf_release) struct buf text = BUF(4 * KIB), hint = BUF(4 * KIB);
		const char *const	*name = known;
		struct slice		 key;

		if (item->kind == NODE_COMMENT)
			continue;
		key = node_resolve(item->key)->text;
		while (*name != NULL && !slice_eq(key, slice_str(*name)))
			name++;
		if (*name != NULL || slice_eq(key, SLICE("<<")) || (known == root_names && holds_anchor(item, 8)))
			continue;
		if ((rc = buf_printf(&text, err, "unknown setting '%.*s' is ignored", SLICE_ARG(slice_sub(key, 0, 100)))) == 0 &&
		    (rc = suggest(key, known, &hint, err)) == 0)
			rc = warn(config, item->key, buf_slice(&text), buf_slice(&hint), err);
	}
	return rc;
}

/* Every element of a list that is a map. */
static int
check_list(struct config *config, const struct node *list, const char *const *known, struct error *err)
{
	int rc = 0;

	for (const struct node *item = list != NULL && list->kind == NODE_LIST ? list->child : NULL; item != NULL && rc == 0; item = item->next)
		if (item->kind != NODE_COMMENT && item->kind != NODE_ALIAS)	/* what is anchored is looked at where it stands */
			rc = check_map(config, item, known, err);
	return rc;
}

static int
check_groups(struct config *config, const struct node *list, unsigned depth, struct error *err)
{
	static const struct { const char *name; const char *const *known; } entries[] = {
		{ "kms", kms_names }, { "gcp_kms", gcp_names }, { "hckms", hckms_names }, { "azure_keyvault", azure_names },
	};
	int rc = check_list(config, list, group_names, err);

	for (const struct node *item = list != NULL && list->kind == NODE_LIST ? list->child : NULL; item != NULL && rc == 0; item = item->next) {
		const struct node *merge;

		if (item->kind != NODE_MAP)
			continue;
		for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]) && rc == 0; i++)
			rc = check_list(config, config_member(item, entries[i].name), entries[i].known, err);
		if (rc == 0 && depth > 0 && (merge = config_member(item, "merge")) != NULL)
			rc = check_groups(config, merge, depth - 1, err);
	}
	return rc;
}

static int
check_rule(struct config *config, const struct node *map, struct error *err)
{
	const struct node	*groups = config_member(map, "key_groups");
	int			 rc = check_map(config, map, rule_names, err);

	if (rc != 0 || groups == NULL || groups->kind != NODE_LIST || groups->child == NULL)
		return rc;
	for (const struct node *item = map->child; item != NULL && rc == 0; item = item->next)
		for (unsigned i = 0; i < KEY_TYPES && item->kind != NODE_COMMENT && rc == 0; i++)
			if (slice_eq(item->key->text, slice_str(key_types[i].config_name))) {
				CLEANUP(buf_release) struct buf text = BUF(4 * KIB);

				if ((rc = buf_printf(&text, err, "'%s' is ignored, since the rule has 'key_groups'", key_types[i].config_name)) == 0)
					rc = warn(config, item->key, buf_slice(&text), SLICE("put it into one of the groups"), err);
			}
	return rc != 0 ? rc : check_groups(config, groups, 8, err);
}

int
config_check_names(struct config *config, const struct node *root, struct error *err)
{
	const struct node	*rules = config_member(root, "creation_rules"), *destinations = config_member(root, "destination_rules");
	const struct node	*stores = config_member(root, "stores"), *again;
	int			 rc = check_map(config, root, root_names, err);

	for (const struct node *item = rules != NULL ? rules->child : NULL; item != NULL && rc == 0; item = item->next)
		if (item->kind == NODE_MAP)
			rc = check_rule(config, item, err);
	if (rc == 0)
		rc = check_list(config, destinations, destination_names, err);
	for (const struct node *item = destinations != NULL && destinations->kind == NODE_LIST ? destinations->child : NULL;
	    item != NULL && rc == 0; item = item->next)
		if (item->kind == NODE_MAP && (again = config_member(item, "recreation_rule")) != NULL && again->kind == NODE_MAP)
			rc = check_rule(config, again, err);
	if (rc == 0 && stores != NULL && stores->kind == NODE_MAP) {
		rc = check_map(config, stores, store_names, err);
		for (const struct node *item = stores->child; item != NULL && rc == 0; item = item->next)
			if (item->kind == NODE_MAP)
				rc = check_map(config, item, format_names, err);
	}
	return rc;
}
