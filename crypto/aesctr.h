#ifndef CRYPTO_AESCTR_H
#define CRYPTO_AESCTR_H

#include <stdint.h>

#include "base/error.h"
#include "base/slice.h"

/*
 * AES-256 in counter mode as git-crypt uses it: block i of the key stream is the encryption of
 * nonce (12 bytes) || i (32 bits, big-endian).  Encrypting and decrypting are the same operation, and
 * nothing is authenticated here.  The counter must not wrap, so a stream ends at AESCTR_MAX bytes.
 *
 * One object per key, one aesctr_start() per stream.
 */
#define AESCTR_KEY_LEN		32
#define AESCTR_NONCE_LEN	12
#define AESCTR_MAX		(UINT64_C(1) << 36)

struct aesctr;

int	aesctr_new(const uint8_t key[static AESCTR_KEY_LEN], struct aesctr **out, struct error *err) WARN_UNUSED;
void	aesctr_free(struct aesctr *ctr);
DEFINE_CLEANUP(struct aesctr, aesctr_free)

/* Begin at byte ${offset} of the stream that belongs to ${nonce}.  ERR_LIMIT past AESCTR_MAX. */
int	aesctr_start(struct aesctr *ctr, const uint8_t nonce[static AESCTR_NONCE_LEN], uint64_t offset,
	    struct error *err) WARN_UNUSED;
/* The next in.len bytes, to ${out}, which may be ${in} itself.  ERR_LIMIT past AESCTR_MAX. */
int	aesctr_apply(struct aesctr *ctr, struct slice in, uint8_t *out, struct error *err) WARN_UNUSED;

#endif
