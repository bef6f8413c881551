#include "sops/merge3.h"

#include "base/limits.h"
#include "tests/fuzz/fuzz.h"

/* Three versions, cut at NUL bytes; the first byte says of which format.  What comes of a merge is a file of that format. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct store *const stores[] = { &store_yaml, &store_json, &store_dotenv, &store_ini, &store_binary };
	CLEANUP(merge3_conflicts_release) struct merge3_conflicts conflicts = MERGE3_CONFLICTS;
	CLEANUP(buf_release) struct buf		 out = BUF_SECRET(64 * MIB);
	CLEANUP(document_freep) struct document	*again = NULL;
	struct slice				 rest = slice_of(data + (size > 0), size > 0 ? size - 1 : 0), part[3] = { 0 };
	struct merge3				 versions = { .store = stores[size > 0 ? data[0] % 5 : 0] };
	struct error				 err = ERROR_INIT;

	for (size_t i = 0; i < 3; i++)
		if (!slice_split(&rest, '\0', &part[i]))
			break;
	versions.base = part[0];
	versions.ours = part[1];
	versions.theirs = part[2];
	if (merge3_run(&versions, &out, &conflicts, &err) != 0) {
		MUST(err.kind != ERR_NONE && err.kind != ERR_INTERNAL);
		return 0;
	}
	/* What one side alone changed is taken as it is. */
	if (conflicts.count == 0 && !slice_eq(buf_slice(&out), versions.ours) && !slice_eq(buf_slice(&out), versions.theirs))
		MUST(document_parse(buf_slice(&out), versions.store->plain, &again, &err) == 0);
	return 0;
}
