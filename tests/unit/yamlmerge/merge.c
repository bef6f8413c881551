/* Helm's own answers are in hubmerge_vectors.c; here is what they do not say: positions, warnings, limits, what is left out. */
#include "yamlmerge/merge.h"

#include "tests/merge_json.h"

struct folded {
	struct layer	*layers[8];
	size_t		 count;
	struct merged	 merged;
};
#define FOLDED	((struct folded){ .merged = MERGED })

static void
folded_release(struct folded *folded)
{
	merged_release(&folded->merged);
	for (size_t i = 0; i < folded->count; i++)
		layer_free(folded->layers[i]);
}

static struct layer *
layer_of(struct folded *folded, const char *text, struct error *err)
{
	char name[16];

	(void)snprintf(name, sizeof(name), "%zu.yaml", folded->count + 1);
	if (layer_read(name, slice_str(text), LAYER_FILE, NULL, &folded->layers[folded->count], err) != 0)
		return NULL;
	return folded->layers[folded->count++];
}

static int
add(struct folded *folded, const char *text, struct error *err)
{
	struct layer *layer = layer_of(folded, text, err);

	return layer == NULL ? (int)err->kind : merge_layer(&folded->merged, layer, err);
}

static bool
is_json(const struct merged *merged, const char *text, const char *claim)
{
	CLEANUP(document_freep) struct document	*doc = NULL;
	struct error				 err = ERROR_INIT;

	if (document_parse(slice_str(text), &syntax_json, &doc, &err) != 0)
		bail_out(err.text);
	if (ok(json_same(doc->root[0], merged->root), "%s", claim))
		return true;
	json_show(merged);
	return false;
}

/* --- origins and order ------------------------------------------------------------------------------------------- */

static void
test_origins(void)
{
	CLEANUP(folded_release) struct folded	folded = FOLDED;
	struct error				err = ERROR_INIT;
	const struct merge_value		*a, *value;

	ok(add(&folded, "# c\na:\n  x: 1\n  u: 2\n  z: [1, 2]\nb: 1\n", &err) == 0 &&
	    add(&folded, "\n\nc: 1\na: {u: 3, w: 4}\n", &err) == 0, "two layers merge");
	is_json(&folded.merged, "{\"a\":{\"x\":1,\"u\":3,\"z\":[1,2],\"w\":4},\"b\":1,\"c\":1}", "key by key");
	a = folded.merged.root->child;
	is_slice(a->key, SLICE("a"), "keys keep the order of their first appearance");
	value = merge_member(a, SLICE("x"));
	ok(value->layer == folded.layers[0] && value->line == 3 && value->column == 6, "a value that stayed says where it was set");
	value = merge_member(a, SLICE("u"));
	ok(value->layer == folded.layers[1] && value->line == 4 && value->column == 8, "one that was replaced, where it was replaced");
	ok(a->child->next == value, "and stands where it stood before");
	value = merge_member(a, SLICE("z"))->child->next;
	ok(value->layer == folded.layers[0] && value->line == 5 && value->column == 10, "elements of lists know it, too");
}

/* What a value took the place of, newest first: "LAYER:LINE " each. */
static void
chain_of(const struct merge_value *value, char *out, size_t room)
{
	size_t len = 0;

	for (value = value->overrode; value != NULL; value = value->overrode)
		len += (size_t)snprintf(out + len, room - len, "%s:%u ", value->layer->path, (unsigned)value->line);
}

