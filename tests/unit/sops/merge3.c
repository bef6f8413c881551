#include "sops/merge3.h"

#include "base/linemerge.h"
#include "tests/tap.h"

static int
lines(const struct slice version[static 3], struct buf *out, bool *conflict, struct error *err)
{
	return linemerge_run(&(struct linemerge){ version[0], version[1], version[2], 0 }, out, conflict, err);
}

#define YAML	&store_yaml
#define JSON	&store_json
#define ENV	&store_dotenv
#define INI	&store_ini
#define BYTES	&store_binary

/* ${merged} NULL: the conflicts are ${paths}. */
static const struct {
	const char		*claim;
	const struct store	*store;
	const char		*base, *ours, *theirs, *merged, *paths;
} cases[] = {
	{ "nothing on either side", YAML, "a: 1\n", "a: 1\n", "a: 1\n", "a: 1\n", NULL },
	{ "ours alone", YAML, "a: 1\n", "a: 2\n", "a: 1\n", "a: 2\n", NULL },
	{ "theirs alone", YAML, "a: 1\n", "a: 1\n", "a: 2\n", "a: 2\n", NULL },
	{ "the same on both sides", YAML, "a: 1\n", "a: 2\n", "a: 2\n", "a: 2\n", NULL },
	{ "lines far apart", YAML, "a: 1\nb:\n  c: 2\n  d: 3\n  e: 4\n", "a: x\nb:\n  c: 2\n  d: 3\n  e: 4\n",
	    "a: 1\nb:\n  c: 2\n  d: 3\n  e: y\n", "a: x\nb:\n  c: 2\n  d: 3\n  e: y\n", NULL },
	{ "neighbouring lines, which conflict in git", YAML, "a: 1\nb: 2\n", "a: x\nb: 2\n", "a: 1\nb: z\n", "a: x\nb: z\n", NULL },
	{ "new keys at the same place", YAML, "m:\n  a: 1\n", "m:\n  a: 1\n  b: 2\n", "m:\n  a: 1\n  c: 3\n", "m:\n  a: 1\n  b: 2\n  c: 3\n", NULL },
	{ "a new map beside a new map", YAML, "a: 1\n", "a: 1\nb:\n  x: 1\n", "a: 1\nc:\n  z:\n    - 1\n", "a: 1\nb:\n  x: 1\nc:\n  z:\n    - 1\n", NULL },
	{ "a key removed beside one that changed", YAML, "a: 1\nb: 2\n", "b: 2\n", "a: 1\nb: 3\n", "b: 3\n", NULL },
	{ "a key that they removed beside one that we changed", YAML, "a: 1\nb: 2\n", "a: 1\nb: 3\n", "b: 2\n", "b: 3\n", NULL },
	{ "two values of one key", YAML, "a:\n  b: 1\n", "a:\n  b: 2\n", "a:\n  b: 3\n", NULL, "a.b\n" },
	{ "two conflicts, and a change that is none", YAML, "a: 1\nb: 2\nc: 3\n", "a: 2\nb: 3\nc: 3\n", "a: 3\nb: 4\nc: 4\n", NULL, "a\nb\n" },
	{ "a key changed and removed", YAML, "a: 1\nb: 2\n", "a: 2\nb: 2\n", "b: 2\n", NULL, "a\n" },
	{ "a map that became a string", YAML, "a:\n  b: 1\n", "a: x\n", "a:\n  b: 2\n", NULL, "a\n" },
	{ "types count, not only texts", YAML, "a: 1\nb: 1\n", "a: '1'\nb: 1\n", "a: 1.0\nb: 1\n", NULL, "a\n" },
	{ "spelling does not", YAML, "a: one\nb: 1\n", "a: 'one'\nb: 1\n", "a: two\nb: 1\n", "a: two\nb: 1\n", NULL },
	{ "lists changed at both ends", YAML, "l:\n- 1\n- 2\n- 3\n- 4\n- 5\n", "l:\n- 0\n- 1\n- 2\n- 3\n- 4\n- 5\n",
	    "l:\n- 1\n- 2\n- 3\n- 4\n- 5\n- 6\n", "l:\n- 0\n- 1\n- 2\n- 3\n- 4\n- 5\n- 6\n", NULL },
	{ "lists changed at the same end", YAML, "l:\n- 1\n", "l:\n- 1\n- 2\n", "l:\n- 1\n- 3\n", NULL, "l\n" },
	{ "an order of ours that lines cannot keep", YAML, "a: 1\nb: 2\nc: 3\n", "c: 3\na: 1\nb: 2\n", "a: 1\nb: 2\nc: 4\n",
	    "c: 4\na: 1\nb: 2\n", NULL },
	{ "a comment of ours by a line of theirs", YAML, "# old\na: 1\n", "# new\na: 1\n", "# old\na: 2\n", "# new\na: 2\n", NULL },
	{ "a map that they emptied by a line of ours", YAML, "a: 1\nm:\n  x: 1\n  y: 2\nb: 1\n", "a: 2\nm:\n  x: 1\n  y: 2\nb: 2\n",
	    "a: 1\nm: {}\nb: 1\n", "a: 2\nm: {}\nb: 2\n", NULL },
	{ "a map in which they put other keys", YAML, "a: 1\nm:\n  x: 1\n  y: 2\nb: 1\n", "a: 2\nm:\n  x: 1\n  y: 2\nb: 2\n",
	    "a: 1\nm:\n  z: 1\nb: 1\n", "a: 2\nm:\n  z: 1\nb: 2\n", NULL },
	{ "and deeper", YAML, "m:\n  # old\n  a: 1\n", "m:\n  # new\n  a: 1\n", "m:\n  # old\n  a: 2\n", "m:\n  # new\n  a: 2\n", NULL },
	{ "a comment of ours in a list that they changed", YAML, "m:\n  # old\n  - 1\n", "m:\n  # new\n  - 1\n", "m:\n  # old\n  - 2\n",
	    NULL, "(the layout around what the other side changed)\n" },
	{ "a list that only they changed, by a line that we changed", YAML, "a: 1\nl: [1]\n", "a: 2\nl: [1]\n", "a: 1\nl: [1, 2]\n", "a: 2\nl:\n    - 1\n    - 2\n", NULL },
	{ "comments of both sides", YAML, "a: 1\nb: 2\nc: 3\nd: 4\n", "# x\na: 1\nb: 2\nc: 3\nd: 4\n", "a: 1\nb: 2\nc: 3\n# y\nd: 4\n",
	    "# x\na: 1\nb: 2\nc: 3\n# y\nd: 4\n", NULL },
	{ "a comment of theirs by a line of ours", YAML, "a: 1\n", "a: 2\n", "# why\na: 1\nb: 3\n", NULL, "(comments that the other side changed)\n" },
	{ "the same key put in at two places", YAML, "a: 1\nb: 2\nc: 3\nd: 4\ne: 5\n", "n: x\na: 1\nb: 2\nc: 3\nd: 4\ne: 5\n",
	    "a: 1\nb: 2\nc: 3\nd: 4\ne: 5\nn: x\n", "n: x\na: 1\nb: 2\nc: 3\nd: 4\ne: 5\n", NULL },
	{ "a file that both sides made", YAML, "", "a: 1\nb: 2\n", "a: 1\nc: 3\n", "a: 1\nb: 2\nc: 3\n", NULL },
	{ "a file that both sides made, each in its way", YAML, "", "a: 1\n", "a: 2\n", NULL, "a\n" },
	{ "comments of theirs in a file that both sides made", YAML, "", "a: 1\n", "# c\na: 1\n\n# d\nb: 2\n", NULL,
	    "(comments that the other side changed)\n" },
	{ "documents of a stream", YAML, "a: 1\n---\na: 1\n", "a: 2\n---\na: 1\n", "a: 1\n---\na: 3\n", "a: 2\n---\na: 3\n", NULL },
	{ "another number of documents", YAML, "a: 1\n", "a: 1\n---\nb: 1\n", "a: 2\n", NULL, "(the number of documents)\n" },
	{ "JSON", JSON, "{\n\t\"a\": 1,\n\t\"b\": 2\n}\n", "{\n\t\"a\": 5,\n\t\"b\": 2\n}\n", "{\n\t\"a\": 1,\n\t\"b\": 2,\n\t\"c\": 3\n}\n",
	    "{\n\t\"a\": 5,\n\t\"b\": 2,\n\t\"c\": 3\n}\n", NULL },
	{ "JSON, whose first two members they removed by a line of ours", JSON, "{\n\t\"a\": 1,\n\t\"b\": 2,\n\t\"c\": 3,\n\t\"d\": 4\n}\n",
	    "{\n\t\"a\": 1,\n\t\"b\": 2,\n\t\"c\": 3,\n\t\"d\": 4,\n\t\"e\": 5\n}\n", "{\n\t\"c\": 3\n}\n",
	    "{\n\t\"c\": 3,\n\t\"e\": 5\n}\n", NULL },
	{ "dotenv", ENV, "A=1\nB=2\n", "A=5\nB=2\n", "A=1\nB=6\n", "A=5\nB=6\n", NULL },
	{ "dotenv, one key", ENV, "A=1\n", "A=5\n", "A=6\n", NULL, "A\n" },
	{ "INI", INI, "[s]\na = 1\nb = 2\n", "[s]\na = 5\nb = 2\n", "[s]\na = 1\nb = 6\n", "[s]\na = 5\nb = 6\n", NULL },
	{ "any bytes, which they changed", BYTES, "x\n", "x\n", "y\n", "y\n", NULL },
	{ "any bytes, which both changed", BYTES, "x\n", "z\n", "y\n", NULL, "data\n" },
};

