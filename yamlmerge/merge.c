#include "yamlmerge/merge.h"

#include "yamlmerge/merge_tree.h"

/* Depth is bounded by merge_read(), so these recursions are, too. */
int
merge_tree_fold(struct merged *merged, struct merge_value *into, struct merge_value *from, struct error *err)
{
	struct merge_value *child, *next, *there;

	for (child = from->child; child != NULL; child = next) {
		int failed = 0;

		next = child->next;
		there = merge_member(into, child->key);
		if (there == NULL)
			failed = merge_tree_append(merged, into, child, err);
		else if (there->kind == MERGE_MAP && child->kind == MERGE_MAP)
			failed = merge_tree_fold(merged, there, child, err);
		else
			failed = merge_tree_assign(merged, there, child, err);
		if (failed != 0)
			return failed;
	}
	return 0;
}

int
merge_layer(struct merged *into, const struct layer *layer, struct error *err)
{
	struct merge_value *from;

	for (; layer != NULL; layer = layer->above) {
		if (merge_read(into, layer, &from, err) != 0)
			return (int)err->kind;
		if (into->root == NULL)
			into->root = from;
		else if (merge_tree_fold(into, into->root, from, err) != 0)
			return (int)err->kind;
	}
	return 0;
}

/* --- what is left encrypted --------------------------------------------------------------------------------------- */

static int
still_encrypted(const struct merge_value *value, const struct merge_trail *trail, const char *what, struct error *err)
{
	CLEANUP(buf_release) struct buf path = BUF(MIB);

	if (merge_trail_print(trail, &path, err) != 0)
		return (int)err->kind;
	(void)err_set(err, ERR_ENCRYPTED, "%s is left in the result at '%.*s'", what, SLICE_ARG(buf_slice(&path)));
	(void)err_at(err, value->line, value->column);
	(void)err_file(err, value->layer->path);
	return err_hint(err, "Helm would deploy the ciphertext: encrypt the file as a whole, with its 'sops' entry, or set the value in clear");
}

static int
check_clear(const struct merge_value *value, const struct merge_trail *trail, struct error *err)
{
	struct merge_trail		 here = { .up = trail, .is_index = value->kind == MERGE_LIST };
	const struct merge_value	*child;

	if (value->kind == MERGE_STRING && slice_starts(value->text, SLICE("ENC[")) && slice_ends(value->text, SLICE("]")))
		return still_encrypted(value, trail, "an encrypted value", err);
	for (child = value->child; child != NULL; child = child->next) {
		here.key = child->key;
		if (check_clear(child, &here, err) != 0)
			return (int)err->kind;
		here.index++;
	}
	return 0;
}

int
merge_check_clear(const struct merged *merged, struct error *err)
{
	const struct merge_trail	 root = { .up = NULL }, sops = { .up = &root, .key = SLICE("sops") };
	const struct merge_value	*there;

	if (merged->root == NULL)
		return 0;
	if ((there = merge_member(merged->root, SLICE("sops"))) != NULL)
		return still_encrypted(there, &sops, "a 'sops' entry", err);
	return check_clear(merged->root, &root, err);
}
