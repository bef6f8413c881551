#include "kms/answer.h"

#include <stdlib.h>

#include "kms/aws_kms.h"
#include "kms/aws_cred.h"
#include "kms/http.h"

/*
 * Three layers.  A job is one question on its way to a service.  An item is one request of the batch;
 * identical requests are items of one job.  A group holds the items that are alternatives of each other.
 */
struct answer {
	struct http	*http;
	struct aws	*aws;		/* made for the first request to AWS */
};

struct item {
	struct job	*job;
	struct group	*group;		/* NULL: stands for itself */
	struct item	*next_of_job, *next_of_group;
	bool		 launched;
	bool		 done;		/* answered by its job, or cancelled */
	bool		 cancelled;
};

struct job {
	struct batch			*batch;
	const struct kms_request	*request;
	struct item			*items;
	size_t				 wanted;	/* launched items that wait for it */
	void				*running;	/* the service's handle */
	bool				 asked, done;
	struct kms_reply		 reply;		/* once done */
};

struct group {
	struct batch		*batch;
	struct item		*first, *last;
	struct http_timer	*timer;
	bool			 answered, all_launched;
};

struct batch {
	struct answer	*answer;
	struct item	*items;		/* as many as requests */
	struct job	*jobs;
	struct group	*groups;
	size_t		 n, job_count, group_count;
	size_t		 left;		/* items that are not done */
	bool		 finished;
};

int
answer_new(struct answer **out, struct error *err)
{
	CLEANUP(answer_freep) struct answer *answer = calloc(1, sizeof(*answer));

	if (answer == NULL)
		return err_memory(err);
	if (http_new(&answer->http, err) != 0)
		return err->kind;
	*out = TAKE(answer);
	return 0;
}

void
answer_free(struct answer *answer)
{
	if (answer == NULL)
		return;
	aws_free(answer->aws);
	http_free(answer->http);
	free(answer);
}

void
answer_on_waiting(struct answer *answer, void (*waiting)(void *object), void *object)
{
	http_on_waiting(answer->http, waiting, object);
}

void
answer_settle(struct answer *answer, unsigned ms)
{
	struct error unheard = ERROR_INIT;

	if (answer->aws != NULL && !answer->aws->settled)
		(void)!http_run(answer->http, &answer->aws->settled, ms, -1, &unheard);
}

/* --- the services --- */

static void job_answered(void *object, struct kms_reply *reply);

static int
aws_start(struct job *job, struct error *err)
{
	struct answer	*answer = job->batch->answer;
	struct aws_kms	*question;

	if (answer->aws == NULL && aws_new(answer->http, &answer->aws, err) != 0)
		return err->kind;
	if (aws_kms_ask(answer->aws, job->request, job_answered, job, &question, err) != 0)
		return err->kind;
	job->running = question;
	return 0;
}

static void
aws_stop(struct job *job)
{
	aws_kms_cancel(job->running);
}

static bool
aws_asked(const struct job *job)
{
	return aws_kms_sent(job->running);
}

/* What has no answer yet waits for the service, or for credentials first. */
static const char *
aws_pending(const struct job *job)
{
	return aws_kms_sent(job->running) ? NULL : aws_cred_pending(job->batch->answer->aws);
}

/* An empty row is a service that cannot be asked yet. */
static const struct service {
	int	(*start)(struct job *job, struct error *err);	/* sets job->running */
	void	(*stop)(struct job *job);
	bool	(*sent)(const struct job *job);			/* the question itself has left */
	const char *(*pending)(const struct job *job);		/* whose credentials it waits for, or NULL */
} services[KMS_SERVICES] = {
	[KMS_AWS] = { aws_start, aws_stop, aws_asked, aws_pending },
};

/* --- jobs, items, groups --- */

static void item_launch(struct item *item);

static void
group_launch_all(struct group *group)
{
	if (group->all_launched)
		return;
	group->all_launched = true;
	http_timer_cancel(TAKE(group->timer));
	for (struct item *item = group->first; item != NULL && !group->answered; item = item->next_of_group)
		item_launch(item);
}

static void
group_rings(void *object)
{
	struct group *group = object;

	group->timer = NULL;
	group_launch_all(group);
}

static void
item_end(struct item *item)
{
	struct batch *batch = item->job->batch;

	item->done = true;
	if (--batch->left == 0)
		batch->finished = true;
}

/* An alternative has answered: this one is no longer wanted. */
static void
item_cancel(struct item *item)
{
	struct job *job = item->job;

	item->cancelled = true;
	item_end(item);
	if (!item->launched || --job->wanted != 0 || job->running == NULL)
		return;
	job->asked = job->asked || services[job->request->service].sent(job);
	services[job->request->service].stop(job);
	job->running = NULL;
}

