#include "crypto/bcrypt.h"

#include "tests/hex.h"

/* From Python's bcrypt 4 (bcrypt.kdf), which has OpenBSD's code; the first is in OpenBSD's own tests. */
static const struct {
	const char	*passphrase, *salt;	/* hexadecimal */
	uint32_t	 rounds;
	const char	*key;
} vectors[] = {
	{ "70617373776f7264", "73616c74", 4, "5bbf0cc293587f1c3635555c27796598d47e579071bf427e9d8fbe842aba34d9" },
	{ "70617373706872617365", "30313233343536373839616263646566", 1,
	    "1e9475f6ed147d6574783a5ad4381a31e234aea79a9f378d79a7fc593e10992ac0011e77c8313bcb5a7c7d51a7a83d30" },
	{ "70", "73", 2, "11f14175a1ffd3d8baa0193a767015cff441741d72878b3d3dc5010d10fcf81b14c72d6676d32094ea630011461f02ac1c1612dbb8f9bd8f"
	    "b88466548157aed80d23db8221c9ffa4927dd9346c2366ee" },
	{ "e282ac0078", "73616c74", 1, "94" },
};

int
main(void)
{
	static const struct {
		const char	*what;
		size_t		 passphrase, salt, len;
		uint32_t	 rounds;
		int		 kind;
	} refused[] = {
		{ "an empty passphrase", 0, 4, 32, 1, ERR_RANGE }, { "an empty salt", 4, 0, 32, 1, ERR_RANGE },
		{ "no rounds", 4, 4, 32, 0, ERR_RANGE }, { "an empty key", 4, 4, 0, 1, ERR_RANGE },
		{ "a key beyond measure", 4, 4, BCRYPT_KEY_MAX + 1, 1, ERR_RANGE }, { "a salt beyond measure", 4, 1025, 32, 1, ERR_RANGE },
		{ "rounds beyond measure", 4, 4, 32, BCRYPT_ROUNDS_MAX + 1, ERR_LIMIT },
	};
	static uint8_t	zeros[2000], key[2000];

	for (size_t i = 0; i < sizeof(vectors) / sizeof(*vectors); i++) {
		CLEANUP(buf_release) struct buf	passphrase = BUF(1000), salt = BUF(1000), want = BUF(1000);
		struct error			err = ERROR_INIT;

		if (hex_decode(slice_str(vectors[i].passphrase), &passphrase, &err) != 0 || hex_decode(slice_str(vectors[i].salt), &salt, &err) != 0 ||
		    hex_decode(slice_str(vectors[i].key), &want, &err) != 0)
			bail_out(err.text);
		succeeds(bcrypt_pbkdf(buf_slice(&passphrase), buf_slice(&salt), vectors[i].rounds, key, want.len, &err), err, "a key is made");
		is_slice(slice_of(key, want.len), buf_slice(&want), "the right one");
	}
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
		struct error err = ERROR_INIT;

		is_int(bcrypt_pbkdf(slice_of(zeros, refused[i].passphrase), slice_of(zeros, refused[i].salt), refused[i].rounds, key,
		    refused[i].len, &err), refused[i].kind, refused[i].what);
	}
	return done_testing();
}
