/* cat: a file of a revision or of the index, decrypted with whichever key of the clone fits. */
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "cmd/hubcrypt-admin/admin.h"
#include "gitfilter/blob.h"
#include "gitfilter/blobs.h"
#include "gitfilter/gitcmd.h"
#include "gitfilter/keyring.h"

struct showing {
	struct keyring	*ring;
	const char	*what;
};

static int
show(void *context, size_t index UNUSED, struct slice bytes, uint64_t size UNUSED, struct error *err)
{
	struct showing		*showing = context;
	const struct keyfile	*which;
	int			 rc;

	if (bytes.data == NULL)
		return err_set(err, ERR_LIMIT, "'%s' is not in this clone, or larger than %zu MiB", showing->what, BLOBS_SIZE_MAX / MIB);
	if (!blob_is(bytes))
		return cli_output(bytes, err);
	if ((rc = keyring_open(showing->ring, "", bytes, &which, err)) != 0)
		return rc;
	if (which == NULL) {
		(void)err_set(err, ERR_NO_KEY, "no key of this clone opens '%s'", showing->what);
		return err_hint(err, "'hubcrypt unlock' installs one; if the right one is here, the file is damaged, and 'hubcrypt doctor' tells more");
	}
	return cli_output(buf_slice(&showing->ring->plain), err);
}

int
verb_cat(const struct cli_args *args, struct error *err)
{
	CLEANUP(keyring_release) struct keyring	ring = KEYRING;
	CLEANUP(buf_release) struct buf		answer = BUF(KIB), type = BUF(KIB);
	struct gitdir				dir;
	struct slice				id;
	const char				*what = args->operands[0];
	char					text[128];
	int					rc;

	/* Where the user stands: git reads "REV:./x" from there. */
	if (strchr(what, ':') == NULL || *what == '-')
		return err_set(err, ERR_USAGE, "'%s' is not REVISION:PATH", what);
	if ((rc = gitdir_find(&dir, err)) != 0)
		return rc;
	if (gitcmd_run((const char *const[]){ "rev-parse", "--verify", "--quiet", what, NULL }, SLICE_NONE, &answer,
	    err) != 0) {
		err_reset(err);
		return err_set(err, ERR_NOT_FOUND, "there is no '%s' in this repository", what);
	}
	id = slice_trim(buf_slice(&answer));
	(void)snprintf(text, sizeof(text), "%.*s", SLICE_ARG(id));
	if ((rc = gitcmd_run((const char *const[]){ "cat-file", "-t", text, NULL }, SLICE_NONE, &type, err)) != 0)
		return rc;
	if (!slice_eq(slice_trim(buf_slice(&type)), SLICE("blob")))
		return err_set(err, ERR_TYPE, "'%s' is no file", what);
	if ((rc = keyring_load(&ring, &dir, err)) != 0)
		return rc;
	return blobs_each(&id, 1, show, &(struct showing){ &ring, what }, err);
}
