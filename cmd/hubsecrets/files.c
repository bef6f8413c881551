#include "cmd/hubsecrets/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "cmd/hubsecrets/file_list.h"

struct run {
	const struct cli_args		*args;
	const struct options		*options;
	const struct file_verb		*verb;
	struct file_list		 files;
	struct job			 leader;	/* has what all share: keys at hand, connections, configuration */
	struct work			*batch;
	size_t				 batch_count;
	size_t				 seen;		/* files that are through */
	struct files_summary		*summary;
	size_t				*output_order;
};

void
work_release(struct work *work)
{
	job_release(&work->job);
	document_free(work->doc);
	old_version_free(work->old);
	arena_release(&work->arena);
	metadata_free(work->meta);
	secret_free(work->datakey);
	rotation_release(&work->rotation);
}

/* --- steps ----------------------------------------------------------------------------------------------------------- */

/* Whatever failed is told with its file's name, once. */
static void
fail(struct run *run, struct work *work, struct error *err)
{
	work->state = WORK_FAILED;
	run->summary->failed++;
	if (err->path[0] == '\0' && err->text[0] != '\0' && strstr(err->text, work->job.path) == NULL)
		err_file(err, work->job.path);
	cli_error(err);
}

static int
is_not_ours(const struct work *work, const struct error *err)
{
	return work->entry != NULL && work->entry->found && (err->kind == ERR_NO_METADATA || err->kind == ERR_ENCRYPTED);
}

static void
step(struct run *run, int (*do_step)(struct work *work, struct error *err), const char *doing)
{
	for (size_t i = 0; i < run->batch_count && do_step != NULL; i++) {
		struct work	*work = &run->batch[i];
		struct error	 err = ERROR_INIT;

		if (work->state != WORK_GOES_ON)
			continue;
		cli_progress("%s %zu of %zu: %s", doing, run->seen + i + 1, run->files.count, work->job.path);
		if (do_step(work, &err) == 0)
			continue;
		if (is_not_ours(work, &err))
			work->state = WORK_PASSED_BY;
		else
			fail(run, work, &err);
	}
}

/* A service may let us wait. */
static void
note_wait(const struct metadata *meta)
{
	for (size_t g = 0; g < meta->group_count; g++)
		for (size_t k = 0; k < meta->groups[g].count; k++)
			if (meta->groups[g].keys[k].type->network)
				cli_progress_now();
}

static int
unwrap(struct run *run, struct error *err)
{
	CLEANUP(arena_release) struct arena arena = ARENA(LIMIT_DOCUMENT);
	struct unwrap_options	 options = job_unwrap(&run->leader);
	struct unwrap_job	*jobs;
	struct work		**whose;
	void			*room, *whose_room;
	size_t			 count = 0;

	if (arena_alloc(&arena, (run->batch_count + 1) * sizeof(*jobs), &room, err) != 0 ||
	    arena_alloc(&arena, (run->batch_count + 1) * sizeof(*whose), &whose_room, err) != 0)
		return (int)err->kind;
	jobs = room;
	whose = whose_room;
	for (size_t i = 0; i < run->batch_count; i++)
		if (run->batch[i].state == WORK_GOES_ON && run->batch[i].needs_key) {
			whose[count] = &run->batch[i];
			note_wait(run->batch[i].job.opened.meta);
			jobs[count++] = (struct unwrap_job){ .meta = run->batch[i].job.opened.meta, .report = UNWRAP_REPORT, .error = ERROR_INIT };
		}
	if (count == 0)
		return 0;
	cli_progress("recovering %zu data key%s", count, count == 1 ? "" : "s");
	if (datakey_unwrap_many(jobs, count, &options, err) != 0)
		return stage_failed(run->args, STAGE_UNWRAP, err);
	for (size_t i = 0; i < count; i++) {
		if (jobs[i].error.kind == ERR_NONE)
			whose[i]->job.opened.datakey = jobs[i].datakey;
		else {
			struct slice report = buf_slice(&jobs[i].report.text), said = slice_str(jobs[i].error.text);

			fail(run, whose[i], &jobs[i].error);
			cli_report(slice_starts(report, said) ? slice_from(report, said.len + 1) : report);
		}
		unwrap_report_release(&jobs[i].report);
	}
	return 0;
}

