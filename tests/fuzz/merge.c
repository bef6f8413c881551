#include "yamlmerge/merge.h"

#include "tests/fuzz/fuzz.h"

#define PARTS	4

/* The same values, in the same order? */
static bool
same(const struct merge_value *a, const struct merge_value *b)
{
	const struct merge_value *x = a->child, *y = b->child;

	if (a->kind != b->kind || a->count != b->count)
		return false;
	if (a->kind == MERGE_BOOL && a->boolean != b->boolean)
		return false;
	if (a->kind == MERGE_STRING && !slice_eq(a->text, b->text))
		return false;
	if (a->kind == MERGE_NUMBER && memcmp(&a->number, &b->number, sizeof(a->number)) != 0)
		return false;
	for (; x != NULL; x = x->next, y = y->next)
		if (!slice_eq(x->key, y->key) || !same(x, y))
			return false;
	return true;
}

/* The input, cut at NUL bytes, as layers over a chart.  What is printed reads back as the same tree. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(merged_release) struct merged	 merged = MERGED, again = MERGED;
	CLEANUP(layer_freep) struct layer	*first = NULL, *second = NULL, *third = NULL, *chart = NULL, *printed = NULL;
	struct layer				**layers[PARTS] = { &first, &second, &third, &chart };
	CLEANUP(buf_release) struct buf		 out = BUF(64 * MIB);
	struct chart				 sub = { .name = SLICE("s") }, names = { .subcharts = &sub };
	struct slice				 rest = slice_of(data, size), part;
	struct error				 err = ERROR_INIT;

	for (size_t i = 0; i < PARTS && slice_split(&rest, '\0', &part); i++) {
		if (layer_read("x", part, LAYER_FILE, NULL, layers[i], &err) != 0 ||
		    (i < PARTS - 1 ? merge_layer(&merged, *layers[i], &err) : merge_over_chart(&merged, *layers[i], &names, &err)) != 0)
			return 0;
	}
	if (merged.root == NULL || merge_check_clear(&merged, &err) != 0)
		return 0;
	MUST(merge_print(&merged, &out, &err) == 0);
	MUST(layer_read("y", buf_slice(&out), LAYER_FILE, NULL, &printed, &err) == 0);
	MUST(merge_layer(&again, printed, &err) == 0);
	MUST(same(merged.root, again.root));
	return 0;
}
