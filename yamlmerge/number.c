#include "yamlmerge/number.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

/*
 * Shortest digits.  Any decimal of 15 digits survives the way into a normal double and back, so the 15-digit
 * rounding, without its final zeros, is the shortest text when it reads back; else 16 or 17 digits are needed.
 * Denormals hold fewer digits and are tried from one digit on.  At a power of two the doubles below lie twice as
 * dense as those above, so the nearest 16-digit decimal may read as the neighbour below while the next one up
 * still reads back: that one is shorter than 17 digits, and what sops and Helm print.
 */
struct digits {
	bool	negative;
	char	text[20];		/* without final zeros; "0" for zero */
	int	count;
	int	exponent;		/* of the first digit: 0.d1d2d3 * 10^(exponent + 1) */
};

static double
read_back(const char *text, bool single)
{
	return single ? (double)strtof(text, NULL) : strtod(text, NULL);
}

/* The exponent behind the 'e' at ${text}: "e-07", "e+308". */
static int
exponent_of(const char *text)
{
	int64_t exponent = 0;

	(void)number_parse_int(slice_str(text + 1), &exponent);
	return (int)exponent;
}

/* "-d.ddde-xx" of snprintf into digits. */
static void
digits_take(struct digits *digits, const char *text)
{
	const char *p = text;

	digits->count = 0;
	for (; *p != 'e'; p++)
		if (*p >= '0' && *p <= '9')
			digits->text[digits->count++] = *p;
	digits->exponent = exponent_of(p);
	while (digits->count > 1 && digits->text[digits->count - 1] == '0')
		digits->count--;
	digits->text[digits->count] = '\0';
}

/* The same number of digits, one unit in the last place up: true when it reads back as ${magnitude}. */
static bool
digits_next_up(char *text, size_t size, int precision, double magnitude, bool single)
{
	char	*last = strchr(text, 'e') - 1, *p = last;
	int	 exponent = exponent_of(last + 1);

	while (p >= text && (*p == '9' || *p == '.')) {
		if (*p == '9')
			*p = '0';
		p--;
	}
	if (p < text) {
		(void)snprintf(text, size, "1.%0*de%d", precision, 0, exponent + 1);
		return read_back(text, single) == magnitude;
	}
	++*p;
	return read_back(text, single) == magnitude;
}

/* ${value} is finite. */
static void
digits_shortest(double value, bool single, struct digits *digits)
{
	double	magnitude = fabs(value);
	char	text[48];
	int	binary, enough = single ? 8 : 16, sure = single ? 5 : 14;
	bool	power = frexp(magnitude, &binary) == 0.5;

	digits->negative = signbit(value) != 0;
	if (magnitude == 0 || (single ? magnitude < (double)FLT_MIN : magnitude < DBL_MIN))
		sure = 0;
	for (int precision = sure; precision <= enough; precision++) {
		(void)snprintf(text, sizeof(text), "%.*e", precision, magnitude);
		if (precision == enough || read_back(text, single) == magnitude)
			break;
		if (power && digits_next_up(text, sizeof(text), precision, magnitude, single))
			break;
	}
	digits_take(digits, text);
	wipe(text, sizeof(text));
}

/* A small integer needs no search: all its digits count, and configuration is full of them. */
static bool
digits_integer(double value, bool single, struct digits *digits)
{
	char		text[24];
	uint64_t	n;
	int		len = 0;

	if (!(fabs(value) < (single ? 0x1p24 : 0x1p53)) || value != (double)(int64_t)value)
		return false;
	digits->negative = signbit(value) != 0;
	n = (uint64_t)fabs(value);
	do
		text[len++] = (char)('0' + n % 10);
	while ((n /= 10) != 0);
	digits->exponent = len - 1;
	for (int i = 0; i < len; i++)
		digits->text[i] = text[len - 1 - i];
	while (len > 1 && digits->text[len - 1] == '0')
		len--;
	digits->count = len;
	digits->text[len] = '\0';
	return true;
}

static size_t
print_positional(const struct digits *digits, char *out)
{
	char *p = out;

	if (digits->exponent < 0) {
		*p++ = '0';
		*p++ = '.';
		for (int i = -1; i > digits->exponent; i--)
			*p++ = '0';
		for (int i = 0; i < digits->count; i++)
			*p++ = digits->text[i];
	} else {
		for (int i = 0; i <= digits->exponent || i < digits->count; i++) {
			if (i == digits->exponent + 1)
				*p++ = '.';
			*p++ = i < digits->count ? digits->text[i] : '0';
		}
	}
	*p = '\0';
	return (size_t)(p - out);
}

