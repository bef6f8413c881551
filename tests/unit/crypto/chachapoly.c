#include "crypto/chachapoly.h"
#include "tests/hex.h"

/* RFC 8439 has associated data in its example, which we never use: this is RFC 7539's key and nonce without it. */
static const char key_hex[] = "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f";
static const char nonce_hex[] = "070000004041424344454647";
static const char plain[] = "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, "
    "sunscreen would be it.";
/* The ciphertext is the RFC's; the tag is that of an empty AAD (python3-cryptography). */
static const char sealed_hex[] =
    "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b"
    "1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
    "3ff4def08e4b7a9de576d26586cec64b61166a23a4681fd59456aea1d29f82477216";

int
main(void)
{
	CLEANUP(buf_release) struct buf	key = BUF(100), nonce = BUF(100), sealed = BUF(1000);
	struct error			err = ERROR_INIT;
	uint8_t				out[200];
	size_t				len = sizeof(plain) - 1, noticed = 0;

	(void)unhex(&key, key_hex);
	(void)unhex(&nonce, nonce_hex);
	(void)unhex(&sealed, sealed_hex);
	chachapoly_seal(key.data, nonce.data, slice_str(plain), out);
	is_mem(out, len + CHACHAPOLY_TAG_LEN, sealed.data, sealed.len, "a vector is sealed to the published bytes");
	succeeds(chachapoly_open(key.data, nonce.data, slice_of(out, sealed.len), out, &err), err, "and opened in place");
	is_mem(out, len, plain, len, "to the plaintext");
	for (size_t bit = 0; bit < sealed.len * 8; bit++) {
		sealed.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		noticed += chachapoly_open(key.data, nonce.data, buf_slice(&sealed), out, &err) == ERR_TAMPERED;
		sealed.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		err_reset(&err);
	}
	is_int(noticed, sealed.len * 8, "every flipped bit is noticed");
	is_int(out[0], 0, "and nothing is released");
	for (size_t cut = 0; cut < sealed.len; cut++) {
		err_reset(&err);
		if (chachapoly_open(key.data, nonce.data, slice_of(sealed.data, cut), out, &err) != ERR_TAMPERED)
			ok(false, "%zu bytes of it are refused", cut);
	}
	err_reset(&err);
	chachapoly_seal(key.data, nonce.data, SLICE_NONE, out);
	succeeds(chachapoly_open(key.data, nonce.data, slice_of(out, CHACHAPOLY_TAG_LEN), out, &err), err,
	    "an empty message is its tag");
	return done_testing();
}
