/* What git says of attributes, in a repository of its own. */
#include "gitfilter/attributes.h"

#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "base/harden.h"
#include "base/tmpdir.h"
#include "tests/tap.h"

static const char rules[] =
    "*.bin filter=git-crypt\n"
    "*.text text\n*.auto text=auto eol=crlf\n*.eol eol=lf\n*.off -text eol=lf\n*.id ident\n*.enc working-tree-encoding=UTF-16\n"
    "*.no -ident -text !working-tree-encoding\n";

static const struct {
	const char	*path;
	const char	*attribute;	/* that converts, or NULL */
} cases[] = {
	{ "a.bin", NULL }, { "a.text", "'text' (set)" }, { "a.auto", NULL }, { "a.eol", "'eol' (lf)" }, { "a.off", NULL },
	{ "a.id", "'ident' (set)" }, { "a.enc", "'working-tree-encoding' (UTF-16)" }, { "a.no", NULL }, { "sub/dir/b.text", "'text' (set)" },
	{ "odd\n\"name.text", "'text' (set)" }, { "-x.eol", "'eol' (lf)" },
};

static void
test_one_by_one(void)
{
	CLEANUP(attributes_asker_freep) struct attributes_asker *asker = NULL;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct error	err = ERROR_INIT;
		int		rc = attributes_ask_conversion(&asker, slice_str(cases[i].path), &err);

		if (cases[i].attribute == NULL)
			is_int(rc, 0, "a harmless path");
		else
			ok(rc == ERR_REFUSED && strstr(err.text, cases[i].attribute) != NULL && strstr(err.hint, "-text") != NULL,
			    "%s damages", cases[i].attribute);
	}
	{
		struct error err = ERROR_INIT;

		is_int(attributes_ask_conversion(&asker, SLICE("a\0b"), &err), ERR_SYNTAX, "a path with a NUL is not asked about");
	}
}

static void
test_many(void)
{
	struct error err = ERROR_INIT;

	is_int(attributes_check_conversions(SLICE("a.bin\0b.off\0c.auto\0"), &err), 0, "many harmless paths");
	is_int(attributes_check_conversions(SLICE("a.bin\0b.text\0c.eol\0d.auto\0"), &err), ERR_REFUSED, "two that are not");
	ok(strstr(err.text, "'b.text'") != NULL && strstr(err.text, "1 more file") != NULL, "the first is named, the other counted");
	err_reset(&err);
	is_int(attributes_check_conversions(SLICE_NONE, &err), 0, "no paths, no question");
}

static int
gather(void *context, struct slice path, struct slice attribute, struct slice value, struct error *err)
{
	return buf_printf(context, err, "%.*s %.*s=%.*s;", SLICE_ARG(path), SLICE_ARG(attribute), SLICE_ARG(value));
}

static void
test_query(void)
{
	static const char *const	names[] = { "filter", "diff", NULL };
	CLEANUP(buf_release) struct buf	seen = BUF(1000);
	struct error			err = ERROR_INIT;

	succeeds(attributes_query(false, names, SLICE("a.bin\0b\0"), gather, &seen, &err), err, "several attributes are asked for");
	is_slice(buf_slice(&seen),
	    SLICE("a.bin filter=git-crypt;a.bin diff=unspecified;b filter=unspecified;b diff=unspecified;"), "and told in order");
	buf_reset(&seen);
	succeeds(attributes_query(true, names, SLICE("a.bin\0"), gather, &seen, &err), err, "those of the index");
	is_slice(buf_slice(&seen), SLICE("a.bin filter=unspecified;a.bin diff=unspecified;"), "which has no .gitattributes");
}

int
main(void)
{
	CLEANUP(tmpdir_freep) struct tmpdir			*tmpdir = NULL;
	CLEANUP(attributes_asker_freep) struct attributes_asker	*asker = NULL;
	struct error						 err = ERROR_INIT;

	harden_process();
	if (system("git --version >/dev/null 2>&1") != 0)
		skip_all("git is not installed");
	if (tmpdir_new(&tmpdir, &err) != 0 || chdir(tmpdir_path(tmpdir)) != 0 || system("git init -q . 2>/dev/null") != 0 ||
	    file_replace(".gitattributes", slice_of(rules, strlen(rules)), &err) != 0)
		bail_out("no repository");
	test_one_by_one();
	test_many();
	test_query();
	if (chdir("/") != 0)
		bail_out("no root");
	is_int(attributes_ask_conversion(&asker, SLICE("a.text"), &err), ERR_CHILD, "where git cannot answer the file is refused");
	return done_testing();
}
