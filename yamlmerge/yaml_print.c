#include "yamlmerge/yaml_print.h"

#include <inttypes.h>

#include "base/encode.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "yamlmerge/scalar.h"

/* FORMAT.md, printing: what decides between the styles, found in one pass. */
struct shape {
	bool	utf8;
	bool	lines;			/* a line feed */
	bool	special;		/* not printable for sops, characters above U+FFFF apart; LS and PS */
	bool	unprintable;		/* the same without LS and PS */
	bool	blank_at_break;		/* a space beside LS or PS */
	bool	astral;			/* those */
	bool	tab;
	bool	blank_line_end;		/* a space before a line feed or at the end */
	bool	blank_line_start;	/* a blank after a line feed */
	bool	tab_line_start;		/* a tab after a line feed */
	bool	not_plain;		/* ": ", " #", an indicator at the start */
	bool	not_flow_plain;
};

static bool
is_special(uint32_t c)
{
	return (c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 ||
	    c == 0xfeff || c == 0xfffe || c == 0xffff;
}

/* Line breaks of YAML 1.1 beside the usual ones. */
static bool
is_wide_break(uint32_t c)
{
	return c == 0x2028 || c == 0x2029;
}

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

static bool
begins_like_syntax(struct slice text)
{
	uint8_t c = text.data[0];

	if (memchr("#,[]{}&*!|>'\"%@`", c, 16) != NULL)
		return true;
	if ((c == '?' || c == ':' || c == '-') && (text.len == 1 || is_blank(text.data[1])))
		return true;
	return slice_starts(text, SLICE("---")) || slice_starts(text, SLICE("..."));
}

static void
shape_ascii(struct slice text, size_t i, struct shape *shape)
{
	uint8_t	c = text.data[i], before = i > 0 ? text.data[i - 1] : '\0';
	bool	last = i + 1 == text.len;

	switch (c) {
	case '\n':
		shape->lines = true;
		shape->blank_line_end = shape->blank_line_end || before == ' ';
		break;
	case '\t':
		shape->tab = true;
		shape->tab_line_start = shape->tab_line_start || before == '\n';
		shape->blank_line_start = shape->blank_line_start || before == '\n';
		break;
	case ' ':
		shape->blank_line_end = shape->blank_line_end || last;
		shape->blank_line_start = shape->blank_line_start || before == '\n';
		shape->not_plain = shape->not_plain || i == 0 || last;
		break;
	case ':':
		shape->not_plain = shape->not_plain || last || is_blank(text.data[i + 1]);
		shape->not_flow_plain = true;
		break;
	case '#':
		shape->not_plain = shape->not_plain || (i > 0 && is_blank(before));
		break;
	case ',': case '[': case ']': case '{': case '}': case '?':
		shape->not_flow_plain = true;
		break;
	default:
		break;
	}
}

/* Bytes that say nothing about the shape: letters, digits and most punctuation. */
static const bool is_ordinary[256] = {
	['0' ... '9'] = true, ['@' ... 'Z'] = true, ['a' ... 'z'] = true, ['$' ... '+'] = true, ['-' ... '/'] = true,
};

static struct shape
shape_of(struct slice text)
{
	struct shape	shape = { .utf8 = true };
	uint32_t	c;
	size_t		width;

	shape.not_plain = text.len == 0 || begins_like_syntax(text);
	for (size_t i = 0; i < text.len; i += width) {
		width = 1;
		if (is_ordinary[text.data[i]])
			continue;
		width = utf8_decode(slice_from(text, i), &c);
		if (width == 0) {
			shape.utf8 = false;
			return shape;
		}
		if (is_special(c)) {
			shape.special = true;
			shape.unprintable = shape.unprintable || !is_wide_break(c);
			shape.blank_at_break = shape.blank_at_break || (i > 0 && text.data[i - 1] == ' ') ||
			    (i + width < text.len && text.data[i + width] == ' ');
		}
		shape.astral = shape.astral || c > 0xffff;
		if (c < 0x80)
			shape_ascii(text, i, &shape);
	}
	return shape;
}

/* --- what plain words mean to others ---------------------------------------------------------------------------------- */

/* Booleans of YAML 1.1 that sops reads as strings, and quotes. */
static bool
is_old_bool(struct slice text)
{
	static const char *const words[] = {
		"y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "n", "N", "no", "No", "NO", "off", "Off", "OFF",
	};

	for (size_t i = 0; text.len <= 3 && i < sizeof(words) / sizeof(words[0]); i++)
		if (slice_eq(text, slice_str(words[i])))
			return true;
	return false;
}

static bool
is_digit(struct slice text, size_t i)
{
	return i < text.len && text.data[i] >= '0' && text.data[i] <= '9';
}

/* [-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?  as a whole */
static bool
is_base60(struct slice text)
{
	size_t	i = text.len > 0 && (text.data[0] == '-' || text.data[0] == '+');
	bool	parts = false;

	if (!is_digit(text, i))
		return false;
	while (is_digit(text, i) || (i < text.len && text.data[i] == '_'))
		i++;
	while (i < text.len && text.data[i] == ':' && is_digit(text, i + 1)) {
		i += is_digit(text, i + 2) && text.data[i + 1] <= '5' ? 3 : 2;
		parts = true;
	}
	if (parts && i < text.len && text.data[i] == '.')
		for (i++; is_digit(text, i) || (i < text.len && text.data[i] == '_'); i++)
			;
	return parts && i == text.len;
}

/* Words that other YAML readers take for something else: "=", 0x, 0o, 0b. */
static bool
is_doubtful(struct slice text)
{
	size_t i = text.len > 0 && (text.data[0] == '-' || text.data[0] == '+');

	if (slice_eq(text, SLICE("=")))
		return true;
	return text.len > i + 1 && text.data[i] == '0' && memchr("xXoObB", text.data[i + 1], 6) != NULL;
}

static bool
reads_as_string(struct slice text, unsigned readers)
{
	if (slice_eq(text, SLICE("<<")) || is_old_bool(text) || is_base60(text))
		return false;
	if ((readers & YAML_FOR_SOPS) != 0 && !scalar_plain_is_string(text, &scalar_table_sops))
		return false;
	return (readers & YAML_FOR_HELM) == 0 || (scalar_plain_is_string(text, &scalar_table_helm) &&
	    scalar_plain_is_string(text, &scalar_table_sops) && !is_doubtful(text));
}

static bool
plain_allowed(struct slice text, const struct shape *shape, const struct yaml_place *place)
{
	return shape->utf8 && !shape->not_plain && !shape->lines && !shape->special && !shape->astral && !shape->tab &&
	    !(place->flow && shape->not_flow_plain) && text.len != 0;
}

bool
yaml_print_is_plain(struct slice text, const struct yaml_place *place, unsigned readers)
{
	struct shape shape = shape_of(text);

	return plain_allowed(text, &shape, place) && reads_as_string(text, readers);
}

/* --- the styles --------------------------------------------------------------------------------------------------------- */

static bool
break_at(struct slice text, size_t at)
{
	uint32_t c;

	return utf8_decode(slice_from(text, at), &c) != 0 && is_wide_break(c);
}

/* sops writes LS and PS as they are, and indents what follows: readers take the blanks for indentation. */
static int
print_single(struct slice text, uint32_t column, struct buf *out, struct error *err)
{
	if (buf_byte(out, '\'', err) != 0)
		return (int)err->kind;
	for (size_t at = 0, end; at < text.len; at = end) {
		for (end = at; end < text.len && text.data[end] != '\'' && text.data[end] != 0xe2;)
			end++;
		if (buf_append(out, slice_sub(text, at, end), err) != 0)
			return (int)err->kind;
		if (end == text.len)
			break;
		if (text.data[end] == '\'') {
			if (buf_str(out, "''", err) != 0)
				return (int)err->kind;
			end++;
			continue;
		}
		at = end;
		end += 3;
		if (buf_append(out, slice_sub(text, at, end), err) != 0 ||
		    (break_at(text, at) && end < text.len && !break_at(text, end) && buf_repeat(out, ' ', column, err) != 0))
			return (int)err->kind;
	}
	return buf_byte(out, '\'', err);
}

static int
print_escape(uint32_t c, struct buf *out, struct error *err)
{
	static const struct { uint32_t c; const char *text; } names[] = {
		{ 0, "\\0" }, { 7, "\\a" }, { 8, "\\b" }, { '\t', "\\t" }, { '\n', "\\n" }, { 0xb, "\\v" }, { 0xc, "\\f" },
		{ '\r', "\\r" }, { 0x1b, "\\e" }, { '"', "\\\"" }, { '\\', "\\\\" }, { 0x85, "\\N" }, { 0xa0, "\\_" },
		{ 0x2028, "\\L" }, { 0x2029, "\\P" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].c == c)
			return buf_str(out, names[i].text, err);
	return buf_printf(out, err, c <= 0xff ? "\\x%02X" : c <= 0xffff ? "\\u%04X" : "\\U%08X", c);
}

/*
 * ${raw_astral}: characters above U+FFFF as they are, as people write them; sops escapes them, and everything behind a
 * byte order mark that begins the text.
 */
static int
print_double(struct slice text, bool raw_astral, struct buf *out, struct error *err)
{
	uint32_t	c = 0;
	size_t		from = 0, at, width;
	bool		all = !raw_astral && slice_starts(text, SLICE("\xef\xbb\xbf"));

	if (buf_byte(out, '"', err) != 0)
		return (int)err->kind;
	for (at = 0; at < text.len; at += width) {
		width = utf8_decode(slice_from(text, at), &c);
		if (!all && !is_special(c) && c != '\n' && c != '\t' && c != '"' && c != '\\' && (c <= 0xffff || raw_astral))
			continue;
		if (buf_append(out, slice_sub(text, from, at), err) != 0 || print_escape(c, out, err) != 0)
			return (int)err->kind;
		from = at + width;
	}
	if (buf_append(out, slice_from(text, from), err) != 0)
		return (int)err->kind;
	return buf_byte(out, '"', err);
}

static size_t
trailing_feeds(struct slice text)
{
	size_t n = 0;

	while (n < text.len && text.data[text.len - 1 - n] == '\n')
		n++;
	return n;
}

/* The column where the lines of a block scalar begin: FORMAT.md, printing. */
uint32_t
yaml_print_column(const struct yaml_place *place)
{
	uint32_t step = place->step != 0 ? place->step : YAML_STEP;

	return place->element ? place->column + 2 : (place->column + step) / step * step;
}

int
yaml_print_lines(struct slice text, enum node_style style, uint32_t column, struct buf *out, struct error *err)
{
	size_t	feeds = trailing_feeds(text), body = text.len - feeds, at = 0, end;

	/* In a folded scalar a line break between two lines of text is written twice. */
	while (at < body) {
		end = slice_find(text, '\n', at);
		if (end > at && (buf_repeat(out, ' ', column, err) != 0 || buf_append(out, slice_sub(text, at, end), err) != 0))
			return (int)err->kind;
		if (buf_byte(out, '\n', err) != 0)
			return (int)err->kind;
		if (style == STYLE_FOLDED && end > at && end < body && buf_byte(out, '\n', err) != 0)
			return (int)err->kind;
		at = end + 1;
	}
	/* The last line has its break; what is left is the empty lines that "+" keeps. */
	return buf_repeat(out, '\n', body == 0 ? feeds : feeds > 1 ? feeds - 1 : 0, err);
}

char
yaml_print_chomping(struct slice text)
{
	size_t feeds = trailing_feeds(text);

	return feeds == 0 ? '-' : feeds == 1 && text.len > 1 ? '\0' : '+';
}

/* Does the indentation of the first line need to be said? */
static bool
needs_digit(struct slice text)
{
	return is_blank(text.data[0]);
}

/* Can a block scalar carry the text at all? */
static bool
block_legal(struct slice text, const struct shape *shape, enum node_style style, const struct yaml_place *place)
{
	if (text.len == 0 || place->flow || place->key || shape->special || text.data[0] == '\t')
		return false;
	return style == STYLE_LITERAL || !(shape->blank_line_start || is_blank(text.data[0]));
}

bool
yaml_print_block_legal(struct slice text, enum node_style style)
{
	struct yaml_place	anywhere = { .column = 0 };
	struct shape		shape = shape_of(text);

	return shape.utf8 && block_legal(text, &shape, style, &anywhere);
}

static int
print_block(struct slice text, enum node_style style, const struct yaml_place *place, struct buf *head, struct buf *body,
    struct error *err)
{
	uint32_t	column = yaml_print_column(place);
	char		chomping = yaml_print_chomping(text);

	if (buf_byte(head, style == STYLE_FOLDED ? '>' : '|', err) != 0)
		return (int)err->kind;
	if (needs_digit(text) && buf_printf(head, err, "%" PRIu32, column - place->column) != 0)
		return (int)err->kind;
	if (chomping != '\0' && buf_byte(head, (uint8_t)chomping, err) != 0)
		return (int)err->kind;
	return yaml_print_lines(text, style, column, body, err);
}

/* sops: lines of 70 characters, a literal block when there is more than one. */
#define BINARY_LINE	70

static int
print_binary(struct slice bytes, const struct yaml_place *place, struct buf *head, struct buf *body, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_SECRET(LIMIT_DOCUMENT * 2);
	bool one_line;

	if (base64_encode(bytes, &text, err) != 0 || buf_str(head, "!!binary ", err) != 0)
		return (int)err->kind;
	one_line = text.len <= BINARY_LINE || place->flow || place->key;
	if (buf_append(head, one_line ? buf_slice(&text) : SLICE("|"), err) != 0)
		return (int)err->kind;
	for (size_t at = 0; !one_line && at < text.len; at += BINARY_LINE)
		if (buf_repeat(body, ' ', yaml_print_column(place), err) != 0 ||
		    buf_append(body, slice_sub(buf_slice(&text), at, at + BINARY_LINE), err) != 0 || buf_byte(body, '\n',
		    err) != 0)
			return (int)err->kind;
	return 0;
}

/* FORMAT.md, printing: the style that the content asks for. */
static enum node_style
style_by_content(struct slice text, const struct shape *shape, const struct yaml_place *place, unsigned readers)
{
	bool digit;

	if (shape->lines) {
		digit = needs_digit(text);
		if (shape->astral || shape->blank_line_end || (digit && (place->element || place->beside_dash)) ||
		    ((readers & YAML_FOR_HELM) != 0 && shape->tab_line_start) || !block_legal(text, shape, STYLE_LITERAL, place))
			return STYLE_DOUBLE;
		return STYLE_LITERAL;
	}
	if (text.len == 0 || !reads_as_string(text, readers))
		return STYLE_DOUBLE;
	if (plain_allowed(text, shape, place))
		return STYLE_PLAIN;
	if (shape->astral || shape->tab || shape->unprintable)
		return STYLE_DOUBLE;
	if (shape->special && (shape->blank_at_break || readers != YAML_FOR_SOPS || place->flow || place->key))
		return STYLE_DOUBLE;
	return STYLE_SINGLE;
}

int
yaml_print_string(struct slice text, enum node_style style, const struct yaml_place *place, unsigned readers, struct buf *head,
    struct buf *body, struct error *err)
{
	struct shape	shape = shape_of(text);
	bool		keep = style != STYLE_PLAIN;

	if (!shape.utf8)
		return print_binary(text, place, head, body, err);
	/* sops prints the merge key as what it is even where it is a value; both forms load as the same string. */
	if (!keep && readers == YAML_FOR_SOPS && !place->flow && slice_eq(text, SLICE("<<")))
		return buf_str(head, "!!merge <<", err);
	if (!keep)
		style = style_by_content(text, &shape, place, readers);
	switch (style) {
	case STYLE_PLAIN:
		return buf_append(head, text, err);
	case STYLE_SINGLE:
		if (!shape.lines && (!shape.special || !keep))
			return print_single(text, yaml_print_column(place), head, err);
		break;
	case STYLE_LITERAL:
	case STYLE_FOLDED:
		if (block_legal(text, &shape, style, place))
			return print_block(text, style, place, head, body, err);
		if (block_legal(text, &shape, STYLE_LITERAL, place))
			return print_block(text, STYLE_LITERAL, place, head, body, err);
		break;
	default:
		break;
	}
	return print_double(text, keep, head, err);
}

int
yaml_print_comment(struct slice text, struct buf *out, struct error *err)
{
	return buf_byte(out, '#', err) != 0 ? (int)err->kind : buf_append(out, text, err);
}