static void
test_overrode(void)
{
	CLEANUP(folded_release) struct folded	folded = FOLDED;
	struct error				err = ERROR_INIT;
	struct layer				*chart;
	const struct merge_value		*value;
	char					 chain[256] = "";

	ok(add(&folded, "a: {b: {c: 1}}\nl: &x [1]\nd: 1\n", &err) == 0 && add(&folded, "a:\n  b: null\nl: [2]\n", &err) == 0 &&
	    add(&folded, "d: 2\nd: 3\na:\n  b: {e: 5}\n", &err) == 0, "three layers merge");
	chart = layer_of(&folded, "a: {b: {c: 9, f: 0}}\nd: {g: 1}\n", &err);
	ok(chart != NULL && merge_over_chart(&folded.merged, chart, NULL, &err) == 0, "over a chart");
	value = merge_member(folded.merged.root, SLICE("d"));
	chain_of(value, chain, sizeof(chain));
	is_str(chain, "3.yaml:1 1.yaml:3 4.yaml:2 ", "a value has all that it took the place of: in its layer, below, in the chart");
	ok(value->overrode->overrode->overrode->kind == MERGE_MAP && value->overrode->overrode->overrode->count == 1, "as it was");
	ok(value->node != NULL && value->node->key->line == 2 && node_resolve(value->node)->text.data[0] == '3', "and the node that set it");
	value = merge_member(merge_member(folded.merged.root, SLICE("a")), SLICE("b"));
	chain[0] = '\0';
	chain_of(value, chain, sizeof(chain));
	is_str(chain, "2.yaml:2 1.yaml:1 ", "a map that was null once has the null and the map before it");
	ok(value->overrode->kind == MERGE_NULL && merge_member(value->overrode->overrode, SLICE("c")) != NULL, "children and all");
	value = merge_member(folded.merged.root, SLICE("a"));
	ok(value->overrode == NULL && value->layer == folded.layers[0], "a map that is merged took the place of nothing");
	value = merge_member(folded.merged.root, SLICE("l"))->overrode;
	ok(value->kind == MERGE_LIST && value->layer == folded.layers[0] && value->count == 1, "a list has the one that it replaced");
}

static void
test_large_map(void)
{
	CLEANUP(buf_release) struct buf		text = BUF(MIB), twice = BUF(MIB);
	CLEANUP(folded_release) struct folded	folded = FOLDED;
	struct error				err = ERROR_INIT;
	char					key[32];
	int					found = 0;

	for (int i = 0; i < 5000; i++)
		if (buf_printf(&text, &err, "k%d: %d\n", i, i) != 0 || buf_printf(&twice, &err, "k%d: %d\n", i * 2, -i) != 0)
			bail_out("memory");
	if (buf_terminate(&text, &err) != 0 || buf_terminate(&twice, &err) != 0)
		bail_out("memory");
	ok(add(&folded, (const char *)text.data, &err) == 0 && add(&folded, (const char *)twice.data, &err) == 0, "maps of 5000 keys merge");
	is_int(folded.merged.root->count, 7500, "to the union of their keys");
	for (int i = 0; i < 10000; i++) {
		const struct merge_value *value;

		(void)snprintf(key, sizeof(key), "k%d", i);
		value = merge_member(folded.merged.root, slice_str(key));
		if (i % 2 == 0 ? value != NULL && value->number == -i / 2 : i < 5000 ? value != NULL && value->number == i : value == NULL)
			found++;
	}
	is_int(found, 10000, "each with the later value");
}

/* --- warnings ---------------------------------------------------------------------------------------------------- */

static const struct {
	const char	*text;
	uint32_t	 line;
	const char	*path, *words;
} warnings[] = {
	{ "a:\n  b: 1\n  c: 2\n  b: 3\n", 4, "a.b", "replaces that of line 2" },
	{ "a: [{b: 1, b: 2}]\n", 1, "a[0].b", "duplicate" },
	{ "x.y:\n  1: a\n  1: b\n", 3, "[\"x.y\"].1", "duplicate" },
	{ "yes: a\ntrue: b\n", 2, "true", "duplicate" },
	{ "a: 9007199254740993\n", 1, "a", "rounds" },
	{ "a: -9007199254740993\n", 1, "a", "rounds" },
	{ "a: 18446744073709551615\n", 1, "a", "rounds" },
	{ "image: {tag: 1234e56}\n", 1, "image.tag", "quote it" },
	{ "b: &x {p: 1}\na:\n  p: 2\n  <<: *x\n", 3, "a.p", "merge key" },
	{ "a: 9007199254740992\n", 0, NULL, NULL },
	{ "image: {tag: \"1234e56\"}\n", 0, NULL, NULL },
	{ "image: {size: 1234e56}\n", 0, NULL, NULL },
	{ "b: &x {p: 1}\na: {<<: *x, p: 2}\n", 0, NULL, NULL },
	{ "b: &x {p: 1}\na: {<<: *x, <<: {p: 2}}\n", 0, NULL, NULL },
	{ "a: 1\nb: {a: 1}\n", 0, NULL, NULL },
};

