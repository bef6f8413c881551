#include "yamlmerge/dotenv.h"

#include "base/limits.h"
#include "tests/tap.h"
#include "yamlmerge/edit.h"

static struct document *
parse(const char *text)
{
	struct document	*doc = NULL;
	struct error	 err = ERROR_INIT;

	if (document_parse(slice_str(text), &syntax_dotenv, &doc, &err) == 0)
		return doc;
	printf("# %u:%u %s\n", err.line, err.column, err.text);
	return NULL;
}

/* As sops 3.13.2 reads them: no quotes, no blanks trimmed, no comments but whole lines. */
static void
test_lines(void)
{
	static const struct {
		const char *text, *tree;
	} cases[] = {
		{ "", "" }, { "\n\n", "" }, { "A=1", "A=1|" }, { "A=\n", "A=|" }, { "=v\n", "=v|" },
		{ "export A = \"x\" # y\n", "export A = \"x\" # y|" }, { "A=b=c\r\n", "A=b=c\r|" },
		{ "A=x\\ny\\\\n\n", "A=x\ny\\\n|" }, { "#c\n# d\nA=1\n", "#c|# d|A=1|" }, { "#A=1\n", "#A=1|" },
		{ " #c=1\n", " #c=1|" }, { "A=1\nA=2\n", "A=1|A=2|" }, { "\xef\xbb\xbf""A=1\n", "\xef\xbb\xbf""A=1|" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		CLEANUP(document_freep) struct document	*doc = parse(cases[i].text);
		CLEANUP(buf_release) struct buf		 out = BUF(MIB);
		struct error				 err = ERROR_INIT;

		if (!ok(doc != NULL && doc->roots == 1, "text %zu is read", i))
			continue;
		for (const struct node *item = doc->root[0]->child; item != NULL; item = item->next)
			if (item->kind == NODE_COMMENT)
				(void)!buf_printf(&out, &err, "#%.*s|", SLICE_ARG(item->text));
			else
				(void)!buf_printf(&out, &err, "%.*s=%.*s|", SLICE_ARG(item->key->text), SLICE_ARG(item->text));
		is_slice(buf_slice(&out), slice_str(cases[i].tree), "as sops reads it");
	}
	for (unsigned i = 0; i < 2; i++) {
		CLEANUP(document_freep) struct document	*doc = NULL;
		struct error				 err = ERROR_INIT;

		is_int(document_parse(i == 0 ? SLICE("A=1\n  # x\n") : SLICE("\n  \n"), &syntax_dotenv, &doc, &err), ERR_SYNTAX,
		    "a line without '='");
		is_int(err.line, 2, "is named");
	}
}

static void
test_edits(void)
{
	static const struct {
		const char *text, *key, *value, *want;	/* no value: the line goes */
	} cases[] = {
		{ "A=1\n#c\nB=2\n", "A", "x\ny", "A=x\\ny\n#c\nB=2\n" },
		{ "A=1\n", "B", "2", "A=1\nB=2\n" },
		{ "A=1", "B", "2", "A=1\nB=2" },
		{ "", "B", "", "B=\n" },
		{ "A=1\n#c\nB=2\n", "A", NULL, "#c\nB=2\n" },
		{ "A=1\nB=2", "B", NULL, "A=1" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		CLEANUP(document_freep) struct document	*doc = parse(cases[i].text);
		CLEANUP(edits_release) struct edits	 edits = EDITS;
		CLEANUP(buf_release) struct buf		 out = BUF(MIB);
		struct error				 err = ERROR_INIT;
		struct node				 value = { .kind = NODE_SCALAR, .style = STYLE_DOUBLE, .text = slice_str(cases[i].value) };
		const struct node			*node = node_member(doc->root[0], slice_str(cases[i].key));

		if (cases[i].value == NULL)
			succeeds(node_edit_remove(&edits, doc, node, &err), err, "a line goes");
		else if (node != NULL)
			succeeds(node_edit_value(&edits, doc, node, &value, &err), err, "a value is set");
		else
			succeeds(node_edit_add_member(&edits, doc, doc->root[0], slice_str(cases[i].key), &value, &err), err, "a line is added");
		succeeds(edits_apply(&edits, doc, &out, &err), err, "the text follows");
		is_slice(buf_slice(&out), slice_str(cases[i].want), "and nothing else changes");
	}
}

static void
test_refusals(void)
{
	static const char *const keys[] = { "a=b", "a\nb", "#a" };
	CLEANUP(document_freep) struct document	*doc = parse("A=1\n");
	CLEANUP(edits_release) struct edits	 edits = EDITS;
	struct node				 list = { .kind = NODE_LIST, .style = STYLE_BLOCK };
	struct error				 err = ERROR_INIT;

	for (size_t i = 0; i < 3; i++) {
		CLEANUP(buf_release) struct buf	out = BUF(MIB);
		struct error			why = ERROR_INIT;

		is_int(dotenv_print_key(slice_str(keys[i]), &out, &why), ERR_TYPE, "a key that would be read as something else");
	}
	is_int(node_edit_value(&edits, doc, doc->root[0]->child, &list, &err), ERR_TYPE, "a list has no place");
	err_reset(&err);
	is_int(node_edit_add_element(&edits, doc, doc->root[0], &list, &err), ERR_TYPE, "nor has an element");
}

int
main(void)
{
	test_lines();
	test_edits();
	test_refusals();
	return done_testing();
}
