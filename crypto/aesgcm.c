#include "crypto/aesgcm.h"

#include <limits.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "base/secret.h"
#include "crypto/openssl.h"

struct aesgcm {
	EVP_CIPHER_CTX	*ctx;			/* holds the key schedule */
	size_t		 iv_len;		/* that ctx is set to */
};

int
aesgcm_new(struct slice key, struct aesgcm **out, struct error *err)
{
	CLEANUP(aesgcm_freep) struct aesgcm	*gcm = NULL;
	enum openssl_cipher_id			 id;
	EVP_CIPHER				*algorithm;
	int					 rc;

	switch (key.len) {
	case 16:
		id = OPENSSL_AES_128_GCM;
		break;
	case 24:
		id = OPENSSL_AES_192_GCM;
		break;
	case 32:
		id = OPENSSL_AES_256_GCM;
		break;
	default:
		return err_set(err, ERR_RANGE, "an AES key cannot have %zu bytes", key.len);
	}
	if ((rc = openssl_cipher(id, &algorithm, err)) != 0)
		return rc;
	if ((gcm = OPENSSL_zalloc(sizeof(*gcm))) == NULL || (gcm->ctx = EVP_CIPHER_CTX_new()) == NULL)
		return err_memory(err);
	if (EVP_EncryptInit_ex2(gcm->ctx, algorithm, key.data, NULL, NULL) != 1)
		return openssl_fail(err, "an AES-GCM key");
	*out = TAKE(gcm);
	return 0;
}

void
aesgcm_free(struct aesgcm *gcm)
{
	if (gcm == NULL)
		return;
	EVP_CIPHER_CTX_free(gcm->ctx);
	OPENSSL_free(gcm);
}

/* The length of the IV must be set before the IV itself. */
static int
set_iv_len(struct aesgcm *gcm, size_t len, struct error *err)
{
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_size_t(OSSL_CIPHER_PARAM_AEAD_IVLEN, &len),
		OSSL_PARAM_construct_end(),
	};

	if (len == 0 || len > AESGCM_IV_MAX)
		return err_set(err, ERR_RANGE, "an IV of %zu bytes is not possible (1 to %d)", len, AESGCM_IV_MAX);
	if (gcm->iv_len == len)
		return 0;
	if (EVP_CIPHER_CTX_set_params(gcm->ctx, params) != 1)
		return openssl_fail(err, "the length of an IV");
	gcm->iv_len = len;
	return 0;
}

/* libcrypto counts in int. */
static int
update(struct aesgcm *gcm, struct slice in, uint8_t *out, struct error *err)
{
	int done;

	while (in.len > 0) {
		size_t part = in.len < INT_MAX / 2 ? in.len : INT_MAX / 2;

		if (EVP_CipherUpdate(gcm->ctx, out, &done, in.data, (int)part) != 1)
			return openssl_fail(err, "AES-GCM");
		in = slice_from(in, part);
		if (out != NULL)
			out += part;
	}
	return 0;
}

static int
begin(struct aesgcm *gcm, int encrypt, struct slice iv, struct slice aad, struct error *err)
{
	int rc;

	if ((rc = set_iv_len(gcm, iv.len, err)) != 0)
		return rc;
	if (EVP_CipherInit_ex2(gcm->ctx, NULL, NULL, iv.data, encrypt, NULL) != 1)
		return openssl_fail(err, "an IV");
	return update(gcm, aad, NULL, err);
}

int
aesgcm_begin_seal(struct aesgcm *gcm, struct slice iv, struct slice aad, struct error *err)
{
	return begin(gcm, 1, iv, aad, err);
}

int
aesgcm_begin_open(struct aesgcm *gcm, struct slice iv, struct slice aad, struct error *err)
{
	return begin(gcm, 0, iv, aad, err);
}

int
aesgcm_update(struct aesgcm *gcm, struct slice in, uint8_t *out, struct error *err)
{
	return update(gcm, in, out, err);
}

int
aesgcm_final_seal(struct aesgcm *gcm, uint8_t tag[static AESGCM_TAG_LEN], struct error *err)
{
	uint8_t	none[1];
	int	done;

	if (EVP_CipherFinal_ex(gcm->ctx, none, &done) != 1 ||
	    EVP_CIPHER_CTX_ctrl(gcm->ctx, EVP_CTRL_AEAD_GET_TAG, AESGCM_TAG_LEN, tag) != 1)
		return openssl_fail(err, "AES-GCM encryption");
	return 0;
}

int
aesgcm_final_open(struct aesgcm *gcm, const uint8_t tag[static AESGCM_TAG_LEN], struct error *err)
{
	uint8_t	none[1];
	int	done;

	/* The interface is not const-correct; the tag is only read. */
	if (EVP_CIPHER_CTX_ctrl(gcm->ctx, EVP_CTRL_AEAD_SET_TAG, AESGCM_TAG_LEN, (void *)(uintptr_t)tag) != 1)
		return openssl_fail(err, "an AES-GCM tag");
	if (EVP_CipherFinal_ex(gcm->ctx, none, &done) == 1)
		return 0;
	openssl_forget_errors();
	return err_set(err, ERR_TAMPERED, "authentication tag does not match");
}

int
aesgcm_seal(struct aesgcm *gcm, struct slice iv, struct slice aad, struct slice plain, uint8_t *out,
    uint8_t tag[static AESGCM_TAG_LEN], struct error *err)
{
	int rc;

	if ((rc = begin(gcm, 1, iv, aad, err)) != 0 || (rc = update(gcm, plain, out, err)) != 0)
		return rc;
	return aesgcm_final_seal(gcm, tag, err);
}

int
aesgcm_open(struct aesgcm *gcm, struct slice iv, struct slice aad, struct slice sealed,
    const uint8_t tag[static AESGCM_TAG_LEN], uint8_t *out, struct error *err)
{
	int rc;

	if ((rc = begin(gcm, 0, iv, aad, err)) != 0)
		return rc;
	if ((rc = update(gcm, sealed, out, err)) != 0 || (rc = aesgcm_final_open(gcm, tag, err)) != 0)
		wipe(out, sealed.len);
	return rc;
}
