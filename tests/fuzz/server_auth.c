#include "kms/server_auth.h"

#include "kms/server_ops.h"
#include "tests/fuzz/fuzz.h"

#define HEADERS_MAX	32

/* Lines "name: value", an empty one, then the body: who cannot sign is never believed. */
static size_t
read_headers(struct slice *rest, struct http_header headers[static HEADERS_MAX])
{
	struct slice	line;
	size_t		n = 0, colon;

	while (n < HEADERS_MAX && slice_split(rest, '\n', &line) && line.len != 0) {
		colon = slice_find(line, ':', 0);
		headers[n++] = (struct http_header){ slice_sub(line, 0, colon), slice_trim(slice_from(line, colon + 1)) };
	}
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char	state[] = "hubkms 1\nsession AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
	static const char	user[] = "[me]\naws_access_key_id=AKIAME\naws_secret_access_key="
	    "eW91IGNhbm5vdCBndWVzcyB0aGlzIHNlY3JldCwgY2FuIHlvdT8K\n";
	CLEANUP(server_keys_freep) struct server_keys *keys = NULL;
	CLEANUP(server_users_freep) struct server_users *users = NULL;
	CLEANUP(server_reply_release) struct server_reply reply;
	struct http_header	headers[HEADERS_MAX];
	struct slice		rest = slice_of(data, size);
	struct http_message	msg = { .method = SLICE("POST"), .target = SLICE("/"), .headers = headers };
	struct error		err = ERROR_INIT;
	struct server		server = { .any_key = false };

	MUST(server_keys_parse(slice_str(state), &keys, &err) == 0);
	MUST(server_users_parse(slice_str(user), "f", &users, &err) == 0);
	server.keys = keys;
	server.users = users;
	msg.header_count = read_headers(&rest, headers);
	msg.body = rest;
	server_answer(&server, &msg, 1700000000, &reply);
	MUST(reply.status >= 400 && reply.status < 500 && reply.caller.arn[0] == '\0' && reply.body.len != 0);
	return 0;
}
