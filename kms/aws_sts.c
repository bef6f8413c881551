#include "kms/aws_sts.h"

#include <stdio.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/timestamp.h"
#include "kms/xml.h"

#define CREDENTIAL_MAX	(16 * KIB)

/*
 * FORMAT.md 3.5.  sops deletes [^a-zA-Z0-9=,.@-_], where "@-_" is a range: '-' and '+' go, '[',
 * backslash, ']' and '^' stay.  These four go here as well, since STS refuses them.
 */
void
aws_sts_session_name(struct slice host, char out[static AWS_SESSION_NAME_MAX + 1])
{
	size_t n = (size_t)snprintf(out, AWS_SESSION_NAME_MAX + 1, "sops@");

	for (size_t i = 0; i < host.len && n < AWS_SESSION_NAME_MAX; i++) {
		uint8_t c = host.data[i];

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		    (c != 0 && strchr("=,.@_", c) != NULL))
			out[n++] = (char)c;
	}
	out[n] = '\0';
}

int
aws_sts_encode(struct slice value, struct buf *out, struct error *err)
{
	for (size_t i = 0; i < value.len; i++) {
		uint8_t	c = value.data[i];
		bool	plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		    (c != 0 && strchr("-._~", c) != NULL);

		if ((plain ? buf_byte(out, c, err) : buf_printf(out, err, "%%%02X", c)) != 0)
			return err->kind;
	}
	return 0;
}

static int
put_value(struct buf *out, const char *name, struct slice value, struct error *err)
{
	if (value.len == 0)
		return 0;
	if (buf_printf(out, err, "&%s=", name) != 0)
		return err->kind;
	return aws_sts_encode(value, out, err);
}

static int
put_action(const char *action, struct buf *out, struct error *err)
{
	return buf_printf(out, err, "Action=%s&Version=2011-06-15", action);
}

static int
put_role(const struct aws_role *role, struct buf *out, struct error *err)
{
	char		name[AWS_SESSION_NAME_MAX + 1], host[256] = "";
	struct slice	session = role->session;

	if (session.len == 0) {
		(void)gethostname(host, sizeof(host) - 1);
		aws_sts_session_name(slice_str(host), name);
		session = slice_str(name);
	}
	if (put_value(out, "RoleArn", role->arn, err) != 0 || put_value(out, "RoleSessionName", session, err) != 0)
		return err->kind;
	return put_value(out, "DurationSeconds", role->duration, err);
}

int
aws_sts_assume_role_form(const struct aws_role *role, struct slice code, struct buf *out, struct error *err)
{
	if (put_action("AssumeRole", out, err) != 0 || put_role(role, out, err) != 0 ||
	    put_value(out, "ExternalId", role->external_id, err) != 0)
		return err->kind;
	if (code.len == 0)
		return 0;
	if (put_value(out, "SerialNumber", role->device, err) != 0)
		return err->kind;
	return put_value(out, "TokenCode", code, err);
}

int
aws_sts_web_identity_form(const struct aws_role *role, struct slice token, struct buf *out, struct error *err)
{
	if (put_action("AssumeRoleWithWebIdentity", out, err) != 0 || put_role(role, out, err) != 0)
		return err->kind;
	return put_value(out, "WebIdentityToken", token, err);
}

int
aws_sts_session_form(struct slice device, struct slice code, struct buf *out, struct error *err)
{
	if (put_action("GetSessionToken", out, err) != 0 || put_value(out, "SerialNumber", device, err) != 0)
		return err->kind;
	return put_value(out, "TokenCode", code, err);
}

static int
read_element(struct slice body, const char *name, struct buf *out, struct error *err)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "Credentials/%s", name);
	if (xml_find(body, path, out, err) != 0)
		return err->kind;
	if (out->len == 0 || slice_find(buf_slice(out), '\n', 0) != out->len)
		return err_set(err, ERR_SYNTAX, "an empty or broken '%s'", name);
	return 0;
}

static int
read_credentials(struct slice body, struct aws_credentials *out, struct error *err)
{
	CLEANUP(buf_release) struct buf key = BUF(CREDENTIAL_MAX);
	CLEANUP(buf_release) struct buf secret = BUF_SECRET(CREDENTIAL_MAX);
	CLEANUP(buf_release) struct buf token = BUF_SECRET(CREDENTIAL_MAX);
	CLEANUP(buf_release) struct buf expires = BUF(CREDENTIAL_MAX);
	struct timestamp when;

	if (read_element(body, "AccessKeyId", &key, err) != 0 || read_element(body, "SecretAccessKey", &secret, err) != 0 ||
	    read_element(body, "SessionToken", &token, err) != 0 || read_element(body, "Expiration", &expires, err) != 0 ||
	    timestamp_parse(buf_slice(&expires), &when, err) != 0)
		return err->kind;
	if (key.len >= sizeof(out->access_key))
		return err_set(err, ERR_LIMIT, "an access key of %zu bytes", key.len);
	(void)snprintf(out->access_key, sizeof(out->access_key), "%.*s", SLICE_ARG(buf_slice(&key)));
	out->expires = when.seconds;
	if (secret_copy(buf_slice(&secret), &out->secret, err) != 0)
		return err->kind;
	return secret_copy(buf_slice(&token), &out->token, err);
}

int
aws_sts_credentials_read(struct slice body, struct aws_credentials *out, struct error *err)
{
	struct error problem = ERROR_INIT;

	*out = (struct aws_credentials){ .secret = NULL };
	if (read_credentials(body, out, &problem) == 0)
		return 0;
	aws_credentials_release(out);
	return err_set(err, problem.kind == ERR_MEMORY ? ERR_MEMORY : ERR_NETWORK,
	    "AWS STS gave no usable answer: %.200s", problem.text);
}

void
aws_credentials_release(struct aws_credentials *credentials)
{
	secret_free(credentials->secret);
	secret_free(credentials->token);
	*credentials = (struct aws_credentials){ .secret = NULL };
}
