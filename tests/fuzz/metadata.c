#include "sops/metadata.h"

#include "base/limits.h"
#include "sops/store.h"
#include "sops/store_formats.h"
#include "tests/fuzz/fuzz.h"

/* A whole file with its "sops" block; what is printed of it means the same. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(document_freep) struct document *doc = NULL, *printed = NULL;
	CLEANUP(metadata_freep) struct metadata *meta = NULL, *again = NULL;
	CLEANUP(buf_release) struct buf first = BUF(LIMIT_DOCUMENT), second = BUF(LIMIT_DOCUMENT);
	struct error err = ERROR_INIT;

	if (document_parse(slice_of(data, size), &syntax_yaml, &doc, &err) != 0 || store_load(&store_yaml, doc, &meta, &err) != 0)
		return 0;
	if (metadata_check_version(meta, &err) != 0)
		err_reset(&err);
	MUST(store_print_json(meta, -1, &first, &err) == 0);
	MUST(document_parse(buf_slice(&first), &syntax_json, &printed, &err) == 0);
	if (metadata_parse(printed->root[0], &again, &err) == 0) {	/* JSON cannot carry every byte of YAML */
		MUST(store_print_json(again, -1, &second, &err) == 0);
		MUST(slice_eq(buf_slice(&first), buf_slice(&second)));
	}
	return 0;
}
