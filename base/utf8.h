#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/slice.h"

/*
 * Code points and their UTF-8 form (RFC 3629: no overlong forms, no surrogates, nothing above
 * U+10FFFF).  What YAML or JSON allow beyond that is their printers' business.
 */

/* The first code point of ${s}: its length in bytes, 1 to 4, and ${out}; or 0 when ${s} is empty or begins ill-formed. */
size_t	utf8_decode(struct slice s, uint32_t *out);
/* The bytes of a code point: their number, 1 to 4, or 0 for a surrogate or a number that is too large. */
size_t	utf8_encode(uint32_t point, uint8_t out[static 4]);

/* The index of the first byte that is not part of well-formed text; s.len when all of it is. */
size_t	utf8_check(struct slice s);

static inline bool
utf8_valid(struct slice s)
{
	return utf8_check(s) == s.len;
}

/* The number of code points: columns in messages.  A byte that is part of none counts as one. */
size_t	utf8_count(struct slice s);

/*
 * Whether a code point may go to a terminal or into a line of text as it is: no control character
 * (tab and line breaks included), no line or paragraph separator, nothing that reorders or hides the
 * text around it (bidirectional controls, BOM), no noncharacter.
 */
bool	utf8_is_printable(uint32_t point);

#endif
