/*
 * What Helm made of layers and of --set (hubmerge 9): every row of $HUBMERGE_VECTORS/vectors.jsonl, as both versions of Helm read
 * it and as each of them.
 */
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/tmpdir.h"
#include "base/utf8.h"
#include "tests/merge_json.h"
#include "yamlmerge/layer.h"
#include "yamlmerge/strvals.h"

#define LAYERS_MAX	16

struct folded {
	struct layer	*layers[LAYERS_MAX + 1];
	size_t		 count;
	struct merged	 merged;
	enum layer_helm	 helm;
};

static void
folded_release(struct folded *folded)
{
	merged_release(&folded->merged);
	for (size_t i = 0; i < folded->count; i++)
		layer_free(folded->layers[i]);
}
#define FOLDED	((struct folded){ .merged = MERGED })

static const struct node *
member(const struct node *map, const char *key)
{
	return node_member(map, slice_str(key));
}

static bool
is_kind(const struct node *row, const char *kind)
{
	return slice_eq(member(row, "kind")->text, slice_str(kind));
}

/* Rows of kind "document" spell bytes above 127 as characters of that number. */
static void
bytes_of(const struct node *row, struct slice text, struct buf *out)
{
	struct error	err = ERROR_INIT;
	uint32_t	point;
	size_t		n;

	buf_reset(out);
	for (; text.len > 0; text = slice_from(text, n)) {
		n = utf8_decode(text, &point);
		if (n == 0)
			bail_out("a vector is not UTF-8");
		if (point < 256 && is_kind(row, "document") ? buf_byte(out, (uint8_t)point, &err) != 0 :
		    buf_append(out, slice_sub(text, 0, n), &err) != 0)
			bail_out(err.text);
	}
}

static int
add(struct folded *folded, struct slice text, struct error *err)
{
	char	name[32];
	int	rc;

	(void)snprintf(name, sizeof(name), "layer %zu", folded->count + 1);
	if (folded->count == LAYERS_MAX)
		bail_out("too many layers in a vector");
	if ((rc = layer_read(name, text, LAYER_FILE, &(struct layer_reader){ .helm = folded->helm },
	    &folded->layers[folded->count], err)) != 0)
		return rc;
	return merge_layer(&folded->merged, folded->layers[folded->count++], err);
}

static int
fold(const struct node *row, struct folded *folded, struct error *err)
{
	CLEANUP(buf_release) struct buf	 bytes = BUF(MIB);
	const struct node		*layer;
	int				 rc = 0;

	for (layer = member(row, "layers") != NULL ? member(row, "layers")->child : NULL; layer != NULL && rc == 0; layer = layer->next) {
		bytes_of(row, layer->text, &bytes);
		rc = add(folded, buf_slice(&bytes), err);
	}
	return rc;
}

/* The arguments of a row of kind "set", in Helm's order of kinds. */
static int
set(const struct node *row, struct folded *folded, struct error *err)
{
	for (int kind = 0; kind < STRVALS_KINDS; kind++) {
		struct strvals	strvals = { .kind = (enum strvals_kind)kind, .number = 1, .helm = folded->helm };

		for (const struct node *word = member(row, "args")->child; word != NULL; word = word->next->next) {
			if (!slice_eq(slice_from(word->text, 2), slice_str(strvals_option[kind])))
				continue;
			if (folded->layers[folded->count] == NULL &&
			    layer_new("--set", LAYER_SET, &folded->layers[folded->count++], err) != 0)
				bail_out(err->text);
			strvals.text = word->next->text;
			if (strvals_apply(&folded->merged, folded->layers[folded->count - 1], &strvals, err) != 0)
				return (int)err->kind;
		}
	}
	return 0;
}

/* What is printed reads back as the same values, and as one document for either version of Helm. */
static bool
reads_back(const struct merged *merged, const struct node *json)
{
	CLEANUP(folded_release) struct folded	again = FOLDED;
	CLEANUP(buf_release) struct buf		text = BUF(LIMIT_DOCUMENT);
	struct error				err = ERROR_INIT;

	if (merge_print(merged, &text, &err) != 0 || add(&again, buf_slice(&text), &err) != 0) {
		printf("# %s\n", err.text);
		tap_show("printed", text.data, text.len);
		return false;
	}
	if (json_same(json, again.merged.root) && slice_ends(buf_slice(&text), SLICE("\n")))
		return true;
	tap_show("printed", text.data, text.len);
	return false;
}

static void
show_row(const struct node *row)
{
	if (member(row, "layers") != NULL)
		for (const struct node *layer = member(row, "layers")->child; layer != NULL; layer = layer->next)
			tap_show("layer", layer->text.data, layer->text.len);
}

/* An integer of --set beyond 2^53 is the one thing that no file can say. */
static bool
holds_large(const struct node *json)
{
	CLEANUP(arena_release) struct arena	store = ARENA(MIB);
	struct error				err = ERROR_INIT;
	struct scalar				scalar;
	const struct node			*child;

	if (json->kind == NODE_SCALAR)
		return scalar_resolve(json, &scalar_table_json, &store, &scalar, &err) == 0 && (scalar.type == SCALAR_UINT ||
		    (scalar.type == SCALAR_INT && (scalar.integer > INT64_C(1) << 53 || scalar.integer < -(INT64_C(1) << 53))));
	for (child = json->child; child != NULL; child = child->next)
		if (holds_large(child))
			return true;
	return false;
}

static bool
is_too_large(const struct node *row, const struct node *json)
{
	return json != NULL && member(row, "as_file") != NULL && holds_large(json);
}

