#include "base/timestamp.h"

#include <time.h>

#define SECONDS_PER_DAY	86400

static timestamp_clock *test_clock;

/* --- calendar: days since 1970-01-01 of the proleptic Gregorian calendar ------------------------------------------ */

/*
 * Years are counted from March, so that the leap day is the last of its year; 400 years are 146097
 * days.  Years before 0 do not occur here.
 */
static int64_t
days_from_date(int year, int month, int day)
{
	int64_t	y = month > 2 ? year : year - 1, era = (y >= 0 ? y : y - 399) / 400, of_era = y - era * 400;
	int64_t	of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void
date_from_days(int64_t days, struct timestamp_fields *out)
{
	int64_t	z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097, of_era = z - era * 146097;
	int64_t	year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t	of_year = of_era - (365 * year + year / 4 - year / 100), month = (5 * of_year + 2) / 153;

	out->day = (int)(of_year - (153 * month + 2) / 5 + 1);
	out->month = (int)(month < 10 ? month + 3 : month - 9);
	out->year = (int)(year + era * 400 + (out->month <= 2));
}

static int
days_of_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool		 leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return month == 2 && leap ? 29 : days[month - 1];
}

bool
timestamp_make(const struct timestamp_fields *f, struct timestamp *out)
{
	if (f->year < 0 || f->year > 9999 || f->month < 1 || f->month > 12 || f->day < 1 ||
	    f->day > days_of_month(f->year, f->month))
		return false;
	if (f->hour < 0 || f->hour > 23 || f->minute < 0 || f->minute > 59 || f->second < 0 || f->second > 59 ||
	    f->nanosecond < 0 || f->nanosecond > 999999999 || f->offset < -1439 || f->offset > 1439)
		return false;
	out->seconds = days_from_date(f->year, f->month, f->day) * SECONDS_PER_DAY +
	    f->hour * 3600 + f->minute * 60 + f->second - f->offset * 60;
	out->nanoseconds = (uint32_t)f->nanosecond;
	out->offset = f->offset;
	return true;
}

void
timestamp_split(const struct timestamp *when, struct timestamp_fields *out)
{
	int64_t	local = when->seconds + when->offset * 60, days = local / SECONDS_PER_DAY;
	int	rest = (int)(local % SECONDS_PER_DAY);

	if (rest < 0) {
		rest += SECONDS_PER_DAY;
		days--;
	}
	date_from_days(days, out);
	out->hour = rest / 3600;
	out->minute = rest / 60 % 60;
	out->second = rest % 60;
	out->nanosecond = (int)when->nanoseconds;
	out->offset = when->offset;
}

/* --- text ---------------------------------------------------------------------------------------------------------- */

/* Exactly ${count} digits off the front. */
static bool
take_digits(struct slice *text, size_t count, int *out)
{
	int value = 0;

	if (text->len < count)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (text->data[i] < '0' || text->data[i] > '9')
			return false;
		value = value * 10 + (text->data[i] - '0');
	}
	*text = slice_from(*text, count);
	*out = value;
	return true;
}

static bool
take(struct slice *text, const char *literal)
{
	struct slice want = slice_str(literal);

	if (!slice_starts(*text, want))
		return false;
	*text = slice_from(*text, want.len);
	return true;
}

/* The digits after the point: nine count, more are dropped. */
static bool
take_fraction(struct slice *text, int *out)
{
	size_t	digits = 0;
	int	value = 0;

	for (; digits < text->len && text->data[digits] >= '0' && text->data[digits] <= '9'; digits++)
		if (digits < 9)
			value = value * 10 + (text->data[digits] - '0');
	if (digits == 0)
		return false;
	for (size_t i = digits; i < 9; i++)
		value *= 10;
	*text = slice_from(*text, digits);
	*out = value;
	return true;
}

static bool
take_offset(struct slice *text, int *out)
{
	int hours, minutes, sign;

	if (take(text, "Z")) {
		*out = 0;
		return true;
	}
	sign = slice_starts(*text, SLICE("-")) ? -1 : 1;
	if (!take(text, "-") && !take(text, "+"))
		return false;
	if (!take_digits(text, 2, &hours) || !take(text, ":") || !take_digits(text, 2, &minutes))
		return false;
	if (hours > 23 || minutes > 59)
		return false;
	*out = sign * (hours * 60 + minutes);
	return true;
}

static bool
take_clock(struct slice *text, struct timestamp_fields *f)
{
	return take_digits(text, 2, &f->hour) && take(text, ":") && take_digits(text, 2, &f->minute) &&
	    take(text, ":") && take_digits(text, 2, &f->second);
}

int
timestamp_parse(struct slice text, struct timestamp *out, struct error *err)
{
	struct timestamp_fields	f = { 0 };
	struct slice		rest = text;

	if (take_digits(&rest, 4, &f.year) && take(&rest, "-") && take_digits(&rest, 2, &f.month) && take(&rest, "-") &&
	    take_digits(&rest, 2, &f.day) && take(&rest, "T") && take_clock(&rest, &f) &&
	    (!take(&rest, ".") || take_fraction(&rest, &f.nanosecond)) && take_offset(&rest, &f.offset) &&
	    rest.len == 0 && timestamp_make(&f, out))
		return 0;
	return err_set(err, ERR_SYNTAX, "not an RFC 3339 time, such as 2006-01-02T15:04:05Z");
}