static int
wrap(struct run *run, struct error *err)
{
	CLEANUP(arena_release) struct arena arena = ARENA(LIMIT_DOCUMENT);
	struct wrap_job	*jobs;
	struct work	**whose;
	void		*room, *whose_room;
	size_t		 count = 0;

	if (arena_alloc(&arena, (run->batch_count + 1) * sizeof(*jobs), &room, err) != 0 ||
	    arena_alloc(&arena, (run->batch_count + 1) * sizeof(*whose), &whose_room, err) != 0)
		return (int)err->kind;
	jobs = room;
	whose = whose_room;
	for (size_t i = 0; i < run->batch_count; i++)
		if (run->batch[i].state == WORK_GOES_ON && run->batch[i].wrap != NULL) {
			whose[count] = &run->batch[i];
			note_wait(run->batch[i].wrap);
			jobs[count++] = (struct wrap_job){ .meta = run->batch[i].wrap, .datakey = run->batch[i].wrapped, .error = ERROR_INIT };
		}
	if (count == 0)
		return 0;
	cli_progress("wrapping %zu data key%s", count, count == 1 ? "" : "s");
	if (datakey_wrap_many(jobs, count, run->leader.ring, err) != 0)
		return stage_failed(run->args, STAGE_WRAP, err);
	for (size_t i = 0; i < count; i++)
		if (jobs[i].error.kind != ERR_NONE)
			fail(run, whose[i], &jobs[i].error);
	return 0;
}

int
work_alone(struct work *work, const struct file_verb *verb, struct error *err)
{
	if (verb->load(work, err) != 0 || work->state != WORK_GOES_ON ||
	    (work->needs_key && job_datakey(&work->job, err) != 0) ||
	    (verb->prepare != NULL && verb->prepare(work, err) != 0) || work->state != WORK_GOES_ON)
		return (int)err->kind;
	if (work->wrap != NULL && datakey_wrap(work->wrap, work->wrapped, work->job.ring, err) != 0)
		return stage_failed(work->job.args, STAGE_WRAP, err);
	return verb->finish(work, err);
}

/* --- which files ------------------------------------------------------------------------------------------------------ */

bool
files_several(const struct cli_args *args)
{
	const struct options *o = args->options;

	return o->recursive || (args->count > 1 && !args->drop_in);
}

enum guess { GUESS_PLAIN, GUESS_SEALED, GUESS_NONE };

/*
 * Cheaply: could this file be an encrypted one?  Those of no known type begin as the JSON of a binary file does.  What cannot be
 * read is for the verb to say.
 */
