#include "base/pktline.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/pages.h"

#define DIGITS		4
/* Several packets a system call, and always room for a whole one. */
#define ROOM		(2 * PKTLINE_MAX)

struct pktline {
	int			 in, out;
	uint8_t			*read;		/* ROOM bytes; [start, end) not yet parsed */
	size_t			 start, end;
	uint8_t			*written;	/* ROOM bytes; [0, pending) not yet sent */
	size_t			 pending;
	enum pktline_kind	 kind;
	int64_t			 deadline;	/* on the monotonic clock in ms; 0: none */
};

static int
digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int
pktline_parse(struct slice *rest, enum pktline_kind *kind, struct slice *data, struct error *err)
{
	size_t len = 0;

	if (rest->len < DIGITS)
		return ERR_NOT_FOUND;
	for (size_t i = 0; i < DIGITS; i++) {
		int value = digit(rest->data[i]);

		if (value < 0)
			return err_set(err, ERR_SYNTAX, "a packet does not begin with its length");
		len = len << 4 | (size_t)value;
	}
	if (len > PKTLINE_MAX)
		return err_set(err, ERR_LIMIT, "a packet of more than %zu bytes", PKTLINE_MAX);
	if (len == 2 || len == 3)
		return err_set(err, ERR_SYNTAX, "a packet of the impossible length %zu", len);
	if (len < DIGITS) {
		*kind = len == 0 ? PKTLINE_FLUSH : PKTLINE_DELIM;
		*data = SLICE_NONE;
		*rest = slice_from(*rest, DIGITS);
		return 0;
	}
	if (rest->len < len)
		return ERR_NOT_FOUND;
	*kind = PKTLINE_TEXT;
	*data = slice_sub(*rest, DIGITS, len);
	*rest = slice_from(*rest, len);
	return 0;
}

/* --- connections --------------------------------------------------------------------------------------------------- */

int
pktline_new(int in, int out, struct pktline **line_out, struct error *err)
{
	struct pktline *line = calloc(1, sizeof(*line));

	if (line != NULL) {
		*line = (struct pktline){ .in = in, .out = out };
		line->read = pages_alloc(ROOM, true);
		line->written = pages_alloc(ROOM, true);
	}
	if (line == NULL || line->read == NULL || line->written == NULL) {
		pktline_free(line);
		return err_memory(err);
	}
	*line_out = line;
	return 0;
}

void
pktline_free(struct pktline *line)
{
	if (line == NULL)
		return;
	pages_free(line->read, ROOM, ROOM, true);
	pages_free(line->written, ROOM, ROOM, true);
	free(line);
}

static int64_t
now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void
pktline_deadline(struct pktline *line, unsigned ms)
{
	line->deadline = ms == 0 ? 0 : now_ms() + ms;
}

static int
wait_until_ready(const struct pktline *line, int fd, short events, struct error *err)
{
	struct pollfd	poll_fd = { .fd = fd, .events = events };
	int64_t		left = -1;
	int		n;

	do {
		if (line->deadline != 0 && (left = line->deadline - now_ms()) <= 0)
			return err_set(err, ERR_TIMEOUT, "the other side does not answer");
		n = poll(&poll_fd, 1, (int)left);
	} while (n == 0 || (n < 0 && errno == EINTR));
	return n < 0 ? err_errno(err, "cannot wait for the other side") : 0;
}

/* --- reading ------------------------------------------------------------------------------------------------------- */

/* One read() behind what is there; at the end of the stream nothing is added. */
static int
fill(struct pktline *line, struct error *err)
{
	ssize_t	n;
	int	rc;

	if ((rc = pktline_send(line, err)) != 0)
		return rc;
	if (line->start > 0) {
		(void)memmove(line->read, line->read + line->start, line->end - line->start);
		line->end -= line->start;
		line->start = 0;
	}
	do {
		if (line->deadline != 0 && (rc = wait_until_ready(line, line->in, POLLIN, err)) != 0)
			return rc;
		n = read(line->in, line->read + line->end, ROOM - line->end);
		if (n < 0 && errno == EAGAIN && (rc = wait_until_ready(line, line->in, POLLIN, err)) != 0)
			return rc;
	} while (n < 0 && (errno == EINTR || errno == EAGAIN));
	if (n < 0)
		return err_errno(err, "cannot read a packet");
	if (n == 0 && line->end > 0)
		return err_set(err, ERR_SYNTAX, "the connection ended within a packet");
	line->end += (size_t)n;
	return 0;
}

