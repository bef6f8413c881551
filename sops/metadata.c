#include "sops/metadata.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/num.h"
#include "base/timestamp.h"
#include "base/version.h"

int
metadata_new(struct metadata **out, struct error *err)
{
	struct metadata *meta = calloc(1, sizeof(*meta));

	if (meta == NULL)
		return err_memory(err);
	meta->arena = ARENA(LIMIT_DOCUMENT);
	*out = meta;
	return 0;
}

void
metadata_free(struct metadata *meta)
{
	if (meta == NULL)
		return;
	arena_release(&meta->arena);
	free(meta);
}

int
metadata_text(struct metadata *meta, struct slice bytes, struct slice *out, struct error *err)
{
	return arena_copy(&meta->arena, bytes, out, err);
}

int
metadata_group_add(struct metadata *meta, struct key_group **out, struct error *err)
{
	void	*room;
	int	 rc;

	if (meta->group_count >= LIMIT_KEY_GROUPS)
		return err_set(err, ERR_LIMIT, "more than %d key groups", LIMIT_KEY_GROUPS);
	if ((rc = arena_alloc(&meta->arena, (meta->group_count + 1) * sizeof(*meta->groups), &room, err)) != 0)
		return rc;
	if (meta->group_count > 0)
		memcpy(room, meta->groups, meta->group_count * sizeof(*meta->groups));
	meta->groups = room;
	*out = &meta->groups[meta->group_count++];
	return 0;
}

int
metadata_copy(const struct metadata *meta, struct metadata **out, struct error *err)
{
	CLEANUP(metadata_freep) struct metadata *copy = NULL;
	int rc;

	if ((rc = metadata_new(&copy, err)) != 0)
		return rc;
	for (size_t g = 0; g < meta->group_count; g++) {
		struct key_group *group;

		if ((rc = metadata_group_add(copy, &group, err)) != 0)
			return rc;
		for (size_t k = 0; k < meta->groups[g].count; k++) {
			struct master_key key;

			if ((rc = master_key_copy(&meta->groups[g].keys[k], &copy->arena, &key, err)) != 0 ||
			    (rc = key_group_add(group, &key, &copy->arena, err)) != 0)
				return rc;
		}
	}
	for (unsigned i = 0; i < SELECT_RULES; i++)
		if ((rc = metadata_text(copy, meta->rules.text[i], &copy->rules.text[i], err)) != 0)
			return rc;
	if ((rc = metadata_text(copy, meta->lastmodified, &copy->lastmodified, err)) != 0 ||
	    (rc = metadata_text(copy, meta->mac, &copy->mac, err)) != 0 ||
	    (rc = metadata_text(copy, meta->version, &copy->version, err)) != 0)
		return rc;
	copy->shamir_threshold = meta->shamir_threshold;
	copy->mac_only_encrypted = meta->mac_only_encrypted;
	*out = TAKE(copy);
	return 0;
}

int
metadata_touch(struct metadata *meta, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF(64);
	struct timestamp now = timestamp_now();
	int rc;

	if ((rc = timestamp_format_seconds(&now, &text, err)) != 0 || (rc = metadata_text(meta, buf_slice(&text), &meta->lastmodified, err)) != 0)
		return rc;
	if (meta->version.len == 0)
		meta->version = SLICE(SOPS_VERSION);
	return 0;
}

/* --- versions ---------------------------------------------------------------------------------------------------- */

/* Strict SemVer: three numbers without leading zeros; what follows '-' or '+' is not looked at but for its presence. */
static bool
parse_version(struct slice text, int64_t number[static 3], bool *prerelease)
{
	size_t		end = 0;
	struct slice	rest, part;

	if (slice_starts(text, SLICE("v")))
		text = slice_from(text, 1);
	while (end < text.len && text.data[end] != '-' && text.data[end] != '+')
		end++;
	*prerelease = end < text.len && text.data[end] == '-';
	if (end + 1 == text.len)
		return false;		/* a mark with nothing behind it */
	rest = slice_sub(text, 0, end);
	for (unsigned i = 0; i < 3; i++)
		if (!slice_split(&rest, '.', &part) || (part.len > 1 && part.data[0] == '0') || !num_parse(part, 0, INT32_MAX, &number[i]))
			return false;
	return rest.data == NULL;
}

int
metadata_check_version(const struct metadata *meta, struct error *err)
{
	int64_t	number[3];
	bool	prerelease;

	if (slice_starts(meta->version, SLICE("1.")) || parse_version(meta->version, number, &prerelease))
		return 0;
	err_set(err, ERR_SYNTAX, "'%.*s' is no version of sops", SLICE_ARG(slice_sub(meta->version, 0, 100)));
	err_hint(err, "the metadata needs three numbers, version: " SOPS_VERSION);
	return ERR_SYNTAX;
}

int
metadata_raise_version(struct metadata *meta, struct error *err)
{
	int64_t	ours[3], theirs[3];
	bool	prerelease = false, ignored;
	int	order = 0, rc;

	if ((rc = metadata_check_version(meta, err)) != 0)
		return rc;
	if (parse_version(meta->version, theirs, &prerelease) && parse_version(SLICE(SOPS_VERSION), ours, &ignored)) {
		for (unsigned i = 0; i < 3 && order == 0; i++)
			order = (theirs[i] > ours[i]) - (theirs[i] < ours[i]);
		if (order > 0 || (order == 0 && !prerelease))
			return 0;
	}
	meta->version = SLICE(SOPS_VERSION);
	return 0;
}

/* --- printing ---------------------------------------------------------------------------------------------------- */

struct pair {
	const char	*name;
	struct slice	 text;
	bool		 context, omit;		/* it is the map; it is left out */
};

