#include "yamlmerge/ini.h"

#include "base/limits.h"
#include "tests/tap.h"
#include "yamlmerge/edit.h"
#include "yamlmerge/json_print.h"

static struct document *
parse(struct slice text)
{
	struct document	*doc = NULL;
	struct error	 err = ERROR_INIT;

	if (document_parse(text, &syntax_ini, &doc, &err) == 0)
		return doc;
	printf("# %u:%u %s\n", err.line, err.column, err.text);
	return NULL;
}

/* The tree on a line: sections and values as JSON, comments in brackets, those that sops does not see in double ones. */
static void
draw(const struct node *map, struct buf *out, struct error *err)
{
	for (const struct node *item = map->child; item != NULL; item = item->next) {
		if (item->kind == NODE_COMMENT) {
			(void)!buf_printf(out, err, item->style == STYLE_UNSEEN ? "((%.*s))" : "(%.*s)", SLICE_ARG(item->text));
			continue;
		}
		(void)!buf_printf(out, err, item->kind == NODE_MAP ? "[%.*s]" : "%.*s=", SLICE_ARG(item->key->text));
		if (item->kind == NODE_MAP)
			draw(item, out, err);
		else
			(void)!json_print_bare(item->text, out, err);
	}
}

/* What sops 3.13.2 makes of these, as seen in the YAML that it prints for them. */
static const struct {
	const char *text, *tree;
} trees[] = {
	{ "", "[DEFAULT]" },
	{ "a=1\n", "[DEFAULT]a=\"1\"" },
	{ "[s]\nx = 1\n", "[DEFAULT][s]x=\"1\"" },
	{ "[DEFAULT]\na=1\n", "[DEFAULT][DEFAULT]a=\"1\"" },
	{ "[a]\nx=1\n[a]\nx=2\n", "[DEFAULT][a]x=\"1\"[a]x=\"2\"" },
	{ "[a]b]\nx=1\n", "[DEFAULT][a]b]x=\"1\"" },
	{ "[ ]\nx=1\n", "[DEFAULT][ ]x=\"1\"" },
	{ "a:b=c\nd=e:f\n  g  :  h  \n", "[DEFAULT]a=\"b=c\"d=\"e:f\"g=\"h\"" },
	{ "`k=e` = 1\n\"q k\" = 2\n's k' = 3\n\"\"\"t=u\"\"\" = 4\n", "[DEFAULT]k=e=\"1\"q k=\"2\"'s k'=\"3\"t=u=\"4\"" },
	{ "\"k\" x = 1\n", "[DEFAULT]k=\"1\"" },
	/* values */
	{ "a = \"q\"\nb = 's'\nc = \"a\"b\"\nd=\"\ne=\"x'\n", "[DEFAULT]a=\"q\"b=\"s\"c=\"\\\"a\\\"b\\\"\"d=\"\\\"\"e=\"\\\"x'\"" },
	{ "a = `x ; y`\nb = \"\"\"x\" ; y\"\"\"\n", "[DEFAULT]a=\"x ; y\"b=\"x\\\" ; y\"" },
	{ "a = \"\"\"one\n  two\n\"\"\"\nb=`x\ny`\n", "[DEFAULT]a=\"one\\n  two\\n\"b=\"x\\ny\"" },
	{ "d = \"\"\"a\nb\"\"\" ; c \"\"\" e\n", "[DEFAULT]d=\"a\\nb\\\"\\\"\\\" ; c \"" },
	{ "a = one \\\n   two ; c\\\n  three\nb=1\n", "[DEFAULT]a=\"one two ; cthree\"b=\"1\"" },
	{ "a = x\\\n\nb=1\n", "[DEFAULT]a=\"x\"b=\"1\"" },
	{ "a = 1\\", "[DEFAULT]a=\"1\"" },
	{ "a=\xc2\xa0x\xc2\xa0\n\xc2\xa0""b=2\nc\xc2\xa0=3\n", "[DEFAULT]a=\"x\"b=\"2\"c=\"3\"" },
	{ "\xef\xbb\xbf[s]\r\na=1\r\n", "[DEFAULT][s]a=\"1\"" },
	/* comments */
	{ "; a1\n\n;\n# a2  \n  ;; a3\nk = v  ; in # x\n", "[DEFAULT]k=\"v\"(a1\n;\n# a2  \n;; a3\n; in # x)" },
	{ ";; a\nk=v\n;# c\nl=v\n;  ; e\nm=v\nn=v;; f\no=v#; g\n", "[DEFAULT]k=\"v\"(a)l=\"v\"(# c)m=\"v\"(e)n=\"v\"(f)o=\"v\"(; g)" },
	{ "#;  # x\n[s] ; after\n;k\nk=v;i\n", "[DEFAULT][s](;  # x\n; after)k=\"v\"(k\n;i)" },
	{ "k = ; c\n", "[DEFAULT]k=\"\"(c)" },
	{ "k = \"a;b\"\n", "[DEFAULT]k=\"\\\"a\"(b\")" },
	{ "[s];c\n;d\n;e\n", "[DEFAULT][s](c)((d))((e))" },
	{ "k=v\n; for t\n[t]\n", "[DEFAULT]k=\"v\"[t](for t)" },
	{ "k = `v` ; gone\n", "[DEFAULT]k=\"v\"((gone))" },
	/* the last one counts, at the first place */
	{ "; c1\na=1 ; d1\nb=3\na=2\n", "[DEFAULT]a=\"2\"b=\"3\"" },
	{ "a=1\nb=1\na=2 ; only\n", "[DEFAULT]a=\"2\"(only)b=\"1\"" },
};

