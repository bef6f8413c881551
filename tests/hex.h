#ifndef TESTS_HEX_H
#define TESTS_HEX_H

#include "base/encode.h"
#include "tests/tap.h"

/* Vectors are published in hex: the bytes of ${text}, appended to ${into}; their slice is good until the next call. */
static inline struct slice
unhex(struct buf *into, const char *text)
{
	struct error	err = ERROR_INIT;
	size_t		start = into->len;

	if (hex_decode(slice_str(text), into, &err) != 0)
		bail_out("a vector is not hex");
	return slice_from(buf_slice(into), start);
}

/* ${got} is the bytes that ${hex} spells. */
static inline bool
is_hex(struct slice got, const char *hex, const char *what)
{
	CLEANUP(buf_release) struct buf	text = BUF(1 << 20);
	struct error			err = ERROR_INIT;

	if (hex_encode(got, &text, &err) != 0)
		bail_out("out of memory");
	return is_slice(buf_slice(&text), slice_str(hex), what);
}

#endif