/* With at least ${least} digits of exponent. */
static size_t
print_exponent(const struct digits *digits, int least, char *out)
{
	char	*p = out;
	int	 exponent = abs(digits->exponent);

	*p++ = digits->text[0];
	if (digits->count > 1) {
		*p++ = '.';
		for (int i = 1; i < digits->count; i++)
			*p++ = digits->text[i];
	}
	*p++ = 'e';
	*p++ = digits->exponent < 0 ? '-' : '+';
	if (exponent >= 100)
		*p++ = (char)('0' + exponent / 100);
	if (exponent >= 10 || least > 1)
		*p++ = (char)('0' + exponent / 10 % 10);
	*p++ = (char)('0' + exponent % 10);
	*p = '\0';
	return (size_t)(p - out);
}

static size_t
print_special(double value, enum number_style style, char out[static NUMBER_TEXT_MAX])
{
	const char *text;

	if (isnan(value))
		text = style == NUMBER_PLAIN ? "NaN" : ".nan";
	else if (style == NUMBER_PLAIN)
		text = value < 0 ? "-Inf" : "+Inf";
	else
		text = value < 0 ? "-.inf" : ".inf";
	memcpy(out, text, strlen(text) + 1);
	return strlen(text);
}

size_t
number_format(double value, enum number_style style, char out[static NUMBER_TEXT_MAX])
{
	struct digits	digits;
	size_t		sign;

	if (style == NUMBER_KEY)
		value = (double)(float)value;	/* IEEE 754: beyond the range becomes an infinity, as in Go */
	if (!isfinite(value))
		return print_special(value, style, out);
	if (!digits_integer(value, style == NUMBER_KEY, &digits))
		digits_shortest(value, style == NUMBER_KEY, &digits);
	sign = digits.negative ? 1 : 0;
	if (digits.negative)
		out[0] = '-';
	if (style == NUMBER_JSON && value != 0 && (fabs(value) < 1e-6 || fabs(value) >= 1e21))
		sign += print_exponent(&digits, 1, out + sign);
	else if ((style == NUMBER_YAML || style == NUMBER_KEY) && value != 0 &&
	    (digits.exponent < -4 || digits.exponent >= 6))
		sign += print_exponent(&digits, 2, out + sign);
	else
		sign += print_positional(&digits, out + sign);
	wipe(&digits, sizeof(digits));
	return sign;
}

static size_t
print_unsigned(uint64_t value, char *out)
{
	char	reversed[24];
	size_t	len = 0;

	do
		reversed[len++] = (char)('0' + value % 10);
	while ((value /= 10) != 0);
	for (size_t i = 0; i < len; i++)
		out[i] = reversed[len - 1 - i];
	out[len] = '\0';
	wipe(reversed, len);
	return len;
}

size_t
number_format_uint(uint64_t value, char out[static NUMBER_TEXT_MAX])
{
	return print_unsigned(value, out);
}

size_t
number_format_int(int64_t value, char out[static NUMBER_TEXT_MAX])
{
	if (value >= 0)
		return print_unsigned((uint64_t)value, out);
	out[0] = '-';
	/* The least integer has no positive counterpart: negate without a sign. */
	return 1 + print_unsigned(0 - (uint64_t)value, out + 1);
}

/*
 * A decimal number taken apart: its significant digits, cut to what can still matter for rounding (a double's
 * exact value has at most 767; a digit 1 stands for all that were cut), and the power of ten behind them.
 */
#define DIGITS_MAX	800

struct decimal {
	bool	 negative;
	uint64_t mantissa;		/* of the first 19 digits */
	size_t	 count;			/* of significant digits, at most DIGITS_MAX */
	int64_t	 exponent;		/* value = digits * 10^exponent */
	char	 digits[DIGITS_MAX + 32];
};

static void
decimal_digit(struct decimal *d, char digit, bool fraction)
{
	if (d->count == 0 && digit == '0') {
		d->exponent -= fraction;
		return;
	}
	if (d->count < DIGITS_MAX) {
		if (d->count < 19)
			d->mantissa = d->mantissa * 10 + (uint64_t)(digit - '0');
		d->digits[d->count++] = digit;
		d->exponent -= fraction;
		return;
	}
	if (digit != '0')
		d->digits[DIGITS_MAX - 1] = '1';	/* never '0' or '5' alone: something follows */
	d->exponent += !fraction;
}

static bool
decimal_split(struct slice text, struct decimal *d)
{
	size_t	i = 0, digits = 0;
	int64_t	exponent = 0;
	bool	negative;

	d->negative = false;
	d->mantissa = 0;
	d->count = 0;
	d->exponent = 0;
	if (i < text.len && (text.data[i] == '+' || text.data[i] == '-'))
		d->negative = text.data[i++] == '-';
	for (; i < text.len && text.data[i] >= '0' && text.data[i] <= '9'; i++, digits++)
		decimal_digit(d, (char)text.data[i], false);
	if (i < text.len && text.data[i] == '.')
		for (i++; i < text.len && text.data[i] >= '0' && text.data[i] <= '9'; i++, digits++)
			decimal_digit(d, (char)text.data[i], true);
	if (digits == 0)
		return false;
	if (i < text.len && (text.data[i] | 0x20) == 'e') {
		i++;
		negative = i < text.len && text.data[i] == '-';
		if (i < text.len && (text.data[i] == '+' || text.data[i] == '-'))
			i++;
		if (i == text.len)
			return false;
		for (; i < text.len && text.data[i] >= '0' && text.data[i] <= '9'; i++)
			if (exponent < 1000000000000)
				exponent = exponent * 10 + (text.data[i] - '0');
		d->exponent += negative ? -exponent : exponent;
	}
	return i == text.len;
}

