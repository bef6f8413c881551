#include "yamlmerge/scalar.h"

#include <math.h>

#include "base/encode.h"
#include "base/limits.h"
#include "base/secret.h"
#include "base/utf8.h"
#include "yamlmerge/number.h"

/*
 * FORMAT.md, scalars.  Both tables come from the YAML libraries of the programs that will read our files, and were
 * checked against sops 3.13.2 and helm 3.22.0; tests/unit/yamlmerge/scalar.c holds what they answered.
 *
 * Most scalars are words.  The first character tells them from everything that could be a number, a date, a
 * boolean or null, so they cost one look into a table.
 */
struct scalar_table {
	bool	old_booleans;		/* yes, no, on, off, y, n */
	bool	times;			/* a date is a value of its own */
	bool	signed_octal;		/* 0o-7 is -7 */
	bool	text_bytes;		/* !!binary keeps bytes that are not UTF-8 */
	bool	lone_is_string;		/* "! 12" is a string */
	bool	json;
};

const struct scalar_table scalar_table_sops = { .times = true, .signed_octal = true, .text_bytes = true };
const struct scalar_table scalar_table_helm = { .old_booleans = true, .lone_is_string = true };
const struct scalar_table scalar_table_json = { .json = true };

/* What a text that begins with this byte may be. */
enum first { WORD, LETTER, SIGN, DIGIT, DOT, LESS };

static const uint8_t first_of[256] = {
	['y'] = LETTER, ['Y'] = LETTER, ['n'] = LETTER, ['N'] = LETTER, ['t'] = LETTER, ['T'] = LETTER,
	['f'] = LETTER, ['F'] = LETTER, ['o'] = LETTER, ['O'] = LETTER, ['~'] = LETTER,
	['+'] = SIGN, ['-'] = SIGN, ['.'] = DOT, ['<'] = LESS,
	['0'] = DIGIT, ['1'] = DIGIT, ['2'] = DIGIT, ['3'] = DIGIT, ['4'] = DIGIT,
	['5'] = DIGIT, ['6'] = DIGIT, ['7'] = DIGIT, ['8'] = DIGIT, ['9'] = DIGIT,
};

static bool
is(struct slice text, const char *word, size_t len)
{
	return text.len == len && memcmp(text.data, word, len) == 0;
}
#define IS(text, literal)	is((text), (literal), sizeof(literal) - 1)

static bool
is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool
set_bool(bool value, struct scalar *out)
{
	out->type = SCALAR_BOOL;
	out->boolean = value;
	return true;
}

static bool
set_null(struct scalar *out)
{
	out->type = SCALAR_NULL;
	return true;
}

static bool
set_float(double value, struct scalar *out)
{
	out->type = SCALAR_FLOAT;
	out->real = value;
	return true;
}

static bool
set_int(int64_t value, struct scalar *out)
{
	out->type = SCALAR_INT;
	out->integer = value;
	return true;
}

/* Exactly these spellings: tRUE is a word. */
static bool
resolve_word(struct slice text, const struct scalar_table *table, struct scalar *out)
{
	if (text.len > 5)
		return false;
	if (IS(text, "true") || IS(text, "True") || IS(text, "TRUE"))
		return set_bool(true, out);
	if (IS(text, "false") || IS(text, "False") || IS(text, "FALSE"))
		return set_bool(false, out);
	if (IS(text, "null") || IS(text, "~") || IS(text, "Null") || IS(text, "NULL"))
		return set_null(out);
	if (!table->old_booleans)
		return false;
	if (IS(text, "yes") || IS(text, "Yes") || IS(text, "YES") || IS(text, "on") || IS(text, "On") || IS(text, "ON") ||
	    IS(text, "y") || IS(text, "Y"))
		return set_bool(true, out);
	if (IS(text, "no") || IS(text, "No") || IS(text, "NO") || IS(text, "off") || IS(text, "Off") || IS(text, "OFF") ||
	    IS(text, "n") || IS(text, "N"))
		return set_bool(false, out);
	return false;
}

