#include "crypto/bech32.h"

#include "tests/fuzz/fuzz.h"

/* A string that decodes is the one that its prefix and bytes encode to. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(buf_release) struct buf	bytes = BUF(BECH32_MAX), text = BUF(BECH32_MAX);
	struct slice			prefix = SLICE_NONE;
	struct error			err = ERROR_INIT;

	if (bech32_decode(slice_of(data, size), &prefix, &bytes, &err) != 0) {
		MUST(err.kind != ERR_NONE && bytes.len == 0);
		return 0;
	}
	if (bech32_encode(prefix, buf_slice(&bytes), &text, &err) != 0)
		return 0;		/* a prefix without letters has no case */
	MUST(text.len == size);
	for (size_t i = 0; i < size; i++)
		MUST((text.data[i] | 0x20) == (data[i] | 0x20));
	return 0;
}
