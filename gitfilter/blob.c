#include "gitfilter/blob.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "crypto/aesctr.h"
#include "crypto/hmac.h"

/* Pieces that stay in a second-level cache while they are read, hashed and encrypted. */
#define PIECE	((size_t)128 * 1024)

static const uint8_t magic[BLOB_MAGIC_LEN] = "\0GITCRYPT";

bool
blob_is(struct slice head)
{
	return head.len >= BLOB_HEADER_LEN && memcmp(head.data, magic, sizeof(magic)) == 0;
}

/* git-crypt seals with the highest version and opens with version 0; nearly always both are the same. */
struct side {
	struct hmac	*hmac;
	struct aesctr	*ctr;
};

struct blob_cipher {
	const struct keyfile	*key;
	struct side		 seal, open;
	struct buf		 piece;
	uint32_t		 version;	/* to open with */
	uint64_t		 total;		/* of the pass under way */
};

static int
side_init(struct side *side, const struct keyfile_entry *entry, struct error *err)
{
	int rc;

	if (side->hmac == NULL &&
	    (rc = hmac_new(DIGEST_SHA1, slice_of(entry->hmac, KEYFILE_HMAC_LEN), &side->hmac, err)) != 0)
		return rc;
	return side->ctr == NULL ? aesctr_new(entry->aes, &side->ctr, err) : 0;
}

int
blob_cipher_new(const struct keyfile *key, struct blob_cipher **out, struct error *err)
{
	struct blob_cipher *cipher = calloc(1, sizeof(*cipher));

	if (cipher == NULL)
		return err_memory(err);
	cipher->key = key;
	cipher->piece = BUF_SECRET(PIECE);
	*out = cipher;
	return 0;
}

void
blob_cipher_use_version(struct blob_cipher *cipher, uint32_t version)
{
	cipher->version = version;
}

void
blob_cipher_free(struct blob_cipher *cipher)
{
	if (cipher == NULL)
		return;
	hmac_free(cipher->seal.hmac);
	aesctr_free(cipher->seal.ctr);
	hmac_free(cipher->open.hmac);
	aesctr_free(cipher->open.ctr);
	buf_release(&cipher->piece);
	free(cipher);
}

static int
pass_begin(struct blob_cipher *cipher, struct error *err)
{
	uint8_t *room;

	buf_reset(&cipher->piece);
	cipher->total = 0;
	return buf_reserve(&cipher->piece, PIECE, &room, err);
}

int
blob_too_long(struct error *err)
{
	return err_set(err, ERR_LIMIT, "file too long to encrypt securely: git-crypt cannot read 4 GiB or more");
}

/* The next piece, in cipher->piece; ${got} is 0 at the end. */
static int
pass_read(struct blob_cipher *cipher, struct source *in, size_t *got, struct error *err)
{
	int rc = source_read(in, cipher->piece.data, PIECE, got, err);

	if (rc != 0)
		return rc;
	/* Never shorter than what an earlier piece left there, so that a reset wipes all of it. */
	if (*got > cipher->piece.len)
		cipher->piece.len = *got;
	cipher->total += *got;
	if (cipher->total > BLOB_PLAIN_MAX)
		return blob_too_long(err);
	return 0;
}

static int
seal_nonce(struct blob_cipher *cipher, struct source *in, uint8_t nonce[static BLOB_NONCE_LEN], struct error *err)
{
	uint8_t	digest[DIGEST_SHA1_LEN];
	size_t	got;
	int	rc;

	hmac_reset(cipher->seal.hmac);
	do {
		if ((rc = pass_read(cipher, in, &got, err)) != 0 ||
		    (rc = hmac_update(cipher->seal.hmac, slice_of(cipher->piece.data, got), err)) != 0)
			return rc;
	} while (got > 0);
	if ((rc = hmac_final(cipher->seal.hmac, digest, err)) != 0)
		return rc;
	(void)memcpy(nonce, digest, BLOB_NONCE_LEN);
	return 0;
}

