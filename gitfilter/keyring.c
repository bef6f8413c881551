#include "gitfilter/keyring.h"

#include <stdlib.h>
#include <string.h>

#include "gitfilter/keydir.h"

int
keyring_add(struct keyring *ring, struct keyfile *key, struct error *err)
{
	CLEANUP(keyfile_freep) struct keyfile	*owned = key;
	struct keyring_key			*larger;
	int					 rc;

	if ((larger = reallocarray(ring->keys, ring->count + 1, sizeof(*larger))) == NULL)
		return err_memory(err);
	ring->keys = larger;
	if ((rc = blob_cipher_new(key, &larger[ring->count].cipher, err)) != 0)
		return rc;
	larger[ring->count++].key = TAKE(owned);
	return 0;
}

int
keyring_load(struct keyring *ring, const struct gitdir *dir, struct error *err)
{
	CLEANUP(keydir_names_release) struct keydir_names	names = { NULL, 0 };
	struct keyfile						*key;
	int							rc;

	if ((rc = keydir_list(dir, &names, err)) != 0)
		return rc;
	for (size_t i = 0; i < names.count; i++)
		if ((rc = keydir_load(dir, names.name[i], &key, err)) != 0 || (rc = keyring_add(ring, key, err)) != 0)
			return rc;
	return 0;
}

const struct keyfile *
keyring_find(const struct keyring *ring, const char *name)
{
	for (size_t i = ring->count; i > 0; i--)
		if (strcmp(ring->keys[i - 1].key->name, name) == 0)
			return ring->keys[i - 1].key;
	return NULL;
}

/* Does this key open it?  A wrong tag is an answer. */
static int
try(struct keyring *ring, const struct keyring_key *key, struct slice blob, bool *opened, struct error *err)
{
	struct error		failure = ERROR_INIT;
	struct source_memory	in;
	struct sink_buf		out;
	int			rc;

	buf_reset(&ring->plain);
	source_memory_init(&in, blob);
	sink_buf_init(&out, &ring->plain);
	rc = blob_open(key->cipher, &in.source, &out.sink, &failure);
	*opened = rc == 0;
	if (rc == 0 || rc == ERR_TAMPERED || rc == ERR_NO_KEY)
		return 0;
	*err = failure;
	return rc;
}

int
keyring_open(struct keyring *ring, const char *name, struct slice blob, const struct keyfile **which, struct error *err)
{
	*which = NULL;
	for (unsigned others = 0; others < 2; others++)
		for (size_t i = ring->count; i > 0; i--) {
			const struct keyring_key	*key = &ring->keys[i - 1];
			bool				opened;
			int				rc;

			if ((strcmp(key->key->name, name) != 0) != (others != 0))
				continue;
			if ((rc = try(ring, key, blob, &opened, err)) != 0)
				return rc;
			if (opened) {
				*which = key->key;
				return 0;
			}
		}
	buf_reset(&ring->plain);
	return 0;
}

void
keyring_release(struct keyring *ring)
{
	for (size_t i = 0; i < ring->count; i++) {
		blob_cipher_free(ring->keys[i].cipher);
		keyfile_free(ring->keys[i].key);
	}
	free(ring->keys);
	ring->keys = NULL;
	ring->count = 0;
	buf_release(&ring->plain);
}
