#include "yamlmerge/json_print.h"

#include "tests/tap.h"

/* What sops 3.13.2 prints for these strings. */
static const struct {
	struct slice	 text;
	const char	*want;
} strings[] = {
	{ SLICE(""), "\"\"" },
	{ SLICE("a b/c"), "\"a b/c\"" },
	{ SLICE("\"\\\b\f\n\r\t"), "\"\\\"\\\\\\b\\f\\n\\r\\t\"" },
	{ SLICE("\0\x1f\x7f"), "\"\\u0000\\u001f\x7f\"" },
	{ SLICE("<a & b>"), "\"\\u003ca \\u0026 b\\u003e\"" },
	{ SLICE("\xc3\xa9\xf0\x9f\x98\x80\xc2\x85"), "\"\xc3\xa9\xf0\x9f\x98\x80\xc2\x85\"" },
	{ SLICE("\xe2\x80\xa8\xe2\x80\xa9"), "\"\\u2028\\u2029\"" },
	{ SLICE("a\xff\xc3z"), "\"a\\ufffd\\ufffdz\"" },
};

static const struct {
	const char *source, *want;	/* JSON in; NULL: refused */
	int	    indent;
} texts[] = {
	{ "{}", "{}", -1 },
	{ "[]", "[]", -1 },
	{ "\"x\"", "\"x\"", -1 },
	{ "{\"b\":1,\"a\":[true,null,\"x\",[],{}]}", "{\n\t\"b\": 1,\n\t\"a\": [\n\t\ttrue,\n\t\tnull,\n\t\t\"x\",\n\t\t[],\n\t\t{}\n\t]\n}", -1 },
	{ "{\"a\":[1]}", "{\n\"a\": [\n1\n]\n}", 0 },
	{ "{\"a\":[1]}", "{\n  \"a\": [\n    1\n  ]\n}", 2 },
	{ "[1.0, 1e3, -0, 0.5, 1e21, 9.9e-7, 9223372036854775807]",
	    "[\n\t1,\n\t1000,\n\t0,\n\t0.5,\n\t1e+21,\n\t9.9e-7,\n\t9223372036854775807\n]", -1 },
};

static void
test_nodes(void)
{
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		CLEANUP(document_freep) struct document	*doc = NULL;
		CLEANUP(buf_release) struct buf		 out = BUF_SECRET(MIB);
		struct json_emitter			 e = JSON_EMITTER(&out);
		struct error				 err = ERROR_INIT;

		e.indent = texts[i].indent;
		if (succeeds(document_parse(slice_str(texts[i].source), &syntax_json, &doc, &err), err, "a document") &&
		    succeeds(json_emit_node(&e, doc->root[0], &scalar_table_json, &err), err, "is printed"))
			is_slice(buf_slice(&out), slice_str(texts[i].want), "as sops prints it");
	}
}

/* YAML: comments go, aliases are expanded, types are those of sops. */
static void
test_yaml(void)
{
	static const char source[] = "# c\na: &x [yes, 0x10, 2001-01-01, 1.50] # d\nb: *x\n'q': !!str 1\n";
	CLEANUP(document_freep) struct document	*doc = NULL;
	CLEANUP(buf_release) struct buf		 out = BUF_SECRET(MIB);
	struct json_emitter			 e = JSON_EMITTER(&out);
	struct error				 err = ERROR_INIT;

	e.indent = 0;
	if (!succeeds(document_parse(slice_str(source), &syntax_yaml, &doc, &err), err, "YAML") ||
	    !succeeds(json_emit_node(&e, doc->root[0], &scalar_table_sops, &err), err, "is printed"))
		return;
	is_slice(buf_slice(&out), SLICE("{\n\"a\": [\n\"yes\",\n16,\n\"2001-01-01T00:00:00Z\",\n1.5\n],\n\"b\": [\n\"yes\",\n16,\n"
	    "\"2001-01-01T00:00:00Z\",\n1.5\n],\n\"q\": \"1\"\n}"), "as sops would convert it");

	static const char *const refused[] = { "a: .inf\n", "a: .nan\n", "a: 9223372036854775808\n" };
	for (size_t i = 0; i < 3; i++) {
		CLEANUP(document_freep) struct document *bad = NULL;
		struct json_emitter again = JSON_EMITTER(&out);

		err_reset(&err);
		if (document_parse(slice_str(refused[i]), &syntax_yaml, &bad, &err) != 0)
			bail_out(err.text);
		ok(json_emit_node(&again, bad->root[0], &scalar_table_sops, &err) == ERR_TYPE && err.line == 1 && err.column == 4,
		    "refused: %s", err.text);
	}
}

static void
test_order(void)
{
	CLEANUP(buf_release) struct buf	out = BUF(MIB);
	struct error			err = ERROR_INIT;
	struct json_emitter		e = JSON_EMITTER(&out);

	ok(json_emit_map(&e, &err) == 0, "a map is begun");
	is_int(json_emit_string(&e, SLICE("x"), &err), ERR_INTERNAL, "a value without a key is our own mistake");
	err_reset(&err);
	ok(json_emit_key(&e, SLICE("k"), &err) == 0, "a key");
	is_int(json_emit_key(&e, SLICE("k"), &err), ERR_INTERNAL, "two keys in a row are one, too");
	is_int(json_emit_end(&e, &err), ERR_INTERNAL, "an end without the value as well");
	err_reset(&err);
	ok(json_emit_plain(&e, SLICE("1"), &err) == 0 && json_emit_end(&e, &err) == 0, "the value and the end");
	is_int(json_emit_map(&e, &err), ERR_INTERNAL, "a second value is one");
	is_int(json_emit_end(&e, &err), ERR_INTERNAL, "an end of nothing is one");
	is_slice(buf_slice(&out), SLICE("{\n\t\"k\": 1\n}"), "none of that was printed");

	struct json_emitter deep = JSON_EMITTER(&out);
	int rc = 0;
	err_reset(&err);
	for (int i = 0; i <= LIMIT_DEPTH && rc == 0; i++)
		rc = json_emit_list(&deep, &err);
	is_int(rc, ERR_LIMIT, "depth has a limit");
}

int
main(void)
{
	CLEANUP(buf_release) struct buf	out = BUF(MIB);
	struct error			err = ERROR_INIT;

	for (size_t i = 0; i < sizeof(strings) / sizeof(*strings); i++) {
		buf_reset(&out);
		if (succeeds(json_print_string(strings[i].text, &out, &err), err, "a string is printed"))
			is_slice(buf_slice(&out), slice_str(strings[i].want), strings[i].want);
	}
	test_nodes();
	test_yaml();
	test_order();
	return done_testing();
}
