#include "base/stream.h"

#include <errno.h>
#include <unistd.h>

#include "base/file.h"

int
source_read(struct source *source, uint8_t *into, size_t room, size_t *got, struct error *err)
{
	size_t total = 0;

	while (total < room) {
		size_t	n = 0;
		int	rc = source->read(source, into + total, room - total, &n, err);

		if (rc != 0)
			return rc;
		if (n == 0)
			break;
		total += n;
	}
	*got = total;
	return 0;
}

int
source_rewind(struct source *source, struct error *err)
{
	if (source->rewind == NULL)
		return err_set(err, ERR_UNSUPPORTED, "the input can be read only once");
	return source->rewind(source, err);
}

int
source_read_all(struct source *source, struct buf *out, struct error *err)
{
	for (;;) {
		size_t	 room = out->max - out->len, spare = out->capacity - out->len, got = 0;
		uint8_t	*into, probe;
		int	 rc;

		/* A full buffer is no failure when nothing more comes. */
		if (room == 0) {
			if ((rc = source->read(source, &probe, 1, &got, err)) != 0)
				return rc;
			return got == 0 ? 0 : err_set(err, ERR_LIMIT, "more than %zu bytes", out->max);
		}
		/* Room that is there already comes first: growing moves everything. */
		if (spare > 0)
			room = spare;
		else if (room > STREAM_CHUNK)
			room = STREAM_CHUNK;
		if ((rc = buf_reserve(out, room, &into, err)) != 0 ||
		    (rc = source->read(source, into, room, &got, err)) != 0)
			return rc;
		if (got == 0)
			return 0;
		out->len += got;
	}
}

int
sink_write(struct sink *sink, struct slice bytes, struct error *err)
{
	return bytes.len == 0 ? 0 : sink->write(sink, bytes, err);
}

/* --- memory -------------------------------------------------------------------------------------------------------- */

static int
memory_read(struct source *base, uint8_t *into, size_t room, size_t *got, struct error *err UNUSED)
{
	struct source_memory	*source = (struct source_memory *)base;
	struct slice		 piece = slice_sub(source->bytes, source->at, source->bytes.len);

	if (piece.len > room)
		piece.len = room;
	if (piece.len > 0)
		(void)memcpy(into, piece.data, piece.len);
	source->at += piece.len;
	*got = piece.len;
	return 0;
}

static int
memory_rewind(struct source *base, struct error *err UNUSED)
{
	((struct source_memory *)base)->at = 0;
	return 0;
}

void
source_memory_init(struct source_memory *source, struct slice bytes)
{
	*source = (struct source_memory){ .source = { memory_read, memory_rewind }, .bytes = bytes };
}

static int
buf_write(struct sink *base, struct slice bytes, struct error *err)
{
	return buf_append(((struct sink_buf *)base)->buf, bytes, err);
}

void
sink_buf_init(struct sink_buf *sink, struct buf *buf)
{
	*sink = (struct sink_buf){ .sink = { buf_write }, .buf = buf };
}

/* --- descriptors --------------------------------------------------------------------------------------------------- */

static int
fd_read(struct source *base, uint8_t *into, size_t room, size_t *got, struct error *err)
{
	struct source_fd	*source = (struct source_fd *)base;
	ssize_t			 n;

	do
		n = read(source->fd, into, room);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_errno(err, "cannot read");
	*got = (size_t)n;
	return 0;
}

static int
fd_rewind(struct source *base, struct error *err)
{
	struct source_fd *source = (struct source_fd *)base;

	if (lseek(source->fd, source->start, SEEK_SET) < 0)
		return err_errno(err, "cannot go back to the start");
	return 0;
}

void
source_fd_init(struct source_fd *source, int fd)
{
	off_t start = lseek(fd, 0, SEEK_CUR);

	*source = (struct source_fd){ .source = { fd_read, start >= 0 ? fd_rewind : NULL }, .fd = fd, .start = start };
}

static int
fd_write(struct sink *base, struct slice bytes, struct error *err)
{
	return file_write_all(((struct sink_fd *)base)->fd, bytes, err);
}

void
sink_fd_init(struct sink_fd *sink, int fd)
{
	*sink = (struct sink_fd){ .sink = { fd_write }, .fd = fd };
}
