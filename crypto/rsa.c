#include "crypto/rsa.h"

#include <string.h>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "crypto/openssl.h"

/* A BIGNUM that is wiped, and the other objects of libcrypto, bound to their scope. */
static inline void
number_freep(BIGNUM **number)
{
	BN_clear_free(*number);
}

DEFINE_CLEANUP(BN_CTX, BN_CTX_free)
DEFINE_CLEANUP(OSSL_PARAM_BLD, OSSL_PARAM_BLD_free)
DEFINE_CLEANUP(OSSL_PARAM, OSSL_PARAM_free)
DEFINE_CLEANUP(EVP_PKEY, EVP_PKEY_free)
DEFINE_CLEANUP(EVP_PKEY_CTX, EVP_PKEY_CTX_free)
DEFINE_CLEANUP(BIO, BIO_free)

struct rsa_key {
	EVP_PKEY *pkey;
};

/* Takes ${pkey} over when it succeeds. */
static int
adopt(EVP_PKEY **pkey, struct rsa_key **out, struct error *err)
{
	int		bits = EVP_PKEY_get_bits(*pkey);
	struct rsa_key	*key;

	if (bits < RSA_BITS_MIN || bits > RSA_BITS_MAX)
		return err_set(err, ERR_RANGE, "an RSA key of %d bits is not accepted (%d to %d)", bits, RSA_BITS_MIN, RSA_BITS_MAX);
	if ((key = OPENSSL_zalloc(sizeof(*key))) == NULL)
		return err_memory(err);
	key->pkey = TAKE(*pkey);
	*out = key;
	return 0;
}

static BIGNUM *
number(struct slice bytes)
{
	return bytes.len == 0 || bytes.len > RSA_BITS_MAX / 8 ? NULL : BN_bin2bn(bytes.data, (int)bytes.len, NULL);
}

/* ${builder} borrows the numbers: they must outlive the call. */
static int
make_key(OSSL_PARAM_BLD *builder, int selection, struct rsa_key **out, struct error *err)
{
	CLEANUP(OSSL_PARAM_freep) OSSL_PARAM		*params = OSSL_PARAM_BLD_to_param(builder);
	CLEANUP(EVP_PKEY_CTX_freep) EVP_PKEY_CTX	*ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	CLEANUP(EVP_PKEY_freep) EVP_PKEY		*pkey = NULL;

	if (params == NULL || ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &pkey, selection, params) != 1)
		return openssl_fail(err, "an RSA key");
	return adopt(&pkey, out, err);
}

int
rsa_public_new(const struct rsa_numbers *numbers, struct rsa_key **out, struct error *err)
{
	CLEANUP(OSSL_PARAM_BLD_freep) OSSL_PARAM_BLD	*builder = NULL;
	CLEANUP(number_freep) BIGNUM			*n = NULL, *e = NULL;
	int						 rc;

	if ((rc = openssl_start(err)) != 0)
		return rc;
	n = number(numbers->n);
	e = number(numbers->e);
	if (n == NULL || e == NULL)
		return err_set(err, ERR_SYNTAX, "an RSA key with a number that is missing or too long");
	if ((builder = OSSL_PARAM_BLD_new()) == NULL || OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) != 1 ||
	    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e) != 1)
		return openssl_fail(err, "an RSA key");
	return make_key(builder, EVP_PKEY_PUBLIC_KEY, out, err);
}

/* d modulo (prime - 1): the exponents that the Chinese remainder theorem needs, which SSH keys leave out. */
static BIGNUM *
remainder_of(const BIGNUM *d, const BIGNUM *prime, BN_CTX *ctx)
{
	CLEANUP(number_freep) BIGNUM	*less = BN_dup(prime), *result = BN_new();

	if (less == NULL || result == NULL || BN_sub_word(less, 1) != 1)
		return NULL;
	BN_set_flags(less, BN_FLG_CONSTTIME);
	return BN_mod(result, d, less, ctx) == 1 ? TAKE(result) : NULL;
}

int
rsa_private_new(const struct rsa_numbers *numbers, struct rsa_key **out, struct error *err)
{
	CLEANUP(OSSL_PARAM_BLD_freep) OSSL_PARAM_BLD	*builder = NULL;
	CLEANUP(BN_CTX_freep) BN_CTX			*ctx = NULL;
	CLEANUP(number_freep) BIGNUM			*n = NULL, *e = NULL, *d = NULL, *p = NULL, *q = NULL, *iqmp = NULL,
							*dp = NULL, *dq = NULL;
	int						 rc;

	if ((rc = openssl_start(err)) != 0)
		return rc;
	n = number(numbers->n);
	e = number(numbers->e);
	d = number(numbers->d);
	p = number(numbers->p);
	q = number(numbers->q);
	iqmp = number(numbers->iqmp);
	if (n == NULL || e == NULL || d == NULL || p == NULL || q == NULL || iqmp == NULL)
		return err_set(err, ERR_SYNTAX, "an RSA key with a number that is missing or too long");
	if ((ctx = BN_CTX_secure_new()) == NULL || (dp = remainder_of(d, p, ctx)) == NULL ||
	    (dq = remainder_of(d, q, ctx)) == NULL || (builder = OSSL_PARAM_BLD_new()) == NULL ||
	    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) != 1 ||
	    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e) != 1 ||
	    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_D, d) != 1 ||
	    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_FACTOR1, p) != 1 ||
	    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_FACTOR2, q) != 1 ||
	    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_EXPONENT1, dp) != 1 ||
	    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_EXPONENT2, dq) != 1 ||
	    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_COEFFICIENT1, iqmp) != 1)
		return openssl_fail(err, "an RSA key");
	return make_key(builder, EVP_PKEY_KEYPAIR, out, err);
}

