#include "yamlmerge/yaml_block.h"

#include <yaml.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/utf8.h"

/*
 * The text is read line by line.  What begins a line is told by its column alone: it is right of the innermost map or list (the
 * value that is due there), in its column (the next member or element), or left of it (which ends it).
 *
 * Every function that returns bool returns false to give up.  The tests and tests/fuzz/yaml_block.c hold every tree that comes
 * of this against that from libyaml's events; when in doubt, give up.
 */

/* libyaml looks for the ":" of a key within 1024 characters. */
#define KEY_MOST	1000

struct frame {
	uint32_t	column;
	bool		map;
};

struct scan {
	struct slice		 text;
	yaml_block_handler	*handler;
	void			*builder;
	bool			 ascii;			/* a character is a byte */
	size_t			 at;
	size_t			 line_start;
	uint32_t		 line;			/* from 0, as libyaml counts */
	bool			 in_document, has_root;
	bool			 value_due;		/* the innermost map or list waits for a value, */
	yaml_mark_t		 due;			/* which begins behind this indicator */
	struct buf		 decoded;		/* the last scalar, where its text is not its value */
	size_t			 depth;
	struct frame		 open[LIMIT_DEPTH];	/* maps and lists around here, outermost first */
};

struct scalar {
	size_t			 start;
	yaml_mark_t		 end;
	yaml_scalar_style_t	 style;
	struct slice		 value;
};

/* --- the text --------------------------------------------------------------------------------------------------------- */

/* Is all of this printable ASCII or a line feed?  Without a branch, so that compilers make it vector code. */
#define PORTION	64
static bool
portion_is_simple(const uint8_t p[static PORTION])
{
	uint8_t other = 0;

	for (size_t i = 0; i < PORTION; i++)
		other |= (uint8_t)((p[i] < ' ' || p[i] > '~') & (p[i] != '\n'));
	return other == 0;
}

/* Characters that libyaml takes and that are no line breaks but line feeds. */
static bool
text_check(struct scan *s)
{
	const uint8_t	*p = s->text.data;
	size_t		 len = s->text.len, width;
	uint32_t	 c;

	s->ascii = true;
	for (size_t at = 0; at < len; at += width) {
		width = PORTION;
		if (len - at >= PORTION && portion_is_simple(p + at))
			continue;
		width = 1;
		if (p[at] >= ' ' && p[at] < 0x7f)
			continue;
		if (p[at] < 0x80) {
			if (p[at] != '\n' && p[at] != '\t')
				return false;
			continue;
		}
		/* Not the control characters, the line breaks NEL, LS and PS, nor byte order marks. */
		if ((width = utf8_decode(slice_from(s->text, at), &c)) == 0 || c < 0xa0 || c == 0x2028 || c == 0x2029 || c == 0xfeff ||
		    c == 0xfffe || c == 0xffff)
			return false;
		s->ascii = false;
	}
	return true;
}

static uint8_t
peek(const struct scan *s, size_t at)
{
	return at < s->text.len ? s->text.data[at] : '\n';
}

/* A blank or the end of the line: what makes "-" and ":" indicators.  (A tab gives up elsewhere.) */
static bool
blank_at(const struct scan *s, size_t at)
{
	uint8_t c = peek(s, at);

	return c == ' ' || c == '\n' || c == '\t';
}

static yaml_mark_t
mark_at(const struct scan *s, size_t at)
{
	size_t column = at - s->line_start;

	for (size_t i = s->line_start; !s->ascii && i < at; i++)
		column -= (s->text.data[i] & 0xc0) == 0x80;
	return (yaml_mark_t){ .index = at, .line = s->line, .column = column };
}

static void
skip_spaces(struct scan *s)
{
	while (s->at < s->text.len && s->text.data[s->at] == ' ')
		s->at++;
}

static void
skip_line(struct scan *s)
{
	s->at = slice_find(s->text, '\n', s->at);
	if (s->at < s->text.len) {
		s->line_start = ++s->at;
		s->line++;
	}
}

/* To the first character that is neither blank nor comment; false at the end of the text. */
static bool
next_token(struct scan *s)
{
	for (;;) {
		skip_spaces(s);
		if (s->at == s->text.len)
			return false;
		if (s->text.data[s->at] != '\n' && s->text.data[s->at] != '#')
			return true;
		skip_line(s);
	}
}

