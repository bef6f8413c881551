#include "crypto/spill.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/secret.h"
#include "crypto/aesctr.h"
#include "crypto/random.h"

/* One direction of the temporary file: its cipher, and the place that the cipher stands at. */
struct lane {
	struct aesctr	*ctr;
	uint64_t	 at;
};

struct spill {
	struct source	 source;	/* first: source_read() hands us this */
	struct source	*in;
	struct buf	 head, piece;	/* piece: between the cipher and the file */
	struct lane	 to, from;
	uint64_t	 kept, at;	/* bytes that can be read again; where reading stands */
	int		 fd;
	bool		 ended;
	bool		 direct;	/* the input itself can be read again */
	bool		 stopped;	/* nothing more is kept */
	bool		 lost;		/* and something was read since */
};

static const uint8_t nonce[AESCTR_NONCE_LEN];	/* a key serves one file only */

static int
open_unlinked(int *out, struct error *err)
{
	const char	*folder = getenv("TMPDIR");
	char		 path[4096];
	int		 fd;

	if (folder == NULL || *folder != '/')
		folder = "/tmp";
#ifdef O_TMPFILE
	if ((fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)) >= 0) {
		*out = fd;
		return 0;
	}
#endif
	if ((size_t)snprintf(path, sizeof(path), "%s/hub.XXXXXX", folder) >= sizeof(path))
		return err_set(err, ERR_LIMIT, "the name of the temporary folder is too long");
	if ((fd = mkostemp(path, O_CLOEXEC)) < 0)
		return err_errno(err, "cannot make a temporary file in '%s'", folder);
	(void)unlink(path);
	*out = fd;
	return 0;
}

static int
open_file(struct spill *spill, struct error *err)
{
	WIPED(key, AESCTR_KEY_LEN);
	int rc;

	random_bytes(key, sizeof(key));
	if ((rc = aesctr_new(key, &spill->to.ctr, err)) != 0 || (rc = aesctr_new(key, &spill->from.ctr, err)) != 0)
		return rc;
	spill->to.at = spill->from.at = UINT64_MAX;	/* stands nowhere yet */
	return open_unlinked(&spill->fd, err);
}

static void
close_file(struct spill *spill)
{
	aesctr_free(spill->to.ctr);
	aesctr_free(spill->from.ctr);
	spill->to.ctr = spill->from.ctr = NULL;
	file_closep(&spill->fd);
	spill->fd = -1;
}

/* Let the lane stand at a place of the file. */
static int
lane_seek(struct lane *lane, uint64_t at, struct error *err)
{
	int rc;

	if (lane->at == at)
		return 0;
	if ((rc = aesctr_start(lane->ctr, nonce, at, err)) == 0)
		lane->at = at;
	return rc;
}

static int
write_at(int fd, struct slice bytes, uint64_t at, struct error *err)
{
	while (bytes.len > 0) {
		ssize_t n = pwrite(fd, bytes.data, bytes.len, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			(void)err_errno(err, "cannot write to a temporary file");
			return err_hint(err, "files of more than 8 MB that come through a pipe need room in $TMPDIR (or /tmp)");
		}
		bytes = slice_from(bytes, (size_t)n);
		at += (uint64_t)n;
	}
	return 0;
}

/* Behind what the file holds already. */
static int
put(struct spill *spill, struct slice bytes, struct error *err)
{
	uint64_t	 at;
	uint8_t		*room;
	int		 rc;

	if (spill->fd < 0 && (rc = open_file(spill, err)) != 0)
		return rc;
	while (bytes.len > 0) {
		struct slice part = slice_sub(bytes, 0, STREAM_CHUNK);

		at = spill->kept - spill->head.len;
		buf_reset(&spill->piece);
		if ((rc = lane_seek(&spill->to, at, err)) != 0 ||
		    (rc = buf_reserve(&spill->piece, part.len, &room, err)) != 0 ||
		    (rc = aesctr_apply(spill->to.ctr, part, room, err)) != 0 ||
		    (rc = write_at(spill->fd, slice_of(room, part.len), at, err)) != 0)
			return rc;
		spill->to.at = at + part.len;
		spill->kept += part.len;
		bytes = slice_from(bytes, part.len);
	}
	return 0;
}

static int
get(struct spill *spill, uint8_t *into, size_t room, size_t *got, struct error *err)
{
	uint64_t	at = spill->at - spill->head.len;
	ssize_t		n;
	int		rc;

	if (room > spill->kept - spill->at)
		room = (size_t)(spill->kept - spill->at);
	do
		n = pread(spill->fd, into, room, (off_t)at);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return n < 0 ? err_errno(err, "cannot read a temporary file") :
		    err_set(err, ERR_SYSTEM, "a temporary file became shorter");
	if ((rc = lane_seek(&spill->from, at, err)) != 0 ||
	    (rc = aesctr_apply(spill->from.ctr, slice_of(into, (size_t)n), into, err)) != 0)
		return rc;
	spill->from.at = at + (uint64_t)n;
	*got = (size_t)n;
	return 0;
}

