#include "sops/regex_parts.h"

#include <stdio.h>
#include <stdlib.h>

/*
 * Classes of characters and the escapes that may stand in them, as explicit ranges.
 */

struct range {
	uint32_t	low, high;
};

#define CLASS_RANGES	4
struct class {
	const char	*name;		/* \d, \s, \w by letter; [:name:] */
	struct range	 ranges[CLASS_RANGES];
	unsigned	 count;
	bool		 letters;	/* holds all letters of one case at least, so folding adds the other, U+017F and U+212A */
};

static const struct class classes[] = {
	{ "d", { { '0', '9' } }, 1, false },
	{ "s", { { '\t', '\n' }, { '\f', '\r' }, { ' ', ' ' } }, 3, false },	/* no vertical tab */
	{ "w", { { '0', '9' }, { 'A', 'Z' }, { '_', '_' }, { 'a', 'z' } }, 4, true },
	{ "alnum", { { '0', '9' }, { 'A', 'Z' }, { 'a', 'z' } }, 3, true },
	{ "alpha", { { 'A', 'Z' }, { 'a', 'z' } }, 2, true },
	{ "ascii", { { 0, 0x7f } }, 1, true },
	{ "blank", { { '\t', '\t' }, { ' ', ' ' } }, 2, false },
	{ "cntrl", { { 0, 0x1f }, { 0x7f, 0x7f } }, 2, false },
	{ "digit", { { '0', '9' } }, 1, false },
	{ "graph", { { '!', '~' } }, 1, true },
	{ "lower", { { 'a', 'z' } }, 1, true },
	{ "print", { { ' ', '~' } }, 1, true },
	{ "punct", { { '!', '/' }, { ':', '@' }, { '[', '`' }, { '{', '~' } }, 4, false },
	{ "space", { { '\t', '\r' }, { ' ', ' ' } }, 2, false },
	{ "upper", { { 'A', 'Z' } }, 1, true },
	{ "word", { { '0', '9' }, { 'A', 'Z' }, { '_', '_' }, { 'a', 'z' } }, 4, true },
	{ "xdigit", { { '0', '9' }, { 'A', 'F' }, { 'a', 'f' } }, 3, false },
};

static const struct class *
class_find(struct slice name)
{
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (slice_eq(name, slice_str(classes[i].name)))
			return &classes[i];
	return NULL;
}

/* One range inside brackets; surrogates are left out, since PCRE2 does not take them and no text holds one. */
static int
write_range(struct translator *t, uint32_t low, uint32_t high, struct error *err)
{
	if (low >= 0xd800 && low <= 0xdfff)
		low = 0xe000;
	if (high >= 0xd800 && high <= 0xdfff)
		high = 0xd7ff;
	if (low > high)
		return 0;
	return buf_printf(t->out, err, "\\x{%x}-\\x{%x}", (unsigned)low, (unsigned)high);
}

static int
range_order(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return (x->low > y->low) - (x->low < y->low);
}

static int
write_class(struct translator *t, const struct class *class, bool negated, struct error *err)
{
	static const struct range folded[] = { { 'A', 'Z' }, { 'a', 'z' }, { 0x17f, 0x17f }, { 0x212a, 0x212a } };
	struct range	set[CLASS_RANGES + 4];
	unsigned	count = class->count;
	uint32_t	from = 0;
	int		rc = 0;

	memcpy(set, class->ranges, sizeof(class->ranges));
	/* PCRE2 folds what it is given; before it is turned round, it must be folded here. */
	for (unsigned i = 0; negated && t->flags.fold && class->letters && i < 4; i++)
		set[count++] = folded[i];
	qsort(set, count, sizeof(set[0]), range_order);
	for (unsigned i = 0; i < count && rc == 0; i++) {
		if (!negated)
			rc = write_range(t, set[i].low, set[i].high, err);
		else if (set[i].low > from)
			rc = write_range(t, from, set[i].low - 1, err);
		if (set[i].high + 1 > from)
			from = set[i].high + 1;
	}
	if (rc == 0 && negated)
		rc = write_range(t, from, RUNE_MAX, err);
	return rc;
}

