#include "sops/rotate.h"

#include <unistd.h>

#include "base/limits.h"
#include "cmd/hubsecrets/files.h"
#include "cmd/hubsecrets/hubsecrets.h"
#include "sops/convert.h"
#include "sops/encrypt.h"

static struct rotate_options
options_of(const struct work *work)
{
	return (struct rotate_options){ .add_opt = &work->add, .remove_opt = &work->remove,
	    .indent = job_indent(&work->job, work->job.store), .ignore_mac = work->job.options->ignore_mac,
	    .may_keep_key = !work->job.args->drop_in };
}

static int
load(struct work *work, struct error *err)
{
	struct job *job = &work->job;

	if (keys_from_options(job, &job->options->add, &work->arena, &work->add, err) != 0 ||
	    keys_from_options(job, &job->options->remove, &work->arena, &work->remove, err) != 0)
		return stage_failed(job->args, STAGE_CONFIG, err);
	/* sops has a status of its own for keys that are to be added to a file that is not there. */
	if (work->add.count + work->remove.count != 0 && job->path != NULL && access(job->path, F_OK) != 0)
		*job->args->status = 49;
	else if (!job->args->by_option && stage_absent(job->args, job->path, err) != 0)
		return (int)err->kind;
	work->needs_key = true;
	return job_read(job, err) != 0 || job_config(job, false, err) != 0 ? (int)err->kind : job_load(job, err);
}

static int
prepare(struct work *work, struct error *err)
{
	struct job		*job = &work->job;
	struct rotate_options	 options = options_of(work);

	if (rotate_start(&job->opened, job->store, &options, &work->rotation, &work->report, err) != 0) {
		if (err->line != 0)
			err_file(err, job->path);
		return stage_failed(job->args, work->report.opened ? STAGE_WRAP : STAGE_OPEN, err);
	}
	work->wrap = work->rotation.meta;
	work->wrapped = work->rotation.datakey;
	return 0;
}

/* --output-type: the plain text printed in that format, and encrypted anew in it. */
static int
convert(struct work *work, struct buf *out, struct error *err)
{
	CLEANUP(document_freep) struct document *from = NULL, *to = NULL;
	CLEANUP(buf_release) struct buf text = BUF_SECRET(LIMIT_DOCUMENT);
	struct job		*job = &work->job;
	struct decrypt_options	 how = { .ignore_mac = job->options->ignore_mac, .typed = true };
	struct encrypt_options	 options = { .indent = job_indent(job, job->out_store) };

	if (sealed_decrypt(&job->opened, job->store, &how, err) != 0)
		return stage_failed(job->args, STAGE_OPEN, err);
	if (document_parse(buf_slice(&job->opened.plain), job->store->plain, &from, err) != 0 ||
	    convert_document(from, NULL, job->out_store, store_indent(job->out_store, options.indent), &text, err) != 0)
		return stage_failed(job->args, STAGE_PRINT, err);
	if (plain_load(buf_slice(&text), job->out_store, &to, err) != 0)
		return stage_failed(job->args, STAGE_PLAIN, err);
	return sops_encrypt(to, job->out_store, work->rotation.meta, work->rotation.datakey, &options, out, err) != 0 ?
	    stage_failed(job->args, STAGE_SEAL, err) : 0;
}

static int
finish(struct work *work, struct error *err)
{
	CLEANUP(buf_release) struct buf out = BUF(LIMIT_DOCUMENT);
	struct job		*job = &work->job;
	struct rotate_options	 options = options_of(work);

	if (cli_given(job->args, "output-type") && job->out_store != job->store) {
		if (convert(work, &out, err) != 0)
			return (int)err->kind;
	} else if (rotate_finish(&job->opened, job->store, &options, &work->rotation, &out, err) != 0)
		return stage_failed(job->args, STAGE_WRAP, err);
	job_tell_opened(job, &work->report.decrypt);
	if (work->report.kept_for != NULL)
		cli_warn("%s: the values are sealed anew, but the data key stays: a new one cannot be wrapped for its key of type '%s' yet "
		    "(sops can)", job->path, work->report.kept_for->type->name);
	if (work->remove.count != 0 && work->report.removed == 0)
		cli_warn("%s: none of its recipients is one of those to be removed", job->path);
	return job_write(job, buf_slice(&out), false, err);
}

static const struct file_verb rotate = { .done = "rotated", .load = load, .prepare = prepare, .finish = finish };

int
verb_rotate(const struct cli_args *args, struct error *err)
{
	CLEANUP(work_release) struct work work = WORK(args);
	struct files_summary summary;

	if (files_several(args))
		return files_run(args, &rotate, &summary, err);
	return job_start(&work.job, false, 1, err) != 0 ? (int)err->kind : work_alone(&work, &rotate, err);
}
