#include "sops/untouched.h"

#include "base/limits.h"
#include "tests/tap.h"

/* A text before and after a change at ${path}: to ${json}, or its removal when that is NULL. */
static const struct {
	const char	*claim, *before, *path, *json, *after;
	enum err_kind	 kind;
} cases[] = {
	{ "a value", "a: 1\nb: 2\n", "[\"a\"]", "\"x\"", "a: x\nb: 2\n", ERR_NONE },
	{ "a number is a float as well", "a: 1\n", "[\"a\"]", "5", "a: !!float 5\n", ERR_NONE },
	{ "another value than the one that was set", "a: 1\n", "[\"a\"]", "\"x\"", "a: y\n", ERR_INTERNAL },
	{ "a string for a number", "a: 1\n", "[\"a\"]", "5", "a: \"5\"\n", ERR_INTERNAL },
	{ "another place", "a: 1\nb: 2\n", "[\"a\"]", "\"x\"", "a: 1\nb: x\n", ERR_INTERNAL },
	{ "a second value beside it", "a: 1\nb: 2\n", "[\"a\"]", "\"x\"", "a: x\nb: 3\n", ERR_INTERNAL },
	{ "the same value in another spelling", "a: 1\nb: 2\n", "[\"a\"]", "\"x\"", "a: x\nb: 2.0\n", ERR_INTERNAL },
	{ "quotes that were not there", "a: 1\nb: w\n", "[\"a\"]", "\"x\"", "a: x\nb: 'w'\n", ERR_INTERNAL },
	{ "another tag", "a: 1\nb: !x w\n", "[\"a\"]", "\"x\"", "a: x\nb: !y w\n", ERR_INTERNAL },
	{ "another key", "a: 1\nb: 2\n", "[\"a\"]", "\"x\"", "a: x\nc: 2\n", ERR_INTERNAL },
	{ "a key less", "a: 1\nb: 2\n", "[\"a\"]", "\"x\"", "a: x\n", ERR_INTERNAL },
	{ "a key more", "a: 1\n", "[\"a\"]", "\"x\"", "a: x\nb: 2\n", ERR_INTERNAL },
	{ "a list for a map", "a: 1\nb: {}\n", "[\"a\"]", "\"x\"", "a: x\nb: []\n", ERR_INTERNAL },
	{ "a document less", "a: 1\n---\nb: 2\n", "[\"a\"]", "\"x\"", "a: x\n", ERR_INTERNAL },
	{ "another document", "a: 1\n---\na: 2\n", "[\"a\"]", "\"x\"", "a: x\n---\na: 3\n", ERR_INTERNAL },
	{ "a value deep down", "a:\n  - b: 1\n  - b: 2\n", "[\"a\"][1][\"b\"]", "\"x\"", "a:\n  - b: 1\n  - b: x\n", ERR_NONE },
	{ "the same key in another element", "a:\n  - b: 1\n  - b: 2\n", "[\"a\"][1][\"b\"]", "\"x\"", "a:\n  - b: x\n  - b: 2\n", ERR_INTERNAL },
	{ "a map for a scalar", "a: 1\nb: 2\n", "[\"a\"][\"c\"]", "\"x\"", "a:\n    c: x\nb: 2\n", ERR_NONE },
	{ "a new key", "a: 1\n", "[\"b\"][\"c\"]", "{\"d\": [1, null]}", "a: 1\nb:\n    c:\n        d:\n            - 1\n            - null\n", ERR_NONE },
	{ "a new key that holds more", "a: 1\n", "[\"b\"]", "{\"c\": 1}", "a: 1\nb:\n    c: 1\n    d: 2\n", ERR_INTERNAL },
	{ "a new element", "a: [1]\n", "[\"a\"][7]", "\"x\"", "a: [1, x]\n", ERR_NONE },
	{ "two new elements", "a: [1]\n", "[\"a\"][7]", "\"x\"", "a: [1, x, x]\n", ERR_INTERNAL },
	{ "a key of an empty document", "# c\n--- \n", "[\"a\"]", "1", "# c\n--- \na: 1\n", ERR_NONE },
	{ "a value that goes", "a: 1\nb: 2\nc: 3\n", "[\"b\"]", NULL, "a: 1\nc: 3\n", ERR_NONE },
	{ "another one that goes", "a: 1\nb: 2\nc: 3\n", "[\"b\"]", NULL, "a: 1\nb: 2\n", ERR_INTERNAL },
	{ "nothing goes", "a: 1\nb: 2\n", "[\"b\"]", NULL, "a: 1\nb: 2\n", ERR_INTERNAL },
	{ "the last item of a map", "a:\n    b: 1\n", "[\"a\"][\"b\"]", NULL, "a: {}\n", ERR_NONE },
	{ "lines of a block become text", "a: |\n  x\nb: 1\nc: 1\n", "[\"b\"]", NULL, "a: |\n  x\n\n  c: 1\n", ERR_INTERNAL },

	{ "comments stay", "# a\na: 1 # b\n# c\nb: 2\n", "[\"a\"]", "\"x\"", "# a\na: x # b\n# c\nb: 2\n", ERR_NONE },
	{ "a comment changes", "# a\na: 1\n", "[\"a\"]", "\"x\"", "# b\na: x\n", ERR_INTERNAL },
	{ "a comment goes", "# a\na: 1\n", "[\"a\"]", "\"x\"", "a: x\n", ERR_INTERNAL },
	{ "a comment comes", "a: 1\nb: 2\n", "[\"a\"]", "\"x\"", "a: x\n# c\nb: 2\n", ERR_INTERNAL },
	{ "comments of what is replaced go with it", "a:\n    # x\n    b: 1 # y\n# x\nc: 2\n", "[\"a\"]", "\"x\"", "a: x\n# x\nc: 2\n", ERR_NONE },
	{ "or stay, but that behind it must", "a:\n    # x\n    b: 1\n# x\nc: 2\n", "[\"a\"]", "\"x\"", "a: x\nc: 2\n", ERR_INTERNAL },
	{ "a comment beside what goes gets a line", "a: 1 # c\nb: 2\n", "[\"a\"]", NULL, "# c\nb: 2\n", ERR_NONE },

	{ "a comment that stands in another container", "# a\nb: 1 # c\n# d\n", "[\"b\"]", NULL, "# a\n{} # c\n# d\n", ERR_NONE },
	{ "an alias stays", "a: &k {x: 1}\nb: *k\nc: 1\n", "[\"c\"]", "\"x\"", "a: &k {x: 1}\nb: *k\nc: x\n", ERR_NONE },
	{ "an alias reads what was set behind the anchor", "a: &k {x: 1}\nb: *k\n", "[\"a\"][\"x\"]", "\"v\"", "a: &k {x: v}\nb: *k\n", ERR_INTERNAL },
	{ "an alias was written out", "a: &k {x: 0x10} # c\nb: *k # d\n", "[\"a\"][\"x\"]", "\"v\"",
	    "a: &k {x: v} # c\nb: # d\n    x: 16\n", ERR_NONE },
	{ "with a null in words", "a: &k {x: , y: ''}\nb: *k\n", "[\"a\"][\"x\"]", "\"v\"", "a: &k {x: v, y: ''}\nb:\n    x: null\n    y: \"\"\n", ERR_NONE },
	{ "with another value", "a: &k {x: 1}\nb: *k\n", "[\"a\"][\"x\"]", "\"v\"", "a: &k {x: v}\nb: {x: \"1\"}\n", ERR_INTERNAL },
	{ "below an alias", "a: &k {x: 1, y: 2}\nb: *k\n", "[\"b\"][\"x\"]", "\"v\"", "a: &k {x: 1, y: 2}\nb: {x: v, y: 2}\n", ERR_NONE },
	{ "below an alias, and something else", "a: &k {x: 1, y: 2}\nb: *k\n", "[\"b\"][\"x\"]", "\"v\"", "a: &k {x: 1, y: 2}\nb: {x: v, y: 3}\n", ERR_INTERNAL },
	{ "what an alias of an alias leads to", "a: &k 1\nb: &l {x: *k}\nc: *l\nd: 1\n", "[\"d\"]", "\"x\"",
	    "a: &k 1\nb: &l {x: *k}\nc: {x: 1}\nd: x\n", ERR_NONE },
};

