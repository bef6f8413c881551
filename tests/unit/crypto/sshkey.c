#include "crypto/sshkey.h"

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
	return slice_trim(buf_slice(into));
}

static const struct {
	const char		*file, *what;
	int			 kind;
	enum sshkey_kind	 type;
	bool			 locked;
	const char		*public;	/* the file of its public half */
} privates[] = {
	{ "ed25519", "an Ed25519 key", 0, SSHKEY_ED25519, false, "ed25519.pub" },
	{ "rsa", "an RSA key", 0, SSHKEY_RSA, false, "rsa.pub" },
	{ "rsa-pkcs1", "an RSA key in PKCS #1", 0, SSHKEY_RSA, false, "rsa.pub" },
	{ "rsa-pkcs8", "an RSA key in PKCS #8", 0, SSHKEY_RSA, false, "rsa.pub" },
	{ "locked", "the public half of a key under a passphrase", 0, SSHKEY_ED25519, true, "locked.pub" },
	{ "rsa-pkcs1-locked", "a key under a passphrase whose public half cannot be read", ERR_UNSUPPORTED, SSHKEY_RSA, false, NULL },
	{ "ecdsa", "an ECDSA key", ERR_UNSUPPORTED, SSHKEY_RSA, false, NULL },
	{ "ed25519-pkcs8", "an Ed25519 key in PKCS #8", ERR_TYPE, SSHKEY_RSA, false, NULL },
	{ "rsa-short", "an RSA key of 1024 bits", ERR_RANGE, SSHKEY_RSA, false, NULL },
	{ "ed25519.pub", "a public key in the place of a private one", ERR_SYNTAX, SSHKEY_RSA, false, NULL },
};

static void
check_private(void)
{
	CLEANUP(buf_release) struct buf text = BUF_SECRET(MIB), line = BUF(MIB);

	for (size_t i = 0; i < sizeof(privates) / sizeof(*privates); i++) {
		CLEANUP(sshkey_freep) struct sshkey	*key = NULL, *public = NULL;
		struct error				 err = ERROR_INIT;

		ok(sshkey_private_parse(load(privates[i].file, &text), SLICE_NONE, &key, &err) == privates[i].kind, "%s: %s", privates[i].what,
		    privates[i].kind == 0 ? "read" : "refused");
		if (privates[i].kind != 0 || key == NULL) {
			printf("#   %s\n", err.text);
			continue;
		}
		is_int(key->kind, privates[i].type, "with its type");
		is_int(key->is_locked, privates[i].locked, "locked or not");
		is_int(key->is_private, !privates[i].locked, "private or not");
		if (succeeds(sshkey_public_parse(load(privates[i].public, &line), &public, &err), err, "its public half is read"))
			is_slice(buf_slice(&key->wire), buf_slice(&public->wire), "and is the same");
	}
}

static void
check_public(void)
{
	static const struct {
		const char	*line;
		int		 kind;
	} bad[] = {
		{ "", ERR_SYNTAX }, { "ssh-ed25519", ERR_SYNTAX }, { "ssh-ed25519 ", ERR_SYNTAX }, { "ssh-ed25519 AAAA", ERR_SYNTAX },
		{ "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIA+hk8ao7skkckLpNv9I8bWDpKldkW18ZHlZHYnIj12A", ERR_SYNTAX },
		{ "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA+hk8ao7skkckLpNv9I8bWDpKldkW18ZHlZHYnIj1==", ERR_SYNTAX },
		{ "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA+hk8ao7skkckLpNv9I8bWDpKldkW18ZHlZHYnIj12AAAAA", ERR_SYNTAX },
		{ "ssh-ed25519  AAAAC3NzaC1lZDI1NTE5AAAAIA+hk8ao7skkckLpNv9I8bWDpKldkW18ZHlZHYnIj12A", ERR_SYNTAX },
		{ "ssh-dss AAAAB3NzaC1kc3M=", ERR_UNSUPPORTED }, { "ecdsa-sha2-nistp256 AAAA", ERR_UNSUPPORTED },
	};
	CLEANUP(buf_release) struct buf		 line = BUF(MIB);
	CLEANUP(sshkey_freep) struct sshkey	*key = NULL, *other = NULL;
	struct error				 err = ERROR_INIT;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		err_reset(&err);
		ok(sshkey_public_parse(slice_str(bad[i].line), &key, &err) == bad[i].kind, "refused as a public key: '%s'", bad[i].line);
	}
	err_reset(&err);
	succeeds(sshkey_public_parse(SLICE("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA+hk8ao7skkckLpNv9I8bWDpKldkW18ZHlZHYnIj12A"), &key,
	    &err), err, "a line without a comment is read");
	succeeds(sshkey_public_parse(load("ed25519.pub", &line), &other, &err), err, "and one with a comment of two words");
	is_slice(buf_slice(&key->wire), buf_slice(&other->wire), "to the same key");
}

