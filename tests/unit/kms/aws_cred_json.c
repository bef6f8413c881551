#include "kms/aws_cred_parts.h"
#include "tests/tap.h"

static const struct aws_cred_names agent = { "AccessKeyId", "SecretAccessKey", "Token", "Expiration", .token_needed = true };
static const struct aws_cred_names portal = { "accessKeyId", "secretAccessKey", "sessionToken", "expiration",
	.token_needed = true, .milliseconds = true };

static int
read_text(const char *text, const struct aws_cred_names *names, struct aws_credentials *out, struct error *err)
{
	CLEANUP(json_freep) struct json *root = NULL;

	*out = (struct aws_credentials){ .secret = NULL };
	if (json_parse(slice_str(text), &root, err) != 0)
		return err->kind;
	return aws_cred_json(root, names, out, err);
}

static void
test_good(void)
{
	struct aws_credentials	got;
	struct error		err = ERROR_INIT;

	if (succeeds(read_text("{\"AccessKeyId\":\"AKIA\",\"SecretAccessKey\":\"s/+\",\"Token\":\"t=\",\"Expiration\":"
	    "\"2026-01-02T03:04:05Z\",\"Other\":[1]}", &agent, &got, &err), err, "what an agent sends is read")) {
		is_str(got.access_key, "AKIA", "its access key");
		is_slice(secret_slice(got.secret), SLICE("s/+"), "its secret");
		is_slice(secret_slice(got.token), SLICE("t="), "its token");
		is_int(got.expires, 1767323045, "its end");
	}
	aws_credentials_release(&got);
	if (succeeds(read_text("{\"accessKeyId\":\"A\",\"secretAccessKey\":\"s\",\"sessionToken\":\"t\",\"expiration\":1767323045999}",
	    &portal, &got, &err), err, "what the portal sends is read"))
		is_int(got.expires, 1767323045, "whose end is in milliseconds");
	aws_credentials_release(&got);
}

static void
test_bad(void)
{
#define HEAD	"{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s3cr\""
#define TAIL	",\"Token\":\"s3cr\"}"
	static const struct {
		const char	*text, *what;
	} rows[] = {
		{ "{}", "an empty object" },
		{ "[]", "a list" },
		{ HEAD "}", "no token" },
		{ HEAD ",\"Token\":\"\"}", "an empty token" },
		{ HEAD ",\"Token\":null}", "a token that is none" },
		{ HEAD ",\"Token\":7}", "a token that is a number" },
		{ HEAD ",\"Token\":\"s3cr\\nX: y\"}", "a token with a line break" },
		{ HEAD ",\"Token\":\"s3cr et\"}", "a token with a blank" },
		{ HEAD ",\"Token\":\"s3cr\\u00e9\"}", "a token beyond ASCII" },
		{ HEAD ",\"Expiration\":\"tomorrow\"" TAIL, "an end that is no time" },
		{ HEAD ",\"Expiration\":7" TAIL, "an end that is a number" },
		{ "{\"AccessKeyId\":\"\",\"SecretAccessKey\":\"s3cr\"" TAIL, "an empty access key" },
		{ "{\"AccessKeyId\":\"A\\u0000B\",\"SecretAccessKey\":\"s3cr\"" TAIL, "an access key with a NUL" },
		{ "{\"AccessKeyId\":\"0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
		    "012345678901234567890123456789\",\"SecretAccessKey\":\"s3cr\"" TAIL, "an endless access key" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct aws_credentials	got;
		struct error		err = ERROR_INIT;

		ok(read_text(rows[i].text, &agent, &got, &err) == ERR_SYNTAX && got.secret == NULL && got.token == NULL &&
		    strstr(err.text, "s3cr") == NULL, "%s is refused, and nothing kept or said", rows[i].what);
	}
}

static void
test_bad_milliseconds(void)
{
	static const char *const rows[] = { "", ",\"expiration\":\"2026-01-02T03:04:05Z\"", ",\"expiration\":-1", ",\"expiration\":0" };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char			text[256];
		struct aws_credentials	got;
		struct error		err = ERROR_INIT;

		(void)snprintf(text, sizeof(text), "{\"accessKeyId\":\"A\",\"secretAccessKey\":\"s\",\"sessionToken\":\"t\"%s}", rows[i]);
		is_int(read_text(text, &portal, &got, &err), ERR_SYNTAX, "an end in milliseconds cannot be this");
	}
}

int
main(void)
{
	test_good();
	test_bad();
	test_bad_milliseconds();
	return done_testing();
}
