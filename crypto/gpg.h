#ifndef CRYPTO_GPG_H
#define CRYPTO_GPG_H

#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"

/*
 * OpenPGP by running gpg, never through a shell.  Secrets travel on pipes; the outcome is read from gpg's
 * status lines, and its exit status alone is never trusted.  gpg speaks to gpg-agent, which may ask the user
 * for a passphrase: the deadline on decryption, ten minutes, leaves time for that.
 */
enum gpg_flags {
	GPG_ARMOR	= 1,	/* the text form */
};

/*
 * gpg_wrap(program_opt, fingerprints, n, plain, flags, out, err):
 * Encrypt ${plain} to all of ${fingerprints} (16 to 64 hexadecimal digits, blanks allowed, '!' behind
 * it chooses a subkey) and append the message to ${out}.  Such a key needs no trust of gpg's: whoever
 * names a fingerprint has decided.  ${program_opt} is the program to run; NULL: the one named by SOPS_GPG_EXEC,
 * else "gpg".  ERR_RANGE (no fingerprint at all), ERR_SYNTAX (not a fingerprint), ERR_NOT_FOUND (no such
 * public key), ERR_CHILD (the key has expired, is revoked or disabled; gpg is missing or failed: its own words are in the
 * message), ERR_TIMEOUT.
 */
int	gpg_wrap(const char *program_opt, const struct slice *fingerprints, size_t n, struct slice plain,
	    unsigned flags, struct buf *out, struct error *err) WARN_UNUSED;

/*
 * gpg_unwrap(program_opt, message, out, err):
 * Decrypt ${message}, armored or not, and append the plaintext to ${out}, which must be a BUF_SECRET.
 * ERR_SYNTAX (no OpenPGP message), ERR_NO_KEY (no secret key at hand), ERR_CANCELLED (the user closed
 * the passphrase window), ERR_DENIED (the passphrase is wrong), ERR_TAMPERED (not integrity-protected, or damaged), ERR_CHILD
 * (also: it could not ask for the passphrase), ERR_TIMEOUT.
 */
int	gpg_unwrap(const char *program_opt, struct slice message, struct buf *out, struct error *err) WARN_UNUSED;

/* How long gpg may take, in ms; tests are less patient. */
void	gpg_set_patience(unsigned ms);

#endif
