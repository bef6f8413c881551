#include "sops/reuse.h"

#include "tests/tap.h"

static struct reuse *reuse;

static bool
add(enum value_type type, const char *path, const char *plain, const char *sealed)
{
	struct reuse_entry	entry = { .sealed = slice_str(sealed), .source = slice_str(sealed), .spelled = slice_str(plain) };
	struct error		err = ERROR_INIT;

	return reuse_add(reuse, type, slice_str(path), slice_str(plain), &entry, &err) == 0;
}

/* The container that is handed out, or "none". */
static const char *
take(enum value_type type, const char *path, const char *plain)
{
	const struct reuse_entry	*entry;
	struct error			 err = ERROR_INIT;

	if (reuse_take(reuse, type, slice_str(path), slice_str(plain), &entry, &err) != 0)
		return "failed";
	return entry != NULL ? (const char *)entry->sealed.data : "none";
}

int
main(void)
{
	struct error err = ERROR_INIT;

	if (!succeeds(reuse_new(&reuse, &err), err, "an empty store"))
		return done_testing();
	is_str(take(VALUE_STR, "a:", "x"), "none", "nothing is handed out of an empty store");
	ok(add(VALUE_STR, "a:", "x", "one"), "a container is kept");
	is_str(take(VALUE_INT, "a:", "x"), "none", "another type has another container");
	is_str(take(VALUE_STR, "b:", "x"), "none", "another path has another container");
	is_str(take(VALUE_STR, "a:", "z"), "none", "another plaintext has another container");
	is_str(take(VALUE_STR, "a:", "x"), "one", "the same value at the same path has its own again");
	is_str(take(VALUE_STR, "a:", "x"), "none", "a container is handed out once");

	ok(add(VALUE_STR, "l:", "x", "first") && add(VALUE_STR, "l:", "z", "other") && add(VALUE_STR, "l:", "x", "second"),
	    "equal elements of a list are kept apart");
	is_str(take(VALUE_STR, "l:", "x"), "first", "the first of equal elements comes first");
	is_str(take(VALUE_STR, "l:", "x"), "second", "the second comes second");
	is_str(take(VALUE_STR, "l:", "z"), "other", "the one between them is not disturbed");

	ok(add(VALUE_STR, "a:", "b:x", "near"), "a plaintext that looks like part of a path is kept");
	is_str(take(VALUE_STR, "a:b:", "x"), "none", "path and plaintext do not run into each other");

	for (unsigned i = 0; i < 5000; i++) {
		char path[32];

		snprintf(path, sizeof(path), "k%u:", i);
		if (!add(VALUE_STR, path, "v", "many"))
			bail_out("no memory");
	}
	is_str(take(VALUE_STR, "k4999:", "v"), "many", "thousands of containers are found");
	reuse_free(reuse);
	reuse_free(NULL);
	return done_testing();
}
