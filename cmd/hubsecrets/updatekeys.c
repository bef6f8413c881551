#include "sops/updatekeys.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "base/limits.h"
#include "cmd/hubsecrets/files.h"
#include "cmd/hubsecrets/hubsecrets.h"
#include "cmd/json_out.h"
#include "sops/rewrap.h"
#include "sops/rotate.h"

/* sops prints the time in front, as its language's standard logger does. */
static void
tell(const struct cli_args *args, const char *path, const char *what)
{
	char		when[64] = "", *whole = args->drop_in ? realpath(path, NULL) : NULL;
	time_t		now = time(NULL);
	struct tm	local;

	if (args->drop_in && localtime_r(&now, &local) != NULL)
		(void)strftime(when, sizeof(when), "%Y/%m/%d %H:%M:%S ", &local);
	cli_note("%sFile %s %s", when, whole != NULL ? whole : path, what);
	free(whole);
}

/* "y" or "n" in front of a line; anything else asks again. */
static int
ask(bool *yes, struct error *err)
{
	char line[64];

	cli_progress_end();
	for (;;) {
		if (cli_output(SLICE("Is this okay? (y/n):"), err) != 0)
			return (int)err->kind;
		if (fgets(line, sizeof(line), stdin) == NULL)
			return err_set(err, ERR_CANCELLED, "no answer: the input is at its end");
		if (line[0] == 'y' || line[0] == 'Y' || line[0] == 'n' || line[0] == 'N') {
			*yes = line[0] == 'y' || line[0] == 'Y';
			return 0;
		}
	}
}

static int
find_rule(struct job *job, const struct config_rule **out, struct error *err)
{
	if (job_config(job, true, err) != 0)
		return (int)err->kind;
	if (job->config == NULL) {
		err_set(err, ERR_NO_CONFIG, "config file not found");
		err_hint(err, "the new recipients come from the creation_rules of .sops.yaml; %s", job->no_config);
		return stage_failed(job->args, STAGE_CONFIG, err);
	}
	return config_match(job->config, job->name, out, err) != 0 ? stage_failed(job->args, STAGE_CONFIG, err) : 0;
}

/* sops does not use the rule's. */
static enum updatekeys_threshold
whose_threshold(const struct job *job)
{
	return job->args->drop_in ? UPDATEKEYS_THRESHOLD_OF_FILE : UPDATEKEYS_THRESHOLD_OF_RULE;
}

static int
check_file(const struct job *job, struct error *err)
{
	struct stat st;

	if (stat(job->path, &st) != 0)
		return err_errno(err, "stat %s", job->path);
	if (!S_ISDIR(st.st_mode))
		return 0;
	err_set(err, ERR_TYPE, "can't operate on a directory");
	return err_hint(err, "--recursive takes the files in it and below");
}

/* Among several, whose plan this is. */
static int
name_file(const char *path, struct error *err)
{
	CLEANUP(buf_release) struct buf line = BUF(LIMIT_CONFIG);

	return json_out_visible(&line, slice_str(path), err) != 0 || buf_str(&line, ":\n", err) != 0 ? (int)err->kind :
	    cli_output(buf_slice(&line), err);
}

static int
load(struct work *work, struct error *err)
{
	CLEANUP(buf_release) struct buf plan = BUF(LIMIT_MESSAGE);
	struct job	*job = &work->job;
	bool		 changed, yes = job->options->yes;

	if (check_file(job, err) != 0 || find_rule(job, &work->rule, err) != 0 || job_read(job, err) != 0 || job_load(job, err) != 0)
		return (int)err->kind;
	if (updatekeys_plan(job->opened.meta, work->rule, whose_threshold(job), &plan, &changed, err) != 0)
		return stage_failed(job->args, STAGE_OTHER, err);
	if (!changed) {
		tell(job->args, job->path, "already up to date");
		work->state = WORK_UNCHANGED;
		return 0;
	}
	if (job->options->dry_run)
		tell(job->args, job->path, "would be synced");
	if ((work->entry != NULL && !job->args->drop_in && name_file(job->path, err) != 0) || cli_output(buf_slice(&plan), err) != 0 ||
	    (!yes && !job->options->dry_run && ask(&yes, err) != 0))
		return stage_failed(job->args, STAGE_OTHER, err);
	work->needs_key = yes && !job->options->dry_run;
	if (work->needs_key)
		return 0;
	work->state = job->options->dry_run ? WORK_DONE : WORK_UNCHANGED;
	if (!job->options->dry_run)
		tell(job->args, job->path, "left unchanged");
	return 0;
}

