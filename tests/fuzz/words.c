#include "base/words.h"

#include "base/limits.h"
#include "tests/fuzz/fuzz.h"

/* The command in $EDITOR: words there are, and no more letters than were given. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_release) struct arena	arena = ARENA(4 * MIB);
	const char				**argv;
	struct error				err = ERROR_INIT;
	size_t					letters = 0;

	if (words_split(slice_of(data, size), &arena, &argv, &err) != 0) {
		MUST(err.kind != ERR_NONE);
		return 0;
	}
	MUST(argv[0] != NULL);
	for (; *argv != NULL; argv++)
		letters += strlen(*argv);
	MUST(letters <= size);
	return 0;
}
