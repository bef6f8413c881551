#include "sops/datakey_parts.h"

#include <stdlib.h>

#include "crypto/shamir.h"

#define SHARE_MAX	256		/* what a wrapped data key or share may hold when opened */
#define DEFAULT_ORDER	"age,pgp"

/* --- order ------------------------------------------------------------------------------------------------------- */

int
datakey_order_check(struct slice order, struct error *err)
{
	struct slice rest = order, part, other, seen;

	while (rest.len > 0 && slice_split(&rest, ',', &part)) {
		seen = slice_sub(order, 0, (size_t)(part.data - order.data));
		while (seen.len > 0 && slice_split(&seen, ',', &other))
			if (part.len > 0 && slice_eq(part, other))
				return err_set(err, ERR_CONFLICT, "Duplicate decryption key type: %.*s", SLICE_ARG(slice_sub(part, 0, 100)));
	}
	return 0;
}

/*
 * Types that the order names come first, as it names them.  The others follow: those without a network before
 * those with one (design D5), else in the order of the file.
 */
static unsigned
rank(const struct key_type *type, struct slice order)
{
	struct slice	rest = order, part;
	unsigned	position = 0;

	for (; rest.len > 0 && slice_split(&rest, ',', &part); position++)
		if (slice_eq(slice_trim(part), slice_str(type->name)))
			return position;
	return position + (type->network ? 1 : 0);
}

/* --- unwrapping -------------------------------------------------------------------------------------------------- */

struct unwrapping {
	struct arena			 arena;		/* lists, errors, names of keys */
	const struct unwrap_options	*options;
	struct job			*jobs;
	size_t				 count;
};

static int
attempt_order(const void *a, const void *b)
{
	const struct attempt *x = a, *y = b;

	if (x->rank != y->rank)
		return (x->rank > y->rank) - (x->rank < y->rank);
	return (x->key > y->key) - (x->key < y->key);	/* entries of one array: file order */
}

static int
prepare(struct unwrapping *u, struct job *job, struct slice order, struct error *err)
{
	const struct metadata	*meta = job->public->meta;
	void			*room;
	int			 rc;

	job->group_count = meta->group_count;
	if ((rc = arena_alloc(&u->arena, (meta->group_count + 1) * sizeof(*job->groups), &room, err)) != 0)
		return rc;
	job->groups = room;
	for (size_t g = 0; g < meta->group_count; g++) {
		struct group_state *group = &job->groups[g];

		if ((rc = arena_alloc(&u->arena, (meta->groups[g].count + 1) * sizeof(*group->attempts), &room, err)) != 0)
			return rc;
		group->attempts = room;
		group->count = meta->groups[g].count;
		for (size_t k = 0; k < group->count; k++) {
			const struct master_key *key = &meta->groups[g].keys[k];

			group->attempts[k] = (struct attempt){ .key = key, .rank = rank(key->type, order) };
		}
		if (group->count > 1)
			qsort(group->attempts, group->count, sizeof(*group->attempts), attempt_order);
	}
	return 0;
}

static int
note_attempt(struct unwrapping *u, struct attempt *attempt, const struct error *why, struct error *err)
{
	void	*room;
	int	 rc;

	if (why->kind == ERR_MEMORY)
		return err_memory(err);
	if ((rc = arena_alloc(&u->arena, sizeof(*why), &room, err)) != 0)
		return rc;
	memcpy(room, why, sizeof(*why));
	attempt->failed_opt = room;
	return 0;
}

/* A data key has a length that AES takes, a share one byte more. */
static int
accept(struct job *job, struct group_state *group, struct slice plain, struct error *err)
{
	size_t	len = plain.len - (job->group_count > 1 && plain.len > 0 ? 1 : 0);
	int	rc;

	if (len != 32 && len != 24 && len != 16)
		return err_set(err, ERR_SYNTAX, "it holds %zu bytes, which is no data key", plain.len);
	if ((rc = secret_copy(plain, &group->share, err)) != 0)
		return rc;
	job->opened++;
	if (job->opened >= datakey_needed(job))
		job->done = true;
	return 0;
}

