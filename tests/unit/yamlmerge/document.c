#include "yamlmerge/document.h"

#include "tests/unit/yamlmerge/yaml_test.h"

/* What each syntax adds is tested with its parser. */
static void
test_limit(void)
{
	static const uint8_t	nothing[1];
	struct error		err = ERROR_INIT;
	struct document		*doc = NULL;

	is_int(document_parse(slice_of(nothing, LIMIT_DOCUMENT + 1), &syntax_yaml, &doc, &err), ERR_LIMIT,
	    "a text over the limit is refused before it is looked at");
	ok(doc == NULL, "and gives no document");
	document_free(NULL);
}

static void
test_walk(void)
{
	CLEANUP(document_freep) struct document *doc = yaml_of(SLICE("# 1\na: [2, {b: 3}]\nc:\n  d: 4 # 5\ne: 6\n"));
	CLEANUP(buf_release) struct buf got = BUF(1000), below = BUF(1000);
	struct error		err = ERROR_INIT;
	const struct node	*top = node_member(doc->root[0], SLICE("c"));

	for (const struct node *node = doc->root[0]; node != NULL; node = node_after(node, doc->root[0]))
		if (buf_append(&got, node->text, &err) != 0)
			bail_out("no memory");
	is_slice(buf_slice(&got), SLICE(" 123 546"), "a walk visits all in document order, an inline comment before its value");
	for (const struct node *node = top; node != NULL; node = node_after(node, top))
		if (buf_append(&below, node->text, &err) != 0)
			bail_out("no memory");
	is_slice(buf_slice(&below), SLICE(" 54"), "a walk stays below its top");
}

static void
test_duplicates(void)
{
	CLEANUP(buf_release) struct buf text = BUF(8 * MIB);
	CLEANUP(document_freep) struct document *doc = NULL;
	struct error		err = ERROR_INIT;
	const struct node	*twice;

	for (unsigned i = 0; i < 100000; i++)
		if (buf_printf(&text, &err, "key%u: %u\n", i % 99999, i) != 0)
			bail_out("no memory");
	doc = yaml_of(buf_slice(&text));
	ok(node_duplicate_key(doc->root[0], &twice, &err) == 0 && twice != NULL && twice->line == 100000,
	    "the last of a hundred thousand keys is found to be the first again");
}

static void
test_position(void)
{
	static const struct { const char *text; size_t byte; uint32_t line, column; } rows[] = {
		{ "", 0, 1, 1 }, { "ab\n", 2, 1, 3 }, { "ab\nc", 3, 2, 1 }, { "a\r\nb", 3, 2, 1 }, { "a\rb", 2, 2, 1 }, { "\xc3\xa9x", 2, 1, 2 },
		{ "\xef\xbb\xbfx: y", 3, 1, 1 }, { "a\xc2\x85" "b", 3, 2, 1 }, { "a\tb", 2, 1, 3 }, { "a", 99, 1, 2 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CLEANUP(document_freep) struct document *doc = yaml_of(slice_str(rows[i].text));
		uint32_t line = 0, column = 0;

		document_position(doc, rows[i].byte, &line, &column);
		ok(line == rows[i].line && column == rows[i].column, "text %zu: byte %zu is at %u:%u", i, rows[i].byte, line, column);
	}
}

int
main(void)
{
	test_limit();
	test_walk();
	test_duplicates();
	test_position();
	return done_testing();
}
