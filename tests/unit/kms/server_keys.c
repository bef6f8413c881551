#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "kms/server_keys.h"
#include "tests/tap.h"

#define REGION		SLICE("eu-west-1")
#define FIRST_ARN	"arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d-0000-4000-8000-000000000001"
#define MRK(region)	"arn:aws:kms:" region ":123456789012:key/mrk-0123456789abcdef0123456789abcdef"

static char folder[] = "/tmp/hubkms.XXXXXX";

static void
arns(void)
{
	static const struct {
		const char	*text;
		bool		 valid;
	} rows[] = {
		{ FIRST_ARN, true },
		{ "arn:aws-us-gov:kms:us-gov-west-1:123456789012:alias/a/b", true },
		{ "arn:aws:iam::123456789012:role/path/name", true },
		{ "arn:aws:kms:eu-west-1:123456789012", false },
		{ "arn:aws:kms:eu-west-1:123456789012:", false },
		{ "arn:aws:kms:EU:123456789012:key/x", false },
		{ "arn:aws:kms:eu-west-1:12345678901:key/x", false },
		{ "arn:aws:kms:eu-west-1:12345678901x:key/x", false },
		{ "arn:other:kms:eu-west-1:123456789012:key/x", false },
		{ "urn:aws:kms:eu-west-1:123456789012:key/x", false },
		{ "arn:aws:kms:eu-west-1:123456789012:key/x y", false },
		{ "arn:aws:kms:eu-west-1:123456789012:key/x\n", false },
		{ "", false },
	};
	struct server_arn arn;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ok(server_arn_parse(slice_str(rows[i].text), &arn) == rows[i].valid, "'%s' is %s ARN", rows[i].text,
		    rows[i].valid ? "an" : "no");
	ok(server_arn_parse(SLICE("arn:aws:kms:r:123456789012:key/a:b"), &arn), "a resource may hold a colon");
	is_slice(arn.resource, SLICE("key/a:b"), "and is whole then");
}

static void
survives_restart(void)
{
	struct error	err = ERROR_INIT;
	CLEANUP(server_keys_freep) struct server_keys *keys = NULL;
	struct server_keys	*second = NULL;
	const struct server_key	*key, *other;
	struct stat		 st;
	char			 path[64];
	CLEANUP(buf_release) struct buf material = BUF(64);

	if (!succeeds(server_keys_open(folder, &keys, &err), err, "a data directory is made"))
		return;
	(void)snprintf(path, sizeof(path), "%s/keys", folder);
	ok(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600, "its keys are readable by their owner only");
	is_int(server_keys_open(folder, &second, &err), ERR_CONFLICT, "a second server cannot take it");
	err_reset(&err);
	succeeds(server_keys_create(keys, REGION, SLICE("two\nlines \xc3\xa9"), 1700000000, &key, &err), err,
	    "a key is made");
	succeeds(server_keys_ensure(keys, SLICE(FIRST_ARN), 1700000001, &other, &err), err, "one with a given ARN too");
	ok(key->id.len == 36 && !secret_equal(secret_slice(key->material), secret_slice(other->material)),
	    "ids are UUIDs, material differs");
	succeeds(server_keys_alias(keys, SLICE("alias/demo"), key, &err), err, "an alias is made");
	is_int(server_keys_alias(keys, SLICE("alias/demo"), other, &err), ERR_EXISTS, "and made once");
	err_reset(&err);
	succeeds(server_keys_set_enabled(keys, other, false, &err), err, "a key is disabled");
	if (buf_append(&material, secret_slice(key->material), &err) != 0)
		bail_out("out of memory");

	server_keys_free(TAKE(keys));
	if (!succeeds(server_keys_open(folder, &keys, &err), err, "a restart finds the directory free"))
		return;
	is_int(server_keys_count(keys), 2, "both keys are there again");
	key = server_keys_find(keys, SLICE("alias/demo"), REGION);
	if (ok(key != NULL, "the alias still names its key")) {
		is_slice(secret_slice(key->material), buf_slice(&material), "with the same material");
		is_slice(key->description, SLICE("two\nlines \xc3\xa9"), "and description");
		is_int(key->created, 1700000000, "and date");
		ok(server_keys_find(keys, key->id, REGION) == key && server_keys_find(keys, key->arn, REGION) == key &&
		    server_keys_by_name(keys, key->name, REGION) == key, "it is found by id, by ARN and by name");
		ok(server_keys_find(keys, key->id, SLICE("us-east-1")) == NULL &&
		    server_keys_find(keys, key->arn, SLICE("us-east-1")) == NULL &&
		    server_keys_find(keys, SLICE("alias/demo"), SLICE("us-east-1")) == NULL, "but in its region only");
	}
	other = server_keys_find(keys, SLICE(FIRST_ARN), REGION);
	ok(other != NULL && !other->enabled, "the disabled key is disabled still");
}