static void
test_warnings(void)
{
	for (size_t i = 0; i < sizeof(warnings) / sizeof(*warnings); i++) {
		CLEANUP(folded_release) struct folded	folded = FOLDED;
		struct error				err = ERROR_INIT;
		const struct merge_remark		*remark;

		if (!succeeds(add(&folded, warnings[i].text, &err), err, "a layer is read"))
			continue;
		remark = folded.merged.warnings.first;
		if (warnings[i].path == NULL) {
			ok(remark == NULL, "nothing to say of %s", warnings[i].text);
			continue;
		}
		if (ok(remark != NULL && remark->next == NULL, "one warning: %s", warnings[i].words)) {
			is_int(remark->line, warnings[i].line, "at its line");
			is_slice(remark->path, slice_str(warnings[i].path), "and path");
			ok(strstr((const char *)remark->text.data, warnings[i].words) != NULL, "in words: %s", remark->text.data);
		}
	}
}

/* --- refusals ---------------------------------------------------------------------------------------------------- */

static const struct {
	const char	*text;
	int		 kind;
	uint32_t	 line, column;
	const char	*words;
} refusals[] = {
	{ "a:\n  1: x\n  \"1\": y\n", ERR_CONFLICT, 3, 3, "two keys become '1'" },
	{ "true: x\n\"true\": y\n", ERR_CONFLICT, 2, 1, "two keys become 'true'" },
	{ "a: &x {1: a}\nb: {<<: *x, \"1\": b}\n", ERR_CONFLICT, 2, 13, "two keys" },
	{ "a: 1\n~: x\n", ERR_TYPE, 2, 1, "no null as a key" },
	{ "9223372036854775808: x\n", ERR_TYPE, 1, 1, "beyond 2^63" },
	{ "a: [1, .inf]\n", ERR_RANGE, 1, 8, "no number for '.inf'" },
	{ "a: {b: -.NaN}\nc: .nan\n", ERR_RANGE, 2, 4, "no number" },
	{ "a: !!int x\n", ERR_SYNTAX, 1, 10, "!!int" },
	{ "<<: 1\n", ERR_TYPE, 1, 5, "merge key" },
	{ "<<:\n", ERR_TYPE, 1, 4, "merge key" },
	{ "a: &x [{p: 1}]\nb: {<<: *x}\n", ERR_TYPE, 2, 9, "merge key" },
	{ "a: {<<: [{p: 1}, 2]}\n", ERR_TYPE, 1, 18, "merge key" },
	{ "a: &x {b: [*x]}\n", ERR_SYNTAX, 1, 12, "inside its own anchor" },
	{ "a: &x {<<: *x}\n", ERR_SYNTAX, 1, 12, "inside its own anchor" },
	{ "a: \"\\/\"\n", ERR_SYNTAX, 1, 4, "escape" },
	{ "\"\\\\\\/\": 1\n", ERR_SYNTAX, 1, 1, "escape" },
};

static void
test_refusals(void)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++) {
		CLEANUP(folded_release) struct folded	folded = FOLDED;
		struct error				err = ERROR_INIT;
		int					rc = add(&folded, refusals[i].text, &err);

		if (!ok(rc == refusals[i].kind && strstr(err.text, refusals[i].words) != NULL && err.line == refusals[i].line &&
		    err.column == refusals[i].column && strcmp(err.path, "1.yaml") == 0, "refused: %s", err.text))
			printf("#   kind %d at %s:%u:%u for %s\n", rc, err.path, err.line, err.column, refusals[i].text);
	}
}

