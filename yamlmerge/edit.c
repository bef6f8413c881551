#include "yamlmerge/edit.h"

#include <stdlib.h>

int
edits_splice(struct edits *edits, struct span at, struct slice text, struct error *err)
{
	size_t		 capacity = edits->capacity == 0 ? 16 : edits->capacity * 2;
	struct slice	 copy = SLICE_NONE;
	struct edit	*more;

	if (at.start > at.end)
		return err_set(err, ERR_INTERNAL, "an edit that ends before it begins");
	if (edits->count == edits->capacity) {
		if ((more = realloc(edits->list, capacity * sizeof(*more))) == NULL)
			return err_memory(err);
		edits->list = more;
		edits->capacity = capacity;
	}
	if (text.len != 0 && arena_copy(&edits->arena, text, &copy, err) != 0)
		return (int)err->kind;
	edits->list[edits->count++] = (struct edit){ at, copy };
	return 0;
}

int
edits_replace(struct edits *edits, const struct node *node, struct slice text, struct error *err)
{
	return edits_splice(edits, node->span, text, err);
}

/* By place; at one place insertions come first, in the order in which they were asked for. */
static int
compare(const void *a, const void *b)
{
	const struct edit	*x = *(const struct edit *const *)a, *y = *(const struct edit *const *)b;
	bool			 x_inserts = x->at.start == x->at.end, y_inserts = y->at.start == y->at.end;

	if (x->at.start != y->at.start)
		return x->at.start < y->at.start ? -1 : 1;
	if (x_inserts != y_inserts)
		return x_inserts ? -1 : 1;
	return (x > y) - (x < y);
}

static bool
in_order(const struct edit **sorted, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (compare(&sorted[i - 1], &sorted[i]) > 0)
			return false;
	return true;
}

/* The bytes between the edits, and their texts, or only the length of it all. */
static int
assemble(const struct edit **sorted, size_t count, struct slice text, struct buf *out, size_t *length, struct error *err)
{
	size_t at = 0;

	*length = 0;
	for (size_t i = 0; i < count; i++) {
		const struct edit *edit = sorted[i];

		if (edit->at.start < at || edit->at.end > text.len)
			return err_set(err, ERR_INTERNAL, "two edits of the same text");
		*length += edit->at.start - at + edit->text.len;
		if (out != NULL && (buf_append(out, slice_sub(text, at, edit->at.start), err) != 0 ||
		    buf_append(out, edit->text, err) != 0))
			return (int)err->kind;
		at = edit->at.end;
	}
	*length += text.len - at;
	return out != NULL ? buf_append(out, slice_from(text, at), err) : 0;
}

int
edits_apply(const struct edits *edits, const struct document *doc, struct buf *out, struct error *err)
{
	const struct edit	**sorted = malloc((edits->count + 1) * sizeof(*sorted));
	size_t			  length, before = out->len;
	uint8_t			 *room;
	int			  rc;

	if (sorted == NULL)
		return err_memory(err);
	for (size_t i = 0; i < edits->count; i++)
		sorted[i] = &edits->list[i];
	if (!in_order(sorted, edits->count))
		qsort(sorted, edits->count, sizeof(*sorted), compare);
	/* First the length: a secret buffer that grows in steps copies and wipes at each. */
	rc = assemble(sorted, edits->count, doc->text, NULL, &length, err);
	if (rc == 0 && (rc = buf_reserve(out, length, &room, err)) == 0)
		rc = assemble(sorted, edits->count, doc->text, out, &length, err);
	if (rc != 0)
		buf_truncate(out, before);
	free(sorted);
	return rc;
}

void
edits_release(struct edits *edits)
{
	free(edits->list);
	arena_release(&edits->arena);
	*edits = EDITS;
}
