#include "crypto/age.h"

#include "base/limits.h"
#include "tests/tap.h"

/* Made by age-keygen 1.1.1 for this test; they protect nothing. */
#define ALICE		"AGE-SECRET-KEY-1D7W06D47PEJ62KX2TG38PMXJ4L9KNC89Q6KQJ2P3P64DMYU8F5RS6ZCD7Y"
#define ALICE_PUBLIC	"age1h0j6fjn8xnpa75k6gt7qgj88qhj4fnph4egtdpesggghdl9jryxqkwyd25"
#define BOB		"AGE-SECRET-KEY-19M892RHXQ8YG6TSR0HA84GRA9UTLHC2WLL9S8VNZSEGY5CPYEKSQZPFUZQ"
#define BOB_PUBLIC	"age123eq7hmkkgvepx54pszf00d030p5rqa3uuff64g5dgfxkvs36c7sctcsmy"

static struct age_recipients *
recipients(const char *text)
{
	struct age_recipients	*to = NULL;
	struct error		 err = ERROR_INIT;

	if (age_recipients_new(&to, &err) != 0 || age_recipients_parse(to, slice_str(text), &err) != 0)
		bail_out(err.text);
	return to;
}

static struct age_identities *
identities(const char *text)
{
	struct age_identities	*with = NULL;
	struct error		 err = ERROR_INIT;

	if (age_identities_new(&with, &err) != 0 || age_identities_parse(with, slice_str(text), AGE_IDENTITY_FILE, &err) != 0)
		bail_out(err.text);
	return with;
}

static void
check_round_trips(void)
{
	static const size_t	lengths[] = { 0, 1, 32, 65535, 65536, 65537, 131072, 200000 };
	CLEANUP(age_recipients_freep) struct age_recipients	*to = recipients(ALICE_PUBLIC);
	CLEANUP(age_identities_freep) struct age_identities	*with = identities(ALICE);

	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		CLEANUP(buf_release) struct buf	plain = BUF(MIB), file = BUF(MIB), text = BUF(MIB), out = BUF_SECRET(MIB);
		struct error			err = ERROR_INIT;

		if (buf_repeat(&plain, 'x', lengths[i], &err) != 0 || buf_str(&out, "kept ", &err) != 0)
			bail_out("out of memory");
		succeeds(age_seal(to, buf_slice(&plain), &file, &err), err, "a plaintext is sealed");
		ok(age_recognised(buf_slice(&file)), "the file is recognised");
		succeeds(age_open(with, buf_slice(&file), &out, &err), err, "and opened");
		is_slice(slice_from(buf_slice(&out), 5), buf_slice(&plain), "to the plaintext");
		buf_reset(&out);
		succeeds(age_seal_armored(to, buf_slice(&plain), &text, &err), err, "sealed with armor");
		ok(age_recognised(buf_slice(&text)), "it is recognised too");
		succeeds(age_open(with, buf_slice(&text), &out, &err), err, "and opened");
		is_slice(buf_slice(&out), buf_slice(&plain), "to the plaintext again");
	}
}

static void
check_many(void)
{
	CLEANUP(buf_release) struct buf				file = BUF(MIB), out = BUF_SECRET(MIB);
	CLEANUP(age_recipients_freep) struct age_recipients	*both = NULL;
	CLEANUP(age_identities_freep) struct age_identities	*nobody = identities("# nobody\n\n"), *last = NULL;
	struct error						err = ERROR_INIT;
	char							text[500];

	(void)snprintf(text, sizeof(text), "# both\r\n%s\r\n\r\n%s", ALICE_PUBLIC, BOB_PUBLIC);
	both = recipients(text);
	is_int(age_recipients_count(both), 2, "a recipients file with a comment, a blank line and CRLF is read");
	succeeds(age_seal(both, SLICE("for two"), &file, &err), err, "a file for two is sealed");
	for (int i = 0; i < 2; i++) {
		CLEANUP(age_identities_freep) struct age_identities *with = identities(i == 0 ? ALICE : BOB);

		buf_reset(&out);
		succeeds(age_open(with, buf_slice(&file), &out, &err), err, "each of them opens it");
		is_slice(buf_slice(&out), SLICE("for two"), "to the plaintext");
	}
	is_int(age_open(nobody, buf_slice(&file), &out, &err), ERR_NO_KEY, "without an identity it stays shut");
	err_reset(&err);
	buf_reset(&out);
	(void)snprintf(text, sizeof(text), "%s\n%s\n", BOB, ALICE);
	last = identities(text);
	buf_reset(&file);
	{
		CLEANUP(age_recipients_freep) struct age_recipients *to = recipients(ALICE_PUBLIC);

		succeeds(age_seal(to, SLICE("for one"), &file, &err), err, "a file for one is sealed");
	}
	succeeds(age_open(last, buf_slice(&file), &out, &err), err, "the second identity opens it as well");
	err_reset(&err);
	{
		CLEANUP(age_identities_freep) struct age_identities *other = identities(BOB);

		is_int(age_open(other, buf_slice(&file), &out, &err), ERR_NO_KEY, "another identity does not");
		ok(strstr(err.text, "no identity at hand") != NULL, "and the message says so");
	}
}

