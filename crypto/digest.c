#include "crypto/digest.h"

#include <openssl/evp.h>

#include "crypto/openssl.h"

struct digest {
	EVP_MD		*algorithm;		/* not ours */
	EVP_MD_CTX	*ctx;
	bool		 begun;			/* ctx holds a message */
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

static int
in_one_go(enum digest_kind kind, struct slice bytes, uint8_t *out, struct error *err)
{
	EVP_MD	*algorithm;
	int	 rc;

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
	CLEANUP(digest_freep) struct digest	*digest = NULL;
	EVP_MD					*algorithm;
	int					 rc;

	if ((rc = openssl_digest(openssl_id(kind), &algorithm, err)) != 0)
		return rc;
	if ((digest = OPENSSL_zalloc(sizeof(*digest))) == NULL || (digest->ctx = EVP_MD_CTX_new()) == NULL)
		return err_memory(err);
	digest->algorithm = algorithm;
	*out = TAKE(digest);
	return 0;
}

void
digest_free(struct digest *digest)
{
	if (digest == NULL)
		return;
	EVP_MD_CTX_free(digest->ctx);
	OPENSSL_free(digest);
}

static int
begin(struct digest *digest, struct error *err)
{
	if (digest->begun)
		return 0;
	if (EVP_DigestInit_ex2(digest->ctx, digest->algorithm, NULL) != 1)
		return openssl_fail(err, "hashing");
	digest->begun = true;
	return 0;
}

int
digest_update(struct digest *digest, struct slice bytes, struct error *err)
{
	int rc;

	if ((rc = begin(digest, err)) != 0)
		return rc;
	if (bytes.len > 0 && EVP_DigestUpdate(digest->ctx, bytes.data, bytes.len) != 1)
		return openssl_fail(err, "hashing");
	return 0;
}

int
digest_final(struct digest *digest, uint8_t *out, struct error *err)
{
	int rc;

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
	digest->begun = false;
}

int
digest_copy(struct digest *to, const struct digest *from, struct error *err)
{
	to->begun = from->begun;
	if (from->begun && EVP_MD_CTX_copy_ex(to->ctx, from->ctx) != 1)
		return openssl_fail(err, "copying a digest");
	return 0;
}
