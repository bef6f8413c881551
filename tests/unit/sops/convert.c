#include "sops/convert.h"

#include "base/limits.h"
#include "tests/tap.h"

static const char everything[] = "s: word\nm: |\n  two\n  lines\ni: 0x10\nf: 1.5\nbig: 1e6\nt: true\nn: null\nd: 2020-01-02\ne: ''\nl: [1, {k: v}]\n";

static const struct {
	const char		*claim, *yaml;
	const struct store	*to;
	int			 indent;
	const char		*want;
	enum err_kind		 kind;
} cases[] = {
	{ "YAML in four columns", "a: {b: [1]}\n", &store_yaml, 4, "a:\n    b:\n        - 1\n", ERR_NONE },
	{ "YAML in two", "a: {b: [1]}\n", &store_yaml, 2, "a:\n  b:\n    - 1\n", ERR_NONE },
	{ "an indentation that sops' printer does not take", "a: {b: 1}\n", &store_yaml, 12, "a:\n  b: 1\n", ERR_NONE },
	{ "a negative one", "a: 1\n", &store_yaml, -1, NULL, ERR_RANGE },
	{ "several documents", "a: 1\n---\nb: 2\n", &store_yaml, 4, "a: 1\n---\nb: 2\n", ERR_NONE },
	{ "JSON with a tab", everything, &store_json, -1, "{\n\t\"s\": \"word\",\n\t\"m\": \"two\\nlines\\n\",\n\t\"i\": 16,\n\t\"f\": 1.5,\n"
	    "\t\"big\": 1000000,\n\t\"t\": true,\n\t\"n\": null,\n\t\"d\": \"2020-01-02T00:00:00Z\",\n\t\"e\": \"\",\n\t\"l\": [\n\t\t1,\n"
	    "\t\t{\n\t\t\t\"k\": \"v\"\n\t\t}\n\t]\n}\n", ERR_NONE },
	{ "JSON without indentation", "a: {b: 1}\n", &store_json, 0, "{\n\"a\": {\n\"b\": 1\n}\n}\n", ERR_NONE },
	{ "JSON of the first document", "a: 1\n---\nb: 2\n", &store_json, 2, "{\n  \"a\": 1\n}\n", ERR_NONE },
	{ "dotenv", "# c\ns: word\nm: |\n  two\n  lines\ni: 0x10\nf: 1.5\nbig: 1e6\nh: 100000.0\nt: true\nn: null\nd: 2020-01-02\ne: ''\n", &store_dotenv, 0,
	    "# c\ns=word\nm=two\\nlines\\n\ni=16\nf=1.5\nbig=1E+06\nh=100000.0\nt=true\nn=<nil>\nd=2020-01-02T00:00:00Z\ne=\n", ERR_NONE },
	{ "dotenv of a map in a map", "a: {b: 1}\n", &store_dotenv, 0, NULL, ERR_TYPE },
	{ "bytes", "data: |\n  x\n", &store_binary, 0, "x\n", ERR_NONE },
	{ "bytes of something else", "a: 1\n", &store_binary, 0, NULL, ERR_TYPE },
	{ "INI", "a: {b: 1}\n", &store_ini, 0, "[a]\nb = 1\n", ERR_NONE },
	{ "INI of what is no section", "a: 1\n", &store_ini, 0, NULL, ERR_TYPE },
};

int
main(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CLEANUP(buf_release) struct buf out = BUF_SECRET(64 * KIB);
		CLEANUP(document_freep) struct document *doc = NULL;
		struct error err = ERROR_INIT;

		if (document_parse(slice_str(cases[i].yaml), &syntax_yaml, &doc, &err) != 0)
			bail_out(err.text);
		(void)!convert_document(doc, NULL, cases[i].to, cases[i].indent, &out, &err);
		if (cases[i].kind == ERR_NONE)
			is_slice(buf_slice(&out), slice_str(cases[i].want), cases[i].claim);
		else
			is_int(err.kind, cases[i].kind, cases[i].claim);
	}
	return done_testing();
}
