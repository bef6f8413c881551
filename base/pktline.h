#ifndef BASE_PKTLINE_H
#define BASE_PKTLINE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"

/*
 * git's framing (gitprotocol-common): four hexadecimal digits that count themselves and the data;
 * 0000 is a flush packet, 0001 a delimiter.  Spoken with git by the filter process and between our
 * programs and their helpers.  The buffers are secret: plaintext passes through.
 */
#define PKTLINE_MAX	((size_t)65520)		/* a packet, with its four digits */
#define PKTLINE_DATA	(PKTLINE_MAX - 4)	/* what one can hold */

enum pktline_kind {
	PKTLINE_TEXT,		/* data, perhaps none */
	PKTLINE_FLUSH,
	PKTLINE_DELIM,
	PKTLINE_END,		/* the other side closed, between packets */
};

/*
 * pktline_parse(rest, kind, data, err):
 * Cut one packet off the front of ${rest}.  ERR_NOT_FOUND: ${rest} holds only a part of one (none of
 * it was consumed and ${err} is untouched).  ERR_SYNTAX, ERR_LIMIT: never a packet.
 */
int	pktline_parse(struct slice *rest, enum pktline_kind *kind, struct slice *data, struct error *err) WARN_UNUSED;

/* A connection: two descriptors (or one socket twice), which stay the caller's. */
struct pktline;

int	pktline_new(int in, int out, struct pktline **line_out, struct error *err) WARN_UNUSED;
void	pktline_free(struct pktline *line);	/* NULL is fine; what was not sent is lost */
DEFINE_CLEANUP(struct pktline, pktline_free)

/*
 * pktline_read(line, data, err):
 * The next packet; ${data} is valid until the next call and empty unless the kind is PKTLINE_TEXT.
 * What was written is sent before waiting.  ERR_SYNTAX, ERR_LIMIT, ERR_SYSTEM, ERR_TIMEOUT; a
 * connection that ends within a packet is ERR_SYNTAX.
 */
int	pktline_read(struct pktline *line, struct slice *data, struct error *err) WARN_UNUSED;
/* Of the packet that was read last. */
enum pktline_kind	pktline_kind(const struct pktline *line);
/* Without the LF that text packets of git end with. */
struct slice		pktline_chomp(struct slice data);
/* Append all data up to the next flush packet, which is consumed. */
int	pktline_read_all(struct pktline *line, struct buf *out, struct error *err) WARN_UNUSED;

/* Gathered, and sent when much has come together, by pktline_send() or before reading waits. */
int	pktline_write(struct pktline *line, struct slice data, struct error *err) WARN_UNUSED;	/* as many packets as it takes */
int	pktline_printf(struct pktline *line, struct error *err, const char *format, ...) PRINTF_LIKE(3, 4) WARN_UNUSED;	/* one */
int	pktline_flush(struct pktline *line, struct error *err) WARN_UNUSED;			/* 0000 */
int	pktline_delim(struct pktline *line, struct error *err) WARN_UNUSED;			/* 0001 */
int	pktline_send(struct pktline *line, struct error *err) WARN_UNUSED;

/* From now on reading and sending fail with ERR_TIMEOUT after ${ms} in all; 0 takes the deadline away. */
void	pktline_deadline(struct pktline *line, unsigned ms);

#endif
