#include "yamlmerge/diff.h"

#include <math.h>

#include "yamlmerge/merge_tree.h"

struct differ {
	diff_visit	*visit;
	void		*context;
	struct buf	 path;
	struct error	*err;
};

static bool
same_number(const struct merge_value *a, const struct merge_value *b)
{
	return a->number < b->number || a->number > b->number ? false : signbit(a->number) == signbit(b->number);
}

/* The parser bounds the depth of both. */
bool
diff_same(const struct merge_value *a, const struct merge_value *b)
{
	const struct merge_value *x, *y;

	if (a->kind != b->kind || a->count != b->count)
		return false;
	switch (a->kind) {
	case MERGE_BOOL:
		return a->boolean == b->boolean;
	case MERGE_NUMBER:
		return same_number(a, b);
	case MERGE_STRING:
		return slice_eq(a->text, b->text);
	case MERGE_LIST:
		for (x = a->child, y = b->child; x != NULL && y != NULL; x = x->next, y = y->next)
			if (!diff_same(x, y))
				return false;
		return true;
	case MERGE_MAP:
		for (x = a->child; x != NULL; x = x->next)
			if ((y = merge_member(b, x->key)) == NULL || !diff_same(x, y))
				return false;
		return true;
	case MERGE_NULL:
		break;
	}
	return true;
}

bool
diff_is_secret(const struct merge_value *value)
{
	if (value->layer != NULL && value->layer->secret)
		return true;
	for (const struct merge_value *child = value->child; child != NULL; child = child->next)
		if (diff_is_secret(child))
			return true;
	return false;
}

static int
tell(struct differ *differ, enum diff_change change, const struct merge_value *old, const struct merge_value *new,
    const struct merge_trail *trail)
{
	struct diff_item item = { .old = old, .new = new, .change = change };

	item.secret = (old != NULL && diff_is_secret(old)) || (new != NULL && diff_is_secret(new));
	buf_reset(&differ->path);
	if (merge_trail_print(trail, &differ->path, differ->err) != 0)
		return (int)differ->err->kind;
	item.path = buf_slice(&differ->path);
	return differ->visit(differ->context, &item, differ->err);
}

/* Everything in a tree that the other side lacks. */
static int
one_side(struct differ *differ, const struct merge_value *value, bool added, const struct merge_trail *trail)
{
	struct merge_trail here = { .up = trail };

	if (value->kind != MERGE_MAP || value->child == NULL)
		return tell(differ, added ? DIFF_ADDED : DIFF_REMOVED, added ? NULL : value, added ? value : NULL, trail);
	for (const struct merge_value *child = value->child; child != NULL; child = child->next) {
		here.key = child->key;
		if (one_side(differ, child, added, &here) != 0)
			return (int)differ->err->kind;
	}
	return 0;
}

static int
compare(struct differ *differ, const struct merge_value *old, const struct merge_value *new, const struct merge_trail *trail)
{
	struct merge_trail		 here = { .up = trail };
	const struct merge_value	*child, *other;
	int				 failed;

	if (old->kind != MERGE_MAP || new->kind != MERGE_MAP) {
		if (!diff_same(old, new))
			return tell(differ, DIFF_CHANGED, old, new, trail);
		return diff_is_secret(old) && diff_is_secret(new) ? tell(differ, DIFF_SAME, old, new, trail) : 0;
	}
	for (child = old->child; child != NULL; child = child->next) {
		here.key = child->key;
		other = merge_member(new, child->key);
		failed = other != NULL ? compare(differ, child, other, &here) : one_side(differ, child, false, &here);
		if (failed != 0)
			return failed;
	}
	for (child = new->child; child != NULL; child = child->next) {
		here.key = child->key;
		if (merge_member(old, child->key) == NULL && (failed = one_side(differ, child, true, &here)) != 0)
			return failed;
	}
	return 0;
}

int
diff_trees(const struct merge_value *old, const struct merge_value *new, diff_visit *visit, void *context, struct error *err)
{
	static const struct merge_value	 nothing = { .kind = MERGE_MAP };
	const struct merge_trail	 root = { .up = NULL };
	struct differ			 differ = { .visit = visit, .context = context, .path = BUF(LIMIT_MESSAGE), .err = err };
	int				 failed;

	failed = compare(&differ, old != NULL ? old : &nothing, new != NULL ? new : &nothing, &root);
	buf_release(&differ.path);
	return failed;
}
