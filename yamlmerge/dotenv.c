#include "yamlmerge/dotenv.h"

#include "base/limits.h"
#include "base/utf8.h"
#include "yamlmerge/flat.h"
#include "yamlmerge/scalar.h"

/* --- reading --------------------------------------------------------------------------------------------------------- */

struct parser {
	struct document	*doc;
	struct node	*root, *last;
	uint32_t	 line;
	struct error	*err;
};

static int
node_new(struct parser *p, enum node_kind kind, enum node_style style, size_t start, size_t end, struct node **out)
{
	void *memory;

	if (arena_alloc(&p->doc->arena, sizeof(struct node), &memory, p->err) != 0)
		return (int)p->err->kind;
	*out = memory;
	(*out)->kind = kind;
	(*out)->style = style;
	(*out)->text = slice_sub(p->doc->text, start, end);
	(*out)->span = (*out)->item = (struct span){ (uint32_t)start, (uint32_t)end };
	(*out)->line = p->line;
	(*out)->column = 1;
	return 0;
}

static void
append(struct parser *p, struct node *node)
{
	node->parent = p->root;
	if (p->last == NULL)
		p->root->child = node;
	else
		p->last->next = node;
	p->last = node;
}

/* Each "\n" of two characters is a line break. */
static int
decode(struct parser *p, struct node *node)
{
	struct slice	 raw = node->text;
	uint8_t		*bytes;
	void		*memory;
	size_t		 len = 0;

	if (slice_find(raw, '\\', 0) == raw.len)
		return 0;
	if (arena_alloc(&p->doc->arena, raw.len + 1, &memory, p->err) != 0)
		return (int)p->err->kind;
	bytes = memory;
	for (size_t i = 0; i < raw.len; i++) {
		bool line_break = raw.data[i] == '\\' && i + 1 < raw.len && raw.data[i + 1] == 'n';

		bytes[len++] = line_break ? '\n' : raw.data[i];
		i += line_break;
	}
	node->text = slice_of(bytes, len);
	return 0;
}

static int
read_line(struct parser *p, size_t start, size_t end)
{
	size_t		 equals = slice_find(slice_sub(p->doc->text, 0, end), '=', start);
	struct node	*node, *key;

	if (p->doc->text.data[start] == '#') {
		if (node_new(p, NODE_COMMENT, STYLE_LINE, start, end, &node) != 0)
			return (int)p->err->kind;
		node->text = slice_from(node->text, 1);
		append(p, node);
		return 0;
	}
	if (equals == end) {
		(void)err_set(p->err, ERR_SYNTAX, "invalid dotenv input line: neither a comment nor a key, '=' and a value");
		return err_at(p->err, p->line, 1);
	}
	if (node_new(p, NODE_SCALAR, STYLE_DOUBLE, start, equals, &key) != 0 ||
	    node_new(p, NODE_SCALAR, STYLE_DOUBLE, equals + 1, end, &node) != 0 || decode(p, node) != 0)
		return (int)p->err->kind;
	node->key = key;
	node->item.start = (uint32_t)start;
	node->column = (uint32_t)utf8_count(slice_sub(p->doc->text, start, equals + 1)) + 1;
	append(p, node);
	return 0;
}

int
dotenv_parse_document(struct document *doc, struct error *err)
{
	struct parser	 p = { .doc = doc, .line = 1, .err = err };
	void		*memory;
	size_t		 end;

	if (arena_alloc(&doc->arena, sizeof(*doc->root) + sizeof(*doc->extent), &memory, err) != 0 ||
	    node_new(&p, NODE_MAP, STYLE_BLOCK, 0, doc->text.len, &p.root) != 0)
		return (int)err->kind;
	p.root->text = SLICE_NONE;
	doc->root = memory;
	doc->extent = (struct span *)(void *)((uint8_t *)memory + sizeof(*doc->root));
	doc->root[0] = p.root;
	doc->extent[0] = p.root->span;
	doc->roots = 1;
	for (size_t start = 0; start < doc->text.len; start = end + 1, p.line++) {
		end = slice_find(doc->text, '\n', start);
		if (end > start && read_line(&p, start, end) != 0)
			return (int)err->kind;
	}
	return 0;
}

/* --- writing --------------------------------------------------------------------------------------------------------- */

int
dotenv_print_value(struct slice text, struct buf *out, struct error *err)
{
	for (size_t at = 0; at < text.len;) {
		size_t end = slice_find(text, '\n', at);

		if (buf_append(out, slice_sub(text, at, end), err) != 0 ||
		    (end < text.len && buf_append(out, SLICE("\\n"), err) != 0))
			return (int)err->kind;
		at = end + 1;
	}
	return 0;
}

int
dotenv_print_key(struct slice key, struct buf *out, struct error *err)
{
	if (slice_find(key, '=', 0) < key.len || slice_find(key, '\n', 0) < key.len || slice_starts(key, SLICE("#"))) {
		err_set(err, ERR_TYPE, "'%.*s' cannot be a key of a dotenv file", SLICE_ARG(key));
		return err_hint(err, "it must hold neither '=' nor a line break, and not begin with '#'");
	}
	return buf_append(out, key, err) != 0 ? (int)err->kind : buf_byte(out, '=', err);
}

static int
print_node(const struct document *doc, const struct node *value, struct buf *out, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_SECRET(LIMIT_DOCUMENT);

	if (flat_node_text(value, doc->syntax->scalars, &text, err) != 0)
		return (int)err->kind;
	return dotenv_print_value(buf_slice(&text), out, err);
}

static int
dotenv_value(struct edits *edits, const struct document *doc, const struct node *node, const struct node *value, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_SECRET(LIMIT_DOCUMENT);

	if (print_node(doc, value, &text, err) != 0)
		return (int)err->kind;
	return edits_replace(edits, node, buf_slice(&text), err);
}

/* A line at the end; a text without a final line break has none behind it either. */
static int
dotenv_add_member(struct edits *edits, const struct document *doc, const struct node *map UNUSED, struct slice key,
    const struct node *value, struct error *err)
{
	CLEANUP(buf_release) struct buf line = BUF_SECRET(LIMIT_DOCUMENT);
	bool open = doc->text.len != 0 && doc->text.data[doc->text.len - 1] != '\n';

	if ((open && buf_byte(&line, '\n', err) != 0) || dotenv_print_key(key, &line, err) != 0 ||
	    print_node(doc, value, &line, err) != 0 || (!open && buf_byte(&line, '\n', err) != 0))
		return (int)err->kind;
	return edits_splice(edits, (struct span){ (uint32_t)doc->text.len, (uint32_t)doc->text.len }, buf_slice(&line), err);
}

static int
dotenv_remove(struct edits *edits, const struct document *doc, const struct node *node, struct error *err)
{
	struct span at = node->item;

	if (at.end < doc->text.len)
		at.end++;
	else if (at.start > 0)
		at.start--;
	return edits_splice(edits, at, SLICE_NONE, err);
}

const struct syntax_edits dotenv_node_edits = {
	.value = dotenv_value, .add_member = dotenv_add_member, .remove = dotenv_remove,
};
