/* Any bytes through smudge and clean: nothing comes out of a blob that was not sealed, and what is sealed comes back. */
#include "gitfilter/blob.h"

#include "gitfilter/filter.h"
#include "tests/fuzz/fuzz.h"

static struct filter *
filter(void)
{
	static struct filter	*made;
	struct error		 err = ERROR_INIT;
	struct keyfile		*key;

	if (made != NULL)
		return made;
	MUST(keyfile_generate("", &key, &err) == 0 && filter_new_key(key, &made, &err) == 0);
	return made;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(buf_release) struct buf	blob = BUF(size + BLOB_HEADER_LEN), plain = BUF_SECRET(size + BLOB_HEADER_LEN);
	struct slice			input = slice_of(data, size);
	struct source_memory		in;
	struct sink_buf			out;
	struct error			err = ERROR_INIT;
	enum filter_result		result;

	source_memory_init(&in, input);
	sink_buf_init(&out, &plain);
	if (filter_smudge(filter(), &in.source, &out.sink, &result, &err) == 0)
		MUST(result == FILTER_PLAINTEXT && !blob_is(input) && slice_eq(buf_slice(&plain), input));
	else
		MUST(err.kind == ERR_TAMPERED && plain.len == 0);
	err_reset(&err);
	buf_reset(&plain);
	source_memory_init(&in, input);
	sink_buf_init(&out, &blob);
	MUST(filter_clean(filter(), SLICE_NONE, &in.source, &out.sink, &result, &err) == 0 && result == FILTER_CONVERTED);
	source_memory_init(&in, buf_slice(&blob));
	sink_buf_init(&out, &plain);
	MUST(filter_smudge(filter(), &in.source, &out.sink, &result, &err) == 0 && slice_eq(buf_slice(&plain), input));
	return 0;
}
