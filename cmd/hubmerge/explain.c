#include "cmd/hubmerge/hubmerge.h"
#include "cmd/hubmerge/show.h"
#include "yamlmerge/explain.h"

struct printing {
	struct buf	*out;
	struct json_out	*json_opt;
};

/* --- text --------------------------------------------------------------------------------------------------------- */

static int
add_line(struct buf *out, const char *how, const struct merge_value *value, bool shown, struct error *err)
{
	if (buf_printf(out, err, "    %-9s ", how) != 0 || show_origin(value, out, err) != 0)
		return (int)err->kind;
	if (shown && (buf_str(out, "  ", err) != 0 || show_value(value, out, err) != 0))
		return (int)err->kind;
	return buf_byte(out, '\n', err);
}

static int
add_text(struct buf *out, struct slice path, const struct merge_value *value, struct error *err)
{
	if (json_out_visible(out, path, err) != 0 || buf_str(out, ": ", err) != 0 || show_value(value, out, err) != 0 ||
	    buf_byte(out, '\n', err) != 0 || add_line(out, "set in", value, false, err) != 0)
		return (int)err->kind;
	for (const struct merge_value *before = value->overrode; before != NULL; before = before->overrode)
		if (add_line(out, "replaces", before, true, err) != 0)
			return (int)err->kind;
	return 0;
}

/* --- JSON --------------------------------------------------------------------------------------------------------- */

static int
add_json(struct json_out *json, struct slice path, const struct merge_value *value, struct error *err)
{
	if (json_out_begin(json, NULL, '{', err) != 0 || json_out_text(json, "path", path, err) != 0 ||
	    show_value_json(json, value, err) != 0 || show_origin_json(json, value, err) != 0 ||
	    json_out_begin(json, "replaces", '[', err) != 0)
		return (int)err->kind;
	for (const struct merge_value *before = value->overrode; before != NULL; before = before->overrode)
		if (json_out_begin(json, NULL, '{', err) != 0 || show_value_json(json, before, err) != 0 ||
		    show_origin_json(json, before, err) != 0 || json_out_end(json, '}', err) != 0)
			return (int)err->kind;
	return json_out_end(json, ']', err) != 0 ? (int)err->kind : json_out_end(json, '}', err);
}

/* --- the verb ----------------------------------------------------------------------------------------------------- */

static int
add_leaf(void *context, struct slice path, const struct merge_value *value, struct error *err)
{
	const struct printing *printing = context;

	if (printing->json_opt != NULL)
		return add_json(printing->json_opt, path, value, err);
	return add_text(printing->out, path, value, err);
}

static int
explain(const struct options *options, const struct hub *hub, const struct path *path, struct error *err)
{
	CLEANUP(buf_release) struct buf	out = BUF(LIMIT_DOCUMENT);
	struct json_out			json = JSON_OUT(&out);
	struct printing			printing = { .out = &out, .json_opt = options->json ? &json : NULL };

	if (options->json && json_out_begin(&json, NULL, '[', err) != 0)
		return (int)err->kind;
	if (explain_leaves(&hub->merged, path, add_leaf, &printing, err) != 0)
		return (int)err->kind;
	if (options->json && (json_out_end(&json, ']', err) != 0 || buf_byte(&out, '\n', err) != 0))
		return (int)err->kind;
	return cli_output(buf_slice(&out), err);
}

int
verb_explain(const struct cli_args *args, struct error *err)
{
	CLEANUP(layer_io_release) struct layer_io	io = LAYER_IO;
	CLEANUP(hub_release) struct hub			hub = HUB;
	CLEANUP(arena_release) struct arena		steps = ARENA(LIMIT_MESSAGE);
	const struct options				*options = args->options;
	bool						 named = args->count > 1;	/* else it is a deployment without names */
	const struct hub_request			 request = options_request(options, named ? args->operands[0] : NULL,
	    named ? args->operands[1] : NULL);
	const char					*operand = args->count % 2 == 1 ? args->operands[args->count - 1] : NULL;
	struct path					 path = { .count = 0 };

	if (operand != NULL && path_parse_dotted(slice_str(operand), &steps, &path, err) != 0)
		return (int)err->kind;
	if (hub_resolve(&request, &io, &hub, err) != 0)
		return (int)err->kind;
	return explain(options, &hub, &path, err);
}
