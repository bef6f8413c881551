#include "kms/http.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <glob.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "base/limits.h"
#include "base/timestamp.h"
#include "base/version.h"
#include "kms/wiping.h"

#define HEADER_MAX	256		/* bytes kept of one reply header */
#define WATCH_MS	1000		/* the longest sleep, should a wake-up be missed */

struct http_call {
	struct http		*http;
	struct http_call	*next, *previous;
	CURL			*easy;
	struct curl_slist	*headers;
	struct buf		 body, reply;
	bool			 overflow;	/* the reply was cut off at LIMIT_REPLY */
	char			 date[HEADER_MAX], error_type[HEADER_MAX], request_id[HEADER_MAX], retry_after[HEADER_MAX];
	char			 retry_seconds[HEADER_MAX];
	char			 problem[CURL_ERROR_SIZE];
	char			*origin;
	int64_t			 sent_at;
	http_done		*done;
	void			*object;
};

struct http_timer {
	struct http		*http;
	struct http_timer	*next;
	int64_t			 due;		/* milliseconds of the monotonic clock */
	http_ring		*ring;
	void			*object;
};

struct http_watch {
	struct http		*http;
	struct http_watch	*next;
	int			 fd;
	bool			 readable;
	http_ring		*ring;
	void			*object;
};

struct http {
	CURLM			*multi;
	struct http_call	*calls;
	struct http_timer	*timers;	/* the next one first */
	struct http_watch	*watches;
	size_t			 watch_count;
	int64_t			 watching_since;	/* while there are watches */
	int64_t			 watched;		/* milliseconds for which there were some, in all */
	http_ring		*waiting;		/* told when the first watch begins */
	void			*waiting_object;
	char			*ca_file, *ca_folder;	/* the system's: one of them is set */
};

static int64_t
milliseconds(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool
http_host_is_loopback(struct slice host)
{
	char		text[64];
	struct in_addr	address;

	if (slice_eq_nocase(host, SLICE("localhost")) || slice_eq(host, SLICE("[::1]")))
		return true;
	if (host.len >= sizeof(text))
		return false;
	memcpy(text, host.data != NULL ? host.data : (const uint8_t *)"", host.len);
	text[host.len] = '\0';
	return inet_pton(AF_INET, text, &address) == 1 && ntohl(address.s_addr) >> 24 == 127;
}

struct slice
http_origin_host(struct slice origin)
{
	size_t	start = slice_starts(origin, SLICE("https://")) ? 8 : 7, end;

	origin = slice_from(origin, start);
	end = slice_starts(origin, SLICE("[")) ? slice_find(origin, ']', 0) + 1 : slice_find(origin, ':', 0);
	return slice_sub(origin, 0, end);
}

/*
 * Reading the bundle of all roots costs 20 ms for each TLS context; a folder of hashed links costs
 * nothing until one is needed.  Where the distribution compiled one in and filled it, use that.
 * Otherwise the bundle alone: libcurl keeps it parsed only when no folder is set besides.
 */
static int
find_certificates(struct http *http, struct error *err)
{
	const curl_version_info_data	*info = curl_version_info(CURLVERSION_NOW);
	CLEANUP(buf_release) struct buf	 pattern = BUF(8 * KIB);
	bool				 hashed = false;
	glob_t				 found;

	if (info->age >= CURLVERSION_SEVENTH && info->capath != NULL) {
		if (buf_printf(&pattern, err, "%s/*.0", info->capath) != 0 || buf_terminate(&pattern, err) != 0)
			return err->kind;
		hashed = glob((const char *)pattern.data, GLOB_NOSORT, NULL, &found) == 0;
		if (hashed)
			globfree(&found);
	}
	if (hashed)
		http->ca_folder = strdup(info->capath);
	else if (info->age >= CURLVERSION_SEVENTH && info->cainfo != NULL)
		http->ca_file = strdup(info->cainfo);
	else
		return 0;		/* a libcurl that asks the operating system */
	return http->ca_folder != NULL || http->ca_file != NULL ? 0 : err_memory(err);
}

int
http_new(struct http **out, struct error *err)
{
	CLEANUP(http_freep) struct http *http = NULL;

	if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, wiping_malloc, wiping_free, wiping_realloc, wiping_strdup,
	    wiping_calloc) != CURLE_OK)
		return err_set(err, ERR_INTERNAL, "cannot start libcurl");
	if ((http = calloc(1, sizeof(*http))) == NULL || (http->multi = curl_multi_init()) == NULL)
		return err_memory(err);
	if (curl_multi_setopt(http->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)HTTP_CONNECTIONS) != CURLM_OK ||
	    curl_multi_setopt(http->multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX) != CURLM_OK)
		return err_set(err, ERR_INTERNAL, "cannot set up libcurl");
	if (find_certificates(http, err) != 0)
		return err->kind;
	*out = TAKE(http);
	return 0;
}

