#include "sops/reuse.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "yamlmerge/key_index.h"

/*
 * Most values come back in the order in which they were read, so the next one asked for is nearly always the next one kept, or a
 * few further on.  Only when that fails, and a filter says that the value may be somewhere at all, everything
 * that is left is put into a table.
 */
#define AHEAD		8		/* how far on the next value is looked for */
#define FILTER_BITS	20

struct kept {
	enum value_type		 type;
	struct slice		 path, plain;
	struct reuse_entry	 entry;
	bool			 taken;
	struct kept		*next, *last;	/* in the table: the next one of the same key; of the first, the last */
};

struct kept_block {
	struct kept_block	*next;
	size_t			 count;
	struct kept		 list[256];
};

struct reuse {
	struct kept_block	*first, *last;		/* in the order in which they were read */
	struct kept_block	*block;			/* whose turn it is, and its place there */
	size_t			 place;
	uint8_t			*filter;
	bool			 indexed;
	struct key_index	 index;			/* type, path and plaintext -> struct kept, oldest */
	struct arena		 arena;
	struct buf		 key;
};

int
reuse_new(struct reuse **out, struct error *err)
{
	struct reuse *reuse = calloc(1, sizeof(*reuse));

	if (reuse == NULL || (reuse->filter = calloc(1, (size_t)1 << (FILTER_BITS - 3))) == NULL) {
		free(reuse);
		return err_memory(err);
	}
	reuse->index = KEY_INDEX;
	reuse->arena = ARENA_SECRET(16 * LIMIT_DOCUMENT);
	reuse->key = BUF_SECRET(2 * LIMIT_DOCUMENT);
	*out = reuse;
	return 0;
}

void
reuse_free(struct reuse *reuse)
{
	if (reuse == NULL)
		return;
	key_index_release(&reuse->index);
	arena_release(&reuse->arena);
	buf_release(&reuse->key);
	free(reuse->filter);
	free(reuse);
}

/* A sum for the filter: whoever chooses values so that it fails costs us the table and nothing else. */
static size_t
filter_bit(enum value_type type, struct slice path, struct slice plain)
{
	uint64_t	sum = (uint64_t)type + 1;

	for (size_t i = 0; i < path.len; i++)
		sum = (sum ^ path.data[i]) * UINT64_C(0x100000001b3);
	for (size_t i = 0; i < plain.len; i++)
		sum = (sum ^ plain.data[i]) * UINT64_C(0x100000001b3);
	return (size_t)(sum >> (64 - FILTER_BITS) ^ (sum & ((1 << FILTER_BITS) - 1)));
}

static int
kept_new(struct reuse *reuse, struct kept **out, struct error *err)
{
	void *room;

	if (reuse->last == NULL || reuse->last->count == sizeof(reuse->last->list) / sizeof(reuse->last->list[0])) {
		if (arena_alloc(&reuse->arena, sizeof(struct kept_block), &room, err) != 0)
			return (int)err->kind;
		if (reuse->last != NULL)
			reuse->last->next = room;
		else
			reuse->first = reuse->block = room;
		reuse->last = room;
	}
	*out = &reuse->last->list[reuse->last->count++];
	return 0;
}

/* --- in order -------------------------------------------------------------------------------------------------------- */

static bool
is_it(const struct kept *kept, enum value_type type, struct slice path, struct slice plain)
{
	return !kept->taken && kept->type == type && slice_eq(kept->plain, plain) && slice_eq(kept->path, path);
}

static struct kept *
find_ahead(struct reuse *reuse, enum value_type type, struct slice path, struct slice plain)
{
	struct kept_block	*block = reuse->block;
	size_t			 place = reuse->place;

	for (unsigned i = 0; i < AHEAD && block != NULL; i++, place++) {
		if (place == block->count) {
			block = block->next;
			place = 0;
			if (block == NULL)
				break;
		}
		if (is_it(&block->list[place], type, path, plain)) {
			reuse->block = block;
			reuse->place = place + 1;
			return &block->list[place];
		}
	}
	return NULL;
}

/* --- by table -------------------------------------------------------------------------------------------------------- */

