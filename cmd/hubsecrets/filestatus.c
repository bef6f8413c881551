#include "base/limits.h"
#include "cmd/hubsecrets/file_list.h"
#include "cmd/hubsecrets/files.h"
#include "cmd/hubsecrets/hubsecrets.h"
#include "cmd/json_out.h"
#include "sops/encrypt.h"

/* sops cannot say of a list or a word whether it is encrypted. */
static int
refuse_list(const struct job *job, struct error *err)
{
	CLEANUP(document_freep) struct document *doc = NULL;

	if (plain_load(buf_slice(&job->text), job->store, &doc, err) != 0 && err->kind == ERR_TYPE)
		return err_file(err, job->path);
	err_reset(err);
	return 0;
}

/* Is a file encrypted?  Answered from its metadata alone, for scripts: one line of JSON, for several files with their names. */
static int
look(struct job *job, bool *encrypted, struct error *err)
{
	*encrypted = false;
	if (job_read(job, err) != 0)
		return (int)err->kind;
	if (sealed_load(buf_slice(&job->text), job->store, &job->opened, err) == 0)
		*encrypted = job->opened.meta->mac.len != 0 && job->opened.meta->version.len != 0;
	else if (err->kind != ERR_NO_METADATA)
		return err_file(err, job->path);
	err_reset(err);
	return *encrypted || !job->args->drop_in ? 0 : refuse_list(job, err);
}

static int
tell_named(const struct cli_args *args, const char *path, struct error *err)
{
	CLEANUP(job_release) struct job job = JOB(args);
	CLEANUP(buf_release) struct buf line = BUF(LIMIT_CONFIG);
	struct json_out	json = JSON_OUT(&line);
	bool		encrypted;

	if (job_start_file(&job, path, err) != 0 || look(&job, &encrypted, err) != 0 || json_out_begin(&json, NULL, '{', err) != 0 ||
	    json_out_text(&json, "path", slice_str(path), err) != 0 || json_out_bool(&json, "encrypted", encrypted, err) != 0 ||
	    json_out_end(&json, '}', err) != 0 || buf_byte(&line, '\n', err) != 0)
		return (int)err->kind;
	return cli_output(buf_slice(&line), err);
}

/* Of several, what cannot be read stops no other. */
static int
tell_several(const struct cli_args *args, struct error *err)
{
	CLEANUP(file_list_release) struct file_list files = FILE_LIST;
	const struct options *o = args->options;
	size_t failed = 0;

	if (file_list_fill(&files, args->operands, args->count, o->recursive, err) != 0)
		return (int)err->kind;
	for (size_t i = 0; i < files.count; i++) {
		struct error why = ERROR_INIT;

		if (tell_named(args, files.list[i].path, &why) == 0)
			continue;
		failed++;
		cli_error(&why);
	}
	*args->status = failed == 0 ? -1 : 1;
	return failed == 0 ? 0 : err_set(err, ERR_CHILD, "%zu of %zu files could not be judged", failed, files.count);
}

int
verb_filestatus(const struct cli_args *args, struct error *err)
{
	CLEANUP(job_release) struct job job = JOB(args);
	bool encrypted;

	if (files_several(args) && args->count != 0)
		return tell_several(args, err);
	if (job_start(&job, false, 1, err) != 0)
		return (int)err->kind;
	/* sops knows one status for all failures here. */
	*args->status = 1;
	if (look(&job, &encrypted, err) != 0)
		return (int)err->kind;
	*args->status = -1;
	return cli_output(encrypted ? SLICE("{\"encrypted\":true}\n") : SLICE("{\"encrypted\":false}\n"), err);
}
