#include "base/limits.h"
#include "cmd/hubsecrets/files.h"
#include "cmd/hubsecrets/hubsecrets.h"
#include "sops/convert.h"
#include "sops/set.h"
#include "yamlmerge/path.h"

/* A path that leads nowhere is status 1, one that is no path 91, and what the format cannot print 4. */
static int
extract(struct job *job, struct buf *out, struct error *err)
{
	CLEANUP(arena_release) struct arena arena = ARENA(LIMIT_CONFIG);
	struct path	path;
	int		indent = store_indent(job->out_store, job_indent(job, job->out_store));

	if (path_parse(slice_str(job->options->extract), &arena, &path, err) != 0)
		return stage_failed(job->args, STAGE_EXTRACT, err);
	if (set_extract(buf_slice(&job->opened.plain), job->store, &path, job->out_store, indent, out, err) == 0)
		return 0;
	if (err->kind == ERR_NOT_FOUND || err->kind == ERR_PATH)
		return stage_failed(job->args, STAGE_OTHER, err);
	return stage_failed(job->args, STAGE_PRINT, err);
}

/* Another format, or another indentation: printed anew. */
static int
convert(struct job *job, struct buf *out, struct error *err)
{
	CLEANUP(document_freep) struct document *doc = NULL;
	int indent = store_indent(job->out_store, job_indent(job, job->out_store));

	if (cli_given(job->args, "indent") && job->out_store == &store_json)
		indent = (int)job->options->indent;
	if (document_parse(buf_slice(&job->opened.plain), job->store->plain, &doc, err) != 0 ||
	    convert_document(doc, NULL, job->out_store, indent, out, err) != 0)
		return stage_failed(job->args, STAGE_PRINT, err);
	return 0;
}

int
decrypt_text(struct job *job, struct buf *out, struct error *err)
{
	if (job->out_store != job->store || cli_given(job->args, "indent"))
		return convert(job, out, err);
	return buf_append(out, buf_slice(&job->opened.plain), err) != 0 ? stage_failed(job->args, STAGE_PRINT, err) : 0;
}

static int
load(struct work *work, struct error *err)
{
	struct job	*job = &work->job;
	bool		 done = false;

	if (decrypt_large(job, &done, err) != 0)
		return (int)err->kind;
	if (done) {
		work->state = WORK_DONE;
		return 0;
	}
	work->needs_key = true;
	return job_read(job, err) != 0 || job_config(job, false, err) != 0 ? (int)err->kind : job_load(job, err);
}

static int
finish(struct work *work, struct error *err)
{
	CLEANUP(buf_release) struct buf out = BUF_SECRET(LIMIT_DOCUMENT);
	struct job		*job = &work->job;
	struct decrypt_options	 options = { .ignore_mac = job->options->ignore_mac, .typed = job->out_store != job->store };

	if (job_decrypt(job, &options, err) != 0)
		return (int)err->kind;
	if (job->options->extract != NULL) {
		if (extract(job, &out, err) != 0)
			return (int)err->kind;
	} else if (job->out_store != job->store || cli_given(job->args, "indent")) {
		if (convert(job, &out, err) != 0)
			return (int)err->kind;
	} else
		return job_write(job, buf_slice(&job->opened.plain), false, err);
	return job_write(job, buf_slice(&out), false, err);
}

static const struct file_verb decrypt = { .done = "decrypted", .private_output = true, .load = load, .finish = finish };

int
verb_decrypt(const struct cli_args *args, struct error *err)
{
	CLEANUP(work_release) struct work work = WORK(args);
	struct files_summary summary;

	if (files_several(args) && work.job.options->extract != NULL) {
		err_set(err, ERR_CONFLICT, "--extract takes a value out of one file");
		return stage_failed(args, STAGE_OPTIONS, err);
	}
	if (files_several(args))
		return files_run(args, &decrypt, &summary, err);
	return job_start(&work.job, true, 1, err) != 0 ? (int)err->kind : work_alone(&work, &decrypt, err);
}
