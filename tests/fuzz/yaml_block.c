#include "tests/fuzz/fuzz.h"
#include "tests/unit/yamlmerge/yaml_exact.h"

/* What the fast scanner takes, libyaml takes as well, and the trees are equal in everything. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	MUST(exact_read(slice_of(data, size)) != EXACT_DIFFERENT);
	return 0;
}
