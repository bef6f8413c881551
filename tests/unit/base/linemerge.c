#include "base/linemerge.h"

#include "tests/tap.h"

static const struct {
	const char	*claim, *base, *ours, *theirs, *merged;
	bool		 conflict;
} cases[] = {
	{ "changes of different lines", "a\nb\nc\nd\ne\n", "A\nb\nc\nd\ne\n", "a\nb\nc\nd\nE\n", "A\nb\nc\nd\nE\n", false },
	{ "nothing at all", "", "", "", "", false },
	{ "bytes that are no text of any language", "\xff\n\n\n1\n", "\xfe\n\n\n1\n", "\xff\n\n\n2\n", "\xfe\n\n\n2\n", false },
	{ "changes of the same line", "a\n", "b\n", "c\n", "<<<<<<< ours\nb\n=======\nc\n>>>>>>> theirs\n", true },
};

int
main(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CLEANUP(buf_release) struct buf out = BUF_SECRET(10000);
		struct linemerge versions = { slice_str(cases[i].base), slice_str(cases[i].ours), slice_str(cases[i].theirs), 0 };
		struct error	 err = ERROR_INIT;
		bool		 conflict = !cases[i].conflict;

		succeeds(linemerge_run(&versions, &out, &conflict, &err), err, cases[i].claim);
		ok(slice_eq(buf_slice(&out), slice_str(cases[i].merged)), "they are merged");
		ok(conflict == cases[i].conflict, "and the conflict is told");
	}
	return done_testing();
}
