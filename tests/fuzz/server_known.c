#include "kms/server_known.h"

#include "tests/fuzz/fuzz.h"

/* A table of recorded ciphertexts: what is read can be asked. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(server_known_freep) struct server_known *known = NULL;
	CLEANUP(buf_release) struct buf out = BUF_SECRET(1 << 20);
	struct slice	found = SLICE_NONE;
	struct error	err = ERROR_INIT;

	if (server_known_parse(slice_of(data, size), &known, &err) != 0)
		MUST(err.kind != ERR_NONE && known == NULL);
	else
		(void)!server_known_open(known, SLICE("blob"), SLICE_NONE, SLICE_NONE, &found, &out, &err);
	return 0;
}
