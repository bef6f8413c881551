#include "kms/xml.h"

#include "base/limits.h"

/*
 * One pass over the document.  Where we are is kept as text, "Response/Result/Credentials", so that asking
 * whether an element matches is asking how that text ends, and an end tag is checked against its last part.
 */
#define XML_DEPTH	64
#define XML_NAME	256		/* bytes of one element's name */

struct scan {
	struct slice	 text;
	size_t		 at;
	struct buf	*where;		/* names of the open elements, joined by '/' */
	unsigned	 depth;
	unsigned	 inside;	/* depth of the element being collected, 0 when none */
	bool		 rooted;	/* the root element has begun */
	bool		 found;
	struct slice	 path;		/* what is looked for */
	struct buf	*out;
};

static int
malformed(const struct scan *scan, const char *what, struct error *err)
{
	return err_set(err, ERR_SYNTAX, "malformed XML at byte %zu: %s", scan->at, what);
}

static bool
name_byte(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
	    c == '.' || c == ':' || c >= 0x80;
}

static bool
blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Move behind the next ${mark}. */
static int
skip_past(struct scan *scan, const char *mark, struct error *err)
{
	struct slice	 rest = slice_from(scan->text, scan->at);
	size_t		 len = strlen(mark);
	const uint8_t	*end = rest.len != 0 ? memmem(rest.data, rest.len, mark, len) : NULL;

	if (end == NULL)
		return malformed(scan, "unterminated markup", err);
	scan->at += (size_t)(end - rest.data) + len;
	return 0;
}

/* Whether ${where} is ${path}, or ends in it at the beginning of a name. */
static bool
ends_in(struct slice where, struct slice path)
{
	return slice_ends(where, path) && (where.len == path.len || where.data[where.len - path.len - 1] == '/');
}

static int
put_code_point(const struct scan *scan, uint32_t c, struct error *err)
{
	static const uint8_t	lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t			n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	uint8_t			bytes[4];

	for (size_t i = n; i-- > 1; c >>= 6)
		bytes[i] = (uint8_t)(0x80 | (c & 0x3f));
	bytes[0] = (uint8_t)(lead[n] | c);
	return buf_append(scan->out, slice_of(bytes, n), err);
}

/* The number after "#" or "#x"; false when it is none, or not a character that XML can carry. */
static bool
numeric_reference(struct slice text, uint32_t *out)
{
	bool		hex = text.len > 1 && text.data[1] == 'x';
	struct slice	digits = slice_from(text, hex ? 2 : 1);
	uint32_t	c = 0;

	for (size_t i = 0; i < digits.len; i++) {
		uint8_t d = digits.data[i], letter = (uint8_t)(d | 0x20);

		if (d >= '0' && d <= '9')
			c = c * (hex ? 16 : 10) + (uint32_t)(d - '0');
		else if (hex && letter >= 'a' && letter <= 'f')
			c = c * 16 + (uint32_t)(letter - 'a') + 10;
		else
			return false;
		if (c > 0x10ffff)
			return false;
	}
	*out = c;
	return digits.len != 0 && (c < 0xd800 || c > 0xdfff) && (c >= 0x20 || c == '\t' || c == '\n' || c == '\r');
}

/* The character that "&...;" at the scan's place stands for; the place moves behind it. */
static int
entity(struct scan *scan, uint32_t *out, struct error *err)
{
	static const struct { const char *name; uint32_t c; } named[] = {
		{ "lt", '<' }, { "gt", '>' }, { "amp", '&' }, { "quot", '"' }, { "apos", '\'' },
	};
	/* The longest is "&#x10ffff;"; leading zeros beyond that are not worth reading on for. */
	struct slice	text = slice_sub(scan->text, scan->at + 1, scan->at + 12);
	size_t		end = slice_find(text, ';', 0);
	bool		known = false;

	if (end == text.len)
		return malformed(scan, "'&' without a reference", err);
	text = slice_sub(text, 0, end);
	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]) && !known; i++)
		if ((known = slice_eq(text, slice_str(named[i].name))))
			*out = named[i].c;
	if (!known && (!slice_starts(text, SLICE("#")) || !numeric_reference(text, out)))
		return malformed(scan, "an unknown entity or character", err);
	scan->at += end + 2;
	return 0;
}

/* Text up to the next '<'; kept when an element is being collected. */
static int
character_data(struct scan *scan, struct error *err)
{
	while (scan->at < scan->text.len && scan->text.data[scan->at] != '<') {
		uint8_t	 byte = scan->text.data[scan->at];
		uint32_t c = byte;

		if ((scan->depth == 0 && !blank(byte)) || (byte < 0x20 && !blank(byte)))
			return malformed(scan, "text outside the document, or a control character", err);
		if (byte != '&')
			scan->at++;
		else if (entity(scan, &c, err) != 0)
			return err->kind;
		if (scan->inside == 0)
			continue;
		if ((byte == '&' ? put_code_point(scan, c, err) : buf_byte(scan->out, byte, err)) != 0)
			return err->kind;
	}
	return 0;
}

static int
cdata(struct scan *scan, struct error *err)
{
	size_t start = scan->at + strlen("<![CDATA[");

	if (scan->depth == 0)
		return malformed(scan, "text outside the document", err);
	scan->at = start;
	if (skip_past(scan, "]]>", err) != 0)
		return err->kind;
	if (scan->inside == 0)
		return 0;
	return buf_append(scan->out, slice_sub(scan->text, start, scan->at - strlen("]]>")), err);
}