static void
call_free(struct http_call *call)
{
	if (call->easy != NULL) {
		(void)curl_multi_remove_handle(call->http->multi, call->easy);
		curl_easy_cleanup(call->easy);
	}
	if (call->previous != NULL)
		call->previous->next = call->next;
	else if (call->http->calls == call)
		call->http->calls = call->next;
	if (call->next != NULL)
		call->next->previous = call->previous;
	curl_slist_free_all(call->headers);
	buf_release(&call->body);
	buf_release(&call->reply);
	free(call->origin);
	free(call);
}
DEFINE_CLEANUP(struct http_call, http_cancel)

void
http_cancel(struct http_call *call)
{
	if (call != NULL)
		call_free(call);
}

void
http_free(struct http *http)
{
	if (http == NULL)
		return;
	while (http->calls != NULL)
		call_free(http->calls);
	while (http->timers != NULL)
		http_timer_cancel(http->timers);
	while (http->watches != NULL)
		http_watch_cancel(http->watches);
	if (http->multi != NULL)
		(void)curl_multi_cleanup(http->multi);
	free(http->ca_file);
	free(http->ca_folder);
	free(http);
	curl_global_cleanup();
}

/* --- one call --- */

static size_t
take_body(char *bytes, size_t size, size_t count, void *object)
{
	struct http_call	*call = object;
	struct error		 problem = ERROR_INIT;

	if (buf_append(&call->reply, slice_of(bytes, size * count), &problem) == 0)
		return size * count;
	call->overflow = true;
	return 0;
}

static size_t
take_header(char *bytes, size_t size, size_t count, void *object)
{
	struct http_call	*call = object;
	struct slice		 line = slice_of(bytes, size * count);
	size_t			 colon = slice_find(line, ':', 0);
	struct slice		 name = slice_sub(line, 0, colon), value = slice_trim(slice_from(line, colon + 1));
	const struct {
		const char	*name;
		char		*into;
	} kept[] = {
		{ "date", call->date }, { "x-amzn-errortype", call->error_type },
		{ "x-amzn-requestid", call->request_id }, { "x-amz-retry-after", call->retry_after },
		{ "retry-after", call->retry_seconds },
	};

	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		if (slice_eq_nocase(name, slice_str(kept[i].name)) && value.len < HEADER_MAX) {
			memcpy(kept[i].into, value.data, value.len);
			kept[i].into[value.len] = '\0';
		}
	return line.len;
}

static int
call_headers(struct http_call *call, const struct http_message *msg, struct error *err)
{
	static const char *const ours[] = { "Expect:", "User-Agent: hubkeys/" HUB_VERSION };
	CLEANUP(buf_release) struct buf line = BUF_SECRET(64 * KIB);	/* session tokens */
	struct curl_slist *longer;

	for (size_t i = 0; i < msg->header_count + 2; i++) {
		const struct http_header *header = i < msg->header_count ? &msg->headers[i] : NULL;

		buf_reset(&line);
		if (header == NULL ? buf_str(&line, ours[i - msg->header_count], err) != 0 :
		    buf_append(&line, header->name, err) != 0 || buf_str(&line, ": ", err) != 0 ||
		    buf_append(&line, header->value, err) != 0)
			return err->kind;
		/* A header that brings others with it. */
		for (size_t at = 0; at < line.len; at++)
			if (line.data[at] < ' ' && line.data[at] != '\t')
				return err_set(err, ERR_SYNTAX, "a request header holds a control character");
		if (buf_terminate(&line, err) != 0)
			return err->kind;
		if ((longer = curl_slist_append(call->headers, (const char *)line.data)) == NULL)
			return err_memory(err);
		call->headers = longer;
	}
	return 0;
}