static enum guess
guess_sealed(const char *path)
{
	CLEANUP(buf_release) struct buf text = BUF(LIMIT_DOCUMENT);
	CLEANUP(file_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct error	unheard = ERROR_INIT;
	char		begin[256];
	ssize_t		n;

	if (fd < 0)
		return GUESS_NONE;
	if (store_for_name(slice_str(path))->binary) {
		n = pread(fd, begin, sizeof(begin), 0);
		if (n <= 0 || !slice_starts(slice_trim(slice_of(begin, (size_t)n)), SLICE("{")))
			return GUESS_PLAIN;
	}
	if (file_read_fd(fd, &text, &unheard) != 0)
		return GUESS_NONE;
	return text.len != 0 && memmem(text.data, text.len, "ENC[AES256_GCM,", 15) != NULL &&
	    memmem(text.data, text.len, "sops", 4) != NULL ? GUESS_SEALED : GUESS_PLAIN;
}

bool
files_may_be_sealed(const char *path)
{
	return guess_sealed(path) != GUESS_PLAIN;
}

/*
 * A rule without path_regex says how a file is encrypted, not which: it would take every file of the folder.
 */
static bool
is_named_by_rule(struct config *config, const char *path)
{
	const struct config_rule	*rule;
	struct error			 unheard = ERROR_INIT;
	const char			*slash = strrchr(path, '/');

	if (config == NULL || strcmp(slash != NULL ? slash + 1 : path, ".sops.yaml") == 0)
		return false;
	/* A broken rule is for the verb to say. */
	if (config_match(config, path, &rule, &unheard) != 0)
		return unheard.kind != ERR_NO_RULE && unheard.kind != ERR_NO_CONFIG;
	return rule->path_regex.len != 0;
}

static void
drop_foreign(struct run *run)
{
	size_t kept = 0;

	for (size_t i = 0; i < run->files.count; i++) {
		const struct file_list_entry *entry = &run->files.list[i];

		cli_progress("looking at %s", entry->path);
		if (!entry->found || (run->verb->by_rule ?
		    is_named_by_rule(run->leader.config, entry->path) && guess_sealed(entry->path) != GUESS_SEALED :
		    files_may_be_sealed(entry->path)))
			run->files.list[kept++] = *entry;
	}
	run->files.count = kept;
}

/* --- where to --------------------------------------------------------------------------------------------------------- */

static int
by_output(const void *a, const void *b)
{
	const struct file_list_entry *const *x = a, *const *y = b;

	return strcmp((*x)->below, (*y)->below);
}

/* Two files for one place: the second would take the first one's. */
static int
check_collisions(const struct run *run, struct error *err)
{
	const struct file_list_entry	**order = calloc(run->files.count + 1, sizeof(*order));
	int				  rc = 0;

	if (order == NULL)
		return err_memory(err);
	for (size_t i = 0; i < run->files.count; i++)
		order[i] = &run->files.list[i];
	qsort(order, run->files.count, sizeof(*order), by_output);
	for (size_t i = 1; i < run->files.count && rc == 0; i++)
		if (strcmp(order[i]->below, order[i - 1]->below) == 0) {
			rc = err_set(err, ERR_CONFLICT, "'%s' and '%s' would both be written to '%s/%s'", order[i - 1]->path, order[i]->path,
			    run->options->output, order[i]->below);
			err_hint(err, "name their folder, with --recursive, or another --output for each");
		}
	free(order);
	return rc;
}

static int
check_output(const struct run *run, struct error *err)
{
	const char	*folder = run->options->output;
	struct stat	 st;

	if (run->verb->in_place || run->options->in_place)
		return 0;
	if (folder == NULL) {
		err_set(err, ERR_USAGE, "several files are %s in place, or to a folder", run->verb->done);
		return err_hint(err, "say --in-place, or --output FOLDER");
	}
	if (stat(folder, &st) == 0 && !S_ISDIR(st.st_mode)) {
		err_set(err, ERR_CONFLICT, "'%s' is no folder", folder);
		return err_hint(err, "the --output of several files is the folder that they are put in");
	}
	return check_collisions(run, err);
}

static int
make_folders(char *path, mode_t mode, struct error *err)
{
	for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, mode) != 0 && errno != EEXIST)
			return err_errno(err, "cannot make the folder '%s'", path);
		*slash = '/';
	}
	return 0;
}

/* ${path}: where the new file goes, kept by the list's arena. */
static int
choose_output(struct run *run, struct work *work, struct error *err)
{
	CLEANUP(buf_release) struct buf path = BUF(LIMIT_CONFIG);
	struct slice copy;

	if (run->verb->in_place || run->options->in_place)
		return 0;
	if (buf_printf(&path, err, "%s/%s", run->options->output, work->entry->below) != 0 || buf_terminate(&path, err) != 0 ||
	    make_folders((char *)path.data, run->verb->private_output ? 0700 : 0777, err) != 0 ||
	    arena_copy(&run->files.arena, buf_slice(&path), &copy, err) != 0)
		return stage_failed(run->args, STAGE_WRITE, err);
	work->job.output = (const char *)copy.data;
	return 0;
}

/* --- the whole -------------------------------------------------------------------------------------------------------- */

static int
start(struct run *run, struct work *work, const struct file_list_entry *entry, struct error *err)
{
	*work = WORK(run->args);
	work->entry = entry;
	job_share(&work->job, &run->leader);
	work->job.in_place = run->verb->in_place;
	return job_start_file(&work->job, entry->path, err) != 0 ? (int)err->kind : choose_output(run, work, err);
}

