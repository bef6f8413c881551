#include "yamlmerge/strvals.h"

#include "base/file.h"
#include "base/tmpdir.h"
#include "tests/merge_json.h"

/* Found by running helm 3.22.0, as far as tests/interop/helm/set.t does not run it again: argument, layer below, result or failure. */
static const struct {
	enum strvals_kind	 kind;
	const char		*text, *below, *json;
	int			 fails;
} cases[] = {
	/* names */
	{ STRVALS_TYPED, "", NULL, "{}", 0 },
	{ STRVALS_TYPED, "=1", NULL, "{}", 0 },
	{ STRVALS_TYPED, "=1", "'': 3", "{\"\": 3}", 0 },
	{ STRVALS_TYPED, ".=1", NULL, NULL, ERR_SYNTAX },
	{ STRVALS_TYPED, "..a=1", NULL, NULL, ERR_SYNTAX },
	{ STRVALS_TYPED, "a..b=1", "a: {x: 1}", "{\"a\": {\"x\": 1}}", 0 },
	{ STRVALS_TYPED, "a.=1", "a: {x: 1}", "{\"a\": {\"x\": 1}}", 0 },
	{ STRVALS_TYPED, "a.b.=1", NULL, NULL, ERR_SYNTAX },
	{ STRVALS_TYPED, "a{b=1", NULL, "{\"a{b\": 1}", 0 },
	{ STRVALS_TYPED, "a]=1", NULL, "{\"a]\": 1}", 0 },
	{ STRVALS_TYPED, "a\\=b=1", NULL, "{\"a=b\": 1}", 0 },
	{ STRVALS_TYPED, "a\\[0]=1", NULL, "{\"a[0]\": 1}", 0 },
	{ STRVALS_TYPED, "a\\=1", NULL, NULL, ERR_SYNTAX },
	{ STRVALS_TYPED, ",a=1", NULL, NULL, ERR_SYNTAX },
	{ STRVALS_TYPED, "a=1,,b=2", NULL, NULL, ERR_SYNTAX },
	/* the argument ends early */
	{ STRVALS_TYPED, "a=1,", NULL, "{\"a\": 1}", 0 },
	{ STRVALS_TYPED, "a.", NULL, "{}", 0 },
	{ STRVALS_TYPED, "a.=", NULL, "{}", 0 },
	{ STRVALS_TYPED, "a.b=", NULL, "{\"a\": {\"b\": \"\"}}", 0 },
	{ STRVALS_TYPED, "a.b[0]", NULL, "{\"a\": {\"b\": []}}", 0 },
	{ STRVALS_TYPED, "a[0]", NULL, "{\"a\": []}", 0 },
	{ STRVALS_TYPED, "a[2]", "a: [1]", "{\"a\": [1]}", 0 },
	{ STRVALS_TYPED, "a[0][1]", NULL, "{\"a\": []}", 0 },
	{ STRVALS_TYPED, "a[0].", NULL, "{\"a\": []}", 0 },
	{ STRVALS_TYPED, "a[0].b=", NULL, "{\"a\": []}", 0 },
	{ STRVALS_TYPED, "a[0].b[0]=", NULL, "{\"a\": [{\"b\": [\"\"]}]}", 0 },
	{ STRVALS_TYPED, "a[0][0]=", NULL, "{\"a\": [[\"\"]]}", 0 },
	{ STRVALS_LITERAL, "a[0].b=", NULL, "{\"a\": [{\"b\": \"\"}]}", 0 },
	{ STRVALS_JSON, "a[0].b=", NULL, "{\"a\": [{\"b\": null}]}", 0 },
	{ STRVALS_TYPED, "a[0].b", NULL, NULL, ERR_SYNTAX },
	{ STRVALS_TYPED, "a[0", NULL, NULL, ERR_SYNTAX },
	{ STRVALS_TYPED, "a\\", NULL, NULL, ERR_SYNTAX },
	/* indexes */
	{ STRVALS_TYPED, "a[+1]=1", NULL, "{\"a\": [null, 1]}", 0 },
	{ STRVALS_TYPED, "a[ 0]=1", NULL, NULL, ERR_SYNTAX },
	{ STRVALS_TYPED, "a[]=1", NULL, NULL, ERR_SYNTAX },
	{ STRVALS_TYPED, "a[0]x=1", NULL, NULL, ERR_SYNTAX },
	{ STRVALS_TYPED, "a[0],b=1", NULL, NULL, ERR_SYNTAX },
	{ STRVALS_TYPED, "a[0].=1", NULL, "{\"a\": [{}]}", 0 },
	{ STRVALS_TYPED, "[0]=1", NULL, "{}", 0 },
	{ STRVALS_TYPED, "a[0][1]=x", "a: [null]", "{\"a\": [[null, \"x\"]]}", 0 },
	{ STRVALS_TYPED, "a[0][1]=x", "a: [1]", NULL, ERR_TYPE },
	{ STRVALS_TYPED, "a[0].b=x", "a: [[1]]", "{\"a\": [{\"b\": \"x\"}]}", 0 },
	{ STRVALS_TYPED, "a[0]=x", "a: null", NULL, ERR_TYPE },
	{ STRVALS_TYPED, "a.b=x", "a: [1]", NULL, ERR_TYPE },
	{ STRVALS_TYPED, "a=x", "a: [1]", "{\"a\": \"x\"}", 0 },
	/* values */
	{ STRVALS_TYPED, "a={0,00,-0,+0,-1,1.0,TRUE,Null,1e3}", NULL, "{\"a\": [0, \"00\", 0, 0, -1, \"1.0\", true, null, \"1e3\"]}", 0 },
	{ STRVALS_TYPED, "a=-01", NULL, "{\"a\": -1}", 0 },
	{ STRVALS_TYPED, "a=\\1,b=\\true", NULL, "{\"a\": 1, \"b\": true}", 0 },
	{ STRVALS_TYPED, "a=9007199254740992", NULL, "{\"a\": 9007199254740992}", 0 },
	{ STRVALS_TYPED, "a=-9007199254740993", NULL, NULL, ERR_RANGE },
	{ STRVALS_TYPED, "a= {x}", NULL, "{\"a\": \" {x}\"}", 0 },
	{ STRVALS_TYPED, "a={x\\}y,z}b=1", NULL, "{\"a\": [\"x}y\", \"z\"], \"b\": 1}", 0 },
	{ STRVALS_TYPED, "a={x} ,b=1", NULL, NULL, ERR_SYNTAX },
	{ STRVALS_TYPED, "a={b\\}", NULL, NULL, ERR_SYNTAX },
	{ STRVALS_STRING, "a=x\xff", NULL, "{\"a\": \"x\xef\xbf\xbd\"}", 0 },
	{ STRVALS_LITERAL, "a,b=1,c={\\", NULL, "{\"a,b\": \"1,c={\\\\\"}", 0 },
	/* JSON */
	{ STRVALS_JSON, "a=01=5", NULL, "{\"a\": 0, \"1\": 5}", 0 },
	{ STRVALS_JSON, "a=1-2=3", NULL, "{\"a\": 1, \"-2\": 3}", 0 },
	{ STRVALS_JSON, "a=1.5.5=3", NULL, "{\"a\": 1.5}", 0 },
	{ STRVALS_JSON, "a=nullx=1", NULL, "{\"a\": null, \"x\": 1}", 0 },
	{ STRVALS_JSON, "a=\v1\v,b=\xc2\xa0,c=2", NULL, "{\"a\": 1, \"b\": null, \"c\": 2}", 0 },
	{ STRVALS_JSON, "a=-0", NULL, "{\"a\": -0.0}", 0 },
	{ STRVALS_JSON, "a=1 2", NULL, NULL, ERR_SYNTAX },
	{ STRVALS_JSON, "a=[1,]", NULL, NULL, ERR_SYNTAX },
	{ STRVALS_JSON, "a=1e400", NULL, NULL, ERR_SYNTAX },
	{ STRVALS_JSON, "a=\"x\ny\"", NULL, NULL, ERR_SYNTAX },
	{ STRVALS_JSON, "{\"a\": 1}", NULL, NULL, ERR_REFUSED },
};

