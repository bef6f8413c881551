#include "kms/aws_cred_parts.h"
#include "tests/tap.h"

/* How it is exchanged is in tests/interop/boto3/credentials.t. */
static void
reads(const char *text, int kind, int64_t want, const char *what)
{
	CLEANUP(json_freep) struct json *root = NULL;
	CLEANUP(secret_freep) struct secret *token = NULL;
	struct error	err = ERROR_INIT;
	int64_t		expires = 0;

	is_int(aws_cred_sso_token(slice_str(text), &root, &token, &expires, &err), kind, what);
	if (kind == 0)
		ok(expires == want && slice_eq(secret_slice(token), SLICE("s3cr")), "%s: with its end", what);
	else
		ok(root == NULL && token == NULL && strstr(err.text, "s3cr") == NULL, "%s: nothing kept or said", what);
}

int
main(void)
{
	reads("{\"accessToken\":\"s3cr\",\"expiresAt\":\"2026-01-02T03:04:05Z\"}", 0, 1767323045, "a login");
	reads("{\"accessToken\":\"s3cr\",\"expiresAt\":\"2026-01-02T03:04:05UTC\",\"x\":{}}", 0, 1767323045, "one of an older client");
	reads("{\"accessToken\":\"s3cr\"}", ERR_SYNTAX, 0, "one without an end");
	reads("{\"accessToken\":\"s3cr\",\"expiresAt\":\"UTC\"}", ERR_SYNTAX, 0, "an end that is empty");
	reads("{\"accessToken\":\"s3cr\",\"expiresAt\":\"2026-01-02T03:04:05UTCUTC\"}", ERR_SYNTAX, 0, "an end that is no time");
	reads("{\"accessToken\":\"s3cr\",\"expiresAt\":1767323045}", ERR_SYNTAX, 0, "an end that is a number");
	reads("{\"accessToken\":\"\",\"expiresAt\":\"2026-01-02T03:04:05Z\"}", ERR_SYNTAX, 0, "an empty token");
	reads("{\"expiresAt\":\"2026-01-02T03:04:05Z\"}", ERR_SYNTAX, 0, "no token");
	reads("[\"s3cr\"]", ERR_SYNTAX, 0, "a list");
	reads("s3cr", ERR_SYNTAX, 0, "text");
	return done_testing();
}
