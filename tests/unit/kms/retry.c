#include "kms/retry.h"

#include "tests/tap.h"

/* 2026-01-02T03:04:05Z */
#define NOW	1767323045

static enum retry_kind
judge(unsigned status, const char *code, enum err_kind transport)
{
	struct error		error = { .kind = transport };
	struct http_reply	reply = { .error = &error, .status = status };

	return retry_judge(&reply, slice_str(code));
}

static void
test_judging(void)
{
	static const struct {
		unsigned	 status;
		const char	*code;
		enum err_kind	 transport;
		enum retry_kind	 want;
	} rows[] = {
		{ 200, "", ERR_NONE, RETRY_NEVER }, { 400, "AccessDeniedException", ERR_NONE, RETRY_NEVER },
		{ 403, "", ERR_NONE, RETRY_NEVER }, { 302, "", ERR_NONE, RETRY_NEVER },
		{ 400, "ThrottlingException", ERR_NONE, RETRY_THROTTLED }, { 429, "", ERR_NONE, RETRY_THROTTLED },
		{ 400, "LimitExceededException", ERR_NONE, RETRY_THROTTLED }, { 503, "SlowDown", ERR_NONE, RETRY_THROTTLED },
		{ 500, "KMSInternalException", ERR_NONE, RETRY_TRANSIENT }, { 500, "", ERR_NONE, RETRY_TRANSIENT },
		{ 502, "", ERR_NONE, RETRY_TRANSIENT }, { 503, "DependencyTimeoutException", ERR_NONE, RETRY_TRANSIENT },
		{ 504, "", ERR_NONE, RETRY_TRANSIENT }, { 501, "", ERR_NONE, RETRY_NEVER },
		{ 400, "ExpiredTokenException", ERR_NONE, RETRY_EXPIRED }, { 403, "ExpiredToken", ERR_NONE, RETRY_EXPIRED },
		{ 400, "InvalidSignatureException", ERR_NONE, RETRY_SKEW }, { 403, "RequestTimeTooSkewed", ERR_NONE, RETRY_SKEW },
		{ 0, "", ERR_NETWORK, RETRY_TRANSIENT }, { 0, "", ERR_TIMEOUT, RETRY_TIMEOUT },
		{ 0, "", ERR_REFUSED, RETRY_NEVER }, { 0, "", ERR_LIMIT, RETRY_NEVER },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ok(judge(rows[i].status, rows[i].code, rows[i].transport) == rows[i].want, "status %u, code '%s', failure %d",
		    rows[i].status, rows[i].code, (int)rows[i].transport);
}

static void
test_budget(void)
{
	struct retry_budget	budget = { RETRY_TOKENS };
	unsigned		cost, retries = 0;

	while (retry_spend(&budget, RETRY_TRANSIENT, &cost))
		retries++;
	is_int(retries, 100, "a service that is down is asked a hundred times more, then no more");
	retry_refund(&budget, 0);
	ok(!retry_spend(&budget, RETRY_TRANSIENT, &cost), "one success does not buy a retry");
	retry_refund(&budget, 5);
	ok(retry_spend(&budget, RETRY_TRANSIENT, &cost) && cost == 5, "a retry that succeeded pays for the next");
	budget.tokens = 9;
	ok(!retry_spend(&budget, RETRY_TIMEOUT, &cost), "a retry after a time-out costs more");
	budget.tokens = RETRY_TOKENS;
	retry_refund(&budget, 0);
	is_int(budget.tokens, RETRY_TOKENS, "the budget does not grow beyond its beginning");
}

static void
delays(enum retry_kind kind, unsigned n, unsigned most, const char *what)
{
	unsigned longest = 0, shortest = UINT32_MAX;

	for (int i = 0; i < 2000; i++) {
		unsigned delay = retry_delay(kind, n, &(struct http_reply){ .status = 500 });

		longest = delay > longest ? delay : longest;
		shortest = delay < shortest ? delay : shortest;
	}
	ok(longest <= most && longest > most / 2 && shortest < most / 4, "%s: between 0 and %u ms (was %u to %u)", what, most,
	    shortest, longest);
}

/* The delay before the first retry, when the reply asks for one. */
static unsigned
asked(struct slice milliseconds, struct slice seconds)
{
	return retry_delay(RETRY_TRANSIENT, 0, &(struct http_reply){ .retry_after = milliseconds, .retry_seconds = seconds });
}

static void
test_delays(void)
{
	delays(RETRY_TRANSIENT, 0, 50, "the first retry after an error");
	delays(RETRY_TIMEOUT, 2, 200, "the third");
	delays(RETRY_THROTTLED, 0, 1000, "the first when throttled");
	delays(RETRY_THROTTLED, 3, 8000, "the fourth");
	delays(RETRY_THROTTLED, 31, 20000, "a very late one");
	ok(asked(SLICE("1000"), SLICE_NONE) == 1000, "the server may ask for longer");
	ok(asked(SLICE("90000"), SLICE_NONE) <= 5050, "but not for much longer");
	ok(asked(SLICE("soon"), SLICE_NONE) <= 50, "and only with a number");
	ok(asked(SLICE_NONE, SLICE("2")) == 2000, "in seconds, as HTTP has it");
	ok(asked(SLICE("100"), SLICE("2")) == 100, "AWS' own header goes first");
	ok(asked(SLICE_NONE, SLICE("99999999999")) <= 50 && asked(SLICE_NONE, SLICE("2147483647")) <= 5050,
	    "an absurd one is bounded too");
}

static bool
skew(const char *date, const char *code, bool verified, int64_t *offset)
{
	struct error		error = ERROR_INIT;
	struct http_reply	reply = { .error = &error, .status = 400, .date = slice_str(date), .verified = verified,
		.sent_at = NOW - 2, .received_at = NOW + 2 };

	return retry_skew(&reply, slice_str(code), offset);
}

static void
test_skew(void)
{
	int64_t offset = 0;

	ok(skew("Fri, 02 Jan 2026 04:04:05 GMT", "InvalidSignatureException", true, &offset) && offset == 3600,
	    "a bad signature an hour apart is a wrong clock");
	ok(skew("Fri, 02 Jan 2026 02:04:05 GMT", "SignatureDoesNotMatch", true, &offset) && offset == -3600,
	    "in both directions");
	ok(!skew("Fri, 02 Jan 2026 03:08:05 GMT", "InvalidSignatureException", true, &offset),
	    "a bad signature four minutes apart is a bad signature");
	ok(skew("Fri, 02 Jan 2026 03:04:15 GMT", "RequestTimeTooSkewed", true, &offset) && offset == 10,
	    "a certain code is believed whatever the difference");
	ok(!skew("Fri, 02 Jan 2026 04:04:05 GMT", "RequestTimeTooSkewed", false, &offset),
	    "a date that anybody could have written is not");
	ok(!skew("tomorrow", "RequestTimeTooSkewed", true, &offset), "nor one that cannot be read");
	ok(!skew("Fri, 02 Jan 2026 04:04:05 GMT", "AccessDeniedException", true, &offset), "another code is no matter of clocks");
}

int
main(void)
{
	test_judging();
	test_budget();
	test_delays();
	test_skew();
	return done_testing();
}
