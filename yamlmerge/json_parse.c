#include "yamlmerge/json_parse.h"

#include "base/limits.h"
#include "base/utf8.h"
#include "yamlmerge/number.h"

/* One pass, no recursion: the open containers are the parents of the node at hand. */
struct parser {
	struct document	*doc;
	struct slice	 text;
	size_t		 at;
	size_t		 counted;		/* line and column are those of this byte */
	uint32_t	 line, column;
	struct node	*open;			/* innermost container, NULL at the root */
	struct node	*last;			/* its last child */
	size_t		 depth;
	struct error	*err;
};

/* Positions are asked for in ascending order, so that all the counting together is one pass. */
static void
count_to(struct parser *p, size_t at)
{
	for (; p->counted < at; p->counted++) {
		uint8_t c = p->text.data[p->counted];

		if (c == '\n') {
			p->line++;
			p->column = 1;
		} else if ((c & 0xc0) != 0x80)
			p->column++;
	}
}

static int
fail(struct parser *p, size_t at, const char *what)
{
	count_to(p, at);
	(void)err_set(p->err, ERR_SYNTAX, "%s", what);
	return err_at(p->err, p->line, p->column);
}

static void
skip_blanks(struct parser *p)
{
	while (p->at < p->text.len && memchr(" \t\n\r", p->text.data[p->at], 4) != NULL)
		p->at++;
}

/* The byte at hand, or 0 at the end (a NUL is never legal where this is asked). */
static uint8_t
peek(const struct parser *p)
{
	return p->at < p->text.len ? p->text.data[p->at] : 0;
}

static int
node_new(struct parser *p, enum node_kind kind, enum node_style style, struct node **out)
{
	void *memory;

	if (arena_alloc(&p->doc->arena, sizeof(struct node), &memory, p->err) != 0)
		return (int)p->err->kind;
	*out = memory;
	(*out)->kind = kind;
	(*out)->style = style;
	(*out)->span.start = (*out)->item.start = (uint32_t)p->at;
	count_to(p, p->at);
	(*out)->line = p->line;
	(*out)->column = p->column;
	return 0;
}

/* --- strings ---------------------------------------------------------------------------------------------------- */

static int
hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Four digits behind "\u", at ${at}; -1 when they are not there. */
static int
read_hex4(struct slice text, size_t at)
{
	int value = 0;

	if (at > text.len || text.len - at < 4)
		return -1;
	for (size_t i = at; i < at + 4; i++) {
		int digit = hex_value(text.data[i]);

		if (digit < 0)
			return -1;
		value = value * 16 + digit;
	}
	return value;
}

/* The escape at p->at ("\" included) as UTF-8 into ${out}; a surrogate without its other half is U+FFFD. */
static int
read_escape(struct parser *p, uint8_t *out, size_t *len)
{
	static const char	from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	uint8_t			c = p->at + 1 < p->text.len ? p->text.data[p->at + 1] : 0;
	const char		*found = c != 0 ? memchr(from, c, sizeof(from) - 1) : NULL;
	int			value, low;
	uint32_t		point;

	if (found != NULL) {
		out[0] = (uint8_t)to[found - from];
		*len = 1;
		p->at += 2;
		return 0;
	}
	if (c != 'u' || (value = read_hex4(p->text, p->at + 2)) < 0)
		return fail(p, p->at, "an escape that JSON does not have");
	point = (uint32_t)value;
	p->at += 6;
	if (point >= 0xd800 && point <= 0xdfff) {
		low = point < 0xdc00 && peek(p) == '\\' && p->at + 1 < p->text.len && p->text.data[p->at + 1] == 'u' ?
		    read_hex4(p->text, p->at + 2) : -1;
		if (low >= 0xdc00 && low <= 0xdfff) {
			point = 0x10000 + ((point - 0xd800) << 10) + ((uint32_t)low - 0xdc00);
			p->at += 6;
		} else
			point = 0xfffd;
	}
	*len = utf8_encode(point, out);
	return 0;
}

