#include "sops/value.h"

#include "base/limits.h"
#include "sops/mac.h"
#include "tests/fuzz/fuzz.h"

/* The first byte chooses a type for the rest, which is also taken for a whole container. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct value_cipher	*cipher;
	CLEANUP(buf_release) struct buf	plain = BUF_SECRET(LIMIT_DOCUMENT), sealed = BUF(LIMIT_DOCUMENT), again = BUF_SECRET(LIMIT_DOCUMENT);
	struct slice		text = slice_of(data, size);
	struct value_parts	parts;
	struct error		err = ERROR_INIT;
	enum value_type		type;

	if (cipher == NULL) {
		CLEANUP(secret_freep) struct secret *key = NULL;

		MUST(secret_copy(SLICE("0123456789abcdef0123456789abcdef"), &key, &err) == 0 && value_cipher_new(key, &cipher, &err) == 0);
	}
	if (value_recognise(text, &parts))
		MUST(parts.len <= size && parts.data.len > 0 && parts.iv.len > 0 && parts.tag.len > 0 && parts.type.len > 0);
	if (value_open(cipher, text, SLICE("a:"), &type, &plain, &err) != 0) {
		MUST(plain.len == 0);
		err_reset(&err);
	}
	MUST(mac_check(cipher, text, SLICE("2026-01-02T03:04:05Z"), SLICE("X"), &err) == ERR_MAC);
	err_reset(&err);
	if (size < 2)
		return 0;
	/* What is sealed opens again; what a type holds, it prints and holds again. */
	type = (enum value_type)(data[0] % VALUE_TYPES);
	text = slice_from(text, 1);
	buf_reset(&plain);
	MUST(value_seal(cipher, type, text, SLICE("a:"), &sealed, &err) == 0);
	MUST(value_open(cipher, buf_slice(&sealed), SLICE("a:"), &type, &plain, &err) == 0 && slice_eq(buf_slice(&plain), text));
	buf_reset(&plain);
	if (value_canonical(type, text, &plain, &err) == 0)
		MUST(value_canonical(type, buf_slice(&plain), &again, &err) == 0 && slice_eq(buf_slice(&plain), buf_slice(&again)));
	return 0;
}
