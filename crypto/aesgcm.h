#ifndef CRYPTO_AESGCM_H
#define CRYPTO_AESGCM_H

#include <stdint.h>

#include "base/error.h"
#include "base/slice.h"

/*
 * AES-GCM with the IV lengths of sops: 32 bytes when it writes, any from 1 to 128 when reading (an IV
 * that is not 12 bytes is hashed to the first counter, NIST SP 800-38D section 7.1).  Ciphertext has
 * the length of the plaintext; the 16-byte tag travels apart.  An IV must never be used twice under
 * one key: draw it with random_nonce().
 *
 * One object per key: the key schedule is made once, and each message then costs 0.3 microseconds.
 * An object serves one message at a time.
 */
#define AESGCM_TAG_LEN	16
#define AESGCM_IV_MAX	128

struct aesgcm;

/* ${key}: 32 bytes (16 and 24 exist for reading), copied.  ERR_RANGE for any other length. */
int	aesgcm_new(struct slice key, struct aesgcm **out, struct error *err) WARN_UNUSED;
void	aesgcm_free(struct aesgcm *gcm);
DEFINE_CLEANUP(struct aesgcm, aesgcm_free)

/*
 * aesgcm_seal(gcm, iv, aad, plain, out, tag, err):
 * Encrypt ${plain} to the plain.len bytes at ${out}, which may be ${plain} itself.
 * ERR_RANGE for an IV of a wrong length.
 */
int	aesgcm_seal(struct aesgcm *gcm, struct slice iv, struct slice aad, struct slice plain, uint8_t *out,
	    uint8_t tag[static AESGCM_TAG_LEN], struct error *err) WARN_UNUSED;

/*
 * aesgcm_open(gcm, iv, aad, sealed, tag, out, err):
 * Decrypt ${sealed} to the sealed.len bytes at ${out}, which may be ${sealed} itself.  When ${tag}
 * does not verify the result is ERR_TAMPERED and ${out} is wiped.  ERR_RANGE as above.
 */
int	aesgcm_open(struct aesgcm *gcm, struct slice iv, struct slice aad, struct slice sealed,
	    const uint8_t tag[static AESGCM_TAG_LEN], uint8_t *out, struct error *err) WARN_UNUSED;

/*
 * The same for a message that does not fit in memory: begin, update as often as needed, then one of
 * the two finals.  What aesgcm_update() decrypts is not to be trusted, shown or kept before
 * aesgcm_final_open() has returned 0.
 */
int	aesgcm_begin_seal(struct aesgcm *gcm, struct slice iv, struct slice aad, struct error *err) WARN_UNUSED;
int	aesgcm_begin_open(struct aesgcm *gcm, struct slice iv, struct slice aad, struct error *err) WARN_UNUSED;
int	aesgcm_update(struct aesgcm *gcm, struct slice in, uint8_t *out, struct error *err) WARN_UNUSED;
int	aesgcm_final_seal(struct aesgcm *gcm, uint8_t tag[static AESGCM_TAG_LEN], struct error *err) WARN_UNUSED;
int	aesgcm_final_open(struct aesgcm *gcm, const uint8_t tag[static AESGCM_TAG_LEN],
	    struct error *err) WARN_UNUSED;

#endif