/* Is there nothing but a comment on the rest of the line? */
static bool
line_ends(struct scan *s)
{
	size_t before = s->at;

	skip_spaces(s);
	return peek(s, s->at) == '\n' || (peek(s, s->at) == '#' && s->at > before);
}

static uint32_t
column_of(const struct scan *s)
{
	return (uint32_t)(s->at - s->line_start);
}

static bool
dash_at(const struct scan *s, size_t at)
{
	return peek(s, at) == '-' && blank_at(s, at + 1);
}

/* --- events ----------------------------------------------------------------------------------------------------------- */

static bool
emit(struct scan *s, const yaml_event_t *event)
{
	return s->handler(s->builder, event) == 0;
}

static bool
emit_plain(struct scan *s, yaml_event_type_t type, yaml_mark_t start, yaml_mark_t end)
{
	return emit(s, &(yaml_event_t){ .type = type, .start_mark = start, .end_mark = end });
}

static bool
emit_scalar(struct scan *s, const struct scalar *scalar, yaml_mark_t start)
{
	yaml_event_t event = { .type = YAML_SCALAR_EVENT, .start_mark = start, .end_mark = scalar->end };

	/* libyaml's field is not const; nobody writes there. */
	event.data.scalar.value = (yaml_char_t *)(uintptr_t)scalar->value.data;
	event.data.scalar.length = scalar->value.len;
	event.data.scalar.style = scalar->style;
	return emit(s, &event);
}

/* What was due does not come. */
static bool
emit_empty(struct scan *s)
{
	struct scalar nothing = { .end = s->due, .style = YAML_PLAIN_SCALAR_STYLE, .value = slice_sub(s->text, 0, 0) };

	s->value_due = false;
	return emit_scalar(s, &nothing, s->due);
}

/* A map or list begins here, at its first key or dash. */
static bool
open_push(struct scan *s, bool map)
{
	yaml_mark_t	mark = mark_at(s, s->at);
	yaml_event_t	event = { .type = YAML_SEQUENCE_START_EVENT, .start_mark = mark, .end_mark = mark };

	if (s->depth == LIMIT_DEPTH)
		return false;
	if (map) {
		event.type = YAML_MAPPING_START_EVENT;
		event.data.mapping_start.style = YAML_BLOCK_MAPPING_STYLE;
	} else {
		event.data.sequence_start.style = YAML_BLOCK_SEQUENCE_STYLE;
	}
	s->open[s->depth++] = (struct frame){ .column = column_of(s), .map = map };
	s->value_due = false;
	s->has_root = true;
	return emit(s, &event);
}

static bool
open_pop(struct scan *s)
{
	yaml_mark_t here = mark_at(s, s->at);

	if (s->value_due && !emit_empty(s))
		return false;
	return emit_plain(s, s->open[--s->depth].map ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT, here, here);
}

/* --- scalars ---------------------------------------------------------------------------------------------------------- */

static struct slice
rest_of_line(const struct scan *s)
{
	return slice_sub(s->text, s->at, slice_find(s->text, '\n', s->at));
}

static bool
decoded_add(struct scan *s, struct slice text)
{
	struct error nobody = ERROR_INIT;

	return buf_append(&s->decoded, text, &nobody) == 0;
}

static bool
scan_plain(struct scan *s, struct scalar *out)
{
	static const char	 never_first[] = "?:,[]{}#&*!|>'\"%@`\t";
	struct slice		 line = rest_of_line(s);
	size_t			 i;

	if (memchr(never_first, line.data[0], sizeof(never_first)) != NULL || dash_at(s, s->at))
		return false;
	/* It ends before ": " and " #". */
	for (i = slice_find(line, ':', 0); i < line.len; i = slice_find(line, ':', i + 1))
		if (blank_at(s, s->at + i + 1))
			line.len = i;
	for (i = slice_find(line, '#', 0); i < line.len; i = slice_find(line, '#', i + 1))
		if (line.data[i - 1] == ' ')
			line.len = i;
	while (line.data[line.len - 1] == ' ')
		line.len--;
	*out = (struct scalar){ .start = s->at, .style = YAML_PLAIN_SCALAR_STYLE, .value = line };
	s->at += line.len;
	out->end = mark_at(s, s->at);
	return slice_find(line, '\t', 0) == line.len;
}

