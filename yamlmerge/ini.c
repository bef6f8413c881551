#include "yamlmerge/ini.h"

#include "base/limits.h"
#include "base/utf8.h"
#include "yamlmerge/key_index.h"

/* --- blanks ---------------------------------------------------------------------------------------------------------- */

/* The length of the blank at ${at}, 0 when there is none: Go's idea of white space, in UTF-8. */
static size_t
blank_at(struct slice text, size_t at)
{
	uint32_t	point;
	size_t		len = utf8_decode(slice_from(text, at), &point);

	if (len == 0)
		return 0;
	return (point >= '\t' && point <= '\r') || point == ' ' || point == 0x85 || point == 0xa0 || point == 0x1680 ||
	    (point >= 0x2000 && point <= 0x200a) || point == 0x2028 || point == 0x2029 || point == 0x202f || point == 0x205f ||
	    point == 0x3000 ? len : 0;
}

static size_t
skip_blanks(struct slice text, size_t at, size_t end)
{
	size_t len;

	while (at < end && (len = blank_at(text, at)) != 0)
		at += len;
	return at;
}

/* Where the text [start, end) ends without the blanks behind it. */
static size_t
trim_end(struct slice text, size_t start, size_t end)
{
	for (size_t len = 1; end > start && len <= 3;) {
		if (end - start >= len && blank_at(slice_sub(text, 0, end), end - len) == len) {
			end -= len;
			len = 1;
		} else
			len++;
	}
	return end;
}

static bool
is_mark(uint8_t byte)
{
	return byte == ';' || byte == '#';
}

/* --- values ---------------------------------------------------------------------------------------------------------- */

static bool
has_at(struct slice text, size_t at, size_t end, struct slice word)
{
	return at + word.len <= end && slice_starts(slice_from(text, at), word);
}

/* The last ${quote} within [start, end), or SIZE_MAX. */
static size_t
find_last(struct slice text, size_t start, size_t end, struct slice quote)
{
	for (size_t at = end; at >= start + quote.len; at--)
		if (has_at(text, at - quote.len, end, quote))
			return at - quote.len;
	return SIZE_MAX;
}

/* FORMAT.md, INI: up to the last quote of the first line that has one. */
static int
read_quoted(struct slice text, struct slice quote, struct ini_value *out, struct error *err)
{
	size_t from = out->start + quote.len, line_end = slice_find(text, '\n', out->start), close;

	for (size_t at = from; (close = find_last(text, at, line_end, quote)) == SIZE_MAX; line_end = slice_find(text, '\n', at)) {
		if (line_end >= text.len)
			return err_set(err, ERR_SYNTAX, "missing closing quote of a value");
		at = line_end + 1;
	}
	out->text = slice_sub(text, from, close);
	out->end = close + quote.len;
	out->next = line_end + 1;
	close = skip_blanks(text, out->end, line_end);
	if (close == line_end)
		return 0;
	/* What is behind the quote is dropped by sops.  A comment can be kept beside it, anything else goes with the value. */
	if (is_mark(text.data[close])) {
		out->comment = close;
		out->comment_end = trim_end(text, close, line_end);
		out->unseen = true;
	} else
		out->end = trim_end(text, out->end, line_end);
	return 0;
}

/* A pair of quotes around it all goes, unless the same quote stands between them. */
static struct slice
unquote(struct slice text)
{
	uint8_t quote = text.len >= 2 ? text.data[0] : 0;

	if ((quote == '"' || quote == '\'') && slice_find(text, quote, 1) == text.len - 1)
		return slice_sub(text, 1, text.len - 1);
	return text;
}

static void
read_joined(struct slice text, size_t line_end, struct ini_value *out)
{
	size_t start, end = out->end;

	out->joined = true;
	while (text.data[end - 1] == '\\' && line_end < text.len) {
		start = line_end + 1;
		line_end = slice_find(text, '\n', start);
		start = skip_blanks(text, start, line_end);
		end = trim_end(text, start, line_end);
		if (end == start)
			break;
		out->end = end;
	}
	out->next = line_end + 1;
}

int
ini_read_value(struct slice text, size_t at, struct ini_value *out, struct error *err)
{
	size_t line_end = slice_find(text, '\n', at), end;

	*out = (struct ini_value){ .start = skip_blanks(text, at, line_end), .next = line_end + 1 };
	out->end = out->start;
	end = trim_end(text, out->start, line_end);
	if (has_at(text, out->start, line_end, SLICE("\"\"\"")) && (line_end - out->start > 3 || line_end < text.len))
		return read_quoted(text, SLICE("\"\"\""), out, err);
	if (has_at(text, out->start, line_end, SLICE("`")))
		return read_quoted(text, SLICE("`"), out, err);
	out->end = end;
	if (end > out->start && text.data[end - 1] == '\\') {
		read_joined(text, line_end, out);
		return 0;
	}
	for (size_t i = out->start; i < end && out->comment_end == 0; i++)
		if (is_mark(text.data[i])) {
			out->comment = i;
			out->comment_end = end;
			out->end = trim_end(text, out->start, i);
		}
	out->text = unquote(slice_sub(text, out->start, out->end));
	return 0;
}

