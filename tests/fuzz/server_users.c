#include "kms/server_users.h"

#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(server_users_freep) struct server_users *users = NULL;
	struct error err = ERROR_INIT;

	if (server_users_parse(slice_of(data, size), "f", &users, &err) != 0) {
		MUST(err.kind != ERR_NONE && users == NULL);
		return 0;
	}
	MUST(server_users_first(users)->secret->len != 0);
	MUST(server_users_find(users, server_users_first(users)->access_key) == server_users_first(users));
	return 0;
}