/* Ten levels of ten aliases each: as lists, as maps, and as merge keys over empty maps. */
static void
test_alias_bombs(void)
{
	static const char *const forms[] = { "a%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d]\n",
		"a%d: &a%d {1: *a%d, 2: *a%d, 3: *a%d, 4: *a%d, 5: *a%d, 6: *a%d, 7: *a%d, 8: *a%d}\n",
		"a%d: &a%d {<<: [*a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d]}\n" };
	static const char *const starts[] = { "a0: &a0 []\n", "a0: &a0 {}\n", "a0: &a0 {}\n" };

	for (size_t form = 0; form < 3; form++) {
		CLEANUP(folded_release) struct folded	folded = FOLDED;
		struct error				err = ERROR_INIT;
		char					text[4096];
		size_t					len = (size_t)snprintf(text, sizeof(text), "%s", starts[form]);

		for (int i = 1; i < 12; i++) {
			int p = i - 1;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
			len += (size_t)snprintf(text + len, sizeof(text) - len, forms[form], i, i, p, p, p, p, p, p, p, p);
#pragma GCC diagnostic pop
		}
		is_int(add(&folded, text, &err), ERR_LIMIT, "an alias bomb is refused");
		ok(err.line > 0, "at line %u: %s", err.line, err.text);
	}
}

static void
test_depth(void)
{
	CLEANUP(folded_release) struct folded	folded = FOLDED;
	CLEANUP(buf_release) struct buf		text = BUF(MIB);
	struct error				err = ERROR_INIT;

	/* Each anchor is 400 deep, and the third holds the second, which holds the first. */
	for (int i = 0; i < 3; i++) {
		if (buf_printf(&text, &err, "a%d: &a%d ", i, i) != 0 || buf_repeat(&text, '[', 400, &err) != 0 ||
		    (i > 0 && buf_printf(&text, &err, "*a%d ", i - 1) != 0) || buf_repeat(&text, ']', 400, &err) != 0 ||
		    buf_byte(&text, '\n', &err) != 0)
			bail_out("memory");
	}
	if (buf_terminate(&text, &err) != 0)
		bail_out("memory");
	is_int(add(&folded, (const char *)text.data, &err), ERR_LIMIT, "aliases cannot nest deeper than a document may");
}

/* --- charts ------------------------------------------------------------------------------------------------------ */

static void
test_chart(void)
{
	CLEANUP(folded_release) struct folded	folded = FOLDED;
	struct error				err = ERROR_INIT;
	struct chart				t = { .name = SLICE("t") }, s = { .name = SLICE("s"), .subcharts = &t };
	struct chart				other = { .name = SLICE("o"), .next = &s }, top = { .subcharts = &other };
	struct merge_remarks			removed;
	const struct merge_remark		*remark;
	struct layer				*chart;
	int					left = 0;

	if (!succeeds(add(&folded, "late: 1\nm: {b: null, q: null}\ns: {x: 1, t: {}, global: {u: 1}}\nempty: {}\nscalar: 5\n", &err), err,
	    "a user layer") || (chart = layer_of(&folded, "first: {a: 1}\nm: {a: 1, b: {c: 1}, z: null}\nglobal: {g: 1}\n"
	    "s: {d: 1, t: {k: 1, global: {v: 1}}, global: {w: 1}}\no: {p: 1}\nhas: {deep: {nothing: }}\nempty: {e: 1}\nscalar: {f: 1}\n"
	    "list: [null]\n", &err)) == NULL)
		return;
	if (succeeds(merge_removed(&folded.merged, chart, &removed, &err), err, "nulls that remove maps are found")) {
		ok(removed.first != NULL && removed.first->next == NULL && removed.first->line == 2, "the one there is");
		is_slice(removed.first->path, SLICE("m.b"), "by its path");
		ok(folded.merged.warnings.first == NULL, "without warnings");
	}
	succeeds(merge_over_chart(&folded.merged, chart, &top, &err), err, "the fold is laid over the chart");
	is_json(&folded.merged, "{\"first\":{\"a\":1},\"m\":{\"a\":1,\"b\":null,\"q\":null},\"s\":{\"d\":1,\"x\":1,\"t\":{\"k\":1},"
	    "\"global\":{\"u\":1}},\"empty\":{\"e\":1},\"scalar\":5,\"list\":[null],\"late\":1}",
	    "the chart's keys are copied but for nulls, subcharts and globals");
	is_slice(folded.merged.root->child->key, SLICE("first"), "the chart's keys come first");
	is_slice(folded.merged.root->last->key, SLICE("late"), "and the user's behind them");
	static const char *const paths[] = { "m.z", "global", "s.t.global", "s.global", "o", "has" };
	for (remark = folded.merged.left.first; remark != NULL; remark = remark->next, left++)
		is_slice(remark->path, slice_str(left < 6 ? paths[left] : "no more"), "what was left to Helm is listed");
	is_int(left, 6, "all of it");
}

