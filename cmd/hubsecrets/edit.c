#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/leftover.h"
#include "base/limits.h"
#include "base/tmpdir.h"
#include "cmd/hubsecrets/hubsecrets.h"
#include "sops/encrypt.h"
#include "sops/reuse.h"
#include "yamlmerge/edit.h"

/*
 * A round of editing: the plaintext lies in a private folder under the file's own name, the editor is run, and what came of it
 * is sealed again under the same data key.  Values that did not change keep their ciphertext.  When somebody else
 * has changed the file meanwhile it is not overwritten: the user goes on from the new version, with what was edited kept
 * beside it for as long as the editor is open.
 */
struct edit_session {
	struct job		 job;
	struct metadata		*meta;		/* of a new file */
	struct secret		*datakey;	/* of a new file */
	struct reuse		*reuse;
	struct tmpdir		*folder;
	struct buf		 shown, edited, text, out;	/* what the editor was given, left; without metadata; sealed */
	const char		*file;		/* in the folder */
};
#define EDIT_SESSION(arguments)											\
	((struct edit_session){ .job = JOB(arguments), .shown = BUF_SECRET(LIMIT_DOCUMENT),			\
	    .edited = BUF_SECRET(LIMIT_DOCUMENT), .text = BUF_SECRET(LIMIT_DOCUMENT), .out = BUF(LIMIT_DOCUMENT) })

static void
edit_session_release(struct edit_session *s)
{
	job_release(&s->job);
	metadata_free(s->meta);
	secret_free(s->datakey);
	reuse_free(s->reuse);
	tmpdir_free(s->folder);
	buf_release(&s->shown);
	buf_release(&s->edited);
	buf_release(&s->text);
	buf_release(&s->out);
}

static const struct slice example_yaml = SLICE(
    "hello: Welcome to hubsecrets! Edit this file as you please!\n"
    "example_key: example_value\n"
    "# Example comment\n"
    "example_array:\n"
    "    - example_value1\n"
    "    - example_value2\n"
    "example_number: 1234.56789\n"
    "example_booleans:\n"
    "    - true\n"
    "    - false\n");

static const struct slice example_json = SLICE(
    "{\n"
    "\t\"hello\": \"Welcome to hubsecrets! Edit this file as you please!\",\n"
    "\t\"example_key\": \"example_value\",\n"
    "\t\"example_array\": [\n"
    "\t\t\"example_value1\",\n"
    "\t\t\"example_value2\"\n"
    "\t],\n"
    "\t\"example_number\": 1234.56789,\n"
    "\t\"example_booleans\": [\n"
    "\t\ttrue,\n"
    "\t\tfalse\n"
    "\t]\n"
    "}\n");

static const struct slice example_dotenv = SLICE(
    "# This is an example file.\n"
    "hello=Welcome to hubsecrets! Edit this file as you please!\n"
    "example_key=example_value\n"
    "example_multiline=foo\\nbar\\nbaz\n");

static const struct slice example_ini = SLICE(
    "; This is an example file.\n"
    "[Welcome!]\n"
    "hello       = Welcome to hubsecrets! Edit this file as you please!\n"
    "example_key = example_value\n");

static const struct slice example_binary = SLICE("Welcome to hubsecrets! Edit this file as you please!");

static struct slice
example(const struct store *store)
{
	return store == &store_json ? example_json : store == &store_dotenv ? example_dotenv : store == &store_ini ? example_ini :
	    store == &store_binary ? example_binary : example_yaml;
}

/* --- what the editor is given ---------------------------------------------------------------------------------------- */

static int
start_new(struct edit_session *s, struct error *err)
{
	if (keys_metadata(&s->job, &s->meta, err) != 0)
		return (int)err->kind;
	if (metadata_touch(s->meta, err) != 0 || datakey_new(&s->datakey, err) != 0 || datakey_wrap(s->meta, s->datakey, s->job.ring, err) != 0)
		return stage_failed(s->job.args, STAGE_WRAP, err);
	return buf_append(&s->shown, example(s->job.store), err);
}

/* --show-master-keys: the metadata below the values, as it stands in the file. */
static int
show_metadata(struct edit_session *s, struct error *err)
{
	CLEANUP(document_freep) struct document *doc = NULL;
	CLEANUP(edits_release) struct edits edits = EDITS;
	struct job *job = &s->job;

	if (document_parse(buf_slice(&job->opened.plain), job->store->syntax, &doc, err) != 0 ||
	    store_attach(job->store, doc, job->opened.meta, job_indent(job, job->store), &edits, err) != 0)
		return (int)err->kind;
	return edits_apply(&edits, doc, &s->shown, err);
}

