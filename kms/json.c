#include "kms/json.h"

#include <jansson.h>

#include "base/encode.h"
#include "base/limits.h"
#include "kms/wiping.h"

/*
 * A struct json is jansson's json_t under a name of ours, so that no header of ours needs theirs.
 */

void
json_setup(void)
{
	static bool done;

	if (!done)
		json_set_alloc_funcs(wiping_malloc, wiping_free);
	done = true;
}

/* Our opaque type is theirs; reading never changes a value, though their macros want it unqualified. */
static const json_t *
theirs(const struct json *value)
{
	return (const json_t *)value;
}

static const struct json *
ours(const json_t *value)
{
	return (const struct json *)value;
}

int
json_parse(struct slice text, struct json **out, struct error *err)
{
	json_error_t	 problem;
	json_t		*root;

	json_setup();
	if (text.len > LIMIT_REPLY)
		return err_set(err, ERR_LIMIT, "JSON of more than %zu bytes", LIMIT_REPLY);
	root = json_loadb(text.data != NULL ? (const char *)text.data : "", text.len, JSON_REJECT_DUPLICATES, &problem);
	if (root == NULL) {
		if (json_error_code(&problem) == json_error_out_of_memory)
			return err_memory(err);
		/* Their text quotes what it read near the fault, which may be a secret: give the place alone. */
		return err_set(err, ERR_SYNTAX, "malformed JSON at line %d, column %d", problem.line, problem.column);
	}
	*out = (struct json *)root;
	return 0;
}

void
json_free(struct json *root)
{
	json_decref((json_t *)root);
}

const struct json *
json_find(const struct json *object, const char *name)
{
	return ours(json_object_get(theirs(object), name));
}

const struct json *
json_at(const struct json *list, size_t index)
{
	return ours(json_array_get(theirs(list), index));
}

size_t
json_count(const struct json *container)
{
	return json_is_map(container) ? json_object_size(theirs(container)) : json_array_size(theirs(container));
}

bool
json_is_map(const struct json *value)
{
	return json_is_object(theirs(value));
}

bool
json_is_list(const struct json *value)
{
	return json_is_array(theirs(value));
}

bool
json_text(const struct json *value, struct slice *out)
{
	if (!json_is_string(theirs(value)))
		return false;
	*out = slice_of(json_string_value(theirs(value)), json_string_length(theirs(value)));
	return true;
}

bool
json_int(const struct json *value, int64_t *out)
{
	if (!json_is_integer(theirs(value)))
		return false;
	*out = json_integer_value(theirs(value));
	return true;
}

bool
json_bool(const struct json *value, bool *out)
{
	if (!json_is_boolean(theirs(value)))
		return false;
	*out = json_is_true(theirs(value));
	return true;
}

bool
json_next(const struct json *object, void **cursor, struct slice *name, const struct json **value)
{
	/* Their iterator takes the object unqualified and leaves it alone. */
	json_t *map = (json_t *)(uintptr_t)object;

	*cursor = *cursor == NULL ? json_object_iter(map) : json_object_iter_next(map, *cursor);
	if (*cursor == NULL)
		return false;
	*name = slice_str(json_object_iter_key(*cursor));
	*value = ours(json_object_iter_value(*cursor));
	return true;
}

int
json_need_text(const struct json *object, const char *name, struct slice *out, struct error *err)
{
	if (!json_text(json_find(object, name), out))
		return err_set(err, ERR_SYNTAX, "the JSON object lacks a string '%s'", name);
	return 0;
}

/* --- writing --- */

/* The length of the UTF-8 sequence at ${text}, or 0 when it is none (overlong forms and surrogates included). */
static size_t
utf8_length(struct slice text)
{
	const uint8_t	*p = text.data;
	size_t		 need;

	if (p == NULL || text.len == 0)
		return 0;
	need = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;

	if (need > text.len)
		return 0;
	for (size_t i = 1; i < need; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
	    (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return need;
}

static int
put_quoted(struct buf *out, struct slice text, struct error *err)
{
	size_t n;

	if (buf_byte(out, '"', err) != 0)
		return err->kind;
	for (size_t i = 0; i < text.len; i += n) {
		uint8_t c = text.data[i];

		if ((n = utf8_length(slice_from(text, i))) == 0)
			return err_set(err, ERR_SYNTAX, "text is not UTF-8");
		if (c == '"' || c == '\\') {
			if (buf_byte(out, '\\', err) != 0 || buf_byte(out, c, err) != 0)
				return err->kind;
		} else if (c < 0x20) {
			if (buf_printf(out, err, "\\u%04x", c) != 0)
				return err->kind;
		} else if (buf_append(out, slice_sub(text, i, i + n), err) != 0) {
			return err->kind;
		}
	}
	return buf_byte(out, '"', err);
}

/* A comma unless this is the first of its container, then the name. */
static int
put_name(struct buf *out, struct slice name, struct error *err)
{
	uint8_t last = out->len != 0 ? out->data[out->len - 1] : '[';

	if (last != '{' && last != '[' && buf_byte(out, ',', err) != 0)
		return err->kind;
	if (name.data == NULL)
		return 0;
	if (put_quoted(out, name, err) != 0)
		return err->kind;
	return buf_byte(out, ':', err);
}

int
json_put_pair(struct buf *out, struct slice name, struct slice text, struct error *err)
{
	size_t start = out->len;

	if (put_name(out, name, err) != 0 || put_quoted(out, text, err) != 0) {
		buf_truncate(out, start);
		return err->kind;
	}
	return 0;
}

int
json_put_text(struct buf *out, const char *name_opt, struct slice text, struct error *err)
{
	return json_put_pair(out, slice_str(name_opt), text, err);
}

int
json_put_int(struct buf *out, const char *name_opt, int64_t number, struct error *err)
{
	if (put_name(out, slice_str(name_opt), err) != 0)
		return err->kind;
	return buf_printf(out, err, "%lld", (long long)number);
}

int
json_put_bool(struct buf *out, const char *name_opt, bool value, struct error *err)
{
	if (put_name(out, slice_str(name_opt), err) != 0)
		return err->kind;
	return buf_str(out, value ? "true" : "false", err);
}

int
json_put_base64(struct buf *out, const char *name_opt, struct slice bytes, struct error *err)
{
	if (put_name(out, slice_str(name_opt), err) != 0 || buf_byte(out, '"', err) != 0 ||
	    base64_encode(bytes, out, err) != 0)
		return err->kind;
	return buf_byte(out, '"', err);
}

int
json_put_open(struct buf *out, const char *name_opt, char bracket, struct error *err)
{
	if (put_name(out, slice_str(name_opt), err) != 0)
		return err->kind;
	return buf_byte(out, (uint8_t)bracket, err);
}
