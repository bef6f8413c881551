#include "base/timestamp.h"

#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice			text = slice_of(data, size);
	CLEANUP(buf_release) struct buf	printed = BUF(100);
	struct error			err = ERROR_INIT;
	struct timestamp		when, again;

	/* What is printed means what was read. */
	if (timestamp_parse(text, &when, &err) == 0) {
		MUST(timestamp_format(&when, &printed, &err) == 0 && timestamp_parse(buf_slice(&printed), &again, &err) == 0);
		MUST(again.seconds == when.seconds && again.nanoseconds == when.nanoseconds && again.offset == when.offset);
	}
	err_reset(&err);
	if (timestamp_parse_basic(text, &when, &err) != 0)
		err_reset(&err);
	if (timestamp_parse_http(text, &when, &err) != 0)
		err_reset(&err);
	return 0;
}
