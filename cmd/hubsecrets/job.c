#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/secret.h"
#include "base/stream.h"
#include "cmd/hubsecrets/hubsecrets.h"
#include "crypto/digest.h"

#define LOCK_PATIENCE_MS	30000	/* as long as another one may wait for a service */
#define FRESH_SECONDS		3	/* times of files are coarse on some file systems */

void
job_release(struct job *job)
{
	lock_release(&job->lock);
	opened_release(&job->opened);
	buf_release(&job->text);
	if (job->is_guest)
		return;
	config_free(job->config);
	keyring_free(job->ring);
}

void
job_share(struct job *job, const struct job *host)
{
	job->ring = host->ring;
	job->config = host->config;
	job->is_guest = true;
}

/*
 * A word that names no type is not refused under the name of sops: helm-secrets says --output-type '"yaml"', with the quotes.
 */
static int
choose_store(const struct job *job, const char *type, const char *option, const struct store **out, struct error *err)
{
	*out = store_for_name(slice_str(job->name));
	if (type == NULL || *type == '\0')
		return 0;
	if (store_by_type(slice_str(type)) != NULL) {
		*out = store_by_type(slice_str(type));
		return 0;
	}
	if (job->args->drop_in)
		return 0;
	err_set(err, ERR_USAGE, "unknown type '%s' of '--%s'", type, option);
	err_hint(err, "it can be yaml, json, dotenv, ini or binary");
	return stage_failed(job->args, STAGE_OPTIONS, err);
}

static int
check_output(struct job *job, struct error *err)
{
	const struct options *o = job->options;

	if (o->in_place && job->output != NULL) {
		err_set(err, ERR_CONFLICT, "Error: cannot operate on both --output and --in-place");
		return stage_failed(job->args, STAGE_OPTIONS, err);
	}
	if (o->in_place && job->path == NULL) {
		err_set(err, ERR_CONFLICT, "Error: cannot use --in-place when reading from stdin");
		return stage_failed(job->args, STAGE_OPTIONS, err);
	}
	return 0;
}

bool
job_has_override(const struct job *job)
{
	const char *name = job->options->filename_override;

	return name != NULL && name[0] != '\0';
}

int
job_start_file(struct job *job, const char *path, struct error *err)
{
	const struct options *o = job->options;

	job->path = path;
	/* An empty variable in a script: to sops it is standard output. */
	job->output = o->output != NULL && o->output[0] == '\0' && job->args->drop_in ? NULL : o->output;
	job->in_place = job->in_place || (o->in_place && path != NULL);
	job->name = job_has_override(job) ? o->filename_override : path != NULL ? path : "";
	if (check_output(job, err) != 0 || choose_store(job, o->input_type, "input-type", &job->store, err) != 0 ||
	    choose_store(job, o->output_type, "output-type", &job->out_store, err) != 0)
		return (int)err->kind;
	if (job->ring == NULL && keyring_new(&job->ring, err) != 0)
		return stage_failed(job->args, STAGE_OTHER, err);
	return 0;
}

int
job_start(struct job *job, bool may_be_stdin, size_t operands, struct error *err)
{
	const struct cli_args *args = job->args;

	/* sops takes the first file and passes over what follows, with these words. */
	if (args->count > operands && args->drop_in)
		cli_report(SLICE("More than one positional argument provided. Only the first one will be used!\n"));
	if (args->count > operands && !args->drop_in) {
		err_set(err, ERR_USAGE, "one operand too many: '%s'", args->operands[operands]);
		return stage_failed(args, STAGE_OPTIONS, err);
	}
	/* sops' older form always wants a file. */
	if (args->count == 0 && (!may_be_stdin || args->by_option)) {
		err_set(err, ERR_NOT_FOUND, "Error: no file specified");
		return stage_failed(args, STAGE_OPTIONS, err);
	}
	return job_start_file(job, args->count > 0 ? args->operands[0] : NULL, err);
}

/* --- the file, and whether it is still the same -------------------------------------------------------------------- */

