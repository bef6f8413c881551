#include "sops/regex_syntax.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/utf8.h"

#define REPEAT_MAX	1000		/* counts, and products of nested counts */
#define NESTING_MAX	1000
#define RUNE_MAX	0x10ffffu
#define NO_RUNE		UINT32_MAX

struct flags {
	bool	fold, multi, dot_all;
};

struct level {				/* one open parenthesis; the first is the whole pattern */
	struct flags	flags;		/* to return to when it closes */
	bool		fold_written;
	size_t		start;		/* in the output */
	unsigned	cost;
};

struct translator {
	struct slice	 text;
	size_t		 at;
	struct buf	*out;
	struct flags	 flags;
	bool		 fold_written;	/* what PCRE2 believes at this place of the output */
	struct level	*levels;
	size_t		 depth;
	struct slice	*names;		/* of groups: Go refuses one that is used twice */
	size_t		 name_count;
	bool		 atom;		/* something that can be repeated has just been written */
	bool		 atom_repeated;	/* and was: an operator more needs a group around it */
	bool		 last_repeat;	/* the previous token was an operator: two in a row are refused */
	size_t		 atom_start;
	/*
	 * Nested counts multiply: a{500}{3} in two groups is refused, as it is in Go.  The cost of an atom
	 * is the largest product inside it, that of a level the largest of its atoms.
	 */
	unsigned	 atom_cost, cost;
};

static int
refuse(const struct translator *t, const char *why, size_t from, struct error *err)
{
	return err_set(err, ERR_SYNTAX, "%s: '%.*s'", why, SLICE_ARG(slice_sub(t->text, from, t->at)));
}

static bool
more(const struct translator *t, const char *text)
{
	size_t len = strlen(text);

	return t->text.len - t->at >= len && memcmp(t->text.data + t->at, text, len) == 0;
}

/* The next byte, or -1 at the end. */
static int
peek(const struct translator *t)
{
	return t->at < t->text.len ? t->text.data[t->at] : -1;
}

/* The whole pattern is known to be UTF-8. */
static uint32_t
next_rune(struct translator *t)
{
	uint32_t rune = 0;

	t->at += utf8_decode(slice_from(t->text, t->at), &rune);
	return rune;
}

static bool
is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static bool
is_alnum(int c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Begin an atom: bring PCRE2 up to the flag that it must know, lazily, so that operators bind across "(?i)". */
static int
begin_atom(struct translator *t, struct error *err)
{
	int rc = 0;

	if (t->cost < t->atom_cost)
		t->cost = t->atom_cost;
	if (t->flags.fold != t->fold_written) {
		rc = buf_str(t->out, t->flags.fold ? "(?i)" : "(?-i)", err);
		t->fold_written = t->flags.fold;
	}
	t->atom = true;
	t->atom_repeated = false;
	t->atom_start = t->out->len;
	t->atom_cost = 0;
	return rc;
}

static int
write_atom(struct translator *t, const char *text, struct error *err)
{
	int rc;

	if ((rc = begin_atom(t, err)) != 0)
		return rc;
	return buf_str(t->out, text, err);
}

#define NOTHING	"(?:(?!))"

static int
write_rune(struct translator *t, uint32_t rune, struct error *err)
{
	int rc;

	if (rune >= 0xd800 && rune <= 0xdfff)		/* can be written, and never occurs in text */
		return write_atom(t, NOTHING, err);
	if ((rc = begin_atom(t, err)) != 0)
		return rc;
	return rune < 128 && is_alnum((int)rune) ? buf_byte(t->out, (uint8_t)rune, err)
	    : buf_printf(t->out, err, "\\x{%x}", (unsigned)rune);
}

/* --- classes --------------------------------------------------------------------------------------------------- */

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
		return refuse(t, "invalid character class range", from, err);
	for (size_t i = 0; i < name.len; i++) {
		int c = name.data[i];

		if (!is_alnum(c) && c != '_' && c != '-' && c != ' ')
			return refuse(t, "invalid character class range", from, err);
		out[i] = (char)c;
		if (is_alnum(c))
			plain[n++] = (char)(c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c);
	}
	out[name.len] = '\0';
	for (size_t i = 0; i < sizeof(categories) / sizeof(categories[0]); i++)
		if (slice_eq(slice_of(plain, n), slice_str(categories[i].name)))
			strcpy(out, categories[i].short_name);
	if (t->flags.fold && out[0] == 'L' && (out[1] == 'u' || out[1] == 'l' || out[1] == 't') && out[2] == '\0')
		out[1] = '&';		/* PCRE2 does not fold these */
	return 0;
}

