#include "sops/store_formats.h"

#include "base/limits.h"
#include "yamlmerge/yaml_edit.h"
#include "yamlmerge/yaml_emit.h"

/*
 * The "sops" map is the last item of every YAML document of a stream.  It is printed as sops prints it;
 * where it goes, and what goes with it when it is taken out, is a matter of whole lines.
 */

struct yaml_sink {
	struct metadata_sink	 sink;
	struct yaml_emitter	 emitter;
};

static struct yaml_emitter *
emitter_of(struct metadata_sink *sink)
{
	return &((struct yaml_sink *)(void *)sink)->emitter;	/* the sink is its first member */
}

static int
emit_key(struct yaml_emitter *e, struct slice key, struct error *err)
{
	return key.len > 0 ? yaml_emit_key(e, key, err) : 0;
}

static int
on_open(struct metadata_sink *sink, struct slice key, bool list, size_t count UNUSED, struct error *err)
{
	struct yaml_emitter *e = emitter_of(sink);
	int rc = emit_key(e, key, err);

	return rc != 0 ? rc : list ? yaml_emit_list(e, err) : yaml_emit_map(e, err);
}

static int
on_close(struct metadata_sink *sink, bool list UNUSED, struct error *err)
{
	return yaml_emit_end(emitter_of(sink), err);
}

static int
on_text(struct metadata_sink *sink, struct slice key, struct slice text, struct error *err)
{
	int rc = emit_key(emitter_of(sink), key, err);

	return rc != 0 ? rc : yaml_emit_string(emitter_of(sink), text, err);
}

static int
on_boolean(struct metadata_sink *sink, struct slice key, bool value, struct error *err)
{
	int rc = emit_key(emitter_of(sink), key, err);

	return rc != 0 ? rc : yaml_emit_plain(emitter_of(sink), value ? SLICE("true") : SLICE("false"), err);
}

static int
on_integer(struct metadata_sink *sink, struct slice key, int64_t value, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF(32);
	int rc = emit_key(emitter_of(sink), key, err);

	if (rc != 0 || (rc = buf_printf(&text, err, "%lld", (long long)value)) != 0)
		return rc;
	return yaml_emit_plain(emitter_of(sink), buf_slice(&text), err);
}

/* "sops:" and the lines below it, at column 0. */
static int
print_block(const struct metadata *meta, int indent, struct buf *out, struct error *err)
{
	struct yaml_sink sink = {
		.sink = { on_open, on_close, on_text, on_boolean, on_integer },
		.emitter = YAML_EMITTER(out, (uint32_t)indent, YAML_FOR_SOPS),
	};
	int rc;

	if (indent < 0)
		return err_set(err, ERR_RANGE, "a YAML file cannot be indented by %d columns", indent);
	if ((rc = yaml_emit_map(&sink.emitter, err)) == 0 && (rc = yaml_emit_key(&sink.emitter, SLICE(STORE_KEY), err)) == 0 &&
	    (rc = yaml_emit_map(&sink.emitter, err)) == 0 && (rc = metadata_print(meta, &sink.sink, err)) == 0 &&
	    (rc = yaml_emit_end(&sink.emitter, err)) == 0)
		rc = yaml_emit_end(&sink.emitter, err);
	yaml_emitter_release(&sink.emitter);
	return rc;
}

/* Flow collections take nodes, not lines: print the block and read it back. */
static int
with_node(const struct metadata *meta, struct document **doc, const struct node **value, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF(LIMIT_DOCUMENT);
	int rc;

	if ((rc = print_block(meta, YAML_STEP, &text, err)) != 0 || (rc = document_parse(buf_slice(&text), &syntax_yaml, doc, err)) != 0)
		return rc;
	*value = store_named((*doc)->root[0]);
	return 0;
}

static int
replace_scalars(const struct document *doc, const struct node *block, const struct metadata *meta, struct edits *out, struct error *err)
{
	const struct { const char *name; struct slice text; } fields[] = {
		{ "lastmodified", meta->lastmodified }, { "mac", meta->mac }, { "version", meta->version },
	};
	int rc = 0;

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]) && rc == 0; i++) {
		const struct node	*scalar = node_member(block, slice_str(fields[i].name));
		enum node_style		 style = scalar->text.len == 0 ? STYLE_PLAIN : scalar->style;

		if (!slice_eq(scalar->text, fields[i].text))
			rc = yaml_edit_string(out, doc, scalar, fields[i].text, style, YAML_FOR_SOPS, err);
	}
	return rc;
}

static size_t
line_start(struct slice text, size_t at)
{
	while (at > 0 && text.data[at - 1] != '\n')
		at--;
	return at;
}

static bool
blank(struct slice text, size_t from, size_t to)
{
	for (; from < to; from++)
		if (text.data[from] != ' ')
			return false;
	return true;
}

/* Does the block stand in lines of its own, "sops:" and a block map below it? */
static bool
own_lines(const struct document *doc, const struct node *block)
{
	return block->kind == NODE_MAP && block->style == STYLE_BLOCK && block->parent->style == STYLE_BLOCK && block->properties == NULL &&
	    blank(doc->text, line_start(doc->text, block->item.start), block->item.start) &&
	    doc->text.data[block->item.start] != '?';
}

