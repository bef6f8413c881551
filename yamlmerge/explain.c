#include "yamlmerge/explain.h"

#include <inttypes.h>

#include "base/nearest.h"
#include "yamlmerge/merge_tree.h"

struct explainer {
	explain_visit	*visit;
	void		*context;
	struct buf	 path;
	struct error	*err;
};

/* --- leaves ------------------------------------------------------------------------------------------------------- */

static int
visit_leaf(struct explainer *e, const struct merge_value *value, const struct merge_trail *trail)
{
	buf_reset(&e->path);
	if (merge_trail_print(trail, &e->path, e->err) != 0)
		return (int)e->err->kind;
	return e->visit(e->context, buf_slice(&e->path), value, e->err);
}

static int
visit_all(struct explainer *e, const struct merge_value *value, const struct merge_trail *trail)
{
	struct merge_trail	here = { .up = trail };
	int			failed = 0;

	if (value->kind != MERGE_MAP || value->child == NULL)
		return visit_leaf(e, value, trail);
	for (const struct merge_value *child = value->child; failed == 0 && child != NULL; child = child->next) {
		here.key = child->key;
		failed = visit_all(e, child, &here);
	}
	return failed;
}

/* --- the way to a path -------------------------------------------------------------------------------------------- */

static const struct merge_value *
step(const struct merge_value *value, const struct path_step *to)
{
	const struct merge_value *child;

	if (!to->is_index)
		return value->kind == MERGE_MAP ? merge_member(value, to->key) : NULL;
	child = value->kind == MERGE_LIST ? value->child : NULL;
	for (size_t i = 0; child != NULL && i < to->index; i++)
		child = child->next;
	return child;
}

static const struct merge_value *
steps(const struct merge_value *value, const struct path *path, size_t from)
{
	for (size_t i = from; value != NULL && i < path->count; i++)
		value = step(value, &path->steps[i]);
	return value;
}

static int
print_path(const struct path *path, size_t count, struct buf *out, struct error *err)
{
	const struct path part = { .steps = path->steps, .count = count };

	return path_print_dotted(&part, out, err) != 0 ? (int)err->kind : buf_terminate(out, err);
}

/* What a value on the way took the place of may have had it; the nearest to the end counts. */
static int
say_removed(const struct merge_value *root, const struct path *path, size_t depth, struct error *err)
{
	CLEANUP(buf_release) struct buf	 above = BUF(LIMIT_MESSAGE);
	const struct merge_value	*reached = root, *lost = NULL, *by = NULL;
	size_t				 at = 0;

	for (size_t i = 0; i <= depth; i++) {
		for (const struct merge_value *before = reached->overrode; before != NULL; before = before->overrode)
			if (steps(before, path, i) != NULL) {
				lost = steps(before, path, i);
				by = reached;
				at = i;
				break;
			}
		if (i < depth)
			reached = step(reached, &path->steps[i]);
	}
	if (lost == NULL || by->layer == NULL || lost->layer == NULL || print_path(path, at, &above, err) != 0)
		return 0;
	return err_hint(err, "%s:%" PRIu32 " sets it, but %s:%" PRIu32 " replaces all of '%s'", lost->layer->path, lost->line, by->layer->path,
	    by->line, (const char *)above.data);
}

static void
say_near(const struct merge_value *reached, const struct path_step *missing, struct error *err)
{
	struct nearest nearest = NEAREST(missing->key);

	if (missing->is_index || reached->kind != MERGE_MAP)
		return;
	for (const struct merge_value *child = reached->child; child != NULL; child = child->next)
		nearest_offer(&nearest, child->key);
	if (nearest.name.len > 0)
		(void)err_hint(err, "did you mean '%.*s'?", SLICE_ARG(nearest.name));
}

/* Keys of the chart that Helm supplies itself are not in the tree. */
static void
say_left(const struct merged *merged, const struct path *path, struct error *err)
{
	CLEANUP(buf_release) struct buf	 whole = BUF(LIMIT_MESSAGE);
	struct error			 ignored = ERROR_INIT;
	const struct merge_remark	*remark;

	if (print_path(path, path->count, &whole, &ignored) != 0)
		return;
	for (remark = merged->left.first; remark != NULL; remark = remark->next)
		if (slice_starts(buf_slice(&whole), remark->path) && remark->layer != NULL)
			(void)err_hint(err, "no layer sets it; %s:%" PRIu32 " may, but leaves '%.*s' to Helm (%.*s)", remark->layer->path,
			    remark->line, SLICE_ARG(remark->path), SLICE_ARG(remark->text));
}

static int
refuse(const struct merged *merged, const struct merge_value *reached, const struct path *path, size_t depth, struct error *err)
{
	CLEANUP(buf_release) struct buf	name = BUF(LIMIT_MESSAGE);
	struct error			ignored = ERROR_INIT;

	if (print_path(path, path->count, &name, &ignored) != 0)
		return err_set(err, ERR_NOT_FOUND, "there is no value at this path");
	(void)err_set(err, ERR_NOT_FOUND, "there is no value '%s'", (const char *)name.data);
	(void)say_removed(merged->root, path, depth, err);
	say_near(reached, &path->steps[depth], err);
	say_left(merged, path, err);
	return (int)err->kind;
}

int
explain_leaves(const struct merged *merged, const struct path *path, explain_visit *visit, void *context, struct error *err)
{
	struct merge_trail		 trails[LIMIT_DEPTH + 1] = { [0] = { .up = NULL } };
	struct explainer		 explainer = { .visit = visit, .context = context, .path = BUF(LIMIT_MESSAGE), .err = err };
	const struct merge_value	*value = merged->root, *next;
	int				 failed;

	if (value == NULL)
		return path->count == 0 ? 0 : err_set(err, ERR_NOT_FOUND, "there are no values at all");
	for (size_t i = 0; i < path->count; i++, value = next) {
		next = step(value, &path->steps[i]);
		if (next == NULL)
			return refuse(merged, value, path, i, err);
		trails[i + 1] = (struct merge_trail){
			.up = &trails[i], .key = path->steps[i].key, .index = path->steps[i].index, .is_index = path->steps[i].is_index,
		};
	}
	failed = visit_all(&explainer, value, &trails[path->count]);
	buf_release(&explainer.path);
	return failed;
}
