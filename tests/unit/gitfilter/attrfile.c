#include "gitfilter/attrfile.h"

#include <string.h>

#include "base/limits.h"
#include "tests/tap.h"

static const struct {
	const char	*claim, *text, *want;
	int		 changed;
} cases[] = {
	{ "an empty file", "", "", 0 },
	{ "all three attributes", "a filter=git-crypt diff=git-crypt merge=git-crypt\n", "a filter=N diff=N merge=N\n", 3 },
	{ "a last line without its end", "a filter=git-crypt", "a filter=N", 1 },
	{ "carriage returns and tabs stay", "a\tfilter=git-crypt\r\nb  diff=git-crypt \r\n", "a\tfilter=N\r\nb  diff=N \r\n", 2 },
	{ "another driver stays", "a filter=git-crypt-x diff=git-crypts merge=xgit-crypt\n",
	    "a filter=git-crypt-x diff=git-crypts merge=xgit-crypt\n", 0 },
	{ "another attribute stays", "a text=git-crypt xfilter=git-crypt -filter=git-crypt\n",
	    "a text=git-crypt xfilter=git-crypt -filter=git-crypt\n", 0 },
	{ "a comment stays", "# filter=git-crypt\n  # a filter=git-crypt\n", "# filter=git-crypt\n  # a filter=git-crypt\n", 0 },
	{ "a pattern of that name stays", "filter=git-crypt filter=git-crypt\n", "filter=git-crypt filter=N\n", 1 },
	{ "a quoted pattern stays", "\"a filter=git-crypt b\" filter=git-crypt\n", "\"a filter=git-crypt b\" filter=N\n", 1 },
	{ "a quoted pattern with an escaped quote", "\"a\\\" filter=git-crypt\" diff=git-crypt\n",
	    "\"a\\\" filter=git-crypt\" diff=N\n", 1 },
	{ "a quote that is left open takes the line", "\"a filter=git-crypt\nb filter=git-crypt\n",
	    "\"a filter=git-crypt\nb filter=N\n", 1 },
	{ "a backslash at the end", "\"a\\\nb filter=git-crypt", "\"a\\\nb filter=N", 1 },
	{ "a macro's definition", "[attr]secret filter=git-crypt diff\n", "[attr]secret filter=N diff\n", 1 },
	{ "an indented pattern", "  a filter=git-crypt\n", "  a filter=N\n", 1 },
	{ "empty lines stay", "\n\n \na filter=git-crypt\n\n", "\n\n \na filter=N\n\n", 1 },
};

int
main(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		CLEANUP(buf_release) struct buf	out = BUF(MIB);
		struct error			err = ERROR_INIT;
		size_t				changed = 99;

		is_int(attrfile_rename_driver(slice_str(cases[i].text), "git-crypt", "N", &out, &changed, &err), 0, cases[i].claim);
		is_slice(buf_slice(&out), slice_str(cases[i].want), cases[i].claim);
		is_int((int)changed, cases[i].changed, cases[i].claim);
	}
	return done_testing();
}
