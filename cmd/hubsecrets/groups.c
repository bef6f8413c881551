#include "base/limits.h"
#include "base/num.h"
#include "cmd/hubsecrets/hubsecrets.h"
#include "sops/rewrap.h"

/* "groups add" and "groups delete": the same data key in other shares.  The values of the file stay. */

static int
fail_usage(const struct cli_args *args, const char *words, struct error *err)
{
	err_set(err, ERR_USAGE, "error: %s", words);
	err_hint(err, "groups add --file FILE --age ...; groups delete --file FILE INDEX");
	return stage_failed(args, STAGE_OPTIONS, err);
}

/* What to do, before any file is touched. */
struct change {
	bool	add;
	int64_t	index;
};

static int
parse_change(const struct cli_args *args, struct change *out, struct error *err)
{
	struct slice word = slice_str(args->count != 0 ? args->operands[0] : NULL);

	out->add = slice_eq(word, SLICE("add"));
	if (!out->add && !slice_eq(word, SLICE("delete")))
		return fail_usage(args, "it is 'groups add' or 'groups delete'", err);
	if (out->add && args->count != 1)
		return fail_usage(args, "no positional arguments allowed", err);
	if (!out->add && args->count != 2)
		return fail_usage(args, "exactly one positional argument (index) required", err);
	if (out->add || num_parse(slice_str(args->operands[1]), 0, LIMIT_KEY_GROUPS, &out->index))
		return 0;
	err_set(err, ERR_USAGE, "failed to parse [index] argument: '%s' is no number of a group", args->operands[1]);
	return stage_failed(args, STAGE_OPTIONS, err);
}

static int
change_groups(struct job *job, const struct change *change, struct metadata *meta, struct error *err)
{
	CLEANUP(arena_release) struct arena arena = ARENA(LIMIT_CONFIG);
	struct key_group keys = { .count = 0 };
	uint32_t threshold = (uint32_t)job->options->shamir_threshold;

	if (change->add && (keys_from_options(job, &job->options->keys, &arena, &keys, err) != 0 ||
	    rewrap_add_group(meta, &keys, threshold, err) != 0))
		return stage_failed(job->args, STAGE_CONFIG, err);
	if (!change->add && rewrap_delete_group(meta, (size_t)change->index, threshold, err) != 0)
		return stage_failed(job->args, STAGE_OTHER, err);
	return 0;
}

static int
open_file(struct job *job, struct error *err)
{
	CLEANUP(unwrap_report_release) struct unwrap_report report = UNWRAP_REPORT;
	struct unwrap_options unwrap = job_unwrap(job);

	if (stage_absent(job->args, job->path, err) != 0 || job_read(job, err) != 0 || job_config(job, false, err) != 0 || job_load(job, err) != 0)
		return (int)err->kind;
	if (datakey_unwrap(job->opened.meta, &unwrap, &job->opened.datakey, &report, err) != 0)
		return job_unwrap_failed(job, &report, err);
	return 0;
}

int
verb_groups(const struct cli_args *args, struct error *err)
{
	CLEANUP(job_release) struct job job = JOB(args);
	CLEANUP(metadata_freep) struct metadata *meta = NULL;
	CLEANUP(buf_release) struct buf out = BUF(LIMIT_DOCUMENT);
	struct change change;

	if (parse_change(args, &change, err) != 0)
		return (int)err->kind;
	if (job.options->group_file == NULL)
		return fail_usage(args, "no file given", err);
	if (job_start_file(&job, job.options->group_file, err) != 0 || open_file(&job, err) != 0)
		return (int)err->kind;
	if (metadata_copy(job.opened.meta, &meta, err) != 0)
		return stage_failed(args, STAGE_OTHER, err);
	if (change_groups(&job, &change, meta, err) != 0)
		return (int)err->kind;
	if (rewrap(&job.opened, job.store, meta, job_indent(&job, job.store), job.ring, &out, err) != 0)
		return stage_failed(args, STAGE_WRAP, err);
	return job_write(&job, buf_slice(&out), false, err);
}