static int
read_name(struct scan *scan, struct slice *out, struct error *err)
{
	size_t start = scan->at;

	while (scan->at < scan->text.len && name_byte(scan->text.data[scan->at]))
		scan->at++;
	*out = slice_sub(scan->text, start, scan->at);
	if (out->len == 0 || out->len > XML_NAME)
		return malformed(scan, "no name, or one that is too long", err);
	return 0;
}

/* Attributes up to '>' or "/>", where the place then is. */
static int
skip_attributes(struct scan *scan, struct error *err)
{
	while (scan->at < scan->text.len) {
		uint8_t c = scan->text.data[scan->at];

		if (c == '>' || c == '/')
			return 0;
		if (c == '<')
			break;
		scan->at++;
		if (c != '"' && c != '\'')
			continue;
		if ((scan->at = slice_find(scan->text, c, scan->at)) == scan->text.len)
			break;
		scan->at++;
	}
	return malformed(scan, "an unterminated tag", err);
}

/* Behind the '>' of a tag. */
static int
tag_close(struct scan *scan, struct error *err)
{
	if (scan->at == scan->text.len || scan->text.data[scan->at] != '>')
		return malformed(scan, "an unterminated tag", err);
	scan->at++;
	return 0;
}

static void
element_leave(struct scan *scan)
{
	size_t last = scan->where->len;

	while (last > 0 && scan->where->data[last - 1] != '/')
		last--;
	buf_truncate(scan->where, last > 0 ? last - 1 : 0);
	if (scan->inside == scan->depth)
		scan->inside = 0;
	scan->depth--;
}

static int
start_tag(struct scan *scan, struct error *err)
{
	struct slice	name;
	bool		empty;

	scan->at++;
	if (read_name(scan, &name, err) != 0 || skip_attributes(scan, err) != 0)
		return err->kind;
	empty = scan->text.data[scan->at] == '/';
	scan->at += empty;
	if (tag_close(scan, err) != 0)
		return err->kind;
	if (scan->inside != 0)
		return malformed(scan, "elements where text was expected", err);
	if (scan->depth == 0 && scan->rooted)
		return malformed(scan, "a second root element", err);
	if (++scan->depth > XML_DEPTH)
		return err_set(err, ERR_LIMIT, "XML nested deeper than %d elements", XML_DEPTH);
	scan->rooted = true;
	if ((scan->where->len != 0 && buf_byte(scan->where, '/', err) != 0) || buf_append(scan->where, name, err) != 0)
		return err->kind;
	if (!scan->found && ends_in(buf_slice(scan->where), scan->path)) {
		scan->found = true;
		scan->inside = scan->depth;
	}
	if (empty)
		element_leave(scan);
	return 0;
}

static int
end_tag(struct scan *scan, struct error *err)
{
	struct slice name;

	scan->at += strlen("</");
	if (read_name(scan, &name, err) != 0)
		return err->kind;
	while (scan->at < scan->text.len && blank(scan->text.data[scan->at]))
		scan->at++;
	if (tag_close(scan, err) != 0)
		return err->kind;
	if (scan->depth == 0 || !ends_in(buf_slice(scan->where), name))
		return malformed(scan, "an end tag that ends nothing", err);
	element_leave(scan);
	return 0;
}

static int
markup(struct scan *scan, struct error *err)
{
	struct slice rest = slice_from(scan->text, scan->at);

	if (slice_starts(rest, SLICE("<?")))
		return skip_past(scan, "?>", err);
	if (slice_starts(rest, SLICE("<!--"))) {
		scan->at += strlen("<!--");
		return skip_past(scan, "-->", err);
	}
	if (slice_starts(rest, SLICE("<![CDATA[")))
		return cdata(scan, err);
	/* A DOCTYPE brings entities of its own and files from elsewhere: nothing that we are sent needs one. */
	if (slice_starts(rest, SLICE("<!")))
		return malformed(scan, "a declaration, which is not accepted", err);
	return slice_starts(rest, SLICE("</")) ? end_tag(scan, err) : start_tag(scan, err);
}

static int
scan_all(struct scan *scan, struct error *err)
{
	while (scan->at < scan->text.len)
		if (character_data(scan, err) != 0 || (scan->at < scan->text.len && markup(scan, err) != 0))
			return err->kind;
	if (scan->depth != 0 || !scan->rooted)
		return malformed(scan, "it ends early", err);
	if (!scan->found)
		return err_set(err, ERR_NOT_FOUND, "the XML lacks an element '%.*s'", SLICE_ARG(scan->path));
	return 0;
}

int
xml_find(struct slice document, const char *path, struct buf *out, struct error *err)
{
	CLEANUP(buf_release) struct buf where = BUF(XML_DEPTH * (XML_NAME + 1));
	struct scan	scan = { .text = document, .where = &where, .path = slice_str(path), .out = out };
	size_t		start = out->len;

	if (document.len > LIMIT_REPLY)
		return err_set(err, ERR_LIMIT, "XML of more than %zu bytes", LIMIT_REPLY);
	if (slice_starts(document, SLICE("\xef\xbb\xbf")))
		scan.at = 3;
	if (scan_all(&scan, err) != 0) {
		buf_truncate(out, start);
		return err->kind;
	}
	return 0;
}

int
xml_put_text(struct buf *out, struct slice text, struct error *err)
{
	for (size_t i = 0; i < text.len; i++) {
		uint8_t		 c = text.data[i];
		const char	*named = c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : c == '"' ? "&quot;" :
		    c == '\'' ? "&apos;" : NULL;

		if (c < 0x20 && !blank(c))
			return err_set(err, ERR_SYNTAX, "a control character that XML cannot carry");
		if ((named != NULL ? buf_str(out, named, err) : buf_byte(out, c, err)) != 0)
			return err->kind;
	}
	return 0;
}