int
pktline_read(struct pktline *line, struct slice *data, struct error *err)
{
	for (;;) {
		struct slice	rest = slice_of(line->read + line->start, line->end - line->start);
		int		rc = pktline_parse(&rest, &line->kind, data, err);

		if (rc != ERR_NOT_FOUND) {
			line->start = line->end - rest.len;
			return rc;
		}
		if ((rc = fill(line, err)) != 0)
			return rc;
		if (line->end == 0) {
			line->kind = PKTLINE_END;
			*data = SLICE_NONE;
			return 0;
		}
	}
}

enum pktline_kind
pktline_kind(const struct pktline *line)
{
	return line->kind;
}

struct slice
pktline_chomp(struct slice data)
{
	return slice_ends(data, SLICE("\n")) ? slice_sub(data, 0, data.len - 1) : data;
}

int
pktline_read_all(struct pktline *line, struct buf *out, struct error *err)
{
	for (;;) {
		struct slice	data;
		int		rc = pktline_read(line, &data, err);

		if (rc != 0)
			return rc;
		if (line->kind == PKTLINE_FLUSH)
			return 0;
		if (line->kind != PKTLINE_TEXT)
			return err_set(err, ERR_SYNTAX, "the connection ended before a flush packet");
		if ((rc = buf_append(out, data, err)) != 0)
			return rc;
	}
}

/* --- writing ------------------------------------------------------------------------------------------------------- */

/* With a deadline never blocking: write() would keep a socket until it took everything. */
static ssize_t
write_some(const struct pktline *line, const uint8_t *bytes, size_t len)
{
	ssize_t n;

	if (line->deadline != 0) {
		n = send(line->out, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n >= 0 || errno != ENOTSOCK)
			return n;
	}
	return write(line->out, bytes, len);
}

int
pktline_send(struct pktline *line, struct error *err)
{
	size_t sent = 0;

	while (sent < line->pending) {
		ssize_t	n = write_some(line, line->written + sent, line->pending - sent);
		int	rc;

		if (n < 0 && errno == EAGAIN && (rc = wait_until_ready(line, line->out, POLLOUT, err)) != 0)
			return rc;
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return err_errno(err, "cannot send a packet");
		sent += n > 0 ? (size_t)n : 0;
	}
	line->pending = 0;
	return 0;
}

/* Digits and data together never span two sends. */
static int
put(struct pktline *line, size_t len, struct slice data, struct error *err)
{
	static const char	hex[] = "0123456789abcdef";
	uint8_t			*to;
	int			 rc;

	if (DIGITS + data.len > ROOM - line->pending && (rc = pktline_send(line, err)) != 0)
		return rc;
	to = line->written + line->pending;
	for (size_t i = 0; i < DIGITS; i++)
		to[i] = (uint8_t)hex[len >> (12 - 4 * i) & 15];
	if (data.len > 0)
		(void)memcpy(to + DIGITS, data.data, data.len);
	line->pending += DIGITS + data.len;
	return 0;
}

int
pktline_write(struct pktline *line, struct slice data, struct error *err)
{
	while (data.len > 0) {
		struct slice	piece = slice_sub(data, 0, PKTLINE_DATA);
		int		rc = put(line, DIGITS + piece.len, piece, err);

		if (rc != 0)
			return rc;
		data = slice_from(data, piece.len);
	}
	return 0;
}

int
pktline_printf(struct pktline *line, struct error *err, const char *format, ...)
{
	char	text[1024];
	va_list	arguments;
	int	len;

	va_start(arguments, format);
	len = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (len < 0 || (size_t)len >= sizeof(text))
		return err_set(err, ERR_LIMIT, "a line of more than %zu bytes", sizeof(text) - 1);
	return put(line, DIGITS + (size_t)len, slice_of(text, (size_t)len), err);
}

int
pktline_flush(struct pktline *line, struct error *err)
{
	return put(line, 0, SLICE_NONE, err);
}

int
pktline_delim(struct pktline *line, struct error *err)
{
	return put(line, 1, SLICE_NONE, err);
}
