#include "yamlmerge/yaml_emit.h"

#include "tests/unit/yamlmerge/yaml_test.h"
#include "yamlmerge/scalar.h"

static bool
emit(const struct node *node, uint32_t step, struct buf *out)
{
	CLEANUP(yaml_emitter_release) struct yaml_emitter e = YAML_EMITTER(out, step, YAML_FOR_SOPS);
	struct error err = ERROR_INIT;

	buf_reset(out);
	if (yaml_emit_node(&e, node, &err) == 0)
		return true;
	printf("# %s\n", err.text);
	return false;
}

static void
test_layout(void)
{
	static const struct { uint32_t step; const char *source, *want, *claim; } rows[] = {
		{ 4, "a: {b: 1, c: [x, {y: 1, z: 2}, [p, [q]]]}\n",
		    "a:\n    b: 1\n    c:\n        - x\n        - \"y\": 1\n          z: 2\n        - - p\n          - - q\n", "blocks" },
		{ 2, "a: {b: [x, {c: {d: [1]}}]}\n", "a:\n  b:\n    - x\n    - c:\n        d:\n          - 1\n",
		    "a step of two" },
		{ 4, "l: [{c: [1], d: {e: 1}}]\n", "l:\n    - c:\n        - 1\n      d:\n        e: 1\n",
		    "the next multiple below a map beside a dash" },
		{ 4, "a: {}\nb: []\nc: [{}, [], [[]]]\nd:\n",
		    "a: {}\nb: []\nc:\n    - {}\n    - []\n    - - []\nd: null\n", "empty things" },
		{ 4, "{}\n", "{}\n", "an empty root" },
		{ 4, "a: 0x1F\nb: '0x1F'\nc: \"yes\"\nd: 1e3\ne: !!str 5\nf: !x y\ng: ! 5\nh: !!float 3\ni: !x 5\nj: ! \"5\"\n",
		    "a: 0x1F\nb: \"0x1F\"\nc: \"yes\"\nd: 1e3\ne: \"5\"\nf: \"y\"\ng: ! 5\nh: !!float 3\ni: \"5\"\nj: \"5\"\n",
		    "words keep their spelling, strings their meaning" },
		{ 4, "a: &x {b: 1}\nc: *x\nd: [*x]\n*y : 1\n", NULL, "an undefined alias" },
		{ 4, "a: &x {b: 1}\nc: *x\nd: [*x]\n", "a:\n    b: 1\nc:\n    b: 1\nd:\n    - b: 1\n", "aliases are expanded" },
		{ 4, "&k a: 1\nb: {*k : 2}\n", "a: 1\nb:\n    a: 2\n", "also as keys" },
		{ 4, "# h\na: 1 # i\n# j\nb: # k\n  # l\n  c: 1\n  # m\n",
		    "# h\na: 1 # i\n# j\n# k\nb:\n    # l\n    c: 1\n    # m\n", "comments" },
		{ 4, "a:\n  # c\n  - b: 1 # d\n  # e\n  - - x\n", "a:\n    # c\n    - b: 1 # d\n    # e\n    - - x\n",
		    "comments above dashes" },
		{ 4, "a:\n  - # c\n    b: 1\n", "a:\n    # c\n    - b: 1\n", "a comment between dash and key goes above" },
		{ 4, "a: | # c\n  x\n  y\nb: 1\n", "a: | # c\n    x\n    y\nb: 1\n", "a comment on a header" },
		{ 4, "a: # c\nb: {\n # d\n}\n", "a: null # c\nb:\n    # d\n    {}\n", "comments of nothing" },
		{ 4, "\"a\\nb\":\n  c: 1\n\"d\\n\": 2\n", "? |-\n    a\n    b\n:   c: 1\n? |\n    d\n: 2\n",
		    "keys of several lines" },
		{ 4, "? x123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789\n: [1]\n",
		    "? x123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789\n:   - 1\n",
		    "long keys" },
		{ 4, "1: a\ntrue: b\n\"1\": c\n", "1: a\ntrue: b\n\"1\": c\n", "keys that are no strings" },
		{ 4, "l:\n- |\n  x\n  y\n- k: |-\n    z\n    w\n",
		    "l:\n    - |\n      x\n      y\n    - k: |-\n        z\n        w\n", "lines in lists" },
	};
	CLEANUP(buf_release) struct buf out = BUF(LIMIT_DOCUMENT);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CLEANUP(document_freep) struct document *doc = NULL;
		struct error err = ERROR_INIT;

		if (document_parse(slice_str(rows[i].source), &syntax_yaml, &doc, &err) != 0) {
			ok(rows[i].want == NULL, "%s is refused", rows[i].claim);
			continue;
		}
		(void)emit(doc->root[0], rows[i].step, &out);
		is_slice(buf_slice(&out), slice_str(rows[i].want), rows[i].claim);
	}
}

static void
test_flow(void)
{
	CLEANUP(buf_release) struct buf out = BUF(LIMIT_DOCUMENT);
	CLEANUP(document_freep) struct document *doc = yaml_of(SLICE("a: 1 # c\n\"b,\":\n- x: y\n  'z': \"1\"\n- \"p\\nq\"\n- {}\n- !!int 5\n"));
	struct error err = ERROR_INIT;

	succeeds(yaml_emit_flow(doc->root[0], YAML_FOR_SOPS, &out, &err), err, "a tree fits on one line");
	is_slice(buf_slice(&out), SLICE("{a: 1, 'b,': [{x: \"y\", z: \"1\"}, \"p\\nq\", {}, !!int 5]}"),
	    "with the quotes that it needs there");
}

