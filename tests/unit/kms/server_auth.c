#include <stdio.h>

#include "kms/json.h"
#include "kms/server_ops.h"
#include "kms/sigv4.h"
#include "kms/xml.h"
#include "tests/tap.h"

/*
 * Whole requests, signed here and answered there: who is believed, and how the others are refused.
 */
#define NOW	INT64_C(1700000000)
#define SECRET	"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
#define ROLE	"arn:aws:iam::123456789012:role/ops"

static struct server server;

/* What a client sends, and the ways in which it may go wrong. */
struct attempt {
	const char	*target, *service, *body, *access_key, *secret, *token, *region;
	int64_t		 at;		/* the client's clock */
	const char	*path, *method;
	const char	*sent_body;	/* other than what was signed */
	const char	*sent_token;
	const char	*sent_target;
	bool		 unsigned_request, second_target, bad_authorization;
};

#define LIST	((struct attempt){ .target = "TrentService.ListKeys", .service = "kms", .body = "{}",	\
	.access_key = "AKIAME", .secret = SECRET, .region = "eu-west-1", .at = NOW, .path = "/", .method = "POST" })
#define WHOAMI	((struct attempt){ .service = "sts", .body = "Action=GetCallerIdentity&Version=2011-06-15",	\
	.access_key = "AKIAME", .secret = SECRET, .region = "eu-west-1", .at = NOW, .path = "/", .method = "POST" })

static void
send_attempt(const struct attempt *attempt, struct server_reply *reply)
{
	CLEANUP(buf_release) struct buf authorization = BUF(8192);
	struct error		err = ERROR_INIT;
	struct http_header	headers[8];
	struct http_message	msg = {
		.method = slice_str(attempt->method), .target = slice_str(attempt->path), .headers = headers,
		.body = slice_str(attempt->body),
	};
	struct sigv4_key	key = {
		.access_key = slice_str(attempt->access_key), .secret = slice_str(attempt->secret),
		.token = slice_str(attempt->token), .region = slice_str(attempt->region),
		.service = slice_str(attempt->service),
	};
	size_t			n = 0;

	if (sigv4_date(attempt->at, key.date, &err) != 0)
		bail_out(err.text);
	headers[n++] = (struct http_header){ SLICE("Host"), SLICE("127.0.0.1:8080") };
	headers[n++] = (struct http_header){ SLICE("X-Amz-Date"), slice_str(key.date) };
	if (attempt->target != NULL)
		headers[n++] = (struct http_header){ SLICE("X-Amz-Target"), slice_str(attempt->target) };
	if (attempt->token != NULL)
		headers[n++] = (struct http_header){ SLICE("X-Amz-Security-Token"), slice_str(attempt->token) };
	msg.header_count = n;
	if (sigv4_sign(&key, &msg, &authorization, &err) != 0)
		bail_out(err.text);
	if (attempt->sent_target != NULL)
		headers[2].value = slice_str(attempt->sent_target);
	if (attempt->sent_token != NULL)
		headers[n - 1].value = slice_str(attempt->sent_token);
	if (attempt->second_target)
		headers[n++] = (struct http_header){ SLICE("x-amz-target"), SLICE("TrentService.CreateKey") };
	if (!attempt->unsigned_request)
		headers[n++] = (struct http_header){ SLICE("Authorization"),
		    attempt->bad_authorization ? SLICE("AWS4-HMAC-SHA256 Credential=AKIAME") : buf_slice(&authorization) };
	msg.header_count = n;
	if (attempt->sent_body != NULL)
		msg.body = slice_str(attempt->sent_body);
	server_answer(&server, &msg, NOW, reply);
}

/* Refused with this code, said in the body as the protocol says it, and without an identity. */
static void
refused(const struct attempt *attempt, unsigned status, const char *code, const char *claim)
{
	CLEANUP(server_reply_release) struct server_reply reply;
	CLEANUP(buf_release) struct buf said = BUF(1000);
	CLEANUP(json_freep) struct json *json = NULL;
	struct error	err = ERROR_INIT;
	struct slice	text = SLICE_NONE;

	send_attempt(attempt, &reply);
	if (attempt->target != NULL) {
		if (json_parse(buf_slice(&reply.body), &json, &err) != 0 || !json_text(json_find(json, "__type"), &text))
			text = SLICE_NONE;
	} else if (xml_find(buf_slice(&reply.body), "Error/Code", &said, &err) == 0) {
		text = buf_slice(&said);
	}
	if (!ok(reply.status == status && slice_eq(text, slice_str(code)), "%s: %s, %u", claim, code, status))
		printf("#   %u %s %s\n#   %.*s\n", reply.status, reply.code, reply.message, SLICE_ARG(buf_slice(&reply.body)));
}

