#ifndef GITFILTER_BLOB_H
#define GITFILTER_BLOB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/slice.h"
#include "base/stream.h"
#include "gitfilter/keyfile.h"

/*
 * One encrypted file (FORMAT.md section 1), streaming, in constant memory.
 *
 * Sealing reads the plaintext twice: the nonce is a MAC over all of it.  The source must therefore be one that
 * can be rewound; crypto/spill.h makes one of anything.
 */
#define BLOB_MAGIC_LEN	10
#define BLOB_NONCE_LEN	12
#define BLOB_HEADER_LEN	(BLOB_MAGIC_LEN + BLOB_NONCE_LEN)
#define BLOB_PLAIN_MAX	UINT32_MAX		/* FORMAT.md 1.4 */

/* ERR_LIMIT, in the words that git-crypt has for it. */
int	blob_too_long(struct error *err);

/* Do these first bytes (at least BLOB_HEADER_LEN of a file) begin a blob? */
bool	blob_is(struct slice head);

/*
 * A key ready for use: contexts and a buffer that thousands of small files share.  The key file must
 * outlive it.
 */
struct blob_cipher;

int	blob_cipher_new(const struct keyfile *key, struct blob_cipher **out, struct error *err) WARN_UNUSED;
void	blob_cipher_free(struct blob_cipher *cipher);
DEFINE_CLEANUP(struct blob_cipher, blob_cipher_free)

/* Open with this version of the key from now on, and not with version 0. */
void	blob_cipher_use_version(struct blob_cipher *cipher, uint32_t version);

/*
 * blob_seal(cipher, in, out, err):
 * Encrypt all of ${in} under the highest version of the key.  ERR_LIMIT at 4 GiB.  Nothing is written to
 * ${out} before the first pass is done; ERR_CONFLICT when the second finds another length.
 */
int	blob_seal(struct blob_cipher *cipher, struct source *in, struct sink *out, struct error *err) WARN_UNUSED;

/*
 * blob_open(cipher, in, out, err):
 * Decrypt a blob, header included, under version 0 of the key (or the one that was chosen).  ERR_TAMPERED when the tag is wrong: what went
 * to ${out} by then is not to be used, and it is for the caller to hold it back (filter.h says how much).
 * ERR_SYNTAX when ${in} is no blob, ERR_NO_KEY without a version 0.
 */
int	blob_open(struct blob_cipher *cipher, struct source *in, struct sink *out, struct error *err) WARN_UNUSED;

/* Is this a blob of this key?  Reads ${in} to its end; ERR_TAMPERED and ERR_SYNTAX are answers. */
int	blob_verify(struct blob_cipher *cipher, struct source *in, struct error *err) WARN_UNUSED;

#endif