static bool
resolve_special_float(struct slice text, struct scalar *out)
{
	bool negative = text.data[0] == '-';

	if (IS(text, ".nan") || IS(text, ".NaN") || IS(text, ".NAN"))
		return set_float((double)NAN, out);
	if (text.data[0] == '+' || negative)
		text = slice_from(text, 1);
	if (IS(text, ".inf") || IS(text, ".Inf") || IS(text, ".INF"))
		return set_float(negative ? -(double)INFINITY : (double)INFINITY, out);
	return false;
}

/* Digits of ${base}, at least one, all of ${text}.  False when malformed; ${fits} says whether 64 bits suffice. */
static bool
read_digits(struct slice text, unsigned base, uint64_t *out, bool *fits)
{
	uint64_t n = 0;

	*fits = true;
	for (size_t i = 0; i < text.len; i++) {
		unsigned c = text.data[i], digit = 99;

		if (is_digit((uint8_t)c))
			digit = c - '0';
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			digit = (c | 0x20) - 'a' + 10;
		if (digit >= base)
			return false;
		if (__builtin_mul_overflow(n, (uint64_t)base, &n) || __builtin_add_overflow(n, (uint64_t)digit, &n))
			*fits = false;
	}
	*out = n;
	return text.len > 0;
}

static bool
set_signed(bool negative, uint64_t magnitude, struct scalar *out)
{
	if (magnitude > (uint64_t)INT64_MAX + (negative ? 1 : 0))
		return false;
	return set_int(negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude, out);
}

/* The base that the text names, and its digits: 0x1f, 0o17, 017, 0b11, 42. */
static unsigned
integer_base(struct slice *digits)
{
	unsigned base = 10;

	if (digits->len >= 3 && digits->data[0] == '0') {
		switch (digits->data[1] | 0x20) {
		case 'x': base = 16; break;
		case 'o': base = 8; break;
		case 'b': base = 2; break;
		default: break;
		}
	}
	if (base != 10)
		*digits = slice_from(*digits, 2);
	else if (digits->len > 1 && digits->data[0] == '0') {
		base = 8;
		*digits = slice_from(*digits, 1);
	}
	return base;
}

/* The library takes what follows 0b (0o) for a number of its own: 0b-1 is -1. */
static bool
resolve_inner_sign(struct slice text, const struct scalar_table *table, struct scalar *out)
{
	unsigned	base = text.len > 3 && text.data[0] == '0' ? text.data[1] : 0;
	uint64_t	magnitude;
	bool		fits, negative;

	if ((base != 'b' && !(base == 'o' && table->signed_octal)) || (text.data[2] != '-' && text.data[2] != '+'))
		return false;
	negative = text.data[2] == '-';
	return read_digits(slice_from(text, 3), base == 'b' ? 2 : 8, &magnitude, &fits) && fits &&
	    set_signed(negative, magnitude, out);
}

/* ${text} has no underscores any more, and begins with a digit or a sign. */
static bool
resolve_number(struct slice text, const struct scalar_table *table, struct scalar *out)
{
	struct slice	digits = text;
	uint64_t	magnitude;
	unsigned	base;
	bool		fits, sign = text.len > 0 && (text.data[0] == '-' || text.data[0] == '+');
	double		real;

	if (sign)
		digits = slice_from(digits, 1);
	base = integer_base(&digits);
	if (read_digits(digits, base, &magnitude, &fits) && fits) {
		if (set_signed(sign && text.data[0] == '-', magnitude, out))
			return true;
		if (!sign) {
			out->type = SCALAR_UINT;
			out->unsigned_integer = magnitude;
			return true;
		}
	}
	if (number_parse_float(text, &real) == NUMBER_OK)
		return set_float(real, out);
	return resolve_inner_sign(text, table, out);
}

