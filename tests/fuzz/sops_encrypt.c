#include "sops/encrypt.h"

#include <stdlib.h>

#include "base/limits.h"
#include "sops/decrypt.h"
#include "sops/reread.h"
#include "tests/fuzz/fuzz.h"

/*
 * Any plain text: refused, or encrypted so that decrypting gives a text of the same values, and that text encrypted and
 * decrypted again the same bytes.  The first byte chooses the rule.
 */
static struct secret *datakey;

static struct metadata *
new_metadata(uint8_t rule)
{
	static const char *const texts[SELECT_RULES] = { "_u", "_e", "^u", "^e", "plain", "secret" };
	struct metadata		*meta = NULL;
	struct key_group	*group = NULL;
	struct error		 err = ERROR_INIT;

	if (metadata_new(&meta, &err) != 0 || metadata_group_add(meta, &group, &err) != 0 ||
	    key_group_parse(group, &key_types[KEY_AGE], SLICE("age1vkenxd082m72pgllqcgyd63jdccc7hg8sv442hjj9gt4de96dcxsy5nzqj"), NULL,
	    &meta->arena, &err) != 0 || (datakey == NULL && secret_copy(SLICE("0123456789abcdef0123456789abcdef"), &datakey, &err) != 0))
		abort();
	group->keys[0].enc = SLICE("wrapped\n");
	meta->rules.text[rule % SELECT_RULES] = slice_str(texts[rule % SELECT_RULES]);
	meta->mac_only_encrypted = rule / SELECT_RULES % 2 != 0;
	return meta;
}

/* 0: done.  Else refused, which is an answer, unless it is our own promise that broke. */
static int
seal(struct slice yaml, uint8_t rule, struct notes *notes, struct buf *out)
{
	CLEANUP(metadata_freep) struct metadata *meta = new_metadata(rule);
	CLEANUP(document_freep) struct document *doc = NULL;
	struct encrypt_options	options = { .notes_opt = notes };
	struct error		err = ERROR_INIT;

	if (plain_load(yaml, &store_yaml, &doc, &err) != 0)
		return (int)err.kind;
	if (sops_encrypt(doc, &store_yaml, meta, datakey, &options, out, &err) != 0 && err.kind == ERR_INTERNAL)
		abort();
	return (int)err.kind;
}

static void
reveal(struct slice sealed, struct buf *out)
{
	CLEANUP(opened_release) struct opened opened = OPENED;
	struct decrypt_options	options = { .ignore_mac = false };
	struct error		err = ERROR_INIT;

	if (sealed_load(sealed, &store_yaml, &opened, &err) != 0 ||
	    secret_copy(secret_slice(datakey), &opened.datakey, &err) != 0 ||
	    sealed_decrypt(&opened, &store_yaml, &options, &err) != 0 ||
	    buf_append(out, buf_slice(&opened.plain), &err) != 0)
		abort();
}

static void
compare(struct slice a, struct slice b)
{
	CLEANUP(document_freep) struct document *before = NULL, *after = NULL;
	struct error err = ERROR_INIT;

	if (document_parse(a, &syntax_yaml, &before, &err) != 0 || document_parse(b, &syntax_yaml, &after, &err) != 0 ||
	    reread_same(before, after, &store_yaml, &err) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(buf_release) struct buf sealed = BUF(LIMIT_DOCUMENT), plain = BUF_SECRET(LIMIT_DOCUMENT),
	    again = BUF(LIMIT_DOCUMENT), last = BUF_SECRET(LIMIT_DOCUMENT);
	CLEANUP(notes_release) struct notes notes = NOTES, none = NOTES;
	struct slice yaml = slice_of(data + 1, size - 1);

	if (size < 1 || seal(yaml, data[0], &notes, &sealed) != 0)
		return 0;
	reveal(buf_slice(&sealed), &plain);
	compare(yaml, buf_slice(&plain));
	/* What was not noted comes back as it was. */
	if (notes.count == 0 && !slice_eq(yaml, buf_slice(&plain)))
		abort();
	if (seal(buf_slice(&plain), data[0], &none, &again) != 0)
		abort();
	reveal(buf_slice(&again), &last);
	if (!slice_eq(buf_slice(&plain), buf_slice(&last)) && none.count == 0)
		abort();
	return 0;
}
