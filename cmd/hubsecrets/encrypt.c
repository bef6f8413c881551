#include "cmd/hubsecrets/hubsecrets.h"

#include "base/limits.h"
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
load(struct job *job, struct document **doc, struct error *err)
{
	int rc = job->store == job->out_store ? plain_load(buf_slice(&job->text), job->store, doc, err) :
	    load_converted(job, doc, err);

	if (rc == 0) {
		/* The document has its own copy. */
		buf_release(&job->text);
		return 0;
	}
	if (err->line != 0)
		err_file(err, job->path != NULL ? job->path : "(standard input)");
	return stage_failed(job->args, STAGE_PLAIN, err);
}

static int
seal(struct job *job, const struct document *doc, struct metadata *meta, struct buf *out, struct error *err)
{
	CLEANUP(secret_freep) struct secret *datakey = NULL;
	CLEANUP(notes_release) struct notes notes = NOTES;
	struct encrypt_options options = { .indent = job_indent(job, job->out_store), .notes_opt = &notes };

	if (datakey_new(&datakey, err) != 0 || datakey_wrap(meta, datakey, job->ring, err) != 0)
		return stage_failed(job->args, STAGE_WRAP, err);
	if (sops_encrypt(doc, job->out_store, meta, datakey, &options, out, err) != 0) {
		if (err->line != 0)
			err_file(err, job->path != NULL ? job->path : "(standard input)");
		return stage_failed(job->args, STAGE_SEAL, err);
	}
	tell_notes(job, &notes);
	return 0;
}

int
verb_encrypt(const struct cli_args *args, struct error *err)
{
	CLEANUP(job_release) struct job job = JOB(args);
	CLEANUP(metadata_freep) struct metadata *meta = NULL;
	CLEANUP(document_freep) struct document *doc = NULL;
	CLEANUP(buf_release) struct buf out = BUF(LIMIT_DOCUMENT);
	bool done = false;

	if (job_start(&job, true, 1, err) != 0)
		return (int)err->kind;
	if (job.path == NULL && job.options->filename_override == NULL) {
		err_set(err, ERR_CONFLICT, "Error: must specify --filename-override when reading from stdin");
		return stage_failed(args, STAGE_OPTIONS, err);
	}
	if (encrypt_large(&job, &done, err) != 0 || done || job_read(&job, err) != 0)
		return (int)err->kind;
	tell_binary(&job, buf_slice(&job.text));
	if (keys_metadata(&job, &meta, err) != 0 || load(&job, &doc, err) != 0 ||
	    seal(&job, doc, meta, &out, err) != 0)
		return (int)err->kind;
	return job_write(&job, buf_slice(&out), false, err);
}