/* Long names of Unicode categories, which PCRE2 does not know. */
static const struct { const char *name, *short_name; } categories[] = {
	{ "letter", "L" }, { "casedletter", "L&" }, { "uppercaseletter", "Lu" }, { "lowercaseletter", "Ll" }, { "titlecaseletter", "Lt" },
	{ "modifierletter", "Lm" }, { "otherletter", "Lo" }, { "mark", "M" }, { "nonspacingmark", "Mn" }, { "spacingmark", "Mc" },
	{ "enclosingmark", "Me" }, { "number", "N" }, { "decimalnumber", "Nd" }, { "digit", "Nd" }, { "letternumber", "Nl" },
	{ "othernumber", "No" }, { "punctuation", "P" }, { "punct", "P" }, { "connectorpunctuation", "Pc" }, { "dashpunctuation", "Pd" },
	{ "openpunctuation", "Ps" }, { "closepunctuation", "Pe" }, { "initialpunctuation", "Pi" }, { "finalpunctuation", "Pf" },
	{ "otherpunctuation", "Po" }, { "symbol", "S" }, { "mathsymbol", "Sm" }, { "currencysymbol", "Sc" }, { "modifiersymbol", "Sk" },
	{ "othersymbol", "So" }, { "separator", "Z" }, { "spaceseparator", "Zs" }, { "lineseparator", "Zl" }, { "paragraphseparator", "Zp" },
	{ "other", "C" }, { "control", "Cc" }, { "cntrl", "Cc" }, { "format", "Cf" }, { "surrogate", "Cs" }, { "privateuse", "Co" },
	{ "unassigned", "Cn" }, { "lc", "L&" },
};

/* The name that PCRE2 knows a Unicode class by; whether it exists is for PCRE2 to say. */
static int
unicode_name(struct translator *t, struct slice name, size_t from, char out[static 64], struct error *err)
{
	char	plain[64];
	size_t	n = 0;

	if (name.len == 0 || name.len >= sizeof(plain))
		return regex_refuse(t, "invalid character class range", from, err);
	for (size_t i = 0; i < name.len; i++) {
		int c = name.data[i];

		if (!is_alnum(c) && c != '_' && c != '-' && c != ' ')
			return regex_refuse(t, "invalid character class range", from, err);
		out[i] = (char)c;
		if (is_alnum(c))
			plain[n++] = (char)(c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c);
	}
	out[name.len] = '\0';
	for (size_t i = 0; i < sizeof(categories) / sizeof(categories[0]); i++)
		if (slice_eq(slice_of(plain, n), slice_str(categories[i].name)))
			snprintf(out, 64, "%s", categories[i].short_name);
	if (t->flags.fold && out[0] == 'L' && (out[1] == 'u' || out[1] == 'l' || out[1] == 't') && out[2] == '\0')
		out[1] = '&';		/* PCRE2 does not fold these */
	return 0;
}

/* \pN, \p{Name}, \P..., with '^' inside the braces: at the backslash. */
int
regex_read_unicode(struct translator *t, struct error *err)
{
	size_t		from = t->at, end;
	bool		negated = t->text.data[t->at + 1] == 'P';
	struct slice	name;
	char		known[64];
	int		rc;

	t->at += 2;
	if (peek(t) != '{') {
		size_t start = t->at;

		(void)next_rune(t);
		name = slice_sub(t->text, start, t->at);
	} else {
		end = slice_find(t->text, '}', t->at);
		if (end == t->text.len) {
			t->at = end;
			return regex_refuse(t, "invalid character class range", from, err);
		}
		name = slice_sub(t->text, t->at + 1, end);
		t->at = end + 1;
		if (slice_starts(name, SLICE("^"))) {
			negated = !negated;
			name = slice_from(name, 1);
		}
	}
	if ((rc = unicode_name(t, name, from, known, err)) != 0)
		return rc;
	return buf_printf(t->out, err, "\\%c{%s}", negated ? 'P' : 'p', known);
}