/* From the start of its first line to behind the line break of its last. */
static struct span
line_span(const struct document *doc, const struct node *block)
{
	size_t	start = line_start(doc->text, block->item.start), end = block->span.end;

	if (end == 0 || doc->text.data[end - 1] != '\n')	/* a block scalar at the end brings its line break */
		end = slice_find(doc->text, '\n', end);
	else
		end--;
	return (struct span){ (uint32_t)start, (uint32_t)(end < doc->text.len ? end + 1 : end) };
}

/* The columns between "sops" and what is in it, so that a file written with another indent keeps it. */
static int
present_indent(const struct node *block, int indent)
{
	return block->child != NULL && block->column > block->key->column && block->child->kind != NODE_COMMENT
	    ? (int)(block->column - block->key->column) : indent;
}

/* The block with every line moved to the right. */
static int
print_lines(const struct metadata *meta, int indent, size_t column, struct buf *out, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF(LIMIT_DOCUMENT);
	struct slice	rest, line;
	int		rc;

	if (column == 0)
		return print_block(meta, indent, out, err);
	if ((rc = print_block(meta, indent, &text, err)) != 0)
		return rc;
	rest = buf_slice(&text);
	while (rest.len > 0 && slice_split(&rest, '\n', &line)) {
		if (line.len > 0 && (rc = buf_repeat(out, ' ', column, err)) != 0)
			return rc;
		if ((rc = buf_append(out, line, err)) != 0 || (rc = buf_byte(out, '\n', err)) != 0)
			return rc;
	}
	return 0;
}

static int
replace_lines(const struct document *doc, const struct node *block, const struct metadata *meta, int indent, struct edits *out,
    struct error *err)
{
	CLEANUP(buf_release) struct buf lines = BUF(LIMIT_DOCUMENT);
	struct span	at = line_span(doc, block);
	int		rc;

	if ((rc = print_lines(meta, present_indent(block, indent), block->item.start - at.start, &lines, err)) != 0)
		return rc;
	if (at.end == doc->text.len && doc->text.data[at.end - 1] != '\n')
		buf_truncate(&lines, lines.len - 1);
	return edits_splice(out, at, buf_slice(&lines), err);
}

static int
replace_block(const struct document *doc, const struct node *block, const struct metadata *meta, int indent, struct edits *out,
    struct error *err)
{
	CLEANUP(document_freep) struct document *printed = NULL;
	const struct node	*value;
	bool			 same;
	int			 rc;

	if ((rc = store_same_but_mac(block, meta, &same, err)) != 0)
		return rc;
	if (same && block->kind == NODE_MAP)
		return replace_scalars(doc, block, meta, out, err);
	if (own_lines(doc, block))
		return replace_lines(doc, block, meta, indent, out, err);
	if ((rc = with_node(meta, &printed, &value, err)) != 0)
		return rc;
	return yaml_edit_node(out, doc, block, value, YAML_FOR_SOPS, err);
}

static int
append_block(const struct document *doc, size_t root, const struct metadata *meta, int indent, struct edits *out, struct error *err)
{
	CLEANUP(document_freep) struct document *printed = NULL;
	CLEANUP(buf_release) struct buf text = BUF(LIMIT_DOCUMENT);
	const struct node	*value;
	size_t			 column;
	int			 rc;

	if (doc->root[root]->kind == NODE_MAP && doc->root[root]->style == STYLE_FLOW) {
		if ((rc = with_node(meta, &printed, &value, err)) != 0)
			return rc;
		return yaml_edit_add_member(out, doc, doc->root[root], SLICE(STORE_KEY), value, YAML_FOR_SOPS, err);
	}
	/* A root that is indented as a whole takes the block to its own column. */
	column = doc->root[root]->kind == NODE_MAP && doc->root[root]->child != NULL ? doc->root[root]->column - 1 : 0;
	if ((rc = print_lines(meta, indent, column, &text, err)) != 0)
		return rc;
	return yaml_edit_append(out, doc, root, buf_slice(&text), err);
}

int
store_yaml_attach(const struct document *doc, const struct metadata *meta, int indent, struct edits *out, struct error *err)
{
	int rc = 0;

	for (size_t i = 0; i < doc->roots && rc == 0; i++) {
		const struct node *block = store_named(doc->root[i]);

		rc = block != NULL ? replace_block(doc, block, meta, indent, out, err) : append_block(doc, i, meta, indent, out, err);
	}
	return rc;
}

int
store_yaml_detach(const struct document *doc, struct edits *out, struct error *err)
{
	int rc = 0;

	for (size_t i = 0; i < doc->roots && rc == 0; i++) {
		const struct node	*block = store_named(doc->root[i]);
		const struct node	*root = doc->root[i];
		size_t			 items = 0;

		for (const struct node *item = root->child; block != NULL && item != NULL; item = item->next)
			items += item->kind != NODE_COMMENT;
		if (block == NULL)
			continue;
		if (items == 1 || !own_lines(doc, block)) {	/* an empty map must not become nothing */
			rc = yaml_edit_remove(out, doc, block, err);
			continue;
		}
		rc = edits_splice(out, line_span(doc, block), SLICE_NONE, err);
	}
	return rc;
}