static int
take_lock(struct job *job, enum stage stage, struct error *err)
{
	if (job->lock.fd >= 0 || lock_take(job->path, LOCK_PATIENCE_MS, &job->lock, err) == 0)
		return 0;
	err_wrap(err, "cannot change '%s'", job->path);
	err_hint(err, "nothing was changed; run this again when it is done");
	return stage_failed(job->args, stage, err);
}

/*
 * A change in the very moment of the last one may leave the file's times as they are; then only its bytes tell.
 */
static void
note_freshness(struct job *job)
{
	int64_t now = (int64_t)time(NULL);

	job->is_fresh = job->read.modified > now - FRESH_SECONDS || job->read.changed > now - FRESH_SECONDS;
}

int
job_drop_text(struct job *job, struct error *err)
{
	if (job->is_known && job->is_fresh && digest_sha256(buf_slice(&job->text), job->digest, err) != 0)
		return stage_failed(job->args, STAGE_OTHER, err);
	job->is_dropped = true;
	buf_release(&job->text);
	return 0;
}

/* In pieces: a copy of a large file in memory costs more than the look. */
static bool
holds(const char *path, struct slice text)
{
	CLEANUP(file_closep) int	fd = open(path, O_RDONLY | O_CLOEXEC);
	struct source_fd		from;
	struct error			unheard = ERROR_INIT;
	size_t				got;
	WIPED(piece, 32768);

	if (fd < 0)
		return false;
	source_fd_init(&from, fd);
	do {
		if (source_read(&from.source, piece, sizeof(piece), &got, &unheard) != 0 || got > text.len ||
		    (got != 0 && memcmp(piece, text.data, got) != 0))
			return false;
		text = slice_from(text, got);
	} while (got != 0);
	return text.len == 0;
}

static bool
has_digest(const char *path, const uint8_t want[static 32])
{
	CLEANUP(buf_release) struct buf	text = BUF_SECRET(LIMIT_DOCUMENT);
	struct error			unheard = ERROR_INIT;
	uint8_t				digest[32];

	return file_read(path, &text, &unheard) == 0 && digest_sha256(buf_slice(&text), digest, &unheard) == 0 &&
	    memcmp(digest, want, sizeof(digest)) == 0;
}

bool
job_unchanged(const struct job *job)
{
	struct file_identity	now;
	struct error		unheard = ERROR_INIT;

	if (file_identify(job->path, &now, &unheard) != 0 || !file_same(&now, &job->read))
		return false;
	if (!job->is_fresh)
		return true;
	return job->is_dropped ? has_digest(job->path, job->digest) : holds(job->path, buf_slice(&job->text));
}

static int
read_named(struct job *job, struct error *err)
{
	char	folder[PATH_MAX];
	struct stat st;

	if (job->alone && take_lock(job, STAGE_READ, err) != 0)
		return (int)err->kind;
	if (job->in_place && file_identify(job->path, &job->read, err) != 0)
		return stage_failed(job->args, STAGE_READ, err);
	job->is_known = job->in_place;
	job->is_dropped = false;
	if (file_read(job->path, &job->text, err) == 0) {
		note_freshness(job);
		return 0;
	}
	if (err->kind == ERR_NOT_FOUND) {
		bool	in_full = job->args->drop_in && job->path[0] != '/' && getcwd(folder, sizeof(folder)) != NULL;

		err_reset(err);
		err_set(err, ERR_NOT_FOUND, "Error: cannot operate on non-existent file \"%s%s%s\"", in_full ? folder : "", in_full ? "/" : "",
		    job->path);
	} else {
		err_wrap(err, "cannot read '%s'", job->path);
		if (stat(job->path, &st) == 0 && S_ISDIR(st.st_mode))
			err_hint(err, "--recursive takes the files in a folder and below");
	}
	return stage_failed(job->args, STAGE_READ, err);
}

int
job_read(struct job *job, struct error *err)
{
	if (job->path != NULL)
		return read_named(job, err);
	if (file_read_fd(STDIN_FILENO, &job->text, err) == 0)
		return 0;
	err_wrap(err, "Error reading from stdin");
	return stage_failed(job->args, STAGE_READ, err);
}

