#include "cmd/json_out.h"

#include <inttypes.h>

#include "base/utf8.h"

static int
lead(struct json_out *json, const char *name_opt, struct error *err)
{
	int rc = json->comma ? buf_byte(json->out, ',', err) : 0;

	json->comma = true;
	if (rc != 0 || name_opt == NULL)
		return rc;
	return buf_printf(json->out, err, "\"%s\":", name_opt);
}

int
json_out_begin(struct json_out *json, const char *name_opt, char bracket, struct error *err)
{
	int rc = lead(json, name_opt, err);

	json->comma = false;
	return rc != 0 ? rc : buf_byte(json->out, (uint8_t)bracket, err);
}

int
json_out_end(struct json_out *json, char bracket, struct error *err)
{
	json->comma = true;
	return buf_byte(json->out, (uint8_t)bracket, err);
}

/* One code point; ${len} is 0 for a byte that begins none. */
static int
append_point(struct buf *out, struct slice bytes, size_t len, uint32_t point, struct error *err)
{
	if (len == 0)
		return buf_str(out, "\\ufffd", err);
	if (point == '"' || point == '\\')
		return buf_printf(out, err, "\\%c", (int)point);
	if (point < 0x20 || point == 0x7f)
		return buf_printf(out, err, "\\u%04" PRIx32, point);
	return buf_append(out, slice_sub(bytes, 0, len), err);
}

int
json_out_string(struct buf *out, struct slice text, struct error *err)
{
	uint32_t	point;
	size_t		len;
	int		rc = buf_byte(out, '"', err);

	for (; rc == 0 && text.len > 0; text = slice_from(text, len > 0 ? len : 1)) {
		len = utf8_decode(text, &point);
		rc = append_point(out, text, len, point, err);
	}
	return rc != 0 ? rc : buf_byte(out, '"', err);
}

int
json_out_text(struct json_out *json, const char *name_opt, struct slice text, struct error *err)
{
	int rc = lead(json, name_opt, err);

	return rc != 0 ? rc : json_out_string(json->out, text, err);
}

int
json_out_bool(struct json_out *json, const char *name_opt, bool value, struct error *err)
{
	int rc = lead(json, name_opt, err);

	return rc != 0 ? rc : buf_str(json->out, value ? "true" : "false", err);
}

int
json_out_number(struct json_out *json, const char *name_opt, uint64_t value, struct error *err)
{
	int rc = lead(json, name_opt, err);

	return rc != 0 ? rc : buf_printf(json->out, err, "%" PRIu64, value);
}

int
json_out_visible(struct buf *out, struct slice text, struct error *err)
{
	uint32_t	point;
	size_t		len;
	int		rc = 0;

	for (; rc == 0 && text.len > 0; text = slice_from(text, len > 0 ? len : 1)) {
		len = utf8_decode(text, &point);
		rc = len > 0 && utf8_is_printable(point) ? buf_append(out, slice_sub(text, 0, len), err) : buf_byte(out, '?', err);
	}
	return rc;
}
