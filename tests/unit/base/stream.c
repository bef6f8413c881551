#include "base/stream.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/file.h"
#include "tests/tap.h"

/* Gives a byte at a time, and fails where it is told to. */
struct drip {
	struct source	source;
	size_t		at, end, fail_at;
};

static int
drip_read(struct source *source, uint8_t *into, size_t room, size_t *got, struct error *err)
{
	struct drip *drip = (struct drip *)source;

	(void)room;
	if (drip->at == drip->fail_at)
		return err_set(err, ERR_NETWORK, "it broke");
	*got = drip->at < drip->end;
	if (*got)
		*into = (uint8_t)drip->at++;
	return 0;
}

static void
test_reading(void)
{
	CLEANUP(buf_release) struct buf	all = BUF(100), tight = BUF(10), small = BUF(9);
	struct drip			drip = { .source = { drip_read, NULL }, .end = 10, .fail_at = SIZE_MAX };
	struct error			err = ERROR_INIT;
	uint8_t				bytes[20];
	size_t				got = 0;

	succeeds(source_read(&drip.source, bytes, 4, &got, &err), err, "reading");
	is_mem(bytes, got, "\0\1\2\3", 4, "gives as much as was asked for, in however small pieces it comes");
	succeeds(source_read(&drip.source, bytes, sizeof(bytes), &got, &err), err, "and at the end");
	is_int(got, 6, "the rest");
	is_int(source_rewind(&drip.source, &err), ERR_UNSUPPORTED, "what cannot be read twice says so");

	err_reset(&err);
	drip.at = 0;
	succeeds(source_read_all(&drip.source, &all, &err), err, "all of it");
	is_int(all.len, 10, "is read");
	drip.at = 0;
	succeeds(source_read_all(&drip.source, &tight, &err), err, "also into a buffer that it just fills");
	drip.at = 0;
	is_int(source_read_all(&drip.source, &small, &err), ERR_LIMIT, "but not into a smaller one");
	err_reset(&err);
	drip.at = 0;
	drip.fail_at = 5;
	is_int(source_read(&drip.source, bytes, 8, &got, &err), ERR_NETWORK, "a failure comes through");
	err_reset(&err);
	is_int(source_read_all(&drip.source, &all, &err), ERR_NETWORK, "from either");
}

static void
test_memory(void)
{
	CLEANUP(buf_release) struct buf	copy = BUF(12);
	struct source_memory		source;
	struct sink_buf			sink;
	struct error			err = ERROR_INIT;
	uint8_t				bytes[20];
	size_t				got = 99;

	source_memory_init(&source, SLICE("hello"));
	sink_buf_init(&sink, &copy);
	for (int twice = 0; twice < 2; twice++) {
		succeeds(source_read(&source.source, bytes, sizeof(bytes), &got, &err), err, "memory is read");
		is_mem(bytes, got, "hello", 5, "whole");
		succeeds(sink_write(&sink.sink, slice_of(bytes, got), &err), err, "and written to a buffer");
		succeeds(source_rewind(&source.source, &err), err, "and rewound");
	}
	is_slice(buf_slice(&copy), SLICE("hellohello"), "twice");
	is_int(sink_write(&sink.sink, SLICE("xyz"), &err), ERR_LIMIT, "the buffer's maximum holds");
	source_memory_init(&source, SLICE_NONE);
	err_reset(&err);
	succeeds(source_read(&source.source, bytes, sizeof(bytes), &got, &err), err, "nothing");
	is_int(got, 0, "gives nothing");
}

static void
test_descriptors(void)
{
	char			name[] = "/tmp/stream-test.XXXXXX";
	int			fd = mkstemp(name), ends[2];
	struct source_fd	source;
	struct sink_fd		sink;
	struct error		err = ERROR_INIT;
	uint8_t			bytes[20];
	size_t			got = 99;

	(void)unlink(name);
	sink_fd_init(&sink, fd);
	succeeds(sink_write(&sink.sink, SLICE("prefix+body"), &err), err, "a file is written");
	(void)lseek(fd, 7, SEEK_SET);
	source_fd_init(&source, fd);
	for (int twice = 0; twice < 2; twice++) {
		succeeds(source_read(&source.source, bytes, sizeof(bytes), &got, &err), err, "and read");
		is_mem(bytes, got, "body", 4, "from where it stood");
		succeeds(source_rewind(&source.source, &err), err, "and rewound");
	}
	if (pipe(ends) != 0)
		bail_out("no pipe");
	source_fd_init(&source, ends[0]);
	is_int(source_rewind(&source.source, &err), ERR_UNSUPPORTED, "a pipe is read once");
	err_reset(&err);
	source_fd_init(&source, -1);
	is_int(source_read(&source.source, bytes, 1, &got, &err), ERR_SYSTEM, "no descriptor, no bytes");
	err_reset(&err);
	sink_fd_init(&sink, -1);
	is_int(sink_write(&sink.sink, SLICE("x"), &err), ERR_SYSTEM, "nor a place for them");
	is_int(sink_write(&sink.sink, SLICE_NONE, &err), 0, "but nothing can always be written");
}

int
main(void)
{
	test_reading();
	test_memory();
	test_descriptors();
	return done_testing();
}
