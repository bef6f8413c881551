#include "sops/spelling.h"

#include "base/limits.h"
#include "tests/tap.h"

/* How the one value of a document would be sealed: type, the bytes sealed, "signed" or not, "exact" or not. */
static const struct {
	const char	*yaml, *type, *plain;
	bool		 sign, exact;
} plans[] = {
	{ "a: word", "str", "word", false, true },
	{ "a: 'it''s'", "str", "it's", false, true },
	{ "a: \"x\\ty\"", "str", "x\ty", false, true },
	{ "a: \"x\\x41\"", "str", "xA", false, false },
	{ "a: 'one\n  two'", "str", "one two", false, false },
	{ "a: [word]", "str", "word", true, true },
	{ "a: ['word']", "str", "word", false, true },
	{ "a: [on]", "str", "on", false, false },
	{ "a: 12:30", "str", "12:30", false, false },
	{ "a: -1:00", "str", "-1:00", false, false },
	{ "a: nO", "str", "nO", false, true },
	{ "a: x\ty", "str", "x\ty", true, true },
	{ "a: 5", "int", "5", false, true },
	{ "a: [5]", "int", "5", false, true },
	{ "a: +5", "int", "+5", false, true },
	{ "a: 005", "int", "005", false, true },
	{ "a: 010", "int", "8", false, false },
	{ "a: 0x5", "int", "5", false, false },
	{ "a: 1.0", "float", "1.0", false, true },
	{ "a: 1e3", "float", "1e3", false, true },
	{ "a: 1.5", "float", "1.5", false, true },
	{ "a: 1234567.25", "float", "1234567.25", true, true },
	{ "a: .inf", "float", "+Inf", false, true },
	{ "a: .INF", "float", "+Inf", false, false },
	{ "a: 1_0.5", "float", "10.5", false, false },
	{ "a: true", "bool", "True", false, true },
	{ "a: TRUE", "bool", "TRUE", false, true },
	{ "a: True", "bool", "True", true, true },
	{ "a: 2020-01-02", "time", "2020-01-02T00:00:00Z", false, false },
	{ "a: 2020-01-02T03:04:05Z", "time", "2020-01-02T03:04:05Z", false, true },
	{ "a: !!int '5'", "int", "5", false, false },
	{ "a: !x 5", "str", "5", false, false },
	{ "a: |\n  one\n  two\n", "str", "one\ntwo\n", false, true },
	{ "a: |\n  one\n   \n  two\n", "str", "one\n \ntwo\n", false, true },
	{ "a: |\n  one\n \n  two\n", "str", "one\n\ntwo\n", false, false },
	{ "a: >\n  one\n", "str", "one\n", false, true },
	{ "a: >\n  one\n  two\n", "str", "one two\n", false, false },
};

static const struct node *
only_value(const struct document *doc)
{
	const struct node *node = doc->root[0]->child;

	while (node->kind != NODE_SCALAR)
		node = node->child;
	return node;
}

static void
test_plan(size_t i)
{
	CLEANUP(document_freep) struct document *doc = NULL;
	CLEANUP(speller_release) struct speller speller = SPELLER;
	CLEANUP(arena_release) struct arena store = ARENA(64 * KIB);
	CLEANUP(buf_release) struct buf bytes = BUF(64 * KIB);
	struct error		 err = ERROR_INIT;
	struct scalar		 scalar;
	enum value_type		 type;
	struct spelling		 got;

	if (document_parse(slice_str(plans[i].yaml), &syntax_yaml, &doc, &err) != 0 ||
	    scalar_resolve(only_value(doc), &scalar_table_sops, &store, &scalar, &err) != 0 ||
	    value_write(&scalar, &type, &bytes, &err) != 0 ||
	    spelling_plan(&speller, doc, only_value(doc), &scalar, buf_slice(&bytes), type, &got, &err) != 0)
		bail_out(err.text);
	ok(strcmp(value_type_name(got.type), plans[i].type) == 0 && slice_eq(got.plain, slice_str(plans[i].plain)) &&
	    got.sign == plans[i].sign && got.exact == plans[i].exact, "'%s': %s '%.*s'%s%s", plans[i].yaml[3] == '|' || plans[i].yaml[3] == '>' ?
	    "a block" : plans[i].yaml, value_type_name(got.type), SLICE_ARG(got.plain), got.sign ? ", signed" : "", got.exact ? "" : ", not exact");
}

