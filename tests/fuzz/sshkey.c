#include "crypto/sshkey.h"

#include "tests/fuzz/fuzz.h"

/* The private and the public reader, and what libcrypto makes of the numbers in them. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(sshkey_freep) struct sshkey	*private = NULL, *public = NULL;
	struct error				 err = ERROR_INIT;

	if (sshkey_private_parse(slice_of(data, size), SLICE_NONE, &private, &err) == 0)
		MUST(private->wire.len > 0 && (private->is_private || private->is_locked));
	else
		MUST(err.kind != ERR_NONE && private == NULL);
	err_reset(&err);
	if (sshkey_public_parse(slice_of(data, size), &public, &err) == 0)
		MUST(public->wire.len > 0 && !public->is_private);
	else
		MUST(err.kind != ERR_NONE && public == NULL);
	return 0;
}
