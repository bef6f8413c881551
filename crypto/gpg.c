#include "crypto/gpg.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/num.h"
#include "base/run.h"
#include "crypto/gpg_status.h"

#define FINGERPRINT_MIN	16			/* hexadecimal digits: a long key ID */
#define FINGERPRINT_MAX	64
#define LIST_TIMEOUT	30000			/* ms */
#define GPG_BAD_PASSPHRASE	11
#define GPG_NO_PINENTRY		85
#define GPG_CANCELED	99
#define GPG_FULLY_CANCELED	198

/* gpg's own words: the line that says why the key did not serve, else the last that it wrote; without its name. */
static struct slice
last_words(const struct buf *said)
{
	struct slice text = slice_trim(buf_slice(said)), line = SLICE_NONE;

	while (slice_split(&text, '\n', &line)) {
		if (slice_starts(line, SLICE("gpg: ")))
			line = slice_from(line, 5);
		if (slice_starts(line, SLICE("public key decryption failed: ")))
			return line;
	}
	return line.len > 0 ? line : SLICE("it gave no reason");
}

/* ms.  Wrapping asks for no passphrase; unwrapping may, and has somebody look for a token. */
static struct {
	unsigned wrap, unwrap;
} patience = { 60 * 1000, 10 * 60 * 1000 };

void
gpg_set_patience(unsigned ms)
{
	patience.wrap = patience.unwrap = ms;
}

struct child {
	const char	*program;
	struct buf	 status_text, said;
	struct gpg_status status;
	int		 exit;			/* as run_command() has it */
};

static struct child
child_of(const char *program_opt)
{
	const char *chosen = getenv("SOPS_GPG_EXEC");

	if (program_opt == NULL)
		program_opt = chosen != NULL && *chosen != '\0' ? chosen : "gpg";
	return (struct child){ .program = program_opt, .status_text = BUF(MIB), .said = BUF(MIB) };
}

static void
child_release(struct child *child)
{
	buf_release(&child->status_text);
	buf_release(&child->said);
}

/* pinentry on a terminal needs to know which; gpg itself looks at standard input, which is a pipe here. */
static bool
terminal(char *variable, size_t size)
{
	size_t name = strlen("GPG_TTY=");

	if (getenv("GPG_TTY") != NULL)
		return false;
	(void)memcpy(variable, "GPG_TTY=", name);
	for (int fd = 0; fd <= 2; fd++)
		if (ttyname_r(fd, variable + name, size - name) == 0)
			return true;
	return false;
}

static int
run_gpg(struct child *child, const char *const *argv, struct slice input, unsigned timeout_ms, struct buf *out,
    struct error *err)
{
	char		 tty[300];
	const char	*env[] = { "LC_ALL=C", terminal(tty, sizeof(tty)) ? tty : NULL, NULL };
	struct run	 run = {
		.argv = argv, .env_add_opt = env, .input = input, .out_opt = out, .err_opt = &child->said,
		.aux_opt = &child->status_text, .timeout_ms = timeout_ms,
	};
	struct error	 wrong = ERROR_INIT;
	int		 rc = run_command(&run, &child->exit, &wrong);

	if (rc == ERR_NOT_FOUND) {
		(void)err_set(err, ERR_CHILD, "gpg cannot be run: %s", wrong.text);
		return err_hint(err, "install GnuPG, or name the program in SOPS_GPG_EXEC");
	}
	if (rc != 0) {
		(void)err_set(err, wrong.kind, "gpg failed: %s", wrong.text);
		if (rc == ERR_TIMEOUT)
			(void)err_hint(err, "its agent may hang: 'gpgconf --kill gpg-agent' ends it, and gpg starts another");
		return (int)wrong.kind;
	}
	child->status = gpg_status_parse(buf_slice(&child->status_text));
	return 0;
}

/* --- wrapping --------------------------------------------------------------------------------------------------- */

static bool
is_hex_digit(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
}

