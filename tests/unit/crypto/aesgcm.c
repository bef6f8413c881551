#include "crypto/aesgcm.h"
#include "tests/hex.h"

/*
 * NIST's GCM test vectors (the GCM specification's cases 13 to 17 for 256 bits, 2 and 8 for the shorter keys; the IV of
 * case 17 has 8 bytes).
 */
static const struct {
	const char *key, *iv, *aad, *plain, *sealed, *tag;
} vectors[] = {
	{ "0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000",
	    "", "", "", "530f8afbc74536b9a963b4f1c4cb738b" },
	{ "0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000",
	    "", "00000000000000000000000000000000", "cea7403d4d606b6e074ec5d3baf39d18", "d0d1c8a799996bf0265b98b5d48ab919" },
	{ "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
	    "feedfacedeadbeeffeedfacedeadbeefabaddad2",
	    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
	    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
	    "76fc6ece0f4e1768cddf8853bb2d551b" },
	{ "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbad",
	    "feedfacedeadbeeffeedfacedeadbeefabaddad2",
	    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
	    "c3762df1ca787d32ae47c13bf19844cbaf1ae14d0b976afac52ff7d79bba9de0feb582d33934a4f0954cc2363bc73f7862ac430e64abe499f47c9b1f",
	    "3a337dbf46a792c45e454913fe2ea8f2" },
	{ "00000000000000000000000000000000", "000000000000000000000000",
	    "", "00000000000000000000000000000000", "0388dace60b6a392f328c2b971b2fe78", "ab6e47d42cec13bdf53a67b21257bddf" },
	{ "000000000000000000000000000000000000000000000000", "000000000000000000000000",
	    "", "00000000000000000000000000000000", "98e7247c07f0fe411c267e4384b0f600", "2ff58d80033927ab8ef4d4587514f0fb" },
};
#define VECTORS	(sizeof(vectors) / sizeof(*vectors))

static void
check_vector(struct slice key, struct slice iv, struct slice aad, struct slice plain, struct slice sealed,
    struct slice tag)
{
	CLEANUP(aesgcm_freep) struct aesgcm	*gcm = NULL;
	struct error				 err = ERROR_INIT;
	uint8_t					 out[100], made[AESGCM_TAG_LEN], bad[AESGCM_TAG_LEN];

	if (!succeeds(aesgcm_new(key, &gcm, &err), err, "a key is taken"))
		return;
	for (int round = 0; round < 2; round++) {
		succeeds(aesgcm_seal(gcm, iv, aad, plain, out, made, &err), err, "a vector is sealed");
		is_mem(out, plain.len, sealed.data, sealed.len, "to the published ciphertext");
		is_mem(made, sizeof(made), tag.data, tag.len, "and tag");
		succeeds(aesgcm_open(gcm, iv, aad, sealed, tag.data, out, &err), err, "the same object opens it");
		is_mem(out, sealed.len, plain.data, plain.len, "to the plaintext");
	}
	/* In place, and in pieces. */
	(void)memcpy(out, plain.data, plain.len);
	succeeds(aesgcm_seal(gcm, iv, aad, slice_of(out, plain.len), out, made, &err), err, "it is sealed in place");
	is_mem(out, plain.len, sealed.data, sealed.len, "to the same ciphertext");
	succeeds(aesgcm_open(gcm, iv, aad, slice_of(out, plain.len), made, out, &err), err, "and opened in place");
	is_mem(out, plain.len, plain.data, plain.len, "to the plaintext");
	succeeds(aesgcm_begin_open(gcm, iv, aad, &err), err, "a stream begins");
	for (size_t at = 0; at < sealed.len; at++)
		if (aesgcm_update(gcm, slice_sub(sealed, at, at + 1), out + at, &err) != 0)
			ok(false, "a byte is fed");
	succeeds(aesgcm_final_open(gcm, tag.data, &err), err, "and verifies");
	is_mem(out, sealed.len, plain.data, plain.len, "with the plaintext");

