#include "sops/datakey.h"

#include "base/limits.h"
#include "crypto/age.h"
#include "tests/tap.h"

#define PEOPLE	3

static char	recipient[PEOPLE][128], identity[PEOPLE][128];

static void
make_people(void)
{
	for (unsigned i = 0; i < PEOPLE; i++) {
		CLEANUP(age_identities_freep) struct age_identities *with = NULL;
		CLEANUP(buf_release) struct buf	secret = BUF_SECRET(KIB), public = BUF(KIB);
		struct error			err = ERROR_INIT;

		if (age_identity_generate(&secret, &err) != 0 || age_identities_new(&with, &err) != 0 ||
		    age_identities_parse(with, buf_slice(&secret), AGE_IDENTITY_FILE, &err) != 0 ||
		    age_identities_recipient(with, 0, &public, &err) != 0)
			bail_out(err.text);
		snprintf(identity[i], sizeof(identity[i]), "%.*s", SLICE_ARG(buf_slice(&secret)));
		snprintf(recipient[i], sizeof(recipient[i]), "%.*s", SLICE_ARG(buf_slice(&public)));
	}
}

/* Metadata with a group for each text; a text is a list of "type key" elements, by ';'. */
static struct metadata *
metadata_of(const char *const *groups)
{
	struct metadata	*meta = NULL;
	struct error	 err = ERROR_INIT;

	if (metadata_new(&meta, &err) != 0)
		bail_out(err.text);
	for (; *groups != NULL; groups++) {
		struct key_group	*group;
		struct slice		 rest = slice_str(*groups), part, name;

		if (metadata_group_add(meta, &group, &err) != 0)
			bail_out(err.text);
		while (rest.len > 0 && slice_split(&rest, ';', &part)) {
			if (!slice_split(&part, ' ', &name) || key_group_parse(group, key_type_find(name), part, NULL, &meta->arena, &err) != 0)
				bail_out(err.text);
		}
	}
	return meta;
}
#define GROUPS(...)	((const char *const[]){ __VA_ARGS__, NULL })

static const char *
age_of(unsigned who)
{
	static char	texts[8][160];
	static unsigned	next;

	snprintf(texts[++next % 8], sizeof(texts[0]), "age %s", recipient[who]);
	return texts[next % 8];
}

/* Whose keys are at hand: a set of bits. */
static void
hold(unsigned people)
{
	char text[PEOPLE * 130] = "";

	for (unsigned i = 0; i < PEOPLE; i++)
		if (people & 1u << i) {
			strcat(text, identity[i]);
			strcat(text, "\n");
		}
	setenv("SOPS_AGE_KEY", text, 1);
}

static bool scripted = true;	/* in sops' words */

static int
unwrap(const struct metadata *meta, const struct secret *want, struct buf *report, struct error *err)
{
	CLEANUP(keyring_freep) struct keyring *ring = NULL;
	CLEANUP(secret_freep) struct secret *key = NULL;
	struct unwrap_report	said = UNWRAP_REPORT;
	int			rc;

	*err = ERROR_INIT;
	buf_reset(report);
	if (keyring_new(&ring, err) != 0)
		bail_out(err->text);
	rc = datakey_unwrap(meta, &(struct unwrap_options){ .ring = ring, .scripted = scripted }, &key, &said, err);
	if (rc == 0 && !secret_equal(secret_slice(key), secret_slice(want)))
		ok(false, "the key that was recovered is another one");
	if (buf_append(report, buf_slice(&said.text), err) != 0 || buf_terminate(report, err) != 0)
		bail_out("memory");
	unwrap_report_release(&said);
	return rc;
}

static int
wrap(struct metadata *meta, const struct secret *key, struct error *err)
{
	CLEANUP(keyring_freep) struct keyring *ring = NULL;

	*err = ERROR_INIT;
	if (keyring_new(&ring, err) != 0)
		bail_out(err->text);
	return datakey_wrap(meta, key, ring, err);
}

