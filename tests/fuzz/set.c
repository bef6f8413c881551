#include "sops/set.h"

#include "base/limits.h"
#include "sops/encrypt.h"
#include "tests/fuzz/fuzz.h"

/*
 * Any plain text in which one value is set or removed: refused with a reason, or everything else is as it was.  That is what
 * set_value() checks, so that ERR_INTERNAL means an edit that went wrong.  The first byte chooses the place, the second what
 * happens there.
 */
static const struct select_rules rules = { .text[SELECT_UNENCRYPTED_SUFFIX] = SLICE("_unencrypted") };

static const char *const values[] = {
	"\"w\"", "5", "null", "\"yes\"", "\"two\\nlines\\n\"", "{}", "{\"k\": [1, {\"l\": \"a\\n\"}]}",
};
#define VALUES	(sizeof(values) / sizeof(values[0]))

static const struct node *
nth(const struct document *doc, size_t n)
{
	const struct node *node = doc->root[0], *found = node;

	for (; node != NULL; node = node_after(node, doc->root[0]))
		if (node->kind != NODE_COMMENT) {
			found = node;
			if (n-- == 0)
				break;
		}
	return found;
}

/* From the root to ${node}; false when it is too deep. */
static bool
path_to(const struct node *node, struct path_step *steps, size_t max, struct path *out)
{
	size_t at = max;

	for (; node->parent != NULL; node = node->parent) {
		if (at == 0)
			return false;
		steps[--at] = (struct path_step){ .is_index = node->key == NULL };
		if (node->key != NULL)
			steps[at].key = node_key(node);
		for (const struct node *other = node->parent->child; node->key == NULL && other != node; other = other->next)
			steps[at].index += other->kind != NODE_COMMENT;
	}
	*out = (struct path){ .steps = steps + at, .count = max - at };
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(document_freep) struct document *doc = NULL, *value = NULL, *changed = NULL;
	struct set_options	 options = { .rules = &rules };
	struct path_step	 steps[32];
	struct path		 path;
	struct error		 err = ERROR_INIT;
	size_t			 what = size > 1 ? data[1] % (2 * VALUES + 1) : 0;

	if (size < 2 || plain_load(slice_of(data + 2, size - 2), &store_yaml, &doc, &err) != 0 || doc->roots == 0)
		return 0;
	/* One step more than there is, for every second one. */
	steps[31] = (struct path_step){ .key = SLICE("new") };
	if (!path_to(nth(doc, data[0]), steps, 31, &path))
		return 0;
	if (what >= VALUES && what < 2 * VALUES) {
		path.count++;
		steps[31].is_index = what % 2 != 0;
		steps[31].index = 7;
	}
	if (what == 2 * VALUES)
		(void)!set_remove(doc->text, &store_yaml, &path, &changed, &err);
	else {
		MUST(set_value_parse(slice_str(values[what % VALUES]), &value, &err) == 0);
		(void)!set_value(doc->text, &store_yaml, &path, value, &options, &changed, &err);
	}
	MUST(err.kind != ERR_INTERNAL && err.kind != ERR_SYNTAX);
	return 0;
}
