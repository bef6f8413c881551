#include "sops/masterkey.h"

#include "base/limits.h"
#include "base/timestamp.h"
#include "tests/tap.h"

#define ARN	"arn:aws:kms:us-east-1:123456789012:key/a"

static struct timestamp
fixed_clock(void)
{
	return (struct timestamp){ .seconds = 1767323045 };
}

static void
test_parse(void)
{
	static const struct {
		enum key_type_id type;
		const char *list, *fields[KEY_FIELDS], *identity;	/* of the first key; NULL identity: refused */
	} cases[] = {
		{ KEY_AGE, " age1abc ,", { "age1abc", "", "" }, "age1abc" },
		{ KEY_AGE, "ssh-ed25519 AAAA me@host", { "ssh-ed25519 AAAA me@host", "", "" }, "ssh-ed25519 AAAA me@host" },
		{ KEY_AGE, "AGE-SECRET-KEY-1X", { "" }, NULL }, { KEY_AGE, "x", { "" }, NULL },
		{ KEY_PGP, "8B7F 1284 AEF4!", { "8B7F1284AEF4!", "", "" }, "8B7F1284AEF4!" },
		{ KEY_KMS, ARN, { ARN, "", "" }, ARN },
		{ KEY_KMS, " arn:aws:kms: us-east-1:123456789012:key/a + arn:aws:iam::1:role/r", { ARN, "arn:aws:iam::1:role/r", "" }, ARN "+arn:aws:iam::1:role/r" },
		{ KEY_KMS, ARN "|a:b|profile", { ARN "|a:b|profile", "", "" }, ARN "|a:b|profile" },
		{ KEY_KMS, "+arn:x", { "+arn:x", "", "" }, "+arn:x" },
		{ KEY_GCP_KMS, "projects/p/locations/l/keyRings/r/crypto Keys/k", { "projects/p/locations/l/keyRings/r/cryptoKeys/k", "", "" },
		    "projects/p/locations/l/keyRings/r/cryptoKeys/k" },
		{ KEY_HCKMS, "cn-north-1:0a-b", { "cn-north-1:0a-b", "", "" }, "cn-north-1:0a-b" },
		{ KEY_HCKMS, "nocolon", { "" }, NULL }, { KEY_HCKMS, "a:b:c", { "" }, NULL }, { KEY_HCKMS, "a:", { "" }, NULL },
		{ KEY_AZURE_KV, "https://v.vault.azure.net/keys/k/9f", { "https://v.vault.azure.net", "k", "9f" }, "https://v.vault.azure.net/keys/k/9f" },
		{ KEY_AZURE_KV, "https://v.vault.azure.net/keys/k", { "https://v.vault.azure.net", "k", "" }, "https://v.vault.azure.net/keys/k/" },
		{ KEY_AZURE_KV, "https://v/keys", { "" }, NULL }, { KEY_AZURE_KV, "v/keys/k", { "" }, NULL }, { KEY_AZURE_KV, "https://v/keys/k/1/2", { "" }, NULL },
		{ KEY_HC_VAULT, "https://h:8200/v1/transit/keys/k", { "https://h:8200", "transit", "k" }, "https://h:8200/v1/transit/keys/k" },
		{ KEY_HC_VAULT, "http://h/v1/a/keys/b/keys/k", { "http://h", "a/keys/b", "k" }, "http://h/v1/a/keys/b/keys/k" },
		{ KEY_HC_VAULT, "https://h/x/v1/transit/keys/k", { "" }, NULL }, { KEY_HC_VAULT, "https://h/v1/keys/k", { "" }, NULL },
		{ KEY_HC_VAULT, "https://h/v1/a/keys/", { "" }, NULL }, { KEY_HC_VAULT, "https://h/v1/a/keys/k/x", { "" }, NULL },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CLEANUP(arena_release) struct arena	arena = ARENA(MIB);
		CLEANUP(buf_release) struct buf		name = BUF(4 * KIB);
		struct key_group	group = { .count = 0 };
		struct error		err = ERROR_INIT;
		int			rc = key_group_parse(&group, &key_types[cases[i].type], slice_str(cases[i].list), NULL, &arena, &err);

		if (cases[i].identity == NULL) {
			ok(rc == ERR_SYNTAX, "%s '%s' is refused: %s", key_types[cases[i].type].name, cases[i].list, err.text);
			if (strncmp(cases[i].list, "AGE-SECRET-KEY-", 15) == 0)
				ok(strstr(err.text, cases[i].list) == NULL && strstr(err.hint, cases[i].list) == NULL, "a private key is not repeated");
			continue;
		}
		if (!ok(rc == 0 && group.count == 1, "%s '%s' is one key", key_types[cases[i].type].name, cases[i].list))
			continue;
		for (unsigned f = 0; f < KEY_FIELDS; f++)
			is_slice(group.keys[0].field[f], slice_str(cases[i].fields[f] != NULL ? cases[i].fields[f] : ""), "its field");
		succeeds(master_key_identity(&group.keys[0], &name, &err), err, "it has an identity");
		is_slice(buf_slice(&name), slice_str(cases[i].identity), "as sops spells it");
		is_slice(group.keys[0].created_at, cases[i].type == KEY_AGE ? SLICE_NONE : SLICE("2026-01-02T03:04:05Z"), "and a date, unless it is age");
	}
}