/* Whatever is cut or flipped, the file is refused and nothing is released. */
static void
check_damage(void)
{
	CLEANUP(buf_release) struct buf				file = BUF(MIB), out = BUF_SECRET(MIB);
	CLEANUP(age_recipients_freep) struct age_recipients	*to = recipients(ALICE_PUBLIC);
	CLEANUP(age_identities_freep) struct age_identities	*with = identities(ALICE);
	struct error						err = ERROR_INIT;
	unsigned						opened = 0;

	succeeds(age_seal(to, SLICE("thirty-two bytes of a data key.."), &file, &err), err, "a file is sealed");
	for (size_t cut = 0; cut < file.len; cut++) {
		opened += age_open(with, slice_of(file.data, cut), &out, &err) == 0 || out.len != 0;
		err_reset(&err);
	}
	is_int(opened, 0, "no beginning of it opens");
	for (size_t bit = 0; bit < file.len * 8; bit++) {
		file.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		opened += age_open(with, buf_slice(&file), &out, &err) == 0 || out.len != 0;
		err_reset(&err);
		file.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	is_int(opened, 0, "nor with any bit flipped");
	if (buf_byte(&file, 0, &err) != 0)
		bail_out("out of memory");
	is_int(age_open(with, buf_slice(&file), &out, &err), ERR_TAMPERED, "nor with a byte added");
	is_int(out.len, 0, "and nothing is released");
}

static void
check_keys(void)
{
	static const struct {
		const char	*text;
		unsigned	 flags;
		int		 kind;
		uint32_t	 line, column;
		size_t		 count;
		const char	*what;
	} files[] = {
		{ "# created: today\n\n" ALICE "\n", 0, 0, 0, 0, 1, "comments and blank lines are skipped" },
		{ ALICE "\r\n" BOB, 0, 0, 0, 0, 2, "CRLF and a missing last line break are fine" },
		{ " " ALICE "\n", 0, ERR_SYNTAX, 1, 1, 0, "a blank before a key is refused" },
		{ ALICE " \n", 0, ERR_SYNTAX, 1, 1, 0, "and one behind it" },
		{ "  " ALICE " \n\t\n", AGE_IDENTITY_TRIM, 0, 0, 0, 1, "unless blanks are trimmed" },
		{ "\nAGE-SECRET-KEY-1XYZ\n" ALICE "\n", 0, ERR_SYNTAX, 2, 1, 1, "a broken key is refused, the next one read" },
		{ "# x\nhello\n", 0, ERR_SYNTAX, 2, 1, 0, "a line that is no key is refused" },
		{ "  AGE-SECRET-KEY-PQ-1XYZ\n" ALICE "\n", AGE_IDENTITY_TRIM, ERR_UNSUPPORTED, 1, 3, 1,
		    "a post-quantum identity is named, the next one read" },
		{ "", 0, 0, 0, 0, 0, "an empty file has no identity" },
		{ "age-secret-key-1d7w06d47pej62kx2tg38pmxj4l9knc89q6kqj2p3p64dmyu8f5rs6zcd7y", 0, ERR_SYNTAX, 1, 1, 0,
		    "a key in lower case is refused" },
	};

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		CLEANUP(age_identities_freep) struct age_identities	*with = NULL;
		struct error						err = ERROR_INIT;

		if (age_identities_new(&with, &err) != 0)
			bail_out("out of memory");
		is_int(age_identities_parse(with, slice_str(files[i].text), files[i].flags, &err), files[i].kind, files[i].what);
		is_int(err.line, files[i].line, "at its line");
		is_int(err.column, files[i].column, "and column");
		is_int(age_identities_count(with), files[i].count, "and the right number is added");
		ok(strstr(err.text, "AGE-SECRET-KEY-1") == NULL && strstr(err.text, "XYZ") == NULL, "no key is in the message");
	}
}

static void
check_recipients(void)
{
	static const struct {
		const char	*text;
		int		 kind;
	} bad[] = {
		{ "", ERR_SYNTAX }, { "age1", ERR_SYNTAX }, { "AGE1QQQ", ERR_SYNTAX }, { "bob@example.org", ERR_SYNTAX },
		{ ALICE_PUBLIC "x", ERR_SYNTAX }, { " " ALICE_PUBLIC, ERR_SYNTAX }, { "age1yubikey1qwrp", ERR_SYNTAX },
		{ "age1pq1qqq", ERR_UNSUPPORTED }, { "age1tag1qqq", ERR_SYNTAX },
		{ "-----BEGIN", ERR_SYNTAX }, { ALICE, ERR_SYNTAX },
	};
	CLEANUP(age_recipients_freep) struct age_recipients	*to = NULL;
	CLEANUP(buf_release) struct buf				out = BUF_SECRET(1000);
	struct error						err = ERROR_INIT;

	if (age_recipients_new(&to, &err) != 0)
		bail_out("out of memory");
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		err_reset(&err);
		ok(age_recipients_add(to, slice_str(bad[i].text), &err) == (int)bad[i].kind, "refused as a recipient: '%s'", bad[i].text);
	}
	is_int(age_recipients_count(to), 0, "none of them is added");
	err_reset(&err);
	is_int(age_seal(to, SLICE("x"), &out, &err), ERR_RANGE, "nothing is sealed for nobody");
	err_reset(&err);
	is_int(age_recipients_parse(to, SLICE("# one\n\nage1x\n"), &err), ERR_SYNTAX, "a broken line in a recipients file is refused");
	is_int(err.line, 3, "at its line");
}