static int
start_existing(struct edit_session *s, struct error *err)
{
	struct job		*job = &s->job;
	struct decrypt_options	 options = { .ignore_mac = job->options->ignore_mac };

	if (job_read(job, err) != 0 || (job->config == NULL && job_config(job, false, err) != 0) || job_load(job, err) != 0)
		return (int)err->kind;
	if (reuse_new(&s->reuse, err) != 0)
		return stage_failed(job->args, STAGE_OTHER, err);
	options.reuse_opt = s->reuse;
	if (job_open(job, &options, err) != 0)
		return (int)err->kind;
	if ((job->options->show_master_keys && !job->store->binary ? show_metadata(s, err) :
	    buf_append(&s->shown, buf_slice(&job->opened.plain), err)) != 0)
		return stage_failed(job->args, STAGE_OTHER, err);
	return 0;
}

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL && slash[1] != '\0' ? slash + 1 : path;
}

static int
put_in_folder(struct edit_session *s, struct error *err)
{
	if (s->folder == NULL && tmpdir_new(&s->folder, err) != 0)
		return stage_failed(s->job.args, STAGE_EDIT, err);
	tmpdir_guard(s->folder);
	if (tmpdir_on_disk(s->folder))
		cli_warn("the plaintext lies in '%s' while you edit, which is on a disk", tmpdir_path(s->folder));
	if (s->file != NULL && leftover_remove(s->file) != 0)
		cli_warn("cannot remove '%s'", s->file);
	if (tmpdir_file(s->folder, base_name(s->job.path), buf_slice(&s->shown), &s->file, err) != 0)
		return stage_failed(s->job.args, STAGE_EDIT, err);
	return 0;
}

/* --- what came of it ------------------------------------------------------------------------------------------------- */

/* The text that the user left: as it is, or without the metadata that was shown with it. */
static int
take_values(struct edit_session *s, struct error *err)
{
	CLEANUP(document_freep) struct document *doc = NULL;
	CLEANUP(metadata_freep) struct metadata *meta = NULL;
	CLEANUP(edits_release) struct edits edits = EDITS;
	struct job *job = &s->job;

	buf_reset(&s->text);
	if (!job->options->show_master_keys || job->store->binary || s->meta != NULL)
		return buf_append(&s->text, buf_slice(&s->edited), err);
	if (document_parse(buf_slice(&s->edited), job->store->syntax, &doc, err) != 0 ||
	    store_load(job->store, doc, &meta, err) != 0 || store_detach(job->store, doc, &edits, err) != 0)
		return (int)err->kind;
	if (edits_apply(&edits, doc, &s->text, err) != 0)
		return (int)err->kind;
	return plain_cut_break(doc, job->store, &s->text, err);
}

static int
seal(struct edit_session *s, struct error *err)
{
	CLEANUP(document_freep) struct document *doc = NULL;
	CLEANUP(metadata_freep) struct metadata *meta = NULL;
	CLEANUP(notes_release) struct notes notes = NOTES;
	struct job		*job = &s->job;
	const struct secret	*datakey = s->meta != NULL ? s->datakey : job->opened.datakey;
	struct encrypt_options	 options = { .indent = job_indent(job, job->store), .reuse_opt = s->reuse };

	if (s->edited.len == 0)
		return err_set(err, ERR_EMPTY, "File cannot be completely empty, it must contain at least one document");
	/* What only a new file can lose is noted; the old one came out in the spelling that it keeps. */
	options.notes_opt = s->meta != NULL ? &notes : NULL;
	buf_reset(&s->out);
	if (take_values(s, err) != 0 || plain_load(buf_slice(&s->text), job->store, &doc, err) != 0 ||
	    metadata_copy(s->meta != NULL ? s->meta : job->opened.meta, &meta, err) != 0 ||
	    metadata_raise_version(meta, err) != 0 ||
	    sops_encrypt(doc, job->store, meta, datakey, &options, &s->out, err) != 0)
		return (int)err->kind;
	tell_notes(job, &notes);
	return 0;
}

/* What the editor left. */
static int
take_file(struct edit_session *s, struct error *err)
{
	buf_reset(&s->edited);
	if (file_read(s->file, &s->edited, err) == 0)
		return 0;
	if (err->kind == ERR_NOT_FOUND) {
		err_reset(err);
		err_set(err, ERR_NOT_FOUND, "the editor removed the file that it was given; '%s' is as it was", s->job.path);
		/* To sops that is a file that cannot be read. */
		*s->job.args->status = 2;
	}
	return stage_failed(s->job.args, STAGE_EDIT, err);
}

