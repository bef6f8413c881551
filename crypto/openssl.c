#include "crypto/openssl.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "base/secret.h"

/*
 * The wiping allocator.  libcrypto frees without telling the size, so each block begins with it; the
 * prefix has the size of the strictest alignment.
 */
#define PREFIX	16

static void *
wiping_malloc(size_t size, const char *file UNUSED, int line UNUSED)
{
	uint8_t *block;

	if (size == 0 || size > SIZE_MAX - PREFIX || (block = malloc(size + PREFIX)) == NULL)
		return NULL;
	(void)memcpy(block, &size, sizeof(size));
	return block + PREFIX;
}

static void
wiping_free(void *data, const char *file UNUSED, int line UNUSED)
{
	uint8_t	*block;
	size_t	 size;

	if (data == NULL)
		return;
	block = (uint8_t *)data - PREFIX;
	(void)memcpy(&size, block, sizeof(size));
	wipe(data, size);
	free(block);
}

static void *
wiping_realloc(void *data, size_t size, const char *file, int line)
{
	void	*moved;
	size_t	 old;

	if (data == NULL)
		return wiping_malloc(size, file, line);
	if (size == 0) {
		wiping_free(data, file, line);
		return NULL;
	}
	if ((moved = wiping_malloc(size, file, line)) == NULL)
		return NULL;
	(void)memcpy(&old, (uint8_t *)data - PREFIX, sizeof(old));
	(void)memcpy(moved, data, old < size ? old : size);
	wiping_free(data, file, line);
	return moved;
}

/* The two ways in which an administrator says which providers are to be used. */
static bool
administrator_chose(void)
{
	FILE	*fips;
	bool	 enabled;

	if (getenv("OPENSSL_CONF") != NULL)
		return true;
	if ((fips = fopen("/proc/sys/crypto/fips_enabled", "re")) == NULL)
		return false;
	enabled = fgetc(fips) == '1';
	(void)fclose(fips);
	return enabled;
}

static bool started;

static void
start(void)
{
	uint64_t options = OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS | OPENSSL_INIT_NO_ADD_ALL_CIPHERS |
	    OPENSSL_INIT_NO_ADD_ALL_DIGESTS | OPENSSL_INIT_NO_ATEXIT;

	options |= administrator_chose() ? OPENSSL_INIT_LOAD_CONFIG : OPENSSL_INIT_NO_LOAD_CONFIG;
	/* Too late when another library used libcrypto first; working without wiping beats not working. */
	(void)CRYPTO_set_mem_functions(wiping_malloc, wiping_realloc, wiping_free);
	started = OPENSSL_init_crypto(options, NULL) == 1;
}

int
openssl_start(struct error *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	(void)pthread_once(&once, start);
	return started ? 0 : openssl_fail(err, "initialising libcrypto");
}

int
openssl_cipher(enum openssl_cipher_id id, struct evp_cipher_st **out, struct error *err)
{
	static const char *const	 names[OPENSSL_CIPHERS] = {
		[OPENSSL_AES_128_GCM] = "AES-128-GCM", [OPENSSL_AES_192_GCM] = "AES-192-GCM",
		[OPENSSL_AES_256_GCM] = "AES-256-GCM", [OPENSSL_AES_256_CTR] = "AES-256-CTR",
	};
	static _Atomic(EVP_CIPHER *)	 fetched[OPENSSL_CIPHERS];
	EVP_CIPHER			*known = atomic_load(&fetched[id]), *mine;
	int				 rc;

	if (known == NULL) {
		if ((rc = openssl_start(err)) != 0)
			return rc;
		if ((mine = EVP_CIPHER_fetch(NULL, names[id], NULL)) == NULL)
			return openssl_fail(err, names[id]);
		/* Of two threads that fetch at once the first one's result stays. */
		if (atomic_compare_exchange_strong(&fetched[id], &known, mine))
			known = mine;
		else
			EVP_CIPHER_free(mine);
	}
	*out = known;
	return 0;
}

int
openssl_digest(enum openssl_digest_id id, struct evp_md_st **out, struct error *err)
{
	static const char *const	 names[OPENSSL_DIGESTS] = {
		[OPENSSL_SHA1] = "SHA1", [OPENSSL_SHA256] = "SHA256", [OPENSSL_SHA512] = "SHA512",
	};
	static _Atomic(EVP_MD *)	 fetched[OPENSSL_DIGESTS];
	EVP_MD				*known = atomic_load(&fetched[id]), *mine;
	int				 rc;

	if (known == NULL) {
		if ((rc = openssl_start(err)) != 0)
			return rc;
		if ((mine = EVP_MD_fetch(NULL, names[id], NULL)) == NULL)
			return openssl_fail(err, names[id]);
		if (atomic_compare_exchange_strong(&fetched[id], &known, mine))
			known = mine;
		else
			EVP_MD_free(mine);
	}
	*out = known;
	return 0;
}

int
openssl_hmac(struct evp_mac_st **out, struct error *err)
{
	static _Atomic(EVP_MAC *)	 fetched;
	EVP_MAC				*known = atomic_load(&fetched), *mine;
	int				 rc;

	if (known == NULL) {
		if ((rc = openssl_start(err)) != 0)
			return rc;
		if ((mine = EVP_MAC_fetch(NULL, "HMAC", NULL)) == NULL)
			return openssl_fail(err, "HMAC");
		if (atomic_compare_exchange_strong(&fetched, &known, mine))
			known = mine;
		else
			EVP_MAC_free(mine);
	}
	*out = known;
	return 0;
}

int
openssl_fail(struct error *err, const char *what)
{
	unsigned long	 code = ERR_peek_last_error();
	const char	*reason = ERR_reason_error_string(code);
	enum err_kind	 kind = ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE ? ERR_MEMORY : ERR_CRYPTO;

	openssl_forget_errors();
	/* The texts are not loaded, so that most reasons are numbers; "openssl errstr" knows them. */
	if (reason != NULL)
		return err_set(err, kind, "libcrypto refuses %s: %s", what, reason);
	return err_set(err, kind, "libcrypto refuses %s (error %08lX)", what, code);
}

void
openssl_forget_errors(void)
{
	ERR_clear_error();
}
