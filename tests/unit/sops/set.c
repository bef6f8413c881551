#include "sops/set.h"

#include "base/limits.h"
#include "tests/tap.h"

static const struct select_rules rules = { .text[SELECT_UNENCRYPTED_SUFFIX] = SLICE("_unencrypted") };

static const char *
set(const char *yaml, const char *path_text, const char *json, bool only_if_other, struct error *err)
{
	static struct buf	out = BUF_SECRET(64 * KIB);
	CLEANUP(arena_release) struct arena arena = ARENA(64 * KIB);
	CLEANUP(document_freep) struct document *value = NULL, *doc = NULL;
	struct set_options	options = { .rules = &rules, .only_if_other = only_if_other };
	struct path		path;

	*err = ERROR_INIT;
	buf_reset(&out);
	if (path_parse(slice_str(path_text), &arena, &path, err) != 0 || set_value_parse(slice_str(json), &value, err) != 0 ||
	    set_value(slice_str(yaml), &store_yaml, &path, value, &options, &doc, err) != 0 || buf_append(&out, doc->text, err) != 0 ||
	    buf_terminate(&out, err) != 0)
		return err->text;
	return (const char *)out.data;
}

static const struct {
	const char *claim, *yaml, *path, *json, *want;
} sets[] = {
	{ "a value", "a: 1\nb: 2\n", "[\"a\"]", "\"x\"", "a: x\nb: 2\n" },
	{ "a number that is to be sealed is marked as a float", "a: 1\n", "[\"a\"]", "5", "a: !!float 5\n" },
	{ "a number in clear is not", "a_unencrypted: 1\n", "[\"a_unencrypted\"]", "5", "a_unencrypted: 5\n" },
	{ "a fraction is a float by itself", "a: 1\n", "[\"a\"]", "5.5", "a: 5.5\n" },
	{ "digits that a double cannot hold", "a: 1\n", "[\"a\"]", "9007199254740993", "a: 9007199254740993\n" },
	{ "an integer beyond 64 bits becomes a float", "a: 1\n", "[\"a\"]", "{\"x\": 9223372036854775808}", "a:\n    x: 9.223372036854776e+18\n" },
	{ "true and null", "a: 1\nb: 2\n", "[\"a\"]", "true", "a: true\nb: 2\n" },
	{ "a word that reads as a number", "a: 1\n", "[\"a\"]", "\"1\"", "a: \"1\"\n" },
	{ "a map", "a: 1\n", "[\"a\"]", "{\"x\": {\"z\": [1, \"v\"]}}", "a:\n    x:\n        z:\n            - 1\n            - v\n" },
	{ "an element", "a: [x, z]\n", "[\"a\"][1]", "\"v\"", "a: [x, v]\n" },
	{ "comments are not counted", "a:\n    # c\n    - x\n", "[\"a\"][0]", "\"v\"", "a:\n    # c\n    - v\n" },
	{ "a key that is not there", "a: 1\n", "[\"b\"]", "\"v\"", "a: 1\nb: v\n" },
	{ "a way that is not there", "a: 1\n", "[\"b\"][0][\"c\"]", "\"v\"", "a: 1\nb:\n    - c: v\n" },
	{ "an index behind the end appends", "a:\n    - x\n", "[\"a\"][7]", "\"v\"", "a:\n    - x\n    - v\n" },
	{ "a scalar on the way gives way", "a: 1\n", "[\"a\"][\"b\"]", "\"v\"", "a:\n    b: v\n" },
	{ "a null on the way becomes a map", "a:\nc: 1\n", "[\"a\"][\"b\"]", "\"v\"", "a:\n    b: v\nc: 1\n" },
	{ "the first document alone", "a: 1\n---\na: 2\n", "[\"a\"]", "\"x\"", "a: x\n---\na: 2\n" },
	{ "lines where the text ends without a line break", "a: 1", "[\"b\"]", "\"x\\nz\\n\"", "a: 1\nb: |\n    x\n    z\n" },
	{ "the same deep in a map", "a: 1", "[\"a\"]", "{\"b\": [1, {\"c\": \"x\\n\\n\"}]}",
	    "a:\n    b:\n        - 1\n        - c: |+\n            x\n\n" },
	{ "the same in place of a list", "a:\n  - 1", "[\"a\"]", "\"x\\nz\\n\"", "a: |\n  x\n  z\n" },
	{ "lines that end without a line break, like the text", "a: 1", "[\"b\"]", "\"x\\nz\"", "a: 1\nb: |-\n    x\n    z" },
	{ "lines in a map in place of an element with a comment", "a:\n  - 1 # c\n  - 2\n", "[\"a\"][0]", "{\"b\": \"x\\nz\\n\"}",
	    "a:\n  - b: \"x\\nz\\n\" # c\n  - 2\n" },
	{ "lines in a map in place of a value with a comment", "a: 1 # c\nd: 2\n", "[\"a\"]", "{\"b\": \"x\\nz\\n\"}",
	    "a: # c\n    b: |\n        x\n        z\nd: 2\n" },
	{ "lines in a map in place of a value on its own line", "a:\n  1 # c\nd: 2\n", "[\"a\"]", "{\"b\": \"x\\nz\\n\"}",
	    "a:\n    b: \"x\\nz\\n\" # c\nd: 2\n" },
	{ "a key behind empty lines that a block keeps", "a: |+\n  x\n\n", "[\"b\"]", "1.5", "a: |+\n  x\n\nb: 1.5\n" },
	{ "an element behind such lines", "a:\n  - |+\n    x\n\nb: 1\n", "[\"a\"][1]", "\"v\"", "a:\n  - |+\n    x\n\n  - v\nb: 1\n" },
	{ "a key behind empty lines that no block keeps", "a: |\n  x\n\n", "[\"b\"]", "1.5", "a: |\n  x\nb: 1.5\n\n" },
	{ "in an anchored map: its aliases are written out first", "a: &k {x: 1, z: w}\nb: *k\nc: &l [*k]\n", "[\"a\"][\"x\"]", "\"v\"",
	    "a: &k {x: v, z: w}\nb:\n    x: 1\n    z: w\nc: &l [{x: 1, z: w}]\n" },
	{ "an anchored map as a whole", "a: &k {x: 1}\nb: *k\n", "[\"a\"]", "\"v\"", "a: v\nb:\n    x: 1\n" },
	{ "with an anchor inside", "a: {x: &k w}\nb: *k\nc: 1\n", "[\"a\"]", "\"v\"", "a: v\nb: w\nc: 1\n" },
	{ "aliases of something else stay", "a: &k {x: 1}\nb: *k\nc: &l w\nd: *l\n", "[\"c\"]", "\"v\"",
	    "a: &k {x: 1}\nb: *k\nc: v\nd: w\n" },
	{ "below an alias: the alias is written out", "a: &k {x: 1}\nb: *k\n", "[\"b\"][\"x\"]", "\"v\"", "a: &k {x: 1}\nb:\n    x: v\n" },
};

