#include "crypto/gpg_status.h"

#include "tests/fuzz/fuzz.h"

static bool
is_part(struct slice part, struct slice of)
{
	return part.data == NULL || (part.data >= of.data && part.data + part.len <= of.data + of.len);
}

/* What gpg says, with names in it that somebody else chose: a plain text counts once, and only inside of what was decrypted. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice		text = slice_of(data, size);
	struct gpg_status	status = gpg_status_parse(text);

	MUST(is_part(status.no_seckey, text) && is_part(status.refused, text));
	MUST(status.plaintexts == 0 || status.begun != 0 || status.plaintexts >= 100);
	MUST(status.refusal >= 0 && status.refusal <= 100 && status.failure >= 0 && status.failure <= 0xffff);
	return 0;
}
