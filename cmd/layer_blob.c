#include "cmd/layer_blob.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "gitfilter/blob.h"
#include "gitfilter/driver.h"
#include "gitfilter/gitcmd.h"
#include "gitfilter/gitdir.h"
#include "gitfilter/keyring.h"

struct layer_blobs {
	struct keyring	ring;
};

bool
layer_blob_is(struct slice bytes)
{
	return blob_is(bytes);
}

static int
load(struct layer_blobs **out, struct error *err)
{
	struct layer_blobs	*blobs = calloc(1, sizeof(*blobs));
	struct gitdir		*dir = calloc(1, sizeof(*dir));
	struct error		 none = ERROR_INIT;
	int			 rc = 0;

	if (blobs == NULL || dir == NULL) {
		free(blobs);
		free(dir);
		return err_memory(err);
	}
	blobs->ring = KEYRING;
	*out = blobs;
	/* Outside of a repository there are no keys, and nothing will fit. */
	if (gitdir_find(dir, &none) == 0)
		rc = keyring_load(&blobs->ring, dir, err);
	free(dir);
	return rc;
}

int
layer_blob_open(struct layer_blobs **blobs, struct slice bytes, struct buf *out, struct error *err)
{
	const struct keyfile *which;

	if ((*blobs == NULL && load(blobs, err) != 0) || keyring_open(&(*blobs)->ring, "", bytes, &which, err) != 0)
		return (int)err->kind;
	if (which != NULL)
		return buf_append(out, buf_slice(&(*blobs)->ring.plain), err);
	if ((*blobs)->ring.count == 0)
		(void)err_set(err, ERR_REFUSED, "the file is encrypted by git-crypt and locked");
	else
		(void)err_set(err, ERR_REFUSED, "the file is encrypted by git-crypt, and no key of this clone opens it");
	return err_hint(err, "unlock this clone first, with 'hubcrypt unlock' (or 'git-crypt unlock')");
}

int
layer_blob_is_filtered(const char *path, bool *out, struct error *err)
{
	CLEANUP(buf_release) struct buf	 folder = BUF(64 * KIB), answer = BUF(64 * KIB);
	char				 key[KEYFILE_NAME_MAX + 1];
	const char			*slash = strrchr(path, '/');
	struct slice			 rest, word;
	int				 status;

	*out = false;
	/* In the file's own folder: that may be a submodule, with attributes of its own. */
	if (buf_append(&folder, slash != NULL ? slice_of(path, (size_t)(slash - path) + 1) : SLICE("."), err) != 0 ||
	    buf_terminate(&folder, err) != 0)
		return (int)err->kind;
	if (gitcmd_status((const char *const[]){ "-C", (const char *)folder.data, "check-attr", "-z", "filter", "--",
	    slash != NULL ? slash + 1 : path, NULL }, SLICE_NONE, &answer, &status, err) != 0) {
		if (err->kind != ERR_NOT_FOUND)
			return (int)err->kind;
		err_reset(err);		/* no git, no filter */
		return 0;
	}
	if (status != 0)
		return 0;
	/* path NUL "filter" NUL value NUL */
	rest = buf_slice(&answer);
	for (int i = 0; slice_split(&rest, '\0', &word); i++)
		if (i == 2)
			*out = driver_key_name(word, key);
	return 0;
}

void
layer_blobs_free(struct layer_blobs *blobs)
{
	if (blobs != NULL)
		keyring_release(&blobs->ring);
	free(blobs);
}