static const struct {
	const char	*claim, *yaml, *path, *json;
	bool		 only_if_other;
	enum err_kind	 kind;
} refused[] = {
	{ "the root", "a: 1\n", "", "\"x\"", false, ERR_PATH },
	{ "the metadata", "a: 1\n", "[\"sops\"][\"mac\"]", "\"x\"", false, ERR_ENCRYPTED },
	{ "an index into a map", "a: {b: 1}\n", "[\"a\"][0]", "\"x\"", false, ERR_PATH },
	{ "a key into a list", "a: [1]\n", "[\"a\"][\"b\"]", "\"x\"", false, ERR_PATH },
	{ "an anchored value that is a key as well", "a: &k w\n*k : 1\n", "[\"a\"]", "\"x\"", false, ERR_REFUSED },
	{ "a list as the value", "a: 1\n", "[\"a\"]", "[1]", false, ERR_TYPE },
	{ "no JSON", "a: 1\n", "[\"a\"]", "x", false, ERR_SYNTAX },
	{ "the same string", "a: x\n", "[\"a\"]", "\"x\"", true, ERR_UNCHANGED },
	{ "the same string in quotes", "a: 'x'\n", "[\"a\"]", "\"x\"", true, ERR_UNCHANGED },
	{ "the same number", "a: 5\n", "[\"a\"]", "5", true, ERR_UNCHANGED },
	{ "the same number in another spelling", "a: 5.0\n", "[\"a\"]", "5", true, ERR_UNCHANGED },
	{ "the same map", "a:\n    x: 1\n", "[\"a\"]", "{\"x\": 1}", true, ERR_UNCHANGED },
	{ "null for nothing", "a:\n", "[\"a\"]", "null", true, ERR_UNCHANGED },
	{ "a string for a number", "a: 5\n", "[\"a\"]", "\"5\"", true, ERR_NONE },
};

