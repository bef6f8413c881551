#include "crypto/openssl.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_dispatch.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/provider.h>

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

/*
 * The selection.  A fetch makes method objects of every algorithm that a provider offers for the operation, 130 ciphers
 * for our four, which is two thirds of libcrypto's start-up.  So we fetch in a library context of our own, from a provider
 * of our own that passes on a few of the default provider's entries, with the default provider's context: the
 * implementations are the same.  (OpenSSL's test suite does this in test/filterprov.c, by the same public functions.)
 */
static const char *const cipher_names[OPENSSL_CIPHERS] = {
	[OPENSSL_AES_128_GCM] = "AES-128-GCM", [OPENSSL_AES_192_GCM] = "AES-192-GCM",
	[OPENSSL_AES_256_GCM] = "AES-256-GCM", [OPENSSL_AES_256_CTR] = "AES-256-CTR",
	[OPENSSL_AES_256_CBC] = "AES-256-CBC",
};
static const char *const digest_names[OPENSSL_DIGESTS] = {
	[OPENSSL_SHA1] = "SHA1", [OPENSSL_SHA256] = "SHA2-256", [OPENSSL_SHA512] = "SHA2-512",
};

static OSSL_LIB_CTX	*context;		/* to fetch from; NULL: libcrypto's own */
static OSSL_PROVIDER	*chosen;		/* the default provider, behind the selection */
static OSSL_ALGORITHM	 some_ciphers[OPENSSL_CIPHERS + 1], some_digests[OPENSSL_DIGESTS + 1];

/* The entries of ${all} whose first name is one of ${names}; false when one is missing. */
static bool
select_entries(const OSSL_ALGORITHM *all, const char *const *names, size_t n, OSSL_ALGORITHM *out)
{
	size_t found = 0;

	for (; all != NULL && all->algorithm_names != NULL && found < n; all++) {
		size_t len = strcspn(all->algorithm_names, ":");

		for (size_t i = 0; i < n; i++)
			if (strlen(names[i]) == len && memcmp(all->algorithm_names, names[i], len) == 0) {
				out[found++] = *all;
				break;
			}
	}
	return found == n;
}

static const OSSL_ALGORITHM *
selection_query(void *unused UNUSED, int operation, int *no_cache)
{
	*no_cache = 0;
	switch (operation) {
	case OSSL_OP_CIPHER:
		return some_ciphers;
	case OSSL_OP_DIGEST:
		return some_digests;
	default:
		return NULL;
	}
}

static int
selection_init(const OSSL_CORE_HANDLE *handle UNUSED, const OSSL_DISPATCH *in UNUSED, const OSSL_DISPATCH **out,
    void **provider_context)
{
	static const OSSL_DISPATCH functions[] = {
		{ OSSL_FUNC_PROVIDER_QUERY_OPERATION, (void (*)(void))selection_query },
		{ 0, NULL },
	};

	*out = functions;
	*provider_context = OSSL_PROVIDER_get0_provider_ctx(chosen);
	return 1;
}

/* On any failure the context stays NULL: fetching then takes its ordinary, slower way. */
static void
select_algorithms(void)
{
	OSSL_LIB_CTX	*mine;
	int		 no_cache;

	if ((chosen = OSSL_PROVIDER_load(NULL, "default")) == NULL ||
	    !select_entries(OSSL_PROVIDER_query_operation(chosen, OSSL_OP_CIPHER, &no_cache), cipher_names, OPENSSL_CIPHERS,
	    some_ciphers) ||
	    !select_entries(OSSL_PROVIDER_query_operation(chosen, OSSL_OP_DIGEST, &no_cache), digest_names, OPENSSL_DIGESTS,
	    some_digests) || (mine = OSSL_LIB_CTX_new()) == NULL)
		return;
	if (OSSL_PROVIDER_add_builtin(mine, "selection", selection_init) == 1 && OSSL_PROVIDER_load(mine, "selection") != NULL)
		context = mine;
	else
		OSSL_LIB_CTX_free(mine);
}

/* --- starting -------------------------------------------------------------------------------------------------- */

static pthread_once_t	once = PTHREAD_ONCE_INIT;
static bool		started;

static void
start(bool lean)
{
	const uint64_t frugal = OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS | OPENSSL_INIT_NO_ADD_ALL_CIPHERS |
	    OPENSSL_INIT_NO_ADD_ALL_DIGESTS | OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT;

	/* Too late when another library used libcrypto first; working without wiping beats not working. */
	(void)CRYPTO_set_mem_functions(wiping_malloc, wiping_realloc, wiping_free);
	started = OPENSSL_init_crypto(lean ? frugal : OPENSSL_INIT_LOAD_CONFIG, NULL) == 1;
	if (started && lean) {
		select_algorithms();
		ERR_clear_error();
	}
}

static void
start_alone(void)
{
	start(!administrator_chose());
}

static void
start_shared(void)
{
	start(false);
}

int
openssl_start(struct error *err)
{
	(void)pthread_once(&once, start_alone);
	return started ? 0 : openssl_fail(err, "its initialisation");
}

int
openssl_start_shared(struct error *err)
{
	(void)pthread_once(&once, start_shared);
	return started ? 0 : openssl_fail(err, "its initialisation");
}

/* --- algorithms ------------------------------------------------------------------------------------------------- */

int
openssl_cipher(enum openssl_cipher_id id, struct evp_cipher_st **out, struct error *err)
{
	static _Atomic(EVP_CIPHER *)	 fetched[OPENSSL_CIPHERS];
	EVP_CIPHER			*known = atomic_load(&fetched[id]), *mine;
	int				 rc;

	if (known == NULL) {
		if ((rc = openssl_start(err)) != 0)
			return rc;
		if ((mine = EVP_CIPHER_fetch(context, cipher_names[id], NULL)) == NULL)
			return openssl_fail(err, cipher_names[id]);
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
	static _Atomic(EVP_MD *)	 fetched[OPENSSL_DIGESTS];
	EVP_MD				*known = atomic_load(&fetched[id]), *mine;
	int				 rc;

	if (known == NULL) {
		if ((rc = openssl_start(err)) != 0)
			return rc;
		if ((mine = EVP_MD_fetch(context, digest_names[id], NULL)) == NULL)
			return openssl_fail(err, digest_names[id]);
		if (atomic_compare_exchange_strong(&fetched[id], &known, mine))
			known = mine;
		else
			EVP_MD_free(mine);
	}
	*out = known;
	return 0;
}

/* --- errors ----------------------------------------------------------------------------------------------------- */

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