static int
hex_digit(int c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Behind "\x": two digits, or any number of them in braces. */
static uint32_t
read_hex(struct translator *t)
{
	uint32_t rune = 0;

	if (peek(t) == '{') {
		size_t digits = 0;

		for (t->at++; hex_digit(peek(t)) >= 0; digits++) {
			rune = rune * 16 + (uint32_t)hex_digit(t->text.data[t->at++]);
			if (rune > RUNE_MAX)
				return NO_RUNE;
		}
		return digits > 0 && peek(t) == '}' ? t->at++, rune : NO_RUNE;
	}
	for (unsigned i = 0; i < 2; i++) {
		if (hex_digit(peek(t)) < 0)
			return NO_RUNE;
		rune = rune * 16 + (uint32_t)hex_digit(t->text.data[t->at++]);
	}
	return rune;
}

/* An escape that stands for one character, at its backslash. */
int
regex_read_escape(struct translator *t, uint32_t *out, struct error *err)
{
	static const char	letters[] = "afnrtv", controls[] = "\a\f\n\r\t\v";
	size_t			from = t->at++;
	int			c = peek(t);
	const char		*letter;
	uint32_t		rune = NO_RUNE;

	if (c < 0)
		return err_set(err, ERR_SYNTAX, "trailing backslash at end of expression");
	t->at++;
	if (c >= '0' && c <= '7' && (c == '0' || (peek(t) >= '0' && peek(t) <= '7'))) {
		rune = (uint32_t)(c - '0');		/* octal; "\1" alone would be a back-reference */
		for (unsigned i = 0; i < 2 && peek(t) >= '0' && peek(t) <= '7'; i++)
			rune = rune * 8 + (uint32_t)(t->text.data[t->at++] - '0');
	} else if (c == 'x')
		rune = read_hex(t);
	else if (c < 128 && !is_alnum(c))
		rune = (uint32_t)c;
	else if (c < 128 && (letter = strchr(letters, c)) != NULL)
		rune = (uint32_t)controls[letter - letters];
	if (rune == NO_RUNE)
		return regex_refuse(t, "invalid escape sequence", from, err);
	*out = rune;
	return 0;
}

static int
read_class_rune(struct translator *t, size_t from, uint32_t *out, struct error *err)
{
	if (peek(t) < 0)
		return regex_refuse(t, "missing closing ]", from, err);
	if (peek(t) == '\\')
		return regex_read_escape(t, out, err);
	*out = next_rune(t);
	return 0;
}

/* "[:name:]" at this place?  Anything else that begins so is refused, unless no ":]" follows at all. */
static int
read_posix(struct translator *t, bool *done, struct error *err)
{
	size_t			 from = t->at, end;
	struct slice		 name;
	const struct class	*class;
	bool			 negated;

	*done = false;
	if (!more(t, "[:"))
		return 0;
	for (end = from + 2; end + 1 < t->text.len; end++)
		if (t->text.data[end] == ':' && t->text.data[end + 1] == ']')
			break;
	if (end + 1 >= t->text.len)
		return 0;
	negated = t->text.data[from + 2] == '^';	/* or the ':' that was found */
	name = slice_sub(t->text, from + 2 + negated, end);
	t->at = end + 2;
	if (name.len < 2 || (class = class_find(name)) == NULL)
		return regex_refuse(t, "invalid character class range", from, err);
	*done = true;
	return write_class(t, class, negated, err);
}

/* "\d" and its kin at this place; nothing is done when there is none. */
int
regex_read_perl(struct translator *t, bool *done, struct error *err)
{
	uint8_t			 letter = t->at + 1 < t->text.len ? t->text.data[t->at + 1] : 0, small = letter | 0x20;
	const struct class	*class = peek(t) == '\\' && is_alnum(letter) ? class_find(slice_of(&small, 1)) : NULL;

	*done = class != NULL;
	if (class == NULL)
		return 0;
	t->at += 2;
	return write_class(t, class, letter != small, err);
}

static int
read_class_item(struct translator *t, size_t from, struct error *err)
{
	uint32_t	low = 0, high;
	size_t		start = t->at;
	bool		done;
	int		rc;

	if ((rc = read_posix(t, &done, err)) != 0 || done)
		return rc;
	if (more(t, "\\p") || more(t, "\\P"))
		return regex_read_unicode(t, err);
	if ((rc = regex_read_perl(t, &done, err)) != 0 || done)
		return rc;
	if ((rc = read_class_rune(t, from, &low, err)) != 0)
		return rc;
	high = low;
	if (peek(t) == '-' && t->at + 1 < t->text.len && t->text.data[t->at + 1] != ']') {
		t->at++;
		if ((rc = read_class_rune(t, from, &high, err)) != 0)
			return rc;
		if (high < low)
			return regex_refuse(t, "invalid character class range", start, err);
	}
	return write_range(t, low, high, err);
}

/* "[...]", at the bracket. */
int
regex_read_brackets(struct translator *t, struct error *err)
{
	size_t	from = t->at++, start;
	bool	negated = false, first = true;
	int	rc;

	if (peek(t) == '^') {
		negated = true;
		t->at++;
	}
	if ((rc = regex_begin_atom(t, err)) != 0 || (rc = buf_str(t->out, negated ? "[^" : "[", err)) != 0)
		return rc;
	start = t->out->len;
	for (; peek(t) != ']' || first; first = false) {
		if (peek(t) < 0)
			return regex_refuse(t, "missing closing ]", from, err);
		if ((rc = read_class_item(t, from, err)) != 0)
			return rc;
	}
	t->at++;
	if (t->out->len > start)
		return buf_byte(t->out, ']', err);
	buf_truncate(t->out, t->atom_start);		/* it held nothing but surrogates */
	return buf_str(t->out, negated ? "(?s:.)" : NOTHING, err);
}