static const struct {
	const char	*claim, *yaml, *path, *want;
	enum err_kind	 kind;
} removes[] = {
	{ "blanks behind what goes, below a block", "a: |\n  x\nb: |\n  z\n      \nc: 1\n", "[\"b\"]", "a: |\n  x\nc: 1\n", ERR_NONE },
	{ "an empty line behind what goes, below a block", "a: |\n  x\nb: 1\n\nc: 1\n", "[\"b\"]", "a: |\n  x\n\nc: 1\n", ERR_NONE },
	{ "the last lines of a text without a line break, below a block", "a: |\n  x\nb: 1", "[\"b\"]", "a: |\n  x\n", ERR_NONE },
	{ "the same below a block that ends without one", "a: |-\n  x\nb: 1", "[\"b\"]", "a: |-\n  x", ERR_NONE },
	{ "blanks behind what goes at the end, below a block", "a: |\n  x\nb: |-\n z\n    \n   ", "[\"b\"]", "a: |\n  x\n", ERR_NONE },
	{ "an anchored value", "a: &k {x: 1}\nb: *k\n", "[\"a\"]", "b:\n    x: 1\n", ERR_NONE },
	{ "a value", "a: 1\nb: 2\n", "[\"a\"]", "b: 2\n", ERR_NONE },
	{ "an element", "a:\n    - x\n    - z\n", "[\"a\"][0]", "a:\n    - z\n", ERR_NONE },
	{ "its comment stays", "a: 1\n# c\nb: 2\n", "[\"b\"]", "a: 1\n# c\n", ERR_NONE },
	{ "the last member", "a:\n    b: 1\n", "[\"a\"][\"b\"]", "a: {}\n", ERR_NONE },
	{ "a key that is not there", "a: 1\n", "[\"b\"]", NULL, ERR_NOT_FOUND },
	{ "an element that is not there", "a: [1]\n", "[\"a\"][1]", NULL, ERR_NOT_FOUND },
	{ "the metadata", "a: 1\n", "[\"sops\"]", NULL, ERR_ENCRYPTED },
};

static void
test_remove(size_t i)
{
	CLEANUP(document_freep) struct document *doc = NULL;
	CLEANUP(arena_release) struct arena arena = ARENA(64 * KIB);
	struct error	err = ERROR_INIT;
	struct path	path;

	if (path_parse(slice_str(removes[i].path), &arena, &path, &err) != 0)
		bail_out(err.text);
	(void)!set_remove(slice_str(removes[i].yaml), &store_yaml, &path, &doc, &err);
	if (removes[i].kind == ERR_NONE)
		is_slice(doc != NULL ? doc->text : SLICE_NONE, slice_str(removes[i].want), removes[i].claim);
	else
		is_int(err.kind, removes[i].kind, removes[i].claim);
}

