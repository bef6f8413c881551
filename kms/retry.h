#ifndef KMS_RETRY_H
#define KMS_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/slice.h"
#include "kms/http.h"

/*
 * Whether, and when, a request is sent again: the standard retry mode of AWS' clients (FORMAT.md 3.3).
 * Pure decisions; the caller keeps the counts and the timer.
 */
enum retry_kind {
	RETRY_NEVER,		/* an answer, or a failure that will not go away */
	RETRY_TRANSIENT,	/* 500, 502 to 504, connections that broke */
	RETRY_TIMEOUT,		/* the same, and it cost time */
	RETRY_THROTTLED,	/* too many requests: back off for longer */
	RETRY_SKEW,		/* perhaps our clock is wrong: see retry_skew() */
	RETRY_EXPIRED,		/* the session is over: once more with fresh credentials */
};

/* ${code} is the service's name for its failure, empty when it gave none. */
enum retry_kind	retry_judge(const struct http_reply *reply, struct slice code);

#define RETRY_ATTEMPTS		3		/* in all, the first included */
#define RETRY_TOKENS		500

/* What one client may spend on retries; a service that is down is not hammered. */
struct retry_budget {
	unsigned	tokens;
};

/* Pay for a retry: ${cost} is what retry_refund() gives back on success.  False: the budget is empty. */
bool		retry_spend(struct retry_budget *budget, enum retry_kind kind, unsigned *cost);
void		retry_refund(struct retry_budget *budget, unsigned cost);

/* Milliseconds before retry ${n} (from 0), random; at least, within reason, what the reply asks for. */
unsigned	retry_delay(enum retry_kind kind, unsigned n, const struct http_reply *reply);

/*
 * retry_skew(reply, code, offset):
 * Whether this refusal comes from a wrong clock: then ${offset} is what to add to ours.  The server's Date is
 * believed only over verified TLS.
 */
bool		retry_skew(const struct http_reply *reply, struct slice code, int64_t *offset);

#endif