static void
test_trees(void)
{
	for (size_t i = 0; i < sizeof(trees) / sizeof(*trees); i++) {
		CLEANUP(document_freep) struct document	*doc = parse(slice_str(trees[i].text));
		CLEANUP(buf_release) struct buf		 out = BUF(MIB);
		struct error				 err = ERROR_INIT;

		if (!ok(doc != NULL, "text %zu is read", i))
			continue;
		draw(doc->root[0], &out, &err);
		is_slice(buf_slice(&out), slice_str(trees[i].tree), "as sops reads it");
	}
}

static void
test_errors(void)
{
	static const struct {
		const char	*text, *words;
		uint32_t	 line, column;
	} cases[] = {
		{ "a\n", "delimiter not found", 1, 1 },
		{ "[s]\n  cont\n", "delimiter not found", 2, 3 },
		{ " = 3\n", "empty key name", 1, 2 },
		{ "\"\" = 1\n", "empty key name", 1, 1 },
		{ "\n[s\nx=1\n", "unclosed section", 2, 1 },
		{ "[]\n", "empty section name", 1, 1 },
		{ "a=`x\nb=1\n", "missing closing quote", 1, 1 },
		{ "a=\"\"\"\nb=1\n", "missing closing quote", 1, 1 },
		{ "`k = 1\n", "missing closing key quote", 1, 1 },
		{ "- = 1\n", "'-' cannot be encrypted", 1, 1 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		CLEANUP(document_freep) struct document	*doc = NULL;
		struct error				 err = ERROR_INIT;

		is_int(document_parse(slice_str(cases[i].text), &syntax_ini, &doc, &err), ERR_SYNTAX, "it is refused");
		ok(strstr(err.text, cases[i].words) != NULL, "with the reason: %s", err.text);
		is_int(err.line, cases[i].line, "and its line");
		is_int(err.column, cases[i].column, "and column");
	}
}

/* Every text reads back, in sops' spelling where that reads back. */
static void
test_values(void)
{
	static const struct {
		const char *text, *want;	/* NULL: there is no spelling */
	} cases[] = {
		{ "plain", "plain" }, { "", "" }, { " x", "\" x\"" }, { "x\ny", "\"\"\"x\ny\"\"\"" }, { "a;b", "`a;b`" },
		{ "a`b", "\"\"\"a`b\"\"\"" }, { "1=2", "1=2" }, { "x\r", "\"x\r\"" },
		/* where sops' own would be read as something else */
		{ "\"q\"", "'\"q\"'" }, { "x\\", "\"x\\\"" }, { "\"\"\"x", "'\"\"\"x'" }, { " a\"b ", "' a\"b '" },
		{ "a\n\"\"\"b", "\"\"\"a\n\"\"\"b\"\"\"" }, { "\"\"\"`\n", NULL },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		CLEANUP(buf_release) struct buf	out = BUF(MIB);
		struct error			err = ERROR_INIT;
		int				rc = ini_print_value(slice_str(cases[i].text), &out, &err);

		if (cases[i].want == NULL)
			is_int(rc, ERR_TYPE, "what has no spelling is refused");
		else
			is_slice(buf_slice(&out), slice_str(cases[i].want), "a value in a spelling that reads back");
	}
}

/* Comments are sealed and opened in their places. */
static void
test_comments(void)
{
	static const struct slice box = SLICE("ENC[a]");
	static const struct {
		const char *text, *sealed;
	} cases[] = {
		{ "; one\nk=v\n", "; ENC[a]\nk=v\n" },
		{ "k=v  ;one\n", "k=v  ;ENC[a]\n" },
		{ "; a\n\n#b\nk=v # c\n", "; ENC[a]\n\n#\nk=v #\n" },
		{ "[s] ; c\nk=v\n", "; ENC[a]\n[s] ; \nk=v\n" },
		{ ";; a\n[s] ; c\n", ";; ENC[a]\n[s] ;\n" },
		{ "k=v\n; d\n\n\t#e", "k=v\n; ENC[a]\n\n\t#ENC[a]" },
		{ "; a  \r\n;b\r\nk=v\r\n", "; ENC[a]\n;\r\nk=v\r\n" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		CLEANUP(document_freep) struct document	*doc = parse(slice_str(cases[i].text)), *sealed = NULL;
		CLEANUP(edits_release) struct edits	 edits = EDITS, back = EDITS;
		CLEANUP(buf_release) struct buf		 out = BUF(MIB), again = BUF(MIB);
		struct error				 err = ERROR_INIT;
		const struct node			*a, *b;

		for (a = doc->root[0]; a != NULL; a = node_after(a, doc->root[0]))
			if (a->kind == NODE_COMMENT)
				succeeds(ini_edit_comment(&edits, doc, a, box, &err), err, "a comment is exchanged");
		succeeds(edits_apply(&edits, doc, &out, &err), err, "all are");
		is_slice(buf_slice(&out), slice_str(cases[i].sealed), "in its place, the marks stay");
		if (!ok((sealed = parse(buf_slice(&out))) != NULL, "that is read"))
			continue;
		for (a = doc->root[0], b = sealed->root[0]; b != NULL; a = node_after(a, doc->root[0]), b = node_after(b, sealed->root[0]))
			if (b->kind == NODE_COMMENT)
				succeeds(ini_edit_comment(&back, sealed, b, a->text, &err), err, "and back");
		succeeds(edits_apply(&back, sealed, &again, &err), err, "all of them");
		is_slice(buf_slice(&again), slice_str(cases[i].text), "to the same bytes");
	}
}

/* What sops wrote on one line comes out on as many as it needs. */
static void
test_more_lines(void)
{
	static const struct {
		const char *text, *comment, *want;
	} cases[] = {
		{ "; X\nk=v\n", "a\n# b\nc", "; a\n# b\n; c\nk=v\n" },
		{ "j=1\nk=v ; X\n", "a\n; b", "j=1\n; a\n; b\nk=v\n" },
		{ "; X\n[s]\nk=v\n", "a\n b", "; a\n;  b\n[s]\nk=v\n" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		CLEANUP(document_freep) struct document	*doc = parse(slice_str(cases[i].text));
		CLEANUP(edits_release) struct edits	 edits = EDITS;
		CLEANUP(buf_release) struct buf		 out = BUF(MIB);
		struct error				 err = ERROR_INIT;

		for (const struct node *a = doc->root[0]; a != NULL; a = node_after(a, doc->root[0]))
			if (a->kind == NODE_COMMENT)
				succeeds(ini_edit_comment(&edits, doc, a, slice_str(cases[i].comment), &err), err, "a comment grows");
		succeeds(edits_apply(&edits, doc, &out, &err), err, "and the text with it");
		is_slice(buf_slice(&out), slice_str(cases[i].want), "above what it belongs to");
	}
}

static struct node
value_of(const char *text)
{
	return (struct node){ .kind = NODE_SCALAR, .style = STYLE_DOUBLE, .text = slice_str(text) };
}

static void
test_edits(void)
{
	static const struct {
		const char *text, *section, *key, *value, *want;	/* no value: the key goes */
	} cases[] = {
		{ "[s]\na=1\n", "s", "a", "2", "[s]\na=2\n" },
		{ "[s]\na=\"1\" ; c\n", "s", "a", "2", "[s]\na=\"2\" ; c\n" },
		{ "[s]\na=1  ;\nb=1\n", "s", "a", "p\"q'\\", "[s]\na=p\"q'\\  ;\nb=1\n" },
		{ "[s]\na=\"1\" # c\nb=1\n", "s", "a", "`p\"q'\\", "[s]\na=\"\"\"`p\"q'\\\"\"\" # c\nb=1\n" },
		{ "[s]\na=1\n[t]\n", "s", "b", "2", "[s]\na=1\nb=2\n[t]\n" },
		{ "[s]\nlong = 1\n", "s", "b", "x;y", "[s]\nlong = 1\nb    = `x;y`\n" },
		{ "[s]\na=1", "s", "b", "2", "[s]\na=1\nb=2" },
		{ "[s]\n", "DEFAULT", "b", "2", "b = 2\n[s]\n" },
		{ "[s]\na=1 ; c\nb=2\n", "s", "a", NULL, "[s]\nb=2\n" },
		{ "[s]\nb=2", "s", "b", NULL, "[s]" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		CLEANUP(document_freep) struct document	*doc = parse(slice_str(cases[i].text));
		CLEANUP(edits_release) struct edits	 edits = EDITS;
		CLEANUP(buf_release) struct buf		 out = BUF(MIB);
		struct error				 err = ERROR_INIT;
		const struct node			*section = node_member(doc->root[0], slice_str(cases[i].section));
		const struct node			*key = node_member(section, slice_str(cases[i].key));
		struct node				 value = value_of(cases[i].value);

		if (cases[i].value == NULL)
			succeeds(node_edit_remove(&edits, doc, key, &err), err, "a key goes");
		else if (key != NULL)
			succeeds(node_edit_value(&edits, doc, key, &value, &err), err, "a value is set");
		else
			succeeds(node_edit_add_member(&edits, doc, section, slice_str(cases[i].key), &value, &err), err, "a key is added");
		succeeds(edits_apply(&edits, doc, &out, &err), err, "the text follows");
		is_slice(buf_slice(&out), slice_str(cases[i].want), "and nothing else changes");
	}
}

int
main(void)
{
	test_trees();
	test_errors();
	test_values();
	test_comments();
	test_more_lines();
	test_edits();
	return done_testing();
}