static void
failed_save(void)
{
	struct error	err = ERROR_INIT;
	CLEANUP(server_keys_freep) struct server_keys *keys = NULL;
	const struct server_key	*key, *other;
	char			 path[64];
	size_t			 before;

	if (!succeeds(server_keys_open(folder, &keys, &err), err, "the directory opens"))
		return;
	before = server_keys_count(keys);
	key = server_keys_find(keys, SLICE("alias/demo"), REGION);
	/* Where the file was there is a folder now, which no rename replaces. */
	(void)snprintf(path, sizeof(path), "%s/keys", folder);
	ok(key != NULL && unlink(path) == 0 && mkdir(path, 0700) == 0, "the file of keys cannot be replaced");
	ok(server_keys_create(keys, REGION, SLICE_NONE, 0, &other, &err) != 0 && server_keys_count(keys) == before,
	    "a key that cannot be saved is not made");
	err_reset(&err);
	ok(server_keys_set_enabled(keys, key, false, &err) != 0 && key->enabled, "nor is one disabled");
	err_reset(&err);
	ok(server_keys_alias(keys, SLICE("alias/lost"), key, &err) != 0 &&
	    server_keys_find(keys, SLICE("alias/lost"), REGION) == NULL, "nor an alias made");
	(void)rmdir(path);
}

static void
multi_region(void)
{
	struct error	err = ERROR_INIT;
	CLEANUP(server_keys_freep) struct server_keys *keys = NULL;
	const struct server_key *here, *there, *elsewhere;

	if (!succeeds(server_keys_open(folder, &keys, &err), err, "a lost file is a first start"))
		return;
	is_int(server_keys_count(keys), 0, "without keys");
	succeeds(server_keys_ensure(keys, SLICE(MRK("eu-west-1")), 0, &here, &err), err, "a multi-Region key");
	succeeds(server_keys_ensure(keys, SLICE(MRK("us-east-1")), 0, &there, &err), err, "in two regions");
	is_slice(secret_slice(here->material), secret_slice(there->material), "has one material");
	is_slice(here->name, there->name, "and one name in ciphertexts");
	succeeds(server_keys_ensure(keys, SLICE("arn:aws:kms:us-east-1:123456789012:alias/x"), 0, &elsewhere, &err), err,
	    "the ARN of an alias makes a key for it");
	ok(server_keys_find(keys, SLICE("alias/x"), SLICE("us-east-1")) == elsewhere, "which it names");
	is_int(server_keys_ensure(keys, SLICE("arn:aws:kms:us-east-1:123456789012:grant/x"), 0, &here, &err), ERR_SYNTAX,
	    "other ARNs are refused");
	err_reset(&err);
	is_int(server_keys_ensure(keys, SLICE("alias/y"), 0, &here, &err), ERR_SYNTAX, "and names that are none");
	err_reset(&err);
	is_int(server_keys_alias(keys, SLICE("alias/ "), elsewhere, &err), ERR_SYNTAX, "an alias has a proper name");
}