static void
test_subchart_types(void)
{
	struct chart t = { .name = SLICE("t") }, s = { .name = SLICE("s"), .subcharts = &t }, top = { .subcharts = &s };
	static const struct { const char *text; int kind; } cases[] = {
		{ "s: 5\n", ERR_TYPE }, { "s: []\n", ERR_TYPE }, { "s: {t: x}\n", ERR_TYPE }, { "s: null\n", 0 }, { "s: {t: }\n", 0 }, { "t: 5\n", 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		CLEANUP(folded_release) struct folded	folded = FOLDED;
		struct error				err = ERROR_INIT;
		struct layer				*chart = layer_of(&folded, "a: 1\n", &err);

		if (chart == NULL || add(&folded, cases[i].text, &err) != 0)
			bail_out(err.text);
		is_int(merge_over_chart(&folded.merged, chart, &top, &err), cases[i].kind, cases[i].text);
	}
	{
		CLEANUP(folded_release) struct folded	folded = FOLDED;
		struct error				err = ERROR_INIT;
		struct layer				*chart = layer_of(&folded, "s: {a: 1}\n", &err);

		s.renamed = true;
		ok(chart != NULL && add(&folded, "s: 5\n", &err) == 0 && merge_over_chart(&folded.merged, chart, &top, &err) == 0,
		    "a chart that goes by an alias leaves its own name free");
	}
}

/* --- ciphertext -------------------------------------------------------------------------------------------------- */

static void
test_clear(void)
{
	static const struct { const char *text; uint32_t line; const char *words; } cases[] = {
		{ "a:\n  - b: ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]\n", 2, "a[0].b" },
		{ "a: |-\n  ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]\n", 1, "at 'a'" },
		{ "a: 1\nsops: {mac: x}\n", 2, "'sops' entry" },
		{ "b: {sops: 1}\nc: ENC\nd: a ENC[x]\n", 0, NULL },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		CLEANUP(folded_release) struct folded	folded = FOLDED;
		struct error				err = ERROR_INIT;
		int					rc;

		if (add(&folded, cases[i].text, &err) != 0)
			bail_out(err.text);
		rc = merge_check_clear(&folded.merged, &err);
		if (cases[i].words == NULL)
			is_int(rc, 0, "other texts pass");
		else
			ok(rc == ERR_ENCRYPTED && err.line == cases[i].line && strstr(err.text, cases[i].words) != NULL, "refused: %s", err.text);
	}
}

int
main(void)
{
	test_origins();
	test_overrode();
	test_large_map();
	test_warnings();
	test_refusals();
	test_alias_bombs();
	test_depth();
	test_chart();
	test_subchart_types();
	test_clear();
	return done_testing();
}
