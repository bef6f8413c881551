#include "yamlmerge/json_edit.h"

#include "base/limits.h"
#include "tests/tap.h"
#include "yamlmerge/edit.h"
#include "yamlmerge/path.h"

static struct document *
parse(const char *text)
{
	struct document	*doc = NULL;
	struct error	 err = ERROR_INIT;

	return document_parse(slice_str(text), &syntax_json, &doc, &err) == 0 ? doc : NULL;
}

/* ${path} leads to the container that gets ${key} (or, without a key, an element), or to what is replaced or removed. */
enum what { ADD, SET, REMOVE };
static const struct {
	const char	*text, *path;
	enum what	 what;
	const char	*key, *value, *want;
} cases[] = {
	{ "{\"a\": 1}", "[\"a\"]", SET, NULL, "\"x\"", "{\"a\": \"x\"}" },
	{ "{\n  \"a\": 1\n}\n", "[\"a\"]", SET, NULL, "{\"b\": [1]}", "{\n  \"a\": {\n    \"b\": [\n      1\n    ]\n  }\n}\n" },
	{ "{\"a\": 1}", "", ADD, "b", "2", "{\"a\": 1, \"b\": 2}" },
	{ "{ \"a\":1 , \"c\":2 }", "", ADD, "b", "2", "{ \"a\":1 , \"c\":2 , \"b\":2 }" },
	{ "{\n\t\"a\": 1\n}", "", ADD, "b", "{}", "{\n\t\"a\": 1,\n\t\"b\": {}\n}" },
	{ "{\n   \"a\": {}\n}", "[\"a\"]", ADD, "b", "2", "{\n   \"a\": {\n      \"b\": 2\n   }\n}" },
	{ "{}", "", ADD, "<b>", "\"&\"", "{\n\t\"\\u003cb\\u003e\": \"\\u0026\"\n}" },
	{ "{\"l\": [1,2]}", "[\"l\"]", ADD, NULL, "3", "{\"l\": [1,2,3]}" },
	{ "{\"l\": [\n1\n]}", "[\"l\"]", ADD, NULL, "3", "{\"l\": [\n1,\n3\n]}" },
	{ "{\"l\": [1]}", "[\"l\"]", ADD, NULL, "3", "{\"l\": [1, 3]}" },
	{ "{\"a\": 1, \"b\": 2}", "[\"a\"]", REMOVE, NULL, NULL, "{\"b\": 2}" },
	{ "{\"a\": 1, \"b\": 2}", "[\"b\"]", REMOVE, NULL, NULL, "{\"a\": 1}" },
	{ "{\n\t\"a\": 1\n}", "[\"a\"]", REMOVE, NULL, NULL, "{}" },
	{ "{\"l\": [1, 2, 3]}", "[\"l\"][1]", REMOVE, NULL, NULL, "{\"l\": [1, 3]}" },
};

int
main(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		CLEANUP(document_freep) struct document	*doc = parse(cases[i].text), *value = parse(cases[i].value != NULL ? cases[i].value : "0");
		CLEANUP(edits_release) struct edits	 edits = EDITS;
		CLEANUP(buf_release) struct buf		 out = BUF(MIB);
		CLEANUP(arena_release) struct arena	 arena = ARENA(MIB);
		struct error				 err = ERROR_INIT;
		const struct node			*node = NULL;
		struct path				 path;

		if (!ok(doc != NULL && value != NULL, "JSON is read") ||
		    !succeeds(path_parse(slice_str(cases[i].path), &arena, &path, &err), err, "a path") ||
		    !succeeds(path_find(doc->root[0], &path, NULL, &node, &err), err, "leads somewhere"))
			continue;
		if (cases[i].what == REMOVE)
			succeeds(node_edit_remove(&edits, doc, node, &err), err, "an item goes");
		else if (cases[i].what == SET)
			succeeds(node_edit_value(&edits, doc, node, value->root[0], &err), err, "a value is set");
		else if (cases[i].key != NULL)
			succeeds(node_edit_add_member(&edits, doc, node, slice_str(cases[i].key), value->root[0], &err), err, "a member is added");
		else
			succeeds(node_edit_add_element(&edits, doc, node, value->root[0], &err), err, "an element is added");
		succeeds(edits_apply(&edits, doc, &out, &err), err, "the text follows");
		is_slice(buf_slice(&out), slice_str(cases[i].want), "in the layout of its neighbours");
	}
	return done_testing();
}
