#ifndef TESTS_UNIT_SOPS_SEALING_H
#define TESTS_UNIT_SOPS_SEALING_H

#include "base/secret.h"
#include "sops/decrypt.h"
#include "sops/encrypt.h"
#include "tests/tap.h"

/* For tests of what seals and opens: a data key, metadata with one recipient, and both directions in one call. */

#define AGE_RECIPIENT	"age1vkenxd082m72pgllqcgyd63jdccc7hg8sv442hjj9gt4de96dcxsy5nzqj"

static UNUSED struct secret *datakey;

static UNUSED struct metadata *
new_metadata(enum select_rule rule, const char *text)
{
	struct metadata		*meta = NULL;
	struct key_group	*group = NULL;
	struct error		 err = ERROR_INIT;

	if (metadata_new(&meta, &err) != 0 || metadata_group_add(meta, &group, &err) != 0 ||
	    key_group_parse(group, &key_types[KEY_AGE], SLICE(AGE_RECIPIENT), NULL, &meta->arena, &err) != 0)
		bail_out(err.text);
	group->keys[0].enc = SLICE("wrapped\n");
	meta->rules.text[rule] = slice_str(text);
	if (datakey == NULL && secret_copy(SLICE("0123456789abcdef0123456789abcdef"), &datakey, &err) != 0)
		bail_out(err.text);
	return meta;
}

/* Encrypt; ${notes_opt} and ${reuse_opt} as in struct encrypt_options. */
static UNUSED int
seal_text(struct slice yaml, struct metadata *meta, struct reuse *reuse_opt, struct notes *notes_opt, struct buf *out,
    struct error *err)
{
	CLEANUP(document_freep) struct document *doc = NULL;
	struct encrypt_options options = { .reuse_opt = reuse_opt, .notes_opt = notes_opt };

	if (plain_load(yaml, &store_yaml, &doc, err) != 0)
		return (int)err->kind;
	return sops_encrypt(doc, &store_yaml, meta, datakey, &options, out, err);
}

/* Parse and decrypt. */
static UNUSED int
open_text(struct slice sealed, struct reuse *reuse_opt, struct opened *opened, struct error *err)
{
	struct decrypt_options options = { .reuse_opt = reuse_opt };

	if (sealed_load(sealed, &store_yaml, opened, err) != 0 ||
	    secret_copy(secret_slice(datakey), &opened->datakey, err) != 0)
		return (int)err->kind;
	return sealed_decrypt(opened, &store_yaml, &options, err);
}

/* Each container as E, or as its type; the metadata cut off. */
static UNUSED void
abbreviate(struct slice text, bool types, struct buf *out)
{
	struct error	err = ERROR_INIT;
	size_t		at = 0;

	while (at < text.len && !slice_starts(slice_from(text, at), SLICE("sops:"))) {
		struct slice		rest = slice_from(text, at);
		struct value_parts	parts;
		size_t			end = slice_find(rest, ']', 0);
		int			rc;

		if (slice_starts(rest, SLICE("ENC[AES256_GCM,"))) {
			/* The sign is no bracket before YAML is read. */
			const uint8_t *sign = memmem(rest.data, rest.len, "\\x5D", 4), *line = memchr(rest.data, '\n', rest.len);

			if (sign != NULL && (line == NULL || sign < line) && sign < rest.data + end)
				end = (size_t)(sign - rest.data) - 1;
			rc = buf_str(out, "E", &err);
			if (types && value_recognise(slice_sub(rest, 0, end + 1), &parts))
				rc = buf_append(out, parts.type, &err);
			at += end + 1;
		} else {
			rc = buf_byte(out, rest.data[0], &err);
			at++;
		}
		if (rc != 0)
			bail_out(err.text);
	}
	if (buf_terminate(out, &err) != 0)
		bail_out(err.text);
}

#endif
