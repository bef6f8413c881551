#ifndef CMD_LAYER_IO_H
#define CMD_LAYER_IO_H

#include "base/error.h"
#include "base/slice.h"
#include "sops/datakey.h"
#include "yamlmerge/layer.h"

/*
 * Opens a hub's layer whatever protects it, in memory: the one place that knows both sops and git-crypt.  What a file is
 * tells its content: a "sops" entry, git-crypt's magic, or else plain YAML.
 */
struct layer_io {
	struct keyring		*ring;		/* made at the first layer that needs it */
	struct unwrap_report	 report;	/* after ERR_NO_KEY: why, for standard error as it is */
};

#define LAYER_IO	((struct layer_io){ .ring = NULL, .report = UNWRAP_REPORT })

/*
 * The opener for layer_open(), with a struct layer_io as its context.  ERR_REFUSED: a file that git-crypt keeps locked.
 * ERR_NO_KEY, and what else sops/decrypt.h tells of.
 */
int	layer_io_open(void *layer_io, const char *path, struct slice bytes, struct layer_opened *out, struct error *err) WARN_UNUSED;
void	layer_io_release(struct layer_io *io);

#endif
