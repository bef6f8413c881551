#include "crypto/age_header.h"

#include <string.h>

#include "base/encode.h"
#include "base/limits.h"

#define COLUMNS		64
#define LINE_BYTES	48			/* that a full line of base64 holds */

struct reader {
	struct slice		 rest;		/* not read yet */
	bool			 cut;		/* the file goes on behind ${rest}, but a header may not */
	unsigned		 line;		/* the number of the last line read */
	struct age_header	*header;
	struct arena		*arena;
	size_t			 room;		/* stanzas that header->stanza has room for */
};

static int
malformed(const struct reader *reader, const char *what, struct error *err)
{
	return err_set(err, ERR_SYNTAX, "malformed age header, line %u: %s", reader->line, what);
}

/* The next line without its LF.  A CR is part of it, and refused by whatever reads it. */
static int
next_line(struct reader *reader, struct slice *line, struct error *err)
{
	size_t end = slice_find(reader->rest, '\n', 0);

	reader->line++;
	if (end == reader->rest.len) {
		if (reader->cut)
			return err_set(err, ERR_LIMIT, "age header is longer than %zu bytes", LIMIT_AGE_HEADER);
		return malformed(reader, "the file ends in the header", err);
	}
	*line = slice_sub(reader->rest, 0, end);
	reader->rest = slice_from(reader->rest, end + 1);
	return 0;
}

/* "TYPE ARGUMENT ARGUMENT": printable words with one space between them. */
static int
parse_words(struct reader *reader, struct slice words, struct age_stanza *stanza, struct error *err)
{
	struct slice word;

	stanza->words = words;
	while (slice_split(&words, ' ', &word)) {
		if (word.len == 0)
			return malformed(reader, "an empty word in the first line of a stanza", err);
		for (size_t i = 0; i < word.len; i++)
			if (word.data[i] < 0x21 || word.data[i] > 0x7e)
				return malformed(reader, "a character that is not printable", err);
		if (stanza->arguments < AGE_STANZA_ARGUMENTS)
			stanza->argument[stanza->arguments] = word;
		stanza->arguments++;
	}
	return 0;
}

/* Lines of 64 columns; the first shorter one, which may be empty, is the last. */
static int
parse_body(struct reader *reader, struct age_stanza *stanza, struct error *err)
{
	CLEANUP(buf_release) struct buf	body = BUF(LIMIT_AGE_HEADER);
	struct error			reason = ERROR_INIT;
	struct slice			line;
	int				rc;

	do {
		if ((rc = next_line(reader, &line, err)) != 0)
			return rc;
		if (line.len > COLUMNS)
			return malformed(reader, "a line of a body is longer than 64 columns", err);
		if ((rc = base64_decode_as(line, BASE64_NO_PADDING, &body, &reason)) != 0)
			return rc == ERR_SYNTAX ? malformed(reader, "not canonical base64", err) : err_memory(err);
	} while (line.len == COLUMNS);
	return arena_copy(reader->arena, buf_slice(&body), &stanza->body, err);
}

/* One more stanza; the array grows twofold, and the old one stays in the arena until the end. */
static int
add_stanza(struct reader *reader, struct age_stanza **out, struct error *err)
{
	struct age_header	*header = reader->header;
	void			*moved;
	int			 rc;

	if (header->stanzas == LIMIT_AGE_STANZAS)
		return err_set(err, ERR_LIMIT, "age file has more than %d recipients", LIMIT_AGE_STANZAS);
	if (header->stanzas == reader->room) {
		size_t room = reader->room == 0 ? 2 : reader->room * 2;

		if ((rc = arena_alloc(&header->arena, room * sizeof(*header->stanza), &moved, err)) != 0)
			return rc;
		if (header->stanzas > 0)
			(void)memcpy(moved, header->stanza, header->stanzas * sizeof(*header->stanza));
		header->stanza = moved;
		reader->room = room;
	}
	*out = &header->stanza[header->stanzas++];
	return 0;
}