/* What stands between the quotes holds an escape or bytes that are not UTF-8: ${raw} of them, from p->at on. */
static int
decode_string(struct parser *p, size_t end, struct slice *out)
{
	uint32_t	 point;
	uint8_t		*bytes;
	size_t		 len = 0, n = 0;
	void		*memory;

	/* An escape shrinks, a stray byte becomes three. */
	if (arena_alloc(&p->doc->arena, (end - p->at) * 3 + 1, &memory, p->err) != 0)
		return (int)p->err->kind;
	bytes = memory;
	while (p->at < end) {
		if (p->text.data[p->at] == '\\') {
			if (read_escape(p, bytes + len, &n) != 0)
				return (int)p->err->kind;
			len += n;
			continue;
		}
		n = utf8_decode(slice_sub(p->text, p->at, end), &point);
		if (n == 0) {
			len += utf8_encode(0xfffd, bytes + len);
			p->at++;
			continue;
		}
		memcpy(bytes + len, p->text.data + p->at, n);
		len += n;
		p->at += n;
	}
	*out = slice_of(bytes, len);
	return 0;
}

/* A string, from its opening quote on. */
static int
read_string(struct parser *p, struct node **out)
{
	size_t	end, start = p->at + 1;
	bool	escapes = false;
	uint8_t	high = 0;

	if (node_new(p, NODE_SCALAR, STYLE_DOUBLE, out) != 0)
		return (int)p->err->kind;
	for (end = start; end < p->text.len && p->text.data[end] != '"'; end++) {
		uint8_t c = p->text.data[end];

		if (c < ' ')
			return fail(p, end, "a control character in a string: it must be written as an escape");
		high |= c;
		if (c == '\\') {
			escapes = true;
			end++;
		}
	}
	if (end >= p->text.len)
		return fail(p, start - 1, "a string without its closing quote");
	p->at = start;
	if (escapes || ((high & 0x80) != 0 && !utf8_valid(slice_sub(p->text, start, end)))) {
		if (decode_string(p, end, &(*out)->text) != 0)
			return (int)p->err->kind;
	} else
		(*out)->text = slice_sub(p->text, start, end);
	p->at = end + 1;
	(*out)->span.end = (*out)->item.end = (uint32_t)p->at;
	return 0;
}

/* --- literals --------------------------------------------------------------------------------------------------- */

static size_t
digits_at(struct slice text, size_t at)
{
	size_t n = 0;

	while (at + n < text.len && text.data[at + n] >= '0' && text.data[at + n] <= '9')
		n++;
	return n;
}

/* The length of the number at ${at}, 0 when there is none: -?(0|[1-9]d*)(.d+)?([eE][-+]?d+)? */
static size_t
number_length(struct slice text, size_t at)
{
	size_t end = at, n;

	if (end < text.len && text.data[end] == '-')
		end++;
	if ((n = digits_at(text, end)) == 0 || (n > 1 && text.data[end] == '0'))
		return 0;
	end += n;
	if (end < text.len && text.data[end] == '.') {
		if ((n = digits_at(text, end + 1)) == 0)
			return 0;
		end += 1 + n;
	}
	if (end < text.len && (text.data[end] | 0x20) == 'e') {
		end++;
		if (end < text.len && (text.data[end] == '+' || text.data[end] == '-'))
			end++;
		if ((n = digits_at(text, end)) == 0)
			return 0;
		end += n;
	}
	return end - at;
}

bool
json_is_number(struct slice text)
{
	return text.len != 0 && number_length(text, 0) == text.len;
}

/* sops fails on these.  Few numbers need the look. */
static bool
is_beyond_doubles(struct slice number)
{
	double ignored;

	return number.len > 3 && (number.len > 300 || memchr(number.data, 'e', number.len) != NULL || memchr(number.data, 'E', number.len) != NULL) &&
	    number_parse_float(number, &ignored) == NUMBER_OVERFLOW;
}

static int
read_literal(struct parser *p, struct node **out)
{
	static const struct slice	words[] = { SLICE("true"), SLICE("false"), SLICE("null") };
	struct slice			rest = slice_from(p->text, p->at);
	size_t				len = number_length(p->text, p->at);

	if (is_beyond_doubles(slice_sub(rest, 0, len)))
		return fail(p, p->at, "a number beyond what a double can hold");
	for (size_t i = 0; len == 0 && i < 3; i++)
		if (slice_starts(rest, words[i]))
			len = words[i].len;
	if (len == 0)
		return fail(p, p->at, p->at == p->text.len ? "the text ends where a value is due" :
		    "no JSON value: neither a string, number, list or map nor true, false or null");
	if (node_new(p, NODE_SCALAR, STYLE_PLAIN, out) != 0)
		return (int)p->err->kind;
	(*out)->text = slice_sub(rest, 0, len);
	p->at += len;
	(*out)->span.end = (*out)->item.end = (uint32_t)p->at;
	return 0;
}

