#include "gitfilter/blobs.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/num.h"
#include "gitfilter/gitcmd.h"
#include "gitfilter/partial.h"

#define BATCH_MAX	(32 * MIB)	/* of content in one answer, unless one blob alone is larger */
#define HEADER_MAX	128		/* "ID blob SIZE" with room to spare */

/* ERR_CHILD for anything that git would never say. */
static int
unreadable(struct error *err)
{
	return err_set(err, ERR_CHILD, "'git cat-file' gave an answer that cannot be read");
}

/* "ID blob SIZE" (or another type), or "ID missing": then the size is UINT64_MAX. */
static int
parse_header(struct slice line, uint64_t *size, struct error *err)
{
	struct slice	id, type;
	int64_t		number;

	if (!slice_split(&line, ' ', &id) || !slice_split(&line, ' ', &type))
		return unreadable(err);
	*size = UINT64_MAX;
	if (slice_eq(type, SLICE("missing")))
		return 0;
	if (line.data == NULL || !num_parse(line, 0, INT64_MAX, &number))
		return unreadable(err);
	*size = (uint64_t)number;
	return 0;
}

static bool
next_line(struct slice *rest, struct slice *line)
{
	size_t end = slice_find(*rest, '\n', 0);

	if (end == rest->len)
		return false;
	*line = slice_sub(*rest, 0, end);
	*rest = slice_from(*rest, end + 1);
	return true;
}

static int
question(const struct slice *ids, size_t count, struct buf *out, struct error *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < count; i++)
		if ((rc = buf_append(out, ids[i], err)) == 0)
			rc = buf_byte(out, '\n', err);
	return rc;
}

static int
ask_sizes(const struct slice *ids, size_t count, uint64_t *sizes, struct error *err)
{
	CLEANUP(buf_release) struct buf	ask = BUF(512 * MIB), answer = BUF(512 * MIB);
	struct slice			rest, line;
	int				rc;

	if ((rc = question(ids, count, &ask, err)) != 0 ||
	    (rc = gitcmd_run((const char *const[]){ "cat-file", "--batch-check", "--buffer", NULL }, buf_slice(&ask), &answer, err)) != 0)
		return rc;
	rest = buf_slice(&answer);
	for (size_t i = 0; i < count; i++)
		if (!next_line(&rest, &line) || parse_header(line, &sizes[i], err) != 0)
			return unreadable(err);
	return 0;
}

struct visitor {
	blobs_visit	*visit;
	void		*context;
};

/* One answer of git's for blobs [first, first + count), all of them there and not too large. */
static int
batch(const struct slice *ids, size_t first, size_t count, uint64_t total, const struct visitor *visitor, struct error *err)
{
	CLEANUP(buf_release) struct buf	ask = BUF(512 * MIB), answer = BUF(total + count * HEADER_MAX);
	struct slice			rest, line;
	uint64_t			size;
	int				rc;

	if (count == 0)
		return 0;
	if ((rc = question(ids + first, count, &ask, err)) != 0 ||
	    (rc = gitcmd_run((const char *const[]){ "cat-file", "--batch", "--buffer", NULL }, buf_slice(&ask), &answer, err)) != 0)
		return rc;
	rest = buf_slice(&answer);
	for (size_t i = 0; i < count; i++) {
		if (!next_line(&rest, &line) || parse_header(line, &size, err) != 0 || size >= rest.len)
			return unreadable(err);
		if ((rc = visitor->visit(visitor->context, first + i, slice_sub(rest, 0, (size_t)size), size, err)) != 0)
			return rc;
		rest = slice_from(rest, (size_t)size + 1);
	}
	return 0;
}

static void
free_sizes(uint64_t **sizes)
{
	free(*sizes);
}

int
blobs_each(const struct slice *ids, size_t count, blobs_visit *visit, void *context, struct error *err)
{
	CLEANUP(free_sizes) uint64_t	*sizes = calloc(count + 1, sizeof(*sizes));
	const struct visitor		 visitor = { visit, context };
	uint64_t			 total = 0;
	size_t				 first = 0, i;
	int				 rc;

	if (sizes == NULL)
		return err_memory(err);
	if (count == 0)
		return 0;
	if ((rc = partial_fetch(ids, count, err)) != 0 || (rc = ask_sizes(ids, count, sizes, err)) != 0)
		return rc;
	for (i = 0; i < count; i++) {
		bool skip = sizes[i] > BLOBS_SIZE_MAX;

		/* A batch ends before what cannot be fetched and before it grows too large. */
		if (skip || (i > first && (total > BATCH_MAX || sizes[i] > BATCH_MAX - total))) {
			if ((rc = batch(ids, first, i - first, total, &visitor, err)) != 0)
				return rc;
			first = i;
			total = 0;
		}
		if (skip) {
			if ((rc = visit(context, i, SLICE_NONE, sizes[i], err)) != 0)
				return rc;
			first = i + 1;
		} else {
			total += sizes[i];
		}
	}
	return batch(ids, first, i - first, total, &visitor, err);
}
