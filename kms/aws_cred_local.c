#include "kms/aws_cred_parts.h"

#include <stdlib.h>

#include "base/limits.h"
#include "kms/retry.h"

struct aws_local {
	struct http			*http;
	struct aws_local_question	 question;
	struct buf			 text;		/* what the slices of the question point into */
	struct buf			 secret;	/* the header's value */
	struct buf			 origin, ca;
	unsigned			 tried;
	struct http_call		*call;		/* at most one of these two is set */
	struct http_timer		*timer;
	http_done			*done;
	void				*object;
};

void
aws_local_cancel(struct aws_local *local)
{
	if (local == NULL)
		return;
	http_cancel(local->call);
	http_timer_cancel(local->timer);
	buf_release(&local->text);
	buf_release(&local->secret);
	buf_release(&local->origin);
	buf_release(&local->ca);
	free(local);
}
DEFINE_CLEANUP(struct aws_local, aws_local_cancel)

static void local_replied(void *object, const struct http_reply *reply);

static int
local_send(struct aws_local *local, struct error *err)
{
	const struct aws_local_question	*question = &local->question;
	struct http_header		 headers[2];
	struct http_message		 msg = { .method = question->method, .target = question->url.target, .headers = headers };
	struct http_options		 options = { .ca = local->ca.len != 0 ? (const char *)local->ca.data : NULL,
		.attempt_ms = question->attempt_ms, .direct = true };

	/* Without a body it has no type; libcurl would call it a form. */
	headers[msg.header_count++] = (struct http_header){ SLICE("Content-Type"), SLICE_NONE };
	if (question->header.name.len != 0)
		headers[msg.header_count++] = question->header;
	return http_send(local->http, (const char *)local->origin.data, &msg, &options, local_replied, local, &local->call, err);
}

static void
local_finish(struct aws_local *local, const struct http_reply *reply)
{
	local->done(local->object, reply);
	aws_local_cancel(local);
}

static void
local_rings(void *object)
{
	struct aws_local	*local = object;
	struct error		 problem = ERROR_INIT;
	struct http_reply	 none = { .error = &problem };

	local->timer = NULL;
	if (local_send(local, &problem) != 0)
		local_finish(local, &none);
}

static void
local_replied(void *object, const struct http_reply *reply)
{
	struct aws_local	*local = object;
	struct error		 problem = ERROR_INIT;
	enum retry_kind		 kind = retry_judge(reply, SLICE_NONE);
	unsigned		 pause = local->question.pause_ms;

	local->call = NULL;
	if ((kind == RETRY_TRANSIENT || kind == RETRY_TIMEOUT || kind == RETRY_THROTTLED) &&
	    ++local->tried < local->question.attempts) {
		/* A service that says when to come back is believed, within reason. */
		if (reply->retry_seconds.len != 0)
			pause += retry_delay(RETRY_TRANSIENT, 0, reply);
		if (http_after(local->http, pause, local_rings, local, &local->timer, &problem) == 0)
			return;
	}
	local_finish(local, reply);
}

static int
own(struct buf *into, struct slice *slice, struct error *err)
{
	size_t start = into->len;

	if (buf_append(into, *slice, err) != 0)
		return err->kind;
	*slice = slice_from(buf_slice(into), start);
	return 0;
}

static int
local_fill(struct aws_local *local, struct error *err)
{
	struct aws_local_question	*question = &local->question;
	uint8_t				*unused;

	if (question->url.target.len == 0)
		question->url.target = SLICE("/");
	if (buf_reserve(&local->text, question->method.len + question->url.target.len + question->header.name.len + 1, &unused,
	    err) != 0 || own(&local->text, &question->method, err) != 0 ||
	    own(&local->text, &question->url.target, err) != 0 || own(&local->text, &question->header.name, err) != 0 ||
	    own(&local->secret, &question->header.value, err) != 0 ||
	    buf_append(&local->origin, question->url.origin, err) != 0 || buf_terminate(&local->origin, err) != 0)
		return err->kind;
	if (question->ca == NULL)
		return 0;
	if (buf_str(&local->ca, question->ca, err) != 0)
		return err->kind;
	return buf_terminate(&local->ca, err);
}

int
aws_local_ask(struct http *http, const struct aws_local_question *question, http_done *done, void *object,
    struct aws_local **out, struct error *err)
{
	CLEANUP(aws_local_cancelp) struct aws_local *local = calloc(1, sizeof(*local));

	if (local == NULL)
		return err_memory(err);
	*local = (struct aws_local){ .http = http, .question = *question, .text = BUF(16 * KIB), .secret = BUF_SECRET(32 * KIB),
		.origin = BUF(1 * KIB), .ca = BUF(8 * KIB), .done = done, .object = object };
	if (local_fill(local, err) != 0 || local_send(local, err) != 0)
		return err->kind;
	*out = TAKE(local);
	return 0;
}
