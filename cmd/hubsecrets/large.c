#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "cmd/hubsecrets/hubsecrets.h"
#include "sops/bulk.h"

/*
 * Binary files that are worked on in pieces (sops/bulk.h), from file to file or to standard output: the same steps as encrypt.c and
 * decrypt.c, without the text in memory.  What is not found fit for that is left to them.
 */

/* A regular file of a good size, of which neither form nor type is to change; else -1. */
static int
open_large(const struct job *job, uint64_t *size)
{
	struct stat	st;
	int		fd;

	if (job->path == NULL || job->store != &store_binary || job->out_store != &store_binary ||
	    stat(job->path, &st) != 0 || !S_ISREG(st.st_mode) || (uint64_t)st.st_size < BULK_MIN)
		return -1;
	if ((fd = open(job->path, O_RDONLY | O_CLOEXEC | O_NOCTTY)) >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    (uint64_t)st.st_size >= BULK_MIN) {
		*size = (uint64_t)st.st_size;
		return fd;
	}
	file_closep(&fd);
	return -1;
}

/* --- where it goes --------------------------------------------------------------------------------------------------- */

struct output {
	struct sink		 standard;
	struct sink		*sink;
	struct file_replacement	*file;		/* NULL: standard output */
};
#define OUTPUT	((struct output){ .file = NULL })

static void
output_release(struct output *output)
{
	file_replacement_free(output->file);
}

static int
write_standard(struct sink *sink UNUSED, struct slice bytes, struct error *err)
{
	return cli_output(bytes, err);
}

/* In the words of job_write(). */
static int
output_failed(const struct job *job, struct error *err)
{
	if (job->in_place)
		err_wrap(err, "Could not open in-place file for writing: '%s'", job->path);
	else if (job->output != NULL)
		err_wrap(err, "Could not open output file for writing: '%s'", job->output);
	return stage_failed(job->args, STAGE_WRITE, err);
}

static int
output_open(struct output *output, struct job *job, struct error *err)
{
	const char	*path = job->in_place ? job->path : job->output;
	int		 rc = 0;

	output->standard.write = write_standard;
	output->sink = &output->standard;
	if (path == NULL)
		return 0;
	rc = job->in_place ? job_replacement(job, &output->file, err) : file_replacement_new(path, &output->file, err);
	if (rc != 0)
		return output_failed(job, err);
	output->sink = file_replacement_sink(output->file);
	return 0;
}

static int
output_commit(struct output *output, const struct job *job, struct error *err)
{
	if (output->file == NULL || file_replacement_commit(output->file, err) == 0)
		return 0;
	return output_failed(job, err);
}

/* As job_read(), but for the text. */
static int
note_identity(struct job *job, struct error *err)
{
	if (job->in_place && file_identify(job->path, &job->read, err) != 0)
		return stage_failed(job->args, STAGE_READ, err);
	job->is_known = job->in_place;
	return 0;
}

/* --- the two verbs --------------------------------------------------------------------------------------------------- */

int
encrypt_large(struct job *job, bool *done, struct error *err)
{
	CLEANUP(metadata_freep) struct metadata *meta = NULL;
	CLEANUP(secret_freep) struct secret *datakey = NULL;
	CLEANUP(output_release) struct output output = OUTPUT;
	uint64_t		size;
	CLEANUP(file_closep) int fd = open_large(job, &size);
	struct source_fd	source;
	uint8_t			begin[64];

	*done = fd >= 0;
	if (!*done)
		return 0;
	source_fd_init(&source, fd);
	if (pread(fd, begin, sizeof(begin), 0) == (ssize_t)sizeof(begin))
		tell_binary(job, slice_of(begin, sizeof(begin)));
	if (note_identity(job, err) != 0 || keys_metadata(job, &meta, err) != 0)
		return (int)err->kind;
	if (datakey_new(&datakey, err) != 0 || datakey_wrap(meta, datakey, job->ring, err) != 0)
		return stage_failed(job->args, STAGE_WRAP, err);
	if (output_open(&output, job, err) != 0)
		return (int)err->kind;
	if (bulk_encrypt(&source.source, meta, datakey, store_indent(&store_binary, job_indent(job, &store_binary)), output.sink,
	    err) != 0)
		return err->kind == ERR_SYSTEM ? output_failed(job, err) : stage_failed(job->args, STAGE_SEAL, err);
	return output_commit(&output, job, err);
}

/* Is it a file that sops or we wrote, with the metadata of a binary file? */
static int
look(int fd, uint64_t size, struct bulk *bulk, bool *fits, struct error *err)
{
	CLEANUP(opened_release) struct opened opened = OPENED;
	struct error unheard = ERROR_INIT;
	int rc;

	if ((rc = bulk_look(fd, size, bulk, fits, err)) != 0 || !*fits)
		return rc;
	*fits = sealed_load(buf_slice(&bulk->text), &store_binary, &opened, &unheard) == 0 && bulk_fits(opened.meta);
	return 0;
}

/* Some other spelling of the same, such as "\/" for a slash: nothing has been released, and the usual way is still open. */
static void
forget(struct job *job, struct error *err)
{
	opened_release(&job->opened);
	job->opened = OPENED;
	buf_reset(&job->text);
	config_free(job->config);
	job->config = NULL;
	err_reset(err);
}

int
decrypt_large(struct job *job, bool *done, struct error *err)
{
	CLEANUP(bulk_release) struct bulk bulk = BULK;
	CLEANUP(output_release) struct output output = OUTPUT;
	uint64_t	size;
	CLEANUP(file_closep) int fd = open_large(job, &size);

	*done = false;
	if (fd < 0 || job->options->extract != NULL || cli_given(job->args, "indent"))
		return 0;
	if (look(fd, size, &bulk, done, err) != 0)
		return stage_failed(job->args, STAGE_READ, err);
	if (!*done)
		return 0;
	if (buf_append(&job->text, buf_slice(&bulk.text), err) != 0 || note_identity(job, err) != 0)
		return stage_failed(job->args, STAGE_READ, err);
	if (job_config(job, false, err) != 0 || job_load(job, err) != 0 || job_datakey(job, err) != 0 ||
	    output_open(&output, job, err) != 0)
		return (int)err->kind;
	if (bulk_decrypt(&bulk, job->opened.meta, job->opened.datakey, job->options->ignore_mac,
	    output.file == NULL || file_replacement_is_through(output.file), output.sink, err) != 0) {
		if (err->kind == ERR_SYNTAX) {
			*done = false;
			forget(job, err);
			return 0;
		}
		if (err->kind == ERR_SYSTEM)
			return output_failed(job, err);
		err_file(err, job->path);
		return stage_failed(job->args, STAGE_OPEN, err);
	}
	job_tell_opened(job, &job->opened.report);
	return output_commit(&output, job, err);
}
