#include "yamlmerge/number.h"

#include <math.h>

#include "tests/tap.h"

/* The columns: sops' plaintext, sops' YAML, JSON, Helm's key. */
static const struct {
	double		 value;
	const char	*plain, *yaml, *json, *key;
} texts[] = {
	{ 1.0, "1", "1", "1", "1" },
	{ 0.1, "0.1", "0.1", "0.1", "0.1" },
	{ -0.0, "-0", "-0", "-0", "-0" },
	{ 0.0, "0", "0", "0", "0" },
	{ 1.5e21, "1500000000000000000000", "1.5e+21", "1.5e+21", "1.5e+21" },
	{ 1e21, "1000000000000000000000", "1e+21", "1e+21", "1e+21" },
	{ 1e20, "100000000000000000000", "1e+20", "100000000000000000000", "1e+20" },
	{ 1e-7, "0.0000001", "1e-07", "1e-7", "1e-07" },
	{ 9.9e-7, "0.00000099", "9.9e-07", "9.9e-7", "9.9e-07" },
	{ 1e-6, "0.000001", "1e-06", "0.000001", "1e-06" },
	{ 123456789.123456789, "123456789.12345679", "1.2345678912345679e+08", "123456789.12345679", "1.2345679e+08" },
	{ 18446744073709551616.0, "18446744073709552000", "1.8446744073709552e+19", "18446744073709552000", "1.8446744e+19" },
	{ 100000, "100000", "100000", "100000", "100000" },
	{ 999999, "999999", "999999", "999999", "999999" },
	{ 1000000, "1000000", "1e+06", "1000000", "1e+06" },
	{ 1234567, "1234567", "1.234567e+06", "1234567", "1.234567e+06" },
	{ 123456.7, "123456.7", "123456.7", "123456.7", "123456.7" },
	{ 0.0001, "0.0001", "0.0001", "0.0001", "0.0001" },
	{ 0.00001234, "0.00001234", "1.234e-05", "0.00001234", "1.234e-05" },
	{ 1e100, NULL, "1e+100", "1e+100", ".inf" },
	{ 16777217.5, "16777217.5", "1.67772175e+07", "16777217.5", "1.6777218e+07" },
	{ 5e-324, NULL, "5e-324", "5e-324", "0" },
	{ 1.7976931348623157e308, NULL, "1.7976931348623157e+308", "1.7976931348623157e+308", ".inf" },
	{ 5.684341886080801486968994140625e-14, "0.00000000000005684341886080802", "5.684341886080802e-14", NULL, NULL },
	{ 9007199254740993.0, "9007199254740992", "9.007199254740992e+15", "9007199254740992", NULL },
	{ 0.3, "0.3", "0.3", "0.3", "0.3" },
	{ 0.30000000000000004, "0.30000000000000004", "0.30000000000000004", "0.30000000000000004", "0.3" },
	{ 2.2250738585072014e-308, NULL, "2.2250738585072014e-308", NULL, NULL },
	{ INFINITY, "+Inf", ".inf", ".inf", ".inf" },
	{ -INFINITY, "-Inf", "-.inf", "-.inf", "-.inf" },
	{ NAN, "NaN", ".nan", ".nan", ".nan" },
	{ -1.25e-10, "-0.000000000125", "-1.25e-10", "-1.25e-10", "-1.25e-10" },
};