/* The editor, and again after a mistake, until the text can be sealed. */
static int
edit_until_good(struct edit_session *s, struct error *err)
{
	for (;;) {
		struct error why = ERROR_INIT;

		if (editor_run(s->file, err) != 0)
			return stage_failed(s->job.args, STAGE_EDIT, err);
		if (take_file(s, err) != 0)
			return (int)err->kind;
		if (slice_eq(buf_slice(&s->edited), buf_slice(&s->shown))) {
			err_set(err, ERR_UNCHANGED, "File has not changed, exiting.");
			return stage_failed(s->job.args, STAGE_EDIT, err);
		}
		if (seal(s, &why) == 0)
			return 0;
		if (editor_ask_again(s->job.args, s->job.path, &why, err) != 0)
			return (int)err->kind;
	}
}

/* --- another version meanwhile --------------------------------------------------------------------------------------- */

/* Keep what was edited beside the new version, as NAME.mine. */
static int
keep_mine(struct edit_session *s, const char **mine, struct error *err)
{
	CLEANUP(buf_release) struct buf name = BUF(LIMIT_CONFIG);

	if (buf_str(&name, base_name(s->job.path), err) != 0 || buf_str(&name, ".mine", err) != 0 ||
	    buf_terminate(&name, err) != 0)
		return (int)err->kind;
	return tmpdir_file(s->folder, (const char *)name.data, buf_slice(&s->edited), mine, err);
}

static int
go_on_from_new(struct edit_session *s, struct error *err)
{
	const char	*mine;
	struct error	 told = ERROR_INIT;

	err_reset(err);
	lock_release(&s->job.lock);
	err_set(&told, ERR_CONFLICT, "'%s' was changed by somebody else while you edited it; it is not overwritten", s->job.path);
	cli_error(&told);
	cli_report(SLICE("Press enter to go on from the new version, or Ctrl+C to exit and lose what you edited.\n"));
	if (!editor_wait_for_enter()) {
		*err = told;
		return stage_failed(s->job.args, STAGE_EDIT, err);
	}
	if (keep_mine(s, &mine, err) != 0)
		return stage_failed(s->job.args, STAGE_EDIT, err);
	cli_note("what you edited is in '%s' until you leave the editor", mine);
	/* All that was known of the file is of the old version. */
	opened_release(&s->job.opened);
	reuse_free(s->reuse);
	s->reuse = NULL;
	metadata_free(s->meta);
	s->meta = NULL;
	buf_reset(&s->job.text);
	buf_reset(&s->shown);
	return start_existing(s, err) != 0 || put_in_folder(s, err) != 0 ? (int)err->kind : 0;
}

/* A full disk must not cost what somebody has just typed: the text is there until they say otherwise. */
static int
write_back(struct edit_session *s, struct error *err)
{
	struct job *job = &s->job;

	while (job_write(job, buf_slice(&s->out), true, err) != 0 && err->kind != ERR_CONFLICT && isatty(STDIN_FILENO)) {
		cli_error(err);
		err->text[0] = '\0';
		cli_report(SLICE("Press enter to write it once more, or Ctrl+C to exit and lose what you edited.\n"));
		if (!editor_wait_for_enter())
			break;
		err_reset(err);
		*job->args->status = -1;
	}
	return (int)err->kind;
}

int
verb_edit(const struct cli_args *args, struct error *err)
{
	CLEANUP(edit_session_release) struct edit_session s = EDIT_SESSION(args);
	struct job *job = &s.job;

	job->in_place = true;
	if (job_start(job, false, 1, err) != 0)
		return (int)err->kind;
	if (file_identify(job->path, &job->read, err) != 0)
		return stage_failed(args, STAGE_READ, err);
	job->is_known = true;
	if ((job->read.exists ? start_existing(&s, err) : start_new(&s, err)) != 0 || put_in_folder(&s, err) != 0)
		return (int)err->kind;
	for (;;) {
		if (edit_until_good(&s, err) != 0)
			return (int)err->kind;
		if (write_back(&s, err) != ERR_CONFLICT)
			return (int)err->kind;
		*args->status = -1;
		if (go_on_from_new(&s, err) != 0)
			return (int)err->kind;
	}
}