/* Fresh bytes of the input, kept unless told otherwise. */
static int
pull(struct spill *spill, uint8_t *into, size_t room, size_t *got, struct error *err)
{
	struct slice	bytes, first;
	int		rc;

	*got = 0;
	if (spill->ended)
		return 0;
	if ((rc = source_read(spill->in, into, room, got, err)) != 0)
		return rc;
	spill->ended = *got < room;
	if (spill->stopped || spill->direct) {
		spill->lost = spill->lost || *got > 0;
		return 0;
	}
	bytes = slice_of(into, *got);
	first = slice_sub(bytes, 0, SPILL_MEMORY - spill->head.len);
	if ((rc = buf_append(&spill->head, first, err)) != 0)
		return rc;
	spill->kept += first.len;
	return first.len < bytes.len ? put(spill, slice_from(bytes, first.len), err) : 0;
}

static int
read_function(struct source *source, uint8_t *into, size_t room, size_t *got, struct error *err)
{
	struct spill	*spill = (struct spill *)(void *)source;
	int		 rc;

	if (spill->at < spill->head.len) {
		struct slice part = slice_sub(buf_slice(&spill->head), (size_t)spill->at, (size_t)spill->at + room);

		(void)memcpy(into, part.data, part.len);
		*got = part.len;
		rc = 0;
	} else if (spill->at < spill->kept) {
		rc = get(spill, into, room, got, err);
	} else {
		rc = pull(spill, into, room, got, err);
	}
	if (rc == 0)
		spill->at += *got;
	return rc;
}

static int
rewind_function(struct source *source, struct error *err)
{
	struct spill	*spill = (struct spill *)(void *)source;
	int		 rc;

	spill->at = 0;
	if (!spill->lost)
		return 0;
	if (!spill->direct)
		return err_set(err, ERR_INTERNAL, "input that was not kept cannot be read again");
	if ((rc = source_rewind(spill->in, err)) != 0)
		return rc;
	buf_reset(&spill->head);
	spill->kept = 0;
	spill->ended = spill->lost = false;
	return 0;
}

int
spill_new(struct spill **out, struct error *err)
{
	struct spill *spill = calloc(1, sizeof(*spill));

	if (spill == NULL)
		return err_memory(err);
	spill->source = (struct source){ read_function, rewind_function };
	spill->head = BUF_SECRET(SPILL_MEMORY);
	spill->piece = BUF(STREAM_CHUNK);
	spill->fd = -1;
	*out = spill;
	return 0;
}

void
spill_free(struct spill *spill)
{
	if (spill == NULL)
		return;
	close_file(spill);
	buf_release(&spill->head);
	buf_release(&spill->piece);
	free(spill);
}

struct source *
spill_begin(struct spill *spill, struct source *in)
{
	close_file(spill);
	buf_reset(&spill->head);
	spill->in = in;
	spill->kept = spill->at = 0;
	spill->ended = spill->stopped = spill->lost = false;
	spill->direct = in->rewind != NULL;
	return &spill->source;
}

int
spill_look(struct spill *spill, size_t len, struct slice *head, struct error *err)
{
	while (spill->head.len < len && !spill->ended) {
		uint8_t	*room;
		size_t	 got, want = len - spill->head.len;
		int	 rc;

		/* Room as it is needed: all of it is wiped in the end. */
		if (want > STREAM_CHUNK)
			want = STREAM_CHUNK;

		if ((rc = buf_reserve(&spill->head, want, &room, err)) != 0 ||
		    (rc = source_read(spill->in, room, want, &got, err)) != 0)
			return rc;
		spill->ended = got < want;
		spill->head.len += got;
		spill->kept += got;
	}
	*head = buf_slice(&spill->head);
	return 0;
}

int
spill_drain(struct spill *spill, struct error *err)
{
	CLEANUP(buf_release) struct buf	piece = BUF_SECRET(STREAM_CHUNK);
	uint8_t				*room;
	size_t				got;
	int				rc;

	if (spill->ended || spill->direct)
		return 0;
	if ((rc = buf_reserve(&piece, STREAM_CHUNK, &room, err)) != 0)
		return rc;
	piece.len = STREAM_CHUNK;	/* all of it is wiped */
	do {
		if ((rc = pull(spill, room, STREAM_CHUNK, &got, err)) != 0)
			return rc;
	} while (!spill->ended);
	return 0;
}

void
spill_stop(struct spill *spill)
{
	spill->stopped = true;
}

bool
spill_in_memory(const struct spill *spill)
{
	return spill->ended && spill->kept == spill->head.len;
}
