#ifndef CRYPTO_X25519_H
#define CRYPTO_X25519_H

#include <stdint.h>

#include "base/error.h"

/*
 * X25519 (RFC 7748).  Scalars are clamped inside, so any 32 bytes are a private key.
 */
#define X25519_LEN	32

/* The public key of ${scalar}. */
void	x25519_public(const uint8_t scalar[static X25519_LEN], uint8_t out[static X25519_LEN]);
/*
 * The secret shared between ${scalar} and the owner of ${point}.  ERR_CRYPTO, ${out} wiped, when it is
 * all zero: ${point} is one of the few of low order, and whoever sent it knows the result in advance.
 */
int	x25519_shared(const uint8_t scalar[static X25519_LEN], const uint8_t point[static X25519_LEN],
	    uint8_t out[static X25519_LEN], struct error *err) WARN_UNUSED;

#endif
