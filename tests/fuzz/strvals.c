#include "base/limits.h"
#include "tests/fuzz/fuzz.h"
#include "yamlmerge/strvals.h"

/* The first byte chooses the option and the version of Helm.  What was set reads back as the same tree, and never crashes. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(merged_release) struct merged	 merged = MERGED;
	CLEANUP(layer_freep) struct layer	*base = NULL, *set = NULL, *again = NULL;
	CLEANUP(buf_release) struct buf		 out = BUF(64 * MIB);
	struct strvals				 strvals = { .number = 1 };
	struct error				 err = ERROR_INIT;

	/* No file of the machine's. */
	if (size == 0 || size > 4096 || data[0] % STRVALS_KINDS == STRVALS_FILE)
		return 0;
	strvals.kind = (enum strvals_kind)(data[0] % STRVALS_KINDS);
	strvals.helm = data[0] & 0x80 ? HELM_4 : data[0] & 0x40 ? HELM_3 : HELM_BOTH;
	strvals.text = slice_of(data + 1, size - 1);
	MUST(layer_read("base", SLICE("a: {b: 1, c: [1, {d: 2}], '': {x: 1}}\nb: [1, {a: 1}, [2]]\nc: null\n"), LAYER_FILE, NULL, &base, &err) == 0);
	MUST(layer_new("--set", LAYER_SET, &set, &err) == 0 && merge_layer(&merged, base, &err) == 0);
	if (strvals_apply(&merged, set, &strvals, &err) != 0) {
		MUST(err.kind != ERR_NONE && err.text[0] != '\0');
		return 0;
	}
	MUST(merge_print(&merged, &out, &err) == 0);
	MUST(layer_read("again", buf_slice(&out), LAYER_FILE, NULL, &again, &err) == 0);
	return 0;
}
