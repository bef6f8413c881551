#include "base/limits.h"
#include "cmd/hubsecrets/files.h"
#include "cmd/hubsecrets/hubsecrets.h"
#include "sops/convert.h"
#include "sops/encrypt.h"

#define NOTES_SHOWN	20	/* lines named one by one; all of them with --verbose */

void
tell_notes(const struct job *job, const struct notes *notes)
{
	const char	*path = job->path != NULL ? job->path : "(standard input)";
	size_t		 shown = job->options->verbose || notes->count <= NOTES_SHOWN ? notes->count : NOTES_SHOWN;

	if (job->args->drop_in)
		return;
	for (size_t i = 0; i < shown; i++) {
		const struct note *n = &notes->list[i];

		if (n->line == n->last)
			cli_note("%s:%u: will come back in another spelling of the same value", path, (unsigned)n->line);
		else
			cli_note("%s:%u: lines %u to %u will come back in another spelling of the same value", path, (unsigned)n->line,
			    (unsigned)n->line, (unsigned)n->last);
	}
	if (shown < notes->count)
		cli_note("%s: and %zu more places, which --verbose names", path, notes->count - shown);
}

/* ".env.local" is no name of a dotenv file to sops: what ends in nothing known is binary. */
void
tell_binary(const struct job *job, struct slice text)
{
	static const struct { struct slice part; const char *type; } parts[] = {
		{ SLICE(".yaml"), "yaml" }, { SLICE(".yml"), "yaml" }, { SLICE(".json"), "json" }, { SLICE(".env"), "dotenv" },
		{ SLICE(".ini"), "ini" },
	};
	struct slice name = slice_str(job->name);

	if (!job->store->binary || job->options->input_type != NULL)
		return;
	if (slice_starts(slice_trim(text), SLICE("{")) && slice_starts(slice_trim(slice_from(slice_trim(text), 1)), SLICE("\"data\": \"ENC[AES256_GCM,")))
		cli_warn("%s: looks as if it were encrypted already; it is encrypted once more", job->name);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		for (size_t at = 0; at + parts[i].part.len <= name.len; at++)
			if (slice_eq_nocase(slice_sub(name, at, at + parts[i].part.len), parts[i].part)) {
				cli_warn("%s: encrypted as a binary file, because of its name; "
				    "'--input-type %s --output-type %s' keeps its lines", job->name, parts[i].type, parts[i].type);
				return;
			}
}

/* --output-type: the plain text is printed in that format, and then encrypted in it. */
static int
load_converted(struct job *job, struct document **doc, struct error *err)
{
	CLEANUP(document_freep) struct document *from = NULL;
	CLEANUP(buf_release) struct buf text = BUF_SECRET(LIMIT_DOCUMENT);

	if (plain_load(buf_slice(&job->text), job->store, &from, err) != 0)
		return (int)err->kind;
	if (convert_document(from, NULL, job->out_store, store_indent(job->out_store, job_indent(job, job->out_store)), &text,
	    err) != 0)
		return (int)err->kind;
	return plain_load(buf_slice(&text), job->out_store, doc, err);
}

static int
load_plain(struct job *job, struct document **doc, struct error *err)
{
	int rc = job->store == job->out_store ? plain_load(buf_slice(&job->text), job->store, doc, err) :
	    load_converted(job, doc, err);

	/* The document has its own copy. */
	if (rc == 0)
		return job_drop_text(job, err);
	if (err->line != 0)
		err_file(err, job->path != NULL ? job->path : "(standard input)");
	return stage_failed(job->args, STAGE_PLAIN, err);
}

static int
load(struct work *work, struct error *err)
{
	struct job	*job = &work->job;
	bool		 done = false;

	if (job->options->reuse == NULL && encrypt_large(job, &done, err) != 0)
		return (int)err->kind;
	if (done) {
		work->state = WORK_DONE;
		return 0;
	}
	if (job_read(job, err) != 0)
		return (int)err->kind;
	tell_binary(job, buf_slice(&job->text));
	if (keys_metadata(job, &work->meta, err) != 0 || load_plain(job, &work->doc, err) != 0)
		return (int)err->kind;
	if (datakey_new(&work->datakey, err) != 0)
		return stage_failed(job->args, STAGE_WRAP, err);
	work->wrap = work->meta;
	work->wrapped = work->datakey;
	return job->options->reuse != NULL ? old_version_open(work, err) : 0;
}

/* An expression that chooses secrets and matches nothing is a mistake that nobody sees until the secrets are published. */
static void
warn_nothing(const struct work *work, const struct notes *notes)
{
	enum select_rule which;

	if (work->job.args->drop_in || notes->sealed != 0 || select_rules_count(&work->meta->rules, &which) != 1)
		return;
	if (which == SELECT_ENCRYPTED_SUFFIX || which == SELECT_ENCRYPTED_REGEX || which == SELECT_ENCRYPTED_COMMENT_REGEX)
		cli_warn("%s: nothing is encrypted: %s '%.*s' matches nothing in it", work->job.path != NULL ? work->job.path :
		    "(standard input)", select_rule_name(which), SLICE_ARG(slice_sub(work->meta->rules.text[which], 0, 200)));
}

static int
finish(struct work *work, struct error *err)
{
	CLEANUP(notes_release) struct notes notes = NOTES;
	CLEANUP(buf_release) struct buf out = BUF(LIMIT_DOCUMENT);
	struct job		*job = &work->job;
	struct encrypt_options	 options = { .indent = job_indent(job, job->out_store), .notes_opt = &notes,
	    .reuse_opt = old_version_reuse(work->old) };

	if (old_version_same(work->old, work).len != 0)
		return job_write(job, old_version_same(work->old, work), false, err);
	if (sops_encrypt(work->doc, job->out_store, work->meta, work->wrapped, &options, &out, err) != 0) {
		if (err->line != 0)
			err_file(err, job->path != NULL ? job->path : "(standard input)");
		return stage_failed(job->args, STAGE_SEAL, err);
	}
	tell_notes(job, &notes);
	warn_nothing(work, &notes);
	return job_write(job, buf_slice(&out), false, err);
}

static const struct file_verb encrypt = { .done = "encrypted", .needs_config = true, .by_rule = true, .load = load, .finish = finish };

int
verb_encrypt(const struct cli_args *args, struct error *err)
{
	CLEANUP(work_release) struct work work = WORK(args);
	struct job		*job = &work.job;
	struct files_summary	 summary;

	if (files_several(args) && job->options->reuse != NULL) {
		err_set(err, ERR_CONFLICT, "--reuse names the older version of one file");
		return stage_failed(args, STAGE_OPTIONS, err);
	}
	if (files_several(args))
		return files_run(args, &encrypt, &summary, err);
	if (job_start(job, true, 1, err) != 0)
		return (int)err->kind;
	if (job->path == NULL && !job_has_override(job)) {
		err_set(err, ERR_CONFLICT, "Error: must specify --filename-override when reading from stdin");
		return stage_failed(args, STAGE_OPTIONS, err);
	}
	return work_alone(&work, &encrypt, err);
}
