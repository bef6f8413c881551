#include "kms/aws_request.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/num.h"
#include "base/timestamp.h"
#include "kms/aws_cred.h"
#include "kms/aws_error.h"
#include "kms/sigv4.h"

#define ORIGIN_MAX	1024

struct aws_clock {
	struct aws_clock	*next;
	int64_t			 offset;
	char			*origin;
};

struct aws_call {
	struct aws		*aws;
	struct aws_identity	*identity;
	enum aws_service	 service;
	struct slice		 method, path, region, profile, target, content_type, token;	/* into ${text} */
	struct buf		 text, body, origin, ca;
	unsigned		 tried, most;		/* attempts */
	unsigned		 cost;			/* of the retry under way */
	bool			 clock_set, renewed;	/* each happens once */
	bool			 sent;
	struct aws_cred_wait	*wait;			/* at most one of these three is set */
	struct http_call	*http_call;
	struct http_timer	*timer;
	aws_done		*done;
	void			*object;
};

int
aws_new(struct http *http, struct aws **out, struct error *err)
{
	CLEANUP(aws_freep) struct aws *aws = calloc(1, sizeof(*aws));

	if (aws == NULL)
		return err_memory(err);
	aws->http = http;
	aws->budget.tokens = RETRY_TOKENS;
	aws->settled = true;
	if (aws_config_load(&aws->config, err) != 0)
		return err->kind;
	*out = TAKE(aws);
	return 0;
}

void
aws_free(struct aws *aws)
{
	if (aws == NULL)
		return;
	aws_cred_free_all(aws);
	while (aws->clocks != NULL) {
		struct aws_clock *clock = aws->clocks;

		aws->clocks = clock->next;
		free(clock->origin);
		free(clock);
	}
	aws_config_free(aws->config);
	free(aws);
}

bool
aws_sent(const struct aws_call *call)
{
	return call->sent;
}

void
aws_cancel(struct aws_call *call)
{
	if (call == NULL)
		return;
	aws_cred_wait_cancel(call->wait);
	http_cancel(call->http_call);
	http_timer_cancel(call->timer);
	buf_release(&call->text);
	buf_release(&call->body);
	buf_release(&call->origin);
	buf_release(&call->ca);
	free(call);
}
DEFINE_CLEANUP(struct aws_call, aws_cancel)

static void
call_finish(struct aws_call *call, const struct error *error, struct slice body)
{
	struct aws_answer answer = { .error = error, .body = body, .sent = call->sent };

	call->done(call->object, &answer);
	aws_cancel(call);
}

/* --- clocks --- */

static struct aws_clock *
clock_find(const struct aws *aws, const char *origin)
{
	struct aws_clock *clock = aws->clocks;

	while (clock != NULL && strcmp(clock->origin, origin) != 0)
		clock = clock->next;
	return clock;
}

static int
clock_put(struct aws *aws, const char *origin, int64_t offset, struct error *err)
{
	struct aws_clock *clock = clock_find(aws, origin);

	if (clock == NULL) {
		if ((clock = calloc(1, sizeof(*clock))) == NULL || (clock->origin = strdup(origin)) == NULL) {
			free(clock);
			return err_memory(err);
		}
		clock->next = aws->clocks;
		aws->clocks = clock;
	}
	clock->offset = offset;
	return 0;
}

/* --- one attempt --- */

static void call_ready(void *object);
static void call_replied(void *object, const struct http_reply *reply);

/* The Host header: as sent, in lower case, without the port that the scheme implies. */
static int
put_host(struct buf *out, struct slice origin, struct error *err)
{
	bool		tls = slice_starts(origin, SLICE("https://"));
	struct slice	host = slice_from(origin, tls ? 8 : 7), port = tls ? SLICE(":443") : SLICE(":80");

	if (slice_ends(host, port))
		host = slice_sub(host, 0, host.len - port.len);
	for (size_t i = 0; i < host.len; i++) {
		uint8_t c = host.data[i];

		if (buf_byte(out, c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c, err) != 0)
			return err->kind;
	}
	return 0;
}

/* The headers that only a signed request has; the message then holds what is to be signed. */
static int
call_sign(struct aws_call *call, const struct aws_credentials *credentials, struct sigv4_key *key,
    struct http_message *msg, struct http_header *headers, struct buf *authorization, struct error *err)
{
	const struct aws_clock	*clock = clock_find(call->aws, (const char *)call->origin.data);
	struct slice		 token = credentials->token != NULL ? secret_slice(credentials->token) : SLICE_NONE;

