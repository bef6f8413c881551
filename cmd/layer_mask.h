#ifndef CMD_LAYER_MASK_H
#define CMD_LAYER_MASK_H

#include "base/error.h"
#include "sops/decrypt.h"
#include "sops/store.h"
#include "yamlmerge/document.h"

/* An encrypted layer looked at without its key. */

/*
 * layer_mask_count(opened, store, out, err):
 * How many values the rules of the file encrypt, and how many are.  ERR_REFUSED, with its position, for one that should be encrypted and
 * is in clear; errors of walk_next().
 */
struct layer_mask_count {
	size_t	values;		/* scalars that hold something */
	size_t	sealed;
};
int	layer_mask_count(const struct opened *opened, const struct store *store, struct layer_mask_count *out, struct error *err) WARN_UNUSED;
/* The document with a stand-in of its type for each encrypted value: "(secret)", 0, 0.5, false. */
int	layer_mask(const struct opened *opened, const struct store *store, struct document **out, struct error *err) WARN_UNUSED;

#endif
