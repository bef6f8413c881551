#include "base/timestamp.h"

#include <time.h>

#include "tests/tap.h"

static const struct {
	const char	*text;
	int64_t		seconds;
	uint32_t	nanoseconds;
	int		offset;
	const char	*printed, *to_seconds;	/* NULL: as written */
} good[] = {
	{ "1970-01-01T00:00:00Z", 0, 0, 0, NULL, NULL },
	{ "2020-01-02T00:00:00Z", 1577923200, 0, 0, NULL, NULL },
	{ "2001-12-14T21:59:43.100-05:00", 1008385183, 100000000, -300, "2001-12-14T21:59:43.1-05:00", "2001-12-14T21:59:43-05:00" },
	{ "2026-01-02T03:04:05.000Z", 1767323045, 0, 0, "2026-01-02T03:04:05Z", NULL },
	{ "2026-01-02T03:04:05.123456789+02:00", 1767315845, 123456789, 120, NULL, "2026-01-02T03:04:05+02:00" },
	{ "2026-01-02T03:04:05.0000000019Z", 1767323045, 1, 0, "2026-01-02T03:04:05.000000001Z", "2026-01-02T03:04:05Z" },
	{ "2026-01-02T03:04:05+00:00", 1767323045, 0, 0, "2026-01-02T03:04:05Z", NULL },
	{ "2026-01-02T03:04:05-00:00", 1767323045, 0, 0, "2026-01-02T03:04:05Z", NULL },
	{ "0000-01-01T00:00:00Z", -62167219200, 0, 0, NULL, NULL },
	{ "9999-12-31T23:59:59.999999999-23:59", 253402387139, 999999999, -1439, NULL, "9999-12-31T23:59:59-23:59" },
	{ "1969-12-31T23:59:59.5Z", -1, 500000000, 0, NULL, "1969-12-31T23:59:59Z" },
	{ "2000-02-29T12:00:00Z", 951825600, 0, 0, NULL, NULL },
};

static const char *const bad[] = {
	"", "2026", "2026-01-02", "2026-01-02T03:04:05", "2026-01-02 03:04:05Z", "2026-01-02t03:04:05Z", "2026-01-02T03:04:05z",
	"2026-1-02T03:04:05Z", "2026-01-2T03:04:05Z", "2026-01-02T3:04:05Z", "2026-01-02T03:04Z", "2026-01-02T03:04:05.Z",
	"2026-01-02T03:04:05,5Z", "2026-01-02T03:04:05+2:00", "2026-01-02T03:04:05+0200", "2026-01-02T03:04:05+24:00",
	"2026-01-02T03:04:05+02:60", "2026-13-02T03:04:05Z", "2026-00-02T03:04:05Z", "2026-02-29T03:04:05Z", "1900-02-29T00:00:00Z",
	"2026-04-31T03:04:05Z", "2026-01-00T03:04:05Z", "2026-01-02T24:00:00Z", "2026-01-02T03:60:05Z", "2026-01-02T03:04:60Z",
	"2026-01-02T03:04:05Z ", " 2026-01-02T03:04:05Z", "12026-01-02T03:04:05Z", "-026-01-02T03:04:05Z", "2026-01-02T03:04:05ZZ",
};

static void
test_every_day(void)
{
	bool same = true;

	/* Against the C library, beyond a whole 400-year cycle. */
	for (int64_t day = -200000; day < 200000 && same; day += 13) {
		struct timestamp	when = { .seconds = day * 86400 + 3661 }, again;
		struct timestamp_fields	f;
		time_t			seconds = (time_t)when.seconds;
		struct tm		tm;

		(void)gmtime_r(&seconds, &tm);
		timestamp_split(&when, &f);
		same = f.year == tm.tm_year + 1900 && f.month == tm.tm_mon + 1 && f.day == tm.tm_mday && f.hour == 1 &&
		    f.minute == 1 && f.second == 1 && timestamp_make(&f, &again) && again.seconds == when.seconds;
	}
	ok(same, "dates agree with the C library's");
}

