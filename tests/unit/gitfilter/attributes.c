#include "gitfilter/attributes.h"

#include "base/limits.h"
#include "tests/git.h"

static const struct {
	const char	*line;		/* of .gitattributes, after "f" */
	const char	*attribute;	/* that would damage; NULL: none */
} cases[] = {
	{ "filter=git-crypt", NULL },
	{ "text", "text" },
	{ "text=auto", NULL },
	{ "text=auto eol=crlf", NULL },
	{ "-text", NULL },
	{ "-text eol=lf", NULL },
	{ "binary", NULL },
	{ "eol=lf", "eol" },
	{ "eol=crlf", "eol" },
	{ "text eol=lf", "text" },
	{ "ident", "ident" },
	{ "-ident", NULL },
	{ "working-tree-encoding=UTF-16", "working-tree-encoding" },
	{ "-text ident", "ident" },
};

static void
test_conversions(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct error	err = ERROR_INIT;
		char		line[256];
		int		rc;

		(void)snprintf(line, sizeof(line), "f %s\n", cases[i].line);
		if (file_replace(".gitattributes", slice_str(line), &err) != 0)
			bail_out(err.text);
		rc = attributes_check_conversions(SLICE("f\0"), &err);
		is_int(rc, cases[i].attribute != NULL ? ERR_REFUSED : 0, cases[i].line);
		if (rc != 0 && cases[i].attribute != NULL)
			ok(strstr(err.text, cases[i].attribute) != NULL && strstr(err.text, "'f'") != NULL,
			    "  names path and attribute: %s", err.text);
	}
}

static void
test_many(void)
{
	CLEANUP(attributes_asker_freep) struct attributes_asker	*asker = NULL;
	struct error						err = ERROR_INIT;

	sh("printf '%s\\n' 'a -text eol=lf' 'b eol=lf ident' 'c text ident' 'd filter=x' >.gitattributes");
	is_int(attributes_check_conversions(SLICE("a\0d\0"), &err), 0, "of many paths none may be damaged");
	is_int(attributes_check_conversions(SLICE("a\0b\0c\0d\0"), &err), ERR_REFUSED, "or some");
	ok(strstr(err.text, "'b'") != NULL, "the first is named");
	ok(strstr(err.text, "1 more") != NULL, "each path counts once, and one path's attributes are not another's");
	ok(strstr(err.hint, "-text") != NULL, "the hint is a line to add");
	err_reset(&err);
	succeeds(attributes_ask_conversion(&asker, SLICE("a"), &err), err, "one after the other, the first");
	is_int(attributes_ask_conversion(&asker, SLICE("b"), &err), ERR_REFUSED, "the second");
	err_reset(&err);
	succeeds(attributes_ask_conversion(&asker, SLICE("d"), &err), err, "and the third");
	is_int(attributes_check_conversions(SLICE_NONE, &err), 0, "no path, no question");
}

struct answers {
	struct buf	text;
	size_t		stop_after, count;
};

static int
collect(void *context, struct slice path, struct slice attribute, struct slice value, struct error *err)
{
	struct answers *answers = context;

	if (answers->count++ == answers->stop_after)
		return err_set(err, ERR_CANCELLED, "enough");
	return buf_printf(&answers->text, err, "%.*s %.*s=%.*s;", SLICE_ARG(path), SLICE_ARG(attribute),
	    SLICE_ARG(value));
}

static void
test_query(void)
{
	static const char *const	ask[] = { "filter", "diff", NULL };
	struct answers			answers = { .text = BUF(64 * KIB), .stop_after = 100 };
	struct error			err = ERROR_INIT;

	sh("printf '%s\\n' '* filter=git-crypt' 'x* -diff' >.gitattributes");
	succeeds(attributes_query(false, ask, SLICE("x\ny\0:(glob)z\0"), collect, &answers, &err), err,
	    "odd names are asked for");
	is_slice(buf_slice(&answers.text),
	    SLICE("x\ny filter=git-crypt;x\ny diff=unset;:(glob)z filter=git-crypt;:(glob)z diff=unspecified;"),
	    "and answered, in order");
	answers.count = answers.stop_after = 0;
	is_int(attributes_query(false, ask, SLICE("x\0"), collect, &answers, &err), ERR_CANCELLED,
	    "a visitor may end it");
	err_reset(&err);
	answers = (struct answers){ .text = answers.text, .stop_after = 100 };
	buf_reset(&answers.text);
	sh("git add .gitattributes && echo '* filter=other' >.gitattributes");
	succeeds(attributes_query(true, ask, SLICE("x\0"), collect, &answers, &err), err, "those of the index");
	is_slice(buf_slice(&answers.text), SLICE("x filter=git-crypt;x diff=unset;"), "are not those of the tree");
	buf_release(&answers.text);
}

int
main(void)
{
	git_begin();
	test_conversions();
	test_many();
	test_query();
	return done_testing();
}
