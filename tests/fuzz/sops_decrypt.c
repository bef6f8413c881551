#include "sops/decrypt.h"

#include "base/limits.h"
#include "tests/fuzz/fuzz.h"

/* Any text in the place of an encrypted file of each format, under a data key that opens nothing in it: an error, and no plain text. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct store *const stores[] = { &store_yaml, &store_json, &store_dotenv, &store_ini, &store_binary };

	for (size_t i = 0; i < sizeof(stores) / sizeof(*stores); i++) {
		CLEANUP(opened_release) struct opened opened = OPENED;
		struct decrypt_options	options = { .ignore_mac = size % 2 != 0 };
		struct error		err = ERROR_INIT;

		if (sealed_load(slice_of(data, size), stores[i], &opened, &err) == 0 &&
		    secret_copy(SLICE("0123456789abcdef0123456789abcdef"), &opened.datakey, &err) == 0)
			(void)!sealed_decrypt(&opened, stores[i], &options, &err);
	}
	return 0;
}
