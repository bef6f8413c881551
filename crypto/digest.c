#include "crypto/digest.h"

#include <stdlib.h>

#include <openssl/evp.h>
#include <sodium.h>

#include "base/secret.h"
#include "crypto/openssl.h"

/*
 * Two libraries share the work.  libcrypto is faster (SHA-512 by a third, SHA-256 five times), but its
 * first digest costs a tenth of a millisecond to fetch, which is much beside a document of ten values;
 * libsodium begins at once.  So a message is kept until it is longer than EARLY bytes; a short one goes to
 * libsodium, a long one to libcrypto.  (libsodium has no SHA-1.)
 */
#define EARLY	((size_t)32 * 1024)

struct digest {
	enum digest_kind	 kind;
	EVP_MD_CTX		*ctx;			/* NULL until a message is long */
	bool			 begun;			/* ctx holds the message; otherwise early does */
	size_t			 early_len;
	uint8_t			 early[EARLY];
};

static enum openssl_digest_id
openssl_id(enum digest_kind kind)
{
	switch (kind) {
	case DIGEST_SHA1:
		return OPENSSL_SHA1;
	case DIGEST_SHA256:
		return OPENSSL_SHA256;
	case DIGEST_SHA512:
		break;
	}
	return OPENSSL_SHA512;
}

size_t
digest_len(enum digest_kind kind)
{
	switch (kind) {
	case DIGEST_SHA1:
		return DIGEST_SHA1_LEN;
	case DIGEST_SHA256:
		return DIGEST_SHA256_LEN;
	case DIGEST_SHA512:
		break;
	}
	return DIGEST_SHA512_LEN;
}

/* What libsodium can do at once. */
static bool
hash_short(enum digest_kind kind, struct slice bytes, uint8_t *out)
{
	if (bytes.len > EARLY || kind == DIGEST_SHA1)
		return false;
	if (kind == DIGEST_SHA256)
		(void)crypto_hash_sha256(out, bytes.data, bytes.len);
	else
		(void)crypto_hash_sha512(out, bytes.data, bytes.len);
	return true;
}

static int
in_one_go(enum digest_kind kind, struct slice bytes, uint8_t *out, struct error *err)
{
	EVP_MD	*algorithm;
	int	 rc;

	if (hash_short(kind, bytes, out))
		return 0;
	if ((rc = openssl_digest(openssl_id(kind), &algorithm, err)) != 0)
		return rc;
	if (EVP_Digest(bytes.data, bytes.len, out, NULL, algorithm, NULL) != 1)
		return openssl_fail(err, "hashing");
	return 0;
}

int
digest_sha1(struct slice bytes, uint8_t out[static DIGEST_SHA1_LEN], struct error *err)
{
	return in_one_go(DIGEST_SHA1, bytes, out, err);
}

int
digest_sha256(struct slice bytes, uint8_t out[static DIGEST_SHA256_LEN], struct error *err)
{
	return in_one_go(DIGEST_SHA256, bytes, out, err);
}

int
digest_sha512(struct slice bytes, uint8_t out[static DIGEST_SHA512_LEN], struct error *err)
{
	return in_one_go(DIGEST_SHA512, bytes, out, err);
}

int
digest_new(enum digest_kind kind, struct digest **out, struct error *err)
{
	struct digest *digest = calloc(1, sizeof(*digest));

	if (digest == NULL)
		return err_memory(err);
	digest->kind = kind;
	*out = digest;
	return 0;
}

void
digest_free(struct digest *digest)
{
	if (digest == NULL)
		return;
	EVP_MD_CTX_free(digest->ctx);
	wipe(digest, sizeof(*digest));
	free(digest);
}

/* Hand the message, as far as it has been kept, to libcrypto. */
static int
begin(struct digest *digest, struct error *err)
{
	EVP_MD	*algorithm;
	int	 rc;

	if (digest->begun)
		return 0;
	if ((rc = openssl_digest(openssl_id(digest->kind), &algorithm, err)) != 0)
		return rc;
	if (digest->ctx == NULL && (digest->ctx = EVP_MD_CTX_new()) == NULL)
		return err_memory(err);
	if (EVP_DigestInit_ex2(digest->ctx, algorithm, NULL) != 1 ||
	    EVP_DigestUpdate(digest->ctx, digest->early, digest->early_len) != 1)
		return openssl_fail(err, "hashing");
	wipe(digest->early, digest->early_len);
	digest->early_len = 0;
	digest->begun = true;
	return 0;
}

int
digest_update(struct digest *digest, struct slice bytes, struct error *err)
{
	int rc;

	if (bytes.len == 0)
		return 0;
	if (!digest->begun && bytes.len <= EARLY - digest->early_len) {
		(void)memcpy(digest->early + digest->early_len, bytes.data, bytes.len);
		digest->early_len += bytes.len;
		return 0;
	}
	if ((rc = begin(digest, err)) != 0)
		return rc;
	if (EVP_DigestUpdate(digest->ctx, bytes.data, bytes.len) != 1)
		return openssl_fail(err, "hashing");
	return 0;
}

int
digest_final(struct digest *digest, uint8_t *out, struct error *err)
{
	int rc;

	if (!digest->begun && hash_short(digest->kind, slice_of(digest->early, digest->early_len), out)) {
		digest_reset(digest);
		return 0;
	}
	if ((rc = begin(digest, err)) != 0)
		return rc;
	digest->begun = false;
	if (EVP_DigestFinal_ex(digest->ctx, out, NULL) != 1)
		return openssl_fail(err, "hashing");
	return 0;
}

void
digest_reset(struct digest *digest)
{
	wipe(digest->early, digest->early_len);
	digest->early_len = 0;
	digest->begun = false;
}
