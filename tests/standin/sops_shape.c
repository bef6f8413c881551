/*
 * For tests that compare files by what they say instead of how they are laid out.
 *
 *	sops_shape NAME < TEXT
 *
 * NAME chooses the format by its end.  Prints one JSON object: "leaves", each [path, state, type, text] with the state of an
 * encrypted file (enc:TYPE, clear, empty, null, emptymap, emptylist) and the type and text as sops reads a clear one; "comments",
 * each [path of its container, text or "enc"]; "metadata", its keys in order; "keys", the recipients of each group.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/limits.h"
#include "sops/metadata.h"
#include "sops/store.h"
#include "sops/value.h"
#include "yamlmerge/document.h"
#include "yamlmerge/scalar.h"

static struct arena	 values = ARENA(LIMIT_DOCUMENT);
static struct buf	 leaves = BUF(LIMIT_DOCUMENT), comments = BUF(LIMIT_DOCUMENT);
static struct error	 err;

static void
must(int rc)
{
	if (rc == 0)
		return;
	fprintf(stderr, "sops_shape: %u:%u: %s\n", (unsigned)err.line, (unsigned)err.column, err.text);
	exit(1);
}

static void
put(struct buf *out, const char *text)
{
	must(buf_str(out, text, &err));
}

static void
put_string(struct buf *out, struct slice text)
{
	put(out, "\"");
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] < ' ' || text.data[i] == '"' || text.data[i] == '\\')
			must(buf_printf(out, &err, "\\u%04x", text.data[i]));
		else
			must(buf_byte(out, text.data[i], &err));
	put(out, "\"");
}

/* A path is the JSON of its members, each with a comma behind it. */
static void
put_path(struct buf *out, struct slice path)
{
	put(out, "[");
	must(buf_append(out, slice_sub(path, 0, path.len != 0 ? path.len - 1 : 0), &err));
	put(out, "]");
}

static void
put_leaf(struct slice path, const char *state, const char *type, struct slice text)
{
	put(&leaves, leaves.len != 0 ? ",\n[" : "[");
	put_path(&leaves, path);
	must(buf_printf(&leaves, &err, ",\"%s\",\"%s\",", state, type));
	put_string(&leaves, text);
	put(&leaves, "]");
}

static void
put_comment(struct slice path, struct slice text)
{
	put(&comments, comments.len != 0 ? ",\n[" : "[");
	put_path(&comments, path);
	put(&comments, ",");
	put_string(&comments, value_recognise(text, NULL) ? SLICE("enc") : text);
	put(&comments, "]");
}

static void
show_scalar(const struct node *node, struct slice path)
{
	struct scalar		scalar;
	struct value_parts	parts;
	enum value_type		type;
	struct buf		text = BUF(LIMIT_DOCUMENT);
	char			state[40];

	if (value_recognise(node->text, &parts)) {
		snprintf(state, sizeof(state), "enc:%.*s", SLICE_ARG(parts.type));
		put_leaf(path, state, "str", node->text);
		return;
	}
	must(scalar_resolve(node, &scalar_table_sops, &values, &scalar, &err));
	if (scalar.type == SCALAR_NULL) {
		put_leaf(path, "null", "null", SLICE_NONE);
		return;
	}
	must(value_write(&scalar, &type, &text, &err));
	put_leaf(path, text.len == 0 ? "empty" : "clear", value_type_name(type), buf_slice(&text));
	buf_release(&text);
}

static void show(const struct store *store, const struct node *node, struct buf *path, bool root);

static bool
show_items(const struct store *store, const struct node *node, struct buf *path, bool root)
{
	size_t	before = path->len, index = 0;
	bool	any = false;

	for (const struct node *item = node->child; item != NULL; item = item->next) {
		if (item->kind == NODE_COMMENT || (node->kind == NODE_LIST && value_is_comment(node_resolve(item)->text))) {
			put_comment(buf_slice(path), item->text);
			continue;
		}
		if (root && store_owns(store, item))
			continue;
		any = true;
		if (node->kind == NODE_MAP) {
			put_string(path, node_resolve(item->key)->text);
			put(path, ",");
		} else
			must(buf_printf(path, &err, "%zu,", index++));
		show(store, node_resolve(item), path, false);
		buf_truncate(path, before);
	}
	return any;
}

static void
show(const struct store *store, const struct node *node, struct buf *path, bool root)
{
	if (node->kind == NODE_SCALAR && !root)
		show_scalar(node, buf_slice(path));
	else if (!show_items(store, node, path, root))
		put_leaf(buf_slice(path), node->kind == NODE_LIST ? "emptylist" : "emptymap", "empty", SLICE_NONE);
}

/* The name of a field, once: those of dotenv and INI are flattened. */
static void
show_field(struct slice name, struct slice *last)
{
	for (size_t i = 0; i + 2 < name.len; i++)
		if (slice_starts(slice_from(name, i), SLICE("__list_")) || slice_starts(slice_from(name, i), SLICE("__map_")))
			name = slice_sub(name, 0, i);
	if (!slice_eq(name, *last))
		printf("%s\"%.*s\"", last->len != 0 ? "," : "", SLICE_ARG(name));
	*last = name;
}

static void
show_metadata(const struct store *store, const struct document *doc)
{
	struct metadata	*meta = NULL;
	struct buf	 text = BUF(LIMIT_DOCUMENT);
	struct slice	 last = SLICE_NONE;

	printf("],\n\"metadata\":[");
	for (const struct node *item = doc->root[0]->child; item != NULL; item = item->next) {
		if (!store_owns(store, item))
			continue;
		if (item->kind == NODE_SCALAR)
			show_field(slice_from(item->key->text, sizeof("sops_") - 1), &last);
		for (const struct node *field = item->child; field != NULL; field = field->next)
			show_field(field->key->text, &last);
	}
	printf("],\n\"keys\":[");
	if (store_load(store, doc, &meta, &err) == 0)
		for (size_t g = 0; g < meta->group_count; g++) {
			printf("%s[", g != 0 ? "," : "");
			for (size_t i = 0; i < meta->groups[g].count; i++) {
				buf_reset(&text);
				must(master_key_identity(&meta->groups[g].keys[i], &text, &err));
				printf("%s\"%.*s\"", i != 0 ? "," : "", SLICE_ARG(buf_slice(&text)));
			}
			printf("]");
		}
	printf("]}\n");
	metadata_free(meta);
	buf_release(&text);
}

int
main(int argc, char **argv)
{
	const struct store	*store = store_for_name(slice_str(argc > 1 ? argv[1] : ""));
	struct buf		 text = BUF(LIMIT_DOCUMENT), path = BUF(LIMIT_DOCUMENT);
	struct document		*doc;

	must(file_read_fd(STDIN_FILENO, &text, &err));
	must(document_parse(buf_slice(&text), store->syntax, &doc, &err));
	for (size_t i = 0; i < doc->roots; i++) {
		buf_reset(&path);
		if (doc->roots > 1)
			must(buf_printf(&path, &err, "\"doc%zu\",", i));
		show(store, doc->root[i], &path, true);
	}
	printf("{\"leaves\":[%.*s],\n\"comments\":[%.*s", SLICE_ARG(buf_slice(&leaves)), SLICE_ARG(buf_slice(&comments)));
	show_metadata(store, doc);
	document_free(doc);
	buf_release(&text);
	buf_release(&path);
	buf_release(&leaves);
	buf_release(&comments);
	arena_release(&values);
	return 0;
}
