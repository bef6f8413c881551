#include "sops/masterkey.h"

#include <stdlib.h>

#include "base/encode.h"
#include "base/limits.h"
#include "base/num.h"
#include "base/timestamp.h"
#include "crypto/age.h"
#include "crypto/gpg.h"
#include "sops/datakey.h"
#include "sops/identity.h"

/* --- age and pgp: wrapped here ---------------------------------------------------------------------------------- */

static int
age_parse(struct slice text, struct arena *arena, struct master_key *out, struct error *err)
{
	/* Pasted by mistake: it must not be shown to more people than it has been. */
	if (slice_starts(text, SLICE("AGE-SECRET-KEY-")) || slice_starts(text, SLICE("AGE-PLUGIN-"))) {
		err_set(err, ERR_SYNTAX, "an age identity, which is private, stands where a recipient should");
		err_hint(err, "'age-keygen -y' prints the recipient of an identity; consider this one as known to others");
		return ERR_SYNTAX;
	}
	if (!slice_starts(text, SLICE("age1")) && !slice_starts(text, SLICE("ssh-ed25519 ")) && !slice_starts(text, SLICE("ssh-rsa "))) {
		err_set(err, ERR_SYNTAX, "unknown recipient type: '%.*s'", SLICE_ARG(slice_sub(text, 0, 100)));
		err_hint(err, "an age recipient begins with 'age1', 'ssh-ed25519' or 'ssh-rsa'");
		return ERR_SYNTAX;
	}
	return arena_copy(arena, text, &out->field[KEY_AGE_RECIPIENT], err);
}

static int
age_wrap(struct keyring *ring UNUSED, const struct master_key *key, struct slice plain, struct buf *enc, struct error *err)
{
	CLEANUP(age_recipients_freep) struct age_recipients *to = NULL;
	int rc;

	if ((rc = age_recipients_new(&to, err)) != 0 || (rc = age_recipients_add(to, key->field[KEY_AGE_RECIPIENT], err)) != 0)
		return rc;
	return age_seal_armored(to, plain, enc, err);
}

static int
age_unwrap(struct keyring *ring, const struct master_key *key, struct buf *plain, struct error *err)
{
	const struct age_identities	*with;
	int				 rc;

	if ((rc = identities_load(keyring_identities(ring), key->field[KEY_AGE_RECIPIENT], &with, err)) != 0)
		return rc;
	if (age_identities_count(with) == 0)
		rc = err_set(err, ERR_NO_KEY, MASTERKEY_NO_IDENTITY);
	else
		rc = age_open(with, key->enc, plain, err);
	if (rc == ERR_NO_KEY)
		(void)err_hint(err, "name the file of the identity in SOPS_AGE_KEY_FILE, or put it in the standard place");
	return rc;
}

/* Without any of its spaces, as sops stores fingerprints, ARNs and resource ids. */
static int
copy_unspaced(struct slice text, struct arena *arena, struct slice *out, struct error *err)
{
	CLEANUP(buf_release) struct buf dense = BUF(LIMIT_CONFIG);
	int rc;

	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] != ' ' && (rc = buf_byte(&dense, text.data[i], err)) != 0)
			return rc;
	return arena_copy(arena, buf_slice(&dense), out, err);
}

static int
pgp_parse(struct slice text, struct arena *arena, struct master_key *out, struct error *err)
{
	return copy_unspaced(text, arena, &out->field[KEY_PGP_FP], err);
}

static int
pgp_wrap(struct keyring *ring UNUSED, const struct master_key *key, struct slice plain, struct buf *enc, struct error *err)
{
	size_t	before = enc->len;
	int	rc;

	if ((rc = gpg_wrap(NULL, &key->field[KEY_PGP_FP], 1, plain, GPG_ARMOR, enc, err)) != 0)
		return rc;
	/* FORMAT.md 4.4: the armor is kept without its final line break. */
	while (enc->len > before && (enc->data[enc->len - 1] == '\n' || enc->data[enc->len - 1] == '\r'))
		buf_truncate(enc, enc->len - 1);
	return 0;
}

