#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "cmd/hubmerge/hubmerge.h"

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

/* A file that is there keeps its mode when it is replaced: what it gets is for its owner alone. */
static int
write_file(const char *path, struct slice bytes, struct error *err)
{
	struct stat status;

	if (stat(path, &status) == 0 && S_ISREG(status.st_mode) && (status.st_mode & 077) != 0 && chmod(path, 0600) != 0)
		return err_errno(err, "cannot make '%s' readable by you alone", path);
	if (file_replace_mode(path, bytes, 0600, err) != 0)
		return err_wrap(err, "cannot write '%s'", path);
	return 0;
}

static int
print(const struct options *options, const struct hub *hub, struct error *err)
{
	CLEANUP(buf_release) struct buf	out = BUF_SECRET(LIMIT_DOCUMENT);
	const char			*path = options->output;

	if (merge_print(&hub->merged, &out, err) != 0)
		return (int)err->kind;
	if (path != NULL && strcmp(path, "-") != 0)
		return write_file(path, buf_slice(&out), err);
	return cli_output(buf_slice(&out), err);
}

static int
check_operands(const struct cli_args *args, struct error *err)
{
	const struct options	*options = args->options;
	size_t			 given = options->files.count;

	for (size_t kind = 0; kind < STRVALS_KINDS; kind++)
		given += options->sets[kind].count;
	if (args->count == 2 || (args->count == 0 && given > 0))
		return 0;
	(void)err_set(err, ERR_USAGE, args->count == 1 ? "an environment is missing" : "nothing to merge");
	return err_hint(err, "usage: hubmerge HUB ENV [-f FILE]... or hubmerge -f FILE...");
}

int
verb_merge(const struct cli_args *args, struct error *err)
{
	CLEANUP(layer_io_release) struct layer_io	io = LAYER_IO;
	CLEANUP(hub_release) struct hub			hub = HUB;
	const struct options				*options = args->options;
	const struct hub_request			 request = options_request(options, args->operands[0],
	    args->count == 2 ? args->operands[1] : NULL);
	size_t						 warnings;

	if (check_operands(args, err) != 0 || hub_resolve(&request, &io, &hub, err) != 0)
		return (int)err->kind;
	warnings = hub_warn(&hub);
	tell(options, &hub);
	if (warnings > 0 && options->strict)
		return err_set(err, ERR_REFUSED, "%zu warning%s, and --strict was given", warnings, warnings == 1 ? "" : "s");
	return print(options, &hub, err);
}
