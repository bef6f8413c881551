#include "gitfilter/process.h"

#include <string.h>

#include "base/buf.h"
#include "base/limits.h"

#define PATH_LENGTH_MAX	(64 * KIB)
#define LINES_MAX	1000		/* of one list: git sends a handful */

/* --- reading -------------------------------------------------------------------------------------- */

/* A text packet of a list; false at the flush that ends it. */
static int
read_line(struct pktline *line, struct slice *text, bool *more, struct error *err)
{
	int rc = pktline_read(line, text, err);

	if (rc != 0)
		return rc;
	*more = pktline_kind(line) == PKTLINE_TEXT;
	if (!*more && pktline_kind(line) != PKTLINE_FLUSH)
		return err_set(err, ERR_SYNTAX, "git's filter protocol: the connection ends within a list");
	*text = pktline_chomp(*text);
	return 0;
}

/* The content of the file that was announced, up to its flush. */
struct content {
	struct source	 source;
	struct pktline	*line;
	struct slice	 rest;		/* of the packet that was read last */
	bool		 ended;
	int		 failed;	/* the connection itself */
};

/* The next packet, into ${content}->rest. */
static int
content_packet(struct content *content, struct error *err)
{
	int rc = pktline_read(content->line, &content->rest, err);

	if (rc == 0 && pktline_kind(content->line) == PKTLINE_FLUSH)
		content->ended = true;
	else if (rc == 0 && pktline_kind(content->line) != PKTLINE_TEXT)
		rc = err_set(err, ERR_SYNTAX, "git's filter protocol: the connection ends within a file");
	return content->failed = rc;
}

static int
content_read(struct source *source, uint8_t *into, size_t room, size_t *got, struct error *err)
{
	struct content	*content = (struct content *)(void *)source;
	struct slice	 part;
	int		 rc;

	while (content->rest.len == 0 && !content->ended)
		if ((rc = content_packet(content, err)) != 0)
			return rc;
	part = slice_sub(content->rest, 0, room);
	if (part.len > 0)
		(void)memcpy(into, part.data, part.len);
	content->rest = slice_from(content->rest, part.len);
	*got = part.len;
	return 0;
}

/* After a failure that left content unread: the next request begins behind it. */
static int
content_skip(struct content *content, struct error *err)
{
	int rc;

	while (!content->ended)
		if ((rc = content_packet(content, err)) != 0)
			return rc;
	return 0;
}

/* --- answering ------------------------------------------------------------------------------------ */

/* "success" goes out with the first byte of content, so a failure before it is told as what it is. */
struct answer {
	struct sink	 sink;
	struct pktline	*line;
	bool		 begun;
	int		 failed;	/* the connection itself */
};

static int
answer_begin(struct answer *answer, const char *status, struct error *err)
{
	int rc;

	answer->begun = true;
	if ((rc = pktline_printf(answer->line, err, "status=%s\n", status)) != 0)
		return rc;
	return pktline_flush(answer->line, err);
}

static int
answer_write(struct sink *sink, struct slice bytes, struct error *err)
{
	struct answer	*answer = (struct answer *)(void *)sink;
	int		 rc = 0;

	if (bytes.len == 0)
		return 0;
	if (!answer->begun)
		rc = answer_begin(answer, "success", err);
	if (rc == 0)
		rc = pktline_write(answer->line, bytes, err);
	return answer->failed = rc;
}

static int
answer_end(struct answer *answer, bool success, struct error *err)
{
	int rc = 0;

	if (!answer->begun) {
		rc = answer_begin(answer, success ? "success" : "error", err);
		if (rc != 0 || !success)
			return rc;
	}
	/* The end of the content, then a last list: empty when the first status stands. */
	if ((rc = pktline_flush(answer->line, err)) != 0)
		return rc;
	if (!success && (rc = pktline_printf(answer->line, err, "status=error\n")) != 0)
		return rc;
	return pktline_flush(answer->line, err);
}

/* --- the protocol --------------------------------------------------------------------------------- */

/* Each line of a list in turn; false at its end. */
static int
list_line(struct pktline *line, int *count, struct slice *text, bool *more, struct error *err)
{
	if (++*count > LINES_MAX)
		return err_set(err, ERR_LIMIT, "git's filter protocol: more than %d lines in a list", LINES_MAX);
	return read_line(line, text, more, err);
}