static int
pgp_unwrap(struct keyring *ring UNUSED, const struct master_key *key, struct buf *plain, struct error *err)
{
	return gpg_unwrap(NULL, key->enc, plain, err);
}

/* --- services ---------------------------------------------------------------------------------------------------- */

static int
kms_parse(struct slice text, struct arena *arena, struct master_key *out, struct error *err)
{
	static const struct slice	mark = SLICE("+arn:");
	struct slice			all = SLICE_NONE;
	size_t				plus;
	int				rc;

	if ((rc = copy_unspaced(text, arena, &all, err)) != 0)
		return rc;
	for (plus = slice_find(all, '+', 1); plus < all.len && !slice_starts(slice_from(all, plus), mark);)
		plus = slice_find(all, '+', plus + 1);
	out->field[KEY_KMS_ARN] = slice_sub(all, 0, plus);
	out->field[KEY_KMS_ROLE] = slice_from(all, plus + 1);
	return 0;
}

static int
gcp_parse(struct slice text, struct arena *arena, struct master_key *out, struct error *err)
{
	return copy_unspaced(text, arena, &out->field[KEY_GCP_RESOURCE], err);
}

static int
hckms_parse(struct slice text, struct arena *arena, struct master_key *out, struct error *err)
{
	size_t colon = slice_find(text, ':', 0);

	if (colon == 0 || colon + 1 >= text.len || slice_find(text, ':', colon + 1) < text.len)
		return err_set(err, ERR_SYNTAX, "'%.*s' is not REGION:KEY-UUID", SLICE_ARG(slice_sub(text, 0, 200)));
	return arena_copy(arena, text, &out->field[KEY_HCKMS_ID], err);
}

/* "scheme://host" off the front of a URL; ${path} is the rest, beginning with '/'. */
static bool
split_url(struct slice url, struct slice *origin, struct slice *path)
{
	size_t host, slash;

	if (slice_starts(url, SLICE("https://")))
		host = 8;
	else if (slice_starts(url, SLICE("http://")))
		host = 7;
	else
		return false;
	slash = slice_find(url, '/', host);
	*origin = slice_sub(url, 0, slash);
	*path = slice_from(url, slash);
	return slash > host && slash < url.len;
}

static int
azure_parse(struct slice text, struct arena *arena, struct master_key *out, struct error *err)
{
	struct slice	origin, path, keys, name, version = SLICE_NONE;
	int		rc;

	if (split_url(text, &origin, &path)) {
		path = slice_from(path, 1);
		if (slice_split(&path, '/', &keys) && slice_eq(keys, SLICE("keys")) && slice_split(&path, '/', &name) && name.len > 0) {
			if (path.data != NULL && slice_split(&path, '/', &version) && slice_trim(path).len > 0)
				version = SLICE_NONE, name = SLICE_NONE;
			if (name.len > 0) {
				if ((rc = arena_copy(arena, origin, &out->field[KEY_AZURE_URL], err)) != 0 ||
				    (rc = arena_copy(arena, name, &out->field[KEY_AZURE_NAME], err)) != 0)
					return rc;
				return arena_copy(arena, version, &out->field[KEY_AZURE_VERSION], err);
			}
		}
	}
	return err_set(err, ERR_SYNTAX, "'%.*s' is not https://VAULT/keys/NAME[/VERSION]", SLICE_ARG(slice_sub(text, 0, 200)));
}

