#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <microhttpd.h>

#include "base/file.h"
#include "base/num.h"
#include "base/timestamp.h"
#include "kms/server_http.h"

#define HEADERS_MAX	100	/* of one request */
#define URL_MAX		96

struct server_http {
	struct server		*server;
	struct MHD_Daemon	*daemon;
	int			 log_fd;
	pthread_mutex_t		 lock;		/* the server's one caller at a time, and the log's lines */
	pthread_cond_t		 stop;
	bool			 stopping;
	char			 url[URL_MAX];
};

/* One request, from its request line to the last byte of its answer. */
struct exchange {
	char			*target;	/* as sent: nothing decoded, for the signature is over these bytes */
	bool			 begun;
	time_t			 deadline;
	struct buf		 body;
	struct http_header	 headers[HEADERS_MAX];
	size_t			 header_count;
	struct server_reply	 reply;
};

/* --- addresses ------------------------------------------------------------------------------------------ */

int
server_address_parse(struct slice text, struct server_address *out, struct error *err)
{
	struct server_address	at = { .port = 0 };
	struct slice		host, port;
	struct in_addr		v4;
	struct in6_addr		v6;
	size_t			colon = text.len;
	int64_t			number;

	while (colon > 0 && text.data[colon - 1] != ':')
		colon--;
	host = slice_sub(text, 0, colon > 0 ? colon - 1 : 0);
	port = slice_from(text, colon);
	at.v6 = host.len >= 2 && host.data[0] == '[' && host.data[host.len - 1] == ']';
	if (at.v6)
		host = slice_sub(host, 1, host.len - 1);
	if (colon == 0 || !num_parse(port, 0, UINT16_MAX, &number) || host.len >= sizeof(at.host))
		return err_set(err, ERR_USAGE, "'%.*s' is not ADDRESS:PORT", SLICE_ARG(text));
	at.port = (uint16_t)number;
	if (host.len != 0)
		memcpy(at.host, host.data, host.len);
	if (at.v6 ? inet_pton(AF_INET6, at.host, &v6) != 1 : inet_pton(AF_INET, at.host, &v4) != 1) {
		(void)err_set(err, ERR_USAGE, "'%.*s' is not a numeric address", SLICE_ARG(text));
		return err_hint(err, "such as 127.0.0.1:8080 or [::1]:8080");
	}
	at.loopback = at.v6 ? IN6_IS_ADDR_LOOPBACK(&v6) : (ntohl(v4.s_addr) >> 24) == 127;
	*out = at;
	return 0;
}

static int
listen_at(const struct server_address *at, int *out, uint16_t *port, struct error *err)
{
	CLEANUP(file_closep) int fd = -1;
	union {
		struct sockaddr		any;
		struct sockaddr_in	v4;
		struct sockaddr_in6	v6;
	} address;
	socklen_t	len = at->v6 ? sizeof(address.v6) : sizeof(address.v4);
	int		yes = 1;

	memset(&address, 0, sizeof(address));
	if (at->v6) {
		address.v6.sin6_family = AF_INET6;
		address.v6.sin6_port = htons(at->port);
		(void)inet_pton(AF_INET6, at->host, &address.v6.sin6_addr);
	} else {
		address.v4.sin_family = AF_INET;
		address.v4.sin_port = htons(at->port);
		(void)inet_pton(AF_INET, at->host, &address.v4.sin_addr);
	}
	fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) != 0 ||
	    bind(fd, &address.any, len) != 0 || listen(fd, SOMAXCONN) != 0 ||
	    getsockname(fd, &address.any, &len) != 0) {
		bool taken = errno == EADDRINUSE;

		(void)err_errno(err, "cannot listen on %s port %u", at->host, at->port);
		return taken ? err_hint(err, "port 0 picks one that is free") : (int)err->kind;
	}
	*port = ntohs(at->v6 ? address.v6.sin6_port : address.v4.sin_port);
	*out = fd;
	fd = -1;
	return 0;
}

/* --- the log -------------------------------------------------------------------------------------------- */

