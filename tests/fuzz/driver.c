/*
 * Replays a fuzz target's corpus without a fuzzing compiler: every file of testdata/fuzz/<own name>/, and
 * cheap variants of each, cut short and with bytes changed.  What fuzzing once found stays fixed, because
 * its input is kept there.  A crash or a sanitizer's report ends the program, which the harness sees.
 *
 * Run from the top of the source tree.  "make fuzz" links libFuzzer in place of this file.
 */
#include <dirent.h>
#include <libgen.h>

#include "base/buf.h"
#include "base/file.h"
#include "tests/fuzz/fuzz.h"
#include "tests/tap.h"

#define FILE_MAX	((size_t)16 * 1024 * 1024)
#define VARIANT_MAX	((size_t)64 * 1024)	/* larger files run as they are */
#define CHANGES		24

__attribute__((weak)) int LLVMFuzzerInitialize(int *argc, char ***argv);

/* A copy of its own size, so that a sanitizer sees each byte read beyond it. */
static bool
try(const uint8_t *data, size_t size)
{
	uint8_t	*copy = malloc(size);
	bool	 fine;

	if (copy == NULL && size > 0)
		bail_out("out of memory");
	if (size > 0)
		(void)memcpy(copy, data, size);
	fine = LLVMFuzzerTestOneInput(copy, size) == 0;
	free(copy);
	return fine;
}

static bool
try_variants(struct buf *file)
{
	uint32_t	random = 2463534242u;
	bool		fine = true;

	for (size_t part = 0; part < 8; part++)
		fine = try(file->data, file->len * part / 8) && fine;
	if (file->len > 0)
		fine = try(file->data, file->len - 1) && fine;
	for (size_t i = 0; i < CHANGES && file->len > 0; i++) {
		uint8_t	*byte, before;

		/* Marsaglia's xorshift: the same changes on every machine. */
		random ^= random << 13;
		random ^= random >> 17;
		random ^= random << 5;
		byte = &file->data[random % file->len];
		before = *byte;
		*byte ^= (uint8_t)(1u << (random >> 29));
		fine = try(file->data, file->len) && fine;
		*byte = (uint8_t)(random >> 8);
		fine = try(file->data, file->len) && fine;
		*byte = before;
	}
	return fine;
}

static int
is_file(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

int
main(int argc, char **argv)
{
	char		 folder[512], *name = basename(argv[0]), *suffix = strrchr(name, '.');
	struct dirent	**entries;
	int		 count;

	if (suffix != NULL)
		*suffix = '\0';
	if (LLVMFuzzerInitialize != NULL)
		(void)LLVMFuzzerInitialize(&argc, &argv);
	(void)snprintf(folder, sizeof(folder), "testdata/fuzz/%s", name);
	count = scandir(folder, &entries, is_file, alphasort);
	ok(count > 0, "there is a corpus in %s", folder);
	for (int i = 0; i < count; i++) {
		CLEANUP(buf_release) struct buf	file = BUF(FILE_MAX);
		struct error			err = ERROR_INIT;
		char				path[1024];

		(void)snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
		ok(file_read(path, &file, &err) == 0 && try(file.data, file.len) &&
		    (file.len > VARIANT_MAX || try_variants(&file)), "survives %s", entries[i]->d_name);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	return done_testing();
}
