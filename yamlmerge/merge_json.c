#include "yamlmerge/merge_json.h"

#include "base/utf8.h"

struct printer {
	unsigned	 indent;
	struct buf	*out;
	struct error	*err;
};

static bool
is_escaped(uint32_t point)
{
	return point < 0x20 || (point >= 0x7f && point <= 0x9f) || point == 0x2028 || point == 0x2029 || point == 0xfeff ||
	    point == 0xfffe || point == 0xffff;
}

static int
print_string(struct printer *p, struct slice text)
{
	uint32_t	point;
	size_t		len;
	int		rc = buf_byte(p->out, '"', p->err);

	for (; rc == 0 && text.len > 0; text = slice_from(text, len > 0 ? len : 1)) {
		len = utf8_decode(text, &point);
		if (len == 0)
			rc = buf_str(p->out, "\\ufffd", p->err);
		else if (point == '"' || point == '\\')
			rc = buf_printf(p->out, p->err, "\\%c", (int)point);
		else if (point == '\n')
			rc = buf_str(p->out, "\\n", p->err);
		else if (is_escaped(point))
			rc = buf_printf(p->out, p->err, "\\u%04x", point);
		else
			rc = buf_append(p->out, slice_sub(text, 0, len), p->err);
	}
	return rc != 0 ? rc : buf_byte(p->out, '"', p->err);
}

static int
new_line(struct printer *p, unsigned depth)
{
	if (p->indent == 0)
		return 0;
	return buf_byte(p->out, '\n', p->err) != 0 ? (int)p->err->kind : buf_repeat(p->out, ' ', (size_t)p->indent * depth, p->err);
}

/* The parser bounds the depth. */
static int
print_value(struct printer *p, const struct merge_value *value, unsigned depth)
{
	bool map = value->kind == MERGE_MAP;

	switch (value->kind) {
	case MERGE_NULL:
		return buf_str(p->out, "null", p->err);
	case MERGE_BOOL:
		return buf_str(p->out, value->boolean ? "true" : "false", p->err);
	case MERGE_NUMBER:
		return buf_append(p->out, value->text, p->err);
	case MERGE_STRING:
		return print_string(p, value->text);
	case MERGE_LIST:
	case MERGE_MAP:
		break;
	}
	if (buf_byte(p->out, map ? '{' : '[', p->err) != 0)
		return (int)p->err->kind;
	for (const struct merge_value *child = value->child; child != NULL; child = child->next) {
		if (new_line(p, depth + 1) != 0)
			return (int)p->err->kind;
		if (map && (print_string(p, child->key) != 0 || buf_str(p->out, p->indent > 0 ? ": " : ":", p->err) != 0))
			return (int)p->err->kind;
		if (print_value(p, child, depth + 1) != 0 || (child->next != NULL && buf_byte(p->out, ',', p->err) != 0))
			return (int)p->err->kind;
	}
	if (value->child != NULL && new_line(p, depth) != 0)
		return (int)p->err->kind;
	return buf_byte(p->out, map ? '}' : ']', p->err);
}

int
merge_json_print(const struct merge_value *value, unsigned indent, struct buf *out, struct error *err)
{
	struct printer printer = { .indent = indent, .out = out, .err = err };

	return print_value(&printer, value, 0);
}
