#include "base/num.h"
#include "base/timestamp.h"
#include "kms/server_ops.h"
#include "kms/xml.h"

/*
 * The STS side: form-encoded requests, XML answers (kms.md 3.5).  An operation writes the inside of its Result
 * element; server_ops.c frames it.
 */
#define DURATION_DEFAULT	3600
#define DURATION_MIN		900
#define DURATION_MAX		43200
#define DURATION_CHAINED	3600	/* of a role that was assumed by a role */

/* --- form fields --------------------------------------------------------------------------------------- */

static int
hex_digit(uint8_t c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static int
form_decode(struct slice text, struct buf *out, struct error *err)
{
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.data[i];

		if (c == '%') {
			int high = i + 2 < text.len ? hex_digit(text.data[i + 1]) : -1;
			int low = i + 2 < text.len ? hex_digit(text.data[i + 2]) : -1;

			if (high < 0 || low < 0)
				return err_set(err, ERR_SYNTAX, "malformed percent escape");
			c = (uint8_t)(high << 4 | low);
			i += 2;
		} else if (c == '+') {
			c = ' ';
		}
		if (buf_byte(out, c, err) != 0)
			return err->kind;
	}
	return 0;
}

int
server_form_field(struct slice body, const char *name, struct buf *out, struct error *err)
{
	struct slice	part, value = SLICE_NONE;
	size_t		equals;
	bool		found = false;

	while (slice_split(&body, '&', &part)) {
		equals = slice_find(part, '=', 0);
		if (!slice_eq(slice_sub(part, 0, equals), slice_str(name)))
			continue;
		if (found)
			return err_set(err, ERR_SYNTAX, "field '%s' is there twice", name);
		found = true;
		value = slice_from(part, equals + 1);
	}
	if (!found)
		return err_set(err, ERR_NOT_FOUND, "there is no field '%s'", name);
	return form_decode(value, out, err);
}

/* An optional field stays empty. */
static int
field(struct server_call *call, const char *name, bool required, struct buf *out)
{
	struct error why = ERROR_INIT;

	switch (server_form_field(call->body, name, out, &why)) {
	case 0:
		return 0;
	case ERR_NOT_FOUND:
		if (!required)
			return 0;
		/* FALLTHROUGH */
	default:
		return server_refuse(call, 400, "ValidationError",
		    "1 validation error detected: field '%s': %s", name, why.text);
	}
}

static int
put_element(struct buf *out, const char *name, struct slice text, struct error *err)
{
	if (buf_printf(out, err, "<%s>", name) != 0 || xml_put_text(out, text, err) != 0)
		return err->kind;
	return buf_printf(out, err, "</%s>", name);
}

/* --- operations ---------------------------------------------------------------------------------------- */

static bool
role_allowed(const struct server *server, struct slice role)
{
	for (size_t i = 0; i < server->role_count; i++)
		if (slice_eq(server->roles[i], role))
			return true;
	return server->role_count == 0;
}

static int
duration(struct server_call *call, int64_t *out)
{
	CLEANUP(buf_release) struct buf text = BUF(32);
	int64_t max = call->reply->caller.temporary ? DURATION_CHAINED : DURATION_MAX;

	*out = DURATION_DEFAULT;
	if (field(call, "DurationSeconds", false, &text) != 0)
		return ERR_DENIED;
	if (text.len != 0 && !num_parse(buf_slice(&text), DURATION_MIN, max, out))
		return server_refuse(call, 400, "ValidationError",
		    "The requested DurationSeconds is not from %d to the MaxSessionDuration of %lld seconds",
		    DURATION_MIN, (long long)max);
	return 0;
}

static int
put_credentials(const struct server_session *session, struct buf *out, struct error *err)
{
	CLEANUP(buf_release) struct buf expires = BUF(64);
	struct timestamp when = { .seconds = session->expires };

	if (timestamp_format_seconds(&when, &expires, err) != 0 || buf_str(out, "<Credentials>", err) != 0 ||
	    put_element(out, "AccessKeyId", slice_str(session->access_key), err) != 0 ||
	    put_element(out, "SecretAccessKey", secret_slice(session->secret), err) != 0 ||
	    put_element(out, "SessionToken", buf_slice(&session->token), err) != 0 ||
	    put_element(out, "Expiration", buf_slice(&expires), err) != 0)
		return err->kind;
	return buf_str(out, "</Credentials>", err);
}

static int
assume_role(struct server_call *call, struct error *err)
{
	CLEANUP(buf_release) struct buf role = BUF(SERVER_ARN_MAX);
	CLEANUP(buf_release) struct buf name = BUF(256);
	CLEANUP(buf_release) struct buf external = BUF(1224);
	CLEANUP(server_session_release) struct server_session session = { .secret = NULL };
	struct server_caller	as = { .temporary = true };
	struct error		why = ERROR_INIT;
	struct buf		*body = &call->reply->body;
	int64_t			seconds;

	if (field(call, "RoleArn", true, &role) != 0 || server_subject(call, buf_slice(&role)) != 0 ||
	    field(call, "RoleSessionName", true, &name) != 0 || duration(call, &seconds) != 0 ||
	    field(call, "ExternalId", false, &external) != 0)
		return ERR_DENIED;
	if (server_role_caller(buf_slice(&role), buf_slice(&name), &as, &why) != 0)
		return why.kind != ERR_SYNTAX ? err_set(err, why.kind, "%s", why.text) :
		    server_refuse(call, 400, "ValidationError", "1 validation error detected: %s", why.text);
	if (!role_allowed(call->server, buf_slice(&role)))
		return server_refuse(call, 403, "AccessDenied",
		    "User: %s is not authorized to perform: sts:AssumeRole on resource: %s", call->reply->caller.arn,
		    call->reply->subject);
	if (server_session_new(call->server, buf_slice(&role), buf_slice(&name), call->now + seconds, &session, err) != 0 ||
	    put_credentials(&session, body, err) != 0 || buf_str(body, "<AssumedRoleUser>", err) != 0 ||
	    put_element(body, "AssumedRoleId", slice_str(as.id), err) != 0 ||
	    put_element(body, "Arn", slice_str(as.arn), err) != 0)
		return err->kind;
	return buf_str(body, "</AssumedRoleUser>", err);
}

static int
get_caller_identity(struct server_call *call, struct error *err)
{
	const struct server_caller	*caller = &call->reply->caller;
	struct buf			*body = &call->reply->body;

	if (server_subject(call, SLICE_NONE) != 0)
		return ERR_DENIED;
	if (put_element(body, "UserId", slice_str(caller->id), err) != 0 ||
	    put_element(body, "Account", slice_str(caller->account), err) != 0)
		return err->kind;
	return put_element(body, "Arn", slice_str(caller->arn), err);
}

const struct server_operation server_sts_operations[] = {
	{ "AssumeRole", assume_role },
	{ "GetCallerIdentity", get_caller_identity },
	{ NULL, NULL },
};
