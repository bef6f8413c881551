/* One file through clean and smudge, in clones with a key, with another one, without any, and with the guard on. */
#include "gitfilter/filter.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/num.h"
#include "base/tmpdir.h"
#include "gitfilter/blob.h"
#include "gitfilter/guard.h"
#include "gitfilter/keydir.h"
#include "tests/tap.h"

#define LARGE	(FILTER_HOLD + 100000)
#define ROOM	(LARGE + 1000)

static struct buf		output = BUF(ROOM);
static enum filter_result	result;
static struct error		failure;

/* A source that can be read once, as a pipe. */
static int (*memory_read)(struct source *source, uint8_t *into, size_t room, size_t *got, struct error *err);

static int
pass(struct filter *filter, bool clean, struct slice input)
{
	struct source_memory	in;
	struct sink_buf		out;

	err_reset(&failure);
	buf_reset(&output);
	source_memory_init(&in, input);
	memory_read = in.source.read;
	in.source = (struct source){ memory_read, NULL };
	sink_buf_init(&out, &output);
	return clean ? filter_clean(filter, SLICE_NONE, &in.source, &out.sink, &result, &failure) :
	    filter_smudge(filter, &in.source, &out.sink, &result, &failure);
}

static int
clean(struct filter *filter, struct slice input)
{
	return pass(filter, true, input);
}

static int
smudge(struct filter *filter, struct slice input)
{
	return pass(filter, false, input);
}

static bool
put_out(struct slice want)
{
	return slice_eq(buf_slice(&output), want);
}

static void
keep(struct buf *into)
{
	struct error err = ERROR_INIT;

	buf_reset(into);
	if (buf_append(into, buf_slice(&output), &err) != 0)
		bail_out(err.text);
}

/* A clone: its folder below the test's, with the keys of these names, each made new. */
static struct gitdir
clone_with(const char *top, const char *name, const char *const *keys)
{
	struct error	err = ERROR_INIT;
	struct gitdir	dir;

	(void)snprintf(dir.git, sizeof(dir.git), "%s/%s", top, name);
	(void)memcpy(dir.common, dir.git, sizeof(dir.common));
	if (mkdir(dir.git, 0755) != 0)
		bail_out("no folder");
	for (; *keys != NULL; keys++) {
		CLEANUP(keyfile_freep) struct keyfile *key = NULL;

		if (keyfile_generate(*keys, &key, &err) != 0 || keydir_store(&dir, key, &err) != 0)
			bail_out(err.text);
	}
	return dir;
}

static struct filter *
driver(const struct gitdir *dir, const char *name)
{
	struct error	 err = ERROR_INIT;
	struct filter	*filter = NULL;

	if (filter_new(dir, name, &filter, &err) != 0)
		bail_out(err.text);
	return filter;
}

static void
test_with_key(const struct gitdir *dir, struct slice large)
{
	CLEANUP(filter_freep) struct filter	*filter = driver(dir, ""), *team = driver(dir, "team");
	CLEANUP(buf_release) struct buf		 blob = BUF(ROOM), other = BUF(ROOM);
	size_t					 quiet = 0;

	ok(clean(filter, SLICE("secret")) == 0 && result == FILTER_CONVERTED && output.len == 28 && blob_is(buf_slice(&output)),
	    "clean seals");
	keep(&blob);
	ok(clean(filter, SLICE("secret")) == 0 && put_out(buf_slice(&blob)), "the same way each time");
	ok(smudge(filter, buf_slice(&blob)) == 0 && result == FILTER_CONVERTED && put_out(SLICE("secret")), "smudge opens");
	ok(clean(filter, buf_slice(&blob)) == 0 && result == FILTER_PASSED && put_out(buf_slice(&blob)),
	    "clean of a blob of this key passes it");
	ok(clean(team, SLICE("secret")) == 0 && !put_out(buf_slice(&blob)), "another key makes another blob");
	keep(&other);
	ok(smudge(filter, buf_slice(&other)) == 0 && put_out(SLICE("secret")), "smudge tries the clone's other keys");
	ok(clean(filter, buf_slice(&other)) == 0 && result == FILTER_CONVERTED && output.len == other.len + 22,
	    "clean of a blob of another key seals it, as git-crypt does");
	ok(clean(filter, SLICE("\0GITCRYPT\0and then some text")) == 0 && result == FILTER_CONVERTED,
	    "a file that only begins like a blob is sealed");
	for (size_t i = 10; i < blob.len; i++) {
		blob.data[i] ^= 1;
		quiet += smudge(filter, buf_slice(&blob)) == ERR_TAMPERED && output.len == 0;
		blob.data[i] ^= 1;
	}
	is_int(quiet, blob.len - 10, "a changed bit anywhere is refused, and not a byte comes out");
	for (size_t len = quiet = 0; len < 22; len++)
		quiet += smudge(filter, slice_sub(buf_slice(&blob), 0, len)) == 0 && result == FILTER_PLAINTEXT &&
		    put_out(slice_sub(buf_slice(&blob), 0, len));
	is_int(quiet, 22, "less than a header passes as plaintext, which is told");
	ok(smudge(filter, slice_sub(buf_slice(&blob), 0, 25)) == ERR_TAMPERED && output.len == 0, "a blob cut short is refused");
	ok(smudge(filter, SLICE("plain")) == 0 && result == FILTER_PLAINTEXT && put_out(SLICE("plain")), "plaintext passes smudge");
	ok(clean(filter, SLICE_NONE) == 0 && output.len == 22, "an empty file becomes a header");
	keep(&blob);
	ok(smudge(filter, buf_slice(&blob)) == 0 && output.len == 0 && result == FILTER_CONVERTED, "and comes back empty");
	ok(clean(filter, large) == 0 && output.len == large.len + 22, "a large file is sealed");
	keep(&blob);
	ok(smudge(filter, buf_slice(&blob)) == 0 && put_out(large), "and opened");
	ok(clean(filter, buf_slice(&blob)) == 0 && put_out(buf_slice(&blob)), "its blob passes clean");
	filter_drain_first(filter);
	ok(smudge(filter, buf_slice(&blob)) == 0 && put_out(large), "opened after all of it is there");
	blob.data[blob.len - 1] ^= 1;
	ok(smudge(filter, buf_slice(&blob)) == ERR_TAMPERED && output.len == 0, "where a changed bit at its end lets nothing out");
}

