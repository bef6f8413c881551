#include "base/encode.h"
#include "kms/server_blob.h"
#include "kms/server_member.h"

int
server_member_body(struct server_call *call, struct json **out)
{
	struct error why = ERROR_INIT;

	if (json_parse(call->body, out, &why) != 0 || !json_is_map(*out))
		return server_refuse(call, 400, "SerializationException", "%s",
		    why.kind != ERR_NONE ? why.text : "the body is not an object");
	return 0;
}

static int
missing(struct server_call *call, const char *name)
{
	return server_refuse(call, 400, "ValidationException", "1 validation error detected: Value null at '%s' "
	    "failed to satisfy constraint: Member must not be null", name);
}

int
server_member_text(struct server_call *call, const struct json *body, const char *name, bool required, size_t max,
    struct slice *out)
{
	const struct json *value = json_find(body, name);

	*out = SLICE_NONE;
	if (value == NULL)
		return required ? missing(call, name) : 0;
	if (!json_text(value, out))
		return server_refuse(call, 400, "SerializationException", "'%s' is not a string", name);
	if (out->len == 0 || out->len > max)
		return server_refuse(call, 400, "ValidationException", "1 validation error detected: Value at '%s' "
		    "failed to satisfy constraint: Member must have length from 1 to %zu", name, max);
	return 0;
}

int
server_member_bytes(struct server_call *call, const struct json *body, const char *name, size_t max, struct buf *out)
{
	struct slice	text;
	struct error	why = ERROR_INIT;

	if (json_find(body, name) == NULL)
		return missing(call, name);
	if (!json_text(json_find(body, name), &text) || (text.len <= base64_length(max) &&
	    base64_decode(text, out, &why) != 0))
		return server_refuse(call, 400, "SerializationException", "'%s' is not base64 text", name);
	if (out->len == 0 || out->len > max)
		return server_refuse(call, 400, "ValidationException", "1 validation error detected: Value at '%s' "
		    "failed to satisfy constraint: Member must have length from 1 to %zu", name, max);
	return 0;
}

int
server_member_bool(struct server_call *call, const struct json *body, const char *name, bool *out)
{
	const struct json *value = json_find(body, name);

	*out = false;
	if (value != NULL && !json_bool(value, out))
		return server_refuse(call, 400, "SerializationException", "'%s' is not true or false", name);
	return 0;
}

int
server_member_int(struct server_call *call, const struct json *body, const char *name, int64_t max, int64_t absent, int64_t *out)
{
	const struct json *value = json_find(body, name);

	*out = absent;
	if (value == NULL)
		return 0;
	if (!json_int(value, out))
		return server_refuse(call, 400, "SerializationException", "'%s' is not an integer", name);
	if (*out < 1 || *out > max)
		return server_refuse(call, 400, "ValidationException", "1 validation error detected: Value '%lld' at '%s' "
		    "failed to satisfy constraint: Member must have value from 1 to %lld", (long long)*out, name,
		    (long long)max);
	return 0;
}

int
server_member_only(struct server_call *call, const struct json *body, const char *name, const char *only, const char *code)
{
	struct slice text;

	if (server_member_text(call, body, name, false, 64, &text) != 0)
		return ERR_DENIED;
	if (text.len != 0 && !slice_eq(text, slice_str(only)))
		return server_refuse(call, 400, code, "'%s': this server knows %s only", name, only);
	return 0;
}

int
server_member_context(struct server_call *call, const struct json *body, const char *name, struct buf *out, struct error *err)
{
	struct error why = ERROR_INIT;

	switch (server_blob_context(json_find(body, name), out, &why)) {
	case 0:
		return 0;
	case ERR_TYPE:
		return server_refuse(call, 400, "SerializationException", "%s", why.text);
	case ERR_LIMIT:
		return server_refuse(call, 400, "ValidationException", "%s", why.text);
	default:
		*err = why;
		return err->kind;
	}
}