static void
accepted(const struct attempt *attempt, const char *arn, const char *claim)
{
	CLEANUP(server_reply_release) struct server_reply reply;

	send_attempt(attempt, &reply);
	if (!ok(reply.status == 200 && strcmp(reply.caller.arn, arn) == 0, "%s", claim))
		printf("#   %u %s %s, caller '%s'\n", reply.status, reply.code, reply.message, reply.caller.arn);
}

static void
users(void)
{
	struct attempt a = LIST, b = WHOAMI;

	accepted(&a, "arn:aws:iam::123456789012:user/me", "a signed KMS request is answered");
	accepted(&b, "arn:aws:iam::123456789012:user/me", "so is a signed STS request");
	a.at = NOW - SERVER_SKEW_SECONDS;
	accepted(&a, "arn:aws:iam::123456789012:user/me", "five minutes late is in time");
	a.at = NOW - SERVER_SKEW_SECONDS - 1;
	refused(&a, 400, "InvalidSignatureException", "a second more is too late");
	a.at = NOW + SERVER_SKEW_SECONDS + 1;
	refused(&a, 400, "InvalidSignatureException", "and too early");
	b.at = NOW - 86400;
	refused(&b, 403, "SignatureDoesNotMatch", "yesterday's STS request");
}

static void
date_message(void)
{
	CLEANUP(server_reply_release) struct server_reply late;
	CLEANUP(server_reply_release) struct server_reply early;
	struct attempt a = LIST;

	a.at = NOW - 400;
	send_attempt(&a, &late);
	is_str(late.message, "Signature expired: 20231114T220640Z is now earlier than 20231114T220820Z "
	    "(20231114T221320Z - 5 min.)", "a late request is told by how much");
	a.at = NOW + 400;
	send_attempt(&a, &early);
	is_str(early.message, "Signature not yet current: 20231114T222000Z is still later than 20231114T221820Z "
	    "(20231114T221320Z + 5 min.)", "an early one too");
}

static void
forgeries(void)
{
	struct attempt a;

	a = LIST;
	a.secret = "another";
	refused(&a, 400, "InvalidSignatureException", "the wrong secret");
	a = LIST;
	a.access_key = "AKIAYOU";
	refused(&a, 400, "UnrecognizedClientException", "an unknown access key");
	a = LIST;
	a.sent_body = "{ }";
	refused(&a, 400, "InvalidSignatureException", "an altered body");
	a = LIST;
	a.sent_target = "TrentService.CreateKey";
	refused(&a, 400, "InvalidSignatureException", "an altered operation");
	a = LIST;
	a.second_target = true;
	refused(&a, 400, "InvalidSignatureException", "a second operation behind the first");
	a = LIST;
	a.unsigned_request = true;
	refused(&a, 400, "MissingAuthenticationTokenException", "no signature");
	a = LIST;
	a.bad_authorization = true;
	refused(&a, 400, "IncompleteSignatureException", "half an Authorization header");
	a = LIST;
	a.service = "s3";
	refused(&a, 400, "InvalidSignatureException", "a signature for another service");
	a = LIST;
	a.region = "EU/WEST";
	refused(&a, 400, "IncompleteSignatureException", "a region with a slash");
	a = LIST;
	a.region = "EU_WEST";
	refused(&a, 400, "InvalidSignatureException", "a region that cannot be one");
	a = LIST;
	a.token = "made up";
	refused(&a, 400, "UnrecognizedClientException", "a token that the key does not have");
	a = LIST;
	a.path = "/x";
	refused(&a, 404, "UnknownOperationException", "another path");
	a = LIST;
	a.path = "/?X-Amz-Signature=0";
	refused(&a, 404, "UnknownOperationException", "a query");
	a = LIST;
	a.method = "GET";
	refused(&a, 405, "UnknownOperationException", "another method");
	a = WHOAMI;
	a.secret = "another";
	refused(&a, 403, "SignatureDoesNotMatch", "STS: the wrong secret");
	a = WHOAMI;
	a.access_key = "AKIAYOU";
	refused(&a, 403, "InvalidClientTokenId", "STS: an unknown access key");
	a = WHOAMI;
	a.unsigned_request = true;
	refused(&a, 403, "MissingAuthenticationToken", "STS: no signature");
	a = WHOAMI;
	a.body = "Version=2011-06-15";
	refused(&a, 400, "MissingAction", "STS: no action");
	a = WHOAMI;
	a.body = "Action=%41ssumeRole%0a";
	refused(&a, 400, "InvalidAction", "STS: an unknown action");
}

/* Temporary credentials, as AssumeRole gives them. */
struct temporary {
	struct buf access_key, secret, token;
};

