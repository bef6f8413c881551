#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/slice.h"

/*
 * Guarded memory for keys, passphrases and tokens: guard pages around it, locked where the limit
 * allows, left out of core dumps, wiped when freed (libsodium's sodium_malloc).  An allocation costs
 * two pages and some 27 microseconds, so there is one per key and never one per value; decrypted
 * values and documents live in BUF_SECRET buffers and secret arenas instead.
 */
struct secret {
	size_t	 len;
	uint8_t	*data;
};

/* Allocate ${len} zero bytes.  ERR_MEMORY.  The caller frees with secret_free() (NULL is fine). */
int	secret_new(size_t len, struct secret **out, struct error *err) WARN_UNUSED;
/* Allocate a copy; the source is untouched, wiping it is its owner's business. */
int	secret_copy(struct slice bytes, struct secret **out, struct error *err) WARN_UNUSED;
void	secret_free(struct secret *secret);
DEFINE_CLEANUP(struct secret, secret_free)

static inline struct slice
secret_slice(const struct secret *secret)
{
	return slice_of(secret->data, secret->len);
}

/* Equal length and content, in time that depends on the length alone. */
bool	secret_equal(struct slice a, struct slice b);

/* Overwrite with zeros in a way that the compiler may not remove. */
void	wipe(void *data, size_t len);

/* A stack copy that is wiped when its scope ends: "WIPED(pad, 64);" declares uint8_t pad[64]. */
#define WIPED(name, size)						\
	CLEANUP(wipe_ref) struct wipe_ref name##_wipe_;			\
	uint8_t name[size];						\
	name##_wipe_ = (struct wipe_ref){ name, sizeof(name) }

struct wipe_ref {
	void	*data;
	size_t	 len;
};
void	wipe_ref(struct wipe_ref *ref);

#endif