/* Nothing but characters that a number may have, a to f only behind an x (but e and b): no hash, no version passes. */
static bool
may_be_number(struct slice text)
{
	enum { number = 1, hexadecimal = 2, x = 4 };
	static const uint8_t	kind_of[256] = {
		['0' ... '9'] = number, ['_'] = number, ['.'] = number, ['-'] = number, ['+'] = number,
		['e'] = number, ['E'] = number, ['b'] = number, ['B'] = number, ['o'] = number, ['O'] = number,
		['a'] = hexadecimal, ['c'] = hexadecimal, ['d'] = hexadecimal, ['f'] = hexadecimal,
		['A'] = hexadecimal, ['C'] = hexadecimal, ['D'] = hexadecimal, ['F'] = hexadecimal,
		['x'] = x, ['X'] = x,
	};
	uint8_t			seen = 0;

	for (size_t i = 0; i < text.len; i++) {
		seen |= kind_of[text.data[i]];
		if (kind_of[text.data[i]] == 0 || (seen & (hexadecimal | x)) == hexadecimal)
			return false;
	}
	return true;
}

/*
 * Underscores: after a digit or a sign all of them are dropped wherever they stand (1_._5 is 1.5); after a
 * point they must stand between two digits (.5_0 is 0.5, .5_ a string).
 */
static int
resolve_numeric(struct slice text, const struct scalar_table *table, struct arena *store, struct scalar *out,
    bool *found, struct error *err)
{
	uint8_t	 small[64], *bytes = small;
	void	*block;
	size_t	 len = 0;
	bool	 dot = text.data[0] == '.';
	double	 real;

	*found = false;
	if (!may_be_number(text))
		return 0;
	if (slice_find(text, '_', 0) != text.len) {
		if (text.len > sizeof(small)) {
			if (arena_alloc(store, text.len, &block, err) != 0)
				return (int)err->kind;
			bytes = block;
		}
		for (size_t i = 0; i < text.len; i++) {
			if (text.data[i] != '_')
				bytes[len++] = text.data[i];
			else if (dot && !(i + 1 < text.len && is_digit(text.data[i - 1]) && is_digit(text.data[i + 1])))
				return 0;
		}
		text = slice_of(bytes, len);
	}
	if (dot)
		*found = number_parse_float(text, &real) == NUMBER_OK && set_float(real, out);
	else
		*found = resolve_number(text, table, out);
	wipe(small, bytes == small ? len : 0);
	return 0;
}

/* --- dates ------------------------------------------------------------------------------------------------------ */

struct when {
	unsigned	year, month, day, hour, minute, second, nanosecond;
	bool		negative;		/* zone */
	unsigned	zone_hour, zone_minute;
};

/* One digit or two, off the front of ${rest}. */
static bool
take_short(struct slice *rest, unsigned max, unsigned *out)
{
	size_t n = 0;

	for (*out = 0; n < 2 && n < rest->len && is_digit(rest->data[n]); n++)
		*out = *out * 10 + (unsigned)(rest->data[n] - '0');
	*rest = slice_from(*rest, n);
	return n > 0 && *out <= max;
}

static bool
take_char(struct slice *rest, char c)
{
	if (rest->len == 0 || rest->data[0] != (uint8_t)c)
		return false;
	*rest = slice_from(*rest, 1);
	return true;
}

/* More than nine digits are cut; a comma is as good as a point. */
static void
take_fraction(struct slice *rest, unsigned *out)
{
	unsigned scale = 100000000;

	*out = 0;
	if (rest->len < 2 || (rest->data[0] != '.' && rest->data[0] != ',') || !is_digit(rest->data[1]))
		return;
	*rest = slice_from(*rest, 1);
	for (; rest->len > 0 && is_digit(rest->data[0]); *rest = slice_from(*rest, 1)) {
		*out += scale * (unsigned)(rest->data[0] - '0');
		scale /= 10;
	}
}

