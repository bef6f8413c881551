#include "crypto/gpg.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/tap.h"

static char folder[] = "/tmp/hub-gpg.XXXXXX";

/* A shell command of the test itself, in the folder; its first line of output, NULL when it failed. */
static char *
shell(const char *command)
{
	static char	line[200];
	char		whole[2000];
	FILE		*out;

	(void)snprintf(whole, sizeof(whole), "cd '%s' && { %s; } 2>/dev/null", folder, command);
	if ((out = popen(whole, "re")) == NULL)
		return NULL;
	line[0] = '\0';
	if (fgets(line, sizeof(line), out) != NULL)
		line[strcspn(line, "\n")] = '\0';
	while (fgetc(out) != EOF)
		continue;
	return pclose(out) == 0 ? line : NULL;
}

static struct slice
file(const char *name, struct buf *into)
{
	struct error	err = ERROR_INIT;
	char		path[200], part[8192];
	FILE		*from;
	size_t		n;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	buf_reset(into);
	if ((from = fopen(path, "re")) == NULL)
		bail_out("a file of the test is missing");
	while ((n = fread(part, 1, sizeof(part), from)) > 0)
		if (buf_append(into, slice_of(part, n), &err) != 0)
			bail_out("out of memory");
	(void)fclose(from);
	return buf_slice(into);
}

static void
check_real(const char *fingerprint)
{
	CLEANUP(buf_release) struct buf	message = BUF(100000), out = BUF_SECRET(100000);
	struct slice			key = slice_str(fingerprint), pair[2];
	struct error			err = ERROR_INIT;
	char				spaced[100];

	for (unsigned flags = 0; flags <= GPG_ARMOR; flags++) {
		buf_reset(&message);
		buf_reset(&out);
		succeeds(gpg_wrap(NULL, &key, 1, SLICE("a \0 key"), flags, &message, &err), err, "a key is wrapped");
		ok(slice_starts(buf_slice(&message), SLICE("-----BEGIN PGP MESSAGE-----\n")) == (flags == GPG_ARMOR),
		    "as text only when asked");
		succeeds(gpg_unwrap(NULL, buf_slice(&message), &out, &err), err, "and unwrapped");
		is_slice(buf_slice(&out), SLICE("a \0 key"), "to the key");
	}
	(void)snprintf(spaced, sizeof(spaced), " %.20s  %s ", fingerprint, fingerprint + 20);
	pair[0] = slice_str(spaced);
	pair[1] = SLICE("0x0123456789ABCDEF0123456789ABCDEF01234567");
	buf_reset(&message);
	succeeds(gpg_wrap(NULL, pair, 1, SLICE("x"), 0, &message, &err), err, "blanks in a fingerprint are fine");
	buf_reset(&message);
	is_int(gpg_wrap(NULL, pair, 2, SLICE("x"), 0, &message, &err), ERR_NOT_FOUND, "an unknown key is an error");
	ok(strstr(err.text, "0123456789ABCDEF0123456789ABCDEF01234567") != NULL, "that names the key");
	is_int(message.len, 0, "and nothing is written, even for the known one");

	err_reset(&err);
	if (gpg_wrap(NULL, &key, 1, SLICE("a key"), 0, &message, &err) != 0)
		bail_out(err.text);
	buf_reset(&out);
	message.data[message.len - 10] ^= 1;
	is_int(gpg_unwrap(NULL, buf_slice(&message), &out, &err), ERR_TAMPERED, "a flipped bit is noticed");
	err_reset(&err);
	ok(gpg_unwrap(NULL, slice_sub(buf_slice(&message), 0, message.len - 30), &out, &err) != 0, "and a cut");
	err_reset(&err);
	is_int(gpg_unwrap(NULL, SLICE("junk"), &out, &err), ERR_SYNTAX, "what is no message is refused");
	err_reset(&err);
	is_int(gpg_unwrap(NULL, SLICE_NONE, &out, &err), ERR_SYNTAX, "and nothing");
	err_reset(&err);
	if (shell("echo plain | gpg --batch --store -o stored; echo plain | gpg --batch --trust-model always --rfc2440 "
	    "--disable-mdc -o bare -e -r alice && echo done") == NULL)
		bail_out("gpg cannot make the messages of the test");
	is_int(gpg_unwrap(NULL, file("stored", &message), &out, &err), ERR_TAMPERED, "a message that is not encrypted is refused");
	err_reset(&err);
	is_int(gpg_unwrap(NULL, file("bare", &message), &out, &err), ERR_TAMPERED, "and one without integrity protection");
	err_reset(&err);
	if (shell("gpg --batch --passphrase '' --quick-gen-key bob future-default default never; echo x | gpg --batch "
	    "--trust-model always -o bobs -e -r bob; f=$(gpg --list-keys --with-colons bob | awk -F: '/^fpr/{print $10; exit}'); "
	    "gpg --batch --yes --delete-secret-keys $f && echo done") == NULL)
		bail_out("gpg cannot make the keys of the test");
	is_int(gpg_unwrap(NULL, file("bobs", &message), &out, &err), ERR_NO_KEY, "somebody else's message says that the key is missing");
	is_int(out.len, 0, "nothing was released on the way");
}