static CURLcode
set_protocol(CURL *easy, bool tls)
{
#if LIBCURL_VERSION_NUM >= 0x075500
	return curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, tls ? "https" : "http");
#else
	return curl_easy_setopt(easy, CURLOPT_PROTOCOLS, tls ? CURLPROTO_HTTPS : CURLPROTO_HTTP);
#endif
}

/* A name server that does not answer must not hold up whoever gives up waiting for it. */
static CURLcode
set_quick_exit(CURL *easy)
{
#if LIBCURL_VERSION_NUM >= 0x075700
	return curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
#else
	(void)easy;
	return CURLE_OK;
#endif
}

static CURLcode
set_tls(const struct http *http, CURL *easy, const char *ca_opt)
{
	const char	*file = ca_opt != NULL ? ca_opt : http->ca_file;
	const char	*folder = ca_opt != NULL ? NULL : http->ca_folder;
	CURLcode	 code;

	/* HTTP/2 shares one connection: wait for the first to learn whether the server speaks it. */
	if ((code = curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L)) != CURLE_OK ||
	    (code = curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L)) != CURLE_OK ||
	    (code = curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2)) != CURLE_OK ||
	    (code = curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS)) != CURLE_OK ||
	    (code = curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L)) != CURLE_OK)
		return code;
	if (file == NULL && folder == NULL)
		return CURLE_OK;
	if ((code = curl_easy_setopt(easy, CURLOPT_CAINFO, file)) != CURLE_OK)
		return code;
	return curl_easy_setopt(easy, CURLOPT_CAPATH, folder);
}

/* GET has no body; PUT is a POST by another name. */
static CURLcode
set_method(struct http_call *call, const struct http_message *msg)
{
	CURL		*easy = call->easy;
	CURLcode	 code;

	if (slice_eq(msg->method, SLICE("GET")))
		return curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
	if ((code = curl_easy_setopt(easy, CURLOPT_POST, 1L)) != CURLE_OK ||
	    (code = curl_easy_setopt(easy, CURLOPT_POSTFIELDS, call->body.data)) != CURLE_OK ||
	    (code = curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.len)) != CURLE_OK)
		return code;
	return slice_eq(msg->method, SLICE("PUT")) ? curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, "PUT") : CURLE_OK;
}

static CURLcode
set_transfer(struct http_call *call, const char *url, unsigned attempt_ms)
{
	CURL		*easy = call->easy;
	CURLcode	 code;
	long		 most = attempt_ms != 0 ? (long)attempt_ms : HTTP_ATTEMPT_MS;

	if ((code = curl_easy_setopt(easy, CURLOPT_URL, url)) != CURLE_OK ||
	    (code = curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L)) != CURLE_OK ||
	    (code = curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, most < HTTP_CONNECT_MS ? most : HTTP_CONNECT_MS)) != CURLE_OK ||
	    (code = curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, most)) != CURLE_OK ||
	    (code = curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L)) != CURLE_OK ||
	    (code = curl_easy_setopt(easy, CURLOPT_HTTPHEADER, call->headers)) != CURLE_OK ||
	    (code = curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body)) != CURLE_OK ||
	    (code = curl_easy_setopt(easy, CURLOPT_WRITEDATA, call)) != CURLE_OK ||
	    (code = curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header)) != CURLE_OK ||
	    (code = curl_easy_setopt(easy, CURLOPT_HEADERDATA, call)) != CURLE_OK ||
	    (code = curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L)) != CURLE_OK ||
	    (code = curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, call->problem)) != CURLE_OK)
		return code;
	return curl_easy_setopt(easy, CURLOPT_PRIVATE, call);
}