/* Z or ±hh:mm.  An offset of a day or more cannot be written again, so it makes no time (sops fails on it). */
static bool
take_zone(struct slice *rest, struct when *when)
{
	if (take_char(rest, 'Z'))
		return true;
	if (rest->len < 6 || (rest->data[0] != '+' && rest->data[0] != '-') || rest->data[3] != ':' ||
	    !is_digit(rest->data[1]) || !is_digit(rest->data[2]) || !is_digit(rest->data[4]) || !is_digit(rest->data[5]))
		return false;
	when->negative = rest->data[0] == '-';
	when->zone_hour = (unsigned)(rest->data[1] - '0') * 10 + (unsigned)(rest->data[2] - '0');
	when->zone_minute = (unsigned)(rest->data[4] - '0') * 10 + (unsigned)(rest->data[5] - '0');
	*rest = slice_from(*rest, 6);
	if (when->zone_minute == 60) {
		when->zone_minute = 0;
		when->zone_hour++;
	}
	return when->zone_hour < 24 && when->zone_minute < 60;
}

static unsigned
days_of(unsigned year, unsigned month)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap ? 1u : 0u);
}

/* Y-M-D, Y-M-DTh:m:s[.f]Z (or ±hh:mm), Y-M-D h:m:s[.f]: exactly four digits of year, elsewhere one will do. */
static bool
read_time(struct slice text, struct when *when)
{
	struct slice rest = slice_from(text, 5);

	*when = (struct when){ .year = 0 };
	if (text.len < 8 || text.data[4] != '-')
		return false;
	for (int i = 0; i < 4; i++) {
		if (!is_digit(text.data[i]))
			return false;
		when->year = when->year * 10 + (unsigned)(text.data[i] - '0');
	}
	if (!take_short(&rest, 12, &when->month) || when->month == 0 || !take_char(&rest, '-') ||
	    !take_short(&rest, 31, &when->day) || when->day == 0 || when->day > days_of(when->year, when->month))
		return false;
	if (rest.len == 0)
		return true;
	bool zone = take_char(&rest, 'T') || take_char(&rest, 't');

	if (!zone && !take_char(&rest, ' '))
		return false;
	while (!zone && take_char(&rest, ' '))
		;
	if (!take_short(&rest, 23, &when->hour) || !take_char(&rest, ':') || !take_short(&rest, 59, &when->minute) ||
	    !take_char(&rest, ':') || !take_short(&rest, 59, &when->second))
		return false;
	take_fraction(&rest, &when->nanosecond);
	return (!zone || take_zone(&rest, when)) && rest.len == 0;
}

static char *
put_digits(char *p, unsigned value, int digits)
{
	for (int i = digits - 1; i >= 0; i--, value /= 10)
		p[i] = (char)('0' + value % 10);
	return p + digits;
}

/* RFC 3339, the fraction without its final zeros. */
static int
set_time(const struct when *when, struct arena *store, struct scalar *out, struct error *err)
{
	WIPED(text, 48);
	char *p = put_digits((char *)text, when->year, 4);

	*p++ = '-';
	p = put_digits(p, when->month, 2);
	*p++ = '-';
	p = put_digits(p, when->day, 2);
	*p++ = 'T';
	p = put_digits(p, when->hour, 2);
	*p++ = ':';
	p = put_digits(p, when->minute, 2);
	*p++ = ':';
	p = put_digits(p, when->second, 2);
	if (when->nanosecond != 0) {
		*p++ = '.';
		p = put_digits(p, when->nanosecond, 9);
		while (p[-1] == '0')
			p--;
	}
	if (when->zone_hour == 0 && when->zone_minute == 0)
		*p++ = 'Z';
	else {
		*p++ = when->negative ? '-' : '+';
		p = put_digits(p, when->zone_hour, 2);
		*p++ = ':';
		p = put_digits(p, when->zone_minute, 2);
	}
	out->type = SCALAR_TIME;
	return arena_copy(store, slice_of(text, (size_t)(p - (char *)text)), &out->text, err);
}