static void
test_large_stream(struct slice large)
{
	CLEANUP(filter_freep) struct filter	*filter = NULL;
	CLEANUP(buf_release) struct buf		 blob = BUF(ROOM);
	struct error				 err = ERROR_INIT;
	struct keyfile				*key;

	if (keyfile_generate("", &key, &err) != 0 || filter_new_key(key, &filter, &err) != 0)
		bail_out(err.text);
	ok(clean(filter, large) == 0, "a driver of one key file needs no repository");
	keep(&blob);
	ok(smudge(filter, buf_slice(&blob)) == 0 && put_out(large), "and streams");
	blob.data[100] ^= 1;
	is_int(smudge(filter, buf_slice(&blob)), ERR_TAMPERED, "with the verdict at the end");
}

static void
test_without_key(const struct gitdir *dir, struct slice blob)
{
	CLEANUP(filter_freep) struct filter	*filter = driver(dir, "");
	struct error				 err = ERROR_INIT;

	ok(clean(filter, SLICE("secret")) == ERR_NO_KEY && output.len == 0, "without a key clean refuses plaintext");
	ok(clean(filter, blob) == 0 && put_out(blob), "and passes ciphertext");
	ok(clean(filter, SLICE_NONE) == 0 && output.len == 0, "and empty files");
	ok(smudge(filter, blob) == ERR_NO_KEY && output.len == 0, "smudge refuses ciphertext");
	ok(smudge(filter, SLICE("plain")) == 0 && result == FILTER_PLAINTEXT, "and passes plaintext");
	succeeds(guard_set(dir, true, &err), err, "the guard is set");
	ok(smudge(filter, blob) == 0 && result == FILTER_PASSED && put_out(blob), "then smudge passes ciphertext");
	ok(smudge(filter, SLICE("plain")) == 0 && result == FILTER_PASSED && put_out(SLICE("plain")), "and plaintext, in silence");
	is_int(clean(filter, SLICE("secret")), ERR_NO_KEY, "clean still refuses plaintext");
	ok(strstr(failure.text, "secret") == NULL, "and does not quote it");
}

static void
test_other_key_only(const struct gitdir *dir)
{
	CLEANUP(filter_freep) struct filter	*team = driver(dir, "team"), *filter = driver(dir, "gone");
	CLEANUP(buf_release) struct buf		 blob = BUF(1000);

	ok(clean(team, SLICE("secret")) == 0, "a blob of one key");
	keep(&blob);
	ok(smudge(filter, buf_slice(&blob)) == 0 && put_out(SLICE("secret")), "opens in a driver whose own key is not here");
	is_int(clean(filter, SLICE("secret")), ERR_NO_KEY, "which cannot seal");
}