static int
run(enum strvals_kind kind, const char *text, const char *below, struct merged *merged, struct layer **layers, struct error *err)
{
	const struct strvals strvals = { .kind = kind, .text = slice_str(text), .number = 7 };

	if (layer_read("below", slice_str(below != NULL ? below : ""), LAYER_FILE, NULL, &layers[0], err) != 0 ||
	    layer_new("--set", LAYER_SET, &layers[1], err) != 0 || merge_layer(merged, layers[0], err) != 0)
		return (int)err->kind;
	return strvals_apply(merged, layers[1], &strvals, err);
}

static void
test_cases(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		CLEANUP(merged_release) struct merged	 merged = MERGED;
		CLEANUP(document_freep) struct document	*doc = NULL;
		struct layer				*layers[2] = { NULL };
		struct error				 err = ERROR_INIT;
		int					 rc = run(cases[i].kind, cases[i].text, cases[i].below, &merged, layers, &err);
		bool					 right = rc == cases[i].fails;

		if (right && rc == 0)
			right = document_parse(slice_str(cases[i].json), &syntax_json, &doc, &err) == 0 && json_same(doc->root[0], merged.root);
		if (right && rc != 0)
			right = err.line == 7 && err.column > 0 && strcmp(err.path, "--set") == 0;
		if (!ok(right, "--%s '%s'%s%s", strvals_option[cases[i].kind], cases[i].text, cases[i].below != NULL ? " over " : "",
		    cases[i].below != NULL ? cases[i].below : "")) {
			printf("# %d %s:%u:%u: %s\n", rc, err.path, err.line, err.column, err.text);
			json_show(&merged);
		}
		layer_free(layers[0]);
		layer_free(layers[1]);
	}
}