static void
test_calls(void)
{
	CLEANUP(buf_release) struct buf out = BUF(LIMIT_DOCUMENT);
	CLEANUP(yaml_emitter_release) struct yaml_emitter e = YAML_EMITTER(&out, 0, YAML_FOR_HELM),
	    wrong = YAML_EMITTER(&out, 0, 0);
	struct error err = ERROR_INIT;

	e.base = 2;
	ok(yaml_emit_map(&e, &err) == 0 && yaml_emit_comment(&e, SLICE(" c"), &err) == 0 &&
	    yaml_emit_key(&e, SLICE("on"), &err) == 0 && yaml_emit_beside(&e, SLICE(" d"), &err) == 0 &&
	    yaml_emit_string(&e, SLICE("off"), &err) == 0 && yaml_emit_key(&e, SLICE("k"), &err) == 0 &&
	    yaml_emit_list(&e, &err) == 0 && yaml_emit_plain(&e, SLICE("1"), &err) == 0 && yaml_emit_end(&e, &err) == 0 &&
	    yaml_emit_end(&e, &err) == 0, "a tree is written call by call");
	is_slice(buf_slice(&out), SLICE("  # c\n  \"on\": \"off\" # d\n  k:\n    - 1\n"), "at its base");
	is_int(yaml_emit_plain(&e, SLICE("1"), &err), ERR_INTERNAL, "nothing follows a finished tree");
	err_reset(&err);
	ok(yaml_emit_map(&wrong, &err) == 0 && yaml_emit_plain(&wrong, SLICE("1"), &err) == ERR_INTERNAL,
	    "a value in a map needs a key");
	err_reset(&err);
	ok(yaml_emit_key(&wrong, SLICE("a"), &err) == 0 && yaml_emit_end(&wrong, &err) == ERR_INTERNAL, "a key needs a value");
	err_reset(&err);
	ok(yaml_emit_key(&wrong, SLICE("b"), &err) == ERR_INTERNAL, "a key needs no second one");
	err_reset(&err);
	for (int i = 0; i < LIMIT_DEPTH - 1; i++)
		if (yaml_emit_list(&wrong, &err) != 0)
			bail_out("no list");
	is_int(yaml_emit_list(&wrong, &err), ERR_LIMIT, "depth has a limit");
}

/* Maps within maps of nine aliases each: a billion nodes. */
static void
test_alias_limit(void)
{
	CLEANUP(buf_release) struct buf text = BUF(LIMIT_DOCUMENT), out = BUF(LIMIT_DOCUMENT);
	CLEANUP(document_freep) struct document *doc = NULL;
	CLEANUP(yaml_emitter_release) struct yaml_emitter e = YAML_EMITTER(&out, 0, YAML_FOR_SOPS);
	struct error err = ERROR_INIT;

	if (buf_str(&text, "a0: &a0 x\n", &err) != 0)
		bail_out("no memory");
	for (unsigned i = 1; i < 10; i++)
		if (buf_printf(&text, &err, "a%u: &a%u [*a%u, *a%u, *a%u, *a%u, *a%u, *a%u, *a%u, *a%u, *a%u]\n", i, i,
		    i - 1, i - 1, i - 1,
		    i - 1, i - 1, i - 1, i - 1, i - 1, i - 1) != 0)
			bail_out("no memory");
	doc = yaml_of(buf_slice(&text));
	is_int(yaml_emit_node(&e, doc->root[0], &err), ERR_LIMIT, "aliases that stand for a billion values are refused");
	err_reset(&err);
	buf_reset(&out);
	is_int(yaml_emit_flow(doc->root[0], 0, &out, &err), ERR_LIMIT, "on one line too");
}

static bool
same_value(const struct node *a, const struct node *b)
{
	CLEANUP(arena_release) struct arena store = ARENA(1 * MIB);
	struct scalar	x, y;
	struct error	err = ERROR_INIT;

	a = node_resolve(a);
	if (a->kind != b->kind)
		return false;
	if (a->kind == NODE_SCALAR)
		return scalar_resolve(a, &scalar_table_sops, &store, &x, &err) == 0 && scalar_resolve(b,
		    &scalar_table_sops, &store, &y, &err) == 0 &&
		    x.type == y.type && slice_eq(a->text.len != 0 ? a->text : SLICE("null"), b->text.len != 0 ? b->text :
		    SLICE("null"));
	for (a = a->child, b = b->child;; a = a->next, b = b->next) {
		while (a != NULL && a->kind == NODE_COMMENT)
			a = a->next;
		while (b != NULL && b->kind == NODE_COMMENT)
			b = b->next;
		if (a == NULL || b == NULL)
			return a == b;
		if (!same_value(a, b) || (a->key != NULL && !same_value(a->key, b->key)))
			return false;
	}
}

static void
test_generated(void)
{
	for (uint64_t seed = 1000; seed < 1200; seed++) {
		struct generator g;
		CLEANUP(buf_release) struct buf out = BUF(LIMIT_DOCUMENT);
		CLEANUP(document_freep) struct document *doc = yaml_of(generate(&g, seed)), *after = NULL;

		if (emit(doc->root[0], 2 + (uint32_t)seed % 3, &out))
			after = yaml_of(buf_slice(&out));
		if (!ok(after != NULL && same_value(doc->root[0], after->root[0]),
		    "generated document %u is printed and read back", (unsigned)seed)) {
			tap_show("text", g.text.data, g.text.len);
			tap_show("printed", out.data, out.len);
		}
		buf_release(&g.text);
	}
}

int
main(void)
{
	test_layout();
	test_flow();
	test_calls();
	test_alias_limit();
	test_generated();
	return done_testing();
}