/* \pN, \p{Name}, \P..., with '^' inside the braces: at the backslash. */
static int
read_unicode(struct translator *t, struct error *err)
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
			return refuse(t, "invalid character class range", from, err);
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
static int
read_escape(struct translator *t, uint32_t *out, struct error *err)
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
		return refuse(t, "invalid escape sequence", from, err);
	*out = rune;
	return 0;
}

static int
read_class_rune(struct translator *t, size_t from, uint32_t *out, struct error *err)
{
	if (peek(t) < 0)
		return refuse(t, "missing closing ]", from, err);
	if (peek(t) == '\\')
		return read_escape(t, out, err);
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
		return refuse(t, "invalid character class range", from, err);
	*done = true;
	return write_class(t, class, negated, err);
}

/* "\d" and its kin at this place; nothing is done when there is none. */
static int
read_perl(struct translator *t, bool *done, struct error *err)
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
		return read_unicode(t, err);
	if ((rc = read_perl(t, &done, err)) != 0 || done)
		return rc;
	if ((rc = read_class_rune(t, from, &low, err)) != 0)
		return rc;
	high = low;
	if (peek(t) == '-' && t->at + 1 < t->text.len && t->text.data[t->at + 1] != ']') {
		t->at++;
		if ((rc = read_class_rune(t, from, &high, err)) != 0)
			return rc;
		if (high < low)
			return refuse(t, "invalid character class range", start, err);
	}
	return write_range(t, low, high, err);
}

/* "[...]", at the bracket. */
static int
read_brackets(struct translator *t, struct error *err)
{
	size_t	from = t->at++, start;
	bool	negated = false, first = true;
	int	rc;

	if (peek(t) == '^') {
		negated = true;
		t->at++;
	}
	if ((rc = begin_atom(t, err)) != 0 || (rc = buf_str(t->out, negated ? "[^" : "[", err)) != 0)
		return rc;
	start = t->out->len;
	for (; peek(t) != ']' || first; first = false) {
		if (peek(t) < 0)
			return refuse(t, "missing closing ]", from, err);
		if ((rc = read_class_item(t, from, err)) != 0)
			return rc;
	}
	t->at++;
	if (t->out->len > start)
		return buf_byte(t->out, ']', err);
	buf_truncate(t->out, t->atom_start);		/* it held nothing but surrogates */
	return buf_str(t->out, negated ? "(?s:.)" : NOTHING, err);
}

/* --- groups ---------------------------------------------------------------------------------------------------- */

static int
open_group(struct translator *t, const struct flags *inside, struct error *err)
{
	struct level	*level;
	int		 rc;

	if (t->depth >= NESTING_MAX)
		return err_set(err, ERR_SYNTAX, "expression nests too deeply");
	if ((rc = begin_atom(t, err)) != 0)
		return rc;
	level = &t->levels[t->depth++];
	*level = (struct level){ t->flags, t->fold_written, t->atom_start, t->cost };
	t->flags = *inside;
	t->cost = 0;
	t->atom = false;
	return buf_byte(t->out, '(', err);		/* it does not capture, being compiled so, and nests deeper than "(?:" */
}

static int
close_group(struct translator *t, struct error *err)
{
	const struct level	*level;
	unsigned		 cost = t->cost > t->atom_cost ? t->cost : t->atom_cost;

	if (t->depth == 0)
		return err_set(err, ERR_SYNTAX, "unexpected )");
	level = &t->levels[--t->depth];
	t->flags = level->flags;
	t->fold_written = level->fold_written;
	t->cost = level->cost;
	t->atom = true;
	t->atom_repeated = false;
	t->atom_start = level->start;
	t->atom_cost = cost;
	t->at++;
	return buf_byte(t->out, ')', err);
}

