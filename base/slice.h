#ifndef BASE_SLICE_H
#define BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * Pointer and length that travel together.  A slice owns nothing, may hold NUL bytes and is not
 * terminated.  An empty slice may have a NULL pointer; every function here accepts that.
 */
struct slice {
	const uint8_t	*data;
	size_t		 len;
};

#define SLICE_NONE		((struct slice){ NULL, 0 })
/* A slice over a string literal (never over a pointer). */
#define SLICE(literal)		((struct slice){ (const uint8_t *)("" literal), sizeof(literal) - 1 })
/* The two arguments of "%.*s". */
#define SLICE_ARG(s)		(int)((s).len > INT32_MAX ? INT32_MAX : (s).len), \
				((s).data != NULL ? (const char *)(s).data : "")

static inline struct slice
slice_of(const void *data, size_t len)
{
	return (struct slice){ data, len };
}

/* Over a C string; NULL gives the empty slice. */
static inline struct slice
slice_str(const char *string)
{
	return (struct slice){ (const uint8_t *)string, string != NULL ? strlen(string) : 0 };
}

/* Public data only: secrets are compared with secret_equal(). */
static inline bool
slice_eq(struct slice a, struct slice b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static inline bool
slice_starts(struct slice s, struct slice prefix)
{
	return s.len >= prefix.len && (prefix.len == 0 || memcmp(s.data, prefix.data, prefix.len) == 0);
}

static inline bool
slice_ends(struct slice s, struct slice suffix)
{
	return s.len >= suffix.len &&
	    (suffix.len == 0 || memcmp(s.data + s.len - suffix.len, suffix.data, suffix.len) == 0);
}

/* Bytes [start, end), cut to what is there. */
static inline struct slice
slice_sub(struct slice s, size_t start, size_t end)
{
	if (end > s.len)
		end = s.len;
	if (start > end)
		start = end;
	return (struct slice){ s.data != NULL ? s.data + start : NULL, end - start };
}

static inline struct slice
slice_from(struct slice s, size_t start)
{
	return slice_sub(s, start, s.len);
}

/* The index of the first ${byte} at or after ${start}, or s.len. */
static inline size_t
slice_find(struct slice s, uint8_t byte, size_t start)
{
	const uint8_t *found;

	if (start >= s.len)
		return s.len;
	found = memchr(s.data + start, byte, s.len - start);
	return found != NULL ? (size_t)(found - s.data) : s.len;
}

/* Order by bytes, a prefix before what it begins: less than, equal to or greater than 0. */
static inline int
slice_cmp(struct slice a, struct slice b)
{
	size_t	n = a.len < b.len ? a.len : b.len;
	int	order = n != 0 ? memcmp(a.data, b.data, n) : 0;

	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

/* Without ASCII blanks (space, tab, CR, LF) at both ends. */
struct slice	slice_trim(struct slice s);
/* ASCII letters of either case are equal. */
bool		slice_eq_nocase(struct slice a, struct slice b);
/*
 * Cut the text before the first ${separator} off the front of ${rest} and put it in ${part};
 * without a separator the part is all of it.  Returns false when ${rest} had been used up
 * (its pointer is NULL then), so "while (slice_split(&rest, ',', &part))" visits every part,
 * empty ones included; an empty ${rest} that is not NULL gives one empty part.
 */
bool		slice_split(struct slice *rest, uint8_t separator, struct slice *part);

#endif