/* What an opened value becomes in the place of its container. */
static const struct {
	const char	*claim, *yaml;
	enum value_type	 type;
	const char	*plain, *want;
} opens[] = {
	{ "a word", "a: E\n", VALUE_STR, "word", "a: word\n" },
	{ "a word that must be quoted", "a: E\n", VALUE_STR, "yes", "a: \"yes\"\n" },
	{ "lines", "a: E\nb: 1\n", VALUE_STR, "x\nz\n", "a: |\n    x\n    z\nb: 1\n" },
	{ "lines in a list", "a:\n    - E\n    - 1\n", VALUE_STR, "x\nz", "a:\n    - |-\n      x\n      z\n    - 1\n" },
	{ "lines in single quotes", "a: 'E'\n", VALUE_STR, "x\nz", "a: \"x\\nz\"\n" },
	{ "a quote in single quotes", "a: 'E'\n", VALUE_STR, "it's", "a: 'it''s'\n" },
	{ "in a flow list", "a: [\"E\"]\n", VALUE_STR, "x", "a: [\"x\"]\n" },
	{ "signed, in a flow list", "a: [\"\\x5D\"]\n", VALUE_STR, "x", "a: [x]\n" },
	{ "signed, but not plain there", "a: [\"\\x5D\"]\n", VALUE_STR, "x, z", "a: ['x, z']\n" },
	{ "an integer", "a: 'E'\n", VALUE_INT, "5", "a: 5\n" },
	{ "an integer with a plus", "a: E\n", VALUE_INT, "+5", "a: +5\n" },
	{ "an integer that YAML would read as another", "a: E\n", VALUE_INT, "017", "a: 17\n" },
	{ "a float of sops", "a: E\n", VALUE_FLOAT, "1500000000000000000000", "a: 1.5e+21\n" },
	{ "a float of ours", "a: E\n", VALUE_FLOAT, "1.0", "a: 1.0\n" },
	{ "a float that is signed", "a: \"\\x5D\"\n", VALUE_FLOAT, "1234567.5", "a: 1234567.5\n" },
	{ "a float in words", "a: E\n", VALUE_FLOAT, "Infinity", "a: .inf\n" },
	{ "a boolean", "a: E\n", VALUE_BOOL, "True", "a: true\n" },
	{ "a boolean of one letter", "a: E\n", VALUE_BOOL, "t", "a: true\n" },
	{ "a time", "a: E\n", VALUE_TIME, "2020-01-02T00:00:00Z", "a: 2020-01-02T00:00:00Z\n" },
	{ "bytes that are no text", "a: E\n", VALUE_STR, "\xff", "a: !!binary /w==\n" },
};

static void
test_open(size_t i)
{
	CLEANUP(document_freep) struct document *doc = NULL;
	CLEANUP(speller_release) struct speller speller = SPELLER;
	CLEANUP(edits_release) struct edits edits = EDITS;
	CLEANUP(buf_release) struct buf out = BUF_SECRET(64 * KIB);
	const struct node	*node;
	struct error		 err = ERROR_INIT;

	if (document_parse(slice_str(opens[i].yaml), &syntax_yaml, &doc, &err) != 0)
		bail_out(err.text);
	node = only_value(doc);
	if (!succeeds(spelling_open(&speller, &edits, doc, node, opens[i].type, slice_str(opens[i].plain), spelling_signed(doc, node), &err),
	    err, opens[i].claim) || edits_apply(&edits, doc, &out, &err) != 0)
		return;
	is_slice(buf_slice(&out), slice_str(opens[i].want), opens[i].claim);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof(plans) / sizeof(plans[0]); i++)
		test_plan(i);
	for (size_t i = 0; i < sizeof(opens) / sizeof(opens[0]); i++)
		test_open(i);
	return done_testing();
}
