#include "cmd/hubsecrets/hubsecrets.h"

#include "base/limits.h"
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

int
verb_decrypt(const struct cli_args *args, struct error *err)
{
	CLEANUP(job_release) struct job job = JOB(args);
	CLEANUP(buf_release) struct buf out = BUF_SECRET(LIMIT_DOCUMENT);
	struct decrypt_options options = { .ignore_mac = job.options->ignore_mac };
	bool done = false;

	if (job_start(&job, true, 1, err) != 0 || decrypt_large(&job, &done, err) != 0 || done)
		return (int)err->kind;
	options.typed = job.out_store != job.store;
	if (job_read(&job, err) != 0 || job_config(&job, false, err) != 0 ||
	    job_load(&job, err) != 0 || job_open(&job, &options, err) != 0)
		return (int)err->kind;
	if (job.options->extract != NULL) {
		if (extract(&job, &out, err) != 0)
			return (int)err->kind;
	} else if (job.out_store != job.store || cli_given(args, "indent")) {
		if (convert(&job, &out, err) != 0)
			return (int)err->kind;
	} else
		return job_write(&job, buf_slice(&job.opened.plain), false, err);
	return job_write(&job, buf_slice(&out), false, err);
}
