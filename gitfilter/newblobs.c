#include "gitfilter/newblobs.h"

#include <stdlib.h>

#include "gitfilter/gitcmd.h"

#define BATCH_MAX	(64 * MIB)

void
newblobs_release(struct newblobs *blobs)
{
	buf_release(&blobs->stream);
	arena_release(&blobs->arena);
	free(blobs->ids);
	blobs->ids = NULL;
	blobs->count = blobs->pending = 0;
}

static int
take_id(struct newblobs *blobs, struct slice id, struct error *err)
{
	struct slice	*larger;
	size_t		 capacity = blobs->capacity == 0 ? 64 : blobs->capacity * 2;
	int		 rc;

	if (blobs->count == blobs->capacity) {
		if ((larger = reallocarray(blobs->ids, capacity, sizeof(*larger))) == NULL)
			return err_memory(err);
		blobs->ids = larger;
		blobs->capacity = capacity;
	}
	if ((rc = arena_copy(&blobs->arena, id, &blobs->ids[blobs->count], err)) == 0)
		blobs->count++;
	return rc;
}

int
newblobs_finish(struct newblobs *blobs, struct error *err)
{
	CLEANUP(buf_release) struct buf	answer = BUF(256 * MIB);
	struct slice			rest, id;
	size_t				pending = blobs->pending;
	int				rc;

	if (pending == 0)
		return 0;
	/* "done" tells an end from a pipe that broke. */
	if ((rc = buf_str(&blobs->stream, "done\n", err)) != 0 ||
	    (rc = gitcmd_run((const char *const[]){ "fast-import", "--quiet", "--done", NULL }, buf_slice(&blobs->stream), &answer,
	    err)) != 0)
		return rc;
	rest = buf_slice(&answer);
	for (; pending > 0 && slice_split(&rest, '\n', &id) && id.len >= 40; pending--)
		if ((rc = take_id(blobs, id, err)) != 0)
			return rc;
	if (pending > 0)
		return err_set(err, ERR_CHILD, "'git fast-import' did not answer for every blob");
	buf_reset(&blobs->stream);
	blobs->pending = 0;
	return 0;
}

int
newblobs_add(struct newblobs *blobs, struct slice bytes, struct error *err)
{
	int rc;

	if (blobs->pending > 0 && blobs->stream.len + bytes.len > BATCH_MAX) {
		if ((rc = newblobs_finish(blobs, err)) != 0)
			return rc;
	}
	if ((rc = buf_printf(&blobs->stream, err, "blob\nmark :1\ndata %zu\n", bytes.len)) != 0 ||
	    (rc = buf_append(&blobs->stream, bytes, err)) != 0 || (rc = buf_str(&blobs->stream, "\nget-mark :1\n", err)) != 0)
		return rc;
	blobs->pending++;
	return 0;
}