static int
read_named(struct translator *t, struct error *err)
{
	size_t		from = t->at, open = slice_find(t->text, '<', from), end = slice_find(t->text, '>', from);
	struct slice	name = slice_sub(t->text, open + 1, end);

	t->at = end < t->text.len ? end + 1 : end;
	if (end == t->text.len || name.len == 0)
		return refuse(t, "invalid named capture", from, err);
	for (size_t i = 0; i < name.len; i++)
		if (!is_alnum(name.data[i]) && name.data[i] != '_')
			return refuse(t, "invalid named capture", from, err);
	for (size_t i = 0; i < t->name_count; i++)
		if (slice_eq(t->names[i], name))
			return refuse(t, "duplicate capture group name", from, err);
	t->names[t->name_count++] = name;
	return open_group(t, &t->flags, err);
}

/* "(?...": a named group, or flags for a group or for what follows. */
static int
read_perl_group(struct translator *t, struct error *err)
{
	size_t		from = t->at;
	struct flags	flags = t->flags;
	bool		value = true, seen = false;

	if (more(t, "(?P<") || more(t, "(?<"))
		return read_named(t, err);
	for (t->at += 2; t->at < t->text.len;) {
		switch (t->text.data[t->at++]) {
		case 'i': flags.fold = value; seen = true; continue;
		case 'm': flags.multi = value; seen = true; continue;
		case 's': flags.dot_all = value; seen = true; continue;
		case 'U': seen = true; continue;
		case '-':
			if (!value)
				break;
			value = seen = false;
			continue;
		case ':':
			if (!value && !seen)
				break;
			return open_group(t, &flags, err);
		case ')':
			if (!value && !seen)
				break;
			t->flags = flags;
			return 0;
		}
		return refuse(t, "invalid or unsupported Perl syntax", from, err);
	}
	return err_set(err, ERR_SYNTAX, "missing closing )");
}

/* --- repetition ------------------------------------------------------------------------------------------------ */

/* A decimal number without leading zeros; numbers too large to matter become REPEAT_MAX + 1. */
static bool
read_number(struct translator *t, unsigned *out)
{
	size_t		from = t->at;
	unsigned	n = 0;

	for (; is_digit(peek(t)); t->at++)
		n = n > REPEAT_MAX ? REPEAT_MAX + 1 : n * 10 + (unsigned)(t->text.data[t->at] - '0');
	*out = n > REPEAT_MAX ? REPEAT_MAX + 1 : n;
	return t->at > from && (t->at == from + 1 || t->text.data[from] != '0');
}

/* "{n}", "{n,}" or "{n,m}"; anything else is text, and nothing is read then. */
static bool
read_count(struct translator *t, unsigned *min, unsigned *max, bool *open_end)
{
	size_t from = t->at++;

	*open_end = false;
	if (read_number(t, min)) {
		*max = *min;
		if (peek(t) == ',') {
			t->at++;
			if (peek(t) == '}')
				*open_end = true;
			else if (!read_number(t, max))
				goto text;
		}
		if (peek(t) == '}') {
			t->at++;
			return true;
		}
	}
text:
	t->at = from;
	return false;
}

/* An operator has been read from ${from} on: apply it to the last atom. */
static int
repeat(struct translator *t, size_t from, const char *operator, struct error *err)
{
	uint8_t	*room;
	int	 rc;

	if (peek(t) == '?')
		t->at++;			/* lazy: the same texts match */
	if (t->last_repeat)
		return refuse(t, "invalid nested repetition operator", from, err);
	if (!t->atom)
		return refuse(t, "missing argument to repetition operator", from, err);
	if (t->atom_repeated) {			/* "a*(?i)+": never let PCRE2 see "*+", which is possessive */
		if ((rc = buf_reserve(t->out, 3, &room, err)) != 0)
			return rc;
		memmove(t->out->data + t->atom_start + 3, t->out->data + t->atom_start, t->out->len - t->atom_start);
		memcpy(t->out->data + t->atom_start, "(?:", 3);
		t->out->len += 3;
		if ((rc = buf_byte(t->out, ')', err)) != 0)
			return rc;
	}
	t->atom_repeated = t->last_repeat = true;
	return buf_str(t->out, operator, err);
}

