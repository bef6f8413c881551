#include "crypto/age.h"

#include "base/ask.h"
#include "base/file.h"
#include "base/limits.h"
#include "tests/tap.h"

static struct slice
load(const char *name, struct buf *into)
{
	struct error	err = ERROR_INIT;
	char		path[200];

	(void)snprintf(path, sizeof(path), "testdata/ssh/%s", name);
	buf_reset(into);
	if (file_read(path, into, &err) != 0)
		bail_out(err.text);
	return buf_slice(into);
}

static struct age_identities *
identity(const char *name)
{
	CLEANUP(buf_release) struct buf	text = BUF_SECRET(MIB);
	struct age_identities		*with = NULL;
	struct error			 err = ERROR_INIT;

	if (age_identities_new(&with, &err) != 0 || age_identities_add_ssh(with, load(name, &text), SLICE_NONE, name, &err) != 0)
		bail_out(err.text);
	return with;
}

/* Sealed by age itself (testdata/ssh/SOURCE). */
static void
check_recorded(void)
{
	static const struct {
		const char	*file, *key;
		int		 kind;
	} cases[] = {
		{ "for-ed25519.age", "ed25519", 0 }, { "for-rsa.age", "rsa", 0 }, { "for-rsa.age", "rsa-pkcs1", 0 },
		{ "for-rsa.age", "rsa-pkcs8", 0 }, { "for-rsa.age", "ed25519", ERR_NO_KEY }, { "for-ed25519.age", "rsa", ERR_NO_KEY },
		{ "for-locked.age", "ed25519", ERR_NO_KEY }, { "for-ed25519.age", "locked", ERR_NO_KEY },
		{ "for-locked.age", "locked", ERR_UNSUPPORTED },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		CLEANUP(age_identities_freep) struct age_identities	*with = identity(cases[i].key);
		CLEANUP(buf_release) struct buf				file = BUF(MIB), out = BUF_SECRET(MIB);
		struct error						err = ERROR_INIT;

		ok(age_open(with, load(cases[i].file, &file), &out, &err) == cases[i].kind, "%s with %s: %s", cases[i].file,
		    cases[i].key, cases[i].kind == 0 ? "opened" : "refused");
		is_slice(buf_slice(&out), cases[i].kind == 0 ? SLICE("sealed by age\n") : SLICE_NONE, "with the right plaintext");
	}
}

static void
check_round_trip(void)
{
	static const char *const				keys[] = { "ed25519", "rsa" };
	CLEANUP(age_recipients_freep) struct age_recipients	*to = NULL;
	CLEANUP(buf_release) struct buf				file = BUF(MIB), line = BUF(MIB), out = BUF_SECRET(MIB), own = BUF(MIB);
	struct error						err = ERROR_INIT;

	if (age_recipients_new(&to, &err) != 0)
		bail_out("out of memory");
	for (size_t i = 0; i < 2; i++) {
		char name[50];

		(void)snprintf(name, sizeof(name), "%s.pub", keys[i]);
		succeeds(age_recipients_parse(to, load(name, &line), &err), err, "a .pub file is a recipients file");
	}
	succeeds(age_seal(to, SLICE("for SSH keys"), &file, &err), err, "a file for both is sealed");
	for (size_t i = 0; i < 2; i++) {
		CLEANUP(age_identities_freep) struct age_identities *with = identity(keys[i]);

		buf_reset(&out);
		succeeds(age_open(with, buf_slice(&file), &out, &err), err, "each of them opens it");
		is_slice(buf_slice(&out), SLICE("for SSH keys"), "to the plaintext");
		buf_reset(&own);
		succeeds(age_identities_recipient(with, 0, &own, &err), err, "and knows its recipient");
		succeeds(age_recipients_add(to, buf_slice(&own), &err), err, "which is one");
	}
}

