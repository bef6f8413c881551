#include "yamlmerge/merge_tree.h"

#include <math.h>
#include <stdio.h>

#include "base/secret.h"
#include "yamlmerge/key_index.h"
#include "yamlmerge/number.h"
#include "yamlmerge/path.h"

struct merge_indexes {
	struct key_index	 index;
	struct merge_indexes	*next;
};

int
merge_tree_new(struct merged *merged, enum merge_kind kind, const struct layer *layer, const struct node *node,
    struct merge_value **out, struct error *err)
{
	void *memory;

	if (arena_alloc(&merged->arena, sizeof(**out), &memory, err) != 0)
		return (int)err->kind;
	*out = memory;
	(*out)->kind = kind;
	(*out)->layer = layer;
	(*out)->node = node;
	(*out)->line = node->line;
	(*out)->column = node->column;
	return 0;
}

struct merge_value *
merge_member(const struct merge_value *map, struct slice key)
{
	struct merge_value *child;

	if (map->kind != MERGE_MAP)
		return NULL;
	if (map->index != NULL)
		return key_index_find(map->index, key);
	for (child = map->child; child != NULL; child = child->next)
		if (slice_eq(child->key, key))
			return child;
	return NULL;
}

static int
index_new(struct merged *merged, struct merge_value *map, struct error *err)
{
	struct merge_indexes	*indexes;
	struct merge_value	*child;
	void			*memory;

	if (arena_alloc(&merged->arena, sizeof(*indexes), &memory, err) != 0)
		return (int)err->kind;
	indexes = memory;
	indexes->index = KEY_INDEX;
	indexes->next = merged->indexes;
	merged->indexes = indexes;
	map->index = &indexes->index;
	for (child = map->child; child != NULL; child = child->next)
		if (key_index_add(map->index, child->key, child, &memory, err) != 0)
			return (int)err->kind;
	return 0;
}

int
merge_tree_append(struct merged *merged, struct merge_value *into, struct merge_value *child, struct error *err)
{
	void *there;

	child->next = NULL;
	if (into->child == NULL)
		into->child = child;
	else
		into->last->next = child;
	into->last = child;
	into->count++;
	if (into->kind != MERGE_MAP)
		return 0;
	if (into->index != NULL)
		return key_index_add(into->index, child->key, child, &there, err);
	return into->count > MERGE_LINEAR ? index_new(merged, into, err) : 0;
}

int
merge_tree_assign(struct merged *merged, struct merge_value *slot, const struct merge_value *value, struct error *err)
{
	struct merge_value	*before, *lowest = slot;
	void			*memory;

	if (arena_alloc(&merged->arena, sizeof(*before), &memory, err) != 0)
		return (int)err->kind;
	before = memory;
	*before = *slot;
	*slot = *value;
	slot->key = before->key;
	slot->next = before->next;
	before->next = NULL;
	while (lowest->overrode != NULL)
		lowest = lowest->overrode;
	lowest->overrode = before;
	return 0;
}

int
merge_trail_print(const struct merge_trail *trail, struct buf *out, struct error *err)
{
	struct path_step		 steps[LIMIT_DEPTH];
	struct path			 path = { steps, 0 };
	const struct merge_trail	*at;
	size_t				 left;

	for (at = trail; at != NULL && at->up != NULL && path.count < LIMIT_DEPTH; at = at->up)
		path.count++;
	left = path.count;
	for (at = trail; left > 0; at = at->up)
		steps[--left] = (struct path_step){ .is_index = at->is_index, .key = at->key, .index = at->index };
	return path_print_dotted(&path, out, err);
}

/*
 * Helm's JSON form, but with a point beside an exponent, and a fraction on the negative zero, whose sign an integer would
 * lose.
 */
int
merge_tree_float(struct merged *merged, double value, struct slice *out, struct error *err)
{
	WIPED(digits, NUMBER_TEXT_MAX);
	WIPED(whole, NUMBER_TEXT_MAX + 2);
	char	*text = (char *)digits, *exponent;
	size_t	 len = number_format(value, NUMBER_JSON, text);

	exponent = strchr(text, 'e');
	if (value == 0 && signbit(value))
		return arena_copy(&merged->arena, SLICE("-0.0"), out, err);
	if (exponent == NULL || strchr(text, '.') != NULL)
		return arena_copy(&merged->arena, slice_of(text, len), out, err);
	len = (size_t)snprintf((char *)whole, sizeof(whole), "%.*s.0%s", (int)(exponent - text), text, exponent);
	return arena_copy(&merged->arena, slice_of(whole, len), out, err);
}

/* A new remark, the last of its list. */
static int
remark_new(struct merged *merged, struct merge_remarks *remarks, struct slice text, struct merge_remark **out, struct error *err)
{
	void *memory;

	if (arena_alloc(&merged->arena, sizeof(**out), &memory, err) != 0)
		return (int)err->kind;
	*out = memory;
	if (remarks->end == NULL)
		remarks->end = &remarks->first;
	*remarks->end = *out;
	remarks->end = &(*out)->next;
	return arena_copy(&merged->arena, text, &(*out)->text, err);
}

int
merge_tree_remark(struct merged *merged, struct merge_remarks *remarks, const struct merge_value *about,
    const struct merge_trail *trail, struct error *err, const char *format, ...)
{
	CLEANUP(buf_release) struct buf	 path = BUF(MIB);
	struct merge_remark		*remark;
	char				 text[512];
	va_list				 arguments;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (merge_trail_print(trail, &path, err) != 0 || remark_new(merged, remarks, slice_str(text), &remark, err) != 0)
		return (int)err->kind;
	remark->layer = about->layer;
	remark->line = about->line;
	remark->column = about->column;
	return arena_copy(&merged->arena, buf_slice(&path), &remark->path, err);
}

int
merge_remark(struct merged *merged, struct merge_remarks *to, const struct layer *layer_opt, uint32_t line, const char *text,
    struct error *err)
{
	struct merge_remark *remark;

	if (remark_new(merged, to, slice_str(text), &remark, err) != 0)
		return (int)err->kind;
	remark->layer = layer_opt;
	remark->line = line;
	return 0;
}

void
merged_release(struct merged *merged)
{
	struct merge_indexes *indexes;

	for (indexes = merged->indexes; indexes != NULL; indexes = indexes->next)
		key_index_release(&indexes->index);
	arena_release(&merged->arena);
	merged->root = NULL;
	merged->indexes = NULL;
	merged->warnings = merged->left = (struct merge_remarks){ .first = NULL };
}