static double
decimal_round(struct decimal *d)
{
	static const double tens[] = {
		1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
		1e19, 1e20, 1e21, 1e22,
	};

	if (d->count == 0)
		return 0;
#if FLT_EVAL_METHOD == 0
	/* Both operands exact: one rounding, so the result is right. */
	if (d->count <= 15 && d->exponent >= -22 && d->exponent <= 22)
		return d->exponent < 0 ? (double)d->mantissa / tens[-d->exponent] : (double)d->mantissa * tens[d->exponent];
#endif
	if (d->exponent > 1000)
		return HUGE_VAL;
	if (d->exponent < -DIGITS_MAX - 1000)
		return 0;
	/* No decimal point, so no locale can disturb it. */
	(void)snprintf(d->digits + d->count, 32, "e%d", (int)d->exponent);
	return strtod(d->digits, NULL);
}

enum number_result
number_parse_float(struct slice text, double *out)
{
	struct decimal	d;
	double		value;
	bool		well_formed = decimal_split(text, &d);

	value = well_formed ? decimal_round(&d) : 0;
	if (well_formed)
		*out = d.negative ? -value : value;
	wipe(d.digits, d.count);
	return !well_formed ? NUMBER_MALFORMED : isinf(value) ? NUMBER_OVERFLOW : NUMBER_OK;
}

static bool
is_hex_digit(uint8_t c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

/* Go's form: 0x, hexadecimal digits around an optional point, and an exponent, which is required. */
static bool
is_hex_float(struct slice text)
{
	size_t i = 0, digits = 0;

	if (!(text.len > 2 && text.data[0] == '0' && (text.data[1] | 0x20) == 'x'))
		return false;
	for (i = 2; i < text.len && is_hex_digit(text.data[i]); i++)
		digits++;
	if (i < text.len && text.data[i] == '.')
		for (i++; i < text.len && is_hex_digit(text.data[i]); i++)
			digits++;
	if (digits == 0 || i + 1 >= text.len || (text.data[i] | 0x20) != 'p')
		return false;
	i++;
	if (text.data[i] == '+' || text.data[i] == '-')
		i++;
	if (i == text.len)
		return false;
	while (i < text.len && text.data[i] >= '0' && text.data[i] <= '9')
		i++;
	return i == text.len;
}

enum number_result
number_parse_float_loose(struct slice text, double *out)
{
	struct slice	rest = text;
	bool		negative = false;
	double		value;
	char		copy[128];

	if (rest.len > 0 && (rest.data[0] == '+' || rest.data[0] == '-')) {
		negative = rest.data[0] == '-';
		rest = slice_from(rest, 1);
	}
	if (slice_eq_nocase(rest, SLICE("inf")) || slice_eq_nocase(rest, SLICE("infinity")))
		value = (double)INFINITY;
	else if (slice_eq_nocase(text, SLICE("nan")))
		value = (double)NAN;
	else if (is_hex_float(rest) && rest.len < sizeof(copy)) {
		memcpy(copy, rest.data, rest.len);
		copy[rest.len] = '\0';
		value = strtod(copy, NULL);
		wipe(copy, sizeof(copy));
		if (isinf(value)) {
			*out = negative ? -value : value;
			return NUMBER_OVERFLOW;
		}
	} else
		return number_parse_float(text, out);
	*out = negative ? -value : value;
	return NUMBER_OK;
}

enum number_result
number_parse_int(struct slice text, int64_t *out)
{
	size_t		i = 0;
	bool		negative = false;
	uint64_t	n = 0, limit;

	if (text.len > 0 && (text.data[0] == '+' || text.data[0] == '-')) {
		negative = text.data[0] == '-';
		i = 1;
	}
	if (i == text.len)
		return NUMBER_MALFORMED;
	limit = negative ? (uint64_t)INT64_MAX + 1 : INT64_MAX;
	for (size_t k = i; k < text.len; k++)
		if (text.data[k] < '0' || text.data[k] > '9')
			return NUMBER_MALFORMED;
	for (; i < text.len; i++) {
		unsigned digit = (unsigned)(text.data[i] - '0');

		if (n > (limit - digit) / 10)
			return NUMBER_OVERFLOW;
		n = n * 10 + digit;
	}
	*out = negative ? (int64_t)(0 - n) : (int64_t)n;
	return NUMBER_OK;
}
