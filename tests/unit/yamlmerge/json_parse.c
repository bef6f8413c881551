#include "yamlmerge/json_parse.h"

#include "base/limits.h"
#include "tests/tap.h"
#include "yamlmerge/path.h"

static const struct {
	const char	*text;
	uint32_t	 line, column;		/* of the error; 0: it is valid */
	const char	*claim;
} forms[] = {
	{ "{}", 0, 0, "an empty map" },
	{ "[]", 0, 0, "a list at the root" },
	{ " \n\"x\" ", 0, 0, "a string at the root" },
	{ "-0.5e+10", 0, 0, "a number at the root" },
	{ "{\"a\":1,\"a\":2}", 0, 0, "a key twice" },
	{ "{\"a\":[{},[],null,true,false,\"\"]}", 0, 0, "every kind of value" },
	{ "{} trailing", 0, 0, "text behind the value" },
	{ "", 1, 1, "nothing" },
	{ "  \n ", 2, 2, "blanks only" },
	{ "\xef\xbb\xbf{}", 1, 1, "a byte order mark" },
	{ "{", 1, 2, "an open map" },
	{ "{\"a\"", 1, 5, "a key alone" },
	{ "{\"a\":", 1, 6, "a key without a value" },
	{ "{\"a\":1", 1, 7, "a map that is not closed" },
	{ "{\"a\":1,}", 1, 8, "a comma too many in a map" },
	{ "[1,]", 1, 4, "a comma too many in a list" },
	{ "[1 2]", 1, 4, "a missing comma" },
	{ "{a:1}", 1, 2, "a bare key" },
	{ "{1:1}", 1, 2, "a number as key" },
	{ "[1}", 1, 3, "the wrong bracket" },
	{ "]", 1, 1, "a bracket alone" },
	{ "{\"a\":\n  \"x", 2, 3, "a string that is not closed" },
	{ "\"\\", 1, 1, "a string that ends in an escape" },
	{ "[\"\xc3\xa9\", \"\\q\"]", 1, 8, "an unknown escape, counted in characters" },
	{ "\"\\u12g4\"", 1, 2, "a wrong hexadecimal digit" },
	{ "\"\\u12\"", 1, 2, "too few hexadecimal digits" },
	{ "\"a\nb\"", 1, 3, "a line break in a string" },
	{ "\"a\tb\"", 1, 3, "a tab in a string" },
	{ "01", 1, 1, "a leading zero at the root" },
	{ "[01]", 1, 2, "a leading zero" },
	{ "[1.]", 1, 2, "a point without digits" },
	{ "[.5]", 1, 2, "digits missing before the point" },
	{ "[+1]", 1, 2, "a plus sign" },
	{ "[1e]", 1, 2, "an exponent without digits" },
	{ "[-]", 1, 2, "a sign alone" },
	{ "[NaN]", 1, 2, "NaN" },
	{ "[True]", 1, 2, "a word in capitals" },
	{ "[nul]", 1, 2, "half a word" },
	{ "// c\n{}", 1, 1, "a comment" },
	{ "{'a':1}", 1, 2, "single quotes" },
};

static const struct {
	const char	*source;
	struct slice	 text;
} strings[] = {
	{ "\"plain\"", SLICE("plain") },
	{ "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", SLICE("\"\\/\b\f\n\r\t") },
	{ "\"\\u0041\\u00e9\\u20AC\"", SLICE("A\xc3\xa9\xe2\x82\xac") },
	{ "\"\\u0000x\"", SLICE("\0x") },
	{ "\"\\ud83d\\ude00\"", SLICE("\xf0\x9f\x98\x80") },
	{ "\"\\ud83d\"", SLICE("\xef\xbf\xbd") },
	{ "\"\\ud83dx\"", SLICE("\xef\xbf\xbdx") },
	{ "\"\\ude00\\ud83d\"", SLICE("\xef\xbf\xbd\xef\xbf\xbd") },
	{ "\"\\ud83d\\ud83d\\ude00\"", SLICE("\xef\xbf\xbd\xf0\x9f\x98\x80") },
	{ "\"\\ud83d\\u0041\"", SLICE("\xef\xbf\xbd" "A") },
	{ "\"a\xff\xc3\"", SLICE("a\xef\xbf\xbd\xef\xbf\xbd") },
	{ "\"\xed\xa0\x80\"", SLICE("\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd") },
	{ "\"\xc3\xa9\xf0\x9f\x98\x80\"", SLICE("\xc3\xa9\xf0\x9f\x98\x80") },
};

