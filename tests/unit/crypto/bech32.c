#include "crypto/bech32.h"
#include "tests/hex.h"

/* BIP 173's valid strings that end on a byte, and one of our own. */
static const struct {
	const char *text, *prefix, *hex;
} good[] = {
	{ "A12UEL5L", "A", "" },
	{ "a12uel5l", "a", "" },
	{ "a1qy089ch6", "a", "01" },
	{ "an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1tt5tgs",
	    "an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio", "" },
	{ "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw", "abcdef", "00443214c74254b635cf84653a56d7c675be77df" },
	{ "split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w", "split",
	    "c5f38b70305f519bf66d85fb6cf03058f3dde463ecd7918f2dc743918f2d" },
};

/* BIP 173's invalid strings, and what age must refuse besides. */
static const struct {
	const char *text, *what;
} bad[] = {
	{ "\x20" "1nwldj5", "a blank in the prefix" }, { "\x7f" "1axkwrx", "a control character in the prefix" },
	{ "\x80" "1eym55h", "a byte above ASCII in the prefix" }, { "pzry9x0s0muk", "no separator" },
	{ "1pzry9x0s0muk", "an empty prefix" }, { "x1b4n0q5v", "a character outside the alphabet" },
	{ "li1dgmt3", "too short a checksum" }, { "de1lg7wt\xff", "a byte above ASCII in the checksum" },
	{ "A1G7SGD8", "a checksum made over the upper-case prefix" }, { "10a06t8", "nothing before the separator" },
	{ "1qzzfhee", "an empty prefix and no data" }, { "a12UEL5L", "two cases" }, { "A12uEL5L", "two cases in the data" },
	{ "a12uel5m", "a changed last character" }, { "b12uel5l", "another prefix" }, { "", "the empty text" },
	{ "1", "a separator alone" }, { "a1", "a prefix alone" },
	{ "a1q3g6mn3", "five bits left over" }, { "a1qpamnt9j", "a left-over bit that is not zero" },
};

int
main(void)
{
	CLEANUP(buf_release) struct buf	out = BUF(BECH32_MAX), back = BUF(BECH32_MAX);
	struct slice			prefix = SLICE_NONE;
	struct error			err = ERROR_INIT;
	uint8_t				bytes[64];

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		buf_reset(&out);
		buf_reset(&back);
		succeeds(bech32_decode(slice_str(good[i].text), &prefix, &out, &err), err, "a published string is read");
		is_slice(prefix, slice_str(good[i].prefix), "with its prefix");
		is_hex(buf_slice(&out), good[i].hex, "and its bytes");
		succeeds(bech32_encode(prefix, buf_slice(&out), &back, &err), err, "and written");
		is_slice(buf_slice(&back), slice_str(good[i].text), "to the same string");
	}
	buf_reset(&out);
	if (buf_str(&out, "kept", &err) != 0)
		bail_out("out of memory");
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		err_reset(&err);
		ok(bech32_decode(slice_str(bad[i].text), &prefix, &out, &err) == ERR_SYNTAX, "refused: %s", bad[i].what);
	}
	is_slice(buf_slice(&out), SLICE("kept"), "a refused string adds nothing");

	/* Every length, and every single wrong character of one string. */
	for (size_t len = 0; len < sizeof(bytes); len++) {
		bytes[len] = (uint8_t)(len * 37);
		buf_reset(&out);
		buf_reset(&back);
		err_reset(&err);
		if (bech32_encode(SLICE("AGE-TEST-"), slice_of(bytes, len), &out, &err) != 0 ||
		    bech32_decode(buf_slice(&out), &prefix, &back, &err) != 0 || !slice_eq(buf_slice(&back), slice_of(bytes, len)))
			ok(false, "%zu bytes come back", len);
	}
	for (size_t i = 0; i < out.len; i++) {
		uint8_t kept = out.data[i];

		out.data[i] = kept == 'Q' ? 'P' : 'Q';
		err_reset(&err);
		if (bech32_decode(buf_slice(&out), &prefix, &back, &err) != ERR_SYNTAX)
			ok(false, "a wrong character at %zu is noticed", i);
		out.data[i] = kept;
	}

	err_reset(&err);
	is_int(bech32_encode(SLICE("aB"), SLICE_NONE, &out, &err), ERR_SYNTAX, "a prefix of two cases is refused");
	err_reset(&err);
	is_int(bech32_encode(SLICE_NONE, SLICE_NONE, &out, &err), ERR_SYNTAX, "and an empty one");
	return done_testing();
}