static void
check_fingerprints(void)
{
	static const char *const	bad[] = { "", "alice@example.org", "--output=/tmp/x", "0123", "0123456789ABCDEF!0", "!",
	    "0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0" };
	CLEANUP(buf_release) struct buf	out = BUF(1000);
	struct error			err = ERROR_INIT;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct slice key = slice_str(bad[i]);

		err_reset(&err);
		ok(gpg_wrap("/nowhere/gpg", &key, 1, SLICE("x"), 0, &out, &err) == ERR_SYNTAX, "not a fingerprint: '%s'", bad[i]);
	}
	err_reset(&err);
	is_int(gpg_wrap(NULL, NULL, 0, SLICE("x"), 0, &out, &err), ERR_RANGE, "nothing is wrapped for nobody");
	err_reset(&err);
	is_int(gpg_unwrap("/nowhere/gpg", SLICE("x"), &out, &err), ERR_CHILD, "a missing program is an error");
	ok(strstr(err.hint, "SOPS_GPG_EXEC") != NULL, "with a hint");
}

/* What a program says on its status lines, and whether that is a decrypted message. */
static void
check_status(void)
{
#define BEGIN	"[GNUPG:] BEGIN_DECRYPTION\n"
#define INFO	"[GNUPG:] DECRYPTION_INFO 2 9 0\n"
#define PLAIN	"[GNUPG:] PLAINTEXT 62 0 \n"
#define OKAY	"[GNUPG:] DECRYPTION_OKAY\n"
#define MDC	"[GNUPG:] GOODMDC\n"
#define END	"[GNUPG:] END_DECRYPTION\n"
	static const struct {
		const char	*lines;
		int		 exit, kind;
		const char	*what;
	} cases[] = {
		{ BEGIN INFO PLAIN OKAY MDC END, 0, 0, "the usual lines" },
		{ BEGIN "[GNUPG:] DECRYPTION_INFO 0 9 2\n" PLAIN OKAY END, 0, 0, "an AEAD mode instead of an MDC" },
		{ "[GNUPG:] NO_SECKEY 1\n[GNUPG:] NEW_LINE x\n" BEGIN INFO PLAIN OKAY MDC END, 0, 0, "another recipient, an unknown line" },
		{ BEGIN INFO PLAIN OKAY MDC END, 2, ERR_TAMPERED, "a failing exit status" },
		{ "", 0, ERR_CHILD, "no line at all" },
		{ BEGIN INFO PLAIN OKAY END, 0, ERR_TAMPERED, "no integrity protection" },
		{ PLAIN BEGIN INFO PLAIN OKAY MDC END, 0, ERR_TAMPERED, "plaintext before the encrypted part" },
		{ BEGIN INFO PLAIN OKAY MDC END PLAIN, 0, ERR_TAMPERED, "plaintext behind it" },
		{ BEGIN INFO PLAIN PLAIN OKAY MDC END, 0, ERR_TAMPERED, "two plaintexts in it" },
		{ BEGIN INFO PLAIN OKAY MDC END BEGIN INFO PLAIN OKAY MDC END, 0, ERR_TAMPERED, "two messages" },
		{ BEGIN INFO PLAIN OKAY MDC "[GNUPG:] BADMDC\n" END, 0, ERR_TAMPERED, "a bad MDC" },
		{ BEGIN INFO PLAIN OKAY MDC "[GNUPG:] DECRYPTION_FAILED\n" END, 0, ERR_TAMPERED, "a failure at the end" },
		{ "gpg: " BEGIN INFO PLAIN OKAY MDC END, 0, ERR_TAMPERED, "a line that does not begin as it should" },
		{ "[GNUPG:] ERROR pkdecrypt_failed 83886179\n" BEGIN "[GNUPG:] DECRYPTION_FAILED\n" END, 2, ERR_CANCELLED,
		    "a closed passphrase window" },
		{ "[GNUPG:] ERROR pkdecrypt_failed 11\n" BEGIN "[GNUPG:] DECRYPTION_FAILED\n" END, 2, ERR_DENIED, "a wrong passphrase" },
		{ "[GNUPG:] ERROR pkdecrypt_failed 67108949\n" BEGIN "[GNUPG:] DECRYPTION_FAILED\n" END, 2, ERR_CHILD,
		    "no program that could ask for one" },
	};
	char path[100];

	(void)snprintf(path, sizeof(path), "%s/fake", folder);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		CLEANUP(buf_release) struct buf	out = BUF_SECRET(1000);
		struct error			err = ERROR_INIT;
		FILE				*script = fopen(path, "we");

		if (script == NULL || fprintf(script, "#!/bin/sh\ncat >/dev/null\necho secret\ncat >&3 <<'X'\n%sX\nexit %d\n",
		    cases[i].lines, cases[i].exit) < 0 || fclose(script) != 0 || chmod(path, 0700) != 0)
			bail_out("no program");
		ok(gpg_unwrap(path, SLICE("message"), &out, &err) == cases[i].kind, "%s: %s", cases[i].what,
		    cases[i].kind == 0 ? "accepted" : "refused");
		is_slice(buf_slice(&out), cases[i].kind == 0 ? SLICE("secret\n") : SLICE_NONE, "with the right output");
	}
}

