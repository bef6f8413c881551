#include "sops/readable.h"

#include "tests/tap.h"

static const struct {
	const char	*claim, *yaml;
	enum err_kind	 kind;
	unsigned	 line, column;
} cases[] = {
	{ "a plain map", "a: 1\nb: {c: [1, 2]}\n", ERR_NONE, 0, 0 },
	{ "no document at all", "", ERR_NONE, 0, 0 },
	{ "a key twice", "a: 1\nb: 2\na: 3\n", ERR_SYNTAX, 3, 1 },
	{ "a key twice, deeper", "a:\n  b: 1\n  b: 2\n", ERR_SYNTAX, 3, 3 },
	{ "a key twice, in a list", "a:\n  - b: 1\n    b: 2\n", ERR_SYNTAX, 3, 5 },
	{ "a key twice in two spellings", "1: a\n\"1\": b\n", ERR_SYNTAX, 2, 1 },
	{ "a key twice in two maps", "a: {x: 1}\nb: {x: 1}\n", ERR_NONE, 0, 0 },
	{ "a key twice in a later document, which sops does not check", "a: 1\n---\nb: 1\nb: 2\n", ERR_NONE, 0, 0 },
	{ "an anchor that contains itself", "a: &x [*x]\n", ERR_SYNTAX, 1, 8 },
	{ "an anchor used twice", "a: &x [1]\nb: [*x, *x]\n", ERR_NONE, 0, 0 },
	{ "a tag that its text fits", "a: !!int '5'\n", ERR_NONE, 0, 0 },
	{ "a tag that its text does not fit", "a: !!int abc\n", ERR_SYNTAX, 1, 10 },
	{ "a merge of a map", "a: &x {b: 1}\nc: {<<: *x}\n", ERR_NONE, 0, 0 },
	{ "a merge of a list of maps", "a: &x {b: 1}\nc: {<<: [*x, {d: 1}]}\n", ERR_NONE, 0, 0 },
	{ "a merge of a number", "\"<<\": 1\n", ERR_REFUSED, 1, 1 },
	{ "a merge of a list with a word in it", "a: &x {b: 1}\nc:\n  <<: [*x, word]\n", ERR_REFUSED, 3, 3 },
};

int
main(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct document	*doc = NULL;
		struct error	 err = ERROR_INIT;

		if (document_parse(slice_str(cases[i].yaml), &syntax_yaml, &doc, &err) == 0)
			(void)!readable_check(doc, &err);
		ok(err.kind == cases[i].kind && err.line == cases[i].line && err.column == cases[i].column, "%s: %s (%s)",
		    cases[i].claim, cases[i].kind == ERR_NONE ? "accepted" : "refused",
		    err.kind == ERR_NONE ? "accepted" : err.text);
		document_free(doc);
	}
	return done_testing();
}