/* --- JSON ------------------------------------------------------------------------------------------------------- */

/* The scanner has checked the form: an integer in range is one, every other number a double (sops-format 7.1). */
static void
resolve_json(struct slice text, struct scalar *out)
{
	double real;

	if (IS(text, "true") || IS(text, "false"))
		(void)set_bool(text.data[0] == 't', out);
	else if (IS(text, "null"))
		(void)set_null(out);
	else if (number_parse_int(text, &out->integer) == NUMBER_OK)
		out->type = SCALAR_INT;
	else if (number_parse_float(text, &real) != NUMBER_MALFORMED)
		(void)set_float(real, out);
}

/* --- the tables ------------------------------------------------------------------------------------------------- */

int
scalar_resolve_plain(struct slice text, const struct scalar_table *table, struct arena *store, struct scalar *out,
    struct error *err)
{
	struct when	when;
	bool		found = false;
	uint8_t		first = text.len > 0 ? first_of[text.data[0]] : LETTER;

	out->type = SCALAR_STRING;
	out->text = text;
	if (table->json) {
		resolve_json(text, out);
		return 0;
	}
	switch (first) {
	case LETTER:
		if (text.len == 0)
			(void)set_null(out);
		else
			(void)resolve_word(text, table, out);
		return 0;
	case LESS:
		if (IS(text, "<<"))
			out->type = SCALAR_MERGE;
		return 0;
	case DIGIT:
		if (table->times && text.len >= 8 && text.data[4] == '-' && read_time(text, &when))
			return set_time(&when, store, out, err);
		break;
	case SIGN:
	case DOT:
		if (resolve_special_float(text, out))
			return 0;
		break;
	default:
		return 0;
	}
	return resolve_numeric(text, table, store, out, &found, err);
}

/* The few texts that must be resolved to know. */
static bool
resolves_to_string(struct slice text, const struct scalar_table *table)
{
	CLEANUP(arena_release) struct arena	store = ARENA_SECRET(LIMIT_DOCUMENT);
	struct error				err = ERROR_INIT;
	struct scalar				scalar;

	return scalar_resolve_plain(text, table, &store, &scalar, &err) == 0 && scalar.type == SCALAR_STRING;
}

bool
scalar_plain_is_string(struct slice text, const struct scalar_table *table)
{
	enum first first = text.len > 0 ? first_of[text.data[0]] : LETTER;

	if (!table->json && (first == WORD || (first == LETTER && text.len > 5)))
		return true;
	return resolves_to_string(text, table);
}

int
scalar_make_utf8(struct slice bytes, struct arena *store, struct slice *out, struct error *err)
{
	CLEANUP(buf_release) struct buf	text = BUF_SECRET(bytes.len * 3 + 1);
	uint32_t			point;

	*out = bytes;
	if (utf8_valid(bytes))
		return 0;
	while (bytes.len > 0) {
		size_t n = utf8_decode(bytes, &point);

		if (buf_append(&text, n > 0 ? slice_sub(bytes, 0, n) : SLICE("\xef\xbf\xbd"), err) != 0)
			return (int)err->kind;
		bytes = slice_from(bytes, n > 0 ? n : 1);
	}
	return arena_copy(store, buf_slice(&text), out, err);
}

static int
resolve_binary(const struct node *node, const struct scalar_table *table, struct arena *store, struct scalar *out,
    struct error *err)
{
	CLEANUP(buf_release) struct buf	bytes = BUF_SECRET(node->text.len + 4);
	struct error			why = ERROR_INIT;