static struct document *
parse(const char *text, const struct syntax *syntax)
{
	struct document	*doc = NULL;
	struct error	 err = ERROR_INIT;

	if (document_parse(slice_str(text), syntax, &doc, &err) != 0)
		bail_out(err.text);
	return doc;
}

static void
check(const char *claim, const struct syntax *syntax, const char *before, const char *path_text, const char *json, const char *after,
    enum err_kind kind)
{
	CLEANUP(document_freep) struct document *a = parse(before, syntax), *b = parse(after, syntax), *value = NULL;
	CLEANUP(arena_release) struct arena arena = ARENA(64 * KIB);
	struct error		err = ERROR_INIT;
	struct path		path;
	struct change_meant	meant = { .path = &path };

	if (path_parse(slice_str(path_text), &arena, &path, &err) != 0)
		bail_out(err.text);
	if (json != NULL)
		meant.value_opt = value = parse(json, &syntax_json);
	(void)!untouched_check(a, b, &meant, &err);
	ok(err.kind == kind, "%s: %s (%s)", claim, kind == ERR_NONE ? "is what was meant" : "is seen", err.text);
}

/* Nodes reached through aliases are counted, those of one walk together. */
static void
test_limits(void)
{
	CLEANUP(buf_release) struct buf text = BUF(MIB);
	struct error err = ERROR_INIT;

	(void)!buf_str(&text, "z: 1\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n", &err);
	for (int i = 1; i < 8; i++)
		(void)!buf_printf(&text, &err, "a%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d]\n", i, i,
		    i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
	if (buf_terminate(&text, &err) != 0)
		bail_out(err.text);
	check("aliases that grow tenfold a line", &syntax_yaml, (const char *)text.data, "[\"z\"]", "1", (const char *)text.data, ERR_LIMIT);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check(cases[i].claim, &syntax_yaml, cases[i].before, cases[i].path, cases[i].json, cases[i].after, cases[i].kind);
	check("a number in JSON", &syntax_json, "{\"a\": 1, \"b\": 2}", "[\"a\"]", "5", "{\"a\": 5, \"b\": 2}", ERR_NONE);
	check("a number in dotenv", &syntax_dotenv, "a=1\n# c\nb=2\n", "[\"a\"]", "1.50", "a=1.5\n# c\nb=2\n", ERR_NONE);
	check("another key of dotenv", &syntax_dotenv, "a=1\nb=2\n", "[\"a\"]", "true", "a=true\nb=3\n", ERR_INTERNAL);
	check("a section of INI", &syntax_ini, "[s]\na=1 ; c\n; d\nb=2\n", "[\"s\"][\"a\"]", "\"x\"", "[s]\na=x ; c\n; d\nb=2\n", ERR_NONE);
	check("a key of INI that goes leaves its comment to the next", &syntax_ini, "[s]\n; c\na=1\n; d\nb=2\n", "[\"s\"][\"a\"]", NULL,
	    "[s]\n; c\n; d\nb=2\n", ERR_NONE);
	test_limits();
	return done_testing();
}
