#include "crypto/aesctr.h"

#include <limits.h>

#include <openssl/evp.h>

#include "base/num.h"
#include "base/secret.h"
#include "crypto/openssl.h"

#define BLOCK	16

struct aesctr {
	EVP_CIPHER_CTX	*ctx;			/* holds the key schedule */
	uint64_t	 left;			/* bytes before the counter would wrap */
};

int
aesctr_new(const uint8_t key[static AESCTR_KEY_LEN], struct aesctr **out, struct error *err)
{
	CLEANUP(aesctr_freep) struct aesctr	*ctr = NULL;
	EVP_CIPHER				*algorithm;
	int					 rc;

	if ((rc = openssl_cipher(OPENSSL_AES_256_CTR, &algorithm, err)) != 0)
		return rc;
	if ((ctr = OPENSSL_zalloc(sizeof(*ctr))) == NULL || (ctr->ctx = EVP_CIPHER_CTX_new()) == NULL)
		return err_memory(err);
	if (EVP_EncryptInit_ex2(ctr->ctx, algorithm, key, NULL, NULL) != 1)
		return openssl_fail(err, "an AES-CTR key");
	*out = TAKE(ctr);
	return 0;
}

void
aesctr_free(struct aesctr *ctr)
{
	if (ctr == NULL)
		return;
	EVP_CIPHER_CTX_free(ctr->ctx);
	OPENSSL_free(ctr);
}

int
aesctr_start(struct aesctr *ctr, const uint8_t nonce[static AESCTR_NONCE_LEN], uint64_t offset,
    struct error *err)
{
	uint8_t counter[BLOCK];
	WIPED(skipped, BLOCK);
	int done;

	if (offset > AESCTR_MAX)
		return err_set(err, ERR_LIMIT, "an AES-CTR stream ends at 64 GiB");
	(void)memcpy(counter, nonce, AESCTR_NONCE_LEN);
	/* At the very end of the stream the counter has wrapped, but nothing can be asked of it. */
	be32_store(counter + AESCTR_NONCE_LEN, (uint32_t)(offset / BLOCK));
	(void)memset(skipped, 0, BLOCK);
	if (EVP_EncryptInit_ex2(ctr->ctx, NULL, NULL, counter, NULL) != 1 ||
	    EVP_EncryptUpdate(ctr->ctx, skipped, &done, skipped, (int)(offset % BLOCK)) != 1)
		return openssl_fail(err, "AES-CTR");
	ctr->left = AESCTR_MAX - offset;
	return 0;
}

int
aesctr_apply(struct aesctr *ctr, struct slice in, uint8_t *out, struct error *err)
{
	int done;

	if (in.len > ctr->left)
		return err_set(err, ERR_LIMIT, "an AES-CTR stream ends at 64 GiB");
	ctr->left -= in.len;
	/* libcrypto counts in int. */
	while (in.len > 0) {
		size_t part = in.len < INT_MAX / 2 ? in.len : INT_MAX / 2;

		if (EVP_EncryptUpdate(ctr->ctx, out, &done, in.data, (int)part) != 1)
			return openssl_fail(err, "AES-CTR");
		in = slice_from(in, part);
		out += part;
	}
	return 0;
}
