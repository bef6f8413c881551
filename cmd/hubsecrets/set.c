#include "sops/set.h"

#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "cmd/hubsecrets/hubsecrets.h"
#include "sops/encrypt.h"
#include "sops/reuse.h"
#include "yamlmerge/path.h"

/* set and unset: the plain text with one value changed, sealed again under the same data key. */

struct change {
	struct job	 job;
	struct reuse	*reuse;
	struct arena	 arena;
	struct path	 path;
	struct buf	 value, out;
	struct document	*doc;		/* the plain one, changed */
};
#define CHANGE(arguments)										\
	((struct change){ .job = JOB(arguments), .arena = ARENA(LIMIT_CONFIG), .value = BUF_SECRET(LIMIT_DOCUMENT),	\
	    .out = BUF(LIMIT_DOCUMENT) })

static void
change_release(struct change *change)
{
	job_release(&change->job);
	reuse_free(change->reuse);
	arena_release(&change->arena);
	buf_release(&change->value);
	buf_release(&change->out);
	document_free(change->doc);
}

static int
parse_path(struct change *change, const char *text, const char *words, struct error *err)
{
	if (path_parse(slice_str(text), &change->arena, &change->path, err) == 0)
		return 0;
	err_wrap(err, "%s", words);
	return stage_failed(change->job.args, STAGE_SET, err);
}

static int
open_file(struct change *change, struct error *err)
{
	struct decrypt_options options = { .ignore_mac = change->job.options->ignore_mac };

	/* Several that set something at the same time do it one after the other. */
	change->job.alone = change->job.in_place;
	if (stage_absent(change->job.args, change->job.path, err) != 0 || job_read(&change->job, err) != 0 || job_config(&change->job, false, err) != 0 ||
	    job_load(&change->job, err) != 0)
		return (int)err->kind;
	if (reuse_new(&change->reuse, err) != 0)
		return stage_failed(change->job.args, STAGE_OTHER, err);
	options.reuse_opt = change->reuse;
	return job_open(&change->job, &options, err);
}

/* A line of the plain text is the same line of the file. */
static int
fail_in_file(struct change *change, enum stage stage, struct error *err)
{
	if (err->line != 0)
		err_file(err, change->job.path);
	return stage_failed(change->job.args, stage, err);
}

static int
seal_and_write(struct change *change, struct error *err)
{
	struct job		*job = &change->job;
	struct encrypt_options	 options = { .indent = job_indent(job, job->store), .reuse_opt = change->reuse };

	buf_release(&job->opened.plain);
	if (plain_check(change->doc, job->store, err) != 0)
		return fail_in_file(change, STAGE_PLAIN, err);
	if (sops_encrypt(change->doc, job->store, job->opened.meta, job->opened.datakey, &options, &change->out, err) != 0)
		return fail_in_file(change, STAGE_SEAL, err);
	return job_write(job, buf_slice(&change->out), job->in_place, err);
}

static int
change_value(struct change *change, const char *words, struct error *err)
{
	CLEANUP(document_freep) struct document *value = NULL;
	struct job		*job = &change->job;
	struct set_options	 options = { .only_if_other = job->options->idempotent };

	if (set_value_parse(buf_slice(&change->value), &value, err) != 0) {
		err_wrap(err, "%s", words);
		return stage_failed(job->args, STAGE_SET, err);
	}
	if (open_file(change, err) != 0)
		return (int)err->kind;
	options.rules = &job->opened.meta->rules;
	if (set_value(buf_slice(&job->opened.plain), job->store, &change->path, value, &options, &change->doc, err) == 0)
		return seal_and_write(change, err);
	if (err->kind != ERR_UNCHANGED)
		return fail_in_file(change, err->kind == ERR_ENCRYPTED ? STAGE_SET : STAGE_OTHER, err);
	err_reset(err);
	return 0;
}

static int
fail_count(const struct cli_args *args, const char *words, struct error *err)
{
	*args->status = 100;
	return err_set(err, ERR_USAGE, "%s", words);
}

static int
read_value(struct change *change, const char *operand, struct error *err)
{
	const struct options *o = change->job.options;
	int rc;

	if (o->value_stdin)
		rc = file_read_fd(STDIN_FILENO, &change->value, err);
	else if (o->value_file)
		rc = file_read(operand, &change->value, err);
	else
		rc = buf_append(&change->value, slice_str(operand), err);
	if (rc == 0)
		return 0;
	err_wrap(err, "cannot read the value");
	return stage_failed(change->job.args, STAGE_OTHER, err);
}

int
verb_set(const struct cli_args *args, struct error *err)
{
	CLEANUP(change_release) struct change change = CHANGE(args);
	const struct options *o = args->options;

	change.job.in_place = true;
	if (o->value_stdin ? args->count != 2 : args->count != 3)
		return fail_count(args, o->value_stdin ?
		    "Error: precisely 2 positional arguments needed: the file and the path; the value comes from standard input" :
		    "Error: precisely 3 positional arguments needed: the file, the path and the value", err);
	if (job_start(&change.job, false, 3, err) != 0 ||
	    parse_path(&change, args->operands[1], "Invalid set index format", err) != 0 ||
	    read_value(&change, args->operands[2], err) != 0)
		return (int)err->kind;
	return change_value(&change, "Value for set is not valid JSON", err);
}

/* --set '["a"]["b"] VALUE': cut at the first blank behind a bracket. */
int
verb_legacy_set(const struct cli_args *args, struct error *err)
{
	CLEANUP(change_release) struct change change = CHANGE(args);
	const struct options	*o = args->options;
	struct slice		 text = slice_str(o->set_text), path;
	size_t			 cut = 0;

	while (cut + 1 < text.len && !(text.data[cut] == ']' && text.data[cut + 1] == ' '))
		cut++;
	change.job.in_place = o->output == NULL;
	if (job_start(&change.job, false, 1, err) != 0)
		return (int)err->kind;
	path = slice_sub(text, 0, cut + 1);
	if (cut + 1 >= text.len || path_parse(path, &change.arena, &change.path, err) != 0) {
		err_set(err, ERR_SYNTAX, "'%.*s' is no path and value", SLICE_ARG(slice_sub(text, 0, cut)));
		err_wrap(err, "Invalid --set format");
		return stage_failed(args, STAGE_SET, err);
	}
	if (buf_append(&change.value, slice_trim(slice_from(text, cut + 1)), err) != 0)
		return stage_failed(args, STAGE_OTHER, err);
	return change_value(&change, "Value for --set is not valid JSON", err);
}

int
verb_unset(const struct cli_args *args, struct error *err)
{
	CLEANUP(change_release) struct change change = CHANGE(args);
	const struct options *o = args->options;

	change.job.in_place = true;
	if (args->count != 2)
		return fail_count(args, "Error: precisely 2 positional arguments needed: the file and the path", err);
	if (job_start(&change.job, false, 2, err) != 0 ||
	    parse_path(&change, args->operands[1], "Invalid unset index format", err) != 0 || open_file(&change, err) != 0)
		return (int)err->kind;
	if (set_remove(buf_slice(&change.job.opened.plain), change.job.store, &change.path, &change.doc, err) == 0)
		return seal_and_write(&change, err);
	if (err->kind != ERR_NOT_FOUND || !o->idempotent)
		return fail_in_file(&change, err->kind == ERR_ENCRYPTED ? STAGE_SET : STAGE_OTHER, err);
	err_reset(err);
	return 0;
}
