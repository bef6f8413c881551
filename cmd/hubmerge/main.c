/*
 * hubmerge: the layers of a hub as one values file.
 *
 * The user layers are folded first and then laid over the chart's values (yamlmerge/FORMAT.md, merging).  Nothing is printed
 * before everything has been read, opened and checked.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "cmd/cli.h"
#include "cmd/layer_io.h"
#include "yamlmerge/chart.h"
#include "yamlmerge/layout.h"
#include "yamlmerge/merge.h"

#define CHART_FOLDER	"hub"	/* where hubploy has the chart */

struct options {
	struct cli_list	 files;
	const char	*chart, *output;
	bool		 user_only, no_secrets, strict, verbose;
};

static const struct cli_option options[] = {
	{ "file", 'f', CLI_LIST, offsetof(struct options, files), .argument = "FILE",
	    .help = "one more layer, on top ('-': standard input); repeatable" },
	{ "chart", 0, CLI_TEXT, offsetof(struct options, chart), .argument = "DIR",
	    .help = "the chart whose values lie below (default with HUB ENV: " CHART_FOLDER ")" },
	{ "user-only", 'u', CLI_FLAG, offsetof(struct options, user_only), .help = "leave the chart's values out" },
	{ "no-secrets", 0, CLI_FLAG, offsetof(struct options, no_secrets), .help = "leave the secrets layers out" },
	{ "output", 'o', CLI_TEXT, offsetof(struct options, output), .argument = "FILE",
	    .help = "write there, readable by you alone, instead of to standard output" },
	{ "strict", 0, CLI_FLAG, offsetof(struct options, strict), .help = "take every warning for an error" },
	{ "verbose", 'v', CLI_FLAG, offsetof(struct options, verbose),
	    .help = "say which layers were read and which keys of the chart are left to Helm" },
	CLI_END
};

/* All that one run holds; layers outlive the tree that points into them. */
struct run {
	const struct options	*options;
	struct layer_io		 io;
	struct layout		 layout;
	struct layer		**layers;
	size_t			 count, capacity;
	struct layer		*chart;		/* its values, or NULL */
	struct merged		 merged;
	size_t			 warnings;
};

static void
run_release(struct run *run)
{
	merged_release(&run->merged);
	for (size_t i = 0; i < run->count; i++)
		layer_free(run->layers[i]);
	free(run->layers);
	layer_free(run->chart);
	layout_release(&run->layout);
	layer_io_release(&run->io);
}

/* --- talk --------------------------------------------------------------------------------------------------------- */

static void
warn_at(struct run *run, const struct merge_remark *remark)
{
	run->warnings++;
	cli_warn("%s:%" PRIu32 ":%" PRIu32 ": '%.*s': %.*s", remark->layer->path, remark->line, remark->column,
	    SLICE_ARG(remark->path), SLICE_ARG(remark->text));
}

static void
warn_all(struct run *run, const struct merge_remarks *remarks)
{
	for (const struct merge_remark *remark = remarks->first; remark != NULL; remark = remark->next)
		warn_at(run, remark);
}

static void
tell(const struct run *run)
{
	const struct merge_remark *remark;

	if (!run->options->verbose)
		return;
	for (size_t i = 0; i < run->count; i++)
		cli_note("layer %zu: %s%s", i + 1, run->layers[i]->path, run->layers[i]->encrypted ? " (decrypted)" : "");
	if (run->chart != NULL)
		cli_note("below them: %s", run->chart->path);
	for (remark = run->merged.left.first; remark != NULL; remark = remark->next)
		cli_note("left to Helm: '%.*s' of the chart (%.*s)", SLICE_ARG(remark->path), SLICE_ARG(remark->text));
}

/* --- layers ------------------------------------------------------------------------------------------------------- */