/* The next files, as many as may be in memory at once. */
static void
fill_batch(struct run *run)
{
	uint64_t	bytes = 0;
	struct stat	st;

	for (run->batch_count = 0; run->batch_count < LIMIT_RUN_FILES && run->seen + run->batch_count < run->files.count;) {
		const struct file_list_entry	*entry = &run->files.list[run->seen + run->batch_count];
		struct error			 err = ERROR_INIT;
		struct work			*work = &run->batch[run->batch_count];

		if (stat(entry->path, &st) == 0 && st.st_size > 0)
			bytes += (uint64_t)st.st_size;
		if (bytes > LIMIT_RUN_BYTES && run->batch_count != 0)
			break;
		run->batch_count++;
		if (start(run, work, entry, &err) != 0)
			fail(run, work, &err);
	}
}

static int
run_batch(struct run *run, struct error *err)
{
	step(run, run->verb->load, "reading");
	if (unwrap(run, err) != 0)
		return (int)err->kind;
	step(run, run->verb->prepare, "working on");
	if (wrap(run, err) != 0)
		return (int)err->kind;
	step(run, run->verb->finish, "writing");
	return 0;
}

static void
end_batch(struct run *run)
{
	for (size_t i = 0; i < run->batch_count; i++) {
		struct work *work = &run->batch[i];

		run->summary->done += work->state == WORK_GOES_ON || work->state == WORK_DONE;
		run->summary->unchanged += work->state == WORK_UNCHANGED;
		work_release(work);
	}
	run->seen += run->batch_count;
	run->batch_count = 0;
}

static int
run_all(struct run *run, struct error *err)
{
	int rc = 0;

	if ((run->batch = calloc(LIMIT_RUN_FILES, sizeof(*run->batch))) == NULL)
		return err_memory(err);
	while (rc == 0 && run->seen < run->files.count) {
		fill_batch(run);
		rc = run_batch(run, err);
		end_batch(run);
	}
	cli_progress_end();
	return rc;
}

static int
prepare(struct run *run, struct error *err)
{
	const struct cli_args *args = run->args;

	if (args->count == 0) {
		err_set(err, ERR_NOT_FOUND, "Error: no file specified");
		return stage_failed(args, STAGE_OPTIONS, err);
	}
	run->leader.is_host = args->count > 1;
	if (job_start_file(&run->leader, args->operands[0], err) != 0 || job_config(&run->leader, run->verb->needs_config, err) != 0)
		return (int)err->kind;
	if (file_list_fill(&run->files, args->operands, args->count, run->options->recursive, err) != 0)
		return stage_failed(args, STAGE_READ, err);
	drop_foreign(run);
	return check_output(run, err) != 0 ? stage_failed(args, STAGE_OPTIONS, err) : 0;
}

static void
tell_summary(const struct run *run)
{
	const struct files_summary *s = run->summary;

	if (run->args->drop_in)
		return;
	if (s->unchanged != 0)
		cli_note("%zu file%s %s, %zu unchanged", s->done, s->done == 1 ? "" : "s", run->verb->done, s->unchanged);
	else
		cli_note("%zu file%s %s", s->done, s->done == 1 ? "" : "s", run->verb->done);
}

static void
run_release(struct run *run)
{
	file_list_release(&run->files);
	job_release(&run->leader);
	free(run->batch);
}

int
files_run(const struct cli_args *args, const struct file_verb *verb, struct files_summary *summary, struct error *err)
{
	CLEANUP(run_release) struct run run = { .args = args, .options = args->options, .verb = verb, .files = FILE_LIST,
	    .leader = JOB(args), .summary = summary };
	size_t failed;

	*summary = (struct files_summary){ .done = 0 };
	if (prepare(&run, err) != 0 || run_all(&run, err) != 0)
		return (int)err->kind;
	*args->status = -1;
	failed = summary->failed;
	tell_summary(&run);
	if (failed == 0)
		return 0;
	*args->status = 1;
	return err_set(err, ERR_CHILD, "%zu of %zu files failed, and %s as %s", failed, failed + summary->done + summary->unchanged,
	    failed == 1 ? "is" : "are", failed == 1 ? "it was" : "they were");
}
