#include <stdlib.h>

#include "base/encode.h"
#include "base/file.h"
#include "base/limits.h"
#include "kms/server_blob.h"
#include "kms/server_known.h"

struct server_known {
	struct json	*root;
};

static int
check_row(const struct json *row, struct error *err)
{
	static const char	*const names[] = { "arn", "ciphertext", "plaintext" };
	CLEANUP(buf_release) struct buf context = BUF(2 * SERVER_CONTEXT_MAX);
	struct slice		 text;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		CLEANUP(buf_release) struct buf bytes = BUF_SECRET(SERVER_BLOB_MAX);

		if (json_need_text(row, names[i], &text, err) != 0)
			return err->kind;
		if (i != 0 && base64_decode(text, &bytes, err) != 0)
			return err_wrap(err, "'%s'", names[i]);
	}
	return server_blob_context(json_find(row, "context"), &context, err);
}

int
server_known_parse(struct slice text, struct server_known **out, struct error *err)
{
	CLEANUP(server_known_freep) struct server_known *known = calloc(1, sizeof(*known));
	const struct json	*blobs;

	if (known == NULL)
		return err_memory(err);
	if (json_parse(text, &known->root, err) != 0)
		return err->kind;
	blobs = json_find(known->root, "blobs");
	if (!json_is_list(blobs))
		return err_set(err, ERR_SYNTAX, "there is no list 'blobs'");
	for (size_t i = 0; i < json_count(blobs); i++)
		if (check_row(json_at(blobs, i), err) != 0)
			return err_wrap(err, "row %zu", i);
	*out = TAKE(known);
	return 0;
}

int
server_known_load(const char *path, struct server_known **out, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_SECRET(LIMIT_REPLY);

	if (file_read(path, &text, err) != 0 || server_known_parse(buf_slice(&text), out, err) != 0)
		return err_wrap(err, "cannot use the table of known ciphertexts in '%s'", path);
	return 0;
}

void
server_known_free(struct server_known *known)
{
	if (known == NULL)
		return;
	json_free(known->root);
	free(known);
}

int
server_known_open(const struct server_known *known_opt, struct slice blob, struct slice arn,
    struct slice context, struct slice *found, struct buf *out, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF(2 * SERVER_BLOB_MAX);
	CLEANUP(buf_release) struct buf bound = BUF(2 * SERVER_CONTEXT_MAX);
	const struct json	*blobs = known_opt != NULL ? json_find(known_opt->root, "blobs") : NULL;
	const struct json	*row;
	struct slice		 ciphertext, plaintext;

	if (base64_encode(blob, &text, err) != 0)
		return err->kind;
	for (size_t i = 0; i < json_count(blobs); i++) {
		row = json_at(blobs, i);
		/* check_row() has seen to it that all of these are there. */
		if (!json_text(json_find(row, "ciphertext"), &ciphertext) || !slice_eq(ciphertext, buf_slice(&text)))
			continue;
		if (!json_text(json_find(row, "arn"), found) || (arn.len != 0 && !slice_eq(arn, *found)))
			return err_set(err, ERR_NO_KEY, "a ciphertext of another key");
		if (server_blob_context(json_find(row, "context"), &bound, err) != 0)
			return err->kind;
		if (!slice_eq(buf_slice(&bound), context) || !json_text(json_find(row, "plaintext"), &plaintext))
			return err_set(err, ERR_TAMPERED, "bound to another encryption context");
		return base64_decode(plaintext, out, err);
	}
	return err_set(err, ERR_NOT_FOUND, "not a known ciphertext");
}
