#include "gitfilter/merge.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/linemerge.h"
#include "base/stream.h"
#include "gitfilter/blob.h"
#include "gitfilter/keydir.h"

#define MERGE_MAX	((size_t)256 * 1024 * 1024)	/* of one version */
#define BINARY_LOOK	8000				/* git's own test: a NUL in so many bytes */

/* --- the three versions --------------------------------------------------------------------------- */

static int
read_version(const char *path, const char *what, struct keyring *ring, const char *name, struct buf *out, struct error *err)
{
	CLEANUP(buf_release) struct buf	stored = BUF_SECRET(MERGE_MAX + BLOB_HEADER_LEN);
	const struct keyfile		*which;
	int				 rc;

	if ((rc = file_read(path, &stored, err)) != 0)
		return err_wrap(err, "cannot read %s ('%s')", what, path);
	if (!blob_is(buf_slice(&stored)))
		return buf_append(out, buf_slice(&stored), err);
	if ((rc = keyring_open(ring, name, buf_slice(&stored), &which, err)) != 0)
		return rc;
	if (which == NULL)
		return err_set(err, ERR_NO_KEY, "no key of this clone opens %s", what);
	return buf_append(out, buf_slice(&ring->plain), err);
}

static bool
is_binary(const struct buf *text)
{
	struct slice head = slice_sub(buf_slice(text), 0, BINARY_LOOK);

	return slice_find(head, '\0', 0) < head.len;
}

/* --- all of it ------------------------------------------------------------------------------------ */

/* By rename, or a full disk would leave git half a blob for our version; without a sync, since it is git's temporary file. */
static int
replace(const char *path, struct slice bytes, struct error *err)
{
	CLEANUP(buf_release) struct buf	beside = BUF(8 * KIB);
	const char			*name;
	int				fd, rc;

	if ((rc = buf_printf(&beside, err, "%s.new", path)) != 0 || (rc = buf_terminate(&beside, err)) != 0)
		return rc;
	name = (const char *)beside.data;
	if ((fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600)) < 0)
		return err_errno(err, "cannot write '%s'", path);
	rc = file_write_all(fd, bytes, err);
	if (close(fd) != 0 && rc == 0)
		rc = err_errno(err, "cannot close it");
	if (rc == 0 && rename(name, path) != 0)
		rc = err_errno(err, "cannot rename it");
	if (rc != 0)
		(void)unlink(name);
	return rc != 0 ? err_wrap(err, "cannot write '%s'", path) : 0;
}

static int
write_sealed(struct keyring *ring, const char *name, const struct buf *text, const char *path, struct error *err)
{
	CLEANUP(buf_release) struct buf	sealed = BUF(4 * MERGE_MAX);
	struct source_memory		in;
	struct sink_buf			out;
	int				rc;

	for (size_t i = ring->count; i > 0; i--) {
		if (strcmp(ring->keys[i - 1].key->name, name) != 0)
			continue;
		source_memory_init(&in, buf_slice(text));
		sink_buf_init(&out, &sealed);
		if (!(ring->keys[i - 1].key->skip_empty && text->len == 0) &&
		    (rc = blob_seal(ring->keys[i - 1].cipher, &in.source, &out.sink, err)) != 0)
			return rc;
		return replace(path, buf_slice(&sealed), err);
	}
	return err_set(err, ERR_NO_KEY, "this clone has no key '%s' to encrypt the result with", keydir_entry(name));
}

static void
release_three(struct buf (*version)[3])
{
	for (size_t i = 0; i < 3; i++)
		buf_release(&(*version)[i]);
}

int
merge_run(const struct merge_files *files, struct keyring *ring, const char *name, bool *conflict, struct error *err)
{
	CLEANUP(release_three) struct buf	version[3] = { BUF_SECRET(MERGE_MAX), BUF_SECRET(MERGE_MAX), BUF_SECRET(MERGE_MAX) };
	CLEANUP(buf_release) struct buf		merged = BUF_SECRET(3 * MERGE_MAX);
	int					rc;

	if ((rc = read_version(files->base, "the common ancestor", ring, name, &version[0], err)) != 0 ||
	    (rc = read_version(files->ours, "our version", ring, name, &version[1], err)) != 0 ||
	    (rc = read_version(files->theirs, "their version", ring, name, &version[2], err)) != 0)
		return rc;
	for (size_t i = 0; i < 3; i++)
		if (is_binary(&version[i]))
			return err_set(err, ERR_TYPE, "a version is binary, and there are no lines to merge");
	if ((rc = linemerge_run(&(struct linemerge){ buf_slice(&version[0]), buf_slice(&version[1]), buf_slice(&version[2]),
	    files->marker_size }, &merged, conflict, err)) != 0)
		return rc;
	return write_sealed(ring, name, &merged, files->ours, err);
}