static struct timestamp
fixed_clock(void)
{
	return (struct timestamp){ .seconds = 784111777 };
}

int
main(void)
{
	CLEANUP(buf_release) struct buf	out = BUF(200);
	struct error			err = ERROR_INIT;
	struct timestamp		when;

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		const char *printed = good[i].printed != NULL ? good[i].printed : good[i].text;

		if (!succeeds(timestamp_parse(slice_str(good[i].text), &when, &err), err, good[i].text))
			continue;
		ok(when.seconds == good[i].seconds && when.nanoseconds == good[i].nanoseconds && when.offset == good[i].offset,
		    "is the moment it names");
		buf_reset(&out);
		is_int(timestamp_format(&when, &out, &err), 0, "it prints");
		is_slice(buf_slice(&out), slice_str(printed), "in its one spelling");
		buf_reset(&out);
		is_int(timestamp_format_seconds(&when, &out, &err), 0, "and to seconds");
		is_slice(buf_slice(&out), slice_str(good[i].to_seconds != NULL ? good[i].to_seconds : printed), "without fraction");
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		err_reset(&err);
		ok(timestamp_parse(slice_str(bad[i]), &when, &err) == ERR_SYNTAX, "'%s' is refused", bad[i]);
	}
	err_reset(&err);
	test_every_day();
	ok(!timestamp_make(&(struct timestamp_fields){ .year = 10000, .month = 1, .day = 1 }, &when) &&
	    !timestamp_make(&(struct timestamp_fields){ .year = 1, .month = 1, .day = 1, .offset = 1440 }, &when) &&
	    !timestamp_make(&(struct timestamp_fields){ .year = 1, .month = 1, .day = 1, .nanosecond = -1 }, &when),
	    "fields out of range make no time");

	succeeds(timestamp_parse_basic(SLICE("20150830T123600Z"), &when, &err), err, "AWS' form is read");
	is_int(when.seconds, 1440938160, "as the moment it names");
	buf_reset(&out);
	when.offset = 120;
	succeeds(timestamp_format_basic(&when, &out, &err), err, "and printed");
	is_slice(buf_slice(&out), SLICE("20150830T123600Z"), "in UTC, whatever the offset");
	is_int(timestamp_parse_basic(SLICE("20150830T123600"), &when, &err), ERR_SYNTAX, "it needs its Z");
	err_reset(&err);
	is_int(timestamp_parse_basic(SLICE("20150230T123600Z"), &when, &err), ERR_SYNTAX, "and a real date");

	err_reset(&err);
	succeeds(timestamp_parse_http(SLICE("Sun, 06 Nov 1994 08:49:37 GMT"), &when, &err), err, "an HTTP date is read");
	is_int(when.seconds, 784111777, "as the moment it names");
	buf_reset(&out);
	succeeds(timestamp_format_http(&when, &out, &err), err, "and printed");
	is_slice(buf_slice(&out), SLICE("Sun, 06 Nov 1994 08:49:37 GMT"), "with its weekday");
	buf_reset(&out);
	is_int(timestamp_format_http(&(struct timestamp){ .seconds = -86400 }, &out, &err), 0, "also before 1970");
	is_slice(buf_slice(&out), SLICE("Wed, 31 Dec 1969 00:00:00 GMT"), "with the right one");
	is_int(timestamp_parse_http(SLICE("Sun, 06 Nov 1994 08:49:37 UTC"), &when, &err), ERR_SYNTAX, "the zone is GMT");
	err_reset(&err);
	is_int(timestamp_parse_http(SLICE("Sunday, 06-Nov-94 08:49:37 GMT"), &when, &err), ERR_SYNTAX, "obsolete forms are refused");

	ok(timestamp_now().seconds > 1700000000, "the clock runs");
	timestamp_set_clock(fixed_clock);
	is_int(timestamp_now().seconds, 784111777, "unless a test holds it");
	timestamp_set_clock(NULL);
	ok(timestamp_now().seconds > 1700000000, "and lets it go");
	return done_testing();
}
