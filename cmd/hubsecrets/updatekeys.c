#include "sops/updatekeys.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "base/limits.h"
#include "cmd/hubsecrets/hubsecrets.h"
#include "sops/rewrap.h"

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
		err_hint(err, "the new recipients come from the creation_rules of .sops.yaml");
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
apply(struct job *job, const struct config_rule *rule, struct error *err)
{
	CLEANUP(buf_release) struct buf out = BUF(LIMIT_DOCUMENT);
	CLEANUP(metadata_freep) struct metadata *meta = NULL;
	CLEANUP(unwrap_report_release) struct unwrap_report report = UNWRAP_REPORT;
	struct unwrap_options unwrap = job_unwrap(job);

	if (datakey_unwrap(job->opened.meta, &unwrap, &job->opened.datakey, &report, err) != 0)
		return job_unwrap_failed(job, &report, err);
	if (updatekeys_metadata(job->opened.meta, rule, whose_threshold(job), &meta, err) != 0 ||
	    rewrap(&job->opened, job->store, meta, job_indent(job, job->store), job->ring, &out, err) != 0)
		return stage_failed(job->args, STAGE_WRAP, err);
	return job_write(job, buf_slice(&out), true, err);
}

static int
check_file(const char *path, struct error *err)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return err_errno(err, "stat %s", path);
	return S_ISDIR(st.st_mode) ? err_set(err, ERR_TYPE, "can't operate on a directory") : 0;
}

static int
update(struct job *job, const char *path, struct error *err)
{
	CLEANUP(buf_release) struct buf plan = BUF(LIMIT_MESSAGE);
	const struct config_rule	*rule;
	bool				 changed, yes = job->options->yes;

	if (check_file(path, err) != 0)
		return (int)err->kind;
	job->in_place = true;
	if (job_start_file(job, path, err) != 0 || find_rule(job, &rule, err) != 0 || job_read(job, err) != 0 ||
	    job_load(job, err) != 0)
		return (int)err->kind;
	if (updatekeys_plan(job->opened.meta, rule, whose_threshold(job), &plan, &changed, err) != 0)
		return stage_failed(job->args, STAGE_OTHER, err);
	if (!changed) {
		tell(job->args, path, "already up to date");
		return 0;
	}
	if (cli_output(buf_slice(&plan), err) != 0 || (!yes && ask(&yes, err) != 0))
		return stage_failed(job->args, STAGE_OTHER, err);
	if (yes && apply(job, rule, err) != 0)
		return (int)err->kind;
	tell(job->args, path, yes ? "synced with new keys" : "left unchanged");
	return 0;
}

int
verb_updatekeys(const struct cli_args *args, struct error *err)
{
	struct keyring	*ring = NULL;
	size_t		 failed = 0;

	if (args->count == 0) {
		err_set(err, ERR_NOT_FOUND, "Error: no file specified");
		return stage_failed(args, STAGE_OPTIONS, err);
	}
	for (size_t i = 0; i < args->count; i++) {
		CLEANUP(job_release) struct job job = JOB(args);

		err_reset(err);
		job.ring = ring;
		if (update(&job, args->operands[i], err) != 0) {
			failed++;
			if (args->count > 1)
				cli_error(err);
		}
		ring = TAKE(job.ring);
	}
	keyring_free(ring);
	if (failed == 0)
		return 0;
	/* One file fails with its own status, several with that of all failures. */
	if (args->count > 1) {
		*args->status = 1;
		err_reset(err);
		err_set(err, ERR_CHILD, "failed updating %zu key(s)", failed);
	}
	return (int)err->kind;
}
