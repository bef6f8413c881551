#include "crypto/chachapoly.h"

#include <sodium.h>

#include "base/secret.h"

void
chachapoly_seal(const uint8_t key[static CHACHAPOLY_KEY_LEN], const uint8_t nonce[static CHACHAPOLY_NONCE_LEN],
    struct slice plain, uint8_t *out)
{
	/* Cannot fail: the only limit is 256 GiB. */
	(void)crypto_aead_chacha20poly1305_ietf_encrypt(out, NULL, plain.data, plain.len, NULL, 0, NULL, nonce, key);
}

int
chachapoly_open(const uint8_t key[static CHACHAPOLY_KEY_LEN], const uint8_t nonce[static CHACHAPOLY_NONCE_LEN],
    struct slice sealed, uint8_t *out, struct error *err)
{
	if (crypto_aead_chacha20poly1305_ietf_decrypt(out, NULL, NULL, sealed.data, sealed.len, NULL, 0, nonce, key) == 0)
		return 0;
	if (sealed.len > CHACHAPOLY_TAG_LEN)
		wipe(out, sealed.len - CHACHAPOLY_TAG_LEN);
	return err_set(err, ERR_TAMPERED, "authentication tag does not match");
}