/* The lines without their last "\" and indentation. */
static int
join(struct arena *arena, struct slice text, struct ini_value *value, struct error *err)
{
	uint8_t		*bytes;
	void		*memory;
	size_t		 len = 0;

	if (arena_alloc(arena, value->end - value->start + 1, &memory, err) != 0)
		return (int)err->kind;
	bytes = memory;
	for (size_t at = value->start; at < value->end;) {
		size_t line_end = slice_find(text, '\n', at), start = skip_blanks(text, at, line_end), end;

		if (line_end > value->end)
			line_end = value->end;
		end = trim_end(text, start, line_end);
		if (end > start && text.data[end - 1] == '\\')
			end--;
		memcpy(bytes + len, text.data + start, end - start);
		len += end - start;
		at = line_end + 1;
	}
	value->text = slice_of(bytes, len);
	return 0;
}

/* --- keys ------------------------------------------------------------------------------------------------------------ */

static size_t
find_delimiter(struct slice text, size_t at, size_t end)
{
	while (at < end && text.data[at] != '=' && text.data[at] != ':')
		at++;
	return at;
}

static int
read_quoted_key(struct slice text, size_t line_end, struct slice quote, struct ini_key *out, struct error *err)
{
	size_t from = out->start + quote.len, close = from;

	while (close < line_end && !has_at(text, close, line_end, quote))
		close++;
	if (close >= line_end)
		return err_set(err, ERR_SYNTAX, "missing closing key quote");
	out->name = slice_sub(text, from, close);
	out->end = close + quote.len;
	out->value = find_delimiter(text, out->end, line_end);
	return 0;
}

int
ini_read_key(struct slice text, size_t start, size_t line_end, struct ini_key *out, struct error *err)
{
	struct slice	quote = has_at(text, start, line_end, SLICE("\"\"\"")) ? SLICE("\"\"\"") :
	    has_at(text, start, line_end, SLICE("\"")) ? SLICE("\"") : has_at(text, start, line_end, SLICE("`")) ? SLICE("`") : SLICE_NONE;

	*out = (struct ini_key){ .start = start };
	if (quote.len != 0) {
		if (read_quoted_key(text, line_end, quote, out, err) != 0)
			return (int)err->kind;
	} else {
		out->value = find_delimiter(text, start, line_end);
		out->end = trim_end(text, start, out->value);
		out->name = slice_sub(text, start, out->end);
	}
	if (out->value == line_end)
		return err_set(err, ERR_SYNTAX, "key-value delimiter not found: a line must be a comment, a [section], or a key, '=' and a value");
	out->value++;
	if (out->name.len == 0)
		return err_set(err, ERR_SYNTAX, "empty key name");
	if (!slice_eq(out->name, SLICE("-")))
		return 0;
	err_set(err, ERR_SYNTAX, "the key '-' cannot be encrypted: sops numbers it, and could not read the file back");
	return err_hint(err, "give it a name");
}

/* --- the tree -------------------------------------------------------------------------------------------------------- */

struct parser {
	struct document		*doc;
	struct slice		 text;
	struct node		*root, *section;
	struct node		*last_section, *last;	/* last children of the root and of the section */
	struct key_index	 keys;			/* of the section */
	size_t			 line_start;
	uint32_t		 line;
	struct span		 above;			/* comment lines that wait for what they belong to; start == end: none */
	uint32_t		 above_line;
	struct error		*err;
};

static int
fail_at(struct parser *p, size_t at)
{
	return err_at(p->err, p->line, (uint32_t)utf8_count(slice_sub(p->text, p->line_start, at)) + 1);
}

static int
node_new(struct parser *p, enum node_kind kind, enum node_style style, size_t start, size_t end, struct node **out)
{
	void *memory;

	if (arena_alloc(&p->doc->arena, sizeof(struct node), &memory, p->err) != 0)
		return (int)p->err->kind;
	*out = memory;
	(*out)->kind = kind;
	(*out)->style = style;
	(*out)->span = (*out)->item = (struct span){ (uint32_t)start, (uint32_t)end };
	(*out)->line = p->line;
	(*out)->column = start >= p->line_start ? (uint32_t)utf8_count(slice_sub(p->text, p->line_start, start)) + 1 : 1;
	return 0;
}

static void
append(struct node *parent, struct node **last, struct node *node)
{
	node->parent = parent;
	if (*last == NULL)
		parent->child = node;
	else
		(*last)->next = node;
	*last = node;
}

