#ifndef CRYPTO_HMAC_H
#define CRYPTO_HMAC_H

#include <stdint.h>

#include "base/error.h"
#include "base/slice.h"
#include "crypto/digest.h"

/*
 * HMAC (RFC 2104) with SHA-1, SHA-256 or SHA-512; keys of any length, the empty one included.
 * Compare results with secret_equal().
 */

/* In one go.  ERR_CRYPTO, ERR_MEMORY. */
int	hmac_sha1(struct slice key, struct slice bytes, uint8_t out[static DIGEST_SHA1_LEN],
	    struct error *err) WARN_UNUSED;
int	hmac_sha256(struct slice key, struct slice bytes, uint8_t out[static DIGEST_SHA256_LEN],
	    struct error *err) WARN_UNUSED;

/*
 * A stream under one key: any number of hmac_update(), then hmac_final(), which writes
 * digest_len(kind) bytes; the next hmac_update() begins a new message under the same key, at a third
 * of the price of a new object.  The key is copied.
 */
struct hmac;

int	hmac_new(enum digest_kind kind, struct slice key, struct hmac **out, struct error *err) WARN_UNUSED;
int	hmac_update(struct hmac *hmac, struct slice bytes, struct error *err) WARN_UNUSED;
int	hmac_final(struct hmac *hmac, uint8_t *out, struct error *err) WARN_UNUSED;
void	hmac_reset(struct hmac *hmac);		/* forgets what was fed, keeps the key */
void	hmac_free(struct hmac *hmac);
DEFINE_CLEANUP(struct hmac, hmac_free)

#endif
