#include "sops/regex.h"

#include "tests/fuzz/fuzz.h"

/* A pattern, and behind the first line break a subject. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(regex_freep) struct regex *regex = NULL;
	struct slice	text = slice_of(data, size);
	size_t		end = slice_find(text, '\n', 0);
	struct error	err = ERROR_INIT;
	bool		first, again;

	if (regex_compile(slice_sub(text, 0, end), &regex, &err) != 0)
		return 0;
	if (regex_match(regex, slice_from(text, end + 1), &first, &err) == 0)
		MUST(regex_match(regex, slice_from(text, end + 1), &again, &err) == 0 && first == again);
	return 0;
}
