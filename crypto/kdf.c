#include "crypto/kdf.h"

#include <errno.h>
#include <string.h>

#include <sodium.h>

#include "base/secret.h"

/* libsodium wants a pointer even to nothing. */
static const uint8_t *
bytes_of(struct slice slice)
{
	return slice.data != NULL ? slice.data : (const uint8_t *)"";
}

/* HMAC-SHA-256; libsodium's one-shot form fixes the length of the key, this one does not. */
static void
hmac(struct slice key, const struct slice *parts, size_t n, uint8_t out[static KDF_PRK_LEN])
{
	crypto_auth_hmacsha256_state state;

	(void)crypto_auth_hmacsha256_init(&state, bytes_of(key), key.len);
	for (size_t i = 0; i < n; i++)
		(void)crypto_auth_hmacsha256_update(&state, bytes_of(parts[i]), parts[i].len);
	(void)crypto_auth_hmacsha256_final(&state, out);
	wipe(&state, sizeof(state));
}

void
kdf_extract(struct slice salt, struct slice ikm, uint8_t prk[static KDF_PRK_LEN])
{
	/* RFC 5869 2.2: an absent salt is as many zeros as the hash is long, which HMAC cannot tell from none. */
	hmac(salt, &ikm, 1, prk);
}

void
kdf_expand(const uint8_t prk[static KDF_PRK_LEN], struct slice info, uint8_t *out, size_t len)
{
	WIPED(block, KDF_PRK_LEN);
	struct slice	previous = SLICE_NONE;
	uint8_t		counter = 0;

	while (len > 0) {
		size_t part = len < KDF_PRK_LEN ? len : KDF_PRK_LEN;

		counter++;
		hmac(slice_of(prk, KDF_PRK_LEN), (const struct slice[]){ previous, info, slice_of(&counter, 1) }, 3, block);
		previous = slice_of(block, KDF_PRK_LEN);
		(void)memcpy(out, block, part);
		out += part;
		len -= part;
	}
}

void
kdf_hkdf(struct slice ikm, struct slice salt, struct slice info, uint8_t *out, size_t len)
{
	WIPED(prk, KDF_PRK_LEN);

	kdf_extract(salt, ikm, prk);
	kdf_expand(prk, info, out, len);
}

int
kdf_scrypt(struct slice passphrase, struct slice salt, unsigned log_n, uint8_t *out, size_t len,
    struct error *err)
{
	if (log_n < 1 || log_n > 30)
		return err_set(err, ERR_RANGE, "an scrypt work factor of %u is not possible (1 to 30)", log_n);
	if (sodium_init() < 0)
		return err_set(err, ERR_CRYPTO, "libsodium cannot be initialised");
	if (crypto_pwhash_scryptsalsa208sha256_ll(bytes_of(passphrase), passphrase.len, bytes_of(salt), salt.len,
	    UINT64_C(1) << log_n, 8, 1, out, len) == 0)
		return 0;
	return errno == ENOMEM ? err_memory(err) : err_set(err, ERR_CRYPTO, "scrypt failed");
}