static int
call_set_up(struct http_call *call, const struct http_message *msg, const struct http_options *options, struct error *err)
{
	CLEANUP(buf_release) struct buf url = BUF(16 * KIB);
	struct slice	origin = slice_str(call->origin);
	bool		tls = slice_starts(origin, SLICE("https://"));
	CURLcode	code;

	if (call_headers(call, msg, err) != 0 || buf_append(&call->body, msg->body, err) != 0 ||
	    buf_terminate(&call->body, err) != 0 || buf_append(&url, origin, err) != 0 ||
	    buf_append(&url, msg->target, err) != 0 || buf_terminate(&url, err) != 0)
		return err->kind;
	if ((call->easy = curl_easy_init()) == NULL)
		return err_memory(err);
	if ((code = set_transfer(call, (const char *)url.data, options->attempt_ms)) == CURLE_OK &&
	    (code = set_method(call, msg)) == CURLE_OK &&
	    (code = set_quick_exit(call->easy)) == CURLE_OK &&
	    (code = set_protocol(call->easy, tls)) == CURLE_OK && tls)
		code = set_tls(call->http, call->easy, options->ca);
	/* A data key in clear must not visit the proxy on its way to this very machine. */
	if (code == CURLE_OK && (options->direct || http_host_is_loopback(http_origin_host(origin))))
		code = curl_easy_setopt(call->easy, CURLOPT_NOPROXY, "*");
	if (code != CURLE_OK)
		return err_set(err, ERR_NETWORK, "cannot prepare a request to '%s': %s", call->origin, curl_easy_strerror(code));
	return 0;
}

int
http_send(struct http *http, const char *origin, const struct http_message *msg, const struct http_options *options_opt,
    http_done *done, void *object, struct http_call **out, struct error *err)
{
	static const struct http_options none;
	CLEANUP(http_cancelp) struct http_call *call = calloc(1, sizeof(*call));

	if (call == NULL)
		return err_memory(err);
	call->http = http;
	call->body = BUF_SECRET(LIMIT_REPLY);
	call->reply = BUF_SECRET(LIMIT_REPLY);
	call->done = done;
	call->object = object;
	if ((call->origin = strdup(origin)) == NULL)
		return err_memory(err);
	if (call_set_up(call, msg, options_opt != NULL ? options_opt : &none, err) != 0)
		return err->kind;
	call->sent_at = timestamp_now().seconds;
	if (curl_multi_add_handle(http->multi, call->easy) != CURLM_OK)
		return err_memory(err);
	if ((call->next = http->calls) != NULL)
		call->next->previous = call;
	http->calls = call;
	*out = TAKE(call);
	return 0;
}

/* What libcurl says, as what the user can act on. */
static void
describe_problem(const struct http_call *call, CURLcode code, struct error *err)
{
	const char *detail = call->problem[0] != '\0' ? call->problem : curl_easy_strerror(code);

	switch (code) {
	case CURLE_COULDNT_RESOLVE_HOST:
		err_set(err, ERR_NETWORK, "cannot find the host of '%s'", call->origin);
		err_hint(err, "check the network connection, and the region in the key's ARN");
		break;
	case CURLE_COULDNT_RESOLVE_PROXY:
		err_set(err, ERR_NETWORK, "cannot find the proxy that the environment names: %s", detail);
		break;
	case CURLE_COULDNT_CONNECT:
		err_set(err, ERR_NETWORK, "cannot connect to '%s'", call->origin);
		err_hint(err, "check the network connection, and AWS_ENDPOINT_URL when a local server is meant");
		break;
	case CURLE_OPERATION_TIMEDOUT:
		err_set(err, ERR_TIMEOUT, "no answer from '%s' in time", call->origin);
		break;
	case CURLE_PEER_FAILED_VERIFICATION:
		err_set(err, ERR_REFUSED, "the certificate of '%s' is not trusted: %s", call->origin, detail);
		err_hint(err, "if an authority of your own signed it, set AWS_CA_BUNDLE to that authority's PEM file");
		break;
	case CURLE_SSL_CACERT_BADFILE:
		err_set(err, ERR_CONFIG, "cannot use the CA certificates: %s", detail);
		err_hint(err, "check AWS_CA_BUNDLE, and 'ca_bundle' in the profile");
		break;
	case CURLE_OUT_OF_MEMORY:
		err_memory(err);
		break;
	default:
		if (call->overflow)
			err_set(err, ERR_LIMIT, "'%s' answered with more than %zu bytes", call->origin, LIMIT_REPLY);
		else
			err_set(err, ERR_NETWORK, "no usable answer from '%s': %s", call->origin, detail);
	}
}