/*
 * The text of a comment: its lines from their marks on, one after the other (blank lines between them do not count), trimmed; then
 * the mark that it begins with, and blanks behind it, go.
 */
static int
comment_text(struct parser *p, struct span above, struct span beside, struct slice *out)
{
	CLEANUP(buf_release) struct buf text = BUF_SECRET(LIMIT_DOCUMENT);
	struct slice	trimmed;
	size_t		start = 0;

	for (size_t at = above.start; at < above.end;) {
		size_t line_end = slice_find(p->text, '\n', at), from = skip_blanks(p->text, at, line_end);

		if (from < line_end && (buf_append(&text, slice_sub(p->text, from, line_end), p->err) != 0 ||
		    buf_byte(&text, '\n', p->err) != 0))
			return (int)p->err->kind;
		at = line_end + 1;
	}
	if (buf_append(&text, slice_sub(p->text, beside.start, beside.end), p->err) != 0)
		return (int)p->err->kind;
	trimmed = slice_sub(buf_slice(&text), 0, trim_end(buf_slice(&text), 0, text.len));
	while (start < trimmed.len && (trimmed.data[start] == trimmed.data[0] || trimmed.data[start] == ' '))
		start++;
	return arena_copy(&p->doc->arena, slice_from(trimmed, start), out, p->err);
}

/* The comment above and beside something: a node, or none. */
static int
take_comment(struct parser *p, struct span beside, struct node **out)
{
	struct node *node;

	*out = NULL;
	if (p->above.start == p->above.end && beside.start == beside.end)
		return 0;
	if (node_new(p, NODE_COMMENT, STYLE_LINE, p->above.start, p->above.end, &node) != 0 ||
	    comment_text(p, p->above, beside, &node->text) != 0)
		return (int)p->err->kind;
	if (p->above.start != p->above.end)
		node->line = p->above_line, node->column = 1;
	node->item = beside;
	p->above = (struct span){ 0, 0 };
	*out = node;
	return 0;
}

static int
new_section(struct parser *p, struct slice name, size_t start, size_t end, struct node **key)
{
	if (node_new(p, NODE_SCALAR, STYLE_DOUBLE, start, end, key) != 0 ||
	    node_new(p, NODE_MAP, STYLE_BLOCK, start, end, &p->section) != 0)
		return (int)p->err->kind;
	(*key)->text = name;
	p->section->key = *key;
	append(p->root, &p->last_section, p->section);
	p->last = NULL;
	key_index_reset(&p->keys);
	return 0;
}

static int
read_section(struct parser *p, size_t start, size_t line_end)
{
	struct span	 beside = { 0, 0 };
	struct node	*comment, *key;
	size_t		 close = find_last(p->text, start, line_end, SLICE("]"));

	if (close == SIZE_MAX) {
		(void)err_set(p->err, ERR_SYNTAX, "unclosed section: no ']'");
		return fail_at(p, start);
	}
	if (close == start + 1) {
		(void)err_set(p->err, ERR_SYNTAX, "empty section name");
		return fail_at(p, start);
	}
	for (size_t at = close + 1; at < line_end && beside.end == 0; at++)
		if (is_mark(p->text.data[at]))
			beside = (struct span){ (uint32_t)at, (uint32_t)trim_end(p->text, at, line_end) };
	/* Blanks at its end belong to it: a comment can come back between them. */
	if (new_section(p, slice_sub(p->text, start + 1, close), start, line_end - (p->text.data[line_end - 1] == '\r'), &key) != 0 ||
	    take_comment(p, beside, &comment) != 0)
		return (int)p->err->kind;
	key->span = key->item = (struct span){ (uint32_t)start + 1, (uint32_t)close };
	if (comment != NULL)
		append(p->section, &p->last, comment);
	return 0;
}

/* The key was there before: its value is the new one, at its old place, and so is its comment. */
static void
replace(struct parser *p, struct node *old, const struct node *node, struct node *comment)
{
	struct node *next = old->next;

	if (p->doc->facts.duplicate_line == 0)
		p->doc->facts.duplicate_line = node->line;
	*old = *node;
	old->parent = p->section;
	if (next != NULL && next->kind == NODE_COMMENT) {	/* its own */
		if (p->last == next)
			p->last = old;
		next = next->next;
	}
	old->next = next;
	if (comment == NULL)
		return;
	comment->parent = p->section;
	comment->next = next;
	old->next = comment;
	if (p->last == old)
		p->last = comment;
}

static int
add_key(struct parser *p, struct node *node, struct node *comment)
{
	void *there;

	if (key_index_add(&p->keys, node->key->text, node, &there, p->err) != 0)
		return (int)p->err->kind;
	if (there != NULL) {
		replace(p, there, node, comment);
		return 0;
	}
	append(p->section, &p->last, node);
	if (comment != NULL)
		append(p->section, &p->last, comment);
	return 0;
}

