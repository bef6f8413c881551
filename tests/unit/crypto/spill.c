#include "crypto/spill.h"

#include <dirent.h>
#include <stdio.h>
#include <unistd.h>

#include "tests/tap.h"

#define LARGE	(SPILL_MEMORY + 300000)

static uint8_t	input[LARGE];

/* Gives its bytes once, in uneven pieces, and then fails when told so. */
struct once {
	struct source	source;
	size_t		at, len;
	bool		breaks;
};

static int
once_read(struct source *source, uint8_t *into, size_t room, size_t *got, struct error *err)
{
	struct once	*once = (struct once *)(void *)source;
	size_t		 len = once->len - once->at;

	if (len == 0 && once->breaks)
		return err_set(err, ERR_SYSTEM, "the disk broke");
	if (len > room)
		len = room;
	if (len > 7777)
		len = 7777;
	(void)memcpy(into, input + once->at, len);
	once->at += len;
	*got = len;
	return 0;
}

static struct once
once(size_t len)
{
	return (struct once){ .source = { once_read, NULL }, .len = len };
}

/* Reads to the end in pieces of ${room}; how many bytes were those of the input, in order, or SIZE_MAX. */
static size_t
read_through(struct source *source, size_t room)
{
	static uint8_t	piece[200000];
	struct error	err = ERROR_INIT;
	size_t		at = 0, got;

	for (;;) {
		if (source_read(source, piece, room, &got, &err) != 0 || at + got > LARGE || memcmp(piece, input + at, got) != 0)
			return SIZE_MAX;
		at += got;
		if (got < room)
			return at;
	}
}

/* The deleted file that the process holds open (valgrind has one of its own), or NULL. */
static FILE *
spilled(void)
{
	DIR		*folder = opendir("/proc/self/fd");
	struct dirent	*entry;
	FILE		*found = NULL;

	while (folder != NULL && found == NULL && (entry = readdir(folder)) != NULL) {
		char	path[300], link[4096];
		ssize_t	len;

		(void)snprintf(path, sizeof(path), "/proc/self/fd/%s", entry->d_name);
		if ((len = readlink(path, link, sizeof(link) - 1)) < 0)
			continue;
		link[len] = '\0';
		if (strstr(link, "(deleted)") != NULL && strstr(link, "valgrind") == NULL)
			found = fopen(path, "rb");
	}
	if (folder != NULL)
		(void)closedir(folder);
	return found;
}

static void
test_sizes(struct spill *spill)
{
	static const size_t	sizes[] = { 0, 1, 22, 65536, SPILL_MEMORY - 1, SPILL_MEMORY, SPILL_MEMORY + 1, LARGE };
	struct error		err = ERROR_INIT;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct once	 in = once(sizes[i]);
		struct source	*source = spill_begin(spill, &in.source);
		bool		 fine = read_through(source, 100000) == sizes[i];

		for (int again = 0; again < 2; again++)
			fine = fine && source_rewind(source, &err) == 0 && read_through(source, 65521) == sizes[i];
		ok(fine, "%zu bytes are read three times", sizes[i]);
	}
}

static void
test_interrupted(struct spill *spill)
{
	static uint8_t	 piece[100000];
	struct once	 in = once(LARGE);
	struct source	*source = spill_begin(spill, &in.source);
	struct error	 err = ERROR_INIT;
	size_t		 got;

	ok(source_read(source, piece, sizeof(piece), &got, &err) == 0 && source_rewind(source, &err) == 0 &&
	    read_through(source, sizeof(piece)) == LARGE, "going back before the end loses nothing");
	in = once(LARGE);
	source = spill_begin(spill, &in.source);
	succeeds(spill_drain(spill, &err), err, "all of it is taken at once");
	ok(in.at == LARGE && read_through(source, 99991) == LARGE, "and is there to be read");
}

