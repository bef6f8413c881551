#include "gitfilter/attrfile.h"

#include "base/limits.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(buf_release) struct buf	there = BUF(4 * MIB), back = BUF(4 * MIB);
	struct error			err = ERROR_INIT;
	size_t				first, second;

	if (size > MIB)
		return 0;
	MUST(attrfile_rename_driver(slice_of(data, size), "git-crypt", "git-crypt-0", &there, &first, &err) == 0);
	MUST(there.len == size + 2 * first);
	MUST(attrfile_rename_driver(buf_slice(&there), "git-crypt", "x", &back, &second, &err) == 0 && second == 0);
	return 0;
}
