#include "crypto/sshkey.h"

#include "base/num.h"
#include "tests/fuzz/fuzz.h"

/* Would unlocking take its time?  A round of bcrypt is a millisecond; the number stands behind a salt of 16 bytes. */
static bool
is_slow(const struct sshkey *key)
{
	static const struct slice before = SLICE("\0\0\0\6bcrypt\0\0\0\x18\0\0\0\x10");

	for (size_t i = 0; i + before.len + 20 <= key->locked.len; i++)
		if (memcmp(key->locked.data + i, before.data, before.len) == 0)
			return be32_load(key->locked.data + i + before.len + 16) > 2;
	return true;
}

/* The private and the public reader, and what libcrypto makes of the numbers in them. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(sshkey_freep) struct sshkey	*private = NULL, *public = NULL;
	struct error				 err = ERROR_INIT;

	if (sshkey_private_parse(slice_of(data, size), SLICE_NONE, &private, &err) == 0)
		MUST(private->wire.len > 0 && (private->is_private || private->is_locked));
	else
		MUST(err.kind != ERR_NONE && private == NULL);
	if (private != NULL && private->is_locked && !is_slow(private)) {
		if (sshkey_unlock(private, SLICE("a passphrase"), &err) == 0)
			MUST(!private->is_locked && private->is_private);
		else
			MUST(err.kind != ERR_NONE && private->is_locked);
	}
	err_reset(&err);
	if (sshkey_public_parse(slice_of(data, size), &public, &err) == 0)
		MUST(public->wire.len > 0 && !public->is_private);
	else
		MUST(err.kind != ERR_NONE && public == NULL);
	return 0;
}
