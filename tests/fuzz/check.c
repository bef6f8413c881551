#include "yamlmerge/check.h"

#include "tests/fuzz/fuzz.h"
#include "yamlmerge/schema.h"

#define LAYERS	3

/*
 * The input, cut at NUL bytes: a schema and layers of one hub.  Whatever they are, the checks come to an end, and what is
 * forgotten is as if it had never been there.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(check_release) struct check	 check = CHECK;
	CLEANUP(merged_release) struct merged	 merged = MERGED;
	CLEANUP(layer_freep) struct layer	*first = NULL, *second = NULL, *third = NULL;
	struct layer				**layers[LAYERS] = { &first, &second, &third };
	struct slice				 rest = slice_of(data, size), part;
	struct error				 err = ERROR_INIT;
	size_t					 count = 0;

	MUST(check_init(&check, &err) == 0);
	if (slice_split(&rest, '\0', &part) && schema_declare(&check.known, part, "schema", &check.shape[1], &err) != 0)
		err_reset(&err);
	for (; count < LAYERS && slice_split(&rest, '\0', &part); count++)
		if (layer_read("x", part, count == LAYERS - 1 ? LAYER_SECRETS : LAYER_FILE, NULL, layers[count], &err) != 0 ||
		    merge_layer(&merged, *layers[count], &err) != 0)
			return 0;
	for (size_t i = 0; i < count; i++)
		MUST(check_learn(&check, *layers[i], 1, &err) == 0);
	MUST(check_learned(&check, &err) == 0);
	for (size_t i = 0; i < count; i++)
		MUST(check_layer(&check, *layers[i], &err) == 0);
	MUST(check_fold(&check, "hub", "env", &merged, true, &err) == 0);
	check_sort(&check);
	for (const struct check_finding *finding = check.first; finding != NULL; finding = finding->next)
		MUST(finding->rule < CHECK_RULES && finding->text.len > 0 && finding->path != NULL);
	for (size_t i = 0; i < count; i++)
		MUST(check_learn(&check, *layers[i], -1, &err) == 0);
	for (const struct known_key *key = check.known.seen->first; key != NULL; key = key->next)
		MUST(key->count == 0);
	return 0;
}