static bool
assume(struct temporary *out, const char *duration)
{
	CLEANUP(server_reply_release) struct server_reply reply;
	struct error	err = ERROR_INIT;
	struct attempt	a = WHOAMI;
	char		body[512];

	(void)snprintf(body, sizeof(body), "Action=AssumeRole&Version=2011-06-15&RoleArn=" ROLE "&RoleSessionName=test&"
	    "DurationSeconds=%s", duration);
	a.body = body;
	send_attempt(&a, &reply);
	*out = (struct temporary){ BUF(100), BUF_SECRET(100), BUF(8000) };
	return xml_find(buf_slice(&reply.body), "Credentials/AccessKeyId", &out->access_key, &err) == 0 &&
	    xml_find(buf_slice(&reply.body), "Credentials/SecretAccessKey", &out->secret, &err) == 0 &&
	    xml_find(buf_slice(&reply.body), "Credentials/SessionToken", &out->token, &err) == 0 &&
	    buf_terminate(&out->access_key, &err) == 0 && buf_terminate(&out->secret, &err) == 0 &&
	    buf_terminate(&out->token, &err) == 0;
}

static void
temporary_release(struct temporary *t)
{
	buf_release(&t->access_key);
	buf_release(&t->secret);
	buf_release(&t->token);
}

static struct attempt
as(struct attempt attempt, const struct temporary *t)
{
	attempt.access_key = (const char *)t->access_key.data;
	attempt.secret = (const char *)t->secret.data;
	attempt.token = (const char *)t->token.data;
	return attempt;
}

static void
sessions(void)
{
	CLEANUP(temporary_release) struct temporary one = { .token = BUF(0) };
	CLEANUP(temporary_release) struct temporary two = { .token = BUF(0) };
	struct attempt	a;
	size_t		believed = 0;

	if (!ok(assume(&one, "900") && assume(&two, "900"), "a role is assumed, twice"))
		return;
	a = as(LIST, &one);
	accepted(&a, "arn:aws:sts::123456789012:assumed-role/ops/test", "its credentials are accepted");
	a = as(WHOAMI, &one);
	accepted(&a, "arn:aws:sts::123456789012:assumed-role/ops/test", "by STS too");
	a = as(LIST, &one);
	a.token = NULL;
	refused(&a, 400, "UnrecognizedClientException", "but not without their token");
	a = as(LIST, &one);
	a.token = (const char *)two.token.data;
	refused(&a, 400, "UnrecognizedClientException", "nor with another's");
	a = as(LIST, &one);
	a.secret = (const char *)two.secret.data;
	refused(&a, 400, "InvalidSignatureException", "nor with another's secret");
	a = as(LIST, &one);
	a.sent_token = (const char *)two.token.data;
	refused(&a, 400, "UnrecognizedClientException", "nor with a token put there later");
	for (size_t i = 0; i < one.token.len; i++) {
		CLEANUP(server_reply_release) struct server_reply reply;

		one.token.data[i] ^= 1;
		a = as(LIST, &one);
		send_attempt(&a, &reply);
		believed += reply.status == 200;
		one.token.data[i] ^= 1;
	}
	is_int(believed, 0, "a token with any byte changed is not believed");
	a = as(WHOAMI, &one);
	a.body = "Action=AssumeRole&RoleArn=" ROLE "&RoleSessionName=x2&DurationSeconds=3601";
	refused(&a, 400, "ValidationError", "a role assumed by a role lasts an hour at most");
}

static void
expiry(void)
{
	struct server_session	session;
	struct error		err = ERROR_INIT;
	struct attempt		a;
	char			secret[64];

	if (server_session_new(&server, SLICE(ROLE), SLICE("late"), NOW, &session, &err) != 0 ||
	    buf_terminate(&session.token, &err) != 0)
		bail_out(err.text);
	(void)snprintf(secret, sizeof(secret), "%.*s", SLICE_ARG(secret_slice(session.secret)));
	a = LIST;
	a.access_key = session.access_key;
	a.secret = secret;
	a.token = (const char *)session.token.data;
	refused(&a, 400, "ExpiredTokenException", "credentials that ended now");
	a.service = "sts";
	a.target = NULL;
	a.body = "Action=GetCallerIdentity";
	refused(&a, 403, "ExpiredToken", "for STS too");
	server_session_release(&session);
}

int
main(void)
{
	CLEANUP(server_keys_freep) struct server_keys *keys = NULL;
	CLEANUP(server_users_freep) struct server_users *me = NULL;
	struct error err = ERROR_INIT;

	if (server_keys_parse(SLICE("hubkms 1\nsession AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"), &keys, &err) != 0 ||
	    server_users_parse(SLICE("[me]\naws_access_key_id=AKIAME\naws_secret_access_key=" SECRET "\n"), "f", &me, &err) != 0)
		bail_out(err.text);
	server = (struct server){ .keys = keys, .users = me };
	users();
	date_message();
	forgeries();
	sessions();
	expiry();
	return done_testing();
}