#define B64	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define HEAD	"hubkms 1\nsession " B64 "\n"
#define KEY	"key " FIRST_ARN " 1 enabled " B64 " -\n"

static void
damage(void)
{
	static const struct {
		const char	*text, *claim;
		unsigned	 line;
	} rows[] = {
		{ "", "an empty file", 0 },
		{ "hubkms 1\n", "no session key", 0 },
		{ "hubkms 2\nsession " B64 "\n", "another version", 1 },
		{ HEAD "session " B64 "\n", "two session keys", 3 },
		{ "hubkms 1\nsession AAAA\n", "a short session key", 2 },
		{ HEAD KEY "key", "a cut line", 0 },
		{ HEAD KEY "key\n", "an empty line of key", 4 },
		{ HEAD KEY KEY, "the same key twice", 4 },
		{ HEAD "key " FIRST_ARN " x enabled " B64 " -\n", "a date that is none", 3 },
		{ HEAD "key " FIRST_ARN " -1 enabled " B64 " -\n", "a negative date", 3 },
		{ HEAD "key " FIRST_ARN " 1 maybe " B64 " -\n", "an unknown state", 3 },
		{ HEAD "key " FIRST_ARN " 1 enabled AAAA -\n", "short material", 3 },
		{ HEAD "key " FIRST_ARN " 1 enabled " B64 " ?\n", "a description that is not base64", 3 },
		{ HEAD "key " FIRST_ARN " 1 enabled " B64 " - more\n", "a sixth field", 3 },
		{ HEAD "key arn:aws:iam::123456789012:role/x 1 enabled " B64 " -\n", "the ARN of a role", 3 },
		{ HEAD "alias arn:aws:kms:eu-west-1:123456789012:alias/x " FIRST_ARN "\n", "an alias before its key", 3 },
		{ HEAD KEY "alias arn:aws:kms:us-east-1:123456789012:alias/x " FIRST_ARN "\n", "an alias of another region", 4 },
		{ HEAD KEY "alias arn:aws:kms:eu-west-1:123456789012:alias/x\n", "an alias without a key", 4 },
		{ HEAD "\n", "an empty line", 3 },
		{ HEAD "grant x\n", "an unknown word", 3 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CLEANUP(server_keys_freep) struct server_keys *keys = NULL;
		struct error err = ERROR_INIT;

		ok(server_keys_parse(slice_str(rows[i].text), &keys, &err) != 0 && err.line == rows[i].line,
		    "%s is refused, line %u", rows[i].claim, rows[i].line);
	}
}

static void
limits(void)
{
	struct error	err = ERROR_INIT;
	CLEANUP(server_keys_freep) struct server_keys *keys = NULL;
	const struct server_key *key;
	static uint8_t	long_text[SERVER_DESCRIPTION_MAX + 1];
	int		result = 0;

	if (!succeeds(server_keys_parse(SLICE(HEAD KEY), &keys, &err), err, "a file is read"))
		return;
	is_int(server_keys_create(keys, REGION, slice_of(long_text, sizeof(long_text)), 0, &key, &err), ERR_LIMIT,
	    "a description has a limit");
	err_reset(&err);
	for (int i = 1; i < SERVER_KEYS_MAX && result == 0; i++)
		result = server_keys_create(keys, REGION, SLICE_NONE, 0, &key, &err);
	is_int(result, 0, "as many keys as there is room for");
	is_int(server_keys_create(keys, REGION, SLICE_NONE, 0, &key, &err), ERR_LIMIT, "and no more");
}

int
main(void)
{
	char path[64];

	if (mkdtemp(folder) == NULL)
		bail_out("no temporary folder");
	(void)rmdir(folder);
	arns();
	survives_restart();
	failed_save();
	multi_region();
	damage();
	limits();
	(void)snprintf(path, sizeof(path), "%s/keys", folder);
	(void)unlink(path);
	(void)snprintf(path, sizeof(path), "%s/lock", folder);
	(void)unlink(path);
	(void)rmdir(folder);
	return done_testing();
}