static void
check_generate(void)
{
	CLEANUP(buf_release) struct buf				key = BUF_SECRET(1000), public = BUF(1000), other = BUF_SECRET(1000);
	CLEANUP(age_identities_freep) struct age_identities	*with = identities(ALICE), *fresh = NULL;
	struct error						err = ERROR_INIT;

	succeeds(age_identities_recipient(with, 0, &public, &err), err, "an identity knows its recipient");
	is_slice(buf_slice(&public), slice_str(ALICE_PUBLIC), "which is the one that age-keygen prints");
	succeeds(age_identity_generate(&key, &err), err, "a key is made");
	succeeds(age_identity_generate(&other, &err), err, "and another");
	ok(!slice_eq(buf_slice(&key), buf_slice(&other)), "they differ");
	is_int(key.len, sizeof(ALICE) - 1, "a key has its length");
	succeeds(buf_terminate(&key, &err), err, "as a string");
	fresh = identities((const char *)key.data);
	is_int(age_identities_count(fresh), 1, "it is an identity");
}

static void
check_passphrase(void)
{
	CLEANUP(age_recipients_freep) struct age_recipients	*to = NULL, *other = recipients(ALICE_PUBLIC);
	CLEANUP(age_identities_freep) struct age_identities	*with = identities(ALICE), *wrong = NULL;
	CLEANUP(buf_release) struct buf				file = BUF(MIB), beside = BUF(MIB), out = BUF_SECRET(MIB);
	struct error						err = ERROR_INIT;

	if (age_recipients_new(&to, &err) != 0 || age_identities_new(&wrong, &err) != 0)
		bail_out("out of memory");
	is_int(age_recipients_add_passphrase(to, SLICE_NONE, &err), ERR_RANGE, "an empty passphrase is refused");
	err_reset(&err);
	succeeds(age_recipients_add_passphrase(to, SLICE("open sesame"), &err), err, "a passphrase is a recipient");
	is_int(age_recipients_add(to, SLICE(ALICE_PUBLIC), &err), ERR_CONFLICT, "that tolerates no other");
	err_reset(&err);
	is_int(age_recipients_add_passphrase(to, SLICE("x"), &err), ERR_CONFLICT, "not even another passphrase");
	err_reset(&err);
	is_int(age_recipients_add_passphrase(other, SLICE("x"), &err), ERR_CONFLICT, "and does not join one");
	err_reset(&err);
	succeeds(age_seal(to, SLICE("a treasure"), &file, &err), err, "a file is sealed");
	ok(age_wants_passphrase(buf_slice(&file)), "it wants a passphrase");
	is_int(age_open(with, buf_slice(&file), &out, &err), ERR_NO_KEY, "an identity does not open it");
	err_reset(&err);
	succeeds(age_identities_add_passphrase(wrong, SLICE("open barley"), &err), err, "a wrong passphrase");
	is_int(age_open(wrong, buf_slice(&file), &out, &err), ERR_NO_KEY, "does not either");
	err_reset(&err);
	succeeds(age_identities_add_passphrase(with, SLICE("open sesame"), &err), err, "the right one");
	succeeds(age_open(with, buf_slice(&file), &out, &err), err, "does");
	is_slice(buf_slice(&out), SLICE("a treasure"), "to the plaintext");
	/* The MAC would fail as well, but only after the work of deriving the key. */
	buf_reset(&out);
	if (buf_str(&beside, "age-encryption.org/v1\n-> other\n\n", &err) != 0 ||
	    buf_append(&beside, slice_from(buf_slice(&file), strlen("age-encryption.org/v1\n")), &err) != 0)
		bail_out("out of memory");
	is_int(age_open(with, buf_slice(&beside), &out, &err), ERR_SYNTAX, "a stanza beside a passphrase is refused");
	err_reset(&err);
	ok(!age_wants_passphrase(buf_slice(&beside)), "and no passphrase is asked for");
	buf_reset(&file);
	succeeds(age_seal_armored(other, SLICE("x"), &file, &err), err, "another file");
	ok(!age_wants_passphrase(buf_slice(&file)), "wants none");
	ok(!age_wants_passphrase(SLICE("junk")), "nor does junk");
}

int
main(void)
{
	check_round_trips();
	check_many();
	check_damage();
	check_keys();
	check_recipients();
	check_generate();
	check_passphrase();
	return done_testing();
}
