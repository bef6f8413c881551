#include "gitfilter/blobs.h"

#include "base/buf.h"
#include "base/limits.h"
#include "gitfilter/gitcmd.h"
#include "tests/git.h"

#define COUNT	40

struct seen {
	size_t	next, absent, wrong, stop_at;
};

/* Blob i is i * 100,000 bytes of the letter 'a' + i % 26. */
static int
visit(void *context, size_t index, struct slice bytes, uint64_t size, struct error *err)
{
	struct seen *seen = context;

	if (index != seen->next++)
		seen->wrong++;
	if (index == seen->stop_at)
		return err_set(err, ERR_CANCELLED, "enough");
	if (bytes.data == NULL) {
		seen->absent++;
		return 0;
	}
	if (bytes.len != index * 100000 || size != bytes.len)
		seen->wrong++;
	for (size_t i = 0; i < bytes.len; i += 997)
		if (bytes.data[i] != 'a' + index % 26)
			seen->wrong++;
	return 0;
}

static char		ids[COUNT][72];
static struct slice	slices[COUNT];

static void
make_blobs(void)
{
	for (size_t i = 0; i < COUNT; i++) {
		CLEANUP(buf_release) struct buf	content = BUF(16 * MIB), id = BUF(100);
		struct error			err = ERROR_INIT;

		if (buf_repeat(&content, (uint8_t)('a' + i % 26), i * 100000, &err) != 0 ||
		    gitcmd_run((const char *const[]){ "hash-object", "-w", "--stdin", NULL }, buf_slice(&content),
		    &id, &err) != 0)
			bail_out(err.text);
		(void)snprintf(ids[i], sizeof(ids[i]), "%.*s", SLICE_ARG(slice_trim(buf_slice(&id))));
		slices[i] = slice_str(ids[i]);
	}
}

/* By whom they are read shows in nothing but time. */
static void
test_reader(const char *who)
{
	struct error	err = ERROR_INIT;
	struct seen	seen = { .stop_at = SIZE_MAX };
	struct slice	held = slices[3];

	printf("# read by %s\n", who);
	succeeds(blobs_each(slices, 0, visit, &seen, &err), err, "no blob");
	succeeds(blobs_each(slices, COUNT, visit, &seen, &err), err, "78 MB of blobs, more than a batch");
	ok(seen.next == COUNT && seen.absent == 0 && seen.wrong == 0, "come in order and as they are (%zu, %zu)",
	    seen.next, seen.wrong);
	seen = (struct seen){ .stop_at = SIZE_MAX };
	slices[3] = SLICE("0123456789012345678901234567890123456789");
	succeeds(blobs_each(slices, 10, visit, &seen, &err), err, "one that does not exist");
	ok(seen.next == 10 && seen.absent == 1 && seen.wrong == 0, "is told so, and the others are there");
	seen = (struct seen){ .stop_at = 5 };
	is_int(blobs_each(slices, 10, visit, &seen, &err), ERR_CANCELLED, "a visitor may end it");
	is_int(seen.next, 6, "and is not called again");
	slices[3] = held;
}

int
main(void)
{
	git_begin();
	make_blobs();
	test_reader("libgit2");
	(void)setenv("GIT_REPLACE_REF_BASE", "refs/replace/", 1);
	test_reader("git");
	return done_testing();
}