/* /vN/ENGINE.../keys/NAME: the engine may have several components, and may hold "keys" itself. */
static int
vault_parse(struct slice text, struct arena *arena, struct master_key *out, struct error *err)
{
	static const struct slice	mark = SLICE("/keys/");
	struct slice			origin, path, engine;
	size_t				from, at, keys = 0;
	int				rc;

	if (split_url(text, &origin, &path) && path.len > 3 && path.data[1] == 'v') {
		for (from = 2; from < path.len && path.data[from] >= '0' && path.data[from] <= '9';)
			from++;
		for (at = from; at + mark.len < path.len; at++)
			if (slice_starts(slice_from(path, at), mark))
				keys = at;
		engine = slice_sub(path, from + 1, keys);
		path = slice_from(path, keys + mark.len);
		if (from > 2 && keys > from && engine.len > 0 && slice_find(path, '/', 0) == path.len) {
			if ((rc = arena_copy(arena, origin, &out->field[KEY_VAULT_ADDRESS], err)) != 0 ||
			    (rc = arena_copy(arena, engine, &out->field[KEY_VAULT_ENGINE], err)) != 0)
				return rc;
			return arena_copy(arena, path, &out->field[KEY_VAULT_NAME], err);
		}
	}
	return err_set(err, ERR_SYNTAX, "'%.*s' is not https://HOST/v1/ENGINE/keys/NAME", SLICE_ARG(slice_sub(text, 0, 200)));
}

/* In the order in which a loaded group holds them; FORMAT.md 4.2. */
const struct key_type key_types[KEY_TYPES] = {
	[KEY_KMS] = {
		.id = KEY_KMS, .name = "kms", .config_name = "kms", .group_name = "kms",
		.field_name = { "arn", "role", "aws_profile" }, .dated = true, .network = true, .service = KMS_AWS, .parse = kms_parse,
	},
	[KEY_GCP_KMS] = {
		.id = KEY_GCP_KMS, .name = "gcp_kms", .config_name = "gcp_kms", .group_name = "gcp_kms",
		.field_name = { "resource_id" }, .dated = true, .network = true, .foreign = true, .service = KMS_GCP, .parse = gcp_parse,
	},
	[KEY_HCKMS] = {
		.id = KEY_HCKMS, .name = "hckms", .config_name = "hckms", .group_name = "hckms",
		.field_name = { "key_id" }, .dated = true, .network = true, .foreign = true, .service = KMS_HUAWEI, .parse = hckms_parse,
	},
	[KEY_AZURE_KV] = {
		.id = KEY_AZURE_KV, .name = "azure_kv", .config_name = "azure_keyvault", .group_name = "azure_keyvault",
		.field_name = { "vault_url", "name", "version" }, .dated = true, .network = true, .foreign = true, .service = KMS_AZURE,
		.parse = azure_parse,
	},
	[KEY_HC_VAULT] = {
		.id = KEY_HC_VAULT, .name = "hc_vault", .config_name = "hc_vault_transit_uri", .group_name = "hc_vault",
		.field_name = { "vault_address", "engine_path", "key_name" }, .dated = true, .network = true, .foreign = true,
		.service = KMS_VAULT, .parse = vault_parse,
	},
	[KEY_PGP] = {
		.id = KEY_PGP, .name = "pgp", .config_name = "pgp", .group_name = "pgp",
		.field_name = { "fp" }, .dated = true, .parse = pgp_parse, .wrap = pgp_wrap, .unwrap = pgp_unwrap,
	},
	[KEY_AGE] = {
		.id = KEY_AGE, .name = "age", .config_name = "age", .group_name = "age",
		.field_name = { "recipient" }, .parse = age_parse, .wrap = age_wrap, .unwrap = age_unwrap,
	},
};

const struct key_type *
key_type_find(struct slice name)
{
	for (unsigned i = 0; i < KEY_TYPES; i++)
		if (slice_eq(name, slice_str(key_types[i].name)))
			return &key_types[i];
	return NULL;
}

/* --- identity ---------------------------------------------------------------------------------------------------- */

static int
context_print(const struct master_key *key, struct buf *out, struct error *err)
{
	int rc = 0;

	for (size_t i = 0; i < key->context_count && rc == 0; i++)
		rc = buf_printf(out, err, "%s%.*s:%.*s", i > 0 ? "," : "", SLICE_ARG(key->context[i].name), SLICE_ARG(key->context[i].value));
	return rc;
}

