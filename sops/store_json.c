#include "sops/store_formats.h"

#include "base/limits.h"
#include "yamlmerge/json_print.h"

/*
 * JSON, and the JSON that stands for a binary file: the metadata is the last member of the one object.
 */

struct json_sink {
	struct metadata_sink	 sink;
	struct json_emitter	 emitter;
};

static struct json_emitter *
emitter_of(struct metadata_sink *sink)
{
	return &((struct json_sink *)(void *)sink)->emitter;	/* the sink is its first member */
}

static int
emit_key(struct json_emitter *e, struct slice key, struct error *err)
{
	return key.len > 0 ? json_emit_key(e, key, err) : 0;
}

static int
on_open(struct metadata_sink *sink, struct slice key, bool list, size_t count UNUSED, struct error *err)
{
	struct json_emitter *e = emitter_of(sink);
	int rc = emit_key(e, key, err);

	return rc != 0 ? rc : list ? json_emit_list(e, err) : json_emit_map(e, err);
}

static int
on_close(struct metadata_sink *sink, bool list UNUSED, struct error *err)
{
	return json_emit_end(emitter_of(sink), err);
}

static int
on_text(struct metadata_sink *sink, struct slice key, struct slice text, struct error *err)
{
	int rc = emit_key(emitter_of(sink), key, err);

	return rc != 0 ? rc : json_emit_string(emitter_of(sink), text, err);
}

static int
on_boolean(struct metadata_sink *sink, struct slice key, bool value, struct error *err)
{
	int rc = emit_key(emitter_of(sink), key, err);

	return rc != 0 ? rc : json_emit_plain(emitter_of(sink), value ? SLICE("true") : SLICE("false"), err);
}

static int
on_integer(struct metadata_sink *sink, struct slice key, int64_t value, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF(32);
	int rc = emit_key(emitter_of(sink), key, err);

	if (rc != 0 || (rc = buf_printf(&text, err, "%lld", (long long)value)) != 0)
		return rc;
	return json_emit_plain(emitter_of(sink), buf_slice(&text), err);
}

int
store_print_json(const struct metadata *meta, int indent, struct buf *out, struct error *err)
{
	struct json_sink sink = {
		.sink = { on_open, on_close, on_text, on_boolean, on_integer },
		.emitter = JSON_EMITTER(out),
	};
	int rc;

	sink.emitter.indent = indent;
	if ((rc = json_emit_map(&sink.emitter, err)) != 0 || (rc = metadata_print(meta, &sink.sink, err)) != 0)
		return rc;
	return json_emit_end(&sink.emitter, err);
}

/* The object as it stands one level deep: every line but the first is indented once more. */
int
store_print_json_member(const struct metadata *meta, int indent, struct buf *out, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF(LIMIT_DOCUMENT);
	struct slice	rest, line;
	bool		first = true;
	int		rc;

	if (indent < -1)
		return err_set(err, ERR_RANGE, "a JSON file cannot be indented by %d columns", indent);
	if ((rc = store_print_json(meta, indent, &text, err)) != 0)
		return rc;
	for (rest = buf_slice(&text); rest.len > 0 && slice_split(&rest, '\n', &line); first = false) {
		if (!first && ((rc = buf_byte(out, '\n', err)) != 0 ||
		    (rc = buf_repeat(out, indent == -1 ? '\t' : ' ', indent == -1 ? 1 : (size_t)indent, err)) != 0))
			return rc;
		if ((rc = buf_append(out, line, err)) != 0)
			return rc;
	}
	return 0;
}

static const struct node *
last_item(const struct node *map)
{
	const struct node *last = NULL;

	for (const struct node *item = map->child; item != NULL; item = item->next)
		if (item->kind != NODE_COMMENT)
			last = item;
	return last;
}

static int
replace_scalars(const struct node *block, const struct metadata *meta, struct edits *out, struct error *err)
{
	const struct { const char *name; struct slice text; } fields[] = {
		{ "lastmodified", meta->lastmodified }, { "mac", meta->mac }, { "version", meta->version },
	};
	int rc = 0;

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]) && rc == 0; i++) {
		CLEANUP(buf_release) struct buf	 text = BUF(LIMIT_DOCUMENT);
		const struct node		*scalar = node_member(block, slice_str(fields[i].name));

		if ((rc = json_print_string(fields[i].text, &text, err)) == 0)
			rc = edits_replace(out, scalar, buf_slice(&text), err);
	}
	return rc;
}

int
store_json_attach(const struct document *doc, const struct metadata *meta, int indent, struct edits *out, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF(LIMIT_DOCUMENT);
	const struct node	*root = doc->root[0], *block = store_named(root), *last = last_item(root);
	struct span		 at;
	bool			 same = false;
	int			 rc;

	if (block != NULL && (rc = store_same_but_mac(block, meta, &same, err)) != 0)
		return rc;
	if (same)
		return replace_scalars(block, meta, out, err);
	if (block != NULL) {
		if ((rc = store_print_json_member(meta, indent, &text, err)) != 0)
			return rc;
		return edits_replace(out, block, buf_slice(&text), err);
	}
	/* Behind the last member, whose line break is kept for the brace; an empty object gets one. */
	if ((rc = buf_str(&text, last != NULL ? ",\n" : "\n", err)) != 0 ||
	    (rc = buf_repeat(&text, indent == -1 ? '\t' : ' ', indent == -1 ? 1 : (size_t)(indent < 0 ? 0 : indent), err)) != 0 ||
	    (rc = buf_str(&text, "\"" STORE_KEY "\": ", err)) != 0 || (rc = store_print_json_member(meta, indent, &text, err)) != 0 ||
	    (last == NULL && (rc = buf_byte(&text, '\n', err)) != 0))
		return rc;
	at.start = at.end = last != NULL ? last->span.end : root->span.end - 1;
	return edits_splice(out, at, buf_slice(&text), err);
}

/* The member, and the comma (with what surrounds it) that ties it to its neighbour. */
int
store_json_detach(const struct document *doc, struct edits *out, struct error *err)
{
	const struct node	*root = doc->root[0], *block = store_named(root), *before = NULL;
	struct span		 at;

	/* sops passes over what is behind the value. */
	if (doc->facts.trailing_line != 0 &&
	    edits_splice(out, (struct span){ doc->extent[0].end, (uint32_t)doc->text.len }, SLICE("\n"), err) != 0)
		return (int)err->kind;
	if (block == NULL)
		return 0;
	for (const struct node *item = root->child; item != block; item = item->next)
		before = item;
	if (before != NULL)
		at = (struct span){ before->span.end, block->span.end };
	else if (block->next != NULL)
		at = (struct span){ block->item.start, block->next->item.start };
	else
		at = (struct span){ root->span.start + 1, root->span.end - 1 };
	return edits_splice(out, at, SLICE_NONE, err);
}
