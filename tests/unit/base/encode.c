#include "base/encode.h"
#include "tests/tap.h"

static const struct {
	const char *bytes, *text;
} vectors[] = {	/* RFC 4648 section 10 */
	{ "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" },
	{ "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" },
};

static int
decode(const char *text, unsigned flags, struct buf *out)
{
	struct error err = ERROR_INIT;

	buf_reset(out);
	return base64_decode_as(slice_str(text), flags, out, &err);
}

int
main(void)
{
	struct error			err = ERROR_INIT;
	CLEANUP(buf_release) struct buf	out = BUF(1000);

	for (size_t i = 0; i < sizeof(vectors) / sizeof(*vectors); i++) {
		buf_reset(&out);
		succeeds(base64_encode(slice_str(vectors[i].bytes), &out, &err), err, "a vector encodes");
		is_slice(buf_slice(&out), slice_str(vectors[i].text), "to the published text");
		is_int(decode(vectors[i].text, BASE64_CANONICAL, &out), 0, "and decodes");
		is_slice(buf_slice(&out), slice_str(vectors[i].bytes), "to the bytes");
	}
	is_int(decode("Zh==", BASE64_CANONICAL, &out), ERR_SYNTAX, "set unused bits are refused");
	is_int(decode("Zh==", BASE64_LOOSE_BITS, &out), 0, "unless they are allowed");
	is_int(decode("Zg", BASE64_CANONICAL, &out), ERR_SYNTAX, "missing padding is refused");
	is_int(decode("Zg", BASE64_NO_PADDING, &out), 0, "unless it must be absent");
	is_int(decode("Zg==", BASE64_NO_PADDING, &out), ERR_SYNTAX, "and is refused then");
	is_int(decode("Zg=", BASE64_CANONICAL, &out), ERR_SYNTAX, "half the padding is refused");
	is_int(decode("Zg==Zg==", BASE64_CANONICAL, &out), ERR_SYNTAX, "text after the padding is refused");
	is_int(decode("Zm9v====", BASE64_CANONICAL, &out), ERR_SYNTAX, "needless padding is refused");
	is_int(decode("Z", BASE64_NO_PADDING, &out), ERR_SYNTAX, "a lone character is refused");
	is_int(decode("Zm\n9v", BASE64_CANONICAL, &out), ERR_SYNTAX, "a line break is refused");
	is_int(decode("Zm\n9v", BASE64_SKIP_BREAKS, &out), 0, "unless breaks are skipped");
	is_int(decode("-_-_", BASE64_CANONICAL, &out), ERR_SYNTAX, "the URL alphabet is refused");
	is_int(decode("-_-_", BASE64_URL, &out), 0, "unless it is asked for");
	is_slice(buf_slice(&out), slice_of("\xfb\xff\xbf", 3), "and gives its bytes");

	for (size_t i = 0; i < sizeof(vectors) / sizeof(*vectors); i++) {
		buf_reset(&out);
		succeeds(base64_encode_public(slice_str(vectors[i].bytes), &out, &err), err, "the codec for public bytes encodes");
		is_slice(buf_slice(&out), slice_str(vectors[i].text), "to the published text");
		buf_reset(&out);
		is_int(base64_decode_public(slice_str(vectors[i].text), &out, &err), 0, "and decodes");
		is_slice(buf_slice(&out), slice_str(vectors[i].bytes), "to the bytes");
	}
	for (unsigned i = 0; i < 256; i++) {
		uint8_t			bytes[4] = { (uint8_t)i, (uint8_t)(i * 7), (uint8_t)(255 - i), 1 };
		CLEANUP(buf_release) struct buf strict = BUF(100);
		char			character[5] = { 'A', (char)i, 'A', 'A', 0 };
		struct error		a = ERROR_INIT, b = ERROR_INIT;

		buf_reset(&out);
		if (base64_encode_public(slice_of(bytes, 4), &out, &a) != 0 || base64_encode(slice_of(bytes, 4), &strict, &b) != 0 ||
		    !slice_eq(buf_slice(&out), buf_slice(&strict)))
			ok(false, "both codecs write the same text for byte %u", i);
		buf_reset(&out);
		buf_reset(&strict);
		if ((base64_decode_public(slice_of(character, 4), &out, &a) == 0) !=
		    (base64_decode_as(slice_of(character, 4), BASE64_SKIP_BREAKS, &strict, &b) == 0) ||
		    !slice_eq(buf_slice(&out), buf_slice(&strict)))
			ok(false, "both codecs read the same from character %u", i);
	}
	ok(true, "the two codecs agree on every byte and character");
	buf_reset(&out);
	is_int(base64_decode_public(SLICE("Zm9v\r\nZh=="), &out, &err), 0, "line breaks and set unused bits are accepted");
	is_slice(buf_slice(&out), SLICE("foof"), "and give the bytes");
	is_int(base64_decode_public(SLICE("Zm9vZg"), &out, &err), ERR_SYNTAX, "missing padding is refused");
	is_slice(buf_slice(&out), SLICE("foof"), "with the output as it was");
	err_reset(&err);

	buf_reset(&out);
	succeeds(hex_encode(slice_of("\x00\x9a\xff", 3), &out, &err), err, "bytes become hex");
	is_slice(buf_slice(&out), SLICE("009aff"), "in lower case");
	buf_reset(&out);
	is_int(hex_decode(SLICE("009aFF"), &out, &err), 0, "hex of either case becomes bytes");
	is_slice(buf_slice(&out), slice_of("\x00\x9a\xff", 3), "the right ones");
	is_int(hex_decode(SLICE("0g"), &out, &err), ERR_SYNTAX, "another letter is refused");
	return done_testing();
}
