#include "crypto/hmac.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <sodium.h>

#include "base/secret.h"
#include "crypto/openssl.h"

/*
 * A short message in one go is libsodium's, which begins at once; libcrypto's first HMAC costs a tenth of
 * a millisecond to fetch, but long messages pass at five times the speed.  (libsodium has no SHA-1.)
 */
#define SHORT	4096

struct hmac {
	EVP_MAC_CTX	*ctx;
	size_t		 len;			/* of the result */
	bool		 begun;			/* ctx holds a message */
};

static const char *
digest_name(enum digest_kind kind)
{
	switch (kind) {
	case DIGEST_SHA1:
		return "SHA1";
	case DIGEST_SHA256:
		return "SHA256";
	case DIGEST_SHA512:
		break;
	}
	return "SHA512";
}

int
hmac_new(enum digest_kind kind, struct slice key, struct hmac **out, struct error *err)
{
	CLEANUP(hmac_freep) struct hmac	*hmac = NULL;
	OSSL_PARAM			 params[] = {
		/* The interface is not const-correct; the name is only read. */
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)(uintptr_t)digest_name(kind), 0),
		OSSL_PARAM_construct_end(),
	};
	/* Without a pointer libcrypto would take the empty key for "the same key again". */
	const uint8_t			*bytes = key.data != NULL ? key.data : (const uint8_t *)"";
	EVP_MAC				*algorithm;
	int				 rc;

	if ((rc = openssl_hmac(&algorithm, err)) != 0)
		return rc;
	if ((hmac = OPENSSL_zalloc(sizeof(*hmac))) == NULL || (hmac->ctx = EVP_MAC_CTX_new(algorithm)) == NULL)
		return err_memory(err);
	if (EVP_MAC_init(hmac->ctx, bytes, key.len, params) != 1)
		return openssl_fail(err, "an HMAC key");
	hmac->len = digest_len(kind);
	hmac->begun = true;
	*out = TAKE(hmac);
	return 0;
}

void
hmac_free(struct hmac *hmac)
{
	if (hmac == NULL)
		return;
	EVP_MAC_CTX_free(hmac->ctx);
	OPENSSL_free(hmac);
}

static int
begin(struct hmac *hmac, struct error *err)
{
	if (hmac->begun)
		return 0;
	if (EVP_MAC_init(hmac->ctx, NULL, 0, NULL) != 1)
		return openssl_fail(err, "HMAC");
	hmac->begun = true;
	return 0;
}

int
hmac_update(struct hmac *hmac, struct slice bytes, struct error *err)
{
	int rc;

	if ((rc = begin(hmac, err)) != 0)
		return rc;
	if (bytes.len > 0 && EVP_MAC_update(hmac->ctx, bytes.data, bytes.len) != 1)
		return openssl_fail(err, "HMAC");
	return 0;
}

int
hmac_final(struct hmac *hmac, uint8_t *out, struct error *err)
{
	size_t	len;
	int	rc;

	if ((rc = begin(hmac, err)) != 0)
		return rc;
	hmac->begun = false;
	if (EVP_MAC_final(hmac->ctx, out, &len, hmac->len) != 1 || len != hmac->len)
		return openssl_fail(err, "HMAC");
	return 0;
}

void
hmac_reset(struct hmac *hmac)
{
	hmac->begun = false;
}

static int
in_one_go(enum digest_kind kind, struct slice key, struct slice bytes, uint8_t *out, struct error *err)
{
	CLEANUP(hmac_freep) struct hmac	*hmac = NULL;
	int				 rc;

	if ((rc = hmac_new(kind, key, &hmac, err)) != 0 || (rc = hmac_update(hmac, bytes, err)) != 0)
		return rc;
	return hmac_final(hmac, out, err);
}

int
hmac_sha1(struct slice key, struct slice bytes, uint8_t out[static DIGEST_SHA1_LEN], struct error *err)
{
	return in_one_go(DIGEST_SHA1, key, bytes, out, err);
}

int
hmac_sha256(struct slice key, struct slice bytes, uint8_t out[static DIGEST_SHA256_LEN], struct error *err)
{
	crypto_auth_hmacsha256_state state;

	if (key.len > SHORT || bytes.len > SHORT)
		return in_one_go(DIGEST_SHA256, key, bytes, out, err);
	(void)crypto_auth_hmacsha256_init(&state, key.data != NULL ? key.data : (const uint8_t *)"", key.len);
	(void)crypto_auth_hmacsha256_update(&state, bytes.data != NULL ? bytes.data : (const uint8_t *)"", bytes.len);
	(void)crypto_auth_hmacsha256_final(&state, out);
	wipe(&state, sizeof(state));
	return 0;
}