/* A key file of git-crypt's format with these versions, or with the mark for empty files. */
static struct filter *
special(const uint32_t *versions, size_t count, bool skip_empty)
{
	CLEANUP(buf_release) struct buf	bytes = BUF_SECRET(10000);
	struct error			err = ERROR_INIT;
	struct keyfile			*key = NULL;
	struct filter			*filter = NULL;
	uint8_t				number[4], entry[96];
	int				rc = buf_append(&bytes, SLICE("\0GITCRYPTKEY\0\0\0\2"), &err);

	if (rc == 0 && skip_empty)
		rc = buf_append(&bytes, SLICE("\0\0\0\3\0\0\0\0"), &err);
	if (rc == 0)
		rc = buf_append(&bytes, SLICE("\0\0\0\0"), &err);
	for (size_t i = 0; i < count && rc == 0; i++) {
		be32_store(number, versions[i]);
		(void)memset(entry, (int)(versions[i] + 1), sizeof(entry));
		if ((rc = buf_append(&bytes, SLICE("\0\0\0\1\0\0\0\4"), &err)) == 0 &&
		    (rc = buf_append(&bytes, slice_of(number, 4), &err)) == 0 &&
		    (rc = buf_append(&bytes, SLICE("\0\0\0\3\0\0\0\40"), &err)) == 0 &&
		    (rc = buf_append(&bytes, slice_of(entry, 32), &err)) == 0 &&
		    (rc = buf_append(&bytes, SLICE("\0\0\0\5\0\0\0\100"), &err)) == 0 &&
		    (rc = buf_append(&bytes, slice_of(entry, 64), &err)) == 0)
			rc = buf_append(&bytes, SLICE("\0\0\0\0"), &err);
	}
	if (rc != 0 || keyfile_parse(buf_slice(&bytes), &key, &err) != 0 || filter_new_key(key, &filter, &err) != 0)
		bail_out(err.text);
	return filter;
}

static void
test_special_keys(void)
{
	CLEANUP(filter_freep) struct filter	*zero = special((const uint32_t[]){ 0 }, 1, false);
	CLEANUP(filter_freep) struct filter	*both = special((const uint32_t[]){ 0, 7 }, 2, false);
	CLEANUP(filter_freep) struct filter	*seven = special((const uint32_t[]){ 7 }, 1, false);
	CLEANUP(filter_freep) struct filter	*empty = special((const uint32_t[]){ 0 }, 1, true);
	CLEANUP(buf_release) struct buf		 blob = BUF(1000);

	ok(clean(both, SLICE("secret")) == 0, "a key of two versions seals");
	keep(&blob);
	ok(clean(seven, SLICE("secret")) == 0 && put_out(buf_slice(&blob)), "with the highest one, as git-crypt does");
	ok(smudge(both, buf_slice(&blob)) == 0 && put_out(SLICE("secret")), "and opens that, as git-crypt does not");
	ok(clean(both, buf_slice(&blob)) == 0 && result == FILTER_PASSED, "clean knows it for its own");
	is_int(smudge(zero, buf_slice(&blob)), ERR_TAMPERED, "version 0 alone does not open it");
	ok(clean(zero, SLICE("old")) == 0, "a blob of version 0");
	keep(&blob);
	ok(smudge(both, buf_slice(&blob)) == 0 && put_out(SLICE("old")), "is opened by the key of two");
	ok(clean(empty, SLICE_NONE) == 0 && output.len == 0 && result == FILTER_PASSED, "with the mark empty files stay empty");
	ok(smudge(empty, SLICE_NONE) == 0 && output.len == 0 && result == FILTER_PASSED, "both ways, in silence");
	ok(clean(zero, SLICE_NONE) == 0 && output.len == 22, "and without it they do not");
	keep(&blob);
	ok(smudge(empty, buf_slice(&blob)) == 0 && output.len == 0, "an empty blob is an empty file all the same");
}

int
main(void)
{
	static const char *const		 two[] = { "", "team", NULL }, *const team[] = { "team", NULL }, *const none[] = { NULL };
	static uint8_t				 large[LARGE];
	CLEANUP(tmpdir_freep) struct tmpdir	*tmpdir = NULL;
	CLEANUP(buf_release) struct buf		 blob = BUF(1000);
	CLEANUP(filter_freep) struct filter	*bad = NULL, *filter = NULL;
	struct error				 err = ERROR_INIT;
	struct gitdir				 dir;

	for (size_t i = 0; i < LARGE; i++)
		large[i] = (uint8_t)(i * 31 + i / 1000);
	if (tmpdir_new(&tmpdir, &err) != 0)
		bail_out(err.text);
	dir = clone_with(tmpdir_path(tmpdir), "two", two);
	filter = driver(&dir, "");
	test_with_key(&dir, slice_of(large, LARGE));
	is_int(filter_new(&dir, "../x", &bad, &err), ERR_SYNTAX, "a driver whose name is a path is refused");
	err_reset(&err);
	test_large_stream(slice_of(large, LARGE));
	if (clean(filter, SLICE("secret")) != 0)
		bail_out("no blob");
	keep(&blob);
	dir = clone_with(tmpdir_path(tmpdir), "none", none);
	test_without_key(&dir, buf_slice(&blob));
	dir = clone_with(tmpdir_path(tmpdir), "team", team);
	test_other_key_only(&dir);
	test_special_keys();
	buf_release(&output);
	return done_testing();
}
