#ifndef KMS_HTTP_H
#define KMS_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/secret.h"
#include "kms/http_message.h"

/*
 * The HTTP client and the event loop of hubkeys: one libcurl multi handle, so that all requests of a run
 * share connections, sessions and the parsed CA certificates.  TLS 1.2 or later, verified; no redirects,
 * no cookies, no .netrc, replies of at most LIMIT_REPLY bytes.  Not thread-safe; everything happens
 * inside http_run().
 */
#define HTTP_CONNECTIONS	8		/* at one time, to all hosts together */
#define HTTP_CONNECT_MS		5000
#define HTTP_ATTEMPT_MS		10000		/* one request from start to end */
#define HTTP_WATCHES		32		/* descriptors of http_watch() */

struct http;

int	http_new(struct http **out, struct error *err) WARN_UNUSED;
void	http_free(struct http *http);		/* what is in flight is dropped, its callbacks are not called */
DEFINE_CLEANUP(struct http, http_free)

/* What came back; everything in it is valid until the callback returns. */
struct http_reply {
	const struct error	*error;		/* no reply: ERR_NETWORK, ERR_TIMEOUT, ERR_LIMIT; else kind ERR_NONE */
	unsigned		 status;
	struct slice		 body;
	struct slice		 date, error_type, request_id;	/* headers, empty when absent */
	struct slice		 retry_after, retry_seconds;	/* X-Amz-Retry-After in milliseconds, Retry-After */
	bool			 connected;	/* somebody was there, whatever came of it */
	bool			 verified;	/* over TLS, with a certificate that was checked */
	int64_t			 sent_at, received_at;	/* seconds since 1970, by our clock */
};
typedef void http_done(void *object, const struct http_reply *reply);

struct http_call;

struct http_options {
	const char	*ca;		/* a PEM file that replaces the system's certificates, or NULL */
	unsigned	 attempt_ms;	/* from start to end; 0: HTTP_ATTEMPT_MS */
	bool		 direct;	/* no proxy: an address that means something on this machine alone */
};

/*
 * http_send(http, origin, msg, options_opt, done, object, out, err):
 * Send ${msg} (GET, POST or PUT) to ${origin} ("https://host[:port]", checked by the caller); ${msg} is
 * copied, its headers go out as they are, Host included.  ${done} is called once, from http_run(), unless
 * http_cancel() comes first.  A proxy of the environment is used, but never for a loopback host.
 */
int	http_send(struct http *http, const char *origin, const struct http_message *msg,
	    const struct http_options *options_opt, http_done *done, void *object, struct http_call **out,
	    struct error *err) WARN_UNUSED;
void	http_cancel(struct http_call *call);	/* NULL is fine; not after its callback */

/* "https://host:port" -> "host"; an IPv6 address stays in brackets. */
struct slice	http_origin_host(struct slice origin);
/* 127.0.0.0/8, [::1] and "localhost", as written: a name that resolves to one of these is not loopback. */
bool		http_host_is_loopback(struct slice host);

/* Call ${ring} once, ${ms} from now, from http_run(). */
struct http_timer;
typedef void http_ring(void *object);

int	http_after(struct http *http, unsigned ms, http_ring *ring, void *object, struct http_timer **out,
	    struct error *err) WARN_UNUSED;
void	http_timer_cancel(struct http_timer *timer);	/* NULL is fine; not after it rang */

/*
 * http_watch(http, fd, ring, object, out, err):
 * Call ${ring} from http_run() whenever ${fd} can be read, until the watch is cancelled: a person or a program
 * of the user's is asked.  While there is any watch, the time of http_run() stands still; who watches sets
 * a limit of its own.  ERR_LIMIT above HTTP_WATCHES.
 */
struct http_watch;

int	http_watch(struct http *http, int fd, http_ring *ring, void *object, struct http_watch **out,
	    struct error *err) WARN_UNUSED;
void	http_watch_cancel(struct http_watch *watch);	/* NULL is fine */
/* Call ${waiting} when the first watch begins; NULL: nobody. */
void	http_on_waiting(struct http *http, http_ring *waiting, void *object);

/*
 * http_run(http, done, ms, watched_fd, err):
 * Work until *${done}, or ${ms} have passed: ERR_TIMEOUT, or the other side of ${watched_fd} (-1: none)
 * has closed: ERR_CANCELLED.
 */
int	http_run(struct http *http, const bool *done, unsigned ms, int watched_fd, struct error *err) WARN_UNUSED;

#endif
