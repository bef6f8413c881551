#include "yamlmerge/json_print.h"

#include <math.h>

#include "base/secret.h"
#include "base/utf8.h"
#include "yamlmerge/number.h"

/* What is open at a level: a map or a list, and whether it has an item yet. */
enum { OPEN_MAP = 1, OPEN_LIST = 2, OPEN_FULL = 4 };

/* --- strings ---------------------------------------------------------------------------------------------------- */

/* The short escape of a byte, or 0. */
static char
short_escape(uint8_t c)
{
	switch (c) {
	case '"': return '"';
	case '\\': return '\\';
	case '\b': return 'b';
	case '\f': return 'f';
	case '\n': return 'n';
	case '\r': return 'r';
	case '\t': return 't';
	default: return 0;
	}
}

static bool
is_bare(uint8_t c, bool html)
{
	return c >= ' ' && c < 0x80 && c != '"' && c != '\\' && !(html && (c == '<' || c == '>' || c == '&'));
}

/* One character that may not stand as it is, off the front of ${rest}. */
static int
print_special(struct slice *rest, bool html, struct buf *out, struct error *err)
{
	uint32_t	point = 0;
	size_t		n = utf8_decode(*rest, &point);
	uint8_t		c = rest->data[0];
	struct slice	character = slice_sub(*rest, 0, n);

	*rest = slice_from(*rest, n > 0 ? n : 1);
	if (n == 0)
		return buf_str(out, "\\ufffd", err);
	if (short_escape(c) != 0)
		return buf_printf(out, err, "\\%c", short_escape(c));
	if (c < 0x80 || (html && (point == 0x2028 || point == 0x2029)))
		return buf_printf(out, err, "\\u%04x", (unsigned)point);
	return buf_append(out, character, err);
}

/* ${html}: as Go's encoder, also what could end a script in a page. */
static int
print_string(struct slice text, bool html, struct buf *out, struct error *err)
{
	struct slice	rest = text;
	size_t		bare;

	if (buf_byte(out, '"', err) != 0)
		return (int)err->kind;
	while (rest.len > 0) {
		for (bare = 0; bare < rest.len && is_bare(rest.data[bare], html); bare++)
			;
		if (buf_append(out, slice_sub(rest, 0, bare), err) != 0)
			return (int)err->kind;
		rest = slice_from(rest, bare);
		if (rest.len > 0 && print_special(&rest, html, out, err) != 0)
			return (int)err->kind;
	}
	return buf_byte(out, '"', err);
}

int
json_print_string(struct slice text, struct buf *out, struct error *err)
{
	return print_string(text, true, out, err);
}

int
json_print_bare(struct slice text, struct buf *out, struct error *err)
{
	return print_string(text, false, out, err);
}

/* --- structure -------------------------------------------------------------------------------------------------- */

static int
new_line(struct json_emitter *e, struct error *err)
{
	size_t count = e->indent < 0 ? e->depth : (size_t)e->depth * (size_t)e->indent;

	if (buf_byte(e->out, '\n', err) != 0)
		return (int)err->kind;
	return buf_repeat(e->out, e->indent < 0 ? '\t' : ' ', count, err);
}

/* What comes before a value (or, in a map, its key): a comma and a line of its own, unless it stands behind its key. */
static int
begin_item(struct json_emitter *e, bool key, struct error *err)
{
	uint8_t *open = &e->open[e->depth];

	if (e->depth == 0) {
		if (key || e->done)
			return err_set(err, ERR_INTERNAL, "a JSON text is one value");
		e->done = true;
		return 0;
	}
	if (((*open & OPEN_MAP) != 0) != (key || e->after_key) || (key && e->after_key))
		return err_set(err, ERR_INTERNAL, "a JSON key and its value belong together");
	if (e->after_key) {
		e->after_key = false;
		return 0;
	}
	if ((*open & OPEN_FULL) != 0 && buf_byte(e->out, ',', err) != 0)
		return (int)err->kind;
	*open |= OPEN_FULL;
	return new_line(e, err);
}

static int
begin_container(struct json_emitter *e, uint8_t kind, struct error *err)
{
	if (begin_item(e, false, err) != 0)
		return (int)err->kind;
	if (e->depth == LIMIT_DEPTH)
		return err_set(err, ERR_LIMIT, "more than %d nested maps and lists", (int)LIMIT_DEPTH);
	e->open[++e->depth] = kind;
	return buf_byte(e->out, kind == OPEN_MAP ? '{' : '[', err);
}

int
json_emit_map(struct json_emitter *e, struct error *err)
{
	return begin_container(e, OPEN_MAP, err);
}