static void
test_forms(void)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		CLEANUP(document_freep) struct document *doc = NULL;
		struct error	err = ERROR_INIT;
		int		rc = document_parse(slice_str(forms[i].text), &syntax_json, &doc, &err);

		if (forms[i].line == 0)
			ok(rc == 0 && doc->roots == 1, "%s is read", forms[i].claim);
		else if (!ok(rc == ERR_SYNTAX && err.line == forms[i].line && err.column == forms[i].column, "%s is refused, and where",
		    forms[i].claim))
			printf("#   got %d at %u:%u: %s\n", rc, err.line, err.column, err.text);
	}
}

static void
test_strings(void)
{
	for (size_t i = 0; i < sizeof(strings) / sizeof(*strings); i++) {
		CLEANUP(document_freep) struct document *doc = NULL;
		struct error	err = ERROR_INIT;

		if (succeeds(document_parse(slice_str(strings[i].source), &syntax_json, &doc, &err), err, "a string is read"))
			is_slice(doc->root[0]->text, strings[i].text, strings[i].source);
	}
}

static void
test_tree(void)
{
	static const char text[] = "{ \"a\": [1, \"x\"],\n  \"\xc3\xa9\": {\"b\" : -1.50e3},\n  \"a\": null\n}\nrest";
	CLEANUP(document_freep) struct document *doc = NULL;
	struct error	 err = ERROR_INIT;
	struct node	*root, *item;

	if (!succeeds(document_parse(slice_str(text), &syntax_json, &doc, &err), err, "a document is read"))
		return;
	root = doc->root[0];
	ok(root->kind == NODE_MAP && root->style == STYLE_FLOW && root->parent == NULL && root->line == 1 && root->column == 1,
	    "the root is a map at 1:1");
	is_slice(slice_sub(doc->text, root->span.start, root->span.end), slice_of(text, strlen(text) - 5), "with the range of its braces");
	is_int(doc->facts.trailing_line, 5, "what stands behind it is on line 5");

	item = root->child;
	is_slice(item->key->text, SLICE("a"), "the first key");
	is_slice(slice_sub(doc->text, item->span.start, item->span.end), SLICE("[1, \"x\"]"), "the range of its value");
	is_slice(slice_sub(doc->text, item->item.start, item->item.end), SLICE("\"a\": [1, \"x\"]"), "and of the whole member");
	is_slice(item->child->text, SLICE("1"), "a number keeps its text");
	ok(item->child->style == STYLE_PLAIN && item->child->next->style == STYLE_DOUBLE, "and is told from a string");
	ok(item->child->next->line == 1 && item->child->next->column == 12, "an element has its position");

	item = item->next;
	ok(item->key->line == 2 && item->key->column == 3 && item->column == 8, "columns count characters");
	is_slice(item->child->text, SLICE("-1.50e3"), "a number is not touched");
	ok(item->child->parent == item && item->parent == root, "parents lead up");
	item = item->next;
	is_slice(item->key->text, SLICE("a"), "a key that comes twice is there twice");
	ok(item->next == NULL, "and nothing after it");
	ok(node_member(root, SLICE("\xc3\xa9")) == root->child->next, "a member is found by its key");
}

static void
test_limits(void)
{
	static char deep[2 * LIMIT_DEPTH + 4];
	CLEANUP(document_freep) struct document *doc = NULL;
	struct error	err = ERROR_INIT;
	int		rc;

	memset(deep, '[', LIMIT_DEPTH);
	memset(deep + LIMIT_DEPTH, ']', LIMIT_DEPTH);
	is_int(document_parse(slice_of(deep, 2 * LIMIT_DEPTH), &syntax_json, &doc, &err), 0, "lists nest up to the limit");
	memset(deep, '[', LIMIT_DEPTH + 1);
	document_free(TAKE(doc));
	is_int(rc = document_parse(slice_of(deep, LIMIT_DEPTH + 1), &syntax_json, &doc, &err), ERR_LIMIT, "and no further");
	ok(rc != 0 && err.column == LIMIT_DEPTH + 1, "the message says where");
}

/* Every beginning of a valid text but the last is refused: nothing is read beyond the end. */
static void
test_truncation(void)
{
	static const char text[] = "{\"a\":[1.5e3,\"\\u00e9\\\\\",true,null],\"b\":{\"c\":-2}}";
	int accepted = 0;

	for (size_t len = 0; len < sizeof(text) - 1; len++) {
		CLEANUP(document_freep) struct document *doc = NULL;
		struct error	err = ERROR_INIT;
		char		*exact = malloc(len + 1);

		if (exact == NULL)
			bail_out("no memory");
		memcpy(exact, text, len);
		accepted += document_parse(slice_of(exact, len), &syntax_json, &doc, &err) == 0;
		free(exact);
	}
	is_int(accepted, 0, "no truncated text is accepted");
}

int
main(void)
{
	test_forms();
	test_strings();
	test_tree();
	test_limits();
	test_truncation();
	return done_testing();
}
