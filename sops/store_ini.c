#include "sops/store_formats.h"

#include "base/limits.h"
#include "sops/flatten.h"
#include "yamlmerge/ini.h"

/* INI: a section [sops] behind the others, whose keys are the names of the fields.  Line feeds are written "\n". */

/* ${from} becomes ${to}: the texts of the metadata are short. */
static int
replace_all(struct slice text, struct slice from, struct slice to, struct buf *out, struct error *err)
{
	for (size_t at = 0; at < text.len;) {
		bool found = slice_starts(slice_from(text, at), from);

		if (buf_append(out, found ? to : slice_sub(text, at, at + 1), err) != 0)
			return (int)err->kind;
		at += found ? from.len : 1;
	}
	return 0;
}

int
store_ini_load(const struct document *doc, struct metadata **out, struct error *err)
{
	CLEANUP(arena_release) struct arena arena = ARENA(LIMIT_DOCUMENT);
	const struct node	*block = store_named(doc->root[0]);
	struct flat_entry	*entries = NULL;
	size_t			 count = 0, n = 0;
	void			*memory;

	for (const struct node *item = block != NULL ? block->child : NULL; item != NULL; item = item->next)
		count += item->kind != NODE_COMMENT;
	if (arena_alloc(&arena, (count + 1) * sizeof(*entries), &memory, err) != 0)
		return (int)err->kind;
	entries = memory;
	for (const struct node *item = count != 0 ? block->child : NULL; item != NULL; item = item->next) {
		CLEANUP(buf_release) struct buf text = BUF(LIMIT_DOCUMENT);

		if (item->kind == NODE_COMMENT)
			continue;
		entries[n] = (struct flat_entry){ .name = item->key->text, .node = item };
		if (replace_all(item->text, SLICE("\\n"), SLICE("\n"), &text, err) != 0 ||
		    arena_copy(&arena, buf_slice(&text), &entries[n++].text, err) != 0)
			return (int)err->kind;
	}
	return flatten_parse(entries, count, out, err);
}

struct lines {
	struct buf	out;
	size_t		width;		/* of the longest name: 0 while it is looked for */
	bool		measuring;
};

static int
put_line(void *context, struct slice name, struct slice text, struct error *err)
{
	CLEANUP(buf_release) struct buf flat = BUF(LIMIT_DOCUMENT);
	struct lines *lines = context;

	if (lines->measuring) {
		lines->width = name.len > lines->width ? name.len : lines->width;
		return 0;
	}
	if (buf_byte(&lines->out, '\n', err) != 0 || buf_append(&lines->out, name, err) != 0 ||
	    buf_repeat(&lines->out, ' ', lines->width - name.len, err) != 0 || buf_append(&lines->out, SLICE(" = "), err) != 0 ||
	    replace_all(text, SLICE("\n"), SLICE("\\n"), &flat, err) != 0)
		return (int)err->kind;
	return ini_print_value(buf_slice(&flat), &lines->out, err);
}

/* "[sops]" and the lines below it, without a line break behind the last. */
static int
print_section(const struct metadata *meta, struct lines *lines, struct error *err)
{
	lines->measuring = true;
	if (flatten_metadata(meta, put_line, lines, err) != 0)
		return (int)err->kind;
	lines->measuring = false;
	if (buf_append(&lines->out, SLICE("[" STORE_KEY "]"), err) != 0)
		return (int)err->kind;
	return flatten_metadata(meta, put_line, lines, err);
}

/* The section before, behind which the metadata stands after a blank line. */
static const struct node *
section_before(const struct node *root, const struct node *block)
{
	const struct node *before = NULL;

	for (const struct node *item = root->child; item != NULL && item != block; item = item->next)
		if (item->kind == NODE_MAP)
			before = item;
	return before;
}

/* Nothing stands before it but a byte order mark. */
static bool
is_begin(const struct document *doc, size_t at)
{
	return at == 0 || (at == 3 && doc->facts.bom);
}

static int
replace_values(const struct node *block, const struct document *doc, const struct metadata *meta, struct edits *out, struct error *err)
{
	const struct { struct slice name, text; } fields[] = {
		{ SLICE("lastmodified"), meta->lastmodified }, { SLICE("mac"), meta->mac }, { SLICE("version"), meta->version },
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		CLEANUP(buf_release) struct buf	 text = BUF(LIMIT_DOCUMENT);
		const struct node		*node = node_member(block, fields[i].name);

		if (ini_print_beside(doc, node, fields[i].text, &text, err) != 0 || edits_replace(out, node, buf_slice(&text), err) != 0)
			return (int)err->kind;
	}
	return 0;
}

int
store_ini_attach(const struct document *doc, const struct metadata *meta, int indent UNUSED, struct edits *out, struct error *err)
{
	CLEANUP(metadata_freep) struct metadata *old = NULL;
	struct lines		 lines = { .out = BUF(LIMIT_DOCUMENT) };
	const struct node	*block = store_named(doc->root[0]);
	struct error		 ignored = ERROR_INIT;
	size_t			 at;
	bool			 same = false;
	int			 rc;

	if (block != NULL && store_ini_load(doc, &old, &ignored) == 0 && node_member(block, SLICE("mac")) != NULL &&
	    node_member(block, SLICE("version")) != NULL && store_same(old, meta, &same, err) != 0)
		return (int)err->kind;
	if (same)
		return replace_values(block, doc, meta, out, err);
	rc = print_section(meta, &lines, err);
	if (rc == 0 && block != NULL)
		rc = edits_splice(out, block->span, buf_slice(&lines.out), err);
	else if (rc == 0) {
		CLEANUP(buf_release) struct buf text = BUF(LIMIT_DOCUMENT);

		at = section_before(doc->root[0], NULL)->span.end;
		if ((!is_begin(doc, at) && buf_append(&text, SLICE("\n\n"), err) != 0) ||
		    buf_append(&text, buf_slice(&lines.out), err) != 0 || (is_begin(doc, at) && buf_byte(&text, '\n', err) != 0))
			rc = (int)err->kind;
		else
			rc = edits_splice(out, (struct span){ (uint32_t)at, (uint32_t)at }, buf_slice(&text), err);
	}
	buf_release(&lines.out);
	return rc;
}

int
store_ini_detach(const struct document *doc, struct edits *out, struct error *err)
{
	const struct node	*block = store_named(doc->root[0]), *before;
	struct span		 at;

	if (block == NULL)
		return 0;
	before = section_before(doc->root[0], block);
	at = (struct span){ before->span.end, block->span.end };
	if (is_begin(doc, at.start) && at.end < doc->text.len && doc->text.data[at.end] == '\n')
		at.end++;
	return edits_splice(out, at, SLICE_NONE, err);
}
