#include "kms/xml.h"

#include "base/limits.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(buf_release) struct buf out = BUF(1 << 21);
	CLEANUP(buf_release) struct buf again = BUF(1 << 23);
	struct error err = ERROR_INIT;

	if (xml_find(slice_of(data, size), "Credentials/AccessKeyId", &out, &err) != 0) {
		MUST(out.len == 0);
		err_reset(&err);
		(void)!xml_find(slice_of(data, size), "Code", &out, &err);
		return 0;
	}
	/* What is read can be written, and is read as the same again, but for CR, which we keep. */
	if (buf_str(&again, "<a>", &err) != 0 || xml_put_text(&again, buf_slice(&out), &err) != 0 ||
	    buf_str(&again, "</a>", &err) != 0)
		return 0;
	size_t start = out.len;
	if (again.len <= LIMIT_REPLY) {
		MUST(xml_find(buf_slice(&again), "a", &out, &err) == 0);
		MUST(slice_eq(slice_sub(buf_slice(&out), 0, start), slice_from(buf_slice(&out), start)));
	}
	return 0;
}
