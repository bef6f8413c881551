#include "gitfilter/blobs.h"

#include <stdbool.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/num.h"
#include "gitfilter/gitcmd.h"
#include "gitfilter/partial.h"
#include "gitfilter/repo.h"

#define BATCH_MAX	(32 * MIB)	/* of content in one answer, unless one blob alone is larger */
#define GROUP		((size_t)1024)	/* blobs of one question */
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
	    (rc = gitcmd_run((const char *const[]){ "cat-file", "--batch-check", "--buffer", NULL },
	    buf_slice(&ask), &answer, err)) != 0)
		return rc;
	rest = buf_slice(&answer);
	for (size_t i = 0; i < count; i++)
		if (!next_line(&rest, &line) || parse_header(line, &sizes[i], err) != 0)
			return unreadable(err);
	return 0;
}

/* The question of one visit. */
struct visit {
	const struct slice	*ids;
	blobs_visit		*visit;
	void			*context;
	bool			 begun;		/* somebody has been told something */
};

/* Tell the visitor of each answer to the question for blobs [first, first + count). */
static int
answers(struct visit *of, size_t first, size_t count, struct slice rest, struct error *err)
{
	struct slice	line, bytes;
	uint64_t	size;
	int		rc;

	of->begun = true;
	for (size_t i = 0; i < count; i++) {
		if (!next_line(&rest, &line) || parse_header(line, &size, err) != 0 ||
		    (size != UINT64_MAX && size >= rest.len))
			return unreadable(err);
		bytes = size != UINT64_MAX ? slice_sub(rest, 0, (size_t)size) : SLICE_NONE;
		if ((rc = of->visit(of->context, first + i, bytes, size, err)) != 0)
			return rc;
		if (size != UINT64_MAX)
			rest = slice_from(rest, (size_t)size + 1);
	}
	return 0;
}

/* One answer of git's for all of them; ERR_LIMIT, with nothing begun, when it is larger than ${most}. */
static int
batch(struct visit *of, size_t first, size_t count, size_t most, struct error *err)
{
	CLEANUP(buf_release) struct buf	ask = BUF(512 * MIB), answer = BUF(most);
	int				rc;

	if (count == 0)
		return 0;
	if ((rc = question(of->ids + first, count, &ask, err)) != 0 ||
	    (rc = gitcmd_run((const char *const[]){ "cat-file", "--batch", "--buffer", NULL }, buf_slice(&ask),
	    &answer, err)) != 0)
		return rc;
	return answers(of, first, count, buf_slice(&answer), err);
}

/* Large ones among them: ask for their sizes, then for as many at a time as fit. */
static int
by_size(struct visit *of, size_t start, size_t count, struct error *err)
{
	uint64_t	sizes[GROUP], total = 0;
	size_t		first = 0, i;
	int		rc;

	if ((rc = ask_sizes(of->ids + start, count, sizes, err)) != 0)
		return rc;
	for (i = 0; i < count; i++) {
		bool skip = sizes[i] > BLOBS_SIZE_MAX;

		/* A batch ends before what cannot be held and before it grows too large. */
		if (skip || (i > first && (total > BATCH_MAX || sizes[i] > BATCH_MAX - total))) {
			if ((rc = batch(of, start + first, i - first, total + GROUP * HEADER_MAX, err)) != 0)
				return rc;
			first = i;
			total = 0;
		}
		if (skip) {
			if ((rc = of->visit(of->context, start + i, SLICE_NONE, sizes[i], err)) != 0)
				return rc;
			first = i + 1;
		} else {
			total += sizes[i];
		}
	}
	return batch(of, start + first, i - first, total + GROUP * HEADER_MAX, err);
}

/* As many as can be read without git, from the first one on; ${next} is the one that cannot. */
static int
from_repo(struct visit *of, struct repo *repo, size_t count, size_t *next, struct error *err)
{
	struct slice	bytes;
	uint64_t	size;
	int		rc;

	for (; *next < count; ++*next) {
		if (!repo_blob(repo, of->ids[*next], BLOBS_SIZE_MAX, &bytes, &size))
			return 0;
		if ((rc = of->visit(of->context, *next, bytes, size, err)) != 0)
			return rc;
	}
	return 0;
}

int
blobs_each(const struct slice *ids, size_t count, blobs_visit *visit, void *context, struct error *err)
{
	CLEANUP(repo_freep) struct repo	*repo = NULL;
	struct visit			of = { ids, visit, context, false };
	size_t				next = 0;
	int				rc;

	if (count == 0)
		return 0;
	if ((rc = partial_fetch(ids, count, err)) != 0 || (rc = repo_open(ids[0].len, &repo, err)) != 0 ||
	    (repo != NULL && (rc = from_repo(&of, repo, count, &next, err)) != 0))
		return rc;
	/* Secrets are small: nearly always the first way will do, and looks each object up once. */
	for (size_t first = next; first < count; first += GROUP) {
		size_t		n = count - first < GROUP ? count - first : GROUP;
		struct error	failure = ERROR_INIT;

		of.begun = false;
		rc = batch(&of, first, n, BATCH_MAX, &failure);
		if (rc == ERR_LIMIT && !of.begun)
			rc = by_size(&of, first, n, err);
		else if (rc != 0)
			*err = failure;
		if (rc != 0)
			return rc;
	}
	return 0;
}