static void
test_secrecy(struct spill *spill)
{
	static uint8_t	 bytes[LARGE];
	struct once	 in = once(LARGE);
	struct error	 err = ERROR_INIT;
	FILE		*file;
	size_t		 len = 0, plain = 0;

	(void)spill_begin(spill, &in.source);
	succeeds(spill_drain(spill, &err), err, "a large input is taken");
	if ((file = spilled()) != NULL) {
		len = fread(bytes, 1, sizeof(bytes), file);
		(void)fclose(file);
	}
	is_int(len, LARGE - SPILL_MEMORY, "what is beyond the memory is in a file without a name");
	for (size_t i = 0; i + 16 <= len; i += 16)
		plain += memmem(input + SPILL_MEMORY + i, 16, bytes + i, 16) != NULL;
	is_int(plain, 0, "which holds no plaintext");
	in = once(10);
	(void)spill_begin(spill, &in.source);
	file = spilled();
	ok(file == NULL, "the next input closes it");
}

static void
test_look(struct spill *spill)
{
	struct once	 in = once(LARGE);
	struct source	*source = spill_begin(spill, &in.source);
	struct error	 err = ERROR_INIT;
	struct slice	 head = SLICE_NONE;

	ok(spill_look(spill, 22, &head, &err) == 0 && head.len == 22 && in.at == 22 && memcmp(head.data, input, 22) == 0,
	    "looking takes no more than it needs");
	ok(!spill_in_memory(spill), "whether that is all is not known");
	ok(read_through(source, 1000) == LARGE, "and moves nothing");
	in = once(21);
	source = spill_begin(spill, &in.source);
	ok(spill_look(spill, 22, &head, &err) == 0 && head.len == 21 && spill_in_memory(spill), "a short input is known to be short");
	ok(read_through(source, 5) == 21, "and can be read");
	in = once(5);
	in.breaks = true;
	(void)spill_begin(spill, &in.source);
	is_int(spill_look(spill, 22, &head, &err), ERR_SYSTEM, "a failing input is a failure");
}

static void
test_stop(struct spill *spill)
{
	struct once	 in = once(LARGE);
	struct source	*source = spill_begin(spill, &in.source);
	struct error	 err = ERROR_INIT;
	struct slice	 head;
	FILE		*file;

	ok(spill_look(spill, 1000, &head, &err) == 0, "a look ahead");
	spill_stop(spill);
	ok(read_through(source, 50000) == LARGE, "a stopped spill reads on");
	file = spilled();
	ok(file == NULL, "without a file");
	is_int(source_rewind(source, &err), ERR_INTERNAL, "and cannot go back");
}

static void
test_direct(struct spill *spill)
{
	struct source_memory	 in;
	struct source		*source;
	struct error		 err = ERROR_INIT;
	struct slice		 head;
	FILE			*file;

	source_memory_init(&in, slice_of(input, LARGE));
	source = spill_begin(spill, &in.source);
	ok(spill_look(spill, 22, &head, &err) == 0 && spill_drain(spill, &err) == 0 && read_through(source, 77777) == LARGE,
	    "input that can be read again passes");
	file = spilled();
	ok(file == NULL, "nothing of it is kept");
	ok(source_rewind(source, &err) == 0 && read_through(source, 65536) == LARGE, "it is read again from where it came");
	ok(source_rewind(source, &err) == 0 && spill_look(spill, SPILL_MEMORY, &head, &err) == 0 && head.len == SPILL_MEMORY &&
	    read_through(source, 65536) == LARGE, "also with a look in between");
}

int
main(void)
{
	CLEANUP(spill_freep) struct spill	*spill = NULL;
	uint32_t				 random = 2463534242u;
	struct error				 err = ERROR_INIT;

	for (size_t i = 0; i < LARGE; i++) {
		random ^= random << 13;
		random ^= random >> 17;
		random ^= random << 5;
		input[i] = (uint8_t)random;
	}
	succeeds(spill_new(&spill, &err), err, "a spill is made");
	test_sizes(spill);
	test_interrupted(spill);
	test_secrecy(spill);
	test_look(spill);
	test_stop(spill);
	test_direct(spill);
	return done_testing();
}
