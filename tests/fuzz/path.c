#include "yamlmerge/path.h"

#include "base/limits.h"
#include "tests/fuzz/fuzz.h"

static bool
same(const struct path *a, const struct path *b)
{
	for (size_t i = 0; i < a->count && a->count == b->count; i++)
		if (a->steps[i].is_index != b->steps[i].is_index ||
		    (a->steps[i].is_index ? a->steps[i].index != b->steps[i].index : !slice_eq(a->steps[i].key, b->steps[i].key)))
			return false;
	return a->count == b->count;
}

/* Both spellings; a bracketed path prints to one that reads the same. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_release) struct arena	arena = ARENA(64 * MIB);
	CLEANUP(buf_release) struct buf		text = BUF(64 * MIB);
	struct error				err = ERROR_INIT;
	struct path				path, again;

	if (path_parse(slice_of(data, size), &arena, &path, &err) == 0) {
		MUST(path_print(&path, &text, &err) == 0);
		/* A key with quotes of both kinds may not survive: that spelling has no escapes. */
		if (path_parse(buf_slice(&text), &arena, &again, &err) == 0)
			MUST(same(&path, &again));
	}
	err_reset(&err);
	if (path_parse_dotted(slice_of(data, size), &arena, &path, &err) == 0) {
		buf_reset(&text);
		MUST(path_print_dotted(&path, &text, &err) == 0);
	} else
		MUST(err.kind == ERR_PATH || err.kind == ERR_RANGE || err.kind == ERR_LIMIT);
	return 0;
}