/* Fails with words of its own on standard error, or does not end. */
static void
check_dead(void)
{
	CLEANUP(buf_release) struct buf	out = BUF_SECRET(1000);
	struct slice			key = SLICE("0123456789ABCDEF0123456789ABCDEF01234567");
	struct error			err = ERROR_INIT;
	char				path[100];

	(void)snprintf(path, sizeof(path), "%s/fake", folder);
	(void)shell("printf '#!/bin/sh\\necho gpg: public key decryption failed: Inappropriate ioctl for device >&2\\n"
	    "echo gpg: decryption failed: No secret key >&2\\nexit 2\\n' >fake");
	is_int(gpg_unwrap(path, SLICE("x"), &out, &err), ERR_CHILD, "gpg without a terminal is a failure");
	ok(strstr(err.text, "cannot ask for the passphrase") != NULL && strstr(err.hint, "GPG_TTY") != NULL, "that says what to do");
	gpg_set_patience(300);
	(void)shell("printf '#!/bin/sh\\nexec sleep 1000\\n' >fake");
	err_reset(&err);
	is_int(gpg_unwrap(path, SLICE("x"), &out, &err), ERR_TIMEOUT, "a gpg that hangs is given up when it decrypts");
	ok(strstr(err.hint, "gpgconf --kill gpg-agent") != NULL, "with what to do");
	err_reset(&err);
	is_int(gpg_wrap(path, &key, 1, SLICE("x"), 0, &out, &err), ERR_TIMEOUT, "and when it encrypts");
	gpg_set_patience(60000);
	(void)shell("printf '#!/bin/sh\\nkill -9 $$\\n' >fake");
	err_reset(&err);
	is_int(gpg_unwrap(path, SLICE("x"), &out, &err), ERR_CHILD, "one that is killed is a failure");
	is_int(out.len, 0, "nothing comes of any of them");
}

int
main(void)
{
	char *fingerprint;

	/* A gpg that ends before it has read all must not end us. */
	(void)signal(SIGPIPE, SIG_IGN);
	if (mkdtemp(folder) == NULL || setenv("GNUPGHOME", folder, 1) != 0 || unsetenv("SOPS_GPG_EXEC") != 0)
		bail_out("no folder");
	check_fingerprints();
	check_status();
	check_dead();
	if (shell("gpg --version") == NULL)
		skip("gpg is not installed", 1);
	else {
		if (shell("gpg --batch --passphrase '' --quick-gen-key alice future-default default never") == NULL ||
		    (fingerprint = shell("gpg --list-keys --with-colons alice | awk -F: '/^fpr/{print $10; exit}'")) == NULL)
			bail_out("gpg cannot make a key");
		check_real(fingerprint);
	}
	(void)shell("gpgconf --kill all; rm -rf \"$PWD\"");
	return done_testing();
}
