#include "cmd/json_out.h"

#include "base/utf8.h"

static int
character(struct buf *out, struct slice bytes, uint32_t point, struct error *err)
{
	if (bytes.len == 0)
		return buf_str(out, "\\ufffd", err);
	if (point == '"' || point == '\\')
		return buf_printf(out, err, "\\%c", (char)point);
	if (point < 0x20 || point == 0x7f)
		return buf_printf(out, err, "\\u%04x", (unsigned)point);
	return buf_append(out, bytes, err);
}

int
json_out_string(struct buf *out, struct slice text, struct error *err)
{
	int rc = buf_byte(out, '"', err);

	for (size_t i = 0; i < text.len && rc == 0;) {
		uint32_t	point = 0;
		size_t		len = utf8_decode(slice_from(text, i), &point);

		rc = character(out, slice_sub(text, i, i + len), point, err);
		i += len != 0 ? len : 1;
	}
	return rc != 0 ? rc : buf_byte(out, '"', err);
}
