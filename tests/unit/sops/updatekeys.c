#include "sops/updatekeys.h"

#include "tests/unit/sops/sealing.h"

#define A	AGE_RECIPIENT
#define B	"age1xsstyh3p5805k5rp3c49umlfc2xkrum79yc4k079qkdm6qvnjfgsfft9ks"

/* Groups, each a comma list, separated by ';'. */
static struct key_group *
groups(const char *text, struct arena *arena, size_t *count)
{
	struct slice	 rest = slice_str(text), part;
	struct error	 err = ERROR_INIT;
	void		*room;

	if (arena_alloc(arena, 8 * sizeof(struct key_group), &room, &err) != 0)
		bail_out(err.text);
	for (*count = 0; slice_split(&rest, ';', &part); (*count)++)
		if (key_group_parse((struct key_group *)room + *count, &key_types[KEY_AGE], part, NULL, arena, &err) != 0)
			bail_out(err.text);
	return room;
}

static const struct {
	const char	*claim, *have, *want;
	unsigned	 threshold, wanted;	/* of the file, of the rule when it is to be applied */
	bool		 changed;
	const char	*plan;
} cases[] = {
	{ "the same", A, A, 0, 0, false, "Group 1\n    " A "\n" },
	{ "another order in a group", A "," B, B "," A, 0, 0, false, "Group 1\n    " B "\n    " A "\n" },
	{ "one more", A, A "," B, 0, 0, true, "Group 1\n    " A "\n+++ " B "\n" },
	{ "another one", A, B, 0, 0, true, "Group 1\n+++ " B "\n--- " A "\n" },
	{ "another group", A, A ";" B, 0, 0, true, "Group 1\n    " A "\nGroup 2\n+++ " B "\n" },
	{ "groups that change places", A ";" B, B ";" A, 2, 0, true,
	    "Group 1\n+++ " B "\n--- " A "\nGroup 2\n+++ " A "\n--- " B "\n" },
	{ "fewer groups than the threshold", A ";" B, A, 2, 0, true,
	    "+++ shamir_threshold: 1\n--- shamir_threshold: 2\nGroup 1\n    " A "\nGroup 2\n--- " B "\n" },
	{ "another threshold in the rule", A ";" B ";" A, A ";" B ";" A, 3, 2, true, "+++ shamir_threshold: 2\n--- shamir_threshold: 3\n"
	    "Group 1\n    " A "\nGroup 2\n    " B "\nGroup 3\n    " A "\n" },
	{ "the same threshold in the rule", A ";" B, A ";" B, 2, 2, false, "Group 1\n    " A "\nGroup 2\n    " B "\n" },
	{ "a threshold in a rule of one group", A, A, 0, 2, false, "Group 1\n    " A "\n" },
};

int
main(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CLEANUP(arena_release) struct arena arena = ARENA(1 * MIB);
		CLEANUP(buf_release) struct buf plan = BUF(64 * KIB);
		struct metadata		meta = { .shamir_threshold = cases[i].threshold };
		struct config_rule	rule = { .shamir_threshold = cases[i].wanted != 0 ? cases[i].wanted : 7 };
		enum updatekeys_threshold whose = cases[i].wanted != 0 ? UPDATEKEYS_THRESHOLD_OF_RULE : UPDATEKEYS_THRESHOLD_OF_FILE;
		struct error		err = ERROR_INIT;
		bool			changed;

		meta.groups = groups(cases[i].have, &arena, &meta.group_count);
		rule.groups = groups(cases[i].want, &arena, &rule.group_count);
		if (!succeeds(updatekeys_plan(&meta, &rule, whose, &plan, &changed, &err), err, cases[i].claim))
			continue;
		is_int(changed, cases[i].changed, cases[i].changed ? "is a change" : "is no change");
		is_slice(slice_from(buf_slice(&plan), slice_find(buf_slice(&plan), '\n', 0) + 1), slice_str(cases[i].plan), "and is shown so");
	}
	return done_testing();
}
