#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "base/ask.h"
#include "base/encode.h"
#include "base/limits.h"
#include "base/secret.h"
#include "crypto/age_type.h"
#include "crypto/chachapoly.h"
#include "crypto/digest.h"
#include "crypto/kdf.h"
#include "crypto/random.h"
#include "crypto/sshkey.h"
#include "crypto/x25519.h"

/*
 * SSH keys as recipients.  TAG, the first four bytes of the SHA-256 of the public key's wire form, says for
 * which key a stanza is, so that others need not try.
 *
 *	-> ssh-ed25519 TAG SHARE
 * As X25519 (age_x25519.c), with the Ed25519 key moved to Curve25519 ("point") and the secret tweaked, so that
 * it serves nothing but age:
 *	tweak = HKDF(ikm = nothing, salt = wire form, info = label)
 *	key   = HKDF(ikm = X25519(tweak, X25519 secret), salt = share || point, info = label)
 *
 *	-> ssh-rsa TAG
 * The body is the file key under RSAES-OAEP with SHA-256 and a label.
 */
#define ED25519_LABEL	"age-encryption.org/v1/ssh-ed25519"
#define RSA_LABEL	"age-encryption.org/v1/ssh-rsa"
#define TAG_LEN		4
#define BODY_LEN	(AGE_FILE_KEY_LEN + CHACHAPOLY_TAG_LEN)

static const uint8_t no_nonce[CHACHAPOLY_NONCE_LEN];

/* What an identity holds; a recipient is a struct sshkey alone. */
struct identity {
	struct sshkey	*key;
	char		*name;			/* in the question for its passphrase */
	struct error	 refused;		/* why it stays locked; it was asked for once */
};

static int
make_tag(const struct sshkey *key, uint8_t tag[static TAG_LEN], struct error *err)
{
	uint8_t	hash[DIGEST_SHA256_LEN];
	int	rc;

	if ((rc = digest_sha256(buf_slice(&key->wire), hash, err)) != 0)
		return rc;
	(void)memcpy(tag, hash, TAG_LEN);
	return 0;
}

/* "TYPE TAG" */
static int
print_words(const char *type, const struct sshkey *key, struct buf *words, struct error *err)
{
	uint8_t	tag[TAG_LEN];
	int	rc;

	if ((rc = make_tag(key, tag, err)) != 0 || (rc = buf_printf(words, err, "%s ", type)) != 0)
		return rc;
	return base64_encode_as(slice_of(tag, sizeof(tag)), BASE64_NO_PADDING, words, err);
}

/* Ask for the passphrase, once. */
static int
unlock(struct identity *identity, struct error *err)
{
	CLEANUP(secret_freep) struct secret	*passphrase = NULL;
	CLEANUP(buf_release) struct buf		 prompt = BUF(8 * KIB);
	struct error				*refused = &identity->refused;
	int					 rc;

	if (!identity->key->is_locked)
		return 0;
	if (refused->kind == ERR_NONE) {
		if ((rc = buf_printf(&prompt, err, "Enter passphrase for \"%s\": ", identity->name)) != 0 ||
		    (rc = buf_terminate(&prompt, err)) != 0)
			return rc;
		if (ask_secret((const char *)prompt.data, &passphrase, refused) == 0 &&
		    sshkey_unlock(identity->key, secret_slice(passphrase), refused) == 0)
			return 0;
		(void)err_wrap(refused, "the SSH key '%s' opens this, but it is protected by a passphrase", identity->name);
		(void)err_hint(refused, "type the passphrase at a terminal, or use a copy without one ('ssh-keygen -p'), "
		    "or an age key");
		/* Whatever is wrong with this key, the file is not to blame. */
		if (refused->kind != ERR_DENIED && refused->kind != ERR_CANCELLED)
			refused->kind = ERR_UNSUPPORTED;
	}
	*err = *refused;
	return (int)err->kind;
}

/* Is this stanza of our type, well formed, and for this key?  ERR_NO_KEY, ERR_SYNTAX. */
static int
check_stanza(const struct sshkey *key, const struct age_stanza *stanza, const char *type, size_t arguments,
    struct error *err)
{
	CLEANUP(buf_release) struct buf	given = BUF(LIMIT_AGE_HEADER);
	struct error			reason = ERROR_INIT;
	uint8_t				tag[TAG_LEN];
	int				rc;

	if (!slice_eq(stanza->argument[0], slice_str(type)))
		return err_set(err, ERR_NO_KEY, "of another type");
	if (stanza->arguments != arguments ||
	    base64_decode_as(stanza->argument[1], BASE64_NO_PADDING, &given, &reason) != 0 || given.len != TAG_LEN)
		return err_set(err, ERR_SYNTAX, "malformed %s stanza", type);
	if ((rc = make_tag(key, tag, err)) != 0)
		return rc;
	if (!slice_eq(buf_slice(&given), slice_of(tag, sizeof(tag))))
		return err_set(err, ERR_NO_KEY, "for another key");
	return 0;
}

