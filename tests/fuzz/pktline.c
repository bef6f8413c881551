#include "base/pktline.h"

#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice		rest = slice_of(data, size), before, packet;
	struct error		err = ERROR_INIT;
	enum pktline_kind	kind;

	for (;;) {
		before = rest;
		if (pktline_parse(&rest, &kind, &packet, &err) != 0)
			break;
		/* A packet is inside what was consumed, and something was. */
		MUST(rest.len < before.len && packet.len <= PKTLINE_DATA && packet.len <= before.len - rest.len);
	}
	MUST(rest.len == before.len);
	return 0;
}
