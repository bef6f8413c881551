#include "sops/decrypt.h"

#include "base/limits.h"
#include "tests/fuzz/fuzz.h"

/* Any text in the place of an encrypted file, under a data key that opens nothing in it: an error, and no byte of plain text. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(opened_release) struct opened opened = OPENED;
	struct decrypt_options	options = { .ignore_mac = size % 2 != 0 };
	struct error		err = ERROR_INIT;

	if (sealed_load(slice_of(data, size), &store_yaml, &opened, &err) != 0 ||
	    secret_copy(SLICE("0123456789abcdef0123456789abcdef"), &opened.datakey, &err) != 0)
		return 0;
	(void)!sealed_decrypt(&opened, &store_yaml, &options, &err);
	return 0;
}