static bool
scan_single(struct scan *s, struct scalar *out)
{
	struct slice	line = rest_of_line(s);
	size_t		from = 1, quote = slice_find(line, '\'', from);
	bool		doubled = false;

	*out = (struct scalar){ .start = s->at, .style = YAML_SINGLE_QUOTED_SCALAR_STYLE };
	buf_reset(&s->decoded);
	while (quote + 1 < line.len && line.data[quote + 1] == '\'') {
		if (!decoded_add(s, slice_sub(line, from, quote + 1)))
			return false;
		doubled = true;
		from = quote + 2;
		quote = slice_find(line, '\'', from);
	}
	if (quote == line.len || (doubled && !decoded_add(s, slice_sub(line, from, quote))))
		return false;
	out->value = doubled ? buf_slice(&s->decoded) : slice_sub(line, from, quote);
	s->at += quote + 1;
	out->end = mark_at(s, s->at);
	return true;
}

/* The escape that begins at the backslash ${at}: its length, 0 to give up. */
static size_t
escape(struct scan *s, size_t at)
{
	static const struct {
		char		name;
		uint16_t	point;
	} simple[] = {
		{ '0', 0 }, { 'a', 7 }, { 'b', 8 }, { 't', 9 }, { 'n', 10 }, { 'v', 11 }, { 'f', 12 }, { 'r', 13 }, { 'e', 27 }, { ' ', ' ' },
		{ '"', '"' }, { '/', '/' }, { '\\', '\\' }, { 'N', 0x85 }, { '_', 0xa0 }, { 'L', 0x2028 }, { 'P', 0x2029 },
	};
	uint8_t		c = peek(s, at + 1), bytes[4];
	size_t		digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0, len, i;
	uint32_t	point = 0;

	if (digits == 0) {
		for (i = 0; i < sizeof(simple) / sizeof(*simple) && simple[i].name != c; i++)
			;
		if (i == sizeof(simple) / sizeof(*simple))
			return 0;
		point = simple[i].point;
	}
	for (i = 0; i < digits; i++) {
		c = peek(s, at + 2 + i);
		if (!((c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'f')))
			return 0;
		point = point << 4 | (uint32_t)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
	}
	len = utf8_encode(point, bytes);
	return len != 0 && decoded_add(s, slice_of(bytes, len)) ? 2 + digits : 0;
}

static bool
scan_double(struct scan *s, struct scalar *out)
{
	size_t	stop = slice_find(s->text, '\n', s->at), from = s->at + 1, at = from, width;
	bool	escaped = false;

	*out = (struct scalar){ .start = s->at, .style = YAML_DOUBLE_QUOTED_SCALAR_STYLE };
	buf_reset(&s->decoded);
	while (at < stop && s->text.data[at] != '"') {
		if (s->text.data[at] != '\\') {
			at++;
			continue;
		}
		if (!decoded_add(s, slice_sub(s->text, from, at)) || (width = escape(s, at)) == 0)
			return false;
		escaped = true;
		from = at += width;
	}
	if (at >= stop || (escaped && !decoded_add(s, slice_sub(s->text, from, at))))
		return false;
	out->value = escaped ? buf_slice(&s->decoded) : slice_sub(s->text, from, at);
	s->at = at + 1;
	out->end = mark_at(s, s->at);
	return true;
}

/* One on this line. */
static bool
scan_scalar(struct scan *s, struct scalar *out)
{
	switch (peek(s, s->at)) {
	case '\'':
		return scan_single(s, out);
	case '"':
		return scan_double(s, out);
	default:
		return scan_plain(s, out);
	}
}

/* --- block scalars ---------------------------------------------------------------------------------------------------- */

struct block {
	uint32_t	indent;			/* 0: not known yet */
	size_t		breaks;			/* empty lines since the last text */
	yaml_mark_t	end;
};

/*
 * Empty lines, and the indentation of the line behind them.  Unless the header said so, that is as wide as the widest of them all.
 */
static bool
block_breaks(struct scan *s, struct block *block)
{
	uint32_t widest = 0;

	block->end = mark_at(s, s->at);
	for (;;) {
		while (peek(s, s->at) == ' ' && (block->indent == 0 || column_of(s) < block->indent))
			s->at++;
		if (column_of(s) > widest)
			widest = column_of(s);
		if (peek(s, s->at) == '\t' && (block->indent == 0 || column_of(s) < block->indent))
			return false;
		if (s->at == s->text.len || s->text.data[s->at] != '\n')
			break;
		skip_line(s);
		block->breaks++;
		block->end = mark_at(s, s->at);
	}
	if (block->indent == 0)
		block->indent = widest > s->open[s->depth - 1].column ? widest : s->open[s->depth - 1].column + 1;
	return true;
}