static void
call_finish(struct http_call *call, CURLcode code)
{
	struct error		problem = ERROR_INIT;
	struct http_reply	reply = { .error = &problem };
	long			status = 0;
	curl_off_t		begun;

	if (code != CURLE_OK)
		describe_problem(call, code, &problem);
	(void)curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
	reply.status = (unsigned)status;
	reply.body = buf_slice(&call->reply);
	reply.date = slice_str(call->date);
	reply.error_type = slice_str(call->error_type);
	reply.request_id = slice_str(call->request_id);
	reply.retry_after = slice_str(call->retry_after);
	reply.retry_seconds = slice_str(call->retry_seconds);
	reply.connected = curl_easy_getinfo(call->easy, CURLINFO_PRETRANSFER_TIME_T, &begun) == CURLE_OK && begun != 0;
	reply.verified = slice_starts(slice_str(call->origin), SLICE("https://"));
	reply.sent_at = call->sent_at;
	reply.received_at = timestamp_now().seconds;
	call->done(call->object, &reply);
	call_free(call);
}

/* --- the loop --- */

int
http_after(struct http *http, unsigned ms, http_ring *ring, void *object, struct http_timer **out, struct error *err)
{
	struct http_timer *timer = calloc(1, sizeof(*timer)), **place = &http->timers;

	if (timer == NULL)
		return err_memory(err);
	*timer = (struct http_timer){ .http = http, .due = milliseconds() + ms, .ring = ring, .object = object };
	while (*place != NULL && (*place)->due <= timer->due)
		place = &(*place)->next;
	timer->next = *place;
	*place = timer;
	*out = timer;
	return 0;
}

void
http_timer_cancel(struct http_timer *timer)
{
	struct http_timer **place;

	if (timer == NULL)
		return;
	for (place = &timer->http->timers; *place != timer; place = &(*place)->next)
		;
	*place = timer->next;
	free(timer);
}

/* Milliseconds for which somebody was waited for, up to now. */
static void
count_watched(struct http *http)
{
	int64_t now = milliseconds();

	if (http->watches != NULL)
		http->watched += now - http->watching_since;
	http->watching_since = now;
}

int
http_watch(struct http *http, int fd, http_ring *ring, void *object, struct http_watch **out, struct error *err)
{
	struct http_watch *watch;

	if (http->watch_count == HTTP_WATCHES)
		return err_set(err, ERR_LIMIT, "more than %d programs at one time", HTTP_WATCHES);
	if ((watch = calloc(1, sizeof(*watch))) == NULL)
		return err_memory(err);
	count_watched(http);
	if (http->watches == NULL && http->waiting != NULL)
		http->waiting(http->waiting_object);
	*watch = (struct http_watch){ .http = http, .next = http->watches, .fd = fd, .ring = ring, .object = object };
	http->watches = watch;
	http->watch_count++;
	*out = watch;
	return 0;
}

void
http_watch_cancel(struct http_watch *watch)
{
	struct http_watch **place;

	if (watch == NULL)
		return;
	count_watched(watch->http);
	for (place = &watch->http->watches; *place != watch; place = &(*place)->next)
		;
	*place = watch->next;
	watch->http->watch_count--;
	free(watch);
}

