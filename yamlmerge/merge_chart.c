#include "yamlmerge/merge.h"

#include "yamlmerge/merge_tree.h"

/*
 * The finished fold over the chart's values (hubmerge 1.5, "full").  A key of the chart which the fold lacks is copied, unless
 * Helm must supply it itself: copied, it would be a user value, and those are read by other rules than defaults.
 */
static bool
has_null(const struct merge_value *value)
{
	const struct merge_value *child;

	if (value->kind == MERGE_NULL)
		return true;
	if (value->kind == MERGE_LIST)
		return false;		/* Helm does not look into lists: what stands there is a value */
	for (child = value->child; child != NULL; child = child->next)
		if (has_null(child))
			return true;
	return false;
}

static const char *
why_left(const struct merge_value *value, const struct chart *names)
{
	if (chart_find(names, value->key) != NULL)
		return "it belongs to a subchart";
	return has_null(value) ? "it holds a null" : NULL;
}

/* Make the members of ${map} these, in this order. */
static void
relink(struct merge_value *map, struct merge_value **members, uint32_t count)
{
	map->child = map->last = NULL;
	map->count = count;
	map->index = NULL;		/* it would lack those of the chart; merge_member() does without */
	for (uint32_t i = 0; i < count; i++) {
		members[i]->next = NULL;
		if (map->child == NULL)
			map->child = members[i];
		else
			map->last->next = members[i];
		map->last = members[i];
	}
}

static int	overlay(struct merged *merged, struct merge_value *user, const struct merge_value *chart, const struct chart *names,
		    const struct merge_trail *trail, struct error *err);

/* The chart's value is the last of what ${mine} overrode. */
static int
put_below(struct merged *merged, struct merge_value *mine, const struct merge_value *theirs, struct error *err)
{
	struct merge_value	*copy;
	void			*memory;

	if (arena_alloc(&merged->arena, sizeof(*copy), &memory, err) != 0)
		return (int)err->kind;
	copy = memory;
	*copy = *theirs;
	copy->next = NULL;
	while (mine->overrode != NULL)
		mine = mine->overrode;
	mine->overrode = copy;
	return 0;
}

/* One key of the chart's map: what stands for it in the result is ${mine} afterwards, NULL when nothing does. */
static int
overlay_member(struct merged *merged, struct merge_value **mine, struct merge_value *theirs, const struct chart *names,
    const struct merge_trail *here, struct error *err)
{
	const char *why;

	/* 1.5 (c): of globals only the user's own go in, at the top and under a subchart's name. */
	if (names != NULL && slice_eq(theirs->key, SLICE("global")))
		why = "globals are handed down by Helm";
	else if (*mine != NULL) {
		if ((*mine)->kind == MERGE_MAP && theirs->kind == MERGE_MAP)
			return overlay(merged, *mine, theirs, chart_find(names, theirs->key), here, err);
		return put_below(merged, *mine, theirs, err);
	} else
		why = why_left(theirs, names);
	if (why != NULL)
		return merge_tree_remark(merged, &merged->left, theirs, here, err, "%s", why);
	*mine = theirs;
	return 0;
}

/* ${names}: the subcharts of the chart whose values these are; NULL inside ordinary maps. */
static int
overlay(struct merged *merged, struct merge_value *user, const struct merge_value *chart, const struct chart *names,
    const struct merge_trail *trail, struct error *err)
{
	struct merge_trail	  here = { .up = trail };
	struct merge_value	 *child, *mine, **members;
	uint32_t		  count = 0;
	void			 *memory;

	if (arena_alloc(&merged->arena, ((size_t)user->count + chart->count + 1) * sizeof(*members), &memory, err) != 0)
		return (int)err->kind;
	members = memory;
	for (child = chart->child; child != NULL; child = child->next) {
		here.key = child->key;
		mine = merge_member(user, child->key);
		if (overlay_member(merged, &mine, child, names, &here, err) != 0)
			return (int)err->kind;
		if (mine != NULL) {
			mine->placed = true;
			members[count++] = mine;
		}
	}
	for (child = user->child; child != NULL; child = child->next)
		if (!child->placed)
			members[count++] = child;
	relink(user, members, count);
	return 0;
}

/* What stands at the name of a subchart must be its values: a map, or null. */
static int
check_subcharts(const struct merge_value *user, const struct chart *names, const struct merge_trail *trail, struct error *err)
{
	CLEANUP(buf_release) struct buf	 path = BUF(MIB);
	struct merge_trail		 here = { .up = trail };
	const struct chart		*sub;
	const struct merge_value	*value;

	for (sub = names->subcharts; sub != NULL; sub = sub->next) {
		value = merge_member(user, sub->name);
		if (value == NULL || value->kind == MERGE_NULL || sub->renamed)
			continue;
		here.key = sub->name;
		if (value->kind == MERGE_MAP) {
			if (check_subcharts(value, sub, &here, err) != 0)
				return (int)err->kind;
			continue;
		}
		if (merge_trail_print(&here, &path, err) != 0)
			return (int)err->kind;
		(void)err_set(err, ERR_TYPE, "'%.*s' is a subchart, whose values must be a map", SLICE_ARG(buf_slice(&path)));
		(void)err_at(err, value->line, value->column);
		return err_file(err, value->layer->path);
	}
	return 0;
}

int
merge_over_chart(struct merged *user, const struct layer *chart, const struct chart *names, struct error *err)
{
	static const struct chart	 lone = { .name = SLICE("") };
	const struct merge_trail	 root = { .up = NULL };
	struct merge_value		*values;

	if (merge_read(user, chart, &values, err) != 0)
		return (int)err->kind;
	if (user->root == NULL) {
		static const struct node nowhere = { .line = 1, .column = 1 };

		if (merge_tree_new(user, MERGE_MAP, chart, &nowhere, &user->root, err) != 0)
			return (int)err->kind;
	}
	if (names == NULL)
		names = &lone;
	if (check_subcharts(user->root, names, &root, err) != 0)
		return (int)err->kind;
	return overlay(user, user->root, values, names, &root, err);
}

/* --- nulls that remove maps ----------------------------------------------------------------------------------------- */

static int
removed(struct merged *merged, const struct merge_value *user, const struct merge_value *chart, const struct merge_trail *trail,
    struct merge_remarks *out, struct error *err)
{
	struct merge_trail		 here = { .up = trail };
	const struct merge_value	*child, *theirs;

	for (child = user->child; child != NULL; child = child->next) {
		theirs = merge_member(chart, child->key);
		if (theirs == NULL || theirs->kind != MERGE_MAP)
			continue;
		here.key = child->key;
		if (child->kind == MERGE_NULL &&
		    merge_tree_remark(merged, out, child, &here, err, "this null removes what the chart has there") != 0)
			return (int)err->kind;
		if (child->kind == MERGE_MAP && removed(merged, child, theirs, &here, out, err) != 0)
			return (int)err->kind;
	}
	return 0;
}

int
merge_removed(struct merged *user, const struct layer *chart, struct merge_remarks *out, struct error *err)
{
	const struct merge_trail	 root = { .up = NULL };
	struct merge_remarks		 warnings = user->warnings;
	struct merge_value		*values;

	if (user->root == NULL)
		return 0;
	if (merge_read(user, chart, &values, err) != 0)
		return (int)err->kind;
	/* Warnings about the chart come when it is merged. */
	user->warnings = warnings;
	if (warnings.end != NULL)
		*warnings.end = NULL;
	else
		user->warnings.first = NULL;
	return removed(user, user->root, values, &root, out, err);
}