static int
handshake(struct pktline *line, struct error *err)
{
	bool		more, client = false, version = false, clean = false, smudge = false;
	struct slice	text;
	int		rc, count = 0;

	while ((rc = list_line(line, &count, &text, &more, err)) == 0 && more) {
		client |= count == 1 && slice_eq(text, SLICE("git-filter-client"));
		version |= slice_eq(text, SLICE("version=2"));
	}
	if (rc != 0)
		return rc;
	if (!client || !version) {
		(void)err_set(err, ERR_SYNTAX, "this is not git's filter protocol, version 2");
		return err_hint(err, "git starts this program; it is not run by hand");
	}
	if ((rc = pktline_printf(line, err, "git-filter-server\n")) != 0 ||
	    (rc = pktline_printf(line, err, "version=2\n")) != 0 || (rc = pktline_flush(line, err)) != 0)
		return rc;
	count = 0;
	while ((rc = list_line(line, &count, &text, &more, err)) == 0 && more) {
		clean |= slice_eq(text, SLICE("capability=clean"));
		smudge |= slice_eq(text, SLICE("capability=smudge"));
	}
	/* Claiming what was not offered is fatal to git. */
	if (rc != 0 || (clean && (rc = pktline_printf(line, err, "capability=clean\n")) != 0) ||
	    (smudge && (rc = pktline_printf(line, err, "capability=smudge\n")) != 0))
		return rc;
	return pktline_flush(line, err);
}

struct request {
	enum { REQUEST_CLEAN, REQUEST_SMUDGE, REQUEST_OTHER } command;
	struct buf	path;
};

static int
request_line(struct request *request, struct slice text, struct error *err)
{
	if (slice_eq(text, SLICE("command=clean")))
		request->command = REQUEST_CLEAN;
	else if (slice_eq(text, SLICE("command=smudge")))
		request->command = REQUEST_SMUDGE;
	if (!slice_starts(text, SLICE("pathname=")))
		return 0;
	buf_reset(&request->path);
	return buf_append(&request->path, slice_from(text, strlen("pathname=")), err);
}

/* The list that announces a file; ${more} is false when git is done. */
static int
read_request(struct pktline *line, struct request *request, bool *more, struct error *err)
{
	struct slice	text;
	bool		within = true;
	int		rc, count = 0;

	request->command = REQUEST_OTHER;
	buf_reset(&request->path);
	if ((rc = pktline_read(line, &text, err)) != 0)
		return rc;
	*more = pktline_kind(line) != PKTLINE_END;
	if (!*more)
		return 0;
	if (pktline_kind(line) == PKTLINE_TEXT)
		for (text = pktline_chomp(text); within;) {
			if ((rc = request_line(request, text, err)) != 0 || (rc = list_line(line, &count, &text, &within, err)) != 0)
				return rc;
		}
	/* Whether content follows an unknown command, nobody can tell: waiting for it might last for ever. */
	if (request->command == REQUEST_OTHER)
		return err_set(err, ERR_UNSUPPORTED, "git's filter protocol: an unknown command");
	return 0;
}

/* Without a filter ${failure} holds the reason already. */
static int
convert(struct filter *filter, const struct request *request, struct content *content, struct answer *answer,
    enum filter_result *result, struct error *failure)
{
	if (filter == NULL)
		return (int)failure->kind;
	if (request->command == REQUEST_CLEAN)
		return filter_clean(filter, buf_slice(&request->path), &content->source, &answer->sink, result, failure);
	return filter_smudge(filter, &content->source, &answer->sink, result, failure);
}

static int
serve_file(struct pktline *line, struct filter *filter, const struct error *broken_opt, const struct request *request,
    process_report *report, struct error *err)
{
	struct content		content = { .source = { content_read, NULL }, .line = line };
	struct answer		answer = { .sink = { answer_write }, .line = line };
	enum filter_result	result = FILTER_PASSED;
	struct error		failure = broken_opt != NULL ? *broken_opt : ERROR_INIT;
	int			rc = convert(filter, request, &content, &answer, &result, &failure);

	if (answer.failed != 0 || content.failed != 0) {
		*err = failure;
		return rc;
	}
	if (rc != 0 || result == FILTER_PLAINTEXT)
		report(buf_slice(&request->path), rc != 0 ? &failure : NULL);
	if ((rc = content_skip(&content, err)) != 0)
		return rc;
	return answer_end(&answer, failure.kind == ERR_NONE, err);
}

static void
request_release(struct request *request)
{
	buf_release(&request->path);
}

int
process_serve(struct pktline *line, struct filter *filter, const struct error *broken_opt, process_report *report,
    struct error *err)
{
	CLEANUP(request_release) struct request	request = { .path = BUF(PATH_LENGTH_MAX) };
	bool					more;
	int					rc;

	if ((rc = handshake(line, err)) != 0)
		return rc;
	for (;;) {
		if ((rc = read_request(line, &request, &more, err)) != 0)
			return rc;
		if (!more)
			return 0;
		if ((rc = serve_file(line, filter, broken_opt, &request, report, err)) != 0)
			return rc;
	}
}
