#include "gitfilter/newblobs.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/tmpdir.h"
#include "gitfilter/blobs.h"
#include "tests/tap.h"

#define LARGE	(33 * MIB)	/* two of them do not fit into one question */

static uint8_t *large;

static const struct slice contents[] = {
	{ (const uint8_t *)"abc", 3 }, { NULL, 0 }, { (const uint8_t *)"done\nblob\nmark :1\n", 18 }, { (const uint8_t *)"a\0b", 3 },
	{ (const uint8_t *)"abc", 3 },
};
#define CONTENTS	(sizeof(contents) / sizeof(*contents))

static int
compare(void *context, size_t index, struct slice bytes, uint64_t size UNUSED, struct error *err UNUSED)
{
	unsigned *same = context;

	*same += index < CONTENTS ? slice_eq(bytes, contents[index]) : bytes.len == LARGE && memcmp(bytes.data, large, LARGE) == 0;
	return 0;
}

static void
test_blobs(void)
{
	CLEANUP(newblobs_release) struct newblobs	blobs = NEWBLOBS;
	struct error					err = ERROR_INIT;
	unsigned					same = 0;

	succeeds(newblobs_finish(&blobs, &err), err, "no blob at all");
	for (size_t i = 0; i < CONTENTS; i++)
		succeeds(newblobs_add(&blobs, contents[i], &err), err, "a blob");
	for (unsigned i = 0; i < 2; i++)
		succeeds(newblobs_add(&blobs, slice_of(large, LARGE), &err), err, "a large one");
	succeeds(newblobs_finish(&blobs, &err), err, "all of them");
	if (!is_int(blobs.count, CONTENTS + 2, "have an id each"))
		return;
	is_slice(blobs.ids[0], SLICE("f2ba8f84ab5c1bce84a7b441cb1959cfc7093b7f"), "git's own");
	ok(slice_eq(blobs.ids[0], blobs.ids[4]), "equal ones the same");
	succeeds(blobs_each(blobs.ids, blobs.count, compare, &same, &err), err, "and git gives them back");
	is_int(same, CONTENTS + 2, "as they were");
}

int
main(void)
{
	CLEANUP(tmpdir_freep) struct tmpdir	*folder = NULL;
	struct error				 err = ERROR_INIT;

	large = malloc(LARGE);
	if (large == NULL || tmpdir_new(&folder, &err) != 0 || chdir(tmpdir_path(folder)) != 0 || system("git init -q .") != 0)
		bail_out(err.text);
	for (size_t i = 0; i < LARGE; i++)
		large[i] = (uint8_t)(i >> 10);
	test_blobs();
	free(large);
	(void)!chdir("/");
	return done_testing();
}
