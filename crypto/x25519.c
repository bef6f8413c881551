#include "crypto/x25519.h"

#include <sodium.h>

#include "base/secret.h"

void
x25519_public(const uint8_t scalar[static X25519_LEN], uint8_t out[static X25519_LEN])
{
	/* Cannot fail: the base point is not of low order. */
	(void)crypto_scalarmult_base(out, scalar);
}

int
x25519_shared(const uint8_t scalar[static X25519_LEN], const uint8_t point[static X25519_LEN],
    uint8_t out[static X25519_LEN], struct error *err)
{
	if (crypto_scalarmult(out, scalar, point) == 0 && !sodium_is_zero(out, X25519_LEN))
		return 0;
	wipe(out, X25519_LEN);
	return err_set(err, ERR_CRYPTO, "X25519 point of low order");
}
