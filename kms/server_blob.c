#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "crypto/aesgcm.h"
#include "crypto/random.h"
#include "kms/request.h"
#include "kms/server_blob.h"

/*
 * FORMAT.md 5:  "HKM1"  n  key name (n bytes)  IV (12)  ciphertext  tag (16)
 * Associated data: everything before the IV, then the canonical context.
 */
#define MAGIC		"HKM1"
#define MAGIC_LEN	4
#define IV_LEN		12
#define NAME_MAX_LEN	255

static int
compare_pairs(const void *a, const void *b)
{
	return slice_cmp(((const struct kms_pair *)a)->name, ((const struct kms_pair *)b)->name);
}

/* FORMAT.md 5: lengths in front, so that {"a": "bc"} and {"ab": "c"} differ. */
static int
put_counted(struct buf *out, struct slice text, struct error *err)
{
	uint8_t len[4];

	be32_store(len, (uint32_t)text.len);
	if (buf_append(out, slice_of(len, sizeof(len)), err) != 0)
		return err->kind;
	return buf_append(out, text, err);
}

int
server_blob_context(const struct json *map_opt, struct buf *out, struct error *err)
{
	struct kms_pair		 pair[KMS_CONTEXT_MAX];
	const struct json	*value;
	void			*cursor = NULL;
	size_t			 count = 0, bytes = 0, before = out->len;
	struct slice		 name;

	if (map_opt != NULL && !json_is_map(map_opt))
		return err_set(err, ERR_TYPE, "the encryption context is not an object");
	for (; json_next(map_opt, &cursor, &name, &value); count++) {
		if (count == KMS_CONTEXT_MAX)
			return err_set(err, ERR_LIMIT, "the encryption context has more than %d pairs", KMS_CONTEXT_MAX);
		if (!json_text(value, &pair[count].value))
			return err_set(err, ERR_TYPE, "a value of the encryption context is not a string");
		pair[count].name = name;
		bytes += name.len + pair[count].value.len;
		if (bytes > SERVER_CONTEXT_MAX)
			return err_set(err, ERR_LIMIT, "the encryption context has more than %d bytes", SERVER_CONTEXT_MAX);
	}
	if (count != 0)
		qsort(pair, count, sizeof(pair[0]), compare_pairs);
	for (size_t i = 0; i < count; i++)
		if (put_counted(out, pair[i].name, err) != 0 || put_counted(out, pair[i].value, err) != 0) {
			buf_truncate(out, before);
			return err->kind;
		}
	return 0;
}

static int
associated(struct slice head, struct slice context, struct buf *out, struct error *err)
{
	if (buf_append(out, head, err) != 0)
		return err->kind;
	return buf_append(out, context, err);
}

int
server_blob_seal(const struct server_key *key, struct slice context, struct slice plain, struct buf *out,
    struct error *err)
{
	CLEANUP(aesgcm_freep) struct aesgcm *gcm = NULL;
	CLEANUP(buf_release) struct buf aad = BUF(2 * SERVER_CONTEXT_MAX);
	CLEANUP(buf_release) struct buf blob = BUF(SERVER_BLOB_MAX);
	uint8_t	*room, iv[IV_LEN];
	size_t	 head = MAGIC_LEN + 1 + key->name.len;

	if (key->name.len > NAME_MAX_LEN || plain.len > SERVER_PLAINTEXT_MAX)
		return err_set(err, ERR_LIMIT, "the plaintext has more than %d bytes", SERVER_PLAINTEXT_MAX);
	random_nonce(iv, sizeof(iv));
	if (buf_str(&blob, MAGIC, err) != 0 || buf_byte(&blob, (uint8_t)key->name.len, err) != 0 ||
	    buf_append(&blob, key->name, err) != 0 || buf_append(&blob, slice_of(iv, sizeof(iv)), err) != 0 ||
	    buf_reserve(&blob, plain.len + AESGCM_TAG_LEN, &room, err) != 0 ||
	    associated(slice_sub(buf_slice(&blob), 0, head), context, &aad, err) != 0 ||
	    aesgcm_new(secret_slice(key->material), &gcm, err) != 0 ||
	    aesgcm_seal(gcm, slice_of(iv, sizeof(iv)), buf_slice(&aad), plain, room, room + plain.len, err) != 0)
		return err->kind;
	blob.len += plain.len + AESGCM_TAG_LEN;
	return buf_append(out, buf_slice(&blob), err);
}

int
server_blob_key(struct slice blob, struct slice *name, struct error *err)
{
	size_t len;

	if (!slice_starts(blob, SLICE(MAGIC)) || blob.len <= MAGIC_LEN || blob.len > SERVER_BLOB_MAX)
		return err_set(err, ERR_SYNTAX, "not a ciphertext of this server");
	len = blob.data[MAGIC_LEN];
	if (blob.len - MAGIC_LEN - 1 < len + IV_LEN + AESGCM_TAG_LEN)
		return err_set(err, ERR_SYNTAX, "the ciphertext is cut off");
	*name = slice_sub(blob, MAGIC_LEN + 1, MAGIC_LEN + 1 + len);
	return 0;
}

int
server_blob_open(const struct server_key *key, struct slice context, struct slice blob, struct buf *out,
    struct error *err)
{
	CLEANUP(aesgcm_freep) struct aesgcm *gcm = NULL;
	CLEANUP(buf_release) struct buf aad = BUF(2 * SERVER_CONTEXT_MAX);
	struct slice	 name, iv, sealed;
	uint8_t		*room;
	size_t		 head, end;

	if (server_blob_key(blob, &name, err) != 0)
		return err->kind;
	if (!slice_eq(name, key->name))
		return err_set(err, ERR_TAMPERED, "the ciphertext is of another key");
	head = MAGIC_LEN + 1 + name.len;
	end = blob.len - AESGCM_TAG_LEN;
	iv = slice_sub(blob, head, head + IV_LEN);
	sealed = slice_sub(blob, head + IV_LEN, end);
	if (associated(slice_sub(blob, 0, head), context, &aad, err) != 0 ||
	    buf_reserve(out, sealed.len, &room, err) != 0 ||
	    aesgcm_new(secret_slice(key->material), &gcm, err) != 0 ||
	    aesgcm_open(gcm, iv, buf_slice(&aad), sealed, blob.data + end, room, err) != 0)
		return err->kind;
	out->len += sealed.len;
	return 0;
}
