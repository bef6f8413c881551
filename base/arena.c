#include "base/arena.h"

#include <stdalign.h>

#include "base/num.h"
#include "base/pages.h"

/* Blocks double from the first size to the last, so that small work stays small. */
#define BLOCK_FIRST	((size_t)4 * 1024)
#define BLOCK_LAST	((size_t)1024 * 1024)

struct arena_block {
	struct arena_block	*next;
	size_t			 size, used;	/* of data */
	alignas(max_align_t) uint8_t data[];
};

static struct arena_block *
block_add(struct arena *arena, size_t need)
{
	size_t			 size = BLOCK_FIRST;
	struct arena_block	*block;

	if (arena->blocks != NULL)
		size = arena->blocks->size < BLOCK_LAST ? arena->blocks->size * 2 : BLOCK_LAST;
	if (size < need)
		size = need;
	block = (struct arena_block *)(void *)pages_alloc(sizeof(*block) + size, arena->secret);
	if (block == NULL)
		return NULL;
	pages_prepare((uint8_t *)block, sizeof(*block) + size, arena->secret);
	block->next = arena->blocks;
	block->size = size;
	block->used = 0;
	return arena->blocks = block;
}

static int
take(struct arena *arena, size_t size, uint8_t **out, struct error *err)
{
	struct arena_block	*block = arena->blocks;
	size_t			 need;

	if (size > arena->max - arena->used || size > SIZE_MAX - 4096)
		return err_set(err, ERR_LIMIT, "more than %zu bytes of small objects", arena->max);
	need = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	if ((block == NULL || need > block->size - block->used) && (block = block_add(arena, need)) == NULL)
		return err_memory(err);
	*out = block->data + block->used;
	block->used += need;
	arena->used += size;
	return 0;
}

int
arena_alloc(struct arena *arena, size_t size, void **out, struct error *err)
{
	uint8_t	*room;
	int	 rc = take(arena, size, &room, err);

	if (rc == 0)
		*out = memset(room, 0, size);
	return rc;
}

int
arena_copy(struct arena *arena, struct slice bytes, struct slice *out, struct error *err)
{
	size_t	 with_nul;
	uint8_t	*copy;
	int	 rc;

	if (size_add_overflows(bytes.len, 1, &with_nul))
		return err_set(err, ERR_LIMIT, "more than %zu bytes of small objects", arena->max);
	if ((rc = take(arena, with_nul, &copy, err)) != 0)
		return rc;
	if (bytes.len > 0)
		(void)memcpy(copy, bytes.data, bytes.len);
	copy[bytes.len] = '\0';
	*out = slice_of(copy, bytes.len);
	return 0;
}

/* The blocks that came since; the rest of the one that was in use then stays unused. */
void
arena_rewind(struct arena *arena, const struct arena *mark)
{
	struct arena_block *next;

	for (struct arena_block *block = arena->blocks; block != mark->blocks; block = next) {
		next = block->next;
		pages_free((uint8_t *)block, sizeof(*block) + block->size, sizeof(*block) + block->used, arena->secret);
	}
	arena->blocks = mark->blocks;
	arena->used = mark->used;
}

void
arena_release(struct arena *arena)
{
	arena_rewind(arena, &(struct arena){ .secret = arena->secret });
}
