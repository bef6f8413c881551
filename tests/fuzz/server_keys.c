#include "kms/server_keys.h"

#include "tests/fuzz/fuzz.h"

/* The file of keys: what is read is consistent. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(server_keys_freep) struct server_keys *keys = NULL;
	struct error err = ERROR_INIT;

	if (server_keys_parse(slice_of(data, size), &keys, &err) != 0) {
		MUST(err.kind != ERR_NONE && keys == NULL);
		return 0;
	}
	MUST(server_keys_session_key(keys).len == SERVER_KEY_BYTES);
	for (size_t i = 0; i < server_keys_count(keys); i++) {
		const struct server_key *key = server_keys_at(keys, i);

		MUST(key->material->len == SERVER_KEY_BYTES && server_keys_find(keys, key->arn, key->region) == key);
	}
	for (size_t i = 0; i < server_keys_alias_count(keys); i++)
		MUST(server_keys_alias_at(keys, i)->target != NULL);
	return 0;
}