static bool
block_lines(struct scan *s, struct block *block, bool folded, bool *feed)
{
	bool blank, blank_before = false;

	while (column_of(s) == block->indent && s->at < s->text.len) {
		size_t end = slice_find(s->text, '\n', s->at);

		blank = peek(s, s->at) == ' ' || peek(s, s->at) == '\t';
		if (!*feed || !folded || blank || blank_before) {
			if (*feed && !decoded_add(s, SLICE("\n")))
				return false;
		} else if (block->breaks == 0 && !decoded_add(s, SLICE(" ")))
			return false;
		for (; block->breaks > 0; block->breaks--)
			if (!decoded_add(s, SLICE("\n")))
				return false;
		blank_before = blank;
		if (!decoded_add(s, slice_sub(s->text, s->at, end)))
			return false;
		*feed = end < s->text.len;
		skip_line(s);
		if (!block_breaks(s, block))
			return false;
	}
	return true;
}

static bool
scan_block(struct scan *s, struct scalar *out)
{
	struct block	block = { .indent = 0 };
	bool		folded = peek(s, s->at) == '>', feed = false;
	uint8_t		chomp = 0, c;

	*out = (struct scalar){ .start = s->at, .style = folded ? YAML_FOLDED_SCALAR_STYLE : YAML_LITERAL_SCALAR_STYLE };
	for (s->at++; (c = peek(s, s->at)) != '\n' && c != ' '; s->at++) {
		if ((c == '-' || c == '+') && chomp == 0)
			chomp = c;
		else if (c >= '1' && c <= '9' && block.indent == 0)
			block.indent = s->open[s->depth - 1].column + (c - '0');
		else
			return false;
	}
	if (!line_ends(s))
		return false;
	skip_line(s);
	buf_reset(&s->decoded);
	if (!block_breaks(s, &block) || !block_lines(s, &block, folded, &feed))
		return false;
	if (feed && chomp != '-' && !decoded_add(s, SLICE("\n")))
		return false;
	for (; chomp == '+' && block.breaks > 0; block.breaks--)
		if (!decoded_add(s, SLICE("\n")))
			return false;
	out->end = block.end;
	out->value = buf_slice(&s->decoded);
	return true;
}

/* --- nodes ------------------------------------------------------------------------------------------------------------ */

/* "{}" or "[]". */
static bool
empty_collection(struct scan *s)
{
	bool		map = peek(s, s->at) == '{';
	yaml_event_t	event = { .type = map ? YAML_MAPPING_START_EVENT : YAML_SEQUENCE_START_EVENT, .start_mark = mark_at(s, s->at) };
	yaml_mark_t	close;

	if (map)
		event.data.mapping_start.style = YAML_FLOW_MAPPING_STYLE;
	else
		event.data.sequence_start.style = YAML_FLOW_SEQUENCE_STYLE;
	s->at++;
	event.end_mark = mark_at(s, s->at);
	skip_spaces(s);
	if (peek(s, s->at) != (map ? '}' : ']'))
		return false;
	close = mark_at(s, s->at++);
	return emit(s, &event) && line_ends(s) &&
	    emit_plain(s, map ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT, close, mark_at(s, close.index + 1));
}

/* Behind a dash, or the colon of a key. */
static void
indicator(struct scan *s)
{
	s->at++;
	s->due = mark_at(s, s->at);
	s->value_due = true;
}

static bool
emit_key(struct scan *s, const struct scalar *key, yaml_mark_t start)
{
	if (s->at - key->start > KEY_MOST || !emit_scalar(s, key, start))
		return false;
	indicator(s);
	return true;
}

/* Is this a ":" that makes the scalar before it a key?  Blanks may stand between. */
static bool
colon_next(struct scan *s)
{
	skip_spaces(s);
	return peek(s, s->at) == ':' && blank_at(s, s->at + 1);
}