	/* Any flipped bit of the tag, and a wrong AAD. */
	for (size_t bit = 0; bit < 8 * sizeof(bad); bit += 31) {
		(void)memcpy(bad, tag.data, sizeof(bad));
		bad[bit / 8] ^= (uint8_t)(1 << bit % 8);
		err_reset(&err);
		(void)memset(out, 0x55, sizeof(out));
		is_int(aesgcm_open(gcm, iv, aad, sealed, bad, out, &err), ERR_TAMPERED, "a flipped bit in the tag is noticed");
		(void)memset(out + sealed.len, 0, sizeof(out) - sealed.len);
		ok(sealed.len == 0 || (out[0] == 0 && memcmp(out, out + 1, sealed.len - 1) == 0), "and nothing is released");
	}
	err_reset(&err);
	is_int(aesgcm_open(gcm, iv, SLICE("elsewhere:"), sealed, tag.data, out, &err), ERR_TAMPERED, "a moved value is noticed");
	err_reset(&err);
	succeeds(aesgcm_open(gcm, iv, aad, sealed, tag.data, out, &err), err, "the object works after a failure");
}

/* A value that sops wrote, with its IV of 32 bytes: key SHA-256("vector key"), path a:, text hello. */
static void
check_sops_value(void)
{
	CLEANUP(buf_release) struct buf	bytes = BUF(1000);
	struct error			err = ERROR_INIT;
	struct slice			key = unhex(&bytes, "cc7d03253da31f992f76b1a1b99f3e0324c5c926d4a48eec28a92a4ccc3ed55f");
	size_t				at[4];
	static const char *const	text[] = { "67TjdTw=", "1IEJx16kauVlwDGK/4nEOLdFgf6u6ALJP690gZzLWPQ=",
	    "BU1TmyjZggZna1d46A/91w==" };

	for (int i = 0; i < 3; i++) {
		at[i] = bytes.len;
		if (base64_decode(slice_str(text[i]), &bytes, &err) != 0)
			bail_out("a vector is not base64");
	}
	at[3] = bytes.len;
	key.data = bytes.data;
	check_vector(key, slice_sub(buf_slice(&bytes), at[1], at[2]), SLICE("a:"), SLICE("hello"),
	    slice_sub(buf_slice(&bytes), at[0], at[1]), slice_sub(buf_slice(&bytes), at[2], at[3]));
}

static void
check_lengths(void)
{
	CLEANUP(aesgcm_freep) struct aesgcm	*gcm = NULL, *none = NULL;
	struct error				 err = ERROR_INIT;
	uint8_t					 zeros[256] = { 0 }, out[1], tag[AESGCM_TAG_LEN];
	static const struct {
		size_t	len;
		int	kind;
	} ivs[] = { { 0, ERR_RANGE }, { 1, 0 }, { 12, 0 }, { 128, 0 }, { 129, ERR_RANGE }, { 32, 0 } };

	is_int(aesgcm_new(slice_of(zeros, 31), &none, &err), ERR_RANGE, "a key of 31 bytes is refused");
	err_reset(&err);
	is_int(aesgcm_new(SLICE_NONE, &none, &err), ERR_RANGE, "an empty key is refused");
	err_reset(&err);
	if (!succeeds(aesgcm_new(slice_of(zeros, 32), &gcm, &err), err, "a key of 32 bytes is taken"))
		return;
	for (size_t i = 0; i < sizeof(ivs) / sizeof(*ivs); i++) {
		err_reset(&err);
		is_int(aesgcm_seal(gcm, slice_of(zeros, ivs[i].len), SLICE_NONE, SLICE("x"), out, tag, &err), ivs[i].kind,
		    "an IV of 1 to 128 bytes is taken, another refused");
	}
}

int
main(void)
{
	for (size_t i = 0; i < VECTORS; i++) {
		CLEANUP(buf_release) struct buf	bytes = BUF(1000);
		const char			*hex[] = { vectors[i].key, vectors[i].iv, vectors[i].aad, vectors[i].plain,
		    vectors[i].sealed, vectors[i].tag };
		struct slice			 part[6];
		size_t				 at = 0;

		for (int k = 0; k < 6; k++)
			(void)unhex(&bytes, hex[k]);
		for (int k = 0; k < 6; at += strlen(hex[k++]) / 2)
			part[k] = slice_sub(buf_slice(&bytes), at, at + strlen(hex[k]) / 2);
		check_vector(part[0], part[1], part[2], part[3], part[4], part[5]);
	}
	check_sops_value();
	check_lengths();
	return done_testing();
}