/* --- the configuration ------------------------------------------------------------------------------------------------ */

static void
tell_config(const struct config *config)
{
	for (size_t i = 0; i < config->warning_count; i++) {
		const struct config_warning *warning = &config->warnings[i];

		cli_warn("%.*s:%u:%u: %.*s%s%.*s", SLICE_ARG(config->path), (unsigned)warning->line, (unsigned)warning->column,
		    SLICE_ARG(warning->text), warning->hint.len != 0 ? "; " : "", SLICE_ARG(warning->hint));
	}
}

int
job_config(struct job *job, bool needed, struct error *err)
{
	CLEANUP(buf_release) struct buf	path = BUF(LIMIT_CONFIG), ignored = BUF(LIMIT_CONFIG);
	const char			*beside;

	if (job->is_guest)
		return 0;
	/* sops does not look beside the file. */
	beside = job->args->drop_in || job->is_host || *job->name == '\0' ? NULL : job->name;
	if (config_find(job->options->config, beside, &path, &ignored, err) != 0) {
		if (err->kind != ERR_NO_CONFIG)
			return stage_failed(job->args, STAGE_CONFIG, err);
		memcpy(job->no_config, err->hint, sizeof(job->no_config));
		err_reset(err);
	} else if (config_load((const char *)path.data, &job->config, err) != 0) {
		if (job->args->drop_in)
			err_wrap(err, "%s", err->kind == ERR_CONFIG ? "error loading config" : "could not read config file");
		if (needed || job->args->drop_in)
			return stage_failed(job->args, STAGE_CONFIG, err);
		/* Who only reads a file goes on without: its recipients and rules are in the file. */
		if (err->line != 0)
			cli_warn("%s:%u:%u: %s", (const char *)path.data, (unsigned)err->line, (unsigned)err->column, err->text);
		else
			cli_warn("%s: %s", (const char *)path.data, err->text);
		err_reset(err);
	}
	if (ignored.len != 0)
		cli_warn("'%.*s' is not read: its name must be .sops.yaml", SLICE_ARG(buf_slice(&ignored)));
	if (job->config != NULL && needed)
		tell_config(job->config);
	return 0;
}

/* Positions in messages are in the file that the user named. */
static int
failed_in_file(struct job *job, enum stage stage, struct error *err)
{
	if (err->path[0] == '\0')
		err_file(err, job->path != NULL ? job->path : "(standard input)");
	return stage_failed(job->args, stage, err);
}

/* Keys of this machine are all that there is so far: whoever excludes them has none. */
static int
check_services(struct job *job, struct error *err)
{
	if (job->options->keyservice.count != 0)
		cli_warn("the key service '%s' is not asked: that is not supported yet", job->options->keyservice.items[0]);
	if (job->options->local_keyservice)
		return 0;
	err_set(err, ERR_NO_KEY, "Failed to get the data key required to decrypt the SOPS file: the keys of this machine are not to be used");
	return stage_failed(job->args, STAGE_UNWRAP, err);
}

int
job_load(struct job *job, struct error *err)
{
	if (sealed_load(buf_slice(&job->text), job->store, &job->opened, err) != 0) {
		if (job->store->binary && job->options->input_type == NULL)
			err_hint(err, "by its name it is a binary file; say what it is with --input-type (and --output-type)");
		return failed_in_file(job, STAGE_SEALED, err);
	}
	if (metadata_check_version(job->opened.meta, err) != 0)
		return failed_in_file(job, STAGE_SEALED, err);
	return check_services(job, err);
}

struct unwrap_options
job_unwrap(const struct job *job)
{
	return (struct unwrap_options){
		.ring = job->ring, .order = slice_str(job->options->decryption_order), .scripted = job->args->drop_in,
	};
}

int
job_unwrap_failed(struct job *job, struct unwrap_report *report, struct error *err)
{
	if (report->text.len != 0) {
		if (!job->args->drop_in) {
			(void)err_file(err, job->path != NULL ? job->path : "(standard input)");
			cli_error(err);
		}
		cli_report(buf_slice(&report->text));
		/* That was the whole story. */
		enum err_kind kind = err->kind;

		err_reset(err);
		err->kind = kind;
	}
	return stage_failed(job->args, STAGE_UNWRAP, err);
}