int
master_key_identity(const struct master_key *key, struct buf *out, struct error *err)
{
	const struct slice *field = key->field;
	int rc;

	switch (key->type->id) {
	case KEY_KMS:
		if ((rc = buf_append(out, field[KEY_KMS_ARN], err)) != 0)
			return rc;
		if (field[KEY_KMS_ROLE].len > 0 && (rc = buf_printf(out, err, "+%.*s", SLICE_ARG(field[KEY_KMS_ROLE]))) != 0)
			return rc;
		if (key->context_count == 0 && field[KEY_KMS_PROFILE].len == 0)
			return 0;
		if ((rc = buf_byte(out, '|', err)) != 0 || (rc = context_print(key, out, err)) != 0)
			return rc;
		return field[KEY_KMS_PROFILE].len > 0 ? buf_printf(out, err, "|%.*s", SLICE_ARG(field[KEY_KMS_PROFILE])) : 0;
	case KEY_AZURE_KV:
		return buf_printf(out, err, "%.*s/keys/%.*s/%.*s", SLICE_ARG(field[KEY_AZURE_URL]), SLICE_ARG(field[KEY_AZURE_NAME]),
		    SLICE_ARG(field[KEY_AZURE_VERSION]));
	case KEY_HC_VAULT:
		return buf_printf(out, err, "%.*s/v1/%.*s/keys/%.*s", SLICE_ARG(field[KEY_VAULT_ADDRESS]), SLICE_ARG(field[KEY_VAULT_ENGINE]),
		    SLICE_ARG(field[KEY_VAULT_NAME]));
	default:
		return buf_append(out, field[0], err);
	}
}

int
master_key_same(const struct master_key *a, const struct master_key *b, bool *out, struct error *err)
{
	CLEANUP(buf_release) struct buf first = BUF(LIMIT_CONFIG), second = BUF(LIMIT_CONFIG);
	int rc;

	if ((rc = master_key_identity(a, &first, err)) != 0 || (rc = master_key_identity(b, &second, err)) != 0)
		return rc;
	*out = a->type == b->type && slice_eq(buf_slice(&first), buf_slice(&second));
	return 0;
}

int
master_key_copy(const struct master_key *key, struct arena *arena, struct master_key *out, struct error *err)
{
	struct master_key	 copy = *key;
	struct kms_pair		*context = NULL;
	void			*room;
	int			 rc;

	for (unsigned i = 0; i < KEY_FIELDS; i++)
		if ((rc = arena_copy(arena, key->field[i], &copy.field[i], err)) != 0)
			return rc;
	if ((rc = arena_copy(arena, key->created_at, &copy.created_at, err)) != 0 || (rc = arena_copy(arena, key->enc, &copy.enc, err)) != 0)
		return rc;
	if (key->context_count > 0) {
		if ((rc = arena_alloc(arena, key->context_count * sizeof(*context), &room, err)) != 0)
			return rc;
		context = room;
		for (size_t i = 0; i < key->context_count; i++)
			if ((rc = arena_copy(arena, key->context[i].name, &context[i].name, err)) != 0 ||
			    (rc = arena_copy(arena, key->context[i].value, &context[i].value, err)) != 0)
				return rc;
	}
	copy.context = context;
	*out = copy;
	return 0;
}

/* --- groups ------------------------------------------------------------------------------------------------------ */

int
key_group_add(struct key_group *group, const struct master_key *key, struct arena *arena, struct error *err)
{
	size_t	 capacity = group->capacity > 0 ? group->capacity * 2 : 4;
	void	*room;
	int	 rc;

	if (group->count >= LIMIT_MASTER_KEYS)
		return err_set(err, ERR_LIMIT, "more than %d keys", LIMIT_MASTER_KEYS);
	if (group->count == group->capacity) {
		if ((rc = arena_alloc(arena, capacity * sizeof(*group->keys), &room, err)) != 0)
			return rc;
		if (group->count > 0)
			memcpy(room, group->keys, group->count * sizeof(*group->keys));
		group->keys = room;
		group->capacity = capacity;
	}
	group->keys[group->count++] = *key;
	return 0;
}