static int
pair_order(const void *a, const void *b)
{
	return strcmp(((const struct pair *)a)->name, ((const struct pair *)b)->name);
}

static int
print_context(const struct master_key *key, struct metadata_sink *sink, struct error *err)
{
	int rc = sink->open(sink, SLICE("context"), false, key->context_count, err);

	for (size_t i = 0; i < key->context_count && rc == 0; i++)
		rc = sink->text(sink, key->context[i].name, key->context[i].value, err);
	return rc != 0 ? rc : sink->close(sink, false, err);
}

static int
print_key(const struct master_key *key, struct metadata_sink *sink, struct error *err)
{
	struct pair	pairs[KEY_FIELDS + 3];
	size_t		n = 0, shown = 0;
	int		rc;

	for (unsigned i = 0; i < KEY_FIELDS && key->type->field_name[i] != NULL; i++)
		pairs[n++] = (struct pair){ key->type->field_name[i], key->field[i], false,
		    key->type->id == KEY_KMS && i == KEY_KMS_ROLE && key->field[i].len == 0 };
	pairs[n++] = (struct pair){ "enc", key->enc, false, false };
	if (key->type->dated)
		pairs[n++] = (struct pair){ "created_at", key->created_at, false, false };
	if (key->context_count > 0)
		pairs[n++] = (struct pair){ "context", SLICE_NONE, true, false };
	qsort(pairs, n, sizeof(pairs[0]), pair_order);
	for (size_t i = 0; i < n; i++)
		shown += !pairs[i].omit;
	rc = sink->open(sink, SLICE_NONE, false, shown, err);
	for (size_t i = 0; i < n && rc == 0; i++)
		if (pairs[i].context)
			rc = print_context(key, sink, err);
		else if (!pairs[i].omit)
			rc = sink->text(sink, slice_str(pairs[i].name), pairs[i].text, err);
	return rc != 0 ? rc : sink->close(sink, false, err);
}

static int
print_type(const struct key_group *group, const struct key_type *type, bool always, struct metadata_sink *sink, struct error *err)
{
	size_t	count = 0;
	int	rc;

	for (size_t i = 0; i < group->count; i++)
		count += group->keys[i].type == type;
	if (count == 0 && !always)
		return 0;
	rc = sink->open(sink, slice_str(type->name), true, count, err);
	for (size_t i = 0; i < group->count && rc == 0; i++)
		if (group->keys[i].type == type)
			rc = print_key(&group->keys[i], sink, err);
	return rc != 0 ? rc : sink->close(sink, true, err);
}

/* The names of the types in the order of their bytes, as sops sorts everything. */
static const enum key_type_id print_order[KEY_TYPES] = {
	KEY_AGE, KEY_AZURE_KV, KEY_GCP_KMS, KEY_HC_VAULT, KEY_HCKMS, KEY_KMS, KEY_PGP,
};

static int
print_groups(const struct metadata *meta, struct metadata_sink *sink, struct error *err)
{
	int rc = sink->open(sink, SLICE("key_groups"), true, meta->group_count, err);

	for (size_t g = 0; g < meta->group_count && rc == 0; g++) {
		const struct key_group *group = &meta->groups[g];

		rc = sink->open(sink, SLICE_NONE, false, group->count, err);
		for (unsigned i = 0; i < KEY_TYPES && rc == 0; i++)	/* sops writes these two even when they are empty */
			rc = print_type(group, &key_types[print_order[i]], print_order[i] == KEY_AGE || print_order[i] == KEY_HC_VAULT,
			    sink, err);
		if (rc == 0)
			rc = sink->close(sink, false, err);
	}
	return rc != 0 ? rc : sink->close(sink, true, err);
}

int
metadata_print(const struct metadata *meta, struct metadata_sink *sink, struct error *err)
{
	static const char *const names[] = {	/* every field, sorted */
		"age", "azure_kv", "encrypted_comment_regex", "encrypted_regex", "encrypted_suffix", "gcp_kms", "hc_vault", "hckms", "key_groups",
		"kms", "lastmodified", "mac", "mac_only_encrypted", "pgp", "shamir_threshold", "unencrypted_comment_regex",
		"unencrypted_regex", "unencrypted_suffix", "version",
	};
	const struct key_type	*type;
	int			 rc = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && rc == 0; i++) {
		struct slice name = slice_str(names[i]);

		if ((type = key_type_find(name)) != NULL) {
			if (meta->group_count == 1)
				rc = print_type(&meta->groups[0], type, false, sink, err);
		} else if (slice_eq(name, SLICE("key_groups"))) {
			if (meta->group_count != 1)
				rc = print_groups(meta, sink, err);
		} else if (slice_eq(name, SLICE("lastmodified")))
			rc = sink->text(sink, name, meta->lastmodified, err);
		else if (slice_eq(name, SLICE("mac")))
			rc = sink->text(sink, name, meta->mac, err);
		else if (slice_eq(name, SLICE("version")))
			rc = sink->text(sink, name, meta->version, err);
		else if (slice_eq(name, SLICE("mac_only_encrypted"))) {
			if (meta->mac_only_encrypted)
				rc = sink->boolean(sink, name, true, err);
		} else if (slice_eq(name, SLICE("shamir_threshold"))) {
			if (meta->shamir_threshold != 0)
				rc = sink->integer(sink, name, meta->shamir_threshold, err);
		} else
			for (unsigned rule = 0; rule < SELECT_RULES && rc == 0; rule++)
				if (slice_eq(name, slice_str(select_rule_name((enum select_rule)rule))) && meta->rules.text[rule].len > 0)
					rc = sink->text(sink, name, meta->rules.text[rule], err);
	}
	return rc;
}
