#include "yamlmerge/key_index.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/num.h"

struct key_slot {
	struct slice	 key;
	uint64_t	 hash;
	void		*value;		/* NULL: free */
};

/* A larger table is freed by a reset: clearing it for each of many small maps would be quadratic. */
#define RESET_MAX	1024

#define ROTATE(x, bits)	((x) << (bits) | (x) >> (64 - (bits)))

static void
sip_round(uint64_t v[static 4])
{
	v[0] += v[1], v[1] = ROTATE(v[1], 13), v[1] ^= v[0], v[0] = ROTATE(v[0], 32);
	v[2] += v[3], v[3] = ROTATE(v[3], 16), v[3] ^= v[2];
	v[0] += v[3], v[3] = ROTATE(v[3], 21), v[3] ^= v[0];
	v[2] += v[1], v[1] = ROTATE(v[1], 17), v[1] ^= v[2], v[2] = ROTATE(v[2], 32);
}

/* SipHash-1-3; only this process sees the result, so the byte order is the machine's. */
static uint64_t
sip(const uint64_t secret[static 2], struct slice bytes)
{
	uint64_t v[4] = {
		secret[0] ^ UINT64_C(0x736f6d6570736575), secret[1] ^ UINT64_C(0x646f72616e646f6d),
		secret[0] ^ UINT64_C(0x6c7967656e657261), secret[1] ^ UINT64_C(0x7465646279746573),
	};
	uint64_t word;
	size_t	 i;

	for (i = 0; bytes.len - i >= 8; i += 8) {
		(void)memcpy(&word, bytes.data + i, 8);
		v[3] ^= word;
		sip_round(v);
		v[0] ^= word;
	}
	word = 0;
	if (bytes.len > i)
		(void)memcpy(&word, bytes.data + i, bytes.len - i);
	word ^= (uint64_t)bytes.len << 56;
	v[3] ^= word;
	sip_round(v);
	v[0] ^= word;
	v[2] ^= 0xff;
	for (i = 0; i < 3; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* Where the key is, or would go. */
static struct key_slot *
find(const struct key_index *index, struct slice key, uint64_t hash)
{
	size_t at = (size_t)hash & (index->capacity - 1);

	while (index->slots[at].value != NULL &&
	    (index->slots[at].hash != hash || !slice_eq(index->slots[at].key, key)))
		at = (at + 1) & (index->capacity - 1);
	return &index->slots[at];
}

static int
grow(struct key_index *index, struct error *err)
{
	struct key_index larger = *index;

	if (index->capacity == 0 && getentropy(larger.secret, sizeof(larger.secret)) != 0) {
		/* A kernel that gives none: a key that is merely hard to know will do. */
		larger.secret[0] = (uint64_t)time(NULL);
		larger.secret[1] = (uint64_t)(uintptr_t)index;
	}
	larger.capacity = index->capacity == 0 ? 16 : index->capacity * 2;
	larger.slots = calloc(larger.capacity, sizeof(*larger.slots));
	if (larger.slots == NULL)
		return err_memory(err);
	for (size_t i = 0; i < index->capacity; i++)
		if (index->slots[i].value != NULL)
			*find(&larger, index->slots[i].key, index->slots[i].hash) = index->slots[i];
	free(index->slots);
	*index = larger;
	return 0;
}

int
key_index_add(struct key_index *index, struct slice key, void *value, void **there_opt, struct error *err)
{
	struct key_slot	*slot;
	uint64_t	 hash;

	if (index->count >= index->capacity / 4 * 3 && grow(index, err) != 0)
		return (int)err->kind;
	hash = sip(index->secret, key);
	slot = find(index, key, hash);
	if (there_opt != NULL)
		*there_opt = slot->value;
	if (slot->value == NULL) {
		*slot = (struct key_slot){ key, hash, value };
		index->count++;
	}
	return 0;
}

void *
key_index_find(const struct key_index *index, struct slice key)
{
	return index->count != 0 ? find(index, key, sip(index->secret, key))->value : NULL;
}

void
key_index_set(struct key_index *index, struct slice key, void *value)
{
	if (index->count != 0)
		find(index, key, sip(index->secret, key))->value = value;
}

void
key_index_reset(struct key_index *index)
{
	if (index->capacity > RESET_MAX)
		key_index_release(index);
	else if (index->count != 0)
		(void)memset(index->slots, 0, index->capacity * sizeof(*index->slots));
	index->count = 0;
}

void
key_index_release(struct key_index *index)
{
	free(index->slots);
	*index = KEY_INDEX;
}