static void
test_one_group(const struct secret *key)
{
	CLEANUP(metadata_freep) struct metadata *meta = metadata_of(GROUPS(age_of(0)));
	CLEANUP(buf_release) struct buf	report = BUF(MIB);
	struct error	err = ERROR_INIT;

	meta->shamir_threshold = 7;
	if (key_group_parse(&meta->groups[0], &key_types[KEY_AGE], slice_str(recipient[1]), NULL, &meta->arena, &err) != 0)
		bail_out(err.text);
	succeeds(wrap(meta, key, &err), err, "a data key is wrapped for two recipients");
	is_int(meta->shamir_threshold, 7, "a threshold means nothing with one group, and stays");
	ok(slice_starts(meta->groups[0].keys[0].enc, SLICE("-----BEGIN AGE ENCRYPTED FILE-----\n")) &&
	    slice_ends(meta->groups[0].keys[1].enc, SLICE("-----END AGE ENCRYPTED FILE-----\n")), "each entry is armor with its final line break");
	for (unsigned i = 0; i < 2; i++) {
		hold(1u << i);
		succeeds(unwrap(meta, key, &report, &err), err, "either of them opens it");
		is_int((intmax_t)report.len, 0, "in silence");
	}
	hold(4);
	is_int(unwrap(meta, key, &report, &err), ERR_NO_KEY, "somebody else does not");
	CLEANUP(buf_release) struct buf want = BUF(MIB);
	(void)!buf_printf(&want, &err, "Failed to get the data key required to decrypt the SOPS file.\n\nGroup 0: FAILED\n  %s: FAILED\n    - | ", recipient[0]);
	ok(slice_starts(buf_slice(&report), buf_slice(&want)), "the report names group and key");
	buf_reset(&want);
	(void)!buf_printf(&want, &err, "\n  \n  %s: FAILED\n    - | ", recipient[1]);
	(void)!buf_terminate(&want, &err);
	ok(strstr((char *)report.data, (char *)want.data) != NULL, "each key, a line of blanks between them");
	ok(slice_ends(buf_slice(&report), SLICE("\n\nRecovery failed because no master key was able to decrypt the file. In\n"
	    "order for SOPS to recover the file, at least one key has to be successful,\nbut none were.\n")), "and ends as that of sops");
	struct slice rest = buf_slice(&report), line;
	bool narrow = true;
	while (rest.len > 0 && slice_split(&rest, '\n', &line))
		narrow = narrow && (line.len <= 75 || slice_ends(line, SLICE(": FAILED")));
	ok(narrow, "no line is longer than sops' own");

	scripted = false;
	is_int(unwrap(meta, key, &report, &err), ERR_NO_KEY, "in our words it fails the same");
	is_slice(slice_str(err.text), SLICE("cannot get the data key: none of the 2 keys opens it"), "the error is the summary");
	buf_reset(&want);
	(void)!buf_printf(&want, &err, "  %s: no identity at hand opens this age file (identities: 1, recipients: 1)\n"
	    "  %s: no identity at hand opens this age file (identities: 1, recipients: 1)\nhint: name the file", recipient[0], recipient[1]);
	ok(slice_starts(buf_slice(&report), buf_slice(&want)), "then a line for each key, then what to do, once");
	ok(strstr((char *)report.data, "\nDid not find keys in locations ") != NULL, "then where was looked");
	scripted = true;
}

static void
test_shamir(const struct secret *key)
{
	CLEANUP(metadata_freep) struct metadata *meta = metadata_of(GROUPS(age_of(0), age_of(1), age_of(2)));
	CLEANUP(buf_release) struct buf	report = BUF(MIB);
	struct error	err = ERROR_INIT;

	meta->shamir_threshold = 2;
	succeeds(wrap(meta, key, &err), err, "a data key is shared among three groups");
	for (unsigned people = 0; people < 8; people++) {
		unsigned	held = (people & 1) + (people >> 1 & 1) + (people >> 2);
		int		rc;

		hold(people);
		rc = unwrap(meta, key, &report, &err);
		ok(rc == (held >= 2 ? 0 : ERR_NO_KEY), "%u of them %s", held, held >= 2 ? "suffice" : "do not suffice");
	}
	hold(2);
	(void)unwrap(meta, key, &report, &err);
	ok(strstr((char *)report.data, "\nGroup 1: SUCCESS\n\nGroup 2: FAILED\n") != NULL, "the report tells the groups");
	ok(strstr((char *)report.data, "Shamir threshold of\n2, but only 1 part(s) were successfully recovered") != NULL, "and how many parts were needed");
	meta->shamir_threshold = 0;
	succeeds(wrap(meta, key, &err), err, "without a threshold");
	is_int(meta->shamir_threshold, 3, "it becomes the number of groups");
	hold(3);
	is_int(unwrap(meta, key, &report, &err), ERR_NO_KEY, "so two do not suffice any more");
	hold(7);
	succeeds(unwrap(meta, key, &report, &err), err, "three do");
}

