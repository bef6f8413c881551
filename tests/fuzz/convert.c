#include "sops/convert.h"

#include "base/limits.h"
#include "sops/encrypt.h"
#include "sops/environ.h"
#include "tests/fuzz/fuzz.h"

/* A plain text in one format, printed in another, and as environment variables.  The first two bytes choose the formats. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct store *const stores[] = { &store_yaml, &store_json, &store_dotenv, &store_ini, &store_binary };
	CLEANUP(document_freep) struct document	*doc = NULL, *again = NULL;
	CLEANUP(environ_release) struct environ	 environment = ENVIRON;
	CLEANUP(buf_release) struct buf		 out = BUF_SECRET(64 * MIB);
	const struct store			*from, *to;
	const char *const			*entries;
	struct error				 err = ERROR_INIT;

	if (size < 2)
		return 0;
	from = stores[data[0] % 5];
	to = stores[data[1] % 5];
	if (plain_load(slice_of(data + 2, size - 2), from, &doc, &err) != 0)
		return 0;
	if (environ_add(&environment, doc, &err) == 0 && environ_entries(&environment, NULL, &entries, &err) == 0)
		for (; *entries != NULL; entries++)
			MUST(strchr(*entries, '=') != NULL);
	err_reset(&err);
	if (convert_document(doc, NULL, to, store_indent(to, 0), &out, &err) != 0) {
		MUST(err.kind != ERR_NONE && err.kind != ERR_INTERNAL);
		return 0;
	}
	if (to == &store_json)
		MUST(document_parse(buf_slice(&out), to->plain, &again, &err) == 0);
	return 0;
}
