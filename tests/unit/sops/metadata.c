#include "sops/metadata.h"

#include "base/limits.h"
#include "base/timestamp.h"
#include "base/version.h"
#include "sops/store_formats.h"
#include "tests/tap.h"

#define TIMES	"lastmodified: '2026-01-02T03:04:05Z'\nversion: 3.13.2\nmac: M\n"
#define AGE	"age: [{recipient: age1a, enc: E}]\n"

static int
parse(const char *text, struct metadata **out, struct error *err)
{
	CLEANUP(document_freep) struct document *doc = NULL;
	int rc;

	*err = ERROR_INIT;
	if (document_parse(slice_str(text), &syntax_yaml, &doc, err) != 0)
		bail_out(err->text);
	rc = metadata_parse(doc->root[0], out, err);
	return rc;		/* nothing of the document is needed any more */
}

/* All of it on one line, as JSON. */
static const char *
print(const struct metadata *meta, struct buf *out)
{
	CLEANUP(buf_release) struct buf text = BUF(MIB);
	struct error err = ERROR_INIT;

	buf_reset(out);
	if (store_print_json(meta, 0, &text, &err) != 0)
		bail_out(err.text);
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] != '\n' && buf_byte(out, text.data[i], &err) != 0)
			bail_out(err.text);
	return buf_terminate(out, &err) == 0 ? (const char *)out->data : "";
}

static void
test_print(void)
{
	static const struct { const char *text, *json, *what; } cases[] = {
		{ AGE TIMES, "{\"age\": [{\"enc\": \"E\",\"recipient\": \"age1a\"}],\"lastmodified\": \"2026-01-02T03:04:05Z\",\"mac\": \"M\","
		    "\"unencrypted_suffix\": \"_unencrypted\",\"version\": \"3.13.2\"}", "fields are sorted, the standard rule is supplied" },
		{ "kms: [{arn: A, created_at: '2026-01-02T03:04:05Z', enc: E, aws_profile: '', context: {z: 1, a: b}, role: R},\n"
		    "      {arn: B, created_at: '2026-01-02T03:04:05.5+02:00', enc: E, context: {}}]\nencrypted_regex: ^d$\n" TIMES,
		    "{\"encrypted_regex\": \"^d$\",\"kms\": [{\"arn\": \"A\",\"aws_profile\": \"\",\"context\": {\"a\": \"b\",\"z\": \"1\"},"
		    "\"created_at\": \"2026-01-02T03:04:05Z\",\"enc\": \"E\",\"role\": \"R\"},{\"arn\": \"B\",\"aws_profile\": \"\","
		    "\"created_at\": \"2026-01-02T03:04:05+02:00\",\"enc\": \"E\"}],\"lastmodified\": \"2026-01-02T03:04:05Z\",\"mac\": \"M\",\"version\": \"3.13.2\"}",
		    "role and context only when they are set, the profile always" },
		{ "gcp_kms: [{resource_id: r, created_at: '2026-01-02T03:04:05Z', enc: E}]\nhckms: [{key_id: k, created_at: '2026-01-02T03:04:05Z', enc: E}]\n"
		    "azure_kv: [{vault_url: u, name: n, version: v, created_at: '2026-01-02T03:04:05Z', enc: E}]\n"
		    "hc_vault: [{vault_address: a, engine_path: e, key_name: k, created_at: '2026-01-02T03:04:05Z', enc: 'vault:v1:x'}]\n"
		    "pgp: [{fp: F, created_at: '2026-01-02T03:04:05Z', enc: E}]\n" TIMES,
		    "{\"azure_kv\": [{\"created_at\": \"2026-01-02T03:04:05Z\",\"enc\": \"E\",\"name\": \"n\",\"vault_url\": \"u\",\"version\": \"v\"}],"
		    "\"gcp_kms\": [{\"created_at\": \"2026-01-02T03:04:05Z\",\"enc\": \"E\",\"resource_id\": \"r\"}],"
		    "\"hc_vault\": [{\"created_at\": \"2026-01-02T03:04:05Z\",\"enc\": \"vault:v1:x\",\"engine_path\": \"e\",\"key_name\": \"k\",\"vault_address\": \"a\"}],"
		    "\"hckms\": [{\"created_at\": \"2026-01-02T03:04:05Z\",\"enc\": \"E\",\"key_id\": \"k\"}],\"lastmodified\": \"2026-01-02T03:04:05Z\",\"mac\": \"M\","
		    "\"pgp\": [{\"created_at\": \"2026-01-02T03:04:05Z\",\"enc\": \"E\",\"fp\": \"F\"}],\"unencrypted_suffix\": \"_unencrypted\",\"version\": \"3.13.2\"}",
		    "entries of every service are kept" },
		{ "key_groups: [" "{age: [{recipient: a, enc: E}]}, {pgp: [{fp: F, created_at: '2026-01-02T03:04:05Z', enc: E}]}]\nshamir_threshold: 2\n"
		    "mac_only_encrypted: true\nunencrypted_suffix: _x\n" TIMES,
		    "{\"key_groups\": [{\"age\": [{\"enc\": \"E\",\"recipient\": \"a\"}],\"hc_vault\": []},{\"age\": [],\"hc_vault\": [],\"pgp\": [{\"created_at\": "
		    "\"2026-01-02T03:04:05Z\",\"enc\": \"E\",\"fp\": \"F\"}]}],\"lastmodified\": \"2026-01-02T03:04:05Z\",\"mac\": \"M\",\"mac_only_encrypted\": true,"
		    "\"shamir_threshold\": 2,\"unencrypted_suffix\": \"_x\",\"version\": \"3.13.2\"}", "groups have two lists that are written even when empty" },
		{ "AGE: {Recipient: age1a, ENC: E}\nkms: []\npgp:\nshamir_threshold: '2'\nmac_only_encrypted: 'true'\nlastModified: '2026-01-02T03:04:05+00:00'\n"
		    "version: 3.7\nunknown: 5\nencrypted_suffix: 12\n",
		    "{\"age\": [{\"enc\": \"E\",\"recipient\": \"age1a\"}],\"encrypted_suffix\": \"12\",\"lastmodified\": \"2026-01-02T03:04:05+00:00\",\"mac\": \"\","
		    "\"mac_only_encrypted\": true,\"shamir_threshold\": 2,\"version\": \"3.7\"}", "names in any case, weak types, a map for a list, unknown fields dropped" },
		{ AGE "key_groups: [{age: [{recipient: b, enc: F}]}]\n" TIMES,
		    "{\"age\": [{\"enc\": \"E\",\"recipient\": \"age1a\"}],\"lastmodified\": \"2026-01-02T03:04:05Z\",\"mac\": \"M\",\"unencrypted_suffix\": \"_unencrypted\","
		    "\"version\": \"3.13.2\"}", "flat lists beat groups" },
		{ "# c\nage:\n  # c\n  - recipient: age1a # c\n    enc: &e |\n      A\n      B\n  - {recipient: age1b, enc: *e}\n" TIMES,
		    "{\"age\": [{\"enc\": \"A\\nB\\n\",\"recipient\": \"age1a\"},{\"enc\": \"A\\nB\\n\",\"recipient\": \"age1b\"}],\"lastmodified\": "
		    "\"2026-01-02T03:04:05Z\",\"mac\": \"M\",\"unencrypted_suffix\": \"_unencrypted\",\"version\": \"3.13.2\"}", "comments are dropped, aliases followed" },
	};
	CLEANUP(buf_release) struct buf out = BUF(MIB);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CLEANUP(metadata_freep) struct metadata *meta = NULL, *copy = NULL;
		struct error err;

		if (!succeeds(parse(cases[i].text, &meta, &err), err, "metadata is read"))
			continue;
		is_str(print(meta, &out), cases[i].json, cases[i].what);
		succeeds(metadata_copy(meta, &copy, &err), err, "it can be copied");
		is_str(print(copy, &out), cases[i].json, "the copy says the same");
	}
}