static void
test_refused(const struct secret *key)
{
	static const struct { uint32_t threshold; const char *what; } cases[] = { { 1, "a threshold of 1 is refused" }, { 3, "so is one above the number of groups" } };
	struct error err;

	for (size_t i = 0; i < 2; i++) {
		CLEANUP(metadata_freep) struct metadata *meta = metadata_of(GROUPS(age_of(0), age_of(1)));

		meta->shamir_threshold = cases[i].threshold;
		is_int(wrap(meta, key, &err), ERR_RANGE, cases[i].what);
		is_int((intmax_t)meta->groups[0].keys[0].enc.len, 0, "and nothing is wrapped");
	}
	CLEANUP(metadata_freep) struct metadata *empty = metadata_of(GROUPS(age_of(0), "")), *none = metadata_of((const char *const[]){ NULL });
	is_int(wrap(empty, key, &err), ERR_NO_KEY, "an empty group is refused");
	is_str(err.text, "empty key group provided", "in the words of sops");
	is_int(wrap(none, key, &err), ERR_NO_KEY, "no group is refused");
	CLEANUP(metadata_freep) struct metadata *bad = metadata_of(GROUPS(age_of(0)));
	if (key_group_parse(&bad->groups[0], &key_types[KEY_AGE], SLICE("age1bad,age1worse"), NULL, &bad->arena, &err) != 0 ||
	    key_group_parse(&bad->groups[0], &key_types[KEY_KMS], SLICE("alias/x"), NULL, &bad->arena, &err) != 0)
		bail_out(err.text);
	is_int(wrap(bad, key, &err), ERR_SYNTAX, "one bad recipient spoils all");
	ok(strncmp(err.text, "cannot wrap the data key for 'age1bad': ", 40) == 0 &&
	    strstr(err.text, "; cannot wrap the data key for 'age1worse': ") != NULL && strstr(err.text, "no valid ARN found in 'alias/x'") != NULL, "each is named");
	is_int((intmax_t)bad->groups[0].keys[0].enc.len, 0, "and the good ones are as they were");
}

/* What a file names is not trusted: neither lengths nor texts. */
static void
test_hostile(void)
{
	CLEANUP(metadata_freep) struct metadata *meta = metadata_of(GROUPS(age_of(0)));
	CLEANUP(age_recipients_freep) struct age_recipients *to = NULL;
	CLEANUP(buf_release) struct buf	report = BUF(MIB), enc = BUF(MIB);
	struct error	err = ERROR_INIT;

	hold(1);
	if (age_recipients_new(&to, &err) != 0 || age_recipients_add(to, slice_str(recipient[0]), &err) != 0 ||
	    age_seal_armored(to, SLICE("only 31 bytes, which is too few"), &enc, &err) != 0)
		bail_out(err.text);
	meta->groups[0].keys[0].enc = buf_slice(&enc);
	is_int(unwrap(meta, NULL, &report, &err), ERR_NO_KEY, "31 bytes are no data key");
	ok(strstr((char *)report.data, "it holds 31 bytes") != NULL, "and the report says so");
	meta->groups[0].keys[0].field[0] = SLICE("age1\x1b[31m\n\xff");
	meta->groups[0].keys[0].enc = SLICE("junk\x1b]0;x\x07");
	is_int(unwrap(meta, NULL, &report, &err), ERR_NO_KEY, "junk is no wrapped key");
	bool plain = true;
	for (size_t i = 0; i < report.len; i++)
		plain = plain && (report.data[i] == '\n' || (report.data[i] >= ' ' && report.data[i] < 127));
	ok(plain && strstr((char *)report.data, "  age1?[31m") != NULL, "nothing in the report reaches a terminal as an escape");
}