static int
add_layer(struct run *run, const char *path, enum layer_role role, struct error *err)
{
	struct layer *layer;

	if (run->count == run->capacity) {
		size_t		 capacity = run->capacity == 0 ? 16 : run->capacity * 2;
		struct layer	**layers = realloc(run->layers, capacity * sizeof(struct layer *));

		if (layers == NULL)
			return err_memory(err);
		run->layers = layers;
		run->capacity = capacity;
	}
	if (layer_open(path, role, layer_io_open, &run->io, &layer, err) != 0) {
		if (run->io.report.text.len > 0)
			cli_report(buf_slice(&run->io.report.text));
		return (int)err->kind;
	}
	run->layers[run->count++] = layer;
	if (layer->ignored_line != 0) {
		run->warnings++;
		cli_warn("%s:%" PRIu32 ": Helm ignores what stands behind the line '...'", layer->path, layer->ignored_line);
	}
	return merge_layer(&run->merged, layer, err);
}

static int
add_layers(struct run *run, const struct cli_args *args, struct error *err)
{
	if (args->count == 2) {
		if (layout_find(args->operands[0], args->operands[1], &run->layout, err) != 0)
			return (int)err->kind;
		for (size_t i = 0; i < run->layout.count; i++) {
			const struct layout_file *file = &run->layout.files[i];

			if ((file->role != LAYER_SECRETS || !run->options->no_secrets) &&
			    add_layer(run, file->path, file->role, err) != 0)
				return (int)err->kind;
		}
	}
	for (size_t i = 0; i < run->options->files.count; i++)
		if (add_layer(run, run->options->files.items[i], LAYER_FILE, err) != 0)
			return (int)err->kind;
	return 0;
}

/* --- chart -------------------------------------------------------------------------------------------------------- */

/* The folder of the chart, NULL when there is none. */
static int
find_chart(const struct run *run, bool hub, const char **out, struct error *err)
{
	struct stat status;

	*out = run->options->chart != NULL ? run->options->chart : hub ? CHART_FOLDER : NULL;
	if (*out == NULL || (stat(*out, &status) == 0 && S_ISDIR(status.st_mode)))
		return 0;
	if (run->options->chart != NULL)
		return err_set(err, ERR_NOT_FOUND, "there is no chart folder '%s'", *out);
	*out = NULL;
	return 0;
}

/* A chart without values.yaml has no defaults, and nothing lies below. */
static int
open_chart(struct run *run, const char *folder, struct error *err)
{
	CLEANUP(buf_release) struct buf	path = BUF(64 * KIB);
	struct error			why = ERROR_INIT;

	if (buf_printf(&path, err, "%s/values.yaml", folder) != 0 || buf_terminate(&path, err) != 0)
		return (int)err->kind;
	if (layer_open((const char *)path.data, LAYER_CHART, NULL, NULL, &run->chart, &why) == 0)
		return 0;
	if (why.kind == ERR_NOT_FOUND)
		return 0;
	*err = why;
	return (int)err->kind;
}

static int
lay_over_chart(struct run *run, const char *folder, struct error *err)
{
	CLEANUP(arena_release) struct arena	arena = ARENA(LIMIT_LAYOUT);
	struct chart				*names;

	if (chart_read(folder, &arena, &names, err) != 0)
		return (int)err->kind;
	return merge_over_chart(&run->merged, run->chart, names, err);
}

/* --- secrets that are missing ------------------------------------------------------------------------------------- */

/* Say what the fold loses, since what Helm will say of it names no file. */
static int
refuse_missing(struct run *run, const struct cli_args *args, const struct merge_remarks *lost, struct error *err)
{
	const struct merge_remark	*first = lost->first, *remark;
	size_t				 more = 0;

	(void)err_set(err, ERR_NOT_FOUND, "hub '%s' has no secrets layer for '%s': looked for '%s' and '%s'", args->operands[0],
	    args->operands[1], run->layout.secrets[0], run->layout.secrets[1]);
	if (first == NULL)
		return err_hint(err, "restore the file, or go on without it: --no-secrets");
	for (remark = first->next; remark != NULL; remark = remark->next)
		more++;
	if (more == 0)
		return err_hint(err, "without it '%.*s' stays null (%s:%" PRIu32 "), which removes that map of the chart; "
		    "restore the file, or go on without it: --no-secrets", SLICE_ARG(first->path), first->layer->path, first->line);
	return err_hint(err, "without it '%.*s' stays null (%s:%" PRIu32 ") and %zu more, which removes these maps of the chart; "
	    "restore the file, or go on without it: --no-secrets", SLICE_ARG(first->path), first->layer->path, first->line, more);
}