static int
format_offset(int offset, struct buf *out, struct error *err)
{
	int minutes = offset < 0 ? -offset : offset;

	if (offset == 0)
		return buf_byte(out, 'Z', err);
	return buf_printf(out, err, "%c%02d:%02d", offset < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

static int
format(const struct timestamp *when, bool fraction, struct buf *out, struct error *err)
{
	struct timestamp_fields	f;
	size_t			start = out->len;
	int			rc;

	timestamp_split(when, &f);
	rc = buf_printf(out, err, "%04d-%02d-%02dT%02d:%02d:%02d", f.year, f.month, f.day, f.hour, f.minute, f.second);
	if (rc == 0 && fraction && f.nanosecond != 0) {
		int	digits = 9, value = f.nanosecond;

		for (; value % 10 == 0; value /= 10)
			digits--;
		rc = buf_printf(out, err, ".%0*d", digits, value);
	}
	if (rc == 0)
		rc = format_offset(f.offset, out, err);
	if (rc != 0)
		buf_truncate(out, start);
	return rc;
}

int
timestamp_format(const struct timestamp *when, struct buf *out, struct error *err)
{
	return format(when, true, out, err);
}

int
timestamp_format_seconds(const struct timestamp *when, struct buf *out, struct error *err)
{
	return format(when, false, out, err);
}

int
timestamp_parse_basic(struct slice text, struct timestamp *out, struct error *err)
{
	struct timestamp_fields	f = { 0 };
	struct slice		rest = text;

	if (take_digits(&rest, 4, &f.year) && take_digits(&rest, 2, &f.month) && take_digits(&rest, 2, &f.day) &&
	    take(&rest, "T") && take_digits(&rest, 2, &f.hour) && take_digits(&rest, 2, &f.minute) &&
	    take_digits(&rest, 2, &f.second) && take(&rest, "Z") && rest.len == 0 && timestamp_make(&f, out))
		return 0;
	return err_set(err, ERR_SYNTAX, "not a time such as 20060102T150405Z");
}

int
timestamp_format_basic(const struct timestamp *when, struct buf *out, struct error *err)
{
	struct timestamp	utc = { .seconds = when->seconds };
	struct timestamp_fields	f;

	timestamp_split(&utc, &f);
	return buf_printf(out, err, "%04d%02d%02dT%02d%02d%02dZ", f.year, f.month, f.day, f.hour, f.minute, f.second);
}

static const char *const month_names[] = {
	"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
};
static const char *const day_names[] = { "Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed" };	/* from 1970-01-01 */

static bool
take_name(struct slice *text, const char *const *names, size_t count, int *index)
{
	for (size_t i = 0; i < count; i++)
		if (take(text, names[i])) {
			*index = (int)i;
			return true;
		}
	return false;
}

int
timestamp_parse_http(struct slice text, struct timestamp *out, struct error *err)
{
	struct timestamp_fields	f = { 0 };
	struct slice		rest = text;
	int			weekday;

	/* A weekday that contradicts the date is not worth refusing a server's clock for. */
	if (take_name(&rest, day_names, 7, &weekday) && take(&rest, ", ") && take_digits(&rest, 2, &f.day) &&
	    take(&rest, " ") && take_name(&rest, month_names, 12, &f.month) && take(&rest, " ") &&
	    take_digits(&rest, 4, &f.year) && take(&rest, " ") && take_clock(&rest, &f) && take(&rest, " GMT") &&
	    rest.len == 0) {
		f.month++;
		if (timestamp_make(&f, out))
			return 0;
	}
	return err_set(err, ERR_SYNTAX, "not an HTTP date");
}

int
timestamp_format_http(const struct timestamp *when, struct buf *out, struct error *err)
{
	struct timestamp	utc = { .seconds = when->seconds };
	struct timestamp_fields	f;
	int64_t			weekday = when->seconds / SECONDS_PER_DAY - (when->seconds % SECONDS_PER_DAY < 0);

	timestamp_split(&utc, &f);
	return buf_printf(out, err, "%s, %02d %s %04d %02d:%02d:%02d GMT", day_names[(weekday % 7 + 7) % 7], f.day,
	    month_names[f.month - 1], f.year, f.hour, f.minute, f.second);
}

/* --- now ----------------------------------------------------------------------------------------------------------- */

struct timestamp
timestamp_now(void)
{
	struct timespec now;

	if (test_clock != NULL)
		return test_clock();
	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (struct timestamp){ .seconds = now.tv_sec, .nanoseconds = (uint32_t)now.tv_nsec };
}

void
timestamp_set_clock(timestamp_clock *clock_opt)
{
	test_clock = clock_opt;
}