static void
test_identity(void)
{
	CLEANUP(arena_release) struct arena	arena = ARENA(MIB);
	const struct key_defaults	defaults = { .role = SLICE("arn:aws:iam::1:role/d"), .profile = SLICE("p") };
	struct key_group		group = { .count = 0 };
	struct master_key		copy;
	struct error			err = ERROR_INIT;
	struct kms_pair			*pairs = NULL;
	size_t				count = 0;
	bool				same;

	if (key_group_parse(&group, &key_types[KEY_KMS], SLICE(ARN "," ARN "+arn:o," ARN), &defaults, &arena, &err) != 0 ||
	    key_context_parse(SLICE("z:1,a:2"), &arena, &pairs, &count, &err) != 0)
		bail_out(err.text);
	static const struct { const char *want; size_t key; bool role, profile, context; } cases[] = {
		{ ARN "+arn:aws:iam::1:role/d||p", 0, true, true, false }, { ARN "+arn:o||p", 1, true, true, false },
		{ ARN "||p", 2, false, true, false }, { ARN "|a:2,z:1|p", 2, false, true, true }, { ARN "|a:2,z:1", 2, false, false, true },
		{ ARN, 2, false, false, false },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CLEANUP(buf_release) struct buf	name = BUF(4 * KIB);
		struct master_key		key = group.keys[cases[i].key];

		if (!cases[i].role)
			key.field[KEY_KMS_ROLE] = SLICE_NONE;
		if (!cases[i].profile)
			key.field[KEY_KMS_PROFILE] = SLICE_NONE;
		if (cases[i].context) {
			key.context = pairs;
			key.context_count = count;
		}
		succeeds(master_key_identity(&key, &name, &err), err, "a kms key has an identity");
		is_slice(buf_slice(&name), slice_str(cases[i].want), "of ARN, role, context and profile");
		succeeds(master_key_copy(&key, &arena, &copy, &err), err, "it can be copied");
		is_int(master_key_same(&key, &copy, &same, &err), 0, "and compared");
		ok(same && (key.context_count == 0 || copy.context != key.context), "the copy is the same key, in memory of its own");
	}
	is_int(master_key_same(&group.keys[0], &group.keys[1], &same, &err), 0, "another role");
	ok(!same, "is another key");
}

static void
test_context(void)
{
	static const char *const bad[] = { "a", "a:b:c", "a:b,c", ":", "a:1,a:2", "," };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CLEANUP(arena_release) struct arena	arena = ARENA(MIB);
		struct error	 err = ERROR_INIT;
		struct kms_pair	*pairs;
		size_t		 count;
		int		 rc = key_context_parse(slice_str(bad[i]), &arena, &pairs, &count, &err);

		if (strcmp(bad[i], ":") == 0)
			ok(rc == 0 && count == 1, "an empty name and value are a pair");
		else
			ok(rc == ERR_CONTEXT && strncmp(err.text, "Invalid KMS encryption context format", 37) == 0, "context '%s' is refused whole", bad[i]);
	}
}

int
main(void)
{
	timestamp_set_clock(fixed_clock);
	test_parse();
	test_identity();
	test_context();
	for (unsigned i = 0; i < KEY_TYPES; i++)
		ok(key_types[i].id == (enum key_type_id)i && key_type_find(slice_str(key_types[i].name)) == &key_types[i] &&
		    (key_types[i].network || (key_types[i].wrap != NULL && key_types[i].unwrap != NULL)), "the row of %s is complete", key_types[i].name);
	return done_testing();
}
