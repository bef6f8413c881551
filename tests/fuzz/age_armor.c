#include "crypto/age_armor.h"

#include "base/limits.h"
#include "tests/fuzz/fuzz.h"

/* What decodes has the same bytes after encoding and decoding again. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(buf_release) struct buf	bytes = BUF(MIB), text = BUF(2 * MIB), again = BUF(MIB);
	struct error			err = ERROR_INIT;

	if (age_armor_decode(slice_of(data, size), &bytes, &err) != 0) {
		MUST(err.kind != ERR_NONE && bytes.len == 0);
		return 0;
	}
	MUST(age_armor_recognised(slice_of(data, size)));
	MUST(age_armor_encode(buf_slice(&bytes), &text, &err) == 0);
	MUST(age_armor_decode(buf_slice(&text), &again, &err) == 0);
	MUST(slice_eq(buf_slice(&bytes), buf_slice(&again)));
	return 0;
}