static void
log_line(const struct server_http *http, const struct server_reply *reply, const struct timestamp *now)
{
	CLEANUP(buf_release) struct buf line = BUF(8192);
	struct error ignored = ERROR_INIT;

	if (http->log_fd < 0)
		return;
	if (timestamp_format_seconds(now, &line, &ignored) != 0 ||
	    buf_printf(&line, &ignored, " %u %s %s %s %s %s %s\n", reply->status,
	    reply->code[0] != '\0' ? reply->code : "-", reply->service == SERVER_KMS ? "kms" : "sts",
	    reply->operation[0] != '\0' ? reply->operation : "-",
	    reply->caller.region[0] != '\0' ? reply->caller.region : "-",
	    reply->subject[0] != '\0' ? reply->subject : "-",
	    reply->caller.arn[0] != '\0' ? reply->caller.arn : "-") != 0)
		return;
	/* A full disk must not stop the service. */
	if (file_write_all(http->log_fd, buf_slice(&line), &ignored) != 0)
		return;
}

/* --- answers -------------------------------------------------------------------------------------------- */

static ssize_t
half_of_body(void *closure, uint64_t position, char *out, size_t room)
{
	const struct exchange	*exchange = closure;
	size_t			 half = exchange->reply.body.len / 2;

	if (position >= half)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	room = room < half - position ? room : half - position;
	memcpy(out, exchange->reply.body.data + position, room);
	return (ssize_t)room;
}

static enum MHD_Result
send_reply(struct MHD_Connection *connection, struct exchange *exchange)
{
	struct server_reply	*reply = &exchange->reply;
	struct MHD_Response	*response;
	enum MHD_Result		 result;

	if (reply->fault.kind == SERVER_FAULT_DROP)
		return MHD_NO;
	/* The body stays ours, so that it is wiped; it lives until request_completed(). */
	if (reply->fault.kind == SERVER_FAULT_CUT)
		response = MHD_create_response_from_callback(reply->body.len + 2, 4096, half_of_body, exchange, NULL);
	else
		response = MHD_create_response_from_buffer(reply->body.len, reply->body.data, MHD_RESPMEM_PERSISTENT);
	if (response == NULL)
		return MHD_NO;
	if (MHD_add_response_header(response, "Content-Type", server_reply_type(reply)) != MHD_YES ||
	    MHD_add_response_header(response, "x-amzn-RequestId", reply->request_id) != MHD_YES)
		result = MHD_NO;
	else
		result = MHD_queue_response(connection, reply->status, response);
	MHD_destroy_response(response);
	return result;
}

/* An injected delay, ended early when the server stops.  The lock is held before and after, not meanwhile. */
static void
delay(struct server_http *http, uint32_t milliseconds)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += milliseconds / 1000;
	until.tv_nsec += (long)(milliseconds % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	while (!http->stopping && pthread_cond_timedwait(&http->stop, &http->lock, &until) == 0)
		continue;
}

static enum MHD_Result
take_header(void *closure, enum MHD_ValueKind kind, const char *name, size_t name_len, const char *value,
    size_t value_len)
{
	struct exchange *exchange = closure;

	(void)kind;
	if (exchange->header_count == HEADERS_MAX)
		return MHD_NO;
	exchange->headers[exchange->header_count++] = (struct http_header){
		slice_of(name, name_len), slice_of(value, value_len)
	};
	return MHD_YES;
}

static enum MHD_Result
answer(struct server_http *http, struct MHD_Connection *connection, struct exchange *exchange, const char *method)
{
	struct timestamp	now = timestamp_now();
	struct http_message	msg = {
		.method = slice_str(method), .target = slice_str(exchange->target),
		.headers = exchange->headers, .body = buf_slice(&exchange->body),
	};

	(void)MHD_get_connection_values_n(connection, MHD_HEADER_KIND, take_header, exchange);
	if (exchange->header_count == HEADERS_MAX)
		return MHD_NO;
	msg.header_count = exchange->header_count;
	(void)pthread_mutex_lock(&http->lock);
	server_answer(http->server, &msg, now.seconds, &exchange->reply);
	log_line(http, &exchange->reply, &now);
	if (exchange->reply.fault.milliseconds != 0)
		delay(http, exchange->reply.fault.milliseconds);
	(void)pthread_mutex_unlock(&http->lock);
	return send_reply(connection, exchange);
}

/* --- libmicrohttpd's side --------------------------------------------------------------------------------- */