/* --- structure -------------------------------------------------------------------------------------------------- */

static void
attach(struct parser *p, struct node *node, struct node *key)
{
	node->parent = p->open;
	node->key = key;
	if (key != NULL)
		node->item.start = key->span.start;
	if (p->open == NULL) {
		p->doc->root[0] = node;
		return;
	}
	if (p->last == NULL)
		p->open->child = node;
	else
		p->last->next = node;
	p->last = node;
}

/* A key and its colon. */
static int
read_key(struct parser *p, struct node **out)
{
	skip_blanks(p);
	if (peek(p) != '"')
		return fail(p, p->at, "a key must be a string in double quotes");
	if (read_string(p, out) != 0)
		return (int)p->err->kind;
	skip_blanks(p);
	if (peek(p) != ':')
		return fail(p, p->at, "':' must follow a key");
	p->at++;
	return 0;
}

/* A value: opens a container (then p->open is it) or reads a scalar whole. */
static int
read_value(struct parser *p, struct node *key)
{
	struct node	*node;
	uint8_t		 c;

	skip_blanks(p);
	c = peek(p);
	if (c == '"' ? read_string(p, &node) != 0 : c != '{' && c != '[' && read_literal(p, &node) != 0)
		return (int)p->err->kind;
	if (c != '{' && c != '[') {
		attach(p, node, key);
		return 0;
	}
	if (++p->depth > LIMIT_DEPTH) {
		count_to(p, p->at);
		(void)err_set(p->err, ERR_LIMIT, "more than %d nested maps and lists", (int)LIMIT_DEPTH);
		return err_at(p->err, p->line, p->column);
	}
	if (node_new(p, c == '{' ? NODE_MAP : NODE_LIST, STYLE_FLOW, &node) != 0)
		return (int)p->err->kind;
	attach(p, node, key);
	p->open = node;
	p->last = NULL;
	p->at++;
	return 0;
}

/* The container at hand is complete: its parent goes on behind it. */
static void
close_container(struct parser *p)
{
	struct node *closed = p->open;

	p->at++;
	closed->span.end = closed->item.end = (uint32_t)p->at;
	p->open = closed->parent;
	p->last = closed;
	p->depth--;
}

/* The next member or element of the open container, or its end. */
static int
read_item(struct parser *p)
{
	bool		 map = p->open->kind == NODE_MAP;
	uint8_t		 end = map ? '}' : ']';
	struct node	*key = NULL;

	skip_blanks(p);
	if (peek(p) == end) {
		close_container(p);
		return 0;
	}
	if (p->last != NULL) {
		if (peek(p) != ',')
			return fail(p, p->at, map ? "',' or '}' must follow a member" : "',' or ']' must follow an element");
		p->at++;
	}
	if (map && read_key(p, &key) != 0)
		return (int)p->err->kind;
	return read_value(p, key);
}

int
json_parse_document(struct document *doc, struct error *err)
{
	struct parser	p = { .doc = doc, .text = doc->text, .line = 1, .column = 1, .err = err };
	void		*memory;

	if (arena_alloc(&doc->arena, sizeof(*doc->root) + sizeof(*doc->extent), &memory, err) != 0)
		return (int)err->kind;
	doc->root = memory;
	doc->extent = (struct span *)(void *)((uint8_t *)memory + sizeof(*doc->root));
	skip_blanks(&p);
	if (slice_starts(slice_from(p.text, p.at), SLICE("\xef\xbb\xbf")))
		return fail(&p, p.at, "a byte order mark, which JSON does not allow");
	if (read_value(&p, NULL) != 0)
		return (int)err->kind;
	while (p.open != NULL)
		if (read_item(&p) != 0)
			return (int)err->kind;
	doc->roots = 1;
	doc->extent[0] = (struct span){ 0, (uint32_t)p.at };
	skip_blanks(&p);
	if (p.at < p.text.len) {
		count_to(&p, p.at);
		doc->facts.trailing_line = p.line;
	} else
		doc->extent[0].end = (uint32_t)p.at;
	return 0;
}