void
job_tell_opened(const struct job *job, const struct decrypt_report *report)
{
	if (job->options->verbose)
		cli_note("Data key recovered successfully");
	if (report->comments_kept == 1)
		cli_warn("%s:%u: a comment could not be decrypted and stays as it is", job->path != NULL ? job->path : "(standard input)",
		    (unsigned)report->comment_line);
	else if (report->comments_kept > 1)
		cli_warn("%s:%u: %zu comments could not be decrypted and stay as they are; this is the first",
		    job->path != NULL ? job->path : "(standard input)", (unsigned)report->comment_line, report->comments_kept);
}

int
job_datakey(struct job *job, struct error *err)
{
	CLEANUP(unwrap_report_release) struct unwrap_report report = UNWRAP_REPORT;
	struct unwrap_options unwrap = job_unwrap(job);

	if (datakey_unwrap(job->opened.meta, &unwrap, &job->opened.datakey, &report, err) != 0)
		return job_unwrap_failed(job, &report, err);
	return 0;
}

int
job_open(struct job *job, const struct decrypt_options *options, struct error *err)
{
	return job_datakey(job, err) != 0 ? (int)err->kind : job_decrypt(job, options, err);
}

int
job_decrypt(struct job *job, const struct decrypt_options *options, struct error *err)
{
	if (sealed_decrypt(&job->opened, job->store, options, err) != 0)
		return failed_in_file(job, STAGE_OPEN, err);
	job_tell_opened(job, &job->opened.report);
	return 0;
}

int
job_indent(const struct job *job, const struct store *store)
{
	if (cli_given(job->args, "indent"))
		return (int)job->options->indent;
	if (job->config == NULL)
		return 0;
	return store == &store_yaml ? job->config->indent_yaml :
	    store == &store_json ? job->config->indent_json :
	    store == &store_binary ? job->config->indent_binary : 0;
}

/* --- writing ---------------------------------------------------------------------------------------------------------- */

static int
refuse_other(void *arg, struct error *err)
{
	const struct job *job = arg;

	if (!job->is_known || job_unchanged(job))
		return 0;
	err_set(err, ERR_CONFLICT, "'%s' was changed by another program meanwhile; it is not overwritten", job->path);
	return err_hint(err, "run this again: it starts from the new version");
}

/* Nobody of us changes the file between the last look at it and the rename, and what others did until then is seen. */
int
job_replacement(struct job *job, struct file_replacement **out, struct error *err)
{
	CLEANUP(file_replacement_freep) struct file_replacement *new = NULL;

	if (take_lock(job, STAGE_WRITE, err) != 0)
		return (int)err->kind;
	if (file_replacement_new(job->path, &new, err) != 0)
		return (int)err->kind;
	file_replacement_guard(new, refuse_other, job);
	*out = TAKE(new);
	return 0;
}

static int
replace_own(struct job *job, struct slice bytes, struct error *err)
{
	CLEANUP(file_replacement_freep) struct file_replacement *new = NULL;

	if (job_replacement(job, &new, err) != 0 || sink_write(file_replacement_sink(new), bytes, err) != 0)
		return (int)err->kind;
	return file_replacement_commit(new, err);
}

int
job_write(struct job *job, struct slice bytes, bool always_in_place, struct error *err)
{
	bool		 own = always_in_place || job->options->in_place;
	const char	*path = own ? job->path : job->output;

	if (path == NULL)
		return cli_output(bytes, err) != 0 ? stage_failed(job->args, STAGE_WRITE, err) : 0;
	if ((own ? replace_own(job, bytes, err) : file_replace(path, bytes, err)) == 0)
		return 0;
	if (err->kind != ERR_CONFLICT)
		err_wrap(err, own ? "Could not open in-place file for writing: '%s'" : "Could not open output file for writing: '%s'", path);
	return stage_failed(job->args, STAGE_WRITE, err);
}
