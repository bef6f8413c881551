#include "kms/aws_cred_parts.h"

#include "base/timestamp.h"

#define VALUE_MAX	16384

/* A text that can travel in a header: printable ASCII and nothing else. */
static int
take_text(const struct json *object, const char *name, bool needed, struct slice *out, struct error *err)
{
	const struct json *member = json_find(object, name);

	*out = SLICE_NONE;
	if (member == NULL && !needed)
		return 0;
	if (json_need_text(object, name, out, err) != 0)
		return err->kind;
	if (out->len > VALUE_MAX || (needed && out->len == 0))
		return err_set(err, ERR_SYNTAX, "an empty or overlong '%s'", name);
	for (size_t i = 0; i < out->len; i++)
		if (out->data[i] <= ' ' || out->data[i] >= 0x7f)
			return err_set(err, ERR_SYNTAX, "a '%s' with characters that none can have", name);
	return 0;
}

static int
take_expiration(const struct json *object, const struct aws_cred_names *names, int64_t *out, struct error *err)
{
	const struct json	*member = json_find(object, names->expiration);
	struct timestamp	 when;
	struct error		 problem = ERROR_INIT;
	struct slice		 text;

	*out = 0;
	if (names->milliseconds) {
		if (!json_int(member, out) || *out <= 0)
			return err_set(err, ERR_SYNTAX, "'%s' is not a point in time", names->expiration);
		*out /= 1000;
		return 0;
	}
	if (member == NULL)
		return 0;
	if (!json_text(member, &text) || timestamp_parse(text, &when, &problem) != 0)
		return err_set(err, ERR_SYNTAX, "'%s' is not a point in time", names->expiration);
	*out = when.seconds;
	return 0;
}

int
aws_cred_json(const struct json *object, const struct aws_cred_names *names, struct aws_credentials *out, struct error *err)
{
	struct slice	access_key, secret, token;
	int64_t		expires;

	if (take_text(object, names->access_key, true, &access_key, err) != 0 ||
	    take_text(object, names->secret, true, &secret, err) != 0 ||
	    take_text(object, names->token, names->token_needed, &token, err) != 0 ||
	    take_expiration(object, names, &expires, err) != 0)
		return err->kind;
	if (access_key.len >= sizeof(out->access_key))
		return err_set(err, ERR_SYNTAX, "an overlong '%s'", names->access_key);
	*out = (struct aws_credentials){ .expires = expires };
	memcpy(out->access_key, access_key.data, access_key.len);
	if (secret_copy(secret, &out->secret, err) == 0 &&
	    (token.len == 0 || secret_copy(token, &out->token, err) == 0))
		return 0;
	aws_credentials_release(out);
	return err->kind;
}
