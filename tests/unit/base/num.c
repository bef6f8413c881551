#include "base/num.h"

#include "tests/tap.h"

static const struct {
	const char	text[30];
	int64_t		min, max, value;
	bool		good;
} cases[] = {
	{ "0", INT64_MIN, INT64_MAX, 0, true },
	{ "-0", INT64_MIN, INT64_MAX, 0, true },
	{ "007", INT64_MIN, INT64_MAX, 7, true },
	{ "9223372036854775807", INT64_MIN, INT64_MAX, INT64_MAX, true },
	{ "-9223372036854775808", INT64_MIN, INT64_MAX, INT64_MIN, true },
	{ "9223372036854775808", INT64_MIN, INT64_MAX, 0, false },
	{ "-9223372036854775809", INT64_MIN, INT64_MAX, 0, false },
	{ "99999999999999999999999999", INT64_MIN, INT64_MAX, 0, false },
	{ "5", 5, 5, 5, true },
	{ "4", 5, 9, 0, false },
	{ "10", 5, 9, 0, false },
	{ "-1", 0, 9, 0, false },
	{ "", INT64_MIN, INT64_MAX, 0, false },
	{ "-", INT64_MIN, INT64_MAX, 0, false },
	{ "--1", INT64_MIN, INT64_MAX, 0, false },
	{ "+1", INT64_MIN, INT64_MAX, 0, false },
	{ " 1", INT64_MIN, INT64_MAX, 0, false },
	{ "1 ", INT64_MIN, INT64_MAX, 0, false },
	{ "1x", INT64_MIN, INT64_MAX, 0, false },
	{ "0x1", INT64_MIN, INT64_MAX, 0, false },
};

int
main(void)
{
	uint8_t	bytes[4];
	size_t	sum = 1;
	int64_t	number;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		number = 99;
		ok(num_parse(slice_str(cases[i].text), cases[i].min, cases[i].max, &number) == cases[i].good, "'%s' is %s",
		    cases[i].text, cases[i].good ? "a number" : "none, or out of range");
		is_int(number, cases[i].good ? cases[i].value : 99, "with its value, or nothing set");
	}
	ok(!num_parse(slice_of("1\0", 2), 0, 9, &number), "a NUL is no digit");
	ok(size_add_overflows(SIZE_MAX, 1, &sum) && !size_add_overflows(SIZE_MAX - 1, 1, &sum) && sum == SIZE_MAX,
	    "sums that do not fit are seen");
	ok(size_mul_overflows(SIZE_MAX / 2, 3, &sum) && !size_mul_overflows(SIZE_MAX / 2, 2, &sum), "and products");
	be32_store(bytes, 0x01020384);
	is_mem(bytes, 4, "\x01\x02\x03\x84", 4, "big end first");
	is_int(be32_load((const uint8_t *)"\xff\x00\x00\x01"), 0xff000001, "and back");
	return done_testing();
}
