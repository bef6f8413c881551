#include "sops/store_formats.h"

#include "base/limits.h"
#include "sops/flatten.h"
#include "yamlmerge/dotenv.h"

/* dotenv: a line "sops_NAME=TEXT" for each field of the metadata. */
#define PREFIX	SLICE(STORE_KEY "_")

bool
store_dotenv_owns(const struct node *item)
{
	return item->key != NULL && slice_starts(item->key->text, PREFIX);
}

int
store_dotenv_load(const struct document *doc, struct metadata **out, struct error *err)
{
	CLEANUP(arena_release) struct arena arena = ARENA(LIMIT_DOCUMENT);
	struct flat_entry	*entries;
	size_t			 count = 0, n = 0;
	void			*memory;

	for (const struct node *item = doc->root[0]->child; item != NULL; item = item->next)
		count += store_dotenv_owns(item);
	if (arena_alloc(&arena, (count + 1) * sizeof(*entries), &memory, err) != 0)
		return (int)err->kind;
	entries = memory;
	for (const struct node *item = doc->root[0]->child; item != NULL; item = item->next)
		if (store_dotenv_owns(item))
			entries[n++] = (struct flat_entry){ slice_from(item->key->text, PREFIX.len), item->text, item };
	return flatten_parse(entries, count, out, err);
}

static int
put_line(void *lines, struct slice name, struct slice text, struct error *err)
{
	struct buf *out = lines;

	if (buf_append(out, PREFIX, err) != 0 || buf_append(out, name, err) != 0 || buf_byte(out, '=', err) != 0 ||
	    dotenv_print_value(text, out, err) != 0)
		return (int)err->kind;
	return buf_byte(out, '\n', err);
}

/* All lines of the metadata go: neighbours in one piece, so that the last of the file can take a line break with it. */
int
store_dotenv_detach(const struct document *doc, struct edits *out, struct error *err)
{
	const struct node *item = doc->root[0]->child;

	while (item != NULL) {
		struct span at = item->item;

		if (!store_owns(&store_dotenv, item)) {
			item = item->next;
			continue;
		}
		for (; item != NULL && store_owns(&store_dotenv, item); item = item->next)
			at.end = item->item.end;
		if (at.end < doc->text.len)
			at.end++;
		else if (at.start > 0)
			at.start--;
		if (edits_splice(out, at, SLICE_NONE, err) != 0)
			return (int)err->kind;
	}
	return 0;
}

/* The three values that change with every change. */
static int
replace_values(const struct document *doc, const struct metadata *meta, struct edits *out, struct error *err)
{
	const struct { struct slice name, text; } fields[] = {
		{ SLICE(STORE_KEY "_lastmodified"), meta->lastmodified }, { SLICE(STORE_KEY "_mac"), meta->mac },
		{ SLICE(STORE_KEY "_version"), meta->version },
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (edits_replace(out, node_member(doc->root[0], fields[i].name), fields[i].text, err) != 0)
			return (int)err->kind;
	return 0;
}

static int
append_lines(const struct document *doc, size_t at, const struct metadata *meta, struct edits *out, struct error *err)
{
	CLEANUP(buf_release) struct buf lines = BUF(LIMIT_DOCUMENT);
	bool open = at > 0 && doc->text.data[at - 1] != '\n';

	if ((open && buf_byte(&lines, '\n', err) != 0) || flatten_metadata(meta, put_line, &lines, err) != 0)
		return (int)err->kind;
	if (open)
		buf_truncate(&lines, lines.len - 1);
	return edits_splice(out, (struct span){ (uint32_t)at, (uint32_t)at }, buf_slice(&lines), err);
}

int
store_dotenv_attach(const struct document *doc, const struct metadata *meta, int indent UNUSED, struct edits *out, struct error *err)
{
	CLEANUP(metadata_freep) struct metadata *old = NULL;
	struct error	ignored = ERROR_INIT;
	bool		same = false;

	if (store_dotenv_load(doc, &old, &ignored) == 0 && node_member(doc->root[0], SLICE(STORE_KEY "_mac")) != NULL &&
	    node_member(doc->root[0], SLICE(STORE_KEY "_version")) != NULL && store_same(old, meta, &same, err) != 0)
		return (int)err->kind;
	if (same)
		return replace_values(doc, meta, out, err);
	if (store_dotenv_detach(doc, out, err) != 0)
		return (int)err->kind;
	return append_lines(doc, doc->text.len, meta, out, err);
}
