#include "base/slice.h"

#include "tests/tap.h"

static void
test_split(void)
{
	static const struct {
		const char *text, *parts;
	} cases[] = {
		{ "a,b,c", "[a][b][c]" }, { "a", "[a]" }, { "", "[]" }, { ",", "[][]" }, { "a,,b,", "[a][][b][]" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct slice	rest = slice_str(cases[i].text), part;
		char		parts[100] = "";

		while (slice_split(&rest, ',', &part))
			(void)snprintf(parts + strlen(parts), sizeof(parts) - strlen(parts), "[%.*s]", SLICE_ARG(part));
		is_str(parts, cases[i].parts, "splitting visits every part, empty ones too");
	}
	ok(!slice_split(&(struct slice){ NULL, 0 }, ',', &(struct slice){ NULL, 0 }), "nothing has no parts");
}

int
main(void)
{
	struct slice abc = SLICE("abc"), none = SLICE_NONE;

	is_int(slice_str(NULL).len, 0, "no string is an empty slice");
	ok(slice_eq(none, SLICE("")) && slice_eq(abc, slice_str("abc")), "equal bytes are equal, empty ones too");
	ok(!slice_eq(abc, SLICE("abd")) && !slice_eq(abc, SLICE("ab")), "others are not");
	ok(slice_eq(SLICE("a\0b"), slice_of("a\0b", 3)), "NUL is a byte like another");
	ok(slice_starts(abc, SLICE("ab")) && slice_starts(abc, none) && slice_starts(none, none), "what a slice starts with");
	ok(!slice_starts(SLICE("ab"), abc) && !slice_starts(abc, SLICE("b")), "and what not");
	ok(slice_ends(abc, SLICE("bc")) && slice_ends(abc, none) && !slice_ends(abc, SLICE("ab")) && !slice_ends(SLICE("c"), abc),
	    "what it ends with");

	is_slice(slice_sub(abc, 1, 2), SLICE("b"), "a part");
	is_slice(slice_sub(abc, 1, SIZE_MAX), SLICE("bc"), "is cut to what is there");
	is_slice(slice_sub(abc, 9, 1), none, "even beyond the end");
	ok(slice_sub(none, 0, 5).data == NULL, "of nothing it is nothing");
	is_slice(slice_from(abc, 2), SLICE("c"), "the rest");

	is_int(slice_find(abc, 'c', 0), 2, "a byte is found");
	is_int(slice_find(abc, 'a', 1), 3, "from where one looks");
	is_int(slice_find(none, 'a', 0), 0, "or not at all");

	ok(slice_cmp(abc, SLICE("abd")) < 0 && slice_cmp(SLICE("b"), abc) > 0 && slice_cmp(abc, abc) == 0, "bytes have an order");
	ok(slice_cmp(SLICE("ab"), abc) < 0 && slice_cmp(abc, none) > 0, "a prefix comes first");
	ok(slice_cmp(SLICE("\x7f"), SLICE("\x80")) < 0, "without signs");

	is_slice(slice_trim(SLICE(" \t\r\nx y\n ")), SLICE("x y"), "blanks go at both ends");
	is_slice(slice_trim(SLICE("  ")), none, "or altogether");
	ok(slice_eq_nocase(SLICE("aBc"), SLICE("AbC")) && !slice_eq_nocase(SLICE("a"), SLICE("b")), "letters of either case");
	ok(!slice_eq_nocase(SLICE("@["), SLICE("`{")), "and letters alone");
	test_split();
	return done_testing();
}
