#include "sops/rotate.h"

#include <unistd.h>

#include "base/limits.h"
#include "cmd/hubsecrets/hubsecrets.h"

/* sops has a status of its own for keys that are to be added to a file that is not there. */
static int
read_file(struct job *job, bool changes_keys, struct error *err)
{
	if (changes_keys && job->path != NULL && access(job->path, F_OK) != 0)
		*job->args->status = 49;
	return job_read(job, err);
}

static int
rotate(struct job *job, const struct rotate_options *options, struct buf *out, struct rotate_report *report,
    struct error *err)
{
	CLEANUP(unwrap_report_release) struct unwrap_report unwrap_report = UNWRAP_REPORT;
	struct unwrap_options unwrap = job_unwrap(job);

	if (datakey_unwrap(job->opened.meta, &unwrap, &job->opened.datakey, &unwrap_report, err) != 0)
		return job_unwrap_failed(job, &unwrap_report, err);
	if (sops_rotate(&job->opened, job->store, job->ring, options, out, report, err) == 0)
		return 0;
	if (err->line != 0)
		err_file(err, job->path);
	return stage_failed(job->args, report->opened ? STAGE_WRAP : STAGE_OPEN, err);
}

int
verb_rotate(const struct cli_args *args, struct error *err)
{
	CLEANUP(job_release) struct job job = JOB(args);
	CLEANUP(arena_release) struct arena arena = ARENA(LIMIT_CONFIG);
	CLEANUP(buf_release) struct buf out = BUF(LIMIT_DOCUMENT);
	struct key_group	add = { .count = 0 }, remove = { .count = 0 };
	struct rotate_options	options = { .add_opt = &add, .remove_opt = &remove, .ignore_mac = job.options->ignore_mac };
	struct rotate_report	report;

	if (job_start(&job, false, 1, err) != 0)
		return (int)err->kind;
	if (keys_from_options(&job, &job.options->add, &arena, &add, err) != 0 ||
	    keys_from_options(&job, &job.options->remove, &arena, &remove, err) != 0)
		return stage_failed(args, STAGE_CONFIG, err);
	if (read_file(&job, add.count + remove.count != 0, err) != 0 || job_config(&job, false, err) != 0 ||
	    job_load(&job, err) != 0)
		return (int)err->kind;
	options.indent = job_indent(&job, job.store);
	if (rotate(&job, &options, &out, &report, err) != 0)
		return (int)err->kind;
	job_tell_opened(&job, &report.decrypt);
	if (remove.count != 0 && report.removed == 0)
		cli_warn("%s: none of its recipients is one of those to be removed", job.path);
	return job_write(&job, buf_slice(&out), false, err);
}