/* Append ${fingerprint} without blanks as a string: hexadecimal digits and perhaps '!', so never an option. */
static int
add_fingerprint(struct slice fingerprint, struct buf *strings, struct error *err)
{
	struct slice	rest = slice_trim(fingerprint);
	size_t		digits = 0;
	int		rc;

	if (slice_starts(rest, SLICE("0x")) || slice_starts(rest, SLICE("0X")))
		rest = slice_from(rest, 2);
	for (size_t i = 0; i < rest.len; i++) {
		uint8_t c = rest.data[i];

		if (c == ' ')
			continue;
		if (!is_hex_digit(c) && (c != '!' || i + 1 != rest.len))
			return err_set(err, ERR_SYNTAX, "'%.*s' is not an OpenPGP fingerprint", SLICE_ARG(fingerprint));
		digits += c != '!';
		if ((rc = buf_byte(strings, c, err)) != 0)
			return rc;
	}
	if (digits < FINGERPRINT_MIN || digits > FINGERPRINT_MAX)
		return err_set(err, ERR_SYNTAX, "'%.*s' is not an OpenPGP fingerprint (%d to %d hexadecimal digits)",
		    SLICE_ARG(fingerprint), FINGERPRINT_MIN, FINGERPRINT_MAX);
	return buf_byte(strings, '\0', err);
}

/*
 * What gpg knows of a key: doc/DETAILS, the second field of "pub" in its listing is its validity, the twelfth what it can
 * be used for, in capitals with all its subkeys.  NULL: there is no such key.
 */
static const char *
describe(const struct child *wrapped, struct slice recipient)
{
	CLEANUP(child_release) struct child	child = child_of(wrapped->program);
	CLEANUP(buf_release) struct buf		listing = BUF(MIB), name = BUF(1000);
	struct error				unheard = ERROR_INIT;
	struct slice				rest, line, field[12];

	if (buf_append(&name, recipient, &unheard) != 0 || buf_terminate(&name, &unheard) != 0)
		return NULL;
	const char *const argv[] = {
		child.program, "--batch", "--no-tty", "--status-fd", "3", "--with-colons", "--list-keys",
		(const char *)name.data, NULL,
	};

	if (run_gpg(&child, argv, SLICE_NONE, LIST_TIMEOUT, &listing, &unheard) != 0)
		return NULL;
	for (rest = buf_slice(&listing); rest.data != NULL && slice_split(&rest, '\n', &line);) {
		size_t n = 0;

		if (!slice_starts(line, SLICE("pub:")))
			continue;
		while (n < 12 && line.data != NULL && slice_split(&line, ':', &field[n]))
			n++;
		if (n < 12)
			return NULL;
		return slice_eq(field[1], SLICE("e")) ? "has expired" : slice_eq(field[1], SLICE("r")) ? "is revoked" :
		    slice_find(field[11], 'D', 0) < field[11].len ? "is disabled" :
		    slice_find(field[11], 'E', 0) == field[11].len ? "cannot be used to encrypt" : "is not usable";
	}
	return NULL;
}

/* doc/DETAILS: the reasons of INV_RECP; 0 is all that gpg says of a key that has expired, for one. */
static int
wrap_refused(const struct child *child, struct error *err)
{
	const struct gpg_status		*status = &child->status;
	const char			*what;
	static const char *const	reasons[] = {
		[2] = "is ambiguous", [3] = "cannot be used to encrypt", [4] = "is revoked", [5] = "has expired",
		[9] = "is not a secret key", [10] = "is not trusted", [13] = "is disabled",
	};
	size_t				n = sizeof(reasons) / sizeof(*reasons), reason = (size_t)status->refusal;

	if (reason < n && reasons[reason] != NULL)
		return err_set(err, ERR_CHILD, "OpenPGP key '%.*s' %s", SLICE_ARG(status->refused), reasons[reason]);
	if ((what = describe(child, status->refused)) != NULL) {
		(void)err_set(err, ERR_CHILD, "OpenPGP key '%.*s' %s", SLICE_ARG(status->refused), what);
		return err_hint(err, "ask its owner for a newer one, or leave it out");
	}
	(void)err_set(err, ERR_NOT_FOUND, "gpg has no usable public key '%.*s'", SLICE_ARG(status->refused));
	return err_hint(err, "import it with 'gpg --import', or fetch it with 'gpg --recv-keys'");
}

int
gpg_wrap(const char *program_opt, const struct slice *fingerprints, size_t n, struct slice plain, unsigned flags,
    struct buf *out, struct error *err)
{
	CLEANUP(child_release) struct child	child = child_of(program_opt);
	CLEANUP(buf_release) struct buf		strings = BUF(MIB), vector = BUF(MIB);
	/* The caller named each key by its fingerprint: there is no trust left to decide. */
	const char *const			fixed[] = {
		child.program, "--batch", "--no-tty", "--status-fd", "3", "--trust-model", "always", "--no-default-recipient",
		"--no-encrypt-to", flags & GPG_ARMOR ? "--armor" : "--no-armor", "--output", "-", "--encrypt",
	};
	const char				*end = NULL, *at;
	size_t					 start = out->len;
	int					 rc;

