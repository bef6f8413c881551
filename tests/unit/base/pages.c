#include "base/pages.h"

#include "tests/tap.h"

int
main(void)
{
	static const size_t sizes[] = { 0, 1, 100, PAGES_OWN_MAPPING - 1, PAGES_OWN_MAPPING, PAGES_OWN_MAPPING + 1, 5000000 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		for (int secret = 0; secret < 2; secret++) {
			uint8_t *block = pages_alloc(sizes[i], secret);

			if (ok(block != NULL, "%zu bytes%s", sizes[i], secret ? ", secret" : ""))
				memset(block, 'x', sizes[i]);
			pages_prepare(block, sizes[i], secret);
			pages_free(block, sizes[i], sizes[i], secret);
		}
	ok(pages_alloc(SIZE_MAX / 2, true) == NULL, "what no machine has is refused");
	pages_free(NULL, 100, 100, true);
	return done_testing();
}