static void
test_origin(void)
{
	CLEANUP(merged_release) struct merged	 merged = MERGED;
	struct layer				*layers[2] = { NULL };
	struct error				 err = ERROR_INIT;
	const struct merge_value		*value;

	is_int(run(STRVALS_TYPED, "x=1,a.b=two", "a: {b: 1}", &merged, layers, &err), 0, "a value of --set");
	value = merge_member(merge_member(merged.root, SLICE("a")), SLICE("b"));
	ok(value->layer == layers[1] && value->line == 7 && value->column == 9 && value->node == NULL, "tells its argument and place");
	ok(value->overrode != NULL && value->overrode->layer == layers[0] && value->overrode->kind == MERGE_NUMBER, "and what it took the place of");
	layer_free(layers[0]);
	layer_free(layers[1]);
}

static void
test_warnings(void)
{
	static const struct { enum strvals_kind kind; const char *text; bool warns; } numbers[] = {
		{ STRVALS_TYPED, "a=999999", false }, { STRVALS_TYPED, "a=1000000", true }, { STRVALS_TYPED, "a={-1000000}", true },
		{ STRVALS_STRING, "a=1000000", false }, { STRVALS_JSON, "a=1000000", false }, { STRVALS_JSON, "a=9007199254740993", true },
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		CLEANUP(merged_release) struct merged	 merged = MERGED;
		struct layer				*layers[2] = { NULL };
		struct error				 err = ERROR_INIT;
		int					 rc = run(numbers[i].kind, numbers[i].text, NULL, &merged, layers, &err);

		ok(rc == 0 && (merged.warnings.first != NULL) == numbers[i].warns, "--%s %s %s", strvals_option[numbers[i].kind],
		    numbers[i].text, numbers[i].warns ? "warns" : "does not warn");
		layer_free(layers[0]);
		layer_free(layers[1]);
	}
}

static void
test_limits(void)
{
	CLEANUP(buf_release) struct buf	deep = BUF(MIB);
	CLEANUP(merged_release) struct merged merged = MERGED;
	struct layer		*layers[2] = { NULL };
	struct error		 err = ERROR_INIT, none = ERROR_INIT;

	if (buf_str(&deep, "a", &none) != 0)
		bail_out(none.text);
	for (int i = 0; i <= LIMIT_DEPTH; i++)
		if (buf_str(&deep, "[0]", &none) != 0)
			bail_out(none.text);
	if (buf_str(&deep, "=1", &none) != 0 || buf_terminate(&deep, &none) != 0)
		bail_out(none.text);
	is_int(run(STRVALS_TYPED, (const char *)deep.data, NULL, &merged, layers, &err), ERR_LIMIT, "lists in lists have a limit");
	layer_free(layers[0]);
	layer_free(layers[1]);
}

/* No argument of a program holds a NUL, but a caller's may. */
static void
test_nul(void)
{
	CLEANUP(merged_release) struct merged	 merged = MERGED;
	CLEANUP(layer_freep) struct layer	*layer = NULL;
	const struct strvals			 strvals = { .kind = STRVALS_TYPED, .text = SLICE("a\0b=1,c"), .number = 1 };
	struct error				 err = ERROR_INIT;

	if (layer_new("--set", LAYER_SET, &layer, &err) != 0)
		bail_out(err.text);
	is_int(strvals_apply(&merged, layer, &strvals, &err), ERR_SYNTAX, "a NUL ends nothing");
	ok(slice_eq(merged.root->child->key, SLICE("a\0b")), "it is part of a name");
}

static void
test_file(void)
{
	CLEANUP(tmpdir_freep) struct tmpdir	*tmpdir = NULL;
	CLEANUP(merged_release) struct merged	 merged = MERGED, other = MERGED;
	struct layer				*layers[2] = { NULL }, *others[2] = { NULL };
	struct error				 err = ERROR_INIT;
	char					 path[4096], text[8300];

	if (tmpdir_new(&tmpdir, &err) != 0)
		bail_out(err.text);
	(void)snprintf(path, sizeof(path), "%s/file", tmpdir_path(tmpdir));
	if (file_replace(path, SLICE("one\n"), &err) != 0)
		bail_out(err.text);
	(void)snprintf(text, sizeof(text), "a={%s},b=%s,c=", path, path);
	is_int(run(STRVALS_FILE, text, NULL, &merged, layers, &err), 0, "--set-file reads files");
	ok(slice_eq(merge_member(merged.root, SLICE("b"))->text, SLICE("one\n")), "whole, with their line breaks");
	ok(slice_eq(merge_member(merged.root, SLICE("a"))->child->text, SLICE("one\n")), "also in a list");
	ok(merge_member(merged.root, SLICE("c"))->text.len == 0, "and none for nothing");
	is_int(run(STRVALS_FILE, "a=/nonexistent/file", NULL, &other, others, &err), ERR_NOT_FOUND, "a file that is not there");
	ok(strstr(err.text, "cannot read '/nonexistent/file'") != NULL && err.column == 3, "is told: %s", err.text);
	for (int i = 0; i < 2; i++) {
		layer_free(layers[i]);
		layer_free(others[i]);
	}
}

int
main(void)
{
	test_cases();
	test_origin();
	test_warnings();
	test_limits();
	test_nul();
	test_file();
	return done_testing();
}