void
http_on_waiting(struct http *http, http_ring *waiting, void *object)
{
	http->waiting = waiting;
	http->waiting_object = object;
}

static void
ring_timers(struct http *http)
{
	int64_t now = milliseconds();

	while (http->timers != NULL && http->timers->due <= now) {
		struct http_timer rung = *http->timers;

		http_timer_cancel(http->timers);
		rung.ring(rung.object);
	}
}

static void
finish_calls(struct http *http)
{
	CURLMsg	*msg;
	int	 left;

	while ((msg = curl_multi_info_read(http->multi, &left)) != NULL) {
		CURLcode	 code = msg->data.result;
		void		*call = NULL;

		if (msg->msg == CURLMSG_DONE && curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &call) == CURLE_OK)
			call_finish(call, code);
	}
}

/* Whether the other side of the socket has closed it; anything else there waits for its reader. */
static bool
is_closed(int fd, bool *watch)
{
	char	byte;
	ssize_t	n = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

	if (n != 0)
		*watch = false;
	return n == 0;
}

/* The descriptors that are watched besides those of libcurl: the asking program's, and those of http_watch(). */
static size_t
gather_watched(const struct http *http, int watched_fd, struct curl_waitfd out[static HTTP_WATCHES + 1])
{
	size_t n = 0;

	for (const struct http_watch *each = http->watches; each != NULL; each = each->next)
		out[n++] = (struct curl_waitfd){ .fd = each->fd, .events = CURL_WAIT_POLLIN };
	if (watched_fd >= 0)
		out[n++] = (struct curl_waitfd){ .fd = watched_fd, .events = CURL_WAIT_POLLIN };
	return n;
}

/* A callback may cancel any watch, and begin new ones: look from the start after each. */
static void
ring_watches(struct http *http, const struct curl_waitfd *polled)
{
	struct http_watch *each;

	for (each = http->watches; each != NULL; each = each->next)
		each->readable = polled++->revents != 0;
	for (each = http->watches; each != NULL;) {
		if (!each->readable) {
			each = each->next;
			continue;
		}
		each->readable = false;
		each->ring(each->object);
		each = http->watches;
	}
}

/* How long to sleep at most, in milliseconds; negative when the time is over.  It stands still while a person is asked. */
static int
time_left(const struct http *http, int64_t end)
{
	int64_t now = milliseconds(), left = WATCH_MS;

	if (http->watches == NULL && end + http->watched - now < left)
		left = end + http->watched - now;
	if (left <= 0)
		return -1;
	if (http->timers != NULL && http->timers->due - now < left)
		left = http->timers->due > now ? http->timers->due - now : 0;
	return (int)left;
}

int
http_run(struct http *http, const bool *done, unsigned ms, int watched_fd, struct error *err)
{
	struct curl_waitfd	watched[HTTP_WATCHES + 1];
	int64_t			end = milliseconds() + ms - http->watched;
	bool			watch = watched_fd >= 0;
	int			running, ready, left;
	size_t			n;

	for (;;) {
		ring_timers(http);
		if (curl_multi_perform(http->multi, &running) != CURLM_OK)
			return err_set(err, ERR_INTERNAL, "libcurl lost its way");
		finish_calls(http);
		if (*done)
			return 0;
		if ((left = time_left(http, end)) < 0)
			return err_set(err, ERR_TIMEOUT, "no answer within %u seconds", (ms + 999) / 1000);
		n = gather_watched(http, watch ? watched_fd : -1, watched);
		if (curl_multi_poll(http->multi, watched, (unsigned)n, left, &ready) != CURLM_OK)
			return err_set(err, ERR_INTERNAL, "cannot wait for the network");
		if (watch && watched[n - 1].revents != 0 && is_closed(watched_fd, &watch))
			return err_set(err, ERR_CANCELLED, "the asking program is gone");
		ring_watches(http, watched);
	}
}
