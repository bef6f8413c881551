#include "kms/sigv4.h"

#include "tests/tap.h"

/* 2026-01-02T03:04:05Z */
#define NOW	1767323045

static struct http_header headers[8];
static struct http_message msg;
static struct sigv4_key key;
static char authorization[1024];

static void
put_header(const char *name, const char *value)
{
	headers[msg.header_count++] = (struct http_header){ slice_str(name), slice_str(value) };
}

/* A message like those of hubkeys, signed. */
static void
signed_message(const char *token)
{
	CLEANUP(buf_release) struct buf out = BUF(sizeof(authorization));
	struct error err = ERROR_INIT;

	key = (struct sigv4_key){ .access_key = SLICE("AKID"), .secret = SLICE("secret"), .token = slice_str(token),
		.region = SLICE("eu-west-1"), .service = SLICE("kms") };
	msg = (struct http_message){ .method = SLICE("POST"), .target = SLICE("/"), .headers = headers, .body = SLICE("{}") };
	if (sigv4_date(NOW, key.date, &err) != 0)
		bail_out(err.text);
	put_header("Host", "kms.eu-west-1.amazonaws.com");
	put_header("X-Amz-Date", key.date);
	put_header("X-Amz-Target", "TrentService.Decrypt");
	if (token != NULL)
		put_header("X-Amz-Security-Token", token);
	if (sigv4_sign(&key, &msg, &out, &err) != 0 || buf_terminate(&out, &err) != 0)
		bail_out(err.text);
	(void)snprintf(authorization, sizeof(authorization), "%s", (const char *)out.data);
	put_header("Authorization", authorization);
}

static int
verify_at(int64_t now)
{
	struct error err = ERROR_INIT;

	return sigv4_verify(&key, &msg, now, 300, &err);
}

static void
set_authorization(const char *text)
{
	headers[msg.header_count - 1].value = slice_str(text);
}

static void
test_accepts(void)
{
	signed_message(NULL);
	is_int(verify_at(NOW), 0, "a signed message verifies");
	is_int(verify_at(NOW + 300), 0, "at the end of its time too");
	is_int(verify_at(NOW - 300), 0, "and when its sender's clock runs ahead");
	signed_message("token");
	is_int(verify_at(NOW), 0, "with a session token");
	put_header("User-Agent", "something");
	is_int(verify_at(NOW), 0, "a header that is not signed may be added");
}

static void
test_refuses(void)
{
	signed_message(NULL);
	is_int(verify_at(NOW + 301), ERR_RANGE, "a message that is too old is refused");
	is_int(verify_at(NOW - 301), ERR_RANGE, "and one from the future");
	msg.body = SLICE("{ }");
	is_int(verify_at(NOW), ERR_TAMPERED, "an altered body is refused");
	signed_message(NULL);
	headers[2].value = SLICE("TrentService.Encrypt");
	is_int(verify_at(NOW), ERR_TAMPERED, "an altered target is refused");
	signed_message(NULL);
	msg.target = SLICE("/?a=b");
	is_int(verify_at(NOW), ERR_TAMPERED, "an added query is refused");
	signed_message(NULL);
	msg.method = SLICE("GET");
	is_int(verify_at(NOW), ERR_TAMPERED, "another method is refused");
	signed_message(NULL);
	key.secret = SLICE("Secret");
	is_int(verify_at(NOW), ERR_TAMPERED, "another secret is refused");
	signed_message(NULL);
	key.region = SLICE("eu-west-2");
	is_int(verify_at(NOW), ERR_TYPE, "the scope of another region is refused");
	signed_message(NULL);
	key.service = SLICE("sts");
	is_int(verify_at(NOW), ERR_TYPE, "the scope of another service is refused");
	signed_message("token");
	key.token = SLICE_NONE;
	is_int(verify_at(NOW), ERR_NO_KEY, "a token that the key does not have is refused");
	signed_message(NULL);
	key.token = SLICE("token");
	is_int(verify_at(NOW), ERR_NO_KEY, "a missing token is refused");
	signed_message(NULL);
	put_header("X-Amz-Security-Token", "token");
	key.token = SLICE("token");
	is_int(verify_at(NOW), ERR_SYNTAX, "a token that was not signed is refused");
}

