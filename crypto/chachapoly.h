#ifndef CRYPTO_CHACHAPOLY_H
#define CRYPTO_CHACHAPOLY_H

#include <stdint.h>

#include "base/error.h"
#include "base/slice.h"

/*
 * ChaCha20-Poly1305 (RFC 8439: 12-byte nonce, 16-byte tag behind the ciphertext), without associated
 * data.  A nonce must never be used twice under one key; age derives a fresh key for every use.
 */
#define CHACHAPOLY_KEY_LEN	32
#define CHACHAPOLY_NONCE_LEN	12
#define CHACHAPOLY_TAG_LEN	16

/* Writes plain.len + CHACHAPOLY_TAG_LEN bytes at ${out}, which may begin at ${plain}. */
void	chachapoly_seal(const uint8_t key[static CHACHAPOLY_KEY_LEN],
	    const uint8_t nonce[static CHACHAPOLY_NONCE_LEN], struct slice plain, uint8_t *out);
/*
 * Writes sealed.len - CHACHAPOLY_TAG_LEN bytes at ${out}, which may begin at ${sealed}.  ERR_TAMPERED
 * (also when ${sealed} is shorter than a tag), with ${out} wiped.
 */
int	chachapoly_open(const uint8_t key[static CHACHAPOLY_KEY_LEN],
	    const uint8_t nonce[static CHACHAPOLY_NONCE_LEN], struct slice sealed, uint8_t *out,
	    struct error *err) WARN_UNUSED;

#endif
