#ifndef YAMLMERGE_KEY_INDEX_H
#define YAMLMERGE_KEY_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/slice.h"

/*
 * Keys of one map and what belongs to them: a hash table under a key of its own (SipHash), so that nobody who
 * chooses the keys can choose the time.  The slices are not copied and must outlive the index.
 */
struct key_index {
	struct key_slot	*slots;
	size_t		 count, capacity;	/* a power of two, at most three quarters full */
	uint64_t	 secret[2];
};

#define KEY_INDEX	((struct key_index){ .slots = NULL })

/*
 * Remember ${value} (not NULL) under ${key}, unless the key is there already: ${there_opt} is then what it has, else NULL.
 * ERR_MEMORY.
 */
int	key_index_add(struct key_index *index, struct slice key, void *value, void **there_opt, struct error *err) WARN_UNUSED;
/* What belongs to ${key}, or NULL. */
void	*key_index_find(const struct key_index *index, struct slice key);
/* Give a key that is there (key_index_add() said so) another value. */
void	key_index_set(struct key_index *index, struct slice key, void *value);
/* Empty, for the next map. */
void	key_index_reset(struct key_index *index);
void	key_index_release(struct key_index *index);

#endif