static void
test_scope_of_another_day(void)
{
	char changed[sizeof(authorization)];

	signed_message(NULL);
	(void)snprintf(changed, sizeof(changed), "%s", authorization);
	memcpy(strstr(changed, "20260102"), "20260103", 8);
	set_authorization(changed);
	is_int(verify_at(NOW), ERR_TYPE, "a scope of another day than the date is refused");
}

static void
test_malformed(void)
{
	static const struct {
		const char	*text;
		int		 kind;
		const char	*what;
	} rows[] = {
		{ "", ERR_SYNTAX, "an empty header" },
		{ "Basic Zm9v", ERR_SYNTAX, "another scheme" },
		{ "AWS4-HMAC-SHA256 ", ERR_SYNTAX, "no parts" },
		{ "AWS4-HMAC-SHA256 Credential=A/20260102/eu-west-1/kms/aws4_request, SignedHeaders=host;x-amz-date",
		    ERR_SYNTAX, "no signature" },
		{ "AWS4-HMAC-SHA256 Credential=A/20260102/eu-west-1/kms, SignedHeaders=host;x-amz-date;x-amz-target, "
		    "Signature=00", ERR_SYNTAX, "a short scope" },
		{ "AWS4-HMAC-SHA256 Credential=A/20260102/eu-west-1/kms/aws4_request/x, SignedHeaders=host;x-amz-date, "
		    "Signature=00", ERR_SYNTAX, "a long scope" },
		{ "AWS4-HMAC-SHA256 Credential=A/20260102/eu-west-1/kms/aws4_request, Credential=B, "
		    "SignedHeaders=host;x-amz-date, Signature=00", ERR_SYNTAX, "a repeated part" },
		{ "AWS4-HMAC-SHA256 Credential=A/20260102/eu-west-1/kms/aws4_request, SignedHeaders=host;x-amz-target, "
		    "Signature=00", ERR_SYNTAX, "a date that is not signed" },
		{ "AWS4-HMAC-SHA256 Credential=A/20260102/eu-west-1/kms/aws4_request, SignedHeaders=host;x-amz-date, "
		    "Signature=00", ERR_SYNTAX, "a target that is not signed" },
		{ "AWS4-HMAC-SHA256 Credential=A/20260102/eu-west-1/kms/aws4_request, "
		    "SignedHeaders=host;x-amz-date;x-amz-target;x-other, Signature=00", ERR_SYNTAX,
		    "a signed header that is not there" },
		{ "AWS4-HMAC-SHA256 Credential=A/20260102/eu-west-1/kms/aws4_request, "
		    "SignedHeaders=host;x-amz-date;x-amz-target, Signature=00", ERR_TAMPERED, "a short signature" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		signed_message(NULL);
		set_authorization(rows[i].text);
		is_int(verify_at(NOW), rows[i].kind, rows[i].what);
	}
	signed_message(NULL);
	msg.header_count--;
	is_int(verify_at(NOW), ERR_NOT_FOUND, "a message without the header is unsigned, which is another answer");
	signed_message(NULL);
	headers[1].value = SLICE("2026-01-02T03:04:05Z");
	is_int(verify_at(NOW), ERR_SYNTAX, "a date in another form is refused");
}

static void
test_signer(void)
{
	CLEANUP(buf_release) struct buf out = BUF(4096);
	struct error err = ERROR_INIT;

	signed_message(NULL);
	headers[1].value = SLICE("20260102T030406Z");
	is_int(sigv4_sign(&key, &msg, &out, &err), ERR_SYNTAX, "signing wants the date in the message");
	err_reset(&err);
	is_int(sigv4_date(-70000000000000, key.date, &err), ERR_RANGE, "a time before the calendar is an error");
}

static void
test_presigned_link(void)
{
	CLEANUP(buf_release) struct buf out = BUF(4096);
	struct error err = ERROR_INIT;

	signed_message("to/ken");
	msg.header_count = 1;
	key.flags = SIGV4_TOKEN_UNSIGNED;
	if (succeeds(sigv4_presign(&key, &msg, 60, &out, &err), err, "a link is signed"))
		ok(slice_ends(buf_slice(&out), SLICE("&X-Amz-Security-Token=to%2Fken")), "a token left out comes last");
}

int
main(void)
{
	test_accepts();
	test_refuses();
	test_scope_of_another_day();
	test_malformed();
	test_signer();
	test_presigned_link();
	return done_testing();
}