	*key = (struct sigv4_key){
		.access_key = slice_str(credentials->access_key), .secret = secret_slice(credentials->secret), .token = token,
		.region = call->region, .service = slice_str(aws_service_name(call->service)),
	};
	if (sigv4_date(timestamp_now().seconds + (clock != NULL ? clock->offset : 0), key->date, err) != 0)
		return err->kind;
	headers[msg->header_count++] = (struct http_header){ SLICE("X-Amz-Date"), slice_str(key->date) };
	if (token.len != 0)
		headers[msg->header_count++] = (struct http_header){ SLICE("X-Amz-Security-Token"), token };
	if (sigv4_sign(key, msg, authorization, err) != 0)
		return err->kind;
	headers[msg->header_count++] = (struct http_header){ SLICE("Authorization"), buf_slice(authorization) };
	return 0;
}

/* Without ${credentials_opt} it goes out unsigned. */
static int
call_send(struct aws_call *call, const struct aws_credentials *credentials_opt, struct error *err)
{
	CLEANUP(buf_release) struct buf host = BUF(ORIGIN_MAX);
	CLEANUP(buf_release) struct buf authorization = BUF(16 * KIB);
	struct sigv4_key	 key;
	struct http_header	 headers[7];
	struct http_message	 msg = { .method = call->method, .target = call->path, .headers = headers,
		.body = buf_slice(&call->body) };
	struct http_options	 options = { .ca = call->ca.len != 0 ? (const char *)call->ca.data : NULL };

	if (put_host(&host, buf_slice(&call->origin), err) != 0)
		return err->kind;
	headers[msg.header_count++] = (struct http_header){ SLICE("Host"), buf_slice(&host) };
	if (call->content_type.len != 0)
		headers[msg.header_count++] = (struct http_header){ SLICE("Content-Type"), call->content_type };
	if (call->target.len != 0)
		headers[msg.header_count++] = (struct http_header){ SLICE("X-Amz-Target"), call->target };
	if (call->token.len != 0)
		headers[msg.header_count++] = (struct http_header){ SLICE("x-amz-sso_bearer_token"), call->token };
	if (credentials_opt != NULL && call_sign(call, credentials_opt, &key, &msg, headers, &authorization, err) != 0)
		return err->kind;
	if (http_send(call->aws->http, (const char *)call->origin.data, &msg, &options, call_replied, call, &call->http_call,
	    err) != 0)
		return err->kind;
	call->sent = true;
	return 0;
}

/* Sign with what the credentials and the clock are now; every attempt is signed anew. */
static int
call_begin(struct aws_call *call, struct error *err)
{
	const struct aws_credentials *credentials;

	if (call->identity == NULL)
		return call_send(call, NULL, err);
	if (aws_cred_get(call->identity, call_ready, call, &credentials, &call->wait, err) != 0)
		return err->kind;
	return credentials != NULL ? call_send(call, credentials, err) : 0;
}

static void
call_try(struct aws_call *call)
{
	struct error problem = ERROR_INIT;

	if (call_begin(call, &problem) != 0)
		call_finish(call, &problem, SLICE_NONE);
}

static void
call_ready(void *object)
{
	struct aws_call *call = object;

	call->wait = NULL;
	call_try(call);
}

static void
call_rings(void *object)
{
	struct aws_call *call = object;

	call->timer = NULL;
	call_try(call);
}

/* Whether the call goes on after this reply; then it has been seen to. */
static bool
call_again(struct aws_call *call, const struct http_reply *reply, struct slice code)
{
	enum retry_kind	kind = retry_judge(reply, code);
	struct error	problem = ERROR_INIT;
	int64_t		offset;

	switch (kind) {
	case RETRY_NEVER:
		return false;
	case RETRY_SKEW:
		if (call->clock_set || !retry_skew(reply, code, &offset) ||
		    clock_put(call->aws, (const char *)call->origin.data, offset, &problem) != 0)
			return false;
		call->clock_set = true;
		call_try(call);
		return true;
	case RETRY_EXPIRED:
		if (call->renewed || call->identity == NULL || !aws_cred_expire(call->identity))
			return false;
		call->renewed = true;
		call_try(call);
		return true;
	default:
		if (++call->tried >= call->most || !retry_spend(&call->aws->budget, kind, &call->cost))
			return false;
		return http_after(call->aws->http, retry_delay(kind, call->tried - 1, reply), call_rings, call,
		    &call->timer, &problem) == 0;
	}
}