static int
read_key(struct parser *p, size_t start, size_t line_end, size_t *next)
{
	struct ini_key		 key;
	struct ini_value	 value;
	struct span		 beside = { 0, 0 };
	struct node		*key_node, *node, *comment, *unseen = NULL;

	if (ini_read_key(p->text, start, line_end, &key, p->err) != 0 || ini_read_value(p->text, key.value, &value, p->err) != 0)
		return fail_at(p, start);
	if (value.joined && join(&p->doc->arena, p->text, &value, p->err) != 0)
		return (int)p->err->kind;
	if (!value.unseen)
		beside = (struct span){ (uint32_t)value.comment, (uint32_t)value.comment_end };
	if (node_new(p, NODE_SCALAR, STYLE_DOUBLE, key.start, key.end, &key_node) != 0 ||
	    node_new(p, NODE_SCALAR, STYLE_DOUBLE, value.start, value.end, &node) != 0 || take_comment(p, beside, &comment) != 0)
		return (int)p->err->kind;
	key_node->text = key.name;
	node->key = key_node;
	node->text = value.text;
	node->item.start = (uint32_t)key.start;
	p->section->span.end = p->section->item.end = (uint32_t)(value.comment_end > value.end ? value.comment_end : value.end);
	*next = value.next;
	if (add_key(p, node, comment) != 0)
		return (int)p->err->kind;
	if (!value.unseen)
		return 0;
	if (take_comment(p, (struct span){ (uint32_t)value.comment, (uint32_t)value.comment_end }, &unseen) != 0)
		return (int)p->err->kind;
	unseen->style = STYLE_UNSEEN;
	append(p->section, &p->last, unseen);
	return 0;
}

/* Comments with nothing behind them: sops drops them.  Each line is a comment of the root. */
static int
read_rest(struct parser *p)
{
	struct span above = p->above;

	p->line = p->above_line;
	for (size_t at = above.start; at < above.end; p->line++) {
		size_t		 line_end = slice_find(p->text, '\n', at), start = skip_blanks(p->text, at, line_end);
		struct node	*comment;

		p->above = (struct span){ (uint32_t)start, (uint32_t)line_end };
		p->line_start = at;
		p->above_line = p->line;
		at = line_end + 1;
		if (start == line_end)
			continue;
		if (take_comment(p, (struct span){ 0, 0 }, &comment) != 0)
			return (int)p->err->kind;
		comment->style = STYLE_UNSEEN;
		append(p->root, &p->last_section, comment);
	}
	return 0;
}

static int
read_line(struct parser *p, size_t start, size_t line_end, size_t *next)
{
	if (is_mark(p->text.data[start])) {
		if (p->above.start == p->above.end) {
			p->above.start = (uint32_t)start;
			p->above_line = p->line;
		}
		p->above.end = (uint32_t)line_end;
		return 0;
	}
	return p->text.data[start] == '[' ? read_section(p, start, line_end) : read_key(p, start, line_end, next);
}

static int
read_lines(struct parser *p, size_t at)
{
	size_t next;

	for (; at < p->text.len; at = next) {
		size_t line_end = slice_find(p->text, '\n', at), start = skip_blanks(p->text, at, line_end);

		p->line_start = at;
		next = line_end + 1;
		if (start < line_end && read_line(p, start, line_end, &next) != 0)
			return (int)p->err->kind;
		for (; at < next; at = slice_find(p->text, '\n', at) + 1)
			p->line++;
	}
	return read_rest(p);
}

int
ini_parse_document(struct document *doc, struct error *err)
{
	struct parser	 p = { .doc = doc, .text = doc->text, .line = 1, .keys = KEY_INDEX, .err = err };
	struct node	*key;
	void		*memory;
	size_t		 start = slice_starts(doc->text, SLICE("\xef\xbb\xbf")) ? 3 : 0;
	int		 rc;

	p.line_start = start;
	doc->facts.bom = start != 0;
	if (arena_alloc(&doc->arena, sizeof(*doc->root) + sizeof(*doc->extent), &memory, err) != 0 ||
	    node_new(&p, NODE_MAP, STYLE_BLOCK, 0, doc->text.len, &p.root) != 0)
		return (int)err->kind;
	doc->root = memory;
	doc->extent = (struct span *)(void *)((uint8_t *)memory + sizeof(*doc->root));
	doc->root[0] = p.root;
	doc->extent[0] = p.root->span;
	doc->roots = 1;
	rc = new_section(&p, SLICE("DEFAULT"), start, start, &key) != 0 ? (int)err->kind : read_lines(&p, start);
	key_index_release(&p.keys);
	return rc;
}
