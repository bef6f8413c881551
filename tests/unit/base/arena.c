#include "base/arena.h"

#include <stdalign.h>

#include "tests/tap.h"

static void
test(struct arena *arena)
{
	struct error	err = ERROR_INIT;
	struct slice	copy, copies[3000];
	char		text[20];
	void		*p;
	bool		same = true, aligned = true, zero = true;

	for (int i = 0; i < 3000; i++) {
		(void)snprintf(text, sizeof(text), "entry %d", i);
		if (arena_copy(arena, slice_str(text), &copies[i], &err) != 0)
			bail_out(err.text);
	}
	for (int i = 0; i < 3000; i++) {
		(void)snprintf(text, sizeof(text), "entry %d", i);
		same = same && slice_eq(copies[i], slice_str(text)) && copies[i].data[copies[i].len] == '\0';
	}
	ok(same, "copies stay while others are made, each with a NUL behind it");
	for (size_t size = 1; size < 200; size++) {
		if (arena_alloc(arena, size, &p, &err) != 0)
			bail_out(err.text);
		aligned = aligned && (uintptr_t)p % alignof(max_align_t) == 0;
		for (size_t i = 0; i < size; i++)
			zero = zero && ((char *)p)[i] == 0;
		memset(p, 'x', size);
	}
	ok(aligned, "memory is aligned for any type");
	ok(zero, "and zero, block after block");
	succeeds(arena_alloc(arena, 3 * 1024 * 1024, &p, &err), err, "larger than a block is fine");
	memset(p, 'x', 3 * 1024 * 1024);
	succeeds(arena_alloc(arena, 0, &p, &err), err, "nothing is something");
	succeeds(arena_copy(arena, SLICE_NONE, &copy, &err), err, "so is a copy of nothing");
	ok(copy.len == 0 && copy.data != NULL && copy.data[0] == '\0', "which is an empty string");
	arena_release(arena);
	is_int(arena->used, 0, "released, it is empty");
}

static void
test_rewind(void)
{
	struct arena	arena = ARENA_SECRET(16 * 1024 * 1024), mark;
	struct error	err = ERROR_INIT;
	struct slice	kept;
	void		*p;

	succeeds(arena_copy(&arena, SLICE("kept"), &kept, &err), err, "something to keep");
	mark = arena;
	for (size_t i = 0; i < 3000; i++)
		if (arena_alloc(&arena, 1000, &p, &err) != 0)
			bail_out("no memory");
	arena_rewind(&arena, &mark);
	ok(arena.used == mark.used && slice_eq(kept, SLICE("kept")), "what came before the mark stays");
	succeeds(arena_alloc(&arena, 15 * 1024 * 1024, &p, &err), err, "what came behind it can be had again");
	arena_release(&arena);
}

int
main(void)
{
	struct arena	plain = ARENA(16 * 1024 * 1024), secret = ARENA_SECRET(16 * 1024 * 1024), small = ARENA(100);
	struct error	err = ERROR_INIT;
	struct slice	copy;
	void		*p = NULL;

	test(&plain);
	test(&secret);
	test_rewind();
	is_int(arena_alloc(&small, 101, &p, &err), ERR_LIMIT, "more than the maximum is refused");
	err_reset(&err);
	is_int(arena_alloc(&small, SIZE_MAX, &p, &err), ERR_LIMIT, "also when the sum would overflow");
	err_reset(&err);
	ok(p == NULL, "and gives nothing");
	is_int(arena_alloc(&small, 60, &p, &err), 0, "what fits is given");
	is_int(arena_alloc(&small, 41, &p, &err), ERR_LIMIT, "until it is used up");
	err_reset(&err);
	is_int(arena_copy(&small, slice_of("x", SIZE_MAX), &copy, &err), ERR_LIMIT, "no copy is too long to refuse");
	err_reset(&err);
	is_int(arena_alloc(&small, 40, &p, &err), 0, "the last byte can be had");
	arena_release(&small);
	return done_testing();
}
