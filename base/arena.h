#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

#include "base/error.h"
#include "base/slice.h"

/*
 * Many small things freed at once, and wiped when the arena is secret.  Initialise with ARENA(max) or
 * ARENA_SECRET(max), where ${max} bounds the bytes handed out; nothing is freed singly.
 */
struct arena_block;

struct arena {
	struct arena_block	*blocks;	/* newest first */
	size_t			 used, max;	/* bytes handed out in all */
	bool			 secret;
};

#define ARENA(maximum)		((struct arena){ .max = (maximum), .secret = false })
#define ARENA_SECRET(maximum)	((struct arena){ .max = (maximum), .secret = true })

/* ${size} zero bytes, aligned for any type.  ERR_LIMIT, ERR_MEMORY. */
int	arena_alloc(struct arena *arena, size_t size, void **out, struct error *err) WARN_UNUSED;
/* A copy that lives as long as the arena, with a NUL behind it that is not counted. */
int	arena_copy(struct arena *arena, struct slice bytes, struct slice *out, struct error *err) WARN_UNUSED;
/* Give back what was handed out since ${mark}, a copy of the arena, was made. */
void	arena_rewind(struct arena *arena, const struct arena *mark);
void	arena_release(struct arena *arena);

#endif
