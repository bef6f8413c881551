#ifndef BASE_STREAM_H
#define BASE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"

/*
 * Bytes that come in pieces, for work in constant memory.  A source can be read twice when it has a
 * rewind function; a sink takes what it is given.  Other modules make their own: put the struct first
 * in a larger one and fill in the functions.
 */
#define STREAM_CHUNK	((size_t)64 * 1024)	/* a good size for the pieces */

struct source {
	/* 1 to ${room} bytes, or none at the end; ${room} is never 0. */
	int	(*read)(struct source *source, uint8_t *into, size_t room, size_t *got, struct error *err);
	/* Back to the first byte; NULL when it can be read only once. */
	int	(*rewind)(struct source *source, struct error *err);
};

struct sink {
	int	(*write)(struct sink *sink, struct slice bytes, struct error *err);
};

/* As many as ${room} bytes; fewer only at the end. */
int	source_read(struct source *source, uint8_t *into, size_t room, size_t *got, struct error *err) WARN_UNUSED;
/* ERR_UNSUPPORTED when the source cannot. */
int	source_rewind(struct source *source, struct error *err) WARN_UNUSED;
/* The rest of it, appended to ${out}, whose maximum bounds it. */
int	source_read_all(struct source *source, struct buf *out, struct error *err) WARN_UNUSED;
int	sink_write(struct sink *sink, struct slice bytes, struct error *err) WARN_UNUSED;

/* Over bytes that stay where they are. */
struct source_memory {
	struct source	source;
	struct slice	bytes;
	size_t		at;
};
void	source_memory_init(struct source_memory *source, struct slice bytes);

/* Over a descriptor, which stays the caller's.  Regular files can be rewound, to where they stood. */
struct source_fd {
	struct source	source;
	int		fd;
	off_t		start;
};
void	source_fd_init(struct source_fd *source, int fd);

/* Appends to a buffer. */
struct sink_buf {
	struct sink	 sink;
	struct buf	*buf;
};
void	sink_buf_init(struct sink_buf *sink, struct buf *buf);

/* Writes to a descriptor, which stays the caller's. */
struct sink_fd {
	struct sink	sink;
	int		fd;
};
void	sink_fd_init(struct sink_fd *sink, int fd);

#endif