int
json_emit_list(struct json_emitter *e, struct error *err)
{
	return begin_container(e, OPEN_LIST, err);
}

int
json_emit_end(struct json_emitter *e, struct error *err)
{
	uint8_t open = e->open[e->depth];

	if (e->depth == 0 || e->after_key)
		return err_set(err, ERR_INTERNAL, "no JSON map or list ends here");
	e->depth--;
	if ((open & OPEN_FULL) != 0 && new_line(e, err) != 0)
		return (int)err->kind;
	return buf_byte(e->out, (open & OPEN_MAP) != 0 ? '}' : ']', err);
}

int
json_emit_key(struct json_emitter *e, struct slice key, struct error *err)
{
	if (begin_item(e, true, err) != 0 || json_print_string(key, e->out, err) != 0)
		return (int)err->kind;
	e->after_key = true;
	return buf_str(e->out, ": ", err);
}

int
json_emit_string(struct json_emitter *e, struct slice text, struct error *err)
{
	return begin_item(e, false, err) != 0 ? (int)err->kind : json_print_string(text, e->out, err);
}

int
json_emit_plain(struct json_emitter *e, struct slice text, struct error *err)
{
	return begin_item(e, false, err) != 0 ? (int)err->kind : buf_append(e->out, text, err);
}

/* --- nodes ------------------------------------------------------------------------------------------------------ */

struct walk {
	struct json_emitter		*emitter;
	const struct scalar_table	*table;
	size_t				 aliases, alias_nodes;
	struct error			*err;
};

static int
refuse(struct walk *w, const struct node *node, const char *what)
{
	(void)err_set(w->err, ERR_TYPE, "JSON cannot hold %s", what);
	return err_at(w->err, node->line, node->column);
}

static int
emit_scalar(struct walk *w, const struct node *node)
{
	CLEANUP(arena_release) struct arena	store = ARENA_SECRET(LIMIT_DOCUMENT);
	struct scalar				scalar;
	WIPED(digits, NUMBER_TEXT_MAX);
	char					*text = (char *)digits;
	size_t					 len;

	if (scalar_resolve(node, w->table, &store, &scalar, w->err) != 0)
		return (int)w->err->kind;
	switch (scalar.type) {
	case SCALAR_NULL:
		return json_emit_plain(w->emitter, SLICE("null"), w->err);
	case SCALAR_BOOL:
		return json_emit_plain(w->emitter, scalar.boolean ? SLICE("true") : SLICE("false"), w->err);
	case SCALAR_UINT:
		return refuse(w, node, "an integer beyond 2^63, as sops has it");
	case SCALAR_INT:
		len = number_format_int(scalar.integer, text);
		return json_emit_plain(w->emitter, slice_of(text, len), w->err);
	case SCALAR_FLOAT:
		if (!isfinite(scalar.real))
			return refuse(w, node, "an infinity or NaN");
		len = number_format(scalar.real, NUMBER_JSON, text);
		return json_emit_plain(w->emitter, slice_of(text, len), w->err);
	case SCALAR_STRING:
	case SCALAR_TIME:
	case SCALAR_MERGE:
		break;
	}
	return json_emit_string(w->emitter, scalar.text, w->err);
}

static int
emit(struct walk *w, const struct node *node)
{
	const struct node	*child;
	bool			 alias = node->kind == NODE_ALIAS;
	int			 failed = 0;

	w->aliases += alias;
	node = node_resolve(node);
	if (w->aliases > 0 && ++w->alias_nodes > LIMIT_ALIAS_NODES)
		return err_set(w->err, ERR_LIMIT, "aliases expand to more than %d values", LIMIT_ALIAS_NODES);
	if (node->kind == NODE_SCALAR)
		failed = emit_scalar(w, node);
	else {
		failed = node->kind == NODE_MAP ? json_emit_map(w->emitter, w->err) : json_emit_list(w->emitter, w->err);
		for (child = node->child; child != NULL && failed == 0; child = child->next) {
			if (child->kind == NODE_COMMENT)
				continue;
			if (node->kind == NODE_MAP)
				failed = json_emit_key(w->emitter, node_key(child), w->err);
			if (failed == 0)
				failed = emit(w, child);
		}
		if (failed == 0)
			failed = json_emit_end(w->emitter, w->err);
	}
	w->aliases -= alias;
	return failed;
}

int
json_emit_node(struct json_emitter *e, const struct node *node, const struct scalar_table *table, struct error *err)
{
	struct walk walk = { .emitter = e, .table = table, .err = err };

	return emit(&walk, node);
}
