#include "cmd/hubmerge/show.h"

#include "base/limits.h"
#include "yamlmerge/diff.h"
#include "yamlmerge/merge_json.h"

#define SHOWN_MAX	100	/* bytes of a value in a line for people */

int
show_value(const struct merge_value *value, struct buf *out, struct error *err)
{
	CLEANUP(buf_release) struct buf	text = BUF(LIMIT_DOCUMENT);
	struct slice			shown;

	if (diff_is_secret(value))
		return buf_str(out, "(secret)", err);
	if (merge_json_print(value, 0, &text, err) != 0)
		return (int)err->kind;
	shown = buf_slice(&text);
	if (shown.len <= SHOWN_MAX)
		return json_out_visible(out, shown, err);
	shown.len = SHOWN_MAX;
	/* Not in the middle of a character. */
	while (shown.len > 0 && (text.data[shown.len] & 0xc0) == 0x80)
		shown.len--;
	if (json_out_visible(out, shown, err) != 0)
		return (int)err->kind;
	return buf_printf(out, err, "... (%zu bytes)", text.len);
}

int
show_origin(const struct merge_value *value, struct buf *out, struct error *err)
{
	if (value->layer == NULL)
		return 0;
	if (json_out_visible(out, slice_str(value->layer->path), err) != 0)
		return (int)err->kind;
	if (value->layer->role == LAYER_SET || value->line == 0)
		return 0;
	return buf_printf(out, err, ":%u:%u", value->line, value->column);
}

int
show_value_json(struct json_out *json, const struct merge_value *value, struct error *err)
{
	if (diff_is_secret(value))
		return json_out_bool(json, "secret", true, err);
	if (buf_str(json->out, json->comma ? ",\"value\":" : "\"value\":", err) != 0)
		return (int)err->kind;
	json->comma = true;
	return merge_json_print(value, 0, json->out, err);
}

int
show_origin_json(struct json_out *json, const struct merge_value *value, struct error *err)
{
	if (value->layer == NULL)
		return 0;
	if (json_out_text(json, "file", slice_str(value->layer->path), err) != 0)
		return (int)err->kind;
	if (value->layer->role == LAYER_SET || value->line == 0)
		return 0;
	return json_out_number(json, "line", value->line, err) != 0 ? (int)err->kind : json_out_number(json, "column", value->column, err);
}