static const struct {
	const char		*claim, *yaml, *path;
	const struct store	*to;
	const char		*want;
	enum err_kind		 kind;
} extracts[] = {
	{ "a string is raw", "a: 'x y'\n", "[\"a\"]", &store_yaml, "x y", ERR_NONE },
	{ "a string of several lines is raw", "a: |\n  x\n  z\n", "[\"a\"]", &store_yaml, "x\nz\n", ERR_NONE },
	{ "a number is a line", "a: 0x10\n", "[\"a\"]", &store_json, "16", ERR_NONE },
	{ "null is a line", "a:\n", "[\"a\"]", &store_yaml, "null\n", ERR_NONE },
	{ "a list", "a: [1, x]\n", "[\"a\"]", &store_yaml, "- 1\n- x\n", ERR_NONE },
	{ "a map", "a: {b: {c: 1}}\n", "[\"a\"]", &store_yaml, "b:\n    c: 1\n", ERR_NONE },
	{ "a map of a stream comes with the other documents", "a: {b: 1}\n---\nc: 2\n", "[\"a\"]", &store_yaml, "b: 1\n---\nc: 2\n", ERR_NONE },
	{ "a map as JSON", "a: {b: x}\n", "[\"a\"]", &store_json, "{\n\t\"b\": \"x\"\n}\n", ERR_NONE },
	{ "a list as JSON has no line break", "a: [1]\n", "[\"a\"]", &store_json, "[\n\t1\n]", ERR_NONE },
	{ "through an alias", "a: &k {b: x}\nc: *k\n", "[\"c\"][\"b\"]", &store_yaml, "x", ERR_NONE },
	{ "the whole", "a: 1\n", "", &store_yaml, "a: 1\n", ERR_NONE },
	{ "a key that is not there", "a: 1\n", "[\"b\"]", &store_yaml, NULL, ERR_NOT_FOUND },
	{ "a key into a scalar", "a: 1\n", "[\"a\"][\"b\"]", &store_yaml, NULL, ERR_PATH },
	{ "an index into a map", "a: {b: 1}\n", "[\"a\"][0]", &store_yaml, NULL, ERR_PATH },
	{ "a list as binary", "a: [1]\n", "[\"a\"]", &store_binary, NULL, ERR_TYPE },
};

static void
test_extract(size_t i)
{
	CLEANUP(buf_release) struct buf out = BUF_SECRET(64 * KIB);
	CLEANUP(arena_release) struct arena arena = ARENA(64 * KIB);
	struct error	err = ERROR_INIT;
	struct path	path;

	if (path_parse(slice_str(extracts[i].path), &arena, &path, &err) != 0)
		bail_out(err.text);
	(void)!set_extract(slice_str(extracts[i].yaml), &store_yaml, &path, extracts[i].to, store_indent(extracts[i].to, 0), &out, &err);
	if (extracts[i].kind == ERR_NONE)
		is_slice(buf_slice(&out), slice_str(extracts[i].want), extracts[i].claim);
	else
		is_int(err.kind, extracts[i].kind, extracts[i].claim);
}

int
main(void)
{
	struct error err;

	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
		is_str(set(sets[i].yaml, sets[i].path, sets[i].json, false, &err), sets[i].want, sets[i].claim);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		(void)set(refused[i].yaml, refused[i].path, refused[i].json, refused[i].only_if_other, &err);
		ok(err.kind == refused[i].kind, "%s: %s (%s)", refused[i].claim, refused[i].kind == ERR_NONE ? "is set" : "is refused", err.text);
	}
	for (size_t i = 0; i < sizeof(removes) / sizeof(removes[0]); i++)
		test_remove(i);
	for (size_t i = 0; i < sizeof(extracts) / sizeof(extracts[0]); i++)
		test_extract(i);
	return done_testing();
}