/* --- ssh-ed25519 -------------------------------------------------------------------------------------------------- */

static int
ed25519_key(const struct sshkey *key, const uint8_t shared[static X25519_LEN], const uint8_t share[static X25519_LEN],
    const uint8_t point[static X25519_LEN], uint8_t out[static CHACHAPOLY_KEY_LEN], struct error *err)
{
	WIPED(tweaked, X25519_LEN);
	uint8_t	salt[2 * X25519_LEN], tweak[X25519_LEN];
	int	rc;

	kdf_hkdf(SLICE_NONE, buf_slice(&key->wire), SLICE(ED25519_LABEL), tweak, sizeof(tweak));
	if ((rc = x25519_shared(tweak, shared, tweaked, err)) != 0)
		return rc;
	(void)memcpy(salt, share, X25519_LEN);
	(void)memcpy(salt + X25519_LEN, point, X25519_LEN);
	kdf_hkdf(slice_of(tweaked, X25519_LEN), slice_of(salt, sizeof(salt)), SLICE(ED25519_LABEL), out, CHACHAPOLY_KEY_LEN);
	return 0;
}

static int
ed25519_point(const struct sshkey *key, uint8_t point[static X25519_LEN], struct error *err)
{
	if (crypto_sign_ed25519_pk_to_curve25519(point, key->ed25519) == 0)
		return 0;
	return err_set(err, ERR_SYNTAX, "the SSH key is not a usable point");
}

static int
ed25519_wrap(void *state, const uint8_t file_key[static AGE_FILE_KEY_LEN], struct buf *header, struct error *err)
{
	CLEANUP(buf_release) struct buf	words = BUF(200);
	WIPED(ephemeral, X25519_LEN);
	WIPED(shared, X25519_LEN);
	WIPED(key, CHACHAPOLY_KEY_LEN);
	uint8_t point[X25519_LEN], share[X25519_LEN], body[BODY_LEN];
	int	rc;

	random_bytes(ephemeral, X25519_LEN);
	x25519_public(ephemeral, share);
	if ((rc = ed25519_point(state, point, err)) != 0 || (rc = x25519_shared(ephemeral, point, shared, err)) != 0 ||
	    (rc = ed25519_key(state, shared, share, point, key, err)) != 0)
		return rc;
	chachapoly_seal(key, no_nonce, slice_of(file_key, AGE_FILE_KEY_LEN), body);
	if ((rc = print_words("ssh-ed25519", state, &words, err)) != 0 || (rc = buf_byte(&words, ' ', err)) != 0 ||
	    (rc = base64_encode_as(slice_of(share, sizeof(share)), BASE64_NO_PADDING, &words, err)) != 0)
		return rc;
	return age_stanza_print(buf_slice(&words), slice_of(body, sizeof(body)), header, err);
}

/* The private scalar is the first half of SHA-512(seed); libsodium wants seed and public key side by side. */
static int
ed25519_scalar(const struct sshkey *key, uint8_t scalar[static X25519_LEN], struct error *err)
{
	WIPED(both, crypto_sign_ed25519_SECRETKEYBYTES);

	(void)memcpy(both, key->seed->data, SSHKEY_ED25519_LEN);
	(void)memcpy(both + SSHKEY_ED25519_LEN, key->ed25519, SSHKEY_ED25519_LEN);
	if (crypto_sign_ed25519_sk_to_curve25519(scalar, both) == 0)
		return 0;
	return err_set(err, ERR_CRYPTO, "the SSH key cannot be used for X25519");
}

static int
ed25519_unwrap(void *state, const struct age_stanza *stanza, uint8_t file_key[static AGE_FILE_KEY_LEN],
    struct error *err)
{
	CLEANUP(buf_release) struct buf	share = BUF(LIMIT_AGE_HEADER);
	struct identity			*identity = state;
	struct error			reason = ERROR_INIT;
	WIPED(scalar, X25519_LEN);
	WIPED(shared, X25519_LEN);
	WIPED(key, CHACHAPOLY_KEY_LEN);
	uint8_t point[X25519_LEN];
	int	rc;

	if ((rc = check_stanza(identity->key, stanza, "ssh-ed25519", 3, err)) != 0)
		return rc;
	if (base64_decode_as(stanza->argument[2], BASE64_NO_PADDING, &share, &reason) != 0 || share.len != X25519_LEN ||
	    stanza->body.len != BODY_LEN)
		return err_set(err, ERR_SYNTAX, "malformed ssh-ed25519 stanza");
	if ((rc = unlock(identity, err)) != 0 || (rc = ed25519_point(identity->key, point, err)) != 0 ||
	    (rc = ed25519_scalar(identity->key, scalar, err)) != 0)
		return rc;
	if (x25519_shared(scalar, share.data, shared, &reason) != 0)
		return err_set(err, ERR_SYNTAX, "malformed ssh-ed25519 stanza: a share of low order");
	if ((rc = ed25519_key(identity->key, shared, share.data, point, key, err)) != 0)
		return rc;
	if (chachapoly_open(key, no_nonce, stanza->body, file_key, &reason) != 0)
		return err_set(err, ERR_NO_KEY, "for another key with the same tag");
	return 0;
}

