#include "kms/http_message.h"

#include "tests/tap.h"

int
main(void)
{
	const struct http_header headers[] = { { SLICE("Host"), SLICE("a") }, { SLICE("X"), SLICE("1") },
		{ SLICE("x"), SLICE("2") } };
	const struct http_message msg = { .headers = headers, .header_count = 3 };

	ok(http_message_header(&msg, "host") == &headers[0], "a header is found in either case");
	ok(http_message_header(&msg, "X") == &headers[1], "the first of several");
	ok(http_message_header(&msg, "hos") == NULL, "by its whole name");
	return done_testing();
}