/* Try the keys at hand of one group, up to the next that needs the network. */
static int
try_local(struct unwrapping *u, struct job *job, struct group_state *group, struct error *err)
{
	int rc = 0;

	for (; rc == 0 && group->share == NULL && group->next < group->count; group->next++) {
		CLEANUP(buf_release) struct buf	 plain = BUF_SECRET(SHARE_MAX);
		struct attempt			*attempt = &group->attempts[group->next];
		struct error			 why = ERROR_INIT;

		if (attempt->key->type->network)
			break;
		if (attempt->key->type->unwrap(u->options->ring, attempt->key, &plain, &why) != 0 ||
		    accept(job, group, buf_slice(&plain), &why) != 0)
			rc = note_attempt(u, attempt, &why, err);
	}
	return rc;
}

struct question {
	struct job		*job;
	struct group_state	*group;
	struct attempt		*attempt;
};

struct questions {
	struct question		*list;
	struct kms_request	*requests;
	struct kms_reply	*replies;
	size_t			 count;
};

/* The run of network keys that each unfinished group has come to; the keys of a run are alternatives. */
static int
gather(struct unwrapping *u, struct questions *questions, struct error *err)
{
	uint32_t	hedge = 0;
	int		rc = 0;

	questions->count = 0;
	for (size_t j = 0; j < u->count; j++) {
		struct job *job = &u->jobs[j];

		for (size_t g = 0; g < job->group_count && !job->done && rc == 0; g++) {
			struct group_state *group = &job->groups[g];

			if (group->share != NULL)
				continue;
			for (hedge++; rc == 0 && group->next < group->count && group->attempts[group->next].key->type->network; group->next++) {
				struct attempt		*attempt = &group->attempts[group->next];
				struct kms_request	*request = &questions->requests[questions->count];
				struct error		 why = ERROR_INIT;

				if (datakey_request(attempt->key, KMS_UNWRAP, attempt->key->enc, &u->arena, request, &why) != 0) {
					rc = note_attempt(u, attempt, &why, err);
					continue;
				}
				request->hedge = hedge;
				questions->list[questions->count++] = (struct question){ job, group, attempt };
			}
		}
	}
	return rc;
}

static int
ask(struct unwrapping *u, struct questions *questions, struct error *err)
{
	struct error	all = ERROR_INIT;
	int		rc = 0;

	if (kms_client_ask(u->options->ring->client, questions->requests, questions->count, questions->replies, &all) == ERR_MEMORY)
		return err_memory(err);
	for (size_t i = 0; i < questions->count; i++) {
		struct question		*q = &questions->list[i];
		struct kms_reply	*reply = all.kind == ERR_NONE ? &questions->replies[i] : NULL;
		struct error		 why = reply != NULL ? reply->error : all;

		if (why.kind == ERR_NONE && q->group->share == NULL)
			(void)accept(q->job, q->group, reply->datakey != NULL ? secret_slice(reply->datakey) : SLICE_NONE, &why);
		if (rc == 0 && why.kind != ERR_NONE && why.kind != ERR_CANCELLED)
			rc = note_attempt(u, q->attempt, &why, err);
		if (reply != NULL)
			kms_reply_release(reply);
	}
	return rc;
}

static int
rounds(struct unwrapping *u, struct error *err)
{
	struct questions	 questions = { .count = 0 };
	size_t			 keys = 0;
	void			*list, *requests, *replies;
	int			 rc;

	for (size_t j = 0; j < u->count; j++)
		keys += datakey_count(u->jobs[j].public->meta);
	if ((rc = arena_alloc(&u->arena, (keys + 1) * sizeof(*questions.list), &list, err)) != 0 ||
	    (rc = arena_alloc(&u->arena, (keys + 1) * sizeof(*questions.requests), &requests, err)) != 0 ||
	    (rc = arena_alloc(&u->arena, (keys + 1) * sizeof(*questions.replies), &replies, err)) != 0)
		return rc;
	questions = (struct questions){ list, requests, replies, 0 };
	do {
		for (size_t j = 0; j < u->count; j++)
			for (size_t g = 0; g < u->jobs[j].group_count && !u->jobs[j].done; g++)
				if ((rc = try_local(u, &u->jobs[j], &u->jobs[j].groups[g], err)) != 0)
					return rc;
		if ((rc = gather(u, &questions, err)) != 0)
			return rc;
		if (questions.count > 0 && (rc = ask(u, &questions, err)) != 0)
			return rc;
	} while (questions.count > 0);
	return 0;
}

