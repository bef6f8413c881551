#include "base/utf8.h"

#include "tests/tap.h"

static const struct {
	const char	*bytes;
	uint32_t	point;
	size_t		len;
} good[] = {
	{ "a", 'a', 1 }, { "\x7f", 0x7f, 1 }, { "\xc2\x80", 0x80, 2 }, { "\xdf\xbf", 0x7ff, 2 }, { "\xe0\xa0\x80", 0x800, 3 },
	{ "\xed\x9f\xbf", 0xd7ff, 3 }, { "\xee\x80\x80", 0xe000, 3 }, { "\xef\xbf\xbf", 0xffff, 3 },
	{ "\xf0\x90\x80\x80", 0x10000, 4 }, { "\xf4\x8f\xbf\xbf", 0x10ffff, 4 },
};

static const char *const bad[] = {
	"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf",	/* alone, overlong */
	"\xed\xa0\x80", "\xed\xbf\xbf", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\xff",	/* surrogates, too large */
	"\xc2", "\xe0\xa0", "\xf0\x90\x80", "\xc2" "a", "\xe0\xa0" "a", "\xf0\x90\x80" "a",	/* cut short */
};

int
main(void)
{
	uint8_t		encoded[4];
	uint32_t	point, again;
	bool		round = true, alone = true;

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		point = 0;
		is_int(utf8_decode(slice_str(good[i].bytes), &point), good[i].len, "a well-formed sequence has its length");
		is_int(point, good[i].point, "and its code point");
		ok(utf8_valid(slice_str(good[i].bytes)), "and is valid");
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		point = 99;
		is_int(utf8_decode(slice_str(bad[i]), &point), 0, "an ill-formed one has none");
		is_int(point, 99, "and sets nothing");
		is_int(utf8_check(slice_str(bad[i])), 0, "and is not valid");
	}
	is_int(utf8_decode(SLICE_NONE, &point), 0, "nothing is no code point");
	for (uint32_t p = 0; p <= 0x10ffff; p++) {
		size_t len = utf8_encode(p, encoded);

		if (p >= 0xd800 && p <= 0xdfff)
			alone = alone && len == 0;
		else
			round = round && utf8_decode(slice_of(encoded, len), &again) == len && again == p;
	}
	ok(round, "every code point survives encoding and decoding");
	ok(alone && utf8_encode(0x110000, encoded) == 0 && utf8_encode(UINT32_MAX, encoded) == 0,
	    "surrogates and larger numbers cannot be encoded");

	is_int(utf8_check(SLICE("ab\xc3\xa9\xff" "c")), 4, "the first bad byte is found");
	is_int(utf8_count(SLICE("a\xc3\xa9\xf0\x9f\x98\x80z")), 4, "columns count code points");
	is_int(utf8_count(SLICE("a\xff\xc3")), 3, "and bad bytes one by one");
	is_int(utf8_count(SLICE_NONE), 0, "of which nothing has none");

	ok(utf8_is_printable('a') && utf8_is_printable(0xe9) && utf8_is_printable(0x1f600) && utf8_is_printable(0xa0),
	    "letters, emoji and blanks may be shown");
	ok(!utf8_is_printable('\n') && !utf8_is_printable('\t') && !utf8_is_printable(0x1b) && !utf8_is_printable(0x7f) &&
	    !utf8_is_printable(0x9b), "control characters may not");
	ok(!utf8_is_printable(0x2028) && !utf8_is_printable(0x202e) && !utf8_is_printable(0x2066) && !utf8_is_printable(0x200f) &&
	    !utf8_is_printable(0xfeff), "nor what breaks lines or turns them round");
	ok(!utf8_is_printable(0xd800) && !utf8_is_printable(0xfffe) && !utf8_is_printable(0x1ffff) && !utf8_is_printable(0x110000),
	    "nor what is no character");
	return done_testing();
}
