#ifndef CRYPTO_KDF_H
#define CRYPTO_KDF_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/slice.h"

/*
 * Keys from keys (HKDF, RFC 5869) and keys from passphrases (scrypt, RFC 7914).  Both run in libsodium,
 * so that opening an age file does not need libcrypto.
 */
#define KDF_PRK_LEN	32

/* HKDF-SHA-256, at most 255 * 32 bytes; ${ikm}, ${salt} and ${info} may be empty. */
void	kdf_hkdf(struct slice ikm, struct slice salt, struct slice info, uint8_t *out, size_t len);
/* Its two halves. */
void	kdf_extract(struct slice salt, struct slice ikm, uint8_t prk[static KDF_PRK_LEN]);
void	kdf_expand(const uint8_t prk[static KDF_PRK_LEN], struct slice info, uint8_t *out, size_t len);

/*
 * scrypt with r = 8, p = 1 and N = 2 to the ${log_n}; needs 2^log_n KiB of memory, so bound ${log_n}
 * first when it comes from outside.  ERR_RANGE (not 1 to 30), ERR_MEMORY.
 */
int	kdf_scrypt(struct slice passphrase, struct slice salt, unsigned log_n, uint8_t *out, size_t len,
	    struct error *err) WARN_UNUSED;

#endif