/* Every cipher and form that ssh-keygen writes and we read (testdata/ssh/SOURCE). */
static void
check_unlock(void)
{
	static const struct {
		const char	*file, *public_opt, *passphrase, *what;
		int		 kind;
	} cases[] = {
		{ "locked", NULL, "a passphrase", "aes256-ctr", 0 },
		{ "locked-cbc", NULL, "a passphrase", "aes256-cbc, one round", 0 },
		{ "locked-rsa", NULL, "a passphrase", "an RSA key", 0 },
		{ "locked-gcm", NULL, "a passphrase", "a cipher that we do not have", ERR_UNSUPPORTED },
		{ "rsa-pkcs1-locked", "rsa.pub", "secret", "PKCS #1", 0 },
		{ "rsa-pkcs8-locked", "rsa.pub", "secret", "PKCS #8", 0 },
		{ "rsa-pkcs8-locked", "locked-rsa.pub", "secret", "the public half of another key beside it", ERR_SYNTAX },
		{ "locked", NULL, "a passphrasf", "a wrong passphrase", ERR_DENIED },
		{ "locked-cbc", NULL, "", "no passphrase", ERR_RANGE },
		{ "rsa-pkcs8-locked", "rsa.pub", "Secret", "a wrong passphrase for PKCS #8", ERR_DENIED },
	};
	CLEANUP(buf_release) struct buf text = BUF_SECRET(MIB), line = BUF(MIB);

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		CLEANUP(sshkey_freep) struct sshkey	*key = NULL;
		struct error				 err = ERROR_INIT;
		struct slice				 public = cases[i].public_opt != NULL ? load(cases[i].public_opt, &line) : SLICE_NONE;

		if (!succeeds(sshkey_private_parse(load(cases[i].file, &text), public, &key, &err), err, "a locked key is read"))
			continue;
		is_int(key->is_locked, true, "and is locked");
		is_int(sshkey_unlock(key, slice_str(cases[i].passphrase), &err), cases[i].kind, cases[i].what);
		is_int(key->is_locked, cases[i].kind != 0, "it stays so when it is not opened");
		is_int(key->is_private, cases[i].kind == 0, "and has no private half then");
	}
}

/* Whatever is cut from a private key or flipped in it, nothing breaks; what parses still has matching halves. */
static void
check_damage(const char *name)
{
	CLEANUP(buf_release) struct buf	text = BUF_SECRET(MIB);
	struct error			err = ERROR_INIT;
	struct slice			whole = load(name, &text);
	unsigned			cut_read = 0, flipped_read = 0;

	for (size_t cut = 0; cut < whole.len; cut++) {
		CLEANUP(sshkey_freep) struct sshkey *key = NULL;

		cut_read += sshkey_private_parse(slice_sub(whole, 0, cut), SLICE_NONE, &key, &err) == 0;
		err_reset(&err);
	}
	is_int(cut_read, 0, "no beginning of a key file is read");
	for (size_t at = 40; at + 40 < whole.len; at += 3) {
		CLEANUP(sshkey_freep) struct sshkey	*key = NULL;
		uint8_t					 kept = text.data[at];

		if (kept == '\n')
			continue;
		text.data[at] = kept == 'A' ? 'B' : 'A';
		flipped_read += sshkey_private_parse(whole, SLICE_NONE, &key, &err) == 0;
		text.data[at] = kept;
		err_reset(&err);
	}
	/* The seed itself, the check number and the comment cannot be told from others. */
	ok(flipped_read < whole.len / 4, "most changed characters are noticed (%u are not)", flipped_read);
}

int
main(void)
{
	check_private();
	check_public();
	check_unlock();
	check_damage("ed25519");
	return done_testing();
}
