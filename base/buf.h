#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/slice.h"

/*
 * The one growable byte buffer.  Each is born with a maximum, so hostile input ends in ERR_LIMIT and
 * not in swap.  A secret buffer is kept out of core dumps, locked where the limit allows, and wiped
 * when it is released, reset, truncated or moved by growing (allocate, copy, wipe, free: never
 * realloc).  Initialise with BUF(max) or BUF_SECRET(max); buf_release() empties it for good.
 */
struct buf {
	uint8_t	*data;
	size_t	 len, capacity, max;
	bool	 secret;
};

#define BUF(maximum)		((struct buf){ .max = (maximum), .secret = false })
#define BUF_SECRET(maximum)	((struct buf){ .max = (maximum), .secret = true })

/* Each of these fails with ERR_LIMIT or ERR_MEMORY and then leaves the buffer as it was. */
int	buf_append(struct buf *buf, struct slice bytes, struct error *err) WARN_UNUSED;
int	buf_byte(struct buf *buf, uint8_t byte, struct error *err) WARN_UNUSED;
int	buf_repeat(struct buf *buf, uint8_t byte, size_t count, struct error *err) WARN_UNUSED;
int	buf_printf(struct buf *buf, struct error *err, const char *format, ...) PRINTF_LIKE(3, 4) WARN_UNUSED;
/* Make room for ${len} more bytes; ${room} then points at buf->data + buf->len.  Add to buf->len what was used. */
int	buf_reserve(struct buf *buf, size_t len, uint8_t **room, struct error *err) WARN_UNUSED;
/* A NUL after the bytes, not counted in the length: the result is a C string when the bytes hold none. */
int	buf_terminate(struct buf *buf, struct error *err) WARN_UNUSED;

void	buf_truncate(struct buf *buf, size_t len);	/* to at most its present length */
void	buf_reset(struct buf *buf);			/* empty, memory kept for reuse */
void	buf_release(struct buf *buf);

static inline struct slice
buf_slice(const struct buf *buf)
{
	return slice_of(buf->data, buf->len);
}

static inline int WARN_UNUSED
buf_str(struct buf *buf, const char *string, struct error *err)
{
	return buf_append(buf, slice_str(string), err);
}

#endif
