#include "crypto/age_armor.h"

#include "base/encode.h"

#define BEGIN		"-----BEGIN AGE ENCRYPTED FILE-----"
#define END		"-----END AGE ENCRYPTED FILE-----"
#define COLUMNS		64
#define LINE_BYTES	48			/* that a full line of base64 holds */

/* Blanks and line breaks at the beginning of ${text}. */
static size_t
blanks(struct slice text)
{
	size_t n = 0;

	while (n < text.len && n <= AGE_ARMOR_BLANKS &&
	    (text.data[n] == ' ' || text.data[n] == '\t' || text.data[n] == '\r' || text.data[n] == '\n'))
		n++;
	return n;
}

bool
age_armor_recognised(struct slice text)
{
	return slice_starts(slice_from(text, blanks(text)), SLICE("-----BEGIN AGE"));
}

int
age_armor_encode(struct slice file, struct buf *out, struct error *err)
{
	size_t	start = out->len;
	int	rc;

	if ((rc = buf_str(out, BEGIN "\n", err)) != 0)
		return rc;
	for (size_t at = 0; rc == 0 && at < file.len; at += LINE_BYTES)
		if ((rc = base64_encode(slice_sub(file, at, at + LINE_BYTES), out, err)) == 0)
			rc = buf_byte(out, '\n', err);
	if (rc != 0 || (rc = buf_str(out, END "\n", err)) != 0)
		buf_truncate(out, start);
	return rc;
}

static int
malformed(unsigned line, const char *what, struct error *err)
{
	return err_set(err, ERR_SYNTAX, "malformed age armor, line %u: %s", line, what);
}

/* The next line without its LF or CRLF.  Only the last line of all, END, may lack them. */
static bool
next_line(struct slice *rest, struct slice *line)
{
	size_t end = slice_find(*rest, '\n', 0);

	*line = slice_sub(*rest, 0, end);
	if (end == rest->len) {
		*rest = slice_from(*rest, end);
		return slice_eq(*line, SLICE(END));
	}
	if (line->len > 0 && line->data[line->len - 1] == '\r')
		line->len--;
	*rest = slice_from(*rest, end + 1);
	return true;
}

static int
decode_lines(struct slice *rest, struct buf *out, struct error *err)
{
	struct error	reason = ERROR_INIT;
	struct slice	line;
	bool		last = false;
	int		rc;

	for (unsigned number = 2;; number++) {
		size_t before = out->len;

		if (!next_line(rest, &line))
			return malformed(number, "the END line is missing", err);
		if (slice_eq(line, SLICE(END)))
			return 0;
		if (last)
			return malformed(number, "a short line before it is not the last", err);
		if (line.len == 0)
			return malformed(number, "an empty line", err);
		if (line.len > COLUMNS)
			return malformed(number, "a line of more than 64 columns", err);
		if ((rc = base64_decode(line, out, &reason)) == ERR_SYNTAX)
			return malformed(number, "not canonical base64", err);
		if (rc != 0)
			return err_set(err, (enum err_kind)rc, "age file: %s", reason.text);
		last = out->len - before < LINE_BYTES;
	}
}

int
age_armor_decode(struct slice text, struct buf *out, struct error *err)
{
	size_t		start = out->len, leading = blanks(text);
	struct slice	rest = slice_from(text, leading), line;
	int		rc;

	if (leading > AGE_ARMOR_BLANKS || !next_line(&rest, &line) || !slice_eq(line, SLICE(BEGIN)))
		return malformed(1, "the BEGIN line is missing", err);
	if ((rc = decode_lines(&rest, out, err)) == 0) {
		size_t trailing = blanks(rest);

		if (trailing == rest.len && trailing <= AGE_ARMOR_BLANKS)
			return 0;
		rc = err_set(err, ERR_SYNTAX, "malformed age armor: text behind the END line");
	}
	buf_truncate(out, start);
	return rc;
}