static int
check_secrets(struct run *run, const struct cli_args *args, struct error *err)
{
	struct merge_remarks	lost = { .first = NULL };
	bool			missing = run->layout.secrets_missing && !run->options->no_secrets;

	if (run->layout.secrets_empty && !run->options->no_secrets) {
		run->warnings++;
		cli_warn("the secrets folder of hub '%s' is empty: is it a submodule that is not checked out?", args->operands[0]);
	}
	if (args->count != 2 || (!missing && !run->options->no_secrets))
		return 0;
	if (run->chart != NULL && merge_removed(&run->merged, run->chart, &lost, err) != 0)
		return (int)err->kind;
	if (missing)
		return refuse_missing(run, args, &lost, err);
	warn_all(run, &lost);
	return 0;
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

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
print(struct run *run, struct error *err)
{
	CLEANUP(buf_release) struct buf	out = BUF_SECRET(LIMIT_DOCUMENT);
	const char			*path = run->options->output;

	if (merge_check_clear(&run->merged, err) != 0 || merge_print(&run->merged, &out, err) != 0)
		return (int)err->kind;
	if (path != NULL && strcmp(path, "-") != 0)
		return write_file(path, buf_slice(&out), err);
	return cli_output(buf_slice(&out), err);
}

static int
check_operands(const struct cli_args *args, struct error *err)
{
	const struct options *opt = args->options;

	if (args->count == 2 || (args->count == 0 && opt->files.count > 0))
		return 0;
	(void)err_set(err, ERR_USAGE, args->count == 1 ? "an environment is missing" : "nothing to merge");
	return err_hint(err, "usage: hubmerge HUB ENV [-f FILE]... or hubmerge -f FILE...");
}

static int
verb_merge(const struct cli_args *args, struct error *err)
{
	CLEANUP(run_release) struct run	run = { .options = args->options, .io = LAYER_IO, .layout = LAYOUT, .merged = MERGED };
	const char			*chart;

	if (check_operands(args, err) != 0 || add_layers(&run, args, err) != 0 || find_chart(&run, args->count == 2, &chart, err) != 0 ||
	    (chart != NULL && open_chart(&run, chart, err) != 0) || check_secrets(&run, args, err) != 0)
		return (int)err->kind;
	if (run.chart != NULL && run.options->user_only) {
		layer_free(run.chart);
		run.chart = NULL;
	}
	if (run.chart != NULL && lay_over_chart(&run, chart, err) != 0)
		return (int)err->kind;
	warn_all(&run, &run.merged.warnings);
	tell(&run);
	if (run.warnings > 0 && run.options->strict)
		return err_set(err, ERR_REFUSED, "%zu warning%s, and --strict was given", run.warnings, run.warnings == 1 ? "" : "s");
	return print(&run, err);
}

static const struct cli_verb verbs[] = {
	{ "", verb_merge, "[HUB ENV]", 0, 2, .help = "merge", .options = { options } },
	{ .name = NULL }
};

static const struct cli_status statuses[] = {
	{ ERR_USAGE, 2 },
	{ ERR_NONE, 0 }
};

static const struct cli_program program = {
	.name = "hubmerge", .help = "the layers of a hub as one values file for Helm",
	.options_size = sizeof(struct options), .verbs = verbs, .default_verb = "", .statuses = statuses,
};

int
main(int argc, char **argv)
{
	return cli_main(&program, argc, argv);
}