static time_t
seconds_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/* The first we hear of a request: its target, before anything is decoded. */
static void *
request_begins(void *closure, const char *target, struct MHD_Connection *connection)
{
	struct exchange *exchange = calloc(1, sizeof(*exchange));

	(void)closure;
	(void)connection;
	if (exchange == NULL)
		return NULL;
	exchange->body = BUF_SECRET(SERVER_BODY_MAX);
	exchange->target = strdup(target);
	exchange->deadline = seconds_now() + SERVER_HTTP_TIMEOUT;
	return exchange;
}

static void
request_completed(void *closure, struct MHD_Connection *connection, void **state,
    enum MHD_RequestTerminationCode why)
{
	struct exchange *exchange = *state;

	(void)closure;
	(void)connection;
	(void)why;
	if (exchange == NULL)
		return;
	server_reply_release(&exchange->reply);
	buf_release(&exchange->body);
	free(exchange->target);
	free(exchange);
	*state = NULL;
}

/* Called with the headers, then with each piece of the body, then once more with none. */
static enum MHD_Result
request_continues(void *closure, struct MHD_Connection *connection, const char *url, const char *method,
    const char *version, const char *upload, size_t *upload_len, void **state)
{
	struct exchange	*exchange = *state;
	struct error	 ignored = ERROR_INIT;

	(void)url;
	(void)version;
	if (exchange == NULL || exchange->target == NULL || seconds_now() > exchange->deadline)
		return MHD_NO;
	if (!exchange->begun) {
		exchange->begun = true;
		return MHD_YES;
	}
	if (*upload_len == 0)
		return answer(closure, connection, exchange, method);
	/* A body above the limit ends the connection: nobody honest sends one. */
	if (buf_append(&exchange->body, slice_of(upload, *upload_len), &ignored) != 0)
		return MHD_NO;
	*upload_len = 0;
	return MHD_YES;
}

int
server_http_start(struct server *server, const struct server_address *at, int log_fd, struct server_http **out,
    struct error *err)
{
	CLEANUP(server_http_stopp) struct server_http *http = calloc(1, sizeof(*http));
	CLEANUP(file_closep) int fd = -1;
	pthread_condattr_t	clock;
	uint16_t		port = 0;

	if (http == NULL)
		return err_memory(err);
	http->server = server;
	http->log_fd = log_fd;
	(void)pthread_mutex_init(&http->lock, NULL);
	(void)pthread_condattr_init(&clock);
	(void)pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&http->stop, &clock);
	(void)pthread_condattr_destroy(&clock);
	if (listen_at(at, &fd, &port, err) != 0)
		return err->kind;
	(void)snprintf(http->url, sizeof(http->url), at->v6 ? "http://[%s]:%u" : "http://%s:%u", at->host, port);
	http->daemon = MHD_start_daemon(
	    MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL | MHD_USE_ITC |
	    (at->v6 ? MHD_USE_IPv6 : 0), 0, NULL, NULL, request_continues, http,
	    MHD_OPTION_LISTEN_SOCKET, fd,
	    MHD_OPTION_URI_LOG_CALLBACK, request_begins, NULL,
	    MHD_OPTION_NOTIFY_COMPLETED, request_completed, NULL,
	    MHD_OPTION_CONNECTION_LIMIT, (unsigned)SERVER_HTTP_CONNECTIONS,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)SERVER_HTTP_HEADERS_MAX,
	    MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)SERVER_HTTP_TIMEOUT,
	    MHD_OPTION_END);
	if (http->daemon == NULL)
		return err_set(err, ERR_SYSTEM, "cannot start the HTTP server");
	fd = -1;	/* the daemon closes it */
	*out = TAKE(http);
	return 0;
}

void
server_http_stop(struct server_http *http)
{
	if (http == NULL)
		return;
	(void)pthread_mutex_lock(&http->lock);
	http->stopping = true;
	(void)pthread_cond_broadcast(&http->stop);
	(void)pthread_mutex_unlock(&http->lock);
	if (http->daemon != NULL)
		MHD_stop_daemon(http->daemon);
	(void)pthread_cond_destroy(&http->stop);
	(void)pthread_mutex_destroy(&http->lock);
	free(http);
}

const char *
server_http_url(const struct server_http *http)
{
	return http->url;
}
