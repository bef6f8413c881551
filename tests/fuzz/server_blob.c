#include "kms/server_blob.h"

#include "tests/fuzz/fuzz.h"

/* Noise is never opened, and what is sealed is. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char state[] = "hubkms 1\nsession AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
	CLEANUP(server_keys_freep) struct server_keys *keys = NULL;
	CLEANUP(buf_release) struct buf out = BUF_SECRET(2 * SERVER_BLOB_MAX);
	CLEANUP(buf_release) struct buf blob = BUF(2 * SERVER_BLOB_MAX);
	const struct server_key	*key;
	struct slice		 input = slice_of(data, size), name;
	struct error		 err = ERROR_INIT;

	MUST(server_keys_parse(slice_str(state), &keys, &err) == 0);
	MUST(server_keys_create(keys, SLICE("eu-west-1"), SLICE_NONE, 0, &key, &err) == 0);
	MUST(server_blob_open(key, SLICE_NONE, input, &out, &err) != 0 && out.len == 0);
	err_reset(&err);
	if (server_blob_key(input, &name, &err) == 0)
		MUST(name.len <= 255 && name.data >= data && name.data + name.len <= data + size);
	err_reset(&err);
	if (size <= SERVER_PLAINTEXT_MAX) {
		MUST(server_blob_seal(key, input, input, &blob, &err) == 0);
		MUST(server_blob_open(key, input, buf_slice(&blob), &out, &err) == 0 && slice_eq(buf_slice(&out), input));
	}
	return 0;
}