/* ${want}: an object of results, as the row itself is one. */
static void
test_fold(const struct node *row, const struct node *want, enum layer_helm helm, int line)
{
	CLEANUP(folded_release) struct folded	folded = FOLDED;
	struct error				err = ERROR_INIT;
	const struct node			*kind = member(row, "kind"), *json = member(want, "json");
	bool					 refused = json == NULL || is_too_large(row, json);
	int					 rc;

	folded.helm = helm;
	rc = fold(row, &folded, &err);
	if (rc == 0 && member(row, "args") != NULL)
		rc = set(row, &folded, &err);
	if (refused)
		ok(rc != 0, "line %d, helm %d: %.*s refused: %s", line, (int)helm, SLICE_ARG(kind->text), err.text);
	else
		ok(rc == 0 && json_same(json, folded.merged.root) && reads_back(&folded.merged, json), "line %d, helm %d: %.*s", line,
		    (int)helm, SLICE_ARG(kind->text));
	if ((rc != 0) != refused || (rc == 0 && !json_same(json, folded.merged.root))) {
		show_row(row);
		printf("# %d %u:%u: %s\n", rc, err.line, err.column, err.text);
		json_show(&folded.merged);
	}
}

static void
test_versions(const struct node *row, int line)
{
	static const struct node	 nothing = { .kind = NODE_MAP };
	const struct node		*other = member(row, "helm4");

	test_fold(row, row, HELM_3, line);
	test_fold(row, other != NULL ? other : row, HELM_4, line);
	/* Where they differ, no result is right for both. */
	test_fold(row, other != NULL ? &nothing : row, HELM_BOTH, line);
}

/* --- charts ------------------------------------------------------------------------------------------------------ */

static void
make_chart(const char *folder, const struct node *chart)
{
	struct error	err = ERROR_INIT;
	char		path[4096];

	for (const struct node *file = chart->child; file != NULL; file = file->next) {
		(void)snprintf(path, sizeof(path), "%s/%.*s", folder, SLICE_ARG(file->key->text));
		for (char *slash = path + strlen(folder) + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
			*slash = '\0';
			(void)mkdir(path, 0700);
			*slash = '/';
		}
		if (file_replace(path, file->text, &err) != 0)
			bail_out(err.text);
	}
}

static int
overlay(const char *folder, struct folded *folded, struct error *err)
{
	CLEANUP(arena_release) struct arena	arena = ARENA(MIB);
	struct chart				*names;
	char					path[4096];

	(void)snprintf(path, sizeof(path), "%s/values.yaml", folder);
	if (layer_open(path, LAYER_CHART, NULL, &folded->layers[folded->count], err) != 0)
		return (int)err->kind;
	folded->count++;
	if (chart_read(folder, &arena, &names, err) != 0)
		return (int)err->kind;
	return merge_over_chart(&folded->merged, folded->layers[folded->count - 1], names, err);
}

static void
test_coalesce(const struct node *row, const char *folder, int line)
{
	CLEANUP(folded_release) struct folded	folded = FOLDED;
	struct error				err = ERROR_INIT;
	const struct node			*json = member(row, "json"), *full = member(row, "full");
	char					chart[1024];
	int					rc;

	(void)snprintf(chart, sizeof(chart), "%s/%d", folder, line);
	(void)mkdir(chart, 0700);
	make_chart(chart, member(row, "chart"));
	rc = fold(row, &folded, &err);
	if (json != NULL)
		ok(rc == 0 && json_same(json, folded.merged.root), "line %d: coalesce, the fold", line);
	if (rc == 0)
		rc = overlay(chart, &folded, &err);
	if (json == NULL)
		ok(rc != 0, "line %d: coalesce, refused: %s", line, err.text);
	else if (!ok(rc == 0 && json_same(full, folded.merged.root) && reads_back(&folded.merged, full),
	    "line %d: coalesce, over the chart", line)) {
		show_row(row);
		for (const struct node *file = member(row, "chart")->child; file != NULL; file = file->next)
			tap_show("file", file->text.data, file->text.len);
		printf("# %s\n", err.text);
		json_show(&folded.merged);
	}
}

static void
test_row(struct slice text, const char *folder, int line)
{
	CLEANUP(document_freep) struct document	*doc = NULL;
	struct error				 err = ERROR_INIT;
	const struct node			*row;

	if (document_parse(text, &syntax_json, &doc, &err) != 0) {
		ok(false, "line %d is JSON: %s", line, err.text);
		return;
	}
	row = doc->root[0];
	if (is_kind(row, "coalesce"))
		test_coalesce(row, folder, line);
	else
		test_versions(row, line);
}

int
main(void)
{
	const char				*folder = tap_folder("HUBMERGE_VECTORS", "../shared/data/hubmerge");
	CLEANUP(tmpdir_freep) struct tmpdir	*tmpdir = NULL;
	CLEANUP(buf_release) struct buf		 text = BUF(LIMIT_DOCUMENT);
	struct error				 err = ERROR_INIT;
	struct slice				 rest, row;
	char					 path[4096];
	int					 line = 0;

	if (folder == NULL)
		skip_all("no hubmerge vectors here (HUBMERGE_VECTORS)");
	(void)snprintf(path, sizeof(path), "%s/vectors.jsonl", folder);
	if (file_read(path, &text, &err) != 0 || tmpdir_new(&tmpdir, &err) != 0)
		bail_out(err.text);
	for (rest = buf_slice(&text); slice_split(&rest, '\n', &row);) {
		line++;
		if (row.len > 0)
			test_row(row, tmpdir_path(tmpdir), line);
	}
	return done_testing();
}