static void
check_damage(const char *key)
{
	CLEANUP(age_identities_freep) struct age_identities	*with = identity(key);
	CLEANUP(buf_release) struct buf				file = BUF(MIB), out = BUF_SECRET(MIB);
	struct error						err = ERROR_INIT;
	char							name[50];
	unsigned						opened = 0;

	(void)snprintf(name, sizeof(name), "for-%s.age", key);
	(void)load(name, &file);
	for (size_t bit = 0; bit < file.len * 8; bit += 5) {
		file.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		opened += age_open(with, buf_slice(&file), &out, &err) == 0 || out.len != 0;
		err_reset(&err);
		file.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	is_int(opened, 0, "no file with a flipped bit opens");
}

/* --- under a passphrase -------------------------------------------------------------------------------------------- */

static const char	*answer, *prompted;
static unsigned		 questions;

static int
answer_secret(const char *prompt, struct secret **out, struct error *err)
{
	static char kept[1000];

	questions++;
	(void)snprintf(kept, sizeof(kept), "%s", prompt);
	prompted = kept;
	return answer == NULL ? err_set(err, ERR_CANCELLED, "no answer was given") : secret_copy(slice_str(answer), out, err);
}

/* Opens with one locked key, twice; both times the same comes of it. */
static int
open_locked(const char *file, const char *key, const char *public_opt, const char *given, struct buf *out)
{
	CLEANUP(age_identities_freep) struct age_identities	*with = NULL;
	CLEANUP(buf_release) struct buf				text = BUF_SECRET(MIB), public = BUF(MIB), sealed = BUF(MIB);
	struct error						err = ERROR_INIT, again = ERROR_INIT;
	int							first, second;

	answer = given;
	questions = 0;
	buf_reset(out);
	if (age_identities_new(&with, &err) != 0 || age_identities_add_ssh(with, load(key, &text),
	    public_opt != NULL ? load(public_opt, &public) : SLICE_NONE, key, &err) != 0)
		bail_out(err.text);
	first = age_open(with, load(file, &sealed), out, &err);
	buf_reset(out);
	second = age_open(with, buf_slice(&sealed), out, &again);
	ok(first == second && strcmp(err.text, again.text) == 0, "%s with %s: a second attempt ends as the first", file, key);
	return first;
}

static void
check_passphrases(void)
{
	static const struct asker	asker = { .secret = answer_secret };
	CLEANUP(buf_release) struct buf	out = BUF_SECRET(MIB);

	ask_through(&asker);
	is_int(open_locked("for-locked.age", "locked", NULL, "a passphrase", &out), 0, "the passphrase opens the key");
	is_slice(buf_slice(&out), SLICE("sealed by age\n"), "and the key the file");
	is_int(questions, 1, "it is asked for once");
	is_slice(slice_str(prompted), SLICE("Enter passphrase for \"locked\": "), "in the words of age");
	is_int(open_locked("for-locked.age", "locked", NULL, "another", &out), ERR_DENIED, "a wrong passphrase opens nothing");
	is_int(questions, 1, "and is asked for once");
	is_int(open_locked("for-locked.age", "locked", NULL, NULL, &out), ERR_CANCELLED, "nor does none");
	is_int(open_locked("for-ed25519.age", "locked", NULL, "a passphrase", &out), ERR_NO_KEY, "a file for another key");
	is_int(questions, 0, "needs no passphrase");
	is_int(open_locked("for-rsa.age", "rsa-pkcs1-locked", "rsa.pub", "secret", &out), 0, "an old form of key opens with its .pub file beside it");
	is_slice(buf_slice(&out), SLICE("sealed by age\n"), "to the plaintext");
	is_int(open_locked("for-rsa.age", "rsa-pkcs1-locked", "rsa.pub", "wrong", &out), ERR_DENIED, "not with a wrong passphrase");
	ask_through(NULL);
	is_int(open_locked("for-locked.age", "locked", NULL, "a passphrase", &out), ERR_UNSUPPORTED, "where there is nobody to ask it stays locked");
}

int
main(void)
{
	CLEANUP(age_identities_freep) struct age_identities	*both = identity("locked");
	CLEANUP(buf_release) struct buf				text = BUF_SECRET(MIB), out = BUF_SECRET(MIB);
	CLEANUP(age_recipients_freep) struct age_recipients	*to = NULL;
	CLEANUP(buf_release) struct buf				file = BUF(MIB), line = BUF(MIB);
	struct error						err = ERROR_INIT;

	check_recorded();
	check_round_trip();
	check_damage("ed25519");
	check_damage("rsa");

	/* A key that fits and is locked does not hide one that can be used. */
	if (age_identities_add_ssh(both, load("ed25519", &text), SLICE_NONE, "ed25519", &err) != 0 || age_recipients_new(&to, &err) != 0 ||
	    age_recipients_parse(to, load("locked.pub", &line), &err) != 0 ||
	    age_recipients_parse(to, load("ed25519.pub", &line), &err) != 0 || age_seal(to, SLICE("x"), &file, &err) != 0)
		bail_out(err.text);
	succeeds(age_open(both, buf_slice(&file), &out, &err), err, "behind a locked key the next one opens the file");
	is_int(err.kind, ERR_NONE, "and no error is left behind");

	check_passphrases();
	return done_testing();
}
