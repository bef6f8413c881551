#include "sops/updatekeys.h"

#include "base/buf.h"

static const struct key_group no_group = { .count = 0 };

static const struct key_group *
group_at(const struct key_group *groups, size_t count, size_t i)
{
	return i < count ? &groups[i] : &no_group;
}

static int
holds(const struct key_group *group, const struct master_key *key, bool *out, struct error *err)
{
	*out = false;
	for (size_t i = 0; i < group->count && !*out; i++)
		if (master_key_same(&group->keys[i], key, out, err) != 0)
			return (int)err->kind;
	return 0;
}

static int
compare_group(const struct key_group *have, const struct key_group *want, size_t number, updatekeys_each *each, void *arg,
    struct error *err)
{
	bool there;

	if (each(arg, number, ' ', NULL, err) != 0)
		return (int)err->kind;
	/* In the order of sops: who stays, who comes, who goes. */
	for (size_t i = 0; i < want->count; i++)
		if (holds(have, &want->keys[i], &there, err) != 0 || (there && each(arg, number, ' ', &want->keys[i], err) != 0))
			return (int)err->kind;
	for (size_t i = 0; i < want->count; i++)
		if (holds(have, &want->keys[i], &there, err) != 0 || (!there && each(arg, number, '+', &want->keys[i], err) != 0))
			return (int)err->kind;
	for (size_t i = 0; i < have->count; i++)
		if (holds(want, &have->keys[i], &there, err) != 0 || (!there && each(arg, number, '-', &have->keys[i], err) != 0))
			return (int)err->kind;
	return 0;
}

int
updatekeys_compare(const struct metadata *meta, const struct config_rule *rule, updatekeys_each *each, void *arg, struct error *err)
{
	size_t groups = meta->group_count > rule->group_count ? meta->group_count : rule->group_count;

	for (size_t i = 0; i < groups; i++)
		if (compare_group(group_at(meta->groups, meta->group_count, i), group_at(rule->groups, rule->group_count, i), i, each, arg,
		    err) != 0)
			return (int)err->kind;
	return 0;
}

uint32_t
updatekeys_threshold(const struct metadata *meta, const struct config_rule *rule, enum updatekeys_threshold whose)
{
	if (whose == UPDATEKEYS_THRESHOLD_OF_RULE && rule->group_count > 1 && rule->shamir_threshold != 0)
		return rule->shamir_threshold;
	return meta->shamir_threshold > rule->group_count ? (uint32_t)rule->group_count : meta->shamir_threshold;
}

/* --- the plan --------------------------------------------------------------------------------------------------------- */

struct plan {
	struct buf	*text;
	bool		*changed;
};

static int
plan_key(void *arg, size_t group, char mark, const struct master_key *key, struct error *err)
{
	struct plan *plan = arg;

	if (key == NULL)
		return buf_printf(plan->text, err, "Group %zu\n", group + 1);
	*plan->changed = *plan->changed || mark != ' ';
	if (buf_printf(plan->text, err, "%c%c%c ", mark, mark, mark) != 0 || master_key_identity(key, plan->text, err) != 0)
		return (int)err->kind;
	return buf_byte(plan->text, '\n', err);
}

int
updatekeys_plan(const struct metadata *meta, const struct config_rule *rule, enum updatekeys_threshold whose, struct buf *plan,
    bool *changed, struct error *err)
{
	uint32_t	threshold = updatekeys_threshold(meta, rule, whose);
	struct plan	p = { plan, changed };

	*changed = threshold != meta->shamir_threshold;
	if (buf_str(plan, "The following changes will be made to the file's groups:\n", err) != 0)
		return (int)err->kind;
	if (*changed && buf_printf(plan, err, "+++ shamir_threshold: %u\n--- shamir_threshold: %u\n", (unsigned)threshold,
	    (unsigned)meta->shamir_threshold) != 0)
		return (int)err->kind;
	return updatekeys_compare(meta, rule, plan_key, &p, err);
}

/* --- new recipients --------------------------------------------------------------------------------------------------- */

/* Where a key is of a service that we cannot ask, what the file has of it is still good: the data key stays the same. */
static int
keep_foreign(const struct metadata *old, struct metadata *meta, struct master_key *key, struct error *err)
{
	const struct key_group	*group = old->group_count == 1 ? &old->groups[0] : NULL;
	bool			 same = false;

	for (size_t i = 0; key->type->foreign && group != NULL && i < group->count && !same; i++) {
		if (master_key_same(&group->keys[i], key, &same, err) != 0)
			return (int)err->kind;
		if (same && master_key_copy(&group->keys[i], &meta->arena, key, err) != 0)
			return (int)err->kind;
		key->kept = same;
	}
	return 0;
}

static int
take_groups(const struct metadata *old, struct metadata *meta, const struct config_rule *rule, struct error *err)
{
	struct key_group	*group;
	struct master_key	 copy;

	meta->group_count = 0;
	meta->groups = NULL;
	for (size_t g = 0; g < rule->group_count; g++) {
		if (metadata_group_add(meta, &group, err) != 0)
			return (int)err->kind;
		for (size_t i = 0; i < rule->groups[g].count; i++)
			if (master_key_copy(&rule->groups[g].keys[i], &meta->arena, &copy, err) != 0 ||
			    (rule->group_count == 1 && keep_foreign(old, meta, &copy, err) != 0) ||
			    key_group_add(group, &copy, &meta->arena, err) != 0)
				return (int)err->kind;
	}
	return 0;
}

int
updatekeys_metadata(const struct metadata *meta, const struct config_rule *rule, enum updatekeys_threshold whose,
    struct metadata **out, struct error *err)
{
	CLEANUP(metadata_freep) struct metadata *copy = NULL;

	if (metadata_copy(meta, &copy, err) != 0)
		return (int)err->kind;
	copy->shamir_threshold = updatekeys_threshold(meta, rule, whose);
	if (take_groups(meta, copy, rule, err) != 0)
		return (int)err->kind;
	*out = TAKE(copy);
	return 0;
}
