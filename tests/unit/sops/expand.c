#include "sops/expand.h"

#include "base/limits.h"
#include "tests/tap.h"

static const struct select_rules suffix = { .text[SELECT_UNENCRYPTED_SUFFIX] = SLICE("_u") };

static const struct {
	const char	*claim, *yaml, *want;
	size_t		 count;
} cases[] = {
	{ "no alias", "a: &x 1\n", "a: &x 1\n", 0 },
	{ "an alias whose place is sealed", "a_u: &x 1\nb: *x\n", "a_u: &x 1\nb: 1\n", 1 },
	{ "an alias whose anchor is sealed", "a: &x 1\nb_u: *x\n", "a: &x 1\nb_u: 1\n", 1 },
	{ "an alias in clear of something clear", "a_u: &x 1\nb_u: *x\n", "a_u: &x 1\nb_u: *x\n", 0 },
	{ "an anchor with something sealed deep in it", "a: &x {b_u: 1, c: {d: 2}}\ne_u: *x\n", "a: &x {b_u: 1, c: {d: 2}}\ne_u:\n    b_u: 1\n    c:\n        d: 2\n", 1 },
	{ "nothing but nulls and empty strings", "a: &x {b: null, c: ''}\nd: *x\n", "a: &x {b: null, c: ''}\nd: *x\n", 0 },
	{ "two of three", "a_u: &x 1\nb: *x\nc_u: *x\nd: *x\n", "a_u: &x 1\nb: 1\nc_u: *x\nd: 1\n", 2 },
	{ "an alias in an anchor", "a_u: &x 1\nb_u: &y {c: *x}\nd: *y\n", "a_u: &x 1\nb_u: &y {c: *x}\nd:\n    c: 1\n", 1 },
	{ "an alias in a flow list", "a: &x 1\nb: [*x, 2]\n", "a: &x 1\nb: [1, 2]\n", 1 },
	{ "tags that a word's type depends on", "a: &x ! 5\nb: *x\nc: &y !z 5\nd: *y\n", "a: &x ! 5\nb: ! 5\nc: &y !z 5\nd: \"5\"\n", 2 },
	{ "an alias as a key", "a: &x k\nb_u: {*x : 1}\n", "a: &x k\nb_u: {k : 1}\n", 1 },
	{ "a comment that is to be sealed", "a_u: &x\n  # c\n  b: null\nd: *x\n", "a_u: &x\n  # c\n  b: null\nd:\n  # c\n  b: null\n", 1 },
};

int
main(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CLEANUP(document_freep) struct document *doc = NULL;
		CLEANUP(select_freep) struct select *select = NULL;
		CLEANUP(edits_release) struct edits edits = EDITS;
		CLEANUP(expanded_release) struct expanded expanded = { .aliases = NULL };
		CLEANUP(buf_release) struct buf out = BUF_SECRET(64 * KIB);
		struct error err = ERROR_INIT;

		if (document_parse(slice_str(cases[i].yaml), &syntax_yaml, &doc, &err) != 0 || select_new(&suffix, &select, &err) != 0)
			bail_out(err.text);
		if (!succeeds(expand_aliases(doc, &store_yaml, select, &edits, &expanded, &err), err, cases[i].claim) ||
		    edits_apply(&edits, doc, &out, &err) != 0)
			continue;
		is_slice(buf_slice(&out), slice_str(cases[i].want), cases[i].claim);
		is_int(expanded.count, cases[i].count, "so many are written out");
	}
	return done_testing();
}