int
blob_seal(struct blob_cipher *cipher, struct source *in, struct sink *out, struct error *err)
{
	uint8_t		header[BLOB_HEADER_LEN];
	uint64_t	first;
	size_t		got;
	int		rc;

	if ((rc = side_init(&cipher->seal, &cipher->key->entries[0], err)) != 0 ||
	    (rc = pass_begin(cipher, err)) != 0 ||
	    (rc = seal_nonce(cipher, in, header + BLOB_MAGIC_LEN, err)) != 0)
		return rc;
	(void)memcpy(header, magic, sizeof(magic));
	first = cipher->total;
	cipher->total = 0;
	if ((rc = source_rewind(in, err)) != 0 ||
	    (rc = aesctr_start(cipher->seal.ctr, header + BLOB_MAGIC_LEN, 0, err)) != 0 ||
	    (rc = sink_write(out, slice_of(header, sizeof(header)), err)) != 0)
		return rc;
	for (;;) {
		if ((rc = pass_read(cipher, in, &got, err)) != 0)
			return rc;
		if (got == 0)
			break;
		if ((rc = aesctr_apply(cipher->seal.ctr, slice_of(cipher->piece.data, got), cipher->piece.data, err)) != 0 ||
		    (rc = sink_write(out, slice_of(cipher->piece.data, got), err)) != 0)
			return rc;
	}
	if (cipher->total != first)
		return err_set(err, ERR_CONFLICT, "the file changed while it was being read");
	return 0;
}

/* Everything behind the header. */
static int
open_body(struct blob_cipher *cipher, const uint8_t nonce[static BLOB_NONCE_LEN], struct source *in, struct sink *out,
    struct error *err)
{
	uint8_t	digest[DIGEST_SHA1_LEN];
	size_t	got;
	int	rc;

	hmac_reset(cipher->open.hmac);
	if ((rc = aesctr_start(cipher->open.ctr, nonce, 0, err)) != 0)
		return rc;
	for (;;) {
		struct slice piece;

		if ((rc = pass_read(cipher, in, &got, err)) != 0)
			return rc;
		if (got == 0)
			break;
		piece = slice_of(cipher->piece.data, got);
		if ((rc = aesctr_apply(cipher->open.ctr, piece, cipher->piece.data, err)) != 0 ||
		    (rc = hmac_update(cipher->open.hmac, piece, err)) != 0 || (rc = sink_write(out, piece, err)) != 0)
			return rc;
	}
	if ((rc = hmac_final(cipher->open.hmac, digest, err)) != 0)
		return rc;
	/* FORMAT.md 1.1 */
	if (!secret_equal(slice_of(digest, BLOB_NONCE_LEN), slice_of(nonce, BLOB_NONCE_LEN)))
		return err_set(err, ERR_TAMPERED, "encrypted file has been tampered with!");
	return 0;
}

int
blob_open(struct blob_cipher *cipher, struct source *in, struct sink *out, struct error *err)
{
	const struct keyfile_entry	*entry = keyfile_version(cipher->key, cipher->version);
	uint8_t				 header[BLOB_HEADER_LEN];
	size_t				 got;
	int				 rc;

	if (entry == NULL)
		return err_set(err, ERR_NO_KEY, "key version %u is not available - please unlock with the latest version of the key", cipher->version);
	if ((rc = source_read(in, header, sizeof(header), &got, err)) != 0)
		return rc;
	if (!blob_is(slice_of(header, got)))
		return err_set(err, ERR_SYNTAX, "file not encrypted");
	if ((rc = side_init(&cipher->open, entry, err)) != 0 || (rc = pass_begin(cipher, err)) != 0)
		return rc;
	return open_body(cipher, header + BLOB_MAGIC_LEN, in, out, err);
}

static int
nowhere(struct sink *sink UNUSED, struct slice bytes UNUSED, struct error *err UNUSED)
{
	return 0;
}

int
blob_verify(struct blob_cipher *cipher, struct source *in, struct error *err)
{
	struct sink out = { nowhere };

	return blob_open(cipher, in, &out, err);
}
