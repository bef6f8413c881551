#ifndef CRYPTO_DIGEST_H
#define CRYPTO_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/slice.h"

/*
 * SHA-1, SHA-256 and SHA-512.  A digest is not a MAC: for keyed authentication see hmac.h.
 */
enum digest_kind {
	DIGEST_SHA1,		/* only where a published format demands it (git, git-crypt) */
	DIGEST_SHA256,
	DIGEST_SHA512,
};

#define DIGEST_SHA1_LEN		20
#define DIGEST_SHA256_LEN	32
#define DIGEST_SHA512_LEN	64
#define DIGEST_MAX_LEN		64

/* In one go.  ERR_CRYPTO, ERR_MEMORY. */
int	digest_sha1(struct slice bytes, uint8_t out[static DIGEST_SHA1_LEN], struct error *err) WARN_UNUSED;
int	digest_sha256(struct slice bytes, uint8_t out[static DIGEST_SHA256_LEN], struct error *err) WARN_UNUSED;
int	digest_sha512(struct slice bytes, uint8_t out[static DIGEST_SHA512_LEN], struct error *err) WARN_UNUSED;

/*
 * A stream: any number of digest_update(), then digest_final(), which writes digest_len() bytes; the
 * next digest_update() begins a new message, so one object serves many.  digest_reset() forgets what
 * was fed.
 */
struct digest;

int	digest_new(enum digest_kind kind, struct digest **out, struct error *err) WARN_UNUSED;
int	digest_update(struct digest *digest, struct slice bytes, struct error *err) WARN_UNUSED;
int	digest_final(struct digest *digest, uint8_t *out, struct error *err) WARN_UNUSED;
void	digest_reset(struct digest *digest);
/* Make ${to} what ${from}, of the same kind, is now: a beginning that several messages share is hashed once. */
int	digest_copy(struct digest *to, const struct digest *from, struct error *err) WARN_UNUSED;
void	digest_free(struct digest *digest);
DEFINE_CLEANUP(struct digest, digest_free)

size_t	digest_len(enum digest_kind kind);

#endif
