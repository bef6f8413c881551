#ifndef SOPS_REWRAP_H
#define SOPS_REWRAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "sops/datakey.h"
#include "sops/decrypt.h"
#include "sops/masterkey.h"
#include "sops/metadata.h"
#include "sops/store.h"

/*
 * The same data key for other recipients: values, MAC and time of a file stay.  So whoever was removed and has kept the data key
 * can still read the file, until it is rotated.
 */

/*
 * rewrap(opened, store, meta, indent, ring, out, err):
 * Append the text of ${opened} (from sealed_load(), with its data key recovered) with ${meta} as its metadata, the data key wrapped
 * for the groups of that; the new text is read again and compared.  ${indent}: as in store_indent().  Errors as datakey_wrap().
 */
int	rewrap(const struct opened *opened, const struct store *store, struct metadata *meta, int indent, struct keyring *ring,
	    struct buf *out, struct error *err) WARN_UNUSED;
/* The second half, when ${meta} has been wrapped already (the data keys of many files at once: datakey_wrap_many()). */
int	rewrap_finish(const struct opened *opened, const struct store *store, const struct metadata *meta, int indent, struct buf *out,
	    struct error *err) WARN_UNUSED;

/*
 * rewrap_add_group(meta, keys, threshold, err), rewrap_delete_group(meta, index, threshold, err):
 * Change the groups of ${meta}: copies of ${keys} as the last one, or without that at ${index}, from 0.  ${threshold}: how many
 * groups are needed from then on; 0 leaves it.  ERR_NO_KEY (a group without a key, the last group), ERR_RANGE (no such
 * group, or a threshold that could not be met).
 */
int	rewrap_add_group(struct metadata *meta, const struct key_group *keys, uint32_t threshold, struct error *err) WARN_UNUSED;
int	rewrap_delete_group(struct metadata *meta, size_t index, uint32_t threshold, struct error *err) WARN_UNUSED;

#endif