/* "--- MAC": the one argument of the last line. */
static int
parse_mac(struct reader *reader, struct slice line, struct error *err)
{
	CLEANUP(buf_release) struct buf	mac = BUF(LIMIT_AGE_HEADER);
	struct error			reason = ERROR_INIT;

	if (!slice_starts(line, SLICE("--- ")) ||
	    base64_decode_as(slice_from(line, 4), BASE64_NO_PADDING, &mac, &reason) != 0 || mac.len != AGE_MAC_LEN)
		return malformed(reader, "the MAC is not 32 bytes in canonical base64", err);
	(void)memcpy(reader->header->mac, mac.data, AGE_MAC_LEN);
	return 0;
}

int
age_header_parse(struct slice file, struct age_header *header, struct error *err)
{
	struct reader	 reader = { .rest = slice_sub(file, 0, LIMIT_AGE_HEADER), .cut = file.len > LIMIT_AGE_HEADER,
		.line = 1, .header = header, .arena = &header->arena };
	struct slice	 line;
	int		 rc;

	if (!slice_starts(file, SLICE(AGE_INTRO)))
		return err_set(err, ERR_SYNTAX, "not an age file of version 1");
	reader.rest = slice_from(reader.rest, sizeof(AGE_INTRO) - 1);
	for (;;) {
		struct age_stanza *stanza;

		if ((rc = next_line(&reader, &line, err)) != 0)
			return rc;
		if (slice_starts(line, SLICE("---")))
			break;
		if (!slice_starts(line, SLICE("-> ")))
			return malformed(&reader, "neither a stanza nor the MAC begins here", err);
		if ((rc = add_stanza(&reader, &stanza, err)) != 0 ||
		    (rc = parse_words(&reader, slice_from(line, 3), stanza, err)) != 0 ||
		    (rc = parse_body(&reader, stanza, err)) != 0)
			return rc;
	}
	if ((rc = parse_mac(&reader, line, err)) != 0)
		return rc;
	header->covered = slice_of(file.data, (size_t)(line.data - file.data) + 3);
	header->rest = slice_from(file, (size_t)(reader.rest.data - file.data));
	return 0;
}

/* Where a stanza that begins ${text} ends: behind its first short line; 0 when that is not there yet. */
static size_t
stanza_end(struct slice text)
{
	size_t start = slice_find(text, '\n', 0) + 1, end;

	for (; start <= text.len; start = end + 1) {
		end = slice_find(text, '\n', start);
		if (end == text.len)
			return 0;
		if (end - start != COLUMNS)
			return end + 1;
	}
	return 0;
}

int
age_stanza_parse(struct slice text, struct arena *arena, struct age_stanza *out, size_t *used, struct error *err)
{
	struct reader	reader = { .rest = text, .arena = arena };
	struct slice	line;
	int		rc;

	*used = 0;
	*out = (struct age_stanza){ .arguments = 0 };
	if (!slice_starts(text, slice_sub(SLICE("-> "), 0, text.len)))
		return malformed(&reader, "no stanza begins here", err);
	if ((*used = stanza_end(text)) == 0)
		return text.len <= LIMIT_AGE_HEADER ? 0 :
		    err_set(err, ERR_LIMIT, "a stanza is longer than %zu bytes", LIMIT_AGE_HEADER);
	if ((rc = next_line(&reader, &line, err)) != 0 || (rc = parse_words(&reader, slice_from(line, 3), out, err)) != 0)
		return rc;
	return parse_body(&reader, out, err);
}

void
age_header_release(struct age_header *header)
{
	arena_release(&header->arena);
}

int
age_stanza_print(struct slice words, struct slice body, struct buf *header, struct error *err)
{
	int rc;

	if ((rc = buf_str(header, "-> ", err)) != 0 || (rc = buf_append(header, words, err)) != 0)
		return rc;
	/* A body of whole lines is followed by an empty one: the last line is always a short one. */
	for (size_t at = 0; at <= body.len; at += LINE_BYTES)
		if ((rc = buf_byte(header, '\n', err)) != 0 ||
		    (rc = base64_encode_as(slice_sub(body, at, at + LINE_BYTES), BASE64_NO_PADDING, header, err)) != 0)
			return rc;
	return buf_byte(header, '\n', err);
}
