#include "yamlmerge/key_index.h"

#include <stdio.h>

#include "tests/tap.h"

#define MANY	20000

int
main(void)
{
	CLEANUP(key_index_release) struct key_index index = KEY_INDEX;
	static char	keys[MANY][16];
	static int	values[MANY];
	struct error	err = ERROR_INIT;
	void		*there = NULL;
	int		missing = 0, other = 7;

	ok(key_index_find(&index, SLICE("a")) == NULL, "nothing is found in an empty index");
	for (int i = 0; i < MANY; i++) {
		(void)snprintf(keys[i], sizeof(keys[i]), "key %d", i);
		if (key_index_add(&index, slice_str(keys[i]), &values[i], &there, &err) != 0 || there != NULL)
			bail_out("cannot add");
	}
	for (int i = 0; i < MANY; i++)
		missing += key_index_find(&index, slice_str(keys[i])) != &values[i];
	is_int(missing, 0, "many keys are found again");
	is_int(index.count, MANY, "and counted");
	ok(key_index_find(&index, SLICE("key")) == NULL && key_index_find(&index, SLICE("key 20000")) == NULL, "others are not found");
	ok(key_index_add(&index, SLICE("key 5"), &other, &there, &err) == 0 && there == &values[5] &&
	    key_index_find(&index, SLICE("key 5")) == &values[5], "a key that is there stays");
	key_index_set(&index, SLICE("key 5"), &other);
	ok(key_index_find(&index, SLICE("key 5")) == &other, "until it is set");
	ok(key_index_add(&index, SLICE(""), &other, NULL, &err) == 0 && key_index_find(&index, SLICE_NONE) == &other, "the empty key is a key");
	ok(key_index_add(&index, SLICE("a\0b"), &values[0], NULL, &err) == 0 && key_index_find(&index, SLICE("a\0c")) == NULL,
	    "keys may hold NUL");
	key_index_reset(&index);
	ok(index.count == 0 && key_index_find(&index, SLICE("key 5")) == NULL, "a reset forgets");
	ok(key_index_add(&index, SLICE("key 5"), &other, &there, &err) == 0 && there == NULL, "and the index can be used again");
	return done_testing();
}
