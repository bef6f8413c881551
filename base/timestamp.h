#ifndef BASE_TIMESTAMP_H
#define BASE_TIMESTAMP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"

/*
 * Points in time, years 0 to 9999, and their published spellings.  The offset that a text was written
 * with is kept, because sops prints and authenticates it; two timestamps are the same moment when
 * seconds and nanoseconds are equal.  No leap seconds, as in every program that we exchange files with.
 */
struct timestamp {
	int64_t		seconds;	/* since 1970-01-01T00:00:00Z */
	uint32_t	nanoseconds;	/* 0 to 999999999 */
	int32_t		offset;		/* minutes east of UTC, -1439 to 1439 */
};

struct timestamp_fields {
	int	year, month, day, hour, minute, second;	/* local time at the offset; month and day from 1 */
	int	nanosecond, offset;
};

/* Whether the fields name a real date and time; ${out} is set only then. */
bool	timestamp_make(const struct timestamp_fields *fields, struct timestamp *out);
void	timestamp_split(const struct timestamp *when, struct timestamp_fields *out);

/*
 * RFC 3339, strictly as sops reads it (sops/FORMAT.md, values of type time): two digits everywhere,
 * upper-case 'T' and 'Z', '.' before any number of fraction digits, of which nine count.  ERR_SYNTAX.
 */
int	timestamp_parse(struct slice text, struct timestamp *out, struct error *err) WARN_UNUSED;
/* RFC 3339 with the fraction's digits up to the last that is not zero, and 'Z' for offset 0. */
int	timestamp_format(const struct timestamp *when, struct buf *out, struct error *err) WARN_UNUSED;
/* The same without any fraction. */
int	timestamp_format_seconds(const struct timestamp *when, struct buf *out, struct error *err) WARN_UNUSED;

/* ISO 8601 basic form as AWS signs it: 20260102T030405Z, always UTC.  ERR_SYNTAX. */
int	timestamp_parse_basic(struct slice text, struct timestamp *out, struct error *err) WARN_UNUSED;
int	timestamp_format_basic(const struct timestamp *when, struct buf *out, struct error *err) WARN_UNUSED;

/* RFC 9110 5.6.7, the form that servers send: "Sun, 06 Nov 1994 08:49:37 GMT".  ERR_SYNTAX. */
int	timestamp_parse_http(struct slice text, struct timestamp *out, struct error *err) WARN_UNUSED;
int	timestamp_format_http(const struct timestamp *when, struct buf *out, struct error *err) WARN_UNUSED;

/* Now, offset 0. */
struct timestamp timestamp_now(void);

/* Tests put a clock of their own behind timestamp_now(); NULL brings the system's back. */
typedef struct timestamp timestamp_clock(void);
void	timestamp_set_clock(timestamp_clock *clock_opt);

#endif
