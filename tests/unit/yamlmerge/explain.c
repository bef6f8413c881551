#include "yamlmerge/explain.h"

#include "base/limits.h"
#include "tests/tap.h"

static struct buf	out;
static struct merged	merged;

static int
note_leaf(void *context, struct slice path, const struct merge_value *value, struct error *err)
{
	(void)context;
	if (buf_printf(&out, err, "%s%.*s", out.len > 0 ? " " : "", SLICE_ARG(path)) != 0)
		return (int)err->kind;
	for (const struct merge_value *at = value; at != NULL; at = at->overrode)
		if (buf_printf(&out, err, "@%s:%u", at->layer->path, at->line) != 0)
			return (int)err->kind;
	return 0;
}

static int
ask(const char *path, struct error *err)
{
	CLEANUP(arena_release) struct arena	steps = ARENA(MIB);
	struct path				parsed;

	buf_reset(&out);
	if (path_parse_dotted(slice_str(path), &steps, &parsed, err) != 0)
		return (int)err->kind;
	return explain_leaves(&merged, &parsed, note_leaf, NULL, err);
}

int
main(void)
{
	static const struct { const char *path, *want; } found[] = {
		{ "", "a.b@2:1@1:1@chart:1 a.count@1:1 a.e@1:1 m@2:2@1:3@chart:2 l@2:3@1:2" },
		{ "a", "a.b@2:1@1:1@chart:1 a.count@1:1 a.e@1:1" }, { "a.b", "a.b@2:1@1:1@chart:1" }, { "l[1].z", "l[1].z@2:3" }, { "m", "m@2:2@1:3@chart:2" },
	};
	static const struct { const char *path, *hint; } missing[] = {
		{ "a.coutn", "did you mean 'count'?" }, { "l[5]", "" }, { "a.b.c", "" }, { "zzz", "" },
		{ "m.deep.x", "1:3 sets it, but 2:2 replaces all of 'm'" }, { "l[0].x", "1:2 sets it, but 2:3 replaces all of 'l'" },
	};
	CLEANUP(layer_freep) struct layer	*first = NULL, *second = NULL, *chart = NULL;
	struct error				 err = ERROR_INIT;

	out = BUF(MIB);
	merged = MERGED;
	if (layer_read("1", SLICE("a: {b: 1, count: 2, e: {}}\nl: [{x: 1}]\nm: {deep: {x: 1}}\n"), LAYER_FILE, NULL, &first, &err) != 0 ||
	    layer_read("2", SLICE("a: {b: 3}\nm:\nl: [4, {z: 1}]\n"), LAYER_FILE, NULL, &second, &err) != 0 ||
	    layer_read("chart", SLICE("a: {b: 0}\nm: {other: 1}\n"), LAYER_CHART, NULL, &chart, &err) != 0 ||
	    merge_layer(&merged, first, &err) != 0 || merge_layer(&merged, second, &err) != 0 ||
	    merge_over_chart(&merged, chart, NULL, &err) != 0)
		bail_out(err.text);
	for (size_t i = 0; i < sizeof(found) / sizeof(*found); i++) {
		if (ask(found[i].path, &err) != 0)
			bail_out(err.text);
		is_mem(out.data, out.len, found[i].want, strlen(found[i].want), found[i].path[0] != '\0' ? found[i].path : "all of it");
	}
	for (size_t i = 0; i < sizeof(missing) / sizeof(*missing); i++) {
		err_reset(&err);
		if (!ok(ask(missing[i].path, &err) == ERR_NOT_FOUND && strcmp(err.hint, missing[i].hint) == 0, "'%s' is not there", missing[i].path))
			printf("# hint: %s\n", err.hint);
	}
	buf_release(&out);
	merged_release(&merged);
	return done_testing();
}