static int
read_repeat(struct translator *t, struct error *err)
{
	size_t		from = t->at;
	unsigned	min, max, times;
	bool		open_end;
	char		text[32];
	int		c = peek(t), rc;

	if (c != '{') {
		t->at++;
		return repeat(t, from, (char[]){ (char)c, '\0' }, err);
	}
	if (!read_count(t, &min, &max, &open_end)) {
		t->at++;
		t->last_repeat = false;
		return write_rune(t, '{', err);
	}
	if (min > REPEAT_MAX || max > REPEAT_MAX || max < min)
		return refuse(t, "invalid repeat count", from, err);
	if (open_end)
		snprintf(text, sizeof(text), "{%u,}", min);
	else
		snprintf(text, sizeof(text), "{%u,%u}", min, max);
	if ((rc = repeat(t, from, text, err)) != 0)
		return rc;
	times = open_end ? min : max;
	t->atom_cost = times * (t->atom_cost > 1 ? t->atom_cost : 1);
	return t->atom_cost > REPEAT_MAX ? refuse(t, "invalid repeat count", from, err) : 0;
}

/* --- the pattern ----------------------------------------------------------------------------------------------- */

static int
read_quoted(struct translator *t, struct error *err)
{
	int rc = 0;

	for (t->at += 2; rc == 0 && t->at < t->text.len;) {
		if (more(t, "\\E")) {
			t->at += 2;
			return 0;
		}
		rc = write_rune(t, next_rune(t), err);
	}
	return rc;
}

static int
read_backslash(struct translator *t, struct error *err)
{
	static const char *const assertions[] = { "\\A", "\\b", "\\B", "\\z" };
	char		wrapped[8];
	uint32_t	rune = 0;
	bool		done = false;
	int		rc;

	for (size_t i = 0; i < sizeof(assertions) / sizeof(assertions[0]); i++)
		if (more(t, assertions[i])) {
			t->at += 2;
			snprintf(wrapped, sizeof(wrapped), "(?:%s)", assertions[i]);
			return write_atom(t, wrapped, err);
		}
	if (more(t, "\\Q"))
		return read_quoted(t, err);
	if (t->at + 1 < t->text.len && is_alnum(t->text.data[t->at + 1]) && strchr("dDsSwWpP", t->text.data[t->at + 1]) != NULL) {
		if ((rc = write_atom(t, "[", err)) != 0 ||
		    (rc = (t->text.data[t->at + 1] | 0x20) == 'p' ? read_unicode(t, err) : read_perl(t, &done, err)) != 0)
			return rc;
		return buf_byte(t->out, ']', err);
	}
	if ((rc = read_escape(t, &rune, err)) != 0)
		return rc;
	return write_rune(t, rune, err);
}

static int
read_token(struct translator *t, struct error *err)
{
	switch (peek(t)) {
	case '(':
		if (more(t, "(?"))
			return read_perl_group(t, err);
		t->at++;
		return open_group(t, &t->flags, err);
	case ')':
		return close_group(t, err);
	case '|':
		t->at++;
		if (t->cost < t->atom_cost)
			t->cost = t->atom_cost;
		t->atom_cost = 0;
		t->atom = false;
		return buf_byte(t->out, '|', err);
	case '[':
		return read_brackets(t, err);
	case '\\':
		return read_backslash(t, err);
	case '.':
		t->at++;
		return write_atom(t, t->flags.dot_all ? "(?s:.)" : "[^\\x{a}]", err);
	case '^':
		t->at++;
		return write_atom(t, t->flags.multi ? "(?:\\A|(?<=\\x{a}))" : "(?:\\A)", err);
	case '$':
		t->at++;
		return write_atom(t, t->flags.multi ? "(?:\\z|(?=\\x{a}))" : "(?:\\z)", err);
	default:
		return write_rune(t, next_rune(t), err);
	}
}

int
regex_translate(struct slice pattern, struct buf *out, struct error *err)
{
	struct translator	t = { .text = pattern, .out = out };
	int			c, rc = 0;

	if (!utf8_valid(pattern))
		return err_set(err, ERR_SYNTAX, "invalid UTF-8");
	t.levels = calloc(NESTING_MAX, sizeof(*t.levels));
	t.names = calloc(pattern.len / 5 + 1, sizeof(*t.names));	/* "(?<n>" is the shortest */
	if (t.levels == NULL || t.names == NULL)
		rc = err_memory(err);
	while (rc == 0 && (c = peek(&t)) >= 0)
		if (c == '*' || c == '+' || c == '?' || c == '{')
			rc = read_repeat(&t, err);
		else {
			t.last_repeat = false;
			rc = read_token(&t, err);
		}
	if (rc == 0 && t.depth > 0)
		rc = err_set(err, ERR_SYNTAX, "missing closing )");
	free(t.levels);
	free(t.names);
	return rc;
}
