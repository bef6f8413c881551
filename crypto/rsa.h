#ifndef CRYPTO_RSA_H
#define CRYPTO_RSA_H

#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"

/*
 * RSAES-OAEP (RFC 8017) with SHA-256 as its hash and in its mask, and a label: what age uses with an
 * SSH key.  Moduli have 2048 to 16384 bits; other lengths are ERR_RANGE.
 */
#define RSA_BITS_MIN	2048
#define RSA_BITS_MAX	16384

struct rsa_key;

/* Big-endian; the last four only of private keys. */
struct rsa_numbers {
	struct slice n, e, d, p, q, iqmp;
};

int	rsa_public_new(const struct rsa_numbers *numbers, struct rsa_key **out, struct error *err) WARN_UNUSED;
int	rsa_private_new(const struct rsa_numbers *numbers, struct rsa_key **out, struct error *err) WARN_UNUSED;
/*
 * rsa_private_parse(pem, passphrase_opt, out, err):
 * A PEM file, PKCS #1 ("RSA PRIVATE KEY") or PKCS #8 ("PRIVATE KEY"); an encrypted one needs its passphrase.  ERR_SYNTAX,
 * ERR_TYPE (another kind of key), ERR_DENIED (the passphrase is wrong, or the cipher one that libcrypto does not have).
 */
int	rsa_private_parse(struct slice pem, struct slice passphrase_opt, struct rsa_key **out,
	    struct error *err) WARN_UNUSED;
/* Append the modulus and the public exponent, big-endian without leading zeros. */
int	rsa_public_numbers(const struct rsa_key *key, struct buf *n, struct buf *e, struct error *err) WARN_UNUSED;
void	rsa_key_free(struct rsa_key *key);
DEFINE_CLEANUP(struct rsa_key, rsa_key_free)

/* Append the ciphertext, as long as the modulus.  ERR_CRYPTO when ${plain} is too long for it. */
int	rsa_oaep_seal(const struct rsa_key *key, struct slice label, struct slice plain, struct buf *out,
	    struct error *err) WARN_UNUSED;
/* Append the plaintext to ${out}, a BUF_SECRET.  Every failure looks the same: ERR_TAMPERED. */
int	rsa_oaep_open(const struct rsa_key *key, struct slice label, struct slice sealed, struct buf *out,
	    struct error *err) WARN_UNUSED;

#endif
