#include "sops/reuse.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "yamlmerge/key_index.h"

/* Entries of one key, oldest first. */
struct queue {
	struct reuse_entry	*first, *last;
};

struct reuse {
	struct key_index	index;		/* type, path and plaintext -> struct queue */
	struct arena		arena;
	struct buf		key;
};

int
reuse_new(struct reuse **out, struct error *err)
{
	struct reuse *reuse = calloc(1, sizeof(*reuse));

	if (reuse == NULL)
		return err_memory(err);
	reuse->index = KEY_INDEX;
	reuse->arena = ARENA_SECRET(8 * LIMIT_DOCUMENT);
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
	free(reuse);
}

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
new_queue(struct reuse *reuse, struct slice key, struct queue **out, struct error *err)
{
	struct slice	 kept;
	void		*room;

	if (arena_alloc(&reuse->arena, sizeof(**out), &room, err) != 0 ||
	    arena_copy(&reuse->arena, key, &kept, err) != 0 ||
	    key_index_add(&reuse->index, kept, room, NULL, err) != 0)
		return (int)err->kind;
	*out = room;
	return 0;
}

int
reuse_add(struct reuse *reuse, enum value_type type, struct slice path, struct slice plain,
    const struct reuse_entry *entry, struct error *err)
{
	struct reuse_entry	*kept;
	struct queue		*queue;
	struct slice		 key;
	void			*room;

	if (make_key(reuse, type, path, plain, &key, err) != 0)
		return (int)err->kind;
	if ((queue = key_index_find(&reuse->index, key)) == NULL && new_queue(reuse, key, &queue, err) != 0)
		return (int)err->kind;
	if (arena_alloc(&reuse->arena, sizeof(*kept), &room, err) != 0)
		return (int)err->kind;
	kept = room;
	*kept = *entry;
	kept->next = NULL;
	if (arena_copy(&reuse->arena, entry->spelled, &kept->spelled, err) != 0)
		return (int)err->kind;
	if (queue->last != NULL)
		queue->last->next = kept;
	else
		queue->first = kept;
	queue->last = kept;
	return 0;
}

int
reuse_take(struct reuse *reuse, enum value_type type, struct slice path, struct slice plain,
    const struct reuse_entry **out, struct error *err)
{
	struct queue	*queue;
	struct slice	 key;

	*out = NULL;
	if (make_key(reuse, type, path, plain, &key, err) != 0)
		return (int)err->kind;
	if ((queue = key_index_find(&reuse->index, key)) == NULL || queue->first == NULL)
		return 0;
	*out = queue->first;
	queue->first = queue->first->next;
	if (queue->first == NULL)
		queue->last = NULL;
	return 0;
}