	if (base64_decode_as(node->text, BASE64_LOOSE_BITS | BASE64_SKIP_BREAKS, &bytes, &why) != 0) {
		(void)err_set(err, ERR_SYNTAX, "a value tagged !!binary is not base64");
		return err_at(err, node->line, node->column);
	}
	out->type = SCALAR_STRING;
	if (arena_copy(store, buf_slice(&bytes), &out->text, err) != 0)
		return (int)err->kind;
	return table->text_bytes ? 0 : scalar_make_utf8(out->text, store, &out->text, err);
}

static int
wrong_tag(const struct node *node, struct slice name, struct error *err)
{
	(void)err_set(err, ERR_SYNTAX, "a value tagged !!%.*s is none", SLICE_ARG(name));
	(void)err_hint(err, "remove the tag, or write the value so that it fits");
	return err_at(err, node->line, node->column);
}

/* A core tag decides the type, whatever the quotes; the text must fit. */
static int
resolve_core(const struct node *node, struct slice name, const struct scalar_table *table, struct arena *store,
    struct scalar *out, struct error *err)
{
	struct when when;

	if (slice_eq(name, SLICE("timestamp"))) {
		/* Helm's reader checks the date and keeps the text. */
		if (!read_time(node->text, &when))
			return wrong_tag(node, name, err);
		if (table->times)
			return set_time(&when, store, out, err);
		out->type = SCALAR_STRING;
		out->text = node->text;
		return 0;
	}
	if (scalar_resolve_plain(node->text, table, store, out, err) != 0)
		return (int)err->kind;
	if (slice_eq(name, SLICE("int")) && (out->type == SCALAR_INT || out->type == SCALAR_UINT))
		return 0;
	if (slice_eq(name, SLICE("float")) && out->type == SCALAR_INT)
		(void)set_float((double)out->integer, out);
	else if (!(slice_eq(name, SLICE("float")) && out->type == SCALAR_FLOAT) &&
	    !(slice_eq(name, SLICE("bool")) && out->type == SCALAR_BOOL) &&
	    !(slice_eq(name, SLICE("null")) && out->type == SCALAR_NULL))
		return wrong_tag(node, name, err);
	return 0;
}

static bool
is_core(struct slice name)
{
	return slice_eq(name, SLICE("int")) || slice_eq(name, SLICE("float")) || slice_eq(name, SLICE("bool")) ||
	    slice_eq(name, SLICE("null")) || slice_eq(name, SLICE("timestamp"));
}

static int
resolve_tagged(const struct node *node, struct slice tag, const struct scalar_table *table, struct arena *store,
    struct scalar *out, struct error *err)
{
	const struct slice	core = SLICE("tag:yaml.org,2002:");
	struct slice		name = slice_starts(tag, core) ? slice_from(tag, core.len) : SLICE_NONE;

	out->type = SCALAR_STRING;
	out->text = node->text;
	if (slice_eq(tag, SLICE("!")))
		return node->style == STYLE_PLAIN && !table->lone_is_string ?
		    scalar_resolve_plain(node->text, table, store, out, err) : 0;
	if (is_core(name))
		return resolve_core(node, name, table, store, out, err);
	if (slice_eq(name, SLICE("binary")))
		return resolve_binary(node, table, store, out, err);
	if (slice_eq(name, SLICE("merge")) && IS(node->text, "<<"))
		out->type = SCALAR_MERGE;
	return 0;	/* !!str, and every tag that the readers do not know: a string */
}

int
scalar_resolve(const struct node *node, const struct scalar_table *table, struct arena *store, struct scalar *out,
    struct error *err)
{
	struct slice tag;

	node = node_resolve(node);
	if (node == NULL || node->kind != NODE_SCALAR)
		return err_set(err, ERR_INTERNAL, "only a scalar has a type");
	tag = node_tag(node);
	if (tag.len > 0)
		return resolve_tagged(node, tag, table, store, out, err);
	if (node->style == STYLE_PLAIN)
		return scalar_resolve_plain(node->text, table, store, out, err);
	out->type = SCALAR_STRING;
	out->text = node->text;
	return 0;
}