/* What is due, on this line.  Behind a key on the same line, nothing that is a block (${inside}) may begin. */
static bool
value(struct scan *s, bool inside)
{
	struct scalar	scalar;
	yaml_mark_t	start;
	size_t		after;

	for (;;) {
		if (dash_at(s, s->at)) {
			if (!inside || !open_push(s, false))
				return false;
			indicator(s);
			if (line_ends(s))
				return true;
			continue;
		}
		start = mark_at(s, s->at);
		switch (peek(s, s->at)) {
		case '|':
		case '>':
			s->value_due = false;
			return s->depth != 0 && scan_block(s, &scalar) && emit_scalar(s, &scalar, start);
		case '{':
		case '[':
			s->value_due = false;
			return s->depth != 0 && empty_collection(s);
		default:
			if (!scan_scalar(s, &scalar))
				return false;
		}
		after = s->at;
		if (!colon_next(s)) {
			s->at = after;
			s->value_due = false;
			return s->depth != 0 && line_ends(s) && emit_scalar(s, &scalar, start);
		}
		after = s->at;
		s->at = scalar.start;
		if (!inside || !open_push(s, true))
			return false;
		s->at = after;
		if (!emit_key(s, &scalar, start))
			return false;
		if (line_ends(s))
			return true;
		inside = false;
	}
}

/* What stands behind a dash or key of the innermost map or list. */
static bool
rest_of_item(struct scan *s, bool inside)
{
	return line_ends(s) || value(s, inside);
}

static bool
member(struct scan *s)
{
	struct scalar	key;
	yaml_mark_t	start = mark_at(s, s->at);

	return scan_scalar(s, &key) && colon_next(s) && emit_key(s, &key, start) && rest_of_item(s, false);
}

static bool
element(struct scan *s)
{
	indicator(s);
	return rest_of_item(s, true);
}

static struct frame *
innermost(struct scan *s)
{
	return s->depth != 0 ? &s->open[s->depth - 1] : NULL;
}

/* What begins a line. */
static bool
line_item(struct scan *s)
{
	uint32_t	column = column_of(s);
	bool		dash = dash_at(s, s->at);

	while (s->depth != 0 && innermost(s)->column > column)
		if (!open_pop(s))
			return false;
	if (s->depth == 0)
		return !s->has_root && value(s, true);
	if (s->value_due && innermost(s)->column < column)
		return value(s, true);
	if (s->value_due && innermost(s)->map && dash)
		return open_push(s, false) && element(s);
	if (s->value_due && !emit_empty(s))
		return false;
	if (innermost(s)->column != column)
		return false;
	if (!innermost(s)->map && dash)
		return element(s);
	/* A list in the column of its key ends with the next key. */
	if (!innermost(s)->map && (s->depth == 1 || s->open[s->depth - 2].column != column || !open_pop(s)))
		return false;
	return innermost(s)->map && !dash && member(s);
}

/* --- documents -------------------------------------------------------------------------------------------------------- */

static bool
document_end(struct scan *s)
{
	yaml_mark_t here = mark_at(s, s->at);

	while (s->depth != 0)
		if (!open_pop(s))
			return false;
	s->in_document = false;
	return s->has_root && emit_plain(s, YAML_DOCUMENT_END_EVENT, here, here);
}

static bool
document_start(struct scan *s, bool marked)
{
	yaml_event_t event = { .type = YAML_DOCUMENT_START_EVENT, .start_mark = mark_at(s, s->at) };

	s->in_document = true;
	s->has_root = false;
	event.data.document_start.implicit = !marked;
	s->at += marked ? 3 : 0;
	event.end_mark = mark_at(s, s->at);
	return emit(s, &event);
}

static bool
scan_all(struct scan *s)
{
	while (next_token(s)) {
		bool	first = column_of(s) == 0;
		bool	marker = first && slice_starts(slice_from(s->text, s->at), SLICE("---")) && blank_at(s, s->at + 3);

		if (first && slice_starts(slice_from(s->text, s->at), SLICE("...")) && blank_at(s, s->at + 3))
			return false;
		if (marker) {
			if ((s->in_document && !document_end(s)) || !document_start(s, true) || !line_ends(s))
				return false;
		} else if ((!s->in_document && !document_start(s, false)) || !line_item(s))
			return false;
	}
	return s->in_document && document_end(s) && emit_plain(s, YAML_STREAM_END_EVENT, mark_at(s, s->at), mark_at(s, s->at));
}

bool
yaml_block_scan(struct slice text, yaml_block_handler *handler, void *builder)
{
	struct scan	s;
	bool		done;

	/* Not by an initialiser: most of ${open} is never touched. */
	s.text = text;
	s.handler = handler;
	s.builder = builder;
	s.at = s.line_start = s.depth = 0;
	s.line = 0;
	s.in_document = s.has_root = s.value_due = false;
	s.decoded = BUF_SECRET(LIMIT_DOCUMENT);
	done = text_check(&s) && scan_all(&s);
	buf_release(&s.decoded);
	return done;
}
