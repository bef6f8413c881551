#include "kms/retry.h"

#include "base/num.h"
#include "base/timestamp.h"
#include "crypto/random.h"

#define COST			5
#define COST_TIMEOUT		10
#define REFUND			1		/* of a success at the first try */

#define DELAY_TRANSIENT_MS	50
#define DELAY_THROTTLED_MS	1000
#define DELAY_MAX_MS		20000
#define RETRY_AFTER_MAX_MS	5000		/* on top of our own delay */

#define SKEW_SECONDS		240		/* below this a bad signature is a bad signature */

static bool
is_one_of(struct slice code, const char *const *names)
{
	for (; *names != NULL; names++)
		if (slice_eq(code, slice_str(*names)))
			return true;
	return false;
}

static const char *const throttled[] = {
	"Throttling", "ThrottlingException", "ThrottledException", "RequestThrottledException", "RequestThrottled",
	"TooManyRequestsException", "ProvisionedThroughputExceededException", "TransactionInProgressException",
	"RequestLimitExceeded", "BandwidthLimitExceeded", "LimitExceededException", "SlowDown",
	"PriorRequestNotComplete", "EC2ThrottledException", NULL
};
static const char *const transient[] = {
	"KMSInternalException", "KeyUnavailableException", "DependencyTimeoutException", "RequestTimeout",
	"RequestTimeoutException", "InternalFailure", "InternalError", "ServiceUnavailable", "IDPCommunicationError",
	"InvalidIdentityToken",		/* of a role that was made a moment ago */
	NULL
};
static const char *const expired[] = { "ExpiredTokenException", "ExpiredToken", NULL };
static const char *const skewed[] = { "RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture", NULL };
static const char *const perhaps_skewed[] = {
	"InvalidSignatureException", "SignatureDoesNotMatch", "AuthFailure", NULL
};

enum retry_kind
retry_judge(const struct http_reply *reply, struct slice code)
{
	if (reply->error->kind != ERR_NONE)
		return reply->error->kind == ERR_TIMEOUT ? RETRY_TIMEOUT :
		    reply->error->kind == ERR_NETWORK ? RETRY_TRANSIENT : RETRY_NEVER;
	if (reply->status == 200)
		return RETRY_NEVER;
	if (is_one_of(code, throttled) || reply->status == 429)
		return RETRY_THROTTLED;
	if (is_one_of(code, transient) || reply->status == 500 || (reply->status >= 502 && reply->status <= 504))
		return RETRY_TRANSIENT;
	if (is_one_of(code, expired))
		return RETRY_EXPIRED;
	if (is_one_of(code, skewed) || is_one_of(code, perhaps_skewed))
		return RETRY_SKEW;
	return RETRY_NEVER;
}

bool
retry_spend(struct retry_budget *budget, enum retry_kind kind, unsigned *cost)
{
	*cost = kind == RETRY_TIMEOUT ? COST_TIMEOUT : COST;
	if (budget->tokens < *cost)
		return false;
	budget->tokens -= *cost;
	return true;
}

void
retry_refund(struct retry_budget *budget, unsigned cost)
{
	budget->tokens += cost != 0 ? cost : REFUND;
	if (budget->tokens > RETRY_TOKENS)
		budget->tokens = RETRY_TOKENS;
}

/* In milliseconds, by AWS' own header or HTTP's. */
static bool
asked_delay(const struct http_reply *reply, int64_t *out)
{
	if (num_parse(reply->retry_after, 0, INT32_MAX, out))
		return true;
	if (!num_parse(reply->retry_seconds, 0, INT32_MAX, out))
		return false;
	*out *= 1000;
	return true;
}

unsigned
retry_delay(enum retry_kind kind, unsigned n, const struct http_reply *reply)
{
	unsigned	base = kind == RETRY_THROTTLED ? DELAY_THROTTLED_MS : DELAY_TRANSIENT_MS;
	unsigned	most = n > 8 || base << n > DELAY_MAX_MS ? DELAY_MAX_MS : base << n;
	uint32_t	dice;
	unsigned	delay;
	int64_t		asked;

	/* Full jitter: clients that failed together must not come back together. */
	random_nonce(&dice, sizeof(dice));
	delay = (unsigned)((uint64_t)dice * most >> 32);
	if (asked_delay(reply, &asked) && asked > delay)
		delay = asked < (int64_t)delay + RETRY_AFTER_MAX_MS ? (unsigned)asked : delay + RETRY_AFTER_MAX_MS;
	return delay;
}

bool
retry_skew(const struct http_reply *reply, struct slice code, int64_t *offset)
{
	struct error		problem = ERROR_INIT;
	struct timestamp	server;
	int64_t			difference;

	if (!reply->verified || timestamp_parse_http(reply->date, &server, &problem) != 0)
		return false;
	difference = server.seconds - (reply->sent_at + (reply->received_at - reply->sent_at) / 2);
	if (!is_one_of(code, skewed) && (!is_one_of(code, perhaps_skewed) ||
	    (difference <= SKEW_SECONDS && difference >= -SKEW_SECONDS)))
		return false;
	*offset = difference;
	return true;
}
