#ifndef CRYPTO_OPENSSL_H
#define CRYPTO_OPENSSL_H

#include <stdbool.h>

#include "base/error.h"

/*
 * Set-up of libcrypto; only the crypto/ folder and the main() of a program that links another user of
 * libcrypto (libcurl, libgit2) need this page.
 *
 * The first call installs a wiping allocator (possible only before libcrypto's first allocation) and
 * initialises the library lean: no configuration file, no error texts, no name tables, no atexit
 * handler, and of its default provider only the algorithms named below.  That leaves a quarter of what
 * its start-up costs otherwise.  Where an administrator chooses the providers, libcrypto starts in its own manner:
 * when OPENSSL_CONF is set, or the machine is in FIPS mode.
 * Algorithms are fetched once, when first needed, and kept until the process ends.
 * Everything here may be called from several threads.
 */
struct evp_cipher_st;
struct evp_md_st;

enum openssl_cipher_id {
	OPENSSL_AES_128_GCM,
	OPENSSL_AES_192_GCM,
	OPENSSL_AES_256_GCM,
	OPENSSL_AES_256_CTR,
	OPENSSL_AES_256_CBC,
	OPENSSL_CIPHERS,
};

enum openssl_digest_id {
	OPENSSL_SHA1,
	OPENSSL_SHA256,
	OPENSSL_SHA512,
	OPENSSL_DIGESTS,
};

/* Idempotent; everything else here calls it.  ERR_CRYPTO. */
int	openssl_start(struct error *err) WARN_UNUSED;
/*
 * The same, called first, in a program in which libcurl or libgit2 use libcrypto as well: only the
 * allocator differs from what they expect.  Their TLS follows the system's configuration.
 */
int	openssl_start_shared(struct error *err) WARN_UNUSED;

/* The fetched algorithm (EVP_CIPHER, EVP_MD), which the caller does not own.  ERR_CRYPTO. */
int	openssl_cipher(enum openssl_cipher_id id, struct evp_cipher_st **out, struct error *err) WARN_UNUSED;
int	openssl_digest(enum openssl_digest_id id, struct evp_md_st **out, struct error *err) WARN_UNUSED;

/*
 * openssl_fail(err, what):
 * Report that libcrypto refused ${what} ("AES-GCM encryption"), with its own reason when it gives one,
 * and drain its error queue.  Returns ERR_CRYPTO (ERR_MEMORY when that was the reason).
 */
int	openssl_fail(struct error *err, const char *what);
/* Drain the queue after an expected failure, or the next message lies. */
void	openssl_forget_errors(void);

#endif
