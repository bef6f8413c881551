#include "crypto/sshkey_cipher.h"

#include <limits.h>

#include <openssl/evp.h>

#include "base/num.h"
#include "base/secret.h"
#include "crypto/bcrypt.h"
#include "crypto/openssl.h"

#define KEY_LEN		32
#define BLOCK		16

DEFINE_CLEANUP(EVP_CIPHER_CTX, EVP_CIPHER_CTX_free)

/* string salt, uint32 rounds */
static int
read_options(struct slice options, struct slice *salt, uint32_t *rounds, struct error *err)
{
	uint32_t len = options.len >= 4 ? be32_load(options.data) : 0;

	if (options.len < 8 || len != options.len - 8)
		return err_set(err, ERR_SYNTAX, "malformed SSH key");
	*salt = slice_sub(options, 4, 4 + len);
	*rounds = be32_load(options.data + 4 + len);
	return 0;
}

int
sshkey_cipher_open(struct slice cipher, struct slice kdf, struct slice options, struct slice passphrase, struct slice sealed,
    struct buf *out, struct error *err)
{
	CLEANUP(EVP_CIPHER_CTX_freep) EVP_CIPHER_CTX	*ctx = NULL;
	EVP_CIPHER					*algorithm;
	WIPED(key, KEY_LEN + BLOCK);			/* and the first counter, or vector, behind it */
	bool						 ctr = slice_eq(cipher, SLICE("aes256-ctr"));
	struct slice					 salt;
	uint8_t						*room;
	uint32_t					 rounds;
	int						 rc, done;

	if ((!ctr && !slice_eq(cipher, SLICE("aes256-cbc"))) || !slice_eq(kdf, SLICE("bcrypt"))) {
		(void)err_set(err, ERR_UNSUPPORTED, "the SSH key is protected by a cipher that is not supported ('%.*s')",
		    SLICE_ARG(slice_sub(cipher, 0, 100)));
		return err_hint(err, "'ssh-keygen -p -Z aes256-ctr -f FILE' gives it one that is");
	}
	if (sealed.len == 0 || sealed.len % BLOCK != 0 || sealed.len > INT_MAX)
		return err_set(err, ERR_SYNTAX, "malformed SSH key");
	if ((rc = read_options(options, &salt, &rounds, err)) != 0 ||
	    (rc = bcrypt_pbkdf(passphrase, salt, rounds, key, KEY_LEN + BLOCK, err)) != 0 ||
	    (rc = openssl_cipher(ctr ? OPENSSL_AES_256_CTR : OPENSSL_AES_256_CBC, &algorithm, err)) != 0 ||
	    (rc = buf_reserve(out, sealed.len, &room, err)) != 0)
		return rc;
	/* OpenSSH pads by itself (1, 2, 3 ...). */
	if ((ctx = EVP_CIPHER_CTX_new()) == NULL || EVP_DecryptInit_ex2(ctx, algorithm, key, key + KEY_LEN, NULL) != 1 ||
	    EVP_CIPHER_CTX_set_padding(ctx, 0) != 1 || EVP_DecryptUpdate(ctx, room, &done, sealed.data, (int)sealed.len) != 1 ||
	    done != (int)sealed.len)
		return openssl_fail(err, "AES decryption");
	out->len += sealed.len;
	return 0;
}