static void
test_case(size_t i)
{
	CLEANUP(merge3_conflicts_release) struct merge3_conflicts conflicts = MERGE3_CONFLICTS;
	CLEANUP(buf_release) struct buf out = BUF_SECRET(100000);
	struct merge3	versions = { cases[i].store, slice_str(cases[i].base), slice_str(cases[i].ours), slice_str(cases[i].theirs),
			    cases[i].store->binary ? NULL : lines };
	struct error	err = ERROR_INIT;

	succeeds(merge3_run(&versions, &out, &conflicts, &err), err, cases[i].claim);
	if (cases[i].merged != NULL)
		is_slice(buf_slice(&out), slice_str(cases[i].merged), "merged");
	else
		is_slice(buf_slice(&conflicts.paths), slice_str(cases[i].paths), "conflicts");
	ok((conflicts.count != 0) == (cases[i].merged == NULL) && (out.len == 0) == (cases[i].merged == NULL), "and nothing else");
}

static void
test_unreadable(void)
{
	CLEANUP(merge3_conflicts_release) struct merge3_conflicts conflicts = MERGE3_CONFLICTS;
	CLEANUP(buf_release) struct buf out = BUF_SECRET(100000);
	struct merge3	versions = { &store_yaml, SLICE("a: 1\n"), SLICE("a: [\n"), SLICE("a: 2\n"), lines };
	struct error	err = ERROR_INIT;

	is_int(merge3_run(&versions, &out, &conflicts, &err), ERR_SYNTAX, "a version that cannot be read is a failure");
	ok(out.len == 0, "without a result");
}

int
main(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		test_case(i);
	test_unreadable();
	return done_testing();
}
