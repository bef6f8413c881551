#include "kms/sigv4.h"

#include "tests/fuzz/fuzz.h"

/* A received request: the target, an empty line's NUL, headers "Name:value" each ended by NUL, the body after an empty one. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice		rest = slice_of(data, size), line;
	struct http_header	headers[120];
	struct http_message	msg = { .method = SLICE("POST"), .headers = headers };
	struct sigv4_key	key = { .access_key = SLICE("AKID"), .secret = SLICE("secret"), .region = SLICE("eu-west-1"),
		.service = SLICE("kms") };
	struct sigv4_claim	claim;
	struct error		err = ERROR_INIT;

	if (!slice_split(&rest, '\0', &msg.target))
		return 0;
	while (slice_split(&rest, '\0', &line) && line.len != 0 && msg.header_count < 120) {
		size_t colon = slice_find(line, ':', 0);

		headers[msg.header_count++] = (struct http_header){ slice_sub(line, 0, colon), slice_from(line, colon + 1) };
	}
	msg.body = rest;
	if (sigv4_claim_read(&msg, &claim, &err) == 0)
		MUST(claim.access_key.len != 0 && claim.signature.len != 0 && claim.signed_headers.len != 0);
	err_reset(&err);
	/* Nobody guesses a signature; 1767323045 is the date of the corpus. */
	(void)!sigv4_verify(&key, &msg, 1767323045, 300, &err);
	return 0;
}
