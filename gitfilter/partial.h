#ifndef GITFILTER_PARTIAL_H
#define GITFILTER_PARTIAL_H

#include <stddef.h>

#include "base/error.h"
#include "base/slice.h"

/*
 * Partial clones: blobs are fetched when they are first asked for, one by one, a connection each.  Whoever is about to ask for many
 * has them fetched here in one.
 */

/*
 * Fetch those of ${ids} (hexadecimal) that this clone lacks.  Does nothing in a clone that is whole.  Without a network the answer is
 * for whoever asks for the blob: it is no failure here.  ERR_MEMORY, ERR_LIMIT.
 */
int	partial_fetch(const struct slice *ids, size_t count, struct error *err) WARN_UNUSED;

#endif