static void
test_order(void)
{
	static const struct { const char *order; int rc; } cases[] = {
		{ "", 0 }, { "age", 0 }, { "kms,age,unknown", 0 }, { "age,pgp,age", ERR_CONFLICT }, { "pgp,pgp", ERR_CONFLICT }, { "x,x", ERR_CONFLICT }, { ",,", 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct error err = ERROR_INIT;

		ok(datakey_order_check(slice_str(cases[i].order), &err) == cases[i].rc, "the order '%s' is %s", cases[i].order, cases[i].rc == 0 ? "fine" : "refused");
	}
}

/* Many files at once: each has its own answer. */
static void
test_many(const struct secret *key, const struct secret *other)
{
	CLEANUP(keyring_freep) struct keyring	*ring = NULL;
	struct metadata				*metas[3] = { metadata_of(GROUPS(age_of(0))), NULL, NULL };
	struct metadata				*bad = metadata_of(GROUPS("age age1bad"));
	struct unwrap_job	jobs[3];
	struct wrap_job		wraps[4];
	struct error		err = ERROR_INIT;

	metas[1] = metadata_of(GROUPS(age_of(1)));
	metas[2] = metadata_of(GROUPS(age_of(0), age_of(2)));
	if (keyring_new(&ring, &err) != 0)
		bail_out(err.text);
	for (size_t i = 0; i < 4; i++)
		wraps[i] = (struct wrap_job){ .meta = i == 1 ? bad : metas[i > 1 ? i - 1 : i], .datakey = i == 3 ? other : key, .error = ERROR_INIT };
	succeeds(datakey_wrap_many(wraps, 4, ring, &err), err, "several files are wrapped in one call");
	ok(wraps[1].error.kind == ERR_SYNTAX && bad->groups[0].keys[0].enc.len == 0, "one that cannot be has its own error");
	ok(wraps[0].error.kind == ERR_NONE && wraps[2].error.kind == ERR_NONE && wraps[3].error.kind == ERR_NONE, "the others do not suffer");
	metadata_free(bad);
	for (size_t i = 0; i < 3; i++)
		jobs[i] = (struct unwrap_job){ .meta = metas[i], .report = UNWRAP_REPORT, .error = ERROR_INIT };
	hold(1 | 4);
	succeeds(datakey_unwrap_many(jobs, 3, &(struct unwrap_options){ .ring = ring }, &err), err, "several files are opened in one call");
	ok(jobs[0].error.kind == ERR_NONE && secret_equal(secret_slice(jobs[0].datakey), secret_slice(key)), "the first has its key");
	ok(jobs[1].error.kind == ERR_NO_KEY && jobs[1].datakey == NULL && jobs[1].report.text.len > 0, "the second has none, and says why");
	ok(jobs[2].error.kind == ERR_NONE && secret_equal(secret_slice(jobs[2].datakey), secret_slice(other)), "the third has its own");
	for (size_t i = 0; i < 3; i++) {
		secret_free(jobs[i].datakey);
		unwrap_report_release(&jobs[i].report);
	}
	metadata_free(metas[0]);
	metadata_free(metas[1]);
	metadata_free(metas[2]);
}

/* A key of a service that we cannot ask: refused by name, but what the file has of it may stay. */
static void
test_foreign(const struct secret *key)
{
	CLEANUP(metadata_freep) struct metadata *meta = metadata_of(GROUPS("gcp_kms projects/p/locations/l/keyRings/r/cryptoKeys/k"));
	CLEANUP(metadata_freep) struct metadata *both = metadata_of(GROUPS(age_of(0)));
	CLEANUP(buf_release) struct buf	report = BUF(MIB);
	struct error	err = ERROR_INIT;

	is_int(wrap(meta, key, &err), ERR_UNSUPPORTED, "nothing is wrapped for a service that cannot be asked");
	ok(strstr(err.text, "cryptoKeys/k': keys of type 'gcp_kms' are not supported yet") != NULL, "and it is named");
	meta->groups[0].keys[0].enc = SLICE("as it was");
	meta->groups[0].keys[0].kept = true;
	if (key_group_add(&both->groups[0], &meta->groups[0].keys[0], &both->arena, &err) != 0)
		bail_out("memory");
	succeeds(wrap(both, key, &err), err, "an entry that is kept is in nobody's way");
	is_slice(both->groups[0].keys[1].enc, SLICE("as it was"), "it stays as it was");
	hold(1);
	succeeds(unwrap(both, key, &report, &err), err, "and the other one opens");
	hold(0);
	is_int(unwrap(both, key, &report, &err), ERR_NO_KEY, "without that nothing does");
	ok(strstr((char *)report.data, "keys of type 'gcp_kms' are not supported yet") != NULL, "which is reported of it");
}

int
main(void)
{
	CLEANUP(secret_freep) struct secret *key = NULL, *other = NULL;
	struct error err = ERROR_INIT;

	unsetenv("SOPS_AGE_KEY_FILE");
	unsetenv("SOPS_AGE_KEY_CMD");
	unsetenv("SOPS_DECRYPTION_ORDER");
	setenv("HOME", "/nonexistent", 1);
	setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
	make_people();
	if (datakey_new(&key, &err) != 0 || datakey_new(&other, &err) != 0)
		bail_out(err.text);
	ok(key->len == DATAKEY_LEN && !secret_equal(secret_slice(key), secret_slice(other)), "each data key is new");
	test_one_group(key);
	test_shamir(key);
	test_refused(key);
	test_hostile();
	test_foreign(key);
	test_order();
	test_many(key, other);
	return done_testing();
}