/* A new data key as well, for who was there before may have kept the old one. */
static int
start_rotation(struct work *work, struct error *err)
{
	struct job		*job = &work->job;
	struct rotate_options	 options = { .indent = job_indent(job, job->store) };

	if (rotate_start(&job->opened, job->store, &options, &work->rotation, &work->report, err) != 0) {
		if (err->line != 0)
			err_file(err, job->path);
		return stage_failed(job->args, STAGE_OPEN, err);
	}
	metadata_free(work->rotation.meta);
	work->rotation.meta = TAKE(work->meta);
	/* What the file has of a key that we cannot wrap for is of the old data key, and would open nothing. */
	for (size_t g = 0; g < work->rotation.meta->group_count; g++)
		for (size_t k = 0; k < work->rotation.meta->groups[g].count; k++)
			work->rotation.meta->groups[g].keys[k].kept = false;
	work->wrap = work->rotation.meta;
	work->wrapped = work->rotation.datakey;
	return 0;
}

static int
prepare(struct work *work, struct error *err)
{
	struct job *job = &work->job;

	if (updatekeys_metadata(job->opened.meta, work->rule, whose_threshold(job), &work->meta, err) != 0)
		return stage_failed(job->args, STAGE_OTHER, err);
	if (job->options->rotate_too)
		return start_rotation(work, err);
	work->wrap = work->meta;
	work->wrapped = job->opened.datakey;
	return 0;
}

static int
finish(struct work *work, struct error *err)
{
	CLEANUP(buf_release) struct buf out = BUF(LIMIT_DOCUMENT);
	struct job		*job = &work->job;
	struct rotate_options	 options = { .indent = job_indent(job, job->store) };
	int			 rc;

	rc = job->options->rotate_too ? rotate_finish(&job->opened, job->store, &options, &work->rotation, &out, err) :
	    rewrap_finish(&job->opened, job->store, work->meta, options.indent, &out, err);
	if (rc != 0)
		return stage_failed(job->args, STAGE_WRAP, err);
	if (job_write(job, buf_slice(&out), true, err) != 0)
		return (int)err->kind;
	tell(job->args, job->path, job->options->rotate_too ? "synced with new keys, and rotated" : "synced with new keys");
	return 0;
}

static const struct file_verb updatekeys = { .done = "synced", .in_place = true, .needs_config = true, .load = load, .prepare = prepare,
    .finish = finish };
static const struct file_verb look = { .done = "out of date", .in_place = true, .needs_config = true, .load = load, .finish = finish };

/* --dry-run answers a question: 0 all agree with their rules, 1 some do not, 2 some could not be judged. */
static int
answer(const struct cli_args *args, const struct files_summary *summary)
{
	if (summary->failed != 0)
		*args->status = 2;
	else
		*args->status = summary->done != 0 ? 1 : 0;
	return 0;
}

static int
run_several(const struct cli_args *args, struct error *err)
{
	const struct options	*o = args->options;
	struct files_summary	 summary;
	int			 rc = files_run(args, o->dry_run ? &look : &updatekeys, &summary, err);

	if (o->dry_run && (rc == 0 || rc == ERR_CHILD))
		(void)answer(args, &summary);
	if (rc != ERR_CHILD || !args->drop_in)
		return rc;
	err_reset(err);
	return err_set(err, ERR_CHILD, "failed updating %zu key(s)", summary.failed);
}

int
verb_updatekeys(const struct cli_args *args, struct error *err)
{
	CLEANUP(work_release) struct work work = WORK(args);
	const struct options	*o = args->options;
	struct files_summary	 summary = { .done = 0 };
	int			 rc;

	/* One file fails with its own status, several with that of all failures. */
	if (args->count > 1 || files_several(args))
		return run_several(args, err);
	work.job.in_place = true;
	if ((rc = job_start(&work.job, false, 1, err)) == 0)
		rc = work_alone(&work, &updatekeys, err);
	if (!o->dry_run)
		return rc;
	summary.done = work.state == WORK_DONE;
	summary.failed = rc != 0;
	(void)answer(args, &summary);
	return rc;
}
