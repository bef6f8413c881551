#ifndef GITFILTER_KEYRING_H
#define GITFILTER_KEYRING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"
#include "gitfilter/blob.h"
#include "gitfilter/gitdir.h"
#include "gitfilter/keyfile.h"

/*
 * Several keys ready for use, for work on many blobs in memory.  A blob does not say which key made it: the tag decides.
 */
struct keyring_key {
	struct keyfile		*key;
	struct blob_cipher	*cipher;
};

struct keyring {
	struct keyring_key	*keys;
	size_t			 count;
	struct buf		 plain;		/* of the last blob that opened */
};
#define KEYRING		((struct keyring){ .plain = BUF_SECRET(BLOB_PLAIN_MAX) })

/* Takes ${key} over, also when it fails. */
int	keyring_add(struct keyring *ring, struct keyfile *key, struct error *err) WARN_UNUSED;
/* Every key of a clone.  A damaged key file is a failure. */
int	keyring_load(struct keyring *ring, const struct gitdir *dir, struct error *err) WARN_UNUSED;
/* The key of that name, or NULL; of several the last one added. */
const struct keyfile *keyring_find(const struct keyring *ring, const char *name);
/*
 * keyring_open(ring, name, blob, which, err):
 * Decrypt a whole blob: keys called ${name} first, then all others.  ring->plain then holds the plaintext until the next call,
 * ${which} is the key that fits, or NULL when none does: that is an answer, not a failure.  ${blob} must be a blob.
 */
int	keyring_open(struct keyring *ring, const char *name, struct slice blob, const struct keyfile **which,
	    struct error *err) WARN_UNUSED;
void	keyring_release(struct keyring *ring);

#endif