/* Its job is done. */
static void
item_answered(struct item *item)
{
	struct group *group = item->group;

	item_end(item);
	if (group == NULL || group->answered)
		return;
	if (item->job->reply.error.kind != ERR_NONE) {
		group_launch_all(group);
		return;
	}
	group->answered = true;
	http_timer_cancel(TAKE(group->timer));
	for (struct item *other = group->first; other != NULL; other = other->next_of_group)
		if (!other->done)
			item_cancel(other);
}

static void
job_answered(void *object, struct kms_reply *reply)
{
	struct job *job = object;

	job->running = NULL;
	job->done = true;
	job->asked = job->asked || reply->asked;
	job->reply = *reply;
	for (struct item *item = job->items; item != NULL; item = item->next_of_job)
		if (item->launched && !item->done)
			item_answered(item);
}

static void
item_launch(struct item *item)
{
	struct job		*job = item->job;
	const struct service	*service = &services[job->request->service];
	struct kms_reply	 reply = { .datakey = NULL };

	if (item->launched || item->done)
		return;
	item->launched = true;
	job->wanted++;
	if (job->done) {
		item_answered(item);
		return;
	}
	if (job->running != NULL)
		return;
	if (service->start == NULL)
		err_set(&reply.error, ERR_UNSUPPORTED, "the key service '%s' is not supported",
		    kms_service_name(job->request->service));
	else if (service->start(job, &reply.error) == 0)
		return;
	job_answered(job, &reply);
}

/* --- the batch --- */

static int
pairs_compare(const struct kms_request *a, const struct kms_request *b)
{
	int order = (a->context_count > b->context_count) - (a->context_count < b->context_count);

	for (size_t i = 0; i < a->context_count && order == 0; i++)
		if ((order = slice_cmp(a->context[i].name, b->context[i].name)) == 0)
			order = slice_cmp(a->context[i].value, b->context[i].value);
	return order;
}

static int
request_compare(const struct kms_request *a, const struct kms_request *b)
{
	int order = (a->service > b->service) - (a->service < b->service);

	if (order == 0)
		order = (a->operation > b->operation) - (a->operation < b->operation);
	if (order == 0)
		order = slice_cmp(a->key, b->key);
	if (order == 0)
		order = slice_cmp(a->payload, b->payload);
	if (order == 0)
		order = slice_cmp(a->role, b->role);
	if (order == 0)
		order = slice_cmp(a->profile, b->profile);
	return order != 0 ? order : pairs_compare(a, b);
}

/* Sorted pointers into the caller's array; equal ones stay in its order. */
static int
by_content(const void *left, const void *right)
{
	const struct kms_request	*a = *(const struct kms_request *const *)left;
	const struct kms_request	*b = *(const struct kms_request *const *)right;
	int				 order = request_compare(a, b);

	return order != 0 ? order : (a > b) - (a < b);
}

static int
by_hedge(const void *left, const void *right)
{
	const struct kms_request	*a = *(const struct kms_request *const *)left;
	const struct kms_request	*b = *(const struct kms_request *const *)right;

	return a->hedge != b->hedge ? (a->hedge > b->hedge) - (a->hedge < b->hedge) : (a > b) - (a < b);
}

static void
batch_jobs(struct batch *batch, const struct kms_request *requests, const struct kms_request **sorted)
{
	qsort(sorted, batch->n, sizeof(*sorted), by_content);
	for (size_t i = 0; i < batch->n; i++) {
		struct item	*item = &batch->items[sorted[i] - requests];
		bool		 same = i != 0 && sorted[i]->operation == KMS_UNWRAP &&
		    request_compare(sorted[i - 1], sorted[i]) == 0;

		if (!same)
			batch->jobs[batch->job_count++] = (struct job){ .batch = batch, .request = sorted[i] };
		item->job = &batch->jobs[batch->job_count - 1];
		item->next_of_job = item->job->items;
		item->job->items = item;
	}
}

static void
batch_groups(struct batch *batch, const struct kms_request *requests, const struct kms_request **sorted)
{
	qsort(sorted, batch->n, sizeof(*sorted), by_hedge);
	for (size_t i = 0; i < batch->n; i++) {
		struct item	*item = &batch->items[sorted[i] - requests];
		struct group	*group;

		if (sorted[i]->hedge == 0)
			continue;
		if (i == 0 || sorted[i - 1]->hedge != sorted[i]->hedge)
			batch->groups[batch->group_count++] = (struct group){ .batch = batch };
		group = item->group = &batch->groups[batch->group_count - 1];
		if (group->last != NULL)
			group->last->next_of_group = item;
		else
			group->first = item;
		group->last = item;
	}
}