	if (n == 0)
		return err_set(err, ERR_RANGE, "no OpenPGP key to encrypt to");
	for (size_t i = 0; i < n; i++)
		if ((rc = add_fingerprint(fingerprints[i], &strings, err)) != 0)
			return rc;
	if ((rc = buf_append(&vector, slice_of(fixed, sizeof(fixed)), err)) != 0)
		return rc;
	at = (const char *)strings.data;
	for (size_t i = 0; i < n; i++, at += strlen(at) + 1) {
		const char *const pair[] = { "--recipient", at };

		if ((rc = buf_append(&vector, slice_of(pair, sizeof(pair)), err)) != 0)
			return rc;
	}
	if ((rc = buf_append(&vector, slice_of(&end, sizeof(end)), err)) != 0)
		return rc;
	rc = run_gpg(&child, (const char *const *)(const void *)vector.data, plain, patience.wrap, out, err);
	if (rc == 0 && child.status.refused.data != NULL)
		rc = wrap_refused(&child, err);
	else if (rc == 0 && (child.exit != 0 || !child.status.encrypted || out->len == start))
		rc = err_set(err, ERR_CHILD, "gpg cannot encrypt: %.*s", SLICE_ARG(last_words(&child.said)));
	if (rc != 0)
		buf_truncate(out, start);
	return rc;
}

/* --- unwrapping ------------------------------------------------------------------------------------------------- */

static int
judge_unwrap(const struct child *child, struct error *err)
{
	const struct gpg_status	*status = &child->status;
	struct slice		 words = last_words(&child->said);

	/* One message, all of it encrypted, and verified as a whole: anything else is not what was wrapped. */
	if (child->exit == 0 && status->begun == 1 && status->plaintexts == 1 && status->okay == 1 && status->ended == 1 &&
	    status->protected && !status->bad_mdc && !status->failed)
		return 0;
	if (status->failure == GPG_CANCELED || status->failure == GPG_FULLY_CANCELED)
		return err_set(err, ERR_CANCELLED, "the passphrase window of gpg was closed");
	if (status->bad_mdc || status->okay > 0 || status->plaintexts > 0)
		return err_set(err, ERR_TAMPERED, "OpenPGP message is damaged or not protected: %.*s", SLICE_ARG(words));
	/* gpg 2.4 says of a key that did not serve, too, that it has none: the reason comes first. */
	if (status->failure == GPG_BAD_PASSPHRASE)
		return err_set(err, ERR_DENIED, "the passphrase that gpg was given is wrong");
	/* pinentry without a terminal says so in its own number, and gpg in these words. */
	if (status->failure == GPG_NO_PINENTRY || slice_ends(words, SLICE("Inappropriate ioctl for device"))) {
		(void)err_set(err, ERR_CHILD, "gpg cannot ask for the passphrase of its key: %.*s", SLICE_ARG(words));
		return err_hint(err, "install a pinentry program, set GPG_TTY to the terminal ('export GPG_TTY=$(tty)'), or use "
		    "the key with gpg first");
	}
	if (status->no_seckey.data != NULL) {
		(void)err_set(err, ERR_NO_KEY, "gpg has no secret key '%.*s'", SLICE_ARG(status->no_seckey));
		return err_hint(err, "import the secret key with 'gpg --import', connect its token, or set GNUPGHOME to where "
		    "it is");
	}
	if (status->no_data)
		return err_set(err, ERR_SYNTAX, "not an OpenPGP message");
	return err_set(err, ERR_CHILD, "gpg cannot decrypt: %.*s", SLICE_ARG(words));
}

int
gpg_unwrap(const char *program_opt, struct slice message, struct buf *out, struct error *err)
{
	CLEANUP(child_release) struct child	child = child_of(program_opt);
	const char *const			argv[] = {
		child.program, "--batch", "--no-tty", "--status-fd", "3", "--output", "-", "--decrypt", NULL,
	};
	size_t					start = out->len;
	int					rc;

	if ((rc = run_gpg(&child, argv, message, patience.unwrap, out, err)) != 0 || (rc = judge_unwrap(&child, err)) != 0)
		buf_truncate(out, start);
	return rc;
}
