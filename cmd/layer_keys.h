#ifndef CMD_LAYER_KEYS_H
#define CMD_LAYER_KEYS_H

#include "base/error.h"
#include "base/secret.h"
#include "cmd/layer_io.h"
#include "sops/datakey.h"
#include "sops/store.h"

/* The data keys that layer_io_prefetch() recovered, and the refusals that it met, by path.  For layer_io.c alone. */
struct layer_keys;

/*
 * layer_keys_take(keys_opt, path, out, report, err):
 * ${out} is the key of that file, which the caller frees, NULL when it was not asked for.  ERR_NO_KEY and others when it was refused;
 * ${report} then says why.
 */
int	layer_keys_take(struct layer_keys *keys_opt, const char *path, struct secret **out, struct unwrap_report *report,
	    struct error *err) WARN_UNUSED;
void	layer_keys_free(struct layer_keys *keys);

/* The format of a layer, by its name. */
const struct store *layer_io_store(const char *path);

#endif
