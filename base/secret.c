#include "base/secret.h"

#include <sodium.h>

int
secret_new(size_t len, struct secret **out, struct error *err)
{
	struct secret *secret;

	if (sodium_init() < 0)
		return err_set(err, ERR_CRYPTO, "libsodium cannot be initialised");
	/* The header lies in the same guarded block, at its aligned start; the bytes follow it. */
	if (len > SIZE_MAX - 64 ||
	    (secret = sodium_malloc(sizeof(*secret) + ((len + 15) & ~(size_t)15))) == NULL)
		return err_memory(err);
	secret->len = len;
	secret->data = (uint8_t *)(secret + 1);
	sodium_memzero(secret->data, len);
	*out = secret;
	return 0;
}

int
secret_copy(struct slice bytes, struct secret **out, struct error *err)
{
	struct secret	*secret;
	int		 rc = secret_new(bytes.len, &secret, err);

	if (rc != 0)
		return rc;
	if (bytes.len > 0)
		(void)memcpy(secret->data, bytes.data, bytes.len);
	*out = secret;
	return 0;
}

void
secret_free(struct secret *secret)
{
	if (secret != NULL)
		sodium_free(secret);
}

bool
secret_equal(struct slice a, struct slice b)
{
	return a.len == b.len && (a.len == 0 || sodium_memcmp(a.data, b.data, a.len) == 0);
}

void
wipe(void *data, size_t len)
{
	if (len > 0)
		sodium_memzero(data, len);
}

void
wipe_ref(struct wipe_ref *ref)
{
	wipe(ref->data, ref->len);
}
