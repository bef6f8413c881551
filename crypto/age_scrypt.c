#include "base/encode.h"
#include "base/limits.h"
#include "base/num.h"
#include "base/secret.h"
#include "crypto/age_type.h"
#include "crypto/chachapoly.h"
#include "crypto/kdf.h"
#include "crypto/random.h"

/*
 * A file for whoever knows a passphrase.  The stanza is "-> scrypt SALT LOGN", its body the file key under
 * ChaCha20-Poly1305 with a zero nonce and the key
 *	scrypt(passphrase, label || salt, N = 2 to the LOGN, r = 8, p = 1)
 * It must be the only stanza of its file (age.c sees to that).
 */
#define LABEL		"age-encryption.org/v1/scrypt"
#define SALT_LEN	16
#define LOG_N		18			/* that we write: 256 MiB */
#define BODY_LEN	(AGE_FILE_KEY_LEN + CHACHAPOLY_TAG_LEN)

static const uint8_t no_nonce[CHACHAPOLY_NONCE_LEN];

static int
wrap_key(const struct secret *passphrase, struct slice salt, unsigned log_n, uint8_t out[static CHACHAPOLY_KEY_LEN],
    struct error *err)
{
	uint8_t labelled[sizeof(LABEL) - 1 + SALT_LEN];

	(void)memcpy(labelled, LABEL, sizeof(LABEL) - 1);
	(void)memcpy(labelled + sizeof(LABEL) - 1, salt.data, SALT_LEN);
	return kdf_scrypt(secret_slice(passphrase), slice_of(labelled, sizeof(labelled)), log_n, out, CHACHAPOLY_KEY_LEN, err);
}

static int
wrap(void *state, const uint8_t file_key[static AGE_FILE_KEY_LEN], struct buf *header, struct error *err)
{
	CLEANUP(buf_release) struct buf	words = BUF(200);
	WIPED(key, CHACHAPOLY_KEY_LEN);
	uint8_t	salt[SALT_LEN], body[BODY_LEN];
	int	rc;

	random_nonce(salt, sizeof(salt));
	if ((rc = wrap_key(state, slice_of(salt, sizeof(salt)), LOG_N, key, err)) != 0)
		return rc;
	chachapoly_seal(key, no_nonce, slice_of(file_key, AGE_FILE_KEY_LEN), body);
	if ((rc = buf_str(&words, "scrypt ", err)) != 0 ||
	    (rc = base64_encode_as(slice_of(salt, sizeof(salt)), BASE64_NO_PADDING, &words, err)) != 0 ||
	    (rc = buf_printf(&words, err, " %d", LOG_N)) != 0)
		return rc;
	return age_stanza_print(buf_slice(&words), slice_of(body, sizeof(body)), header, err);
}

static int
unwrap(void *state, const struct age_stanza *stanza, uint8_t file_key[static AGE_FILE_KEY_LEN],
    struct error *err)
{
	CLEANUP(buf_release) struct buf	salt = BUF(LIMIT_AGE_HEADER);
	struct error			reason = ERROR_INIT;
	WIPED(key, CHACHAPOLY_KEY_LEN);
	int64_t	log_n;
	int	rc;

	if (!slice_eq(stanza->argument[0], SLICE("scrypt")))
		return err_set(err, ERR_NO_KEY, "of another type");
	if (stanza->arguments != 3 || base64_decode_as(stanza->argument[1], BASE64_NO_PADDING, &salt, &reason) != 0 ||
	    salt.len != SALT_LEN)
		return err_set(err, ERR_SYNTAX, "malformed scrypt stanza: not a salt of %d bytes and a work factor", SALT_LEN);
	if (stanza->argument[2].data[0] == '0' || !num_parse(stanza->argument[2], 1, INT64_MAX, &log_n))
		return err_set(err, ERR_SYNTAX, "malformed scrypt stanza: the work factor is not a number");
	if (stanza->body.len != BODY_LEN)
		return err_set(err, ERR_SYNTAX, "malformed scrypt stanza: the file key has a wrong length");
	if (log_n > LIMIT_SCRYPT_LOG_N)
		return err_set(err, ERR_LIMIT, "scrypt work factor is larger than %d", LIMIT_SCRYPT_LOG_N);
	if ((rc = wrap_key(state, buf_slice(&salt), (unsigned)log_n, key, err)) != 0)
		return rc;
	if (chachapoly_open(key, no_nonce, stanza->body, file_key, &reason) != 0)
		return err_set(err, ERR_NO_KEY, "for another passphrase");
	return 0;
}

static void
passphrase_free(void *state)
{
	secret_free(state);
}

const struct age_type age_scrypt = {
	.name = "scrypt",
	.alone = true,
	.recipient_free = passphrase_free,
	.wrap = wrap,
	.identity_free = passphrase_free,
	.unwrap = unwrap,
};
