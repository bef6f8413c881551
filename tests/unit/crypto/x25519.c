#include "crypto/x25519.h"
#include "tests/hex.h"

/* RFC 7748: the two vectors of section 5.2, then the exchange of 6.1. */
static const struct {
	const char *scalar, *point, *shared;
} vectors[] = {
	{ "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
	    "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
	    "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552" },
	{ "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
	    "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
	    "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957" },
	/* Bob with Alice's public key */
	{ "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
	    "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
	    "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742" },
};

/* Points of low order: 0, 1, and one of order 8, as they may come from a hostile file. */
static const char *const low_order[] = {
	"0000000000000000000000000000000000000000000000000000000000000000",
	"0100000000000000000000000000000000000000000000000000000000000000",
	"e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
};

int
main(void)
{
	struct error	err = ERROR_INIT;
	uint8_t		out[X25519_LEN];

	for (size_t i = 0; i < sizeof(vectors) / sizeof(*vectors); i++) {
		CLEANUP(buf_release) struct buf	scalar = BUF(32), point = BUF(32);

		(void)unhex(&scalar, vectors[i].scalar);
		(void)unhex(&point, vectors[i].point);
		succeeds(x25519_shared(scalar.data, point.data, out, &err), err, "a vector is computed");
		is_hex(slice_of(out, sizeof(out)), vectors[i].shared, "to the published secret");
		x25519_public(scalar.data, out);
		if (i == 2)
			is_hex(slice_of(out, sizeof(out)), "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
			    "and the public key is the published one");
	}
	for (size_t i = 0; i < sizeof(low_order) / sizeof(*low_order); i++) {
		CLEANUP(buf_release) struct buf	scalar = BUF(32), point = BUF(32);

		(void)unhex(&scalar, vectors[0].scalar);
		(void)unhex(&point, low_order[i]);
		(void)memset(out, 0x55, sizeof(out));
		err_reset(&err);
		is_int(x25519_shared(scalar.data, point.data, out, &err), ERR_CRYPTO, "a point of low order is refused");
		is_hex(slice_of(out, sizeof(out)), low_order[0], "and nothing is released");
	}
	return done_testing();
}
