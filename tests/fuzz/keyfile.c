#include "gitfilter/keyfile.h"

#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(keyfile_freep) struct keyfile	*key = NULL, *again = NULL;
	CLEANUP(buf_release) struct buf		 first = BUF_SECRET(KEYFILE_MAX), second = BUF_SECRET(KEYFILE_MAX);
	struct error				 err = ERROR_INIT;

	if (keyfile_parse(slice_of(data, size), &key, &err) != 0)
		return 0;
	/* What was read is written in the one normal form. */
	MUST(key->count > 0 && (key->name[0] == '\0' || keyfile_check_name(slice_str(key->name), &err) == 0));
	MUST(keyfile_write(key, &first, &err) == 0 && keyfile_parse(buf_slice(&first), &again, &err) == 0);
	MUST(keyfile_write(again, &second, &err) == 0 && slice_eq(buf_slice(&first), buf_slice(&second)));
	return 0;
}
