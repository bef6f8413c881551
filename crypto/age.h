#ifndef CRYPTO_AGE_H
#define CRYPTO_AGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"

/*
 * The age file (age-encryption.org/v1, C2SP age): a text header in which each recipient finds the file
 * key wrapped in a stanza of its own, a MAC over that header, then the payload in chunks of 64 KiB.
 *
 *	age-encryption.org/v1
 *	-> X25519 BASE64(ephemeral share)
 *	BASE64(wrapped file key), 64 columns a line, the last line shorter
 *	--- BASE64(HMAC-SHA-256 of everything up to and including "---")
 *	16-byte nonce, chunks of ChaCha20-Poly1305 under a counter, the last one marked
 *
 * Files are held in memory (LIMIT_AGE_FILE) and opened all or nothing: no byte is released before the
 * last chunk has verified.  Reading is strict, as the header's MAC must cover what everybody reads: LF
 * only, single spaces, canonical base64, no needless bytes anywhere.  Stanzas of unknown types are
 * ignored.  Recipient types are joined by a table in age.c; each is a file age_TYPE.c.
 *
 * Keys that need a person (a passphrase) or a program (a plugin) are tried last, and ask once; the question goes
 * through base/ask.h.
 */
#define AGE_FILE_KEY_LEN	16

/* Who may read: a list. */
struct age_recipients;

int	age_recipients_new(struct age_recipients **out, struct error *err) WARN_UNUSED;
void	age_recipients_free(struct age_recipients *to);
DEFINE_CLEANUP(struct age_recipients, age_recipients_free)

/*
 * age_recipients_add(to, text, err):
 * One recipient: "age1...", "ssh-ed25519 ..." or "ssh-rsa ..." (a line of a .pub file), or "age1NAME1...", which is sealed by
 * the program age-plugin-NAME on PATH (age_plugin.h); it is not started before age_seal().  ERR_SYNTAX
 * (malformed), ERR_UNSUPPORTED (a type that is known but not implemented), ERR_RANGE (an RSA key that is too short).
 */
int	age_recipients_add(struct age_recipients *to, struct slice text, struct error *err) WARN_UNUSED;
/* A recipients file: one a line, blank lines and lines that begin with '#' skipped; errors name the line. */
int	age_recipients_parse(struct age_recipients *to, struct slice text, struct error *err) WARN_UNUSED;
size_t	age_recipients_count(const struct age_recipients *to);
/*
 * Whoever knows ${passphrase}; it must be the only recipient, and deriving the key takes half a second and
 * 256 MiB.  ERR_CONFLICT beside another recipient (whichever came first), ERR_RANGE when it is empty.
 */
int	age_recipients_add_passphrase(struct age_recipients *to, struct slice passphrase,
	    struct error *err) WARN_UNUSED;

/* Who reads: a list of private keys, in guarded memory. */
struct age_identities;

enum age_identity_flags {
	AGE_IDENTITY_FILE	= 0,	/* blanks around a key are an error, as in age */
	AGE_IDENTITY_TRIM	= 1,	/* they are not (a key in an environment variable) */
};

int	age_identities_new(struct age_identities **out, struct error *err) WARN_UNUSED;
void	age_identities_free(struct age_identities *with);
DEFINE_CLEANUP(struct age_identities, age_identities_free)

/*
 * age_identities_parse(with, text, flags, err):
 * Add the keys of an identity file: "AGE-SECRET-KEY-1..." or "AGE-PLUGIN-NAME-1..." one a line, LF or CRLF, blank lines and lines
 * that begin with '#' skipped.  Any other line is ERR_SYNTAX (ERR_UNSUPPORTED for a known type that is
 * not implemented) at its line and column, and its text is never part of the message.  The first such
 * line is reported after all others have been read, so that one key of an unknown type does not hide the rest:
 * the caller may go on with what was added.  ERR_LIMIT beyond LIMIT_KEY_FILE or LIMIT_IDENTITIES.  A
 * text without any key adds none and is no error here: the caller knows whether that is one.
 */
int	age_identities_parse(struct age_identities *with, struct slice text, unsigned flags,
	    struct error *err) WARN_UNUSED;
/*
 * age_identities_add_ssh(with, text, public_opt, name, err):
 * A private SSH key file, Ed25519 or RSA, which opens what its public half is a recipient of.  When it is under a
 * passphrase, that is asked for when something is for this key; ${name} is what the question calls it.
 * ${public_opt}: the .pub file beside it, which keys under a passphrase need in forms other than OpenSSH's.  Errors:
 * sshkey_private_parse() in sshkey.h.
 */
int	age_identities_add_ssh(struct age_identities *with, struct slice text, struct slice public_opt, const char *name,
	    struct error *err) WARN_UNUSED;
/*
 * age_identities_add_locked(with, file, name, err):
 * An identity file that is itself an age file under a passphrase; it is opened, and its passphrase asked for, when nothing else
 * has fitted.  ERR_SYNTAX (malformed), ERR_UNSUPPORTED (encrypted to something other than a passphrase).
 */
int	age_identities_add_locked(struct age_identities *with, struct slice file, const char *name,
	    struct error *err) WARN_UNUSED;
/* A passphrase, for files that are encrypted to one (identity files often are).  It is copied. */
int	age_identities_add_passphrase(struct age_identities *with, struct slice passphrase,
	    struct error *err) WARN_UNUSED;
size_t	age_identities_count(const struct age_identities *with);
/* Append the recipient ("age1...") of identity ${index}.  ERR_UNSUPPORTED for types that have none. */
int	age_identities_recipient(const struct age_identities *with, size_t index, struct buf *out,
	    struct error *err) WARN_UNUSED;

/* Append a fresh "AGE-SECRET-KEY-1..." (without a line break) to ${out}, which must be a BUF_SECRET. */
int	age_identity_generate(struct buf *out, struct error *err) WARN_UNUSED;

/*
 * age_seal(to, plain, out, err):
 * Append one binary age file for all of ${to}.  ERR_RANGE when there is no recipient.
 * age_seal_armored() appends its text form, with a final line break.
 */
int	age_seal(const struct age_recipients *to, struct slice plain, struct buf *out,
	    struct error *err) WARN_UNUSED;
int	age_seal_armored(const struct age_recipients *to, struct slice plain, struct buf *out,
	    struct error *err) WARN_UNUSED;

/*
 * age_open(with, file, out, err):
 * Open ${file}, binary or armored, and append the plaintext to ${out}, which must be a BUF_SECRET.
 * ERR_SYNTAX (malformed armor, header or stanza), ERR_LIMIT (also an scrypt work factor beyond
 * LIMIT_SCRYPT_LOG_N), ERR_NO_KEY (no identity fits), ERR_UNSUPPORTED (only one fits that we cannot
 * use), ERR_MAC (the header's MAC differs), ERR_TAMPERED (the payload is damaged or cut); ${out} is
 * untouched then.
 */
int	age_open(const struct age_identities *with, struct slice file, struct buf *out,
	    struct error *err) WARN_UNUSED;

/* Does ${file} begin like an age file, binary or armored? */
bool	age_recognised(struct slice file);
/* Is it one that only a passphrase opens?  False for what is malformed: age_open() says why. */
bool	age_wants_passphrase(struct slice file);

#endif