/* How many groups must open; with no threshold in the file, sops takes every share that it can get. */
size_t
datakey_needed(const struct job *job)
{
	size_t threshold = job->public->meta->shamir_threshold;

	if (job->group_count <= 1)
		return 1;
	return threshold == 0 ? job->group_count : threshold < 2 ? 2 : threshold;
}

/* Why there is none. */
static void
tell_failure(struct job *job, const struct unwrap_options *options)
{
	struct identities	*identities = keyring_identities(options->ring);
	struct unwrap_job	*public = job->public;

	if (options->scripted ? datakey_report(job, identities, &public->report.text, &public->error) == 0 :
	    datakey_explain(job, identities, &public->report.text, &public->error, &public->error) == 0)
		err_set(&public->error, ERR_NO_KEY, "Failed to get the data key required to decrypt the SOPS file.");
}

/* Put the data key together, or say why not. */
static void
finish(struct job *job, const struct unwrap_options *options)
{
	struct unwrap_job	*public = job->public;
	struct slice		 shares[LIMIT_KEY_GROUPS];
	size_t			 n = 0, enough = public->meta->shamir_threshold;
	struct error		*err = &public->error;

	for (size_t g = 0; g < job->group_count; g++)
		if (job->groups[g].share != NULL)
			shares[n++] = secret_slice(job->groups[g].share);
	if (job->group_count == 1 && n == 1)
		public->datakey = TAKE(job->groups[0].share);
	else if (job->group_count > 1 && n >= 2 && n >= enough) {
		if (shamir_combine(shares, n, &public->datakey, err) != 0)
			return;
	} else
		tell_failure(job, options);
}

int
datakey_unwrap_many(struct unwrap_job *jobs, size_t count, const struct unwrap_options *options, struct error *err)
{
	struct unwrapping	u = { .arena = ARENA(LIMIT_DOCUMENT), .options = options, .count = count };
	struct slice		order = options->order;
	void			*room;
	int			rc;

	if (order.len == 0)
		order = slice_str(getenv("SOPS_DECRYPTION_ORDER"));
	if (order.len == 0)
		order = SLICE(DEFAULT_ORDER);
	if ((rc = datakey_order_check(order, err)) != 0)
		return rc;
	if ((rc = arena_alloc(&u.arena, (count + 1) * sizeof(*u.jobs), &room, err)) != 0)
		return rc;
	u.jobs = room;
	for (size_t j = 0; j < count && rc == 0; j++) {
		u.jobs[j].public = &jobs[j];
		rc = prepare(&u, &u.jobs[j], order, err);
	}
	if (rc == 0)
		rc = rounds(&u, err);
	for (size_t j = 0; j < count; j++) {
		if (rc == 0)
			finish(&u.jobs[j], options);
		for (size_t g = 0; u.jobs[j].groups != NULL && g < u.jobs[j].group_count; g++)
			secret_free(u.jobs[j].groups[g].share);
	}
	arena_release(&u.arena);
	return rc;
}

int
datakey_unwrap(const struct metadata *meta, const struct unwrap_options *options, struct secret **out, struct unwrap_report *report,
    struct error *err)
{
	struct unwrap_job job = { .meta = meta, .error = ERROR_INIT, .report = UNWRAP_REPORT };
	int rc;

	if ((rc = datakey_unwrap_many(&job, 1, options, err)) == 0) {
		if (job.error.kind != ERR_NONE) {
			rc = err_set(err, job.error.kind, "%s", job.error.text);
			if (buf_append(&report->text, buf_slice(&job.report.text), &job.error) != 0)
				rc = (int)job.error.kind;
		} else
			*out = job.datakey;
	}
	unwrap_report_release(&job.report);
	return rc;
}