static const struct {
	const char	*text;
	double		 value;
	int		 result;
} reads[] = {
	{ "1", 1, NUMBER_OK }, { "1.", 1, NUMBER_OK }, { ".5", .5, NUMBER_OK }, { "+.5", .5, NUMBER_OK }, { "-1.5E+3", -1500, NUMBER_OK },
	{ "0.1", 0.1, NUMBER_OK }, { "1e23", 1e23, NUMBER_OK }, { "8.41e21", 8.41e21, NUMBER_OK }, { "9007199254740993", 9007199254740992, NUMBER_OK },
	{ "1e400", INFINITY, NUMBER_OVERFLOW }, { "-1e400", -INFINITY, NUMBER_OVERFLOW }, { "1e-400", 0, NUMBER_OK },
	{ "123e456789123456789123456789", INFINITY, NUMBER_OVERFLOW }, { "1e-99999999999999999999", 0, NUMBER_OK },
	{ "0e99999999999999999999", 0, NUMBER_OK }, { "4.9e-324", 5e-324, NUMBER_OK }, { "2e-324", 0, NUMBER_OK },
	{ "1.7976931348623157e308", 1.7976931348623157e308, NUMBER_OK }, { "1.7976931348623159e308", INFINITY, NUMBER_OVERFLOW },
	{ "2.2250738585072011e-308", 2.2250738585072011e-308, NUMBER_OK },
	{ "", 0, NUMBER_MALFORMED }, { ".", 0, NUMBER_MALFORMED }, { "+", 0, NUMBER_MALFORMED }, { "e1", 0, NUMBER_MALFORMED },
	{ "1e", 0, NUMBER_MALFORMED }, { "1e+", 0, NUMBER_MALFORMED }, { "1_0", 0, NUMBER_MALFORMED }, { "0x1p1", 0, NUMBER_MALFORMED },
	{ "inf", 0, NUMBER_MALFORMED }, { "nan", 0, NUMBER_MALFORMED }, { " 1", 0, NUMBER_MALFORMED }, { "1 ", 0, NUMBER_MALFORMED },
	{ "1.5.3", 0, NUMBER_MALFORMED }, { "1,5", 0, NUMBER_MALFORMED }, { "--1", 0, NUMBER_MALFORMED },
};

static void
test_texts(void)
{
	char out[NUMBER_TEXT_MAX];

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		const char *want[] = { texts[i].plain, texts[i].yaml, texts[i].json, texts[i].key };

		for (int style = 0; style < 4; style++) {
			size_t len = number_format(texts[i].value, (enum number_style)style, out);

			if (want[style] == NULL)
				continue;
			is_mem(out, len, want[style], strlen(want[style]), want[style]);
		}
	}
	is_int(number_format(1.7976931348623157e308, NUMBER_PLAIN, out), 309, "the largest double has 309 digits");
	is_int(number_format(5e-324, NUMBER_PLAIN, out), 326, "the smallest denormal has 326 characters");
	is_int(out[325], '5', "the last of which counts");
	(void)number_format_int(INT64_MIN, out);
	is_str(out, "-9223372036854775808", "the least integer prints");
	(void)number_format_uint(UINT64_MAX, out);
	is_str(out, "18446744073709551615", "the largest unsigned integer prints");
	(void)number_format_int(0, out);
	is_str(out, "0", "zero prints");
}

static void
test_reading(void)
{
	double value;

	for (size_t i = 0; i < sizeof(reads) / sizeof(*reads); i++) {
		int result;

		value = -77;
		result = (int)number_parse_float(slice_str(reads[i].text), &value);
		ok(result == reads[i].result && (result == NUMBER_MALFORMED ? value == -77 : value == reads[i].value),
		    "'%s' reads as it should", reads[i].text);
	}
	is_int(number_parse_float(SLICE("-0.0"), &value), NUMBER_OK, "minus zero is read");
	ok(signbit(value), "and keeps its sign");
}

static void
test_long_texts(void)
{
	static char	text[3000];
	double		value;

	/* 2^53 + 1 lies halfway between two doubles: only what follows hundreds of zeros tells which is nearer. */
	memset(text, '0', sizeof(text));
	memcpy(text, "9007199254740993.", 17);
	is_int(number_parse_float(slice_of(text, sizeof(text)), &value), NUMBER_OK, "a text of 3000 characters is read");
	ok(value == 9007199254740992.0, "a tie goes to the even neighbour");
	text[2999] = '1';
	is_int(number_parse_float(slice_of(text, sizeof(text)), &value), NUMBER_OK, "with a digit at its very end too");
	ok(value == 9007199254740994.0, "that digit decides");
	memset(text, '0', sizeof(text));
	is_int(number_parse_float(slice_of(text, sizeof(text)), &value), NUMBER_OK, "zeros only");
	ok(value == 0, "are zero");
	text[sizeof(text) - 1] = '7';
	ok(number_parse_float(slice_of(text, sizeof(text)), &value) == NUMBER_OK && value == 7, "leading zeros do not count");
	memset(text, '1', sizeof(text));
	is_int(number_parse_float(slice_of(text, sizeof(text)), &value), NUMBER_OVERFLOW, "3000 digits overflow");
}