static void
call_replied(void *object, const struct http_reply *reply)
{
	struct aws_call		*call = object;
	struct error		 problem = ERROR_INIT;
	struct aws_fault	 fault = { .code = "" };

	call->http_call = NULL;
	if (reply->error->kind == ERR_NONE && reply->status == 200) {
		retry_refund(&call->aws->budget, call->cost);
		call_finish(call, &problem, reply->body);
		return;
	}
	if (reply->error->kind == ERR_NONE)
		aws_fault_read(reply, &fault);
	if (call_again(call, reply, slice_str(fault.code)))
		return;
	if (reply->error->kind != ERR_NONE)
		problem = *reply->error;
	else
		(void)aws_fault_report(&fault, call->service, call->region, reply->status, &problem);
	call_finish(call, &problem, SLICE_NONE);
}

/* --- the beginning --- */

/* The first that is set: for AWS' tools, and for libcurl's and OpenSSL's own, which libcurl does not read by itself. */
int
aws_ca_find(const struct aws_config *config, struct slice profile, struct buf *out, struct error *err)
{
	const char	*bundle = aws_env("AWS_CA_BUNDLE");
	struct slice	 file = bundle != NULL ? slice_str(bundle) : aws_config_get(config, profile, "ca_bundle");

	if (file.len == 0)
		file = slice_str(aws_env("SSL_CERT_FILE"));
	if (file.len == 0)
		file = slice_str(aws_env("CURL_CA_BUNDLE"));
	if (file.len == 0)
		return 0;
	if (buf_append(out, file, err) != 0)
		return err->kind;
	return buf_terminate(out, err);
}

static int
find_attempts(const struct aws_config *config, struct slice profile, unsigned *out, struct error *err)
{
	const char	*set = aws_env("AWS_MAX_ATTEMPTS");
	struct slice	 text = set != NULL ? slice_str(set) : aws_config_get(config, profile, "max_attempts");
	int64_t		 number = RETRY_ATTEMPTS;

	if (text.len != 0 && !num_parse(text, 1, 100, &number))
		return err_set(err, ERR_CONFIG, "AWS_MAX_ATTEMPTS (or 'max_attempts') must be a number from 1 to 100, not '%.*s'",
		    SLICE_ARG(text));
	*out = (unsigned)number;
	return 0;
}

/* A copy inside the call's own text, which has room for all of them. */
static int
own(struct aws_call *call, struct slice text, struct slice *out, struct error *err)
{
	size_t start = call->text.len;

	if (buf_append(&call->text, text, err) != 0)
		return err->kind;
	*out = slice_from(buf_slice(&call->text), start);
	return 0;
}

static int
call_fill(struct aws_call *call, const struct aws_question *question, struct error *err)
{
	struct slice	 method = question->method.len != 0 ? question->method : SLICE("POST");
	struct slice	 path = question->path.len != 0 ? question->path : SLICE("/");
	size_t		 room = method.len + path.len + question->region.len + question->profile.len + question->target.len +
	    question->content_type.len + question->token.len;
	uint8_t		*unused;

	if (buf_reserve(&call->text, room + 1, &unused, err) != 0 || own(call, method, &call->method, err) != 0 ||
	    own(call, path, &call->path, err) != 0 || own(call, question->region, &call->region, err) != 0 ||
	    own(call, question->profile, &call->profile, err) != 0 || own(call, question->target, &call->target, err) != 0 ||
	    own(call, question->content_type, &call->content_type, err) != 0 ||
	    own(call, question->token, &call->token, err) != 0 || buf_append(&call->body, question->body, err) != 0 ||
	    aws_endpoint_find(call->aws->config, call->profile, call->service, &call->region, &call->origin, err) != 0 ||
	    buf_terminate(&call->origin, err) != 0 || aws_ca_find(call->aws->config, call->profile, &call->ca, err) != 0)
		return err->kind;
	return find_attempts(call->aws->config, call->profile, &call->most, err);
}

int
aws_send(struct aws *aws, const struct aws_question *question, aws_done *done, void *object, struct aws_call **out,
    struct error *err)
{
	CLEANUP(aws_cancelp) struct aws_call *call = calloc(1, sizeof(*call));

	if (call == NULL)
		return err_memory(err);
	*call = (struct aws_call){ .aws = aws, .identity = question->identity, .service = question->service,
		.text = BUF_SECRET(128 * KIB), .body = BUF_SECRET(LIMIT_REPLY), .origin = BUF(ORIGIN_MAX), .ca = BUF(8 * KIB),
		.done = done, .object = object };
	if (call_fill(call, question, err) != 0 || call_begin(call, err) != 0)
		return err->kind;
	*out = TAKE(call);
	return 0;
}
