#include <dirent.h>

#include "tests/fuzz/fuzz.h"
#include "tests/tap.h"

/*
 * Without a fuzzing compiler this stands in for libFuzzer: it feeds every file of testdata/fuzz/NAME, NAME being the base
 * name of the program, to the target, so that what fuzzing once found stays fixed.  "make fuzz" links the real one instead.
 */

#define INPUT_MAX	(4 * 1024 * 1024)

static int
visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

int
main(int argc, char **argv)
{
	char		 folder[1000], path[2000];
	const char	*slash = argc > 0 ? strrchr(argv[0], '/') : NULL, *name = slash != NULL ? slash + 1 : argv[0];
	size_t		 len = strcspn(name, ".");
	struct dirent	**entries;
	int		  n;

	(void)snprintf(folder, sizeof(folder), "testdata/fuzz/%.*s", (int)len, name);
	if ((n = scandir(folder, &entries, visible, alphasort)) < 0)
		bail_out("no corpus: run this from the top of the tree");
	for (int i = 0; i < n; i++) {
		uint8_t	*bytes = malloc(INPUT_MAX), *exact;
		FILE	*file;
		size_t	 size;

		(void)snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
		if (bytes == NULL || (file = fopen(path, "re")) == NULL)
			bail_out("a file of the corpus cannot be read");
		size = fread(bytes, 1, INPUT_MAX, file);
		(void)fclose(file);
		/* A block of exactly this size, so that AddressSanitizer sees one byte too many. */
		exact = malloc(size > 0 ? size : 1);
		if (exact == NULL)
			bail_out("out of memory");
		(void)memcpy(exact, bytes, size);
		free(bytes);
		ok(LLVMFuzzerTestOneInput(exact, size) == 0, "%s", entries[i]->d_name);
		free(exact);
		free(entries[i]);
	}
	free(entries);
	ok(n > 0, "the corpus is not empty");
	return done_testing();
}
