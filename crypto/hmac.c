#include "crypto/hmac.h"

#include <stdlib.h>

#include "base/secret.h"

/*
 * HMAC(key, m) = H(key ^ outer pad || H(key ^ inner pad || m)).  Made from digests rather than
 * fetched from libcrypto, whose HMAC would start all of its digests (crypto/openssl.c).
 */
#define BLOCK_MAX	128

struct hmac {
	struct digest	*inner, *outer;		/* have hashed their pads, and stay so */
	struct digest	*running;		/* the message, behind the inner pad */
	size_t		 len;			/* of the result */
	bool		 begun;			/* running holds a message */
};

static size_t
block_len(enum digest_kind kind)
{
	return kind == DIGEST_SHA512 ? 128 : 64;
}

static int
hash_pad(struct digest *digest, const uint8_t *key, size_t len, uint8_t pad, struct error *err)
{
	WIPED(block, BLOCK_MAX);

	for (size_t i = 0; i < len; i++)
		block[i] = key[i] ^ pad;
	return digest_update(digest, slice_of(block, len), err);
}

int
hmac_new(enum digest_kind kind, struct slice key, struct hmac **out, struct error *err)
{
	CLEANUP(hmac_freep) struct hmac	*hmac = calloc(1, sizeof(*hmac));
	WIPED(block, BLOCK_MAX);
	size_t	len = block_len(kind);
	int	rc;

	if (hmac == NULL)
		return err_memory(err);
	hmac->len = digest_len(kind);
	if ((rc = digest_new(kind, &hmac->inner, err)) != 0 || (rc = digest_new(kind, &hmac->outer, err)) != 0 ||
	    (rc = digest_new(kind, &hmac->running, err)) != 0)
		return rc;
	/* A key longer than a block is replaced by its digest; a shorter one is filled up with zeros. */
	(void)memset(block, 0, BLOCK_MAX);
	if (key.len > len) {
		if ((rc = digest_update(hmac->running, key, err)) != 0 || (rc = digest_final(hmac->running, block, err)) != 0)
			return rc;
	} else if (key.len > 0)
		(void)memcpy(block, key.data, key.len);
	if ((rc = hash_pad(hmac->inner, block, len, 0x36, err)) != 0 || (rc = hash_pad(hmac->outer, block, len, 0x5c, err)) != 0)
		return rc;
	*out = TAKE(hmac);
	return 0;
}

void
hmac_free(struct hmac *hmac)
{
	if (hmac == NULL)
		return;
	digest_free(hmac->inner);
	digest_free(hmac->outer);
	digest_free(hmac->running);
	free(hmac);
}

static int
begin(struct hmac *hmac, struct error *err)
{
	int rc;

	if (hmac->begun)
		return 0;
	if ((rc = digest_copy(hmac->running, hmac->inner, err)) != 0)
		return rc;
	hmac->begun = true;
	return 0;
}

int
hmac_update(struct hmac *hmac, struct slice bytes, struct error *err)
{
	int rc;

	if ((rc = begin(hmac, err)) != 0)
		return rc;
	return digest_update(hmac->running, bytes, err);
}

int
hmac_final(struct hmac *hmac, uint8_t *out, struct error *err)
{
	WIPED(inside, DIGEST_MAX_LEN);
	int rc;

	if ((rc = begin(hmac, err)) != 0)
		return rc;
	hmac->begun = false;
	if ((rc = digest_final(hmac->running, inside, err)) != 0 ||
	    (rc = digest_copy(hmac->running, hmac->outer, err)) != 0 ||
	    (rc = digest_update(hmac->running, slice_of(inside, hmac->len), err)) != 0)
		return rc;
	return digest_final(hmac->running, out, err);
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
	return in_one_go(DIGEST_SHA256, key, bytes, out, err);
}