/* A generator of our own, so that a failure can be repeated. */
static uint64_t
random_bits(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static bool
is_shortest(const char *text, double value)
{
	char	shorter[64];
	int	digits = 0;

	for (const char *p = text; *p != '\0' && *p != 'e'; p++)
		digits += *p >= '0' && *p <= '9';
	if (digits < 2)
		return true;
	(void)snprintf(shorter, sizeof(shorter), "%.*e", digits - 2, value);
	return strtod(shorter, NULL) != value;
}

static void
test_random(void)
{
	uint64_t	state = 88172645463325252;
	int		unlike = 0, lengthy = 0;

	for (int i = 0; i < 20000; i++) {
		uint64_t	bits = random_bits(&state);
		char		out[NUMBER_TEXT_MAX];
		double		value, back;

		if (i % 4 == 0)
			bits &= 0xfff0000000000000;			/* powers of two */
		if (i % 4 == 1)
			bits &= 0x800fffffffffffff;			/* denormals */
		memcpy(&value, &bits, sizeof(value));
		if (!isfinite(value))
			continue;
		for (int style = 0; style < 3; style++) {
			size_t len = number_format(value, (enum number_style)style, out);

			if (number_parse_float(slice_of(out, len), &back) != NUMBER_OK || memcmp(&back, &value, sizeof(back)) != 0)
				unlike++;
		}
		(void)number_format(value, NUMBER_YAML, out);
		if (fabs(value) < 1e-5 && !is_shortest(out, value))
			lengthy++;
	}
	is_int(unlike, 0, "20000 random doubles come back bit for bit in three styles");
	is_int(lengthy, 0, "and none has a shorter text");
}

static void
test_loose_and_int(void)
{
	double	value;
	int64_t	n = 0;

	ok(number_parse_float_loose(SLICE("0x1.8p1"), &value) == NUMBER_OK && value == 3, "a hexadecimal float is read loosely");
	ok(number_parse_float_loose(SLICE("-0X1p-2"), &value) == NUMBER_OK && value == -.25, "with a sign too");
	is_int(number_parse_float_loose(SLICE("0x1.8"), &value), NUMBER_MALFORMED, "but not without its exponent");
	is_int(number_parse_float_loose(SLICE("0x1p99999"), &value), NUMBER_OVERFLOW, "nor out of range");
	ok(number_parse_float_loose(SLICE("-Infinity"), &value) == NUMBER_OK && value < 0 && isinf(value), "infinity is a word");
	ok(number_parse_float_loose(SLICE("+Inf"), &value) == NUMBER_OK && value > 0 && isinf(value), "inf is another");
	ok(number_parse_float_loose(SLICE("nAn"), &value) == NUMBER_OK && isnan(value), "nan in any case");
	is_int(number_parse_float_loose(SLICE("-nan"), &value), NUMBER_MALFORMED, "without a sign");
	is_int(number_parse_float_loose(SLICE("infin"), &value), NUMBER_MALFORMED, "a piece of a word is no number");
	ok(number_parse_int(SLICE("-9223372036854775808"), &n) == NUMBER_OK && n == INT64_MIN, "the least integer is read");
	ok(number_parse_int(SLICE("+007"), &n) == NUMBER_OK && n == 7, "a sign and zeros are accepted");
	is_int(number_parse_int(SLICE("9223372036854775808"), &n), NUMBER_OVERFLOW, "one beyond the largest is not");
	is_int(number_parse_int(SLICE(""), &n), NUMBER_MALFORMED, "nor is nothing");
	is_int(number_parse_int(SLICE("-"), &n), NUMBER_MALFORMED, "nor a lone sign");
	is_int(number_parse_int(SLICE("1.0"), &n), NUMBER_MALFORMED, "nor a fraction");
	is_int(n, 7, "and a failure leaves the result alone");
}

int
main(void)
{
	test_texts();
	test_reading();
	test_long_texts();
	test_random();
	test_loose_and_int();
	return done_testing();
}
