#include "sops/updatekeys.h"

#include "base/limits.h"
#include "sops/rewrap.h"

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
plan_key(const struct master_key *key, const char *mark, struct buf *plan, struct error *err)
{
	if (buf_str(plan, mark, err) != 0 || master_key_identity(key, plan, err) != 0)
		return (int)err->kind;
	return buf_byte(plan, '\n', err);
}

static int
plan_group(const struct key_group *have, const struct key_group *want, struct buf *plan, bool *changed, struct error *err)
{
	bool there;

	for (size_t i = 0; i < want->count; i++) {
		if (holds(have, &want->keys[i], &there, err) != 0 ||
		    plan_key(&want->keys[i], there ? "    " : "+++ ", plan, err) != 0)
			return (int)err->kind;
		*changed = *changed || !there;
	}
	for (size_t i = 0; i < have->count; i++) {
		if (holds(want, &have->keys[i], &there, err) != 0)
			return (int)err->kind;
		if (there)
			continue;
		*changed = true;
		if (plan_key(&have->keys[i], "--- ", plan, err) != 0)
			return (int)err->kind;
	}
	return 0;
}

static uint32_t
new_threshold(const struct metadata *meta, const struct config_rule *rule)
{
	return meta->shamir_threshold > rule->group_count ? (uint32_t)rule->group_count : meta->shamir_threshold;
}

int
updatekeys_plan(const struct metadata *meta, const struct config_rule *rule, struct buf *plan, bool *changed,
    struct error *err)
{
	uint32_t	threshold = new_threshold(meta, rule);
	size_t		groups = meta->group_count > rule->group_count ? meta->group_count : rule->group_count;

	*changed = threshold != meta->shamir_threshold;
	if (buf_str(plan, "The following changes will be made to the file's groups:\n", err) != 0)
		return (int)err->kind;
	if (*changed && buf_printf(plan, err, "+++ shamir_threshold: %u\n--- shamir_threshold: %u\n", (unsigned)threshold,
	    (unsigned)meta->shamir_threshold) != 0)
		return (int)err->kind;
	for (size_t i = 0; i < groups; i++)
		if (buf_printf(plan, err, "Group %zu\n", i + 1) != 0 ||
		    plan_group(group_at(meta->groups, meta->group_count, i), group_at(rule->groups, rule->group_count, i), plan, changed,
		    err) != 0)
			return (int)err->kind;
	return 0;
}

static int
take_groups(struct metadata *meta, const struct config_rule *rule, struct error *err)
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
			    key_group_add(group, &copy, &meta->arena, err) != 0)
				return (int)err->kind;
	}
	return 0;
}

int
updatekeys_apply(const struct opened *opened, const struct store *store, const struct config_rule *rule, int indent,
    struct keyring *ring, struct buf *out, struct error *err)
{
	CLEANUP(metadata_freep) struct metadata *meta = NULL;

	if (metadata_copy(opened->meta, &meta, err) != 0)
		return (int)err->kind;
	meta->shamir_threshold = new_threshold(meta, rule);
	if (take_groups(meta, rule, err) != 0)
		return (int)err->kind;
	return rewrap(opened, store, meta, indent, ring, out, err);
}