/* libcrypto asks for the passphrase of an encrypted file on the terminal unless told what it is, or that there is none. */
static int
give_passphrase(char *to, int size, int writing UNUSED, void *passphrase)
{
	const struct slice *known = passphrase;

	if (known->len == 0 || known->len > (size_t)size)
		return -1;
	(void)memcpy(to, known->data, known->len);
	return (int)known->len;
}

/* The ciphers of encrypted files are looked up by name, and we start libcrypto without its table of names. */
static void
name_ciphers(void)
{
	(void)EVP_add_cipher(EVP_aes_128_cbc());
	(void)EVP_add_cipher(EVP_aes_192_cbc());
	(void)EVP_add_cipher(EVP_aes_256_cbc());
	(void)EVP_add_cipher(EVP_des_ede3_cbc());
}

int
rsa_private_parse(struct slice pem, struct slice passphrase_opt, struct rsa_key **out, struct error *err)
{
	CLEANUP(BIO_freep) BIO			*bio = NULL;
	CLEANUP(EVP_PKEY_freep) EVP_PKEY	*pkey = NULL;
	int					 rc;

	if ((rc = openssl_start(err)) != 0)
		return rc;
	if (pem.len > INT32_MAX || (bio = BIO_new_mem_buf(pem.data, (int)pem.len)) == NULL)
		return err_memory(err);
	if (passphrase_opt.len > 0)
		name_ciphers();
	pkey = PEM_read_bio_PrivateKey(bio, NULL, give_passphrase, &passphrase_opt);
	openssl_forget_errors();
	if (pkey == NULL && passphrase_opt.len > 0)
		return err_set(err, ERR_DENIED, "the passphrase is wrong");
	if (pkey == NULL)
		return err_set(err, ERR_SYNTAX, "malformed private key");
	if (EVP_PKEY_is_a(pkey, "RSA") != 1)
		return err_set(err, ERR_TYPE, "not an RSA key");
	return adopt(&pkey, out, err);
}

static int
append_number(const struct rsa_key *key, const char *name, struct buf *out, struct error *err)
{
	CLEANUP(number_freep) BIGNUM	*value = NULL;
	uint8_t				*room;
	int				 rc, len;

	if (EVP_PKEY_get_bn_param(key->pkey, name, &value) != 1)
		return openssl_fail(err, "an RSA key");
	len = BN_num_bytes(value);
	if ((rc = buf_reserve(out, (size_t)len, &room, err)) != 0)
		return rc;
	out->len += (size_t)BN_bn2bin(value, room);
	return 0;
}

int
rsa_public_numbers(const struct rsa_key *key, struct buf *n, struct buf *e, struct error *err)
{
	int rc;

	if ((rc = append_number(key, OSSL_PKEY_PARAM_RSA_N, n, err)) != 0)
		return rc;
	return append_number(key, OSSL_PKEY_PARAM_RSA_E, e, err);
}

void
rsa_key_free(struct rsa_key *key)
{
	if (key == NULL)
		return;
	EVP_PKEY_free(key->pkey);
	OPENSSL_free(key);
}

/* Padding, both hashes, label; libcrypto takes over the copy of the label that it is given. */
static bool
set_oaep(EVP_PKEY_CTX *ctx, struct slice label)
{
	void *copy = NULL;

	if (EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) != 1 ||
	    EVP_PKEY_CTX_set_rsa_oaep_md_name(ctx, "SHA2-256", NULL) != 1 ||
	    EVP_PKEY_CTX_set_rsa_mgf1_md_name(ctx, "SHA2-256", NULL) != 1)
		return false;
	if (label.len == 0)
		return true;
	if ((copy = OPENSSL_memdup(label.data, label.len)) == NULL)
		return false;
	if (EVP_PKEY_CTX_set0_rsa_oaep_label(ctx, copy, (int)label.len) == 1)
		return true;
	OPENSSL_free(copy);
	return false;
}

int
rsa_oaep_seal(const struct rsa_key *key, struct slice label, struct slice plain, struct buf *out, struct error *err)
{
	CLEANUP(EVP_PKEY_CTX_freep) EVP_PKEY_CTX	*ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
	size_t						 len = (size_t)EVP_PKEY_get_size(key->pkey);
	uint8_t						*room;
	int						 rc;

	if ((rc = buf_reserve(out, len, &room, err)) != 0)
		return rc;
	if (ctx == NULL || EVP_PKEY_encrypt_init(ctx) != 1 || !set_oaep(ctx, label) ||
	    EVP_PKEY_encrypt(ctx, room, &len, plain.data, plain.len) != 1)
		return openssl_fail(err, "RSA-OAEP encryption");
	out->len += len;
	return 0;
}

int
rsa_oaep_open(const struct rsa_key *key, struct slice label, struct slice sealed, struct buf *out, struct error *err)
{
	CLEANUP(EVP_PKEY_CTX_freep) EVP_PKEY_CTX	*ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
	size_t						 len = (size_t)EVP_PKEY_get_size(key->pkey);
	uint8_t						*room;
	int						 rc;

	if ((rc = buf_reserve(out, len, &room, err)) != 0)
		return rc;
	if (ctx == NULL || EVP_PKEY_decrypt_init(ctx) != 1 || !set_oaep(ctx, label))
		return openssl_fail(err, "RSA-OAEP decryption");
	if (EVP_PKEY_decrypt(ctx, room, &len, sealed.data, sealed.len) == 1) {
		out->len += len;
		return 0;
	}
	openssl_forget_errors();
	return err_set(err, ERR_TAMPERED, "RSA-OAEP ciphertext does not fit the key");
}
