#include "crypto/kdf.h"
#include "tests/hex.h"

/* RFC 5869, appendix A.1 to A.3. */
static const struct {
	const char *ikm, *salt, *info, *prk, *okm;
} vectors[] = {
	{ "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "000102030405060708090a0b0c", "f0f1f2f3f4f5f6f7f8f9",
	    "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
	    "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865" },
	{ "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f"
	    "303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f",
	    "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f808182838485868788898a8b8c8d8e8f"
	    "909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
	    "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedf"
	    "e0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
	    "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244",
	    "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
	    "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87" },
	{ "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "", "",
	    "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04",
	    "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8" },
};

int
main(void)
{
	struct error	err = ERROR_INIT;
	uint8_t		out[100];

	for (size_t i = 0; i < sizeof(vectors) / sizeof(*vectors); i++) {
		CLEANUP(buf_release) struct buf	ikm = BUF(100), salt = BUF(100), info = BUF(100);
		size_t				len = strlen(vectors[i].okm) / 2;

		(void)unhex(&ikm, vectors[i].ikm);
		(void)unhex(&salt, vectors[i].salt);
		(void)unhex(&info, vectors[i].info);
		kdf_extract(buf_slice(&salt), buf_slice(&ikm), out);
		is_hex(slice_of(out, KDF_PRK_LEN), vectors[i].prk, "a vector is extracted to the published key");
		kdf_hkdf(buf_slice(&ikm), buf_slice(&salt), buf_slice(&info), out, len);
		is_hex(slice_of(out, len), vectors[i].okm, "and expanded to the published bytes");
	}

	/* RFC 7914's inputs with p = 1; the results are those of Python's hashlib. */
	succeeds(kdf_scrypt(SLICE_NONE, SLICE_NONE, 4, out, 32, &err), err, "scrypt takes empty arguments");
	is_hex(slice_of(out, 32), "e2b1883717d879f495cb7d86aa1eb8697e724978e8fc819881b007fbba2cf86b", "to the right key");
	succeeds(kdf_scrypt(SLICE("pleaseletmein"), SLICE("SodiumChloride"), 14, out, 64, &err), err, "scrypt takes N = 2^14");
	is_hex(slice_of(out, 64), "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
	    "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887", "to the published key");
	is_int(kdf_scrypt(SLICE("x"), SLICE("y"), 0, out, 32, &err), ERR_RANGE, "a work factor of 0 is refused");
	err_reset(&err);
	is_int(kdf_scrypt(SLICE("x"), SLICE("y"), 31, out, 32, &err), ERR_RANGE, "and one of 31");
	return done_testing();
}
