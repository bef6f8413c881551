#include "base/buf.h"

#include <assert.h>
#include <stdio.h>

#include "base/pages.h"
#include "base/secret.h"

#define BUF_FIRST	64

/* Room for ${more} bytes beyond the length, growing by half so that appending stays linear. */
static int
grow(struct buf *buf, size_t more, struct error *err)
{
	size_t	 need, capacity;
	uint8_t	*data;

	/* By subtraction, so that the test itself cannot overflow. */
	if (more > buf->max - buf->len)
		return err_set(err, ERR_LIMIT, "more than %zu bytes", buf->max);
	need = buf->len + more;
	if (need <= buf->capacity)
		return 0;
	capacity = buf->capacity < BUF_FIRST ? BUF_FIRST : buf->capacity + buf->capacity / 2;
	if (capacity < need)
		capacity = need;
	if (capacity > buf->max)
		capacity = buf->max;
	if ((data = pages_alloc(capacity, buf->secret)) == NULL)
		return err_memory(err);
	if (buf->len > 0)
		(void)memcpy(data, buf->data, buf->len);
	pages_free(buf->data, buf->capacity, buf->capacity, buf->secret);
	buf->data = data;
	buf->capacity = capacity;
	return 0;
}

int
buf_reserve(struct buf *buf, size_t len, uint8_t **room, struct error *err)
{
	int rc = grow(buf, len, err);

	/* Room for nothing in an empty buffer is NULL: adding even 0 to that is undefined. */
	if (rc == 0)
		*room = buf->len > 0 ? buf->data + buf->len : buf->data;
	return rc;
}

int
buf_append(struct buf *buf, struct slice bytes, struct error *err)
{
	int rc;

	if (bytes.len == 0)
		return 0;
	/* Mostly there is room: the capacity is never above the maximum. */
	if (bytes.len > buf->capacity - buf->len && (rc = grow(buf, bytes.len, err)) != 0)
		return rc;
	(void)memcpy(buf->data + buf->len, bytes.data, bytes.len);
	buf->len += bytes.len;
	return 0;
}

int
buf_byte(struct buf *buf, uint8_t byte, struct error *err)
{
	return buf_append(buf, slice_of(&byte, 1), err);
}

int
buf_repeat(struct buf *buf, uint8_t byte, size_t count, struct error *err)
{
	int rc = grow(buf, count, err);

	if (rc != 0 || count == 0)
		return rc;
	(void)memset(buf->data + buf->len, byte, count);
	buf->len += count;
	return 0;
}

int
buf_printf(struct buf *buf, struct error *err, const char *format, ...)
{
	va_list	arguments;
	int	len, rc;

	va_start(arguments, format);
	len = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (len < 0)
		return err_set(err, ERR_INTERNAL, "a message cannot be formatted");
	/* One more byte for vsnprintf's NUL, which is not kept. */
	if ((rc = grow(buf, (size_t)len + 1, err)) != 0)
		return rc;
	va_start(arguments, format);
	(void)vsnprintf((char *)buf->data + buf->len, (size_t)len + 1, format, arguments);
	va_end(arguments);
	buf->len += (size_t)len;
	return 0;
}

int
buf_terminate(struct buf *buf, struct error *err)
{
	int rc = grow(buf, 1, err);

	if (rc == 0)
		buf->data[buf->len] = '\0';
	return rc;
}

void
buf_truncate(struct buf *buf, size_t len)
{
	assert(len <= buf->len);
	if (buf->secret && buf->len > len)
		wipe(buf->data + len, buf->len - len);
	buf->len = len;
}

void
buf_reset(struct buf *buf)
{
	buf_truncate(buf, 0);
}

void
buf_release(struct buf *buf)
{
	pages_free(buf->data, buf->capacity, buf->capacity, buf->secret);
	buf->data = NULL;
	buf->len = buf->capacity = 0;
}
