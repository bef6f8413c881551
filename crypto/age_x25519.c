#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/limits.h"
#include "base/secret.h"
#include "crypto/age_type.h"
#include "crypto/bech32.h"
#include "crypto/chachapoly.h"
#include "crypto/kdf.h"
#include "crypto/random.h"
#include "crypto/x25519.h"

/*
 * age's own recipient type.  A recipient is an X25519 public key, an identity its private half, both in
 * Bech32.  The stanza is "-> X25519 SHARE", where SHARE is the public half of a key pair made for this
 * stanza alone, and its body the file key under ChaCha20-Poly1305 with a zero nonce and the key
 *	HKDF-SHA-256(ikm = X25519 secret, salt = share || recipient, info = the label below)
 */
#define LABEL		"age-encryption.org/v1/X25519"
#define RECIPIENT	"age"
#define IDENTITY	"AGE-SECRET-KEY-"
#define BODY_LEN	(AGE_FILE_KEY_LEN + CHACHAPOLY_TAG_LEN)

static const uint8_t no_nonce[CHACHAPOLY_NONCE_LEN];

/* An identity's secret holds both halves. */
#define PRIVATE(secret)	((secret)->data)
#define PUBLIC(secret)	((secret)->data + X25519_LEN)

static int
decode_key(struct slice text, struct slice wanted, struct buf *out, struct error *err)
{
	struct slice	prefix;
	int		rc;

	if ((rc = bech32_decode(text, &prefix, out, err)) != 0)
		return rc;
	if (!slice_eq(prefix, wanted))
		return err_set(err, ERR_SYNTAX, "key does not begin with '%.*s1'", SLICE_ARG(wanted));
	if (out->len != X25519_LEN)
		return err_set(err, ERR_SYNTAX, "key has %zu bytes instead of %d", out->len, X25519_LEN);
	return 0;
}

static bool
recipient_recognised(struct slice text)
{
	return slice_starts(text, SLICE(RECIPIENT "1"));
}

static int
recipient_parse(struct slice text, void **state, struct error *err)
{
	CLEANUP(buf_release) struct buf	key = BUF(BECH32_MAX);
	uint8_t				*public;
	int				 rc;

	if ((rc = decode_key(text, SLICE(RECIPIENT), &key, err)) != 0)
		return rc;
	if ((public = malloc(X25519_LEN)) == NULL)
		return err_memory(err);
	(void)memcpy(public, key.data, X25519_LEN);
	*state = public;
	return 0;
}

static bool
identity_recognised(struct slice text)
{
	return slice_starts(text, SLICE(IDENTITY "1"));
}

static int
identity_parse(struct slice text, void **state, struct error *err)
{
	CLEANUP(buf_release) struct buf		 key = BUF_SECRET(BECH32_MAX);
	CLEANUP(secret_freep) struct secret	*secret = NULL;
	int					 rc;

	if ((rc = decode_key(text, SLICE(IDENTITY), &key, err)) != 0 ||
	    (rc = secret_new(2 * (size_t)X25519_LEN, &secret, err)) != 0)
		return rc;
	(void)memcpy(PRIVATE(secret), key.data, X25519_LEN);
	x25519_public(PRIVATE(secret), PUBLIC(secret));
	*state = TAKE(secret);
	return 0;
}

static void
identity_free(void *state)
{
	secret_free(state);
}

static int
identity_recipient(const void *state, struct buf *out, struct error *err)
{
	const struct secret *secret = state;

	return bech32_encode(SLICE(RECIPIENT), slice_of(PUBLIC(secret), X25519_LEN), out, err);
}

static void
wrap_key(const uint8_t shared[static X25519_LEN], const uint8_t share[static X25519_LEN],
    const uint8_t public[static X25519_LEN], uint8_t out[static CHACHAPOLY_KEY_LEN])
{
	uint8_t salt[2 * X25519_LEN];

	(void)memcpy(salt, share, X25519_LEN);
	(void)memcpy(salt + X25519_LEN, public, X25519_LEN);
	kdf_hkdf(slice_of(shared, X25519_LEN), slice_of(salt, sizeof(salt)), SLICE(LABEL), out, CHACHAPOLY_KEY_LEN);
}

static int
wrap(void *state, const uint8_t file_key[static AGE_FILE_KEY_LEN], struct buf *header, struct error *err)
{
	CLEANUP(buf_release) struct buf	words = BUF(200);
	WIPED(ephemeral, X25519_LEN);
	WIPED(shared, X25519_LEN);
	WIPED(key, CHACHAPOLY_KEY_LEN);
	uint8_t share[X25519_LEN], body[BODY_LEN];
	int	rc;

	random_bytes(ephemeral, X25519_LEN);
	x25519_public(ephemeral, share);
	if ((rc = x25519_shared(ephemeral, state, shared, err)) != 0)
		return err_wrap(err, "recipient is not a usable key");
	wrap_key(shared, share, state, key);
	chachapoly_seal(key, no_nonce, slice_of(file_key, AGE_FILE_KEY_LEN), body);
	if ((rc = buf_str(&words, "X25519 ", err)) != 0 ||
	    (rc = base64_encode_as(slice_of(share, sizeof(share)), BASE64_NO_PADDING, &words, err)) != 0)
		return rc;
	return age_stanza_print(buf_slice(&words), slice_of(body, sizeof(body)), header, err);
}

static int
unwrap(void *state, const struct age_stanza *stanza, uint8_t file_key[static AGE_FILE_KEY_LEN],
    struct error *err)
{
	CLEANUP(buf_release) struct buf	share = BUF(LIMIT_AGE_HEADER);
	const struct secret		*secret = state;
	struct error			 reason = ERROR_INIT;
	WIPED(shared, X25519_LEN);
	WIPED(key, CHACHAPOLY_KEY_LEN);

	if (!slice_eq(stanza->argument[0], SLICE("X25519")))
		return err_set(err, ERR_NO_KEY, "of another type");
	if (stanza->arguments != 2 || base64_decode_as(stanza->argument[1], BASE64_NO_PADDING, &share, &reason) != 0 ||
	    share.len != X25519_LEN)
		return err_set(err, ERR_SYNTAX, "malformed X25519 stanza: not exactly one share of %d bytes", X25519_LEN);
	/* Before decrypting: a body of another length could hold a key that fits several identities. */
	if (stanza->body.len != BODY_LEN)
		return err_set(err, ERR_SYNTAX, "malformed X25519 stanza: the file key has a wrong length");
	if (x25519_shared(PRIVATE(secret), share.data, shared, &reason) != 0)
		return err_set(err, ERR_SYNTAX, "malformed X25519 stanza: a share of low order");
	wrap_key(shared, share.data, PUBLIC(secret), key);
	if (chachapoly_open(key, no_nonce, stanza->body, file_key, &reason) != 0)
		return err_set(err, ERR_NO_KEY, "for another identity");
	return 0;
}

int
age_identity_generate(struct buf *out, struct error *err)
{
	WIPED(key, X25519_LEN);

	random_bytes(key, X25519_LEN);
	return bech32_encode(SLICE(IDENTITY), slice_of(key, X25519_LEN), out, err);
}

const struct age_type age_x25519 = {
	.name = "X25519",
	.recipient_recognised = recipient_recognised,
	.recipient_parse = recipient_parse,
	.recipient_free = free,
	.wrap = wrap,
	.identity_recognised = identity_recognised,
	.identity_parse = identity_parse,
	.identity_free = identity_free,
	.identity_recipient = identity_recipient,
	.unwrap = unwrap,
};
