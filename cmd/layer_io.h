#ifndef CMD_LAYER_IO_H
#define CMD_LAYER_IO_H

#include <stdbool.h>

#include "base/error.h"
#include "base/slice.h"
#include "sops/datakey.h"
#include "yamlmerge/layer.h"

/*
 * Opens a hub's layer whatever protects it, in memory: the one place that knows both sops and git-crypt.  What a file is
 * tells its content: a "sops" entry, git-crypt's magic, or else plain YAML.
 */
struct layer_io {
	/* Set by the caller, before the first layer. */
	bool			 public;	/* open nothing: a stand-in of its type for each encrypted value */
	bool			 quiet;		/* why no key opened a layer is nobody's business */
	bool			 secrets_needed;	/* there is no --no-secrets to go on without them */
	bool			 allow_plaintext;	/* secrets layers in clear are taken */

	struct keyring		*ring;		/* of sops; made at the first layer that needs it */
	struct layer_blobs	*blobs;		/* of git-crypt, likewise */
	struct layer_keys	*keys;		/* recovered in advance, or NULL */
	struct unwrap_report	 report;	/* after ERR_NO_KEY: why, for standard error as it is */
	bool			 left_out;	/* the last layer cannot be shown without a key: it counts as empty */
};

#define LAYER_IO	((struct layer_io){ .ring = NULL, .report = UNWRAP_REPORT })

/*
 * The opener for layer_open(), with a struct layer_io as its context.  ERR_REFUSED: a file that git-crypt keeps locked, a secrets
 * layer in clear or with nothing encrypted in it.  ERR_NO_KEY, and what else sops/decrypt.h tells of.
 */
int	layer_io_open(void *layer_io, const char *path, enum layer_role role, struct slice bytes, struct layer_opened *out,
	    struct error *err) WARN_UNUSED;
/*
 * layer_io_prefetch(io, paths, count, err):
 * Before the layers of many hubs are opened, each path as often as it will be: recover the data keys of those that ask a service for theirs, all
 * at once, and of those that occur more than once.  Each is asked for once, also when it is refused: who opens the file is told then.  A file
 * that cannot be read is passed over.  Sorts ${paths}.
 */
int	layer_io_prefetch(struct layer_io *io, const char **paths, size_t count, struct error *err) WARN_UNUSED;
void	layer_io_release(struct layer_io *io);

#endif
