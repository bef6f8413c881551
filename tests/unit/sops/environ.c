#include "sops/environ.h"

#include "tests/tap.h"
#include "yamlmerge/document.h"

static const struct {
	const char		*claim;
	const struct syntax	*syntax;
	struct slice		 text;
	const char		*want;		/* entries, each with a line break behind it */
	enum err_kind		 kind;
	const char		*error;
} cases[] = {
	{ "scalars", &syntax_yaml, SLICE("# c\na: x\nb: 5\nc: 1.5\nd: true\ne: null\nf: 1e21\ng: ''\n"),
	    "a=x\nb=5\nc=1.5\nd=true\ne=<nil>\nf=1E+21\ng=\n", 0, NULL },
	{ "a date", &syntax_yaml, SLICE("a: 2020-01-02\n"), "a=2020-01-02T00:00:00Z\n", 0, NULL },
	{ "a time loses its fraction", &syntax_yaml, SLICE("a: 2020-01-02T03:04:05.678+02:00\n"), "a=2020-01-02T03:04:05+02:00\n", 0, NULL },
	{ "lines", &syntax_yaml, SLICE("a: |\n  x\n  y\n"), "a=x\ny\n\n", 0, NULL },
	{ "the first document alone", &syntax_yaml, SLICE("a: 1\n---\nb: 2\n"), "a=1\n", 0, NULL },
	{ "an empty map", &syntax_yaml, SLICE("{}\n"), "", 0, NULL },
	{ "a key twice: the last one", &syntax_dotenv, SLICE("A=1\nB=2\nA=3\n"), "A=3\nB=2\n", 0, NULL },
	{ "JSON", &syntax_json, SLICE("{\"b\": 1.0, \"a\": \"x\"}"), "a=x\nb=1.0\n", 0, NULL },
	{ "a list", &syntax_yaml, SLICE("a: 1\nb: [secret]\n"), NULL, ERR_TYPE, "cannot use complex value in environment; offending key b" },
	{ "a map", &syntax_yaml, SLICE("b: {c: secret}\n"), NULL, ERR_TYPE, "cannot use complex value in environment; offending key b" },
	{ "a section", &syntax_ini, SLICE("[s]\na = 1\n"), NULL, ERR_TYPE, "cannot use complex value in environment; offending key DEFAULT" },
	{ "a name with '='", &syntax_yaml, SLICE("a=b: secret\n"), NULL, ERR_TYPE, "cannot use keys with '=' in environment: a=b" },
	{ "a NUL byte", &syntax_yaml, SLICE("a: \"x\\0y\"\n"), NULL, ERR_SYNTAX, "'a': the value holds a NUL byte, which the environment cannot" },
};

static void
check(size_t i)
{
	CLEANUP(environ_release) struct environ environment = ENVIRON;
	CLEANUP(document_freep) struct document *doc = NULL;
	CLEANUP(buf_release) struct buf got = BUF(4096);
	struct error		 err = ERROR_INIT;
	const char *const	*entries;

	if (document_parse(cases[i].text, cases[i].syntax, &doc, &err) != 0)
		bail_out(err.text);
	is_int(environ_add(&environment, doc, &err), cases[i].kind, cases[i].claim);
	if (cases[i].kind != 0) {
		is_str(err.text, cases[i].error, "is refused by its name");
		return;
	}
	if (environ_entries(&environment, NULL, &entries, &err) != 0)
		bail_out(err.text);
	for (; *entries != NULL; entries++)
		if (buf_str(&got, *entries, &err) != 0 || buf_byte(&got, '\n', &err) != 0)
			bail_out(err.text);
	is_slice(buf_slice(&got), slice_str(cases[i].want), "has these entries");
}

int
main(void)
{
	static const char *const base[] = { "Z=base", "HOME=/base", "HOMES=x", "ODD", NULL };
	CLEANUP(environ_release) struct environ environment = ENVIRON;
	struct error		 err = ERROR_INIT;
	const char *const	*entries;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check(i);
	if (environ_put(&environment, SLICE("HOME"), SLICE("/first"), &err) != 0 || environ_put(&environment, SLICE("HOME"), SLICE("/last"), &err) != 0 ||
	    environ_put(&environment, SLICE("A"), SLICE("b=c"), &err) != 0 || environ_entries(&environment, base, &entries, &err) != 0)
		bail_out(err.text);
	is_str(entries[0], "A=b=c", "a value may hold '='");
	is_str(entries[1], "HOME=/last", "the last one of a name wins, also over what was there before");
	is_str(entries[2], "HOMES=x", "a longer name is another one");
	is_str(entries[3], "ODD", "what is no NAME=VALUE is passed on");
	is_str(entries[4], "Z=base", "and so is what nobody replaces");
	ok(entries[5] == NULL, "that is all");
	is_int(environ_put(&environment, SLICE("A\0B"), SLICE(""), &err), ERR_SYNTAX, "a name with a NUL byte is refused");
	return done_testing();
}