static void
batch_release(struct batch *batch)
{
	for (size_t i = 0; i < batch->group_count; i++)
		http_timer_cancel(batch->groups[i].timer);
	for (size_t i = 0; i < batch->job_count; i++) {
		if (batch->jobs[i].running != NULL)
			services[batch->jobs[i].request->service].stop(&batch->jobs[i]);
		kms_reply_release(&batch->jobs[i].reply);
	}
	free(batch->items);
	free(batch->jobs);
	free(batch->groups);
}

static int
batch_init(struct batch *batch, const struct kms_request *requests, struct error *err)
{
	const struct kms_request **sorted = calloc(batch->n, sizeof(*sorted));

	batch->items = calloc(batch->n, sizeof(*batch->items));
	batch->jobs = calloc(batch->n, sizeof(*batch->jobs));
	batch->groups = calloc(batch->n, sizeof(*batch->groups));
	if (sorted == NULL || batch->items == NULL || batch->jobs == NULL || batch->groups == NULL) {
		free(sorted);
		return err_memory(err);
	}
	for (size_t i = 0; i < batch->n; i++)
		sorted[i] = &requests[i];
	batch_jobs(batch, requests, sorted);
	batch_groups(batch, requests, sorted);
	free(sorted);
	return 0;
}

static int
batch_launch(struct batch *batch, struct error *err)
{
	for (size_t i = 0; i < batch->n; i++)
		if (batch->items[i].group == NULL)
			item_launch(&batch->items[i]);
	for (size_t i = 0; i < batch->group_count; i++) {
		struct group *group = &batch->groups[i];

		/* The timer first: a launch that fails at once takes it back. */
		if (group->first != group->last && http_after(batch->answer->http, ANSWER_HEDGE_MS, group_rings, group,
		    &group->timer, err) != 0)
			return err->kind;
		item_launch(group->first);
	}
	return 0;
}

/* What the job of an item has, as the item's own. */
static int
reply_copy(const struct kms_reply *from, struct kms_reply *to, struct error *err)
{
	to->error = from->error;
	if (from->datakey != NULL && secret_copy(secret_slice(from->datakey), &to->datakey, err) != 0)
		return err->kind;
	to->text = BUF(KMS_FIELD_MAX);
	return buf_append(&to->text, buf_slice(&from->text), err);
}

static void
out_of_time(const struct job *job, unsigned deadline_ms, struct error *err)
{
	const char	*pending = job->running != NULL ? services[job->request->service].pending(job) : NULL;
	unsigned	 seconds = (deadline_ms + 999) / 1000;

	if (pending != NULL)
		err_set(err, ERR_TIMEOUT, "no AWS credentials from %s within %u seconds", pending, seconds);
	else
		err_set(err, ERR_TIMEOUT, "no answer within %u seconds", seconds);
}

static int
batch_collect(const struct batch *batch, unsigned deadline_ms, struct kms_reply *replies, struct error *err)
{
	for (size_t i = 0; i < batch->n; i++) {
		const struct item	*item = &batch->items[i];
		const struct job	*job = item->job;

		replies[i].asked = item->launched && (job->asked ||
		    (job->running != NULL && services[job->request->service].sent(job)));
		if (item->cancelled)
			err_set(&replies[i].error, ERR_CANCELLED, "another key answered first");
		else if (!item->done)
			out_of_time(job, deadline_ms, &replies[i].error);
		else if (reply_copy(&job->reply, &replies[i], err) != 0)
			return err->kind;
	}
	return 0;
}

static int
batch_run(struct batch *batch, const struct kms_request *requests, unsigned deadline_ms, int watched_fd,
    struct kms_reply *replies, struct error *err)
{
	struct error problem = ERROR_INIT;

	if (batch_init(batch, requests, err) != 0 || batch_launch(batch, err) != 0)
		return err->kind;
	/* Out of time is an answer: each question that is left says so. */
	if (!batch->finished && http_run(batch->answer->http, &batch->finished, deadline_ms, watched_fd, &problem) != 0 &&
	    problem.kind != ERR_TIMEOUT) {
		*err = problem;
		return err->kind;
	}
	return batch_collect(batch, deadline_ms, replies, err);
}

int
answer_batch(struct answer *answer, const struct kms_request *requests, size_t n, unsigned deadline_ms, int watched_fd,
    struct kms_reply *replies, struct error *err)
{
	CLEANUP(batch_release) struct batch batch = { .answer = answer, .n = n, .left = n };

	for (size_t i = 0; i < n; i++)
		replies[i] = (struct kms_reply){ .datakey = NULL };
	if (n == 0)
		return 0;
	if (answer->aws != NULL)
		aws_cred_forgive(answer->aws);
	if (batch_run(&batch, requests, deadline_ms, watched_fd, replies, err) == 0)
		return 0;
	for (size_t i = 0; i < n; i++)
		kms_reply_release(&replies[i]);
	return err->kind;
}
