#include "sops/rewrap.h"

#include "tests/unit/sops/sealing.h"

/* Groups as numbers of keys: what is left of ${keys}, and the threshold. */
static const struct {
	const char	*claim;
	size_t		 groups;
	uint32_t	 had;
	int64_t		 delete;	/* -1: add one */
	size_t		 keys;		/* of the one that is added */
	uint32_t	 threshold;
	enum err_kind	 kind;
	size_t		 left;
	uint32_t	 has;
} cases[] = {
	{ "a second group", 1, 0, -1, 2, 0, 0, 2, 0 },
	{ "a second group, with a threshold", 1, 0, -1, 1, 2, 0, 2, 2 },
	{ "a third group keeps the threshold", 2, 2, -1, 1, 0, 0, 3, 2 },
	{ "an empty group", 1, 0, -1, 0, 0, ERR_NO_KEY, 1, 0 },
	{ "the last of three", 3, 2, 2, 0, 0, 0, 2, 2 },
	{ "the first of three", 3, 2, 0, 0, 0, 0, 2, 2 },
	{ "one of two that are both needed", 2, 2, 1, 0, 0, ERR_RANGE, 2, 2 },
	{ "one of two, with a smaller threshold", 2, 2, 1, 0, 1, 0, 1, 0 },
	{ "one of three, with a threshold of three", 3, 2, 1, 0, 3, ERR_RANGE, 3, 2 },
	{ "the only one", 1, 0, 0, 0, 0, ERR_NO_KEY, 1, 0 },
	{ "one that is not there", 2, 2, 2, 0, 0, ERR_RANGE, 2, 2 },
};

static void
fill(struct key_group *group, size_t keys, struct arena *arena)
{
	struct error err = ERROR_INIT;

	for (size_t i = 0; i < keys; i++)
		if (key_group_parse(group, &key_types[KEY_AGE], slice_str(AGE_RECIPIENT), NULL, arena, &err) != 0)
			bail_out(err.text);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CLEANUP(arena_release) struct arena arena = ARENA(1 * MIB);
		CLEANUP(metadata_freep) struct metadata *meta = NULL;
		struct key_group	 keys = { .count = 0 }, *group;
		struct error		 err = ERROR_INIT;
		int			 rc;

		if (metadata_new(&meta, &err) != 0)
			bail_out(err.text);
		for (size_t g = 0; g < cases[i].groups; g++) {
			if (metadata_group_add(meta, &group, &err) != 0)
				bail_out(err.text);
			fill(group, g + 1, &meta->arena);
		}
		meta->shamir_threshold = cases[i].had;
		fill(&keys, cases[i].keys, &arena);
		rc = cases[i].delete < 0 ? rewrap_add_group(meta, &keys, cases[i].threshold, &err) :
		    rewrap_delete_group(meta, (size_t)cases[i].delete, cases[i].threshold, &err);
		is_int(rc, cases[i].kind, cases[i].claim);
		is_int(meta->group_count, cases[i].left, "leaves so many groups");
		is_int(meta->shamir_threshold, cases[i].has, "of which so many are needed");
		if (rc == 0 && cases[i].delete < 0)
			is_int(meta->groups[meta->group_count - 1].count, cases[i].keys, "the new one is the last");
		if (rc == 0 && cases[i].delete >= 0)
			for (size_t g = 0; g < meta->group_count; g++)
				is_int(meta->groups[g].count, g + 1 + (g >= (size_t)cases[i].delete), "the others stay, in their order");
	}
	return done_testing();
}
