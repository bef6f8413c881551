#include <string.h>

#include "base/file.h"
#include "cmd/hubmerge/hubmerge.h"
#include "yamlmerge/merge_json.h"

static void
tell(const struct options *options, const struct hub *hub)
{
	const struct merge_remark *remark;

	if (!options->verbose)
		return;
	for (size_t i = 0; i < hub->count; i++)
		cli_note("layer %zu: %s%s", i + 1, hub->layers[i]->path,
		    hub->layers[i]->masked ? " (masked)" : hub->layers[i]->encrypted ? " (decrypted)" : "");
	if (hub->chart != NULL && !options->user_only)
		cli_note("below them: %s", hub->chart->path);
	for (remark = hub->merged.left.first; remark != NULL; remark = remark->next)
		cli_note("left to Helm: '%.*s' of the chart (%.*s)", SLICE_ARG(remark->path), SLICE_ARG(remark->text));
}

static bool
is_json(const struct options *options)
{
	return options->format != NULL && strcmp(options->format, "json") == 0;
}

static int
check_form(const struct options *options, struct error *err)
{
	if (is_json(options) && options->annotate)
		return err_set(err, ERR_USAGE, "JSON has no comments: --annotate needs --format yaml");
	if (!is_json(options) && options->format != NULL && strcmp(options->format, "yaml") != 0)
		return err_set(err, ERR_USAGE, "--format is yaml or json, not '%s'", options->format);
	return 0;
}

static int
print_form(const struct options *options, const struct hub *hub, struct buf *out, struct error *err)
{
	if (!is_json(options))
		return options->annotate ? merge_print_annotated(&hub->merged, out, err) : merge_print(&hub->merged, out, err);
	if (hub->merged.root == NULL)
		return buf_str(out, "{}\n", err);
	return merge_json_print(hub->merged.root, 2, out, err) != 0 ? (int)err->kind : buf_byte(out, '\n', err);
}

int
merge_write(const struct options *options, const struct hub *hub, const char *path_opt, struct error *err)
{
	CLEANUP(buf_release) struct buf out = BUF_SECRET(LIMIT_DOCUMENT);

	if (print_form(options, hub, &out, err) != 0)
		return (int)err->kind;
	if (path_opt == NULL || strcmp(path_opt, "-") == 0)
		return cli_output(buf_slice(&out), err);
	if (file_replace_private(path_opt, buf_slice(&out), err) != 0)
		return err_wrap(err, "cannot write '%s'", path_opt);
	return 0;
}

int
merge_one(const struct options *options, const struct hub_request *request, struct layer_io *io, const char *path_opt, bool write,
    struct error *err)
{
	CLEANUP(hub_release) struct hub	hub = HUB;
	size_t				warnings;

	if (hub_resolve(request, io, &hub, err) != 0)
		return (int)err->kind;
	warnings = hub_warn(&hub);
	tell(options, &hub);
	if (warnings > 0 && options->strict)
		return err_set(err, ERR_REFUSED, "%zu warning%s, and --strict was given", warnings, warnings == 1 ? "" : "s");
	return write ? merge_write(options, &hub, path_opt, err) : 0;
}

int
verb_merge(const struct cli_args *args, struct error *err)
{
	CLEANUP(layer_io_release) struct layer_io	io = LAYER_IO;
	const struct options				*options = args->options;
	const char					*hub = args->count > 0 ? args->operands[0] : NULL;
	const char					*env = args->count > 1 ? args->operands[1] : NULL;
	const struct hub_request			 request = options_request(options, hub, env);

	if (check_form(options, err) != 0)
		return (int)err->kind;
	if (options->all)
		return merge_all(args, err);
	return merge_one(options, &request, &io, options->output, true, err);
}