/* When a key object is made; age entries carry no date. */
static int
stamp(struct master_key *key, struct arena *arena, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF(64);
	struct timestamp now = timestamp_now();
	int rc;

	if (!key->type->dated)
		return 0;
	if ((rc = timestamp_format_seconds(&now, &text, err)) != 0)
		return rc;
	return arena_copy(arena, buf_slice(&text), &key->created_at, err);
}

int
key_group_parse(struct key_group *group, const struct key_type *type, struct slice list, const struct key_defaults *defaults_opt,
    struct arena *arena, struct error *err)
{
	struct slice	rest = list, part;
	int		rc;

	while (rest.len > 0 && slice_split(&rest, ',', &part)) {
		struct master_key key = { .type = type };

		part = slice_trim(part);
		if (part.len == 0)
			continue;
		if ((rc = type->parse(part, arena, &key, err)) != 0 || (rc = stamp(&key, arena, err)) != 0)
			return rc;
		if (defaults_opt != NULL && type->id == KEY_KMS) {
			if (key.field[KEY_KMS_ROLE].len == 0)
				key.field[KEY_KMS_ROLE] = defaults_opt->role;
			key.field[KEY_KMS_PROFILE] = defaults_opt->profile;
			key.context = defaults_opt->context;
			key.context_count = defaults_opt->context_count;
		}
		if ((rc = key_group_add(group, &key, arena, err)) != 0)
			return rc;
	}
	return 0;
}

static int
pair_order(const void *a, const void *b)
{
	return slice_cmp(((const struct kms_pair *)a)->name, ((const struct kms_pair *)b)->name);
}

void
key_context_sort(struct kms_pair *context, size_t count)
{
	if (count > 1)
		qsort(context, count, sizeof(*context), pair_order);
}

static int
bad_context(struct slice part, const char *why, struct error *err)
{
	err_set(err, ERR_CONTEXT, "Invalid KMS encryption context format: '%.*s' %s", SLICE_ARG(slice_sub(part, 0, 200)), why);
	err_hint(err, "write name:value, separated by commas");
	return ERR_CONTEXT;
}

int
key_context_parse(struct slice text, struct arena *arena, struct kms_pair **out, size_t *count, struct error *err)
{
	struct kms_pair	*pairs;
	struct slice	 rest = text, part;
	size_t		 n = 0;
	void		*room;
	int		 rc;

	if ((rc = arena_alloc(arena, KMS_CONTEXT_MAX * sizeof(*pairs), &room, err)) != 0)
		return rc;
	pairs = room;
	while (rest.len > 0 && slice_split(&rest, ',', &part)) {
		size_t colon = slice_find(part, ':', 0);

		if (colon == part.len || slice_find(part, ':', colon + 1) < part.len)
			return bad_context(part, "needs exactly one ':'", err);
		if (n == KMS_CONTEXT_MAX)
			return err_set(err, ERR_LIMIT, "more than %d pairs in an encryption context", KMS_CONTEXT_MAX);
		if ((rc = arena_copy(arena, slice_sub(part, 0, colon), &pairs[n].name, err)) != 0 ||
		    (rc = arena_copy(arena, slice_from(part, colon + 1), &pairs[n].value, err)) != 0)
			return rc;
		n++;
	}
	key_context_sort(pairs, n);
	for (size_t i = 1; i < n; i++)
		if (slice_eq(pairs[i - 1].name, pairs[i].name))
			return bad_context(pairs[i].name, "is given twice", err);
	*out = pairs;
	*count = n;
	return 0;
}