/* --- ssh-rsa ------------------------------------------------------------------------------------------------------ */

static int
rsa_wrap(void *state, const uint8_t file_key[static AGE_FILE_KEY_LEN], struct buf *header, struct error *err)
{
	CLEANUP(buf_release) struct buf	words = BUF(200), body = BUF(RSA_BITS_MAX / 8);
	const struct sshkey		*key = state;
	int				 rc;

	if ((rc = print_words("ssh-rsa", key, &words, err)) != 0 ||
	    (rc = rsa_oaep_seal(key->rsa, SLICE(RSA_LABEL), slice_of(file_key, AGE_FILE_KEY_LEN), &body, err)) != 0)
		return rc;
	return age_stanza_print(buf_slice(&words), buf_slice(&body), header, err);
}

static int
rsa_unwrap(void *state, const struct age_stanza *stanza, uint8_t file_key[static AGE_FILE_KEY_LEN],
    struct error *err)
{
	CLEANUP(buf_release) struct buf	plain = BUF_SECRET(RSA_BITS_MAX / 8);
	struct identity			*identity = state;
	struct error			 reason = ERROR_INIT;
	int				 rc;

	if ((rc = check_stanza(identity->key, stanza, "ssh-rsa", 2, err)) != 0 || (rc = unlock(identity, err)) != 0)
		return rc;
	if ((rc = rsa_oaep_open(identity->key->rsa, SLICE(RSA_LABEL), stanza->body, &plain, &reason)) != 0 ||
	    plain.len != AGE_FILE_KEY_LEN)
		return err_set(err, ERR_NO_KEY, "for another key with the same tag, or damaged");
	(void)memcpy(file_key, plain.data, AGE_FILE_KEY_LEN);
	return 0;
}

/* --- both --------------------------------------------------------------------------------------------------------- */

static bool
ed25519_recognised(struct slice text)
{
	return slice_starts(text, SLICE("ssh-ed25519 "));
}

static bool
rsa_recognised(struct slice text)
{
	return slice_starts(text, SLICE("ssh-rsa "));
}

static int
recipient_parse(struct slice text, void **state, struct error *err)
{
	struct sshkey	*key;
	uint8_t		 point[X25519_LEN];
	int		 rc;

	if ((rc = sshkey_public_parse(text, &key, err)) != 0)
		return rc;
	if (key->kind == SSHKEY_ED25519 && (rc = ed25519_point(key, point, err)) != 0)
		sshkey_free(key);
	else
		*state = key;
	return rc;
}

static void
recipient_free(void *state)
{
	sshkey_free(state);
}

static void
identity_free(void *state)
{
	struct identity *identity = state;

	sshkey_free(identity->key);
	free(identity->name);
	free(identity);
}

int
age_ssh_identity_new(struct slice text, struct slice public_opt, const char *name, const struct age_type **type, void **state,
    struct error *err)
{
	struct identity	*identity = calloc(1, sizeof(*identity));
	int		 rc;

	if (identity == NULL)
		return err_memory(err);
	if ((rc = sshkey_private_parse(text, public_opt, &identity->key, err)) == 0 && (identity->name = strdup(name)) == NULL)
		rc = err_memory(err);
	if (rc != 0) {
		identity_free(identity);
		return rc;
	}
	*type = identity->key->kind == SSHKEY_RSA ? &age_ssh_rsa : &age_ssh_ed25519;
	*state = identity;
	return 0;
}

static bool
is_locked(const void *state)
{
	return ((const struct identity *)state)->key->is_locked;
}

/* As the line of a .pub file, without a comment. */
static int
identity_recipient(const void *state, struct buf *out, struct error *err)
{
	const struct sshkey	*key = ((const struct identity *)state)->key;
	int			 rc;

	if ((rc = buf_str(out, key->kind == SSHKEY_RSA ? "ssh-rsa " : "ssh-ed25519 ", err)) != 0)
		return rc;
	return base64_encode(buf_slice(&key->wire), out, err);
}

const struct age_type age_ssh_ed25519 = {
	.name = "ssh-ed25519",
	.recipient_recognised = ed25519_recognised,
	.recipient_parse = recipient_parse,
	.recipient_free = recipient_free,
	.wrap = ed25519_wrap,
	.identity_free = identity_free,
	.identity_recipient = identity_recipient,
	.waits = is_locked,
	.unwrap = ed25519_unwrap,
};

const struct age_type age_ssh_rsa = {
	.name = "ssh-rsa",
	.recipient_recognised = rsa_recognised,
	.recipient_parse = recipient_parse,
	.recipient_free = recipient_free,
	.wrap = rsa_wrap,
	.identity_free = identity_free,
	.identity_recipient = identity_recipient,
	.waits = is_locked,
	.unwrap = rsa_unwrap,
};
