#ifndef BASE_NUM_H
#define BASE_NUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

/*
 * Size arithmetic that cannot overflow in silence, text to number through one function with a range,
 * and byte order spelled out.
 */

/* True when a + b (a * b) does not fit; *out is set only when it does. */
static inline bool
size_add_overflows(size_t a, size_t b, size_t *out)
{
	return __builtin_add_overflow(a, b, out);
}

static inline bool
size_mul_overflows(size_t a, size_t b, size_t *out)
{
	return __builtin_mul_overflow(a, b, out);
}

/*
 * num_parse(text, min, max, out):
 * A decimal integer: an optional single '-', then digits only, all of ${text}.  Returns false, with
 * ${out} untouched, when it is anything else or outside [min, max].
 */
bool	num_parse(struct slice text, int64_t min, int64_t max, int64_t *out);

static inline uint32_t
be32_load(const uint8_t p[static 4])
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline void
be32_store(uint8_t p[static 4], uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

#endif
