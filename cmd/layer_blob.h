#ifndef CMD_LAYER_BLOB_H
#define CMD_LAYER_BLOB_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"

/*
 * Layers under git-crypt: opened in memory with the keys of this clone.  Apart from layer_io.c because the key ring of sops has the
 * same name.
 */
struct layer_blobs;

bool	layer_blob_is(struct slice bytes);
/*
 * layer_blob_open(blobs, bytes, out, err):
 * Append the plaintext to ${out}, a BUF_SECRET.  The first call loads the keys.  ERR_REFUSED: this clone has no key that fits.
 */
int	layer_blob_open(struct layer_blobs **blobs, struct slice bytes, struct buf *out, struct error *err) WARN_UNUSED;
/* Does git encrypt this file when it is committed?  False outside of a repository. */
int	layer_blob_is_filtered(const char *path, bool *out, struct error *err) WARN_UNUSED;
void	layer_blobs_free(struct layer_blobs *blobs);

#endif