static void
test_order(void)
{
	CLEANUP(metadata_freep) struct metadata *meta = NULL;
	struct error err;

	if (!succeeds(parse(AGE "pgp: [{fp: F, created_at: '2026-01-02T03:04:05Z'}]\nkms: [{arn: A, created_at: '2026-01-02T03:04:05Z'}]\n" TIMES, &meta, &err), err,
	    "a file with three types"))
		return;
	is_int((intmax_t)meta->group_count, 1, "has one group");
	ok(meta->groups[0].count == 3 && meta->groups[0].keys[0].type->id == KEY_KMS && meta->groups[0].keys[1].type->id == KEY_PGP &&
	    meta->groups[0].keys[2].type->id == KEY_AGE, "kms before pgp before age, as sops loads it");
}

static void
test_refused(void)
{
	static const struct { const char *text; int kind; unsigned line, column; const char *words; } cases[] = {
		{ "[1]", ERR_TYPE, 1, 1, "the metadata is not a map" },
		{ TIMES, ERR_SYNTAX, 1, 1, "no keys found in the metadata" },
		{ AGE "version: 3.13.2\n", ERR_TYPE, 1, 1, "metadata field 'lastmodified' is not there" },
		{ AGE "lastmodified: 2026-01-02T03:04:05Z\n", ERR_TYPE, 2, 15, "metadata field 'lastmodified' is not a string (a time must be quoted)" },
		{ AGE "lastmodified: soon\n", ERR_SYNTAX, 2, 15, "metadata field 'lastmodified': " },
		{ "pgp: [{fp: F, enc: E}]\n" TIMES, ERR_TYPE, 1, 7, "metadata field 'created_at' is not there" },
		{ "pgp:\n- fp: F\n  created_at: x\n" TIMES, ERR_SYNTAX, 3, 15, "metadata field 'created_at': " },
		{ AGE TIMES "encrypted_regex: a\nunencrypted_regex: b\n", ERR_CONFLICT, 1, 1, "the metadata sets more than one rule that chooses what is encrypted" },
		{ AGE TIMES "shamir_threshold: two\n", ERR_TYPE, 5, 19, "metadata field 'shamir_threshold' is not a number" },
		{ AGE TIMES "shamir_threshold: -1\n", ERR_TYPE, 5, 19, "metadata field 'shamir_threshold' is not a number" },
		{ AGE TIMES "mac_only_encrypted: perhaps\n", ERR_TYPE, 5, 21, "metadata field 'mac_only_encrypted' is not true or false" },
		{ "age: x\n" TIMES, ERR_TYPE, 1, 6, "metadata field 'age' is not a list of maps" },
		{ "age: [x]\n" TIMES, ERR_TYPE, 1, 7, "metadata field 'age' is not a list of maps" },
		{ "age: [{recipient: [a], enc: E}]\n" TIMES, ERR_TYPE, 1, 19, "metadata field 'recipient' is not a string" },
		{ "kms: [{arn: A, created_at: '2026-01-02T03:04:05Z', context: [a]}]\n" TIMES, ERR_TYPE, 1, 61, "metadata field 'context' is not a map" },
		{ "key_groups: [1]\n" TIMES, ERR_TYPE, 1, 14, "metadata field 'key_groups' is not a list of maps" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CLEANUP(metadata_freep) struct metadata *meta = NULL;
		struct error err;

		is_int(parse(cases[i].text, &meta, &err), cases[i].kind, cases[i].words);
		ok(strncmp(err.text, cases[i].words, strlen(cases[i].words)) == 0 && meta == NULL, "is what it says: %s", err.text);
		ok(err.line == cases[i].line && err.column == cases[i].column, "at its place (%u:%u)", err.line, err.column);
	}
	CLEANUP(buf_release) struct buf many = BUF(4 * MIB);
	CLEANUP(metadata_freep) struct metadata *meta = NULL;
	struct error err = ERROR_INIT;
	(void)!buf_str(&many, TIMES "age:\n", &err);
	for (int i = 0; i <= LIMIT_MASTER_KEYS; i++)
		(void)!buf_str(&many, "- {recipient: a, enc: b}\n", &err);
	(void)!buf_terminate(&many, &err);
	is_int(parse((const char *)many.data, &meta, &err), ERR_LIMIT, "more recipients than the limit are refused");
}

static struct timestamp
fixed_clock(void)
{
	return (struct timestamp){ .seconds = 1767323045, .nanoseconds = 5 };
}

static void
test_version(void)
{
	static const struct { const char *version; bool good; const char *raised; } cases[] = {
		{ "3.7.1", true, SOPS_VERSION }, { SOPS_VERSION, true, SOPS_VERSION }, { "v3.7.1", true, SOPS_VERSION }, { "99.0.0", true, "99.0.0" },
		{ SOPS_VERSION "-rc1", true, SOPS_VERSION }, { "3.99.0-rc1", true, "3.99.0-rc1" }, { "3.7.1+build", true, SOPS_VERSION }, { "1.x", true, SOPS_VERSION },
		{ "", false, "" }, { "3.7", false, "" }, { "3", false, "" }, { "3.7.1.2", false, "" }, { "3.07.1", false, "" }, { "a.b.c", false, "" },
		{ "3.7.-1", false, "" }, { "3.7.1-", false, "" }, { "3..1", false, "" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CLEANUP(metadata_freep) struct metadata *meta = NULL;
		struct error err = ERROR_INIT;

		if (metadata_new(&meta, &err) != 0 || metadata_text(meta, slice_str(cases[i].version), &meta->version, &err) != 0)
			bail_out(err.text);
		ok((metadata_check_version(meta, &err) == 0) == cases[i].good, "'%s' is %s version", cases[i].version, cases[i].good ? "a" : "no");
		if (cases[i].good && metadata_raise_version(meta, &err) == 0)
			is_slice(meta->version, slice_str(cases[i].raised), "which an edit raises, and never lowers");
	}
	CLEANUP(metadata_freep) struct metadata *meta = NULL;
	struct error err = ERROR_INIT;
	timestamp_set_clock(fixed_clock);
	if (metadata_new(&meta, &err) != 0)
		bail_out(err.text);
	succeeds(metadata_touch(meta, &err), err, "a change is dated");
	is_slice(meta->lastmodified, SLICE("2026-01-02T03:04:05Z"), "in UTC and whole seconds");
	is_slice(meta->version, SLICE(SOPS_VERSION), "and new metadata gets a version that sops accepts");
}

int
main(void)
{
	test_print();
	test_order();
	test_refused();
	test_version();
	return done_testing();
}