/* The path cannot run into the plaintext: its length stands before it. */
static int
make_key(struct reuse *reuse, enum value_type type, struct slice path, struct slice plain, struct slice *out,
    struct error *err)
{
	buf_truncate(&reuse->key, 0);
	if (buf_byte(&reuse->key, (uint8_t)type, err) != 0 ||
	    buf_append(&reuse->key, slice_of(&path.len, sizeof(path.len)), err) != 0 ||
	    buf_append(&reuse->key, path, err) != 0 ||
	    buf_append(&reuse->key, plain, err) != 0)
		return (int)err->kind;
	*out = buf_slice(&reuse->key);
	return 0;
}

static int
index_add(struct reuse *reuse, struct kept *kept, struct error *err)
{
	struct slice	 key, copy;
	struct kept	*first;

	if (make_key(reuse, kept->type, kept->path, kept->plain, &key, err) != 0)
		return (int)err->kind;
	kept->last = kept;
	if ((first = key_index_find(&reuse->index, key)) != NULL) {
		first->last->next = kept;
		first->last = kept;
		return 0;
	}
	return arena_copy(&reuse->arena, key, &copy, err) != 0 || key_index_add(&reuse->index, copy, kept, NULL, err) != 0 ?
	    (int)err->kind : 0;
}

static int
index_all(struct reuse *reuse, struct error *err)
{
	reuse->indexed = true;
	for (struct kept_block *block = reuse->first; block != NULL; block = block->next)
		for (size_t i = 0; i < block->count; i++)
			if (!block->list[i].taken && index_add(reuse, &block->list[i], err) != 0)
				return (int)err->kind;
	return 0;
}

static int
find_indexed(struct reuse *reuse, enum value_type type, struct slice path, struct slice plain, struct kept **out,
    struct error *err)
{
	struct kept	*kept;
	struct slice	 key;

	*out = NULL;
	if ((!reuse->indexed && index_all(reuse, err) != 0) || make_key(reuse, type, path, plain, &key, err) != 0)
		return (int)err->kind;
	if ((kept = key_index_find(&reuse->index, key)) == NULL)
		return 0;
	/* Those that were taken in order need not be looked at again. */
	while (kept->taken && kept->next != NULL) {
		kept->next->last = kept->last;
		kept = kept->next;
	}
	key_index_set(&reuse->index, key, kept);
	if (!kept->taken)
		*out = kept;
	return 0;
}

int
reuse_add(struct reuse *reuse, enum value_type type, struct slice path, struct slice plain,
    const struct reuse_entry *entry, struct error *err)
{
	struct kept	*kept;
	size_t		 bit = filter_bit(type, path, plain);

	if (kept_new(reuse, &kept, err) != 0)
		return (int)err->kind;
	*kept = (struct kept){ .type = type, .entry = *entry };
	if (arena_copy(&reuse->arena, path, &kept->path, err) != 0 || arena_copy(&reuse->arena, plain, &kept->plain, err) != 0)
		return (int)err->kind;
	/* What it was spelled as is mostly what it is. */
	if (slice_eq(entry->spelled, plain))
		kept->entry.spelled = kept->plain;
	else if (arena_copy(&reuse->arena, entry->spelled, &kept->entry.spelled, err) != 0)
		return (int)err->kind;
	reuse->filter[bit >> 3] |= (uint8_t)(1 << (bit & 7));
	return reuse->indexed ? index_add(reuse, kept, err) : 0;
}

int
reuse_take(struct reuse *reuse, enum value_type type, struct slice path, struct slice plain,
    const struct reuse_entry **out, struct error *err)
{
	struct kept	*kept = find_ahead(reuse, type, path, plain);
	size_t		 bit;

	*out = NULL;
	if (kept == NULL) {
		bit = filter_bit(type, path, plain);
		if ((reuse->filter[bit >> 3] & 1 << (bit & 7)) != 0 && find_indexed(reuse, type, path, plain, &kept, err) != 0)
			return (int)err->kind;
	}
	if (kept == NULL)
		return 0;
	kept->taken = true;
	*out = &kept->entry;
	return 0;
}
