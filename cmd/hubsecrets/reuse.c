#include "sops/reuse.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/limits.h"
#include "cmd/hubsecrets/files.h"
#include "sops/updatekeys.h"

/*
 * encrypt --reuse: the new version under the data key of an older one, so that values that stay keep their ciphertext, and a
 * file that is made anew by every run of a job changes only where it says something else.
 */
struct old_version {
	struct job	 job;
	struct reuse	*reuse;		/* borrows from job.opened */
};

void
old_version_free(struct old_version *old)
{
	if (old == NULL)
		return;
	reuse_free(old->reuse);
	job_release(&old->job);
	free(old);
}
DEFINE_CLEANUP(struct old_version, old_version_free)

struct reuse *
old_version_reuse(struct old_version *old_opt)
{
	return old_opt != NULL ? old_opt->reuse : NULL;
}

static int
note_difference(void *arg, size_t group UNUSED, char mark, const struct master_key *key UNUSED, struct error *err UNUSED)
{
	bool *same = arg;

	*same = *same && mark == ' ';
	return 0;
}

static bool
same_rules(const struct metadata *a, const struct metadata *b)
{
	bool same = a->mac_only_encrypted == b->mac_only_encrypted;

	for (unsigned i = 0; i < SELECT_RULES; i++)
		same = same && slice_eq(a->rules.text[i], b->rules.text[i]);
	return same;
}

/* The old one's wrapped keys, creation times and all, under the new one's rules. */
static int
take_wrapped(struct work *work, const struct metadata *old, struct error *err)
{
	CLEANUP(metadata_freep) struct metadata *meta = NULL;

	if (metadata_copy(old, &meta, err) != 0)
		return (int)err->kind;
	for (unsigned i = 0; i < SELECT_RULES; i++)
		if (metadata_text(meta, work->meta->rules.text[i], &meta->rules.text[i], err) != 0)
			return (int)err->kind;
	meta->mac_only_encrypted = work->meta->mac_only_encrypted;
	if (metadata_raise_version(meta, err) != 0)
		return (int)err->kind;
	metadata_free(work->meta);
	work->meta = TAKE(meta);
	work->wrap = NULL;
	return 0;
}

static int
take_over(struct work *work, struct old_version *old, struct error *err)
{
	const struct metadata	*meta = old->job.opened.meta;
	struct config_rule	 wanted = { .groups = work->meta->groups, .group_count = work->meta->group_count,
	    .shamir_threshold = work->meta->shamir_threshold };
	bool			 same = true;

	work->wrapped = old->job.opened.datakey;
	if (updatekeys_compare(meta, &wanted, note_difference, &same, err) != 0)
		return (int)err->kind;
	if (!same || updatekeys_threshold(meta, &wanted, UPDATEKEYS_THRESHOLD_OF_RULE) != meta->shamir_threshold)
		return 0;
	return take_wrapped(work, meta, err);
}

static int
open_old(struct work *work, struct old_version *old, struct error *err)
{
	struct decrypt_options options = { .ignore_mac = false };

	if (job_read(&old->job, err) != 0)
		return (int)err->kind;
	if (old->job.store != work->job.out_store) {
		err_set(err, ERR_CONFLICT, "'%s' is a %s file, and the new one is %s", old->job.path, old->job.store->name,
		    work->job.out_store->name);
		return stage_failed(work->job.args, STAGE_OPTIONS, err);
	}
	if (job_load(&old->job, err) != 0)
		return (int)err->kind;
	if (reuse_new(&old->reuse, err) != 0)
		return stage_failed(work->job.args, STAGE_OTHER, err);
	options.reuse_opt = old->reuse;
	return job_open(&old->job, &options, err);
}

int
old_version_open(struct work *work, struct error *err)
{
	CLEANUP(old_version_freep) struct old_version *old = calloc(1, sizeof(*old));

	if (old == NULL)
		return err_memory(err);
	old->job = JOB(work->job.args);
	job_share(&old->job, &work->job);
	if (job_start_file(&old->job, work->job.options->reuse, err) != 0)
		return (int)err->kind;
	old->job.in_place = false;
	if (work->job.options->output_type != NULL)
		old->job.store = work->job.out_store;
	/* The first run of a job that names its own result. */
	if (access(old->job.path, F_OK) != 0) {
		cli_note("'%s' is not there yet: everything is encrypted anew", old->job.path);
		return 0;
	}
	if (open_old(work, old, err) != 0)
		return (int)err->kind;
	if (take_over(work, old, err) != 0)
		return stage_failed(work->job.args, STAGE_OTHER, err);
	work->old = TAKE(old);
	return 0;
}

struct slice
old_version_same(const struct old_version *old_opt, const struct work *work)
{
	/* A binary file has no rules, though one that is read has the standard one. */
	if (old_opt == NULL || work->wrap != NULL ||
	    (!work->job.out_store->binary && !same_rules(work->meta, old_opt->job.opened.meta)) ||
	    !slice_eq(buf_slice(&old_opt->job.opened.plain), work->doc->text))
		return SLICE_NONE;
	return buf_slice(&old_opt->job.text);
}
