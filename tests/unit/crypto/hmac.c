#include "crypto/hmac.h"
#include "tests/hex.h"

/* RFC 2202 (SHA-1) and RFC 4231 (SHA-256, SHA-512) test cases 1, 2 and 6; last, both arguments empty. */
static const struct {
	enum digest_kind kind;
	uint8_t fill;			/* the key is ${len} of these, unless it is spelled */
	size_t len;
	const char *key, *message, *mac;
} vectors[] = {
	{ DIGEST_SHA1, 0x0b, 20, NULL, "Hi There", "b617318655057264e28bc0b6fb378c8ef146be00" },
	{ DIGEST_SHA1, 0, 0, "Jefe", "what do ya want for nothing?", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79" },
	{ DIGEST_SHA1, 0xaa, 80, NULL, "Test Using Larger Than Block-Size Key - Hash Key First",
	    "aa4ae5e15272d00e95705637ce8a3b55ed402112" },
	{ DIGEST_SHA256, 0x0b, 20, NULL, "Hi There",
	    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
	{ DIGEST_SHA256, 0, 0, "Jefe", "what do ya want for nothing?",
	    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
	{ DIGEST_SHA256, 0xaa, 131, NULL, "Test Using Larger Than Block-Size Key - Hash Key First",
	    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54" },
	{ DIGEST_SHA512, 0, 0, "Jefe", "what do ya want for nothing?",
	    "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
	    "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737" },
	{ DIGEST_SHA256, 0, 0, NULL, "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad" },
};

int
main(void)
{
	struct error	err = ERROR_INIT;
	uint8_t		out[DIGEST_MAX_LEN], filled[200];

	for (size_t i = 0; i < sizeof(vectors) / sizeof(*vectors); i++) {
		CLEANUP(hmac_freep) struct hmac	*hmac = NULL;
		struct slice			 message = slice_str(vectors[i].message), key = slice_str(vectors[i].key);
		size_t				 len = digest_len(vectors[i].kind);

		if (vectors[i].len > 0) {
			(void)memset(filled, vectors[i].fill, sizeof(filled));
			key = slice_of(filled, vectors[i].len);
		}
		if (!succeeds(hmac_new(vectors[i].kind, key, &hmac, &err), err, "a key is taken"))
			continue;
		succeeds(hmac_update(hmac, message, &err), err, "a vector is fed");
		succeeds(hmac_final(hmac, out, &err), err, "and ends");
		is_hex(slice_of(out, len), vectors[i].mac, "with the published code");
		succeeds(hmac_update(hmac, SLICE("forgotten"), &err), err, "something else is fed");
		hmac_reset(hmac);
		for (size_t at = 0; at < message.len; at++)
			if (hmac_update(hmac, slice_sub(message, at, at + 1), &err) != 0)
				ok(false, "a byte is fed");
		succeeds(hmac_final(hmac, out, &err), err, "after a reset the same key serves byte by byte");
		is_hex(slice_of(out, len), vectors[i].mac, "with the same code");
		if (vectors[i].kind == DIGEST_SHA1)
			succeeds(hmac_sha1(key, message, out, &err), err, "in one go");
		else if (vectors[i].kind == DIGEST_SHA256)
			succeeds(hmac_sha256(key, message, out, &err), err, "in one go");
		is_hex(slice_of(out, len), vectors[i].mac, "the same again");
	}
	return done_testing();
}
