#include "base/buf.h"

#include "base/pages.h"
#include "tests/tap.h"

static void
test_limit(void)
{
	CLEANUP(buf_release) struct buf	buf = BUF(5);
	struct error			err = ERROR_INIT;
	uint8_t				*room;

	succeeds(buf_str(&buf, "abc", &err), err, "what fits is taken");
	is_int(buf_str(&buf, "def", &err), ERR_LIMIT, "more than the maximum is not");
	is_str(err.text, "more than 5 bytes", "and the number is named");
	is_slice(buf_slice(&buf), SLICE("abc"), "the buffer is as it was");
	err_reset(&err);
	is_int(buf_append(&buf, slice_of("", SIZE_MAX), &err), ERR_LIMIT, "a size that overflows is not");
	err_reset(&err);
	is_int(buf_reserve(&buf, 3, &room, &err), ERR_LIMIT, "nor is more room");
	err_reset(&err);
	is_int(buf_repeat(&buf, 'x', SIZE_MAX - 1, &err), ERR_LIMIT, "nor a long repetition");
	err_reset(&err);
	is_int(buf_printf(&buf, &err, "%d", 123), ERR_LIMIT, "nor a long print");
	err_reset(&err);
	is_int(buf_repeat(&buf, 'x', 2, &err), 0, "the last byte fits");
	is_int(buf_terminate(&buf, &err), ERR_LIMIT, "but no NUL behind it");
	err_reset(&err);
	is_int(buf_byte(&buf, 'y', &err), ERR_LIMIT, "then it is full");
	is_slice(buf_slice(&buf), SLICE("abcxx"), "and whole");
}

/* Growing moves; the bytes must come along and, when secret, must not stay behind. */
static void
test_growth(bool secret)
{
	CLEANUP(buf_release) struct buf	buf = secret ? BUF_SECRET(8 * PAGES_OWN_MAPPING) : BUF(8 * PAGES_OWN_MAPPING);
	struct error			err = ERROR_INIT;
	bool				same = true;

	for (size_t i = 0; i < 3 * PAGES_OWN_MAPPING; i++)
		if (buf_byte(&buf, (uint8_t)(i * 7 >> 3), &err) != 0)
			break;
	is_int(buf.len, 3 * PAGES_OWN_MAPPING, secret ? "a secret buffer grows across mappings" : "a buffer grows");
	for (size_t i = 0; i < buf.len; i++)
		same = same && buf.data[i] == (uint8_t)(i * 7 >> 3);
	ok(same, "and keeps its bytes");
}

static void
test_wiping(void)
{
	CLEANUP(buf_release) struct buf	buf = BUF_SECRET(1000), plain = BUF(1000);
	struct error			err = ERROR_INIT;

	if (buf_str(&buf, "hunter2 hunter2", &err) != 0 || buf_str(&plain, "public", &err) != 0)
		bail_out(err.text);
	buf_truncate(&buf, 7);
	is_slice(buf_slice(&buf), SLICE("hunter2"), "truncating keeps the front");
	is_mem(buf.data + 7, 8, "\0\0\0\0\0\0\0\0", 8, "and wipes what it cuts off a secret");
	buf_reset(&buf);
	is_mem(buf.data, 7, "\0\0\0\0\0\0\0", 7, "a reset wipes the rest");
	buf_reset(&plain);
	is_mem(plain.data, 6, "public", 6, "public bytes need no wiping");
}

int
main(void)
{
	CLEANUP(buf_release) struct buf	buf = BUF(100);
	struct error			err = ERROR_INIT;
	uint8_t				*room;

	ok(buf_slice(&buf).len == 0, "a new buffer is empty");
	succeeds(buf_append(&buf, SLICE_NONE, &err), err, "nothing can be appended to it");
	succeeds(buf_printf(&buf, &err, "%s-%d", "a", 5), err, "text is printed");
	succeeds(buf_byte(&buf, 0, &err), err, "a NUL is a byte");
	succeeds(buf_repeat(&buf, '.', 3, &err), err, "bytes are repeated");
	succeeds(buf_repeat(&buf, '.', 0, &err), err, "or not");
	is_slice(buf_slice(&buf), slice_of("a-5\0...", 7), "all of it is there");
	succeeds(buf_reserve(&buf, 2, &room, &err), err, "room is made");
	memcpy(room, "xy", 2);
	buf.len += 2;
	succeeds(buf_terminate(&buf, &err), err, "and a NUL behind it");
	is_str((char *)buf.data + 4, "...xy", "makes a C string");
	is_int(buf.len, 9, "without counting");
	buf_release(&buf);
	ok(buf.data == NULL && buf.len == 0 && buf.capacity == 0, "released, it holds nothing");
	succeeds(buf_str(&buf, "again", &err), err, "and can be used again");
	test_limit();
	test_growth(false);
	test_growth(true);
	test_wiping();
	return done_testing();
}
