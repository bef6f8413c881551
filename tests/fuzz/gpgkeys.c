#include "gitfilter/gpgkeys.h"

#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (int every = 0; every < 2; every++) {
		CLEANUP(gpgkeys_release) struct gpgkeys	keys = GPGKEYS;
		struct error				err = ERROR_INIT;

		if (gpgkeys_parse(slice_of(data, size), every != 0, &keys, &err) != 0)
			continue;
		/* What comes out becomes a file name and an argument. */
		for (size_t i = 0; i < keys.count; i++)
			MUST(gpgkeys_is_fingerprint(keys.keys[i].fingerprint));
	}
	return 0;
}
