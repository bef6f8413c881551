#include "crypto/age.h"

#include "base/limits.h"
#include "tests/fuzz/fuzz.h"

/* An identity file, in clear or itself an age file; nothing of a private key is ever said. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(age_identities_freep) struct age_identities *with = NULL;
	struct error	err = ERROR_INIT;

	MUST(age_identities_new(&with, &err) == 0);
	if (age_identities_parse(with, slice_of(data, size), size % 2 != 0 ? AGE_IDENTITY_TRIM : 0, &err) != 0)
		MUST(err.kind != ERR_NONE && strstr(err.text, "AGE-SECRET-KEY-1") == NULL);
	for (size_t i = 0; i < age_identities_count(with); i++) {
		CLEANUP(buf_release) struct buf out = BUF(64 * KIB);

		err_reset(&err);
		(void)!age_identities_recipient(with, i, &out, &err);
	}
	err_reset(&err);
	if (age_identities_add_locked(with, slice_of(data, size), "f", &err) != 0)
		MUST(err.kind != ERR_NONE);
	return 0;
}
