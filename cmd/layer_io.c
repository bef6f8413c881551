#include "cmd/layer_io.h"

#include <string.h>

#include "sops/decrypt.h"
#include "sops/store.h"

static const struct slice git_crypt_magic = { (const uint8_t *)"\0GITCRYPT\0", 10 };

static int
refuse_locked(struct error *err)
{
	(void)err_set(err, ERR_REFUSED, "the file is encrypted by git-crypt and locked");
	return err_hint(err, "unlock this clone first, with 'hubcrypt unlock' (or 'git-crypt unlock')");
}

/* A line that begins with "sops:", as every YAML file of sops has it. */
static bool
has_block(struct slice text)
{
	return slice_starts(text, SLICE("sops:")) || memmem(text.data, text.len, "\nsops:", 6) != NULL;
}

/* Any other way to write the entry is looked for in the tree, and only if the word is there at all. */
static bool
has_entry(struct slice text, const struct syntax *syntax)
{
	CLEANUP(document_freep) struct document	*doc = NULL;
	struct error				 ignored = ERROR_INIT;

	if (memmem(text.data, text.len, "sops", 4) == NULL)
		return false;
	/* What does not parse is reported by who reads it as plain text. */
	return document_parse(text, syntax, &doc, &ignored) == 0 && doc->roots > 0 &&
	    node_member(doc->root[0], SLICE("sops")) != NULL;
}

/* The library speaks to users of hubsecrets; here other things can be done. */
static int
say_what_to_do(struct error *err)
{
	if (err->kind == ERR_NO_KEY) {
		*err = ERROR_INIT;
		(void)err_set(err, ERR_NO_KEY, "no key at hand opens this file");
		return err_hint(err, "why is said above, key by key; --no-secrets goes on without the secrets layers");
	}
	if (err->kind == ERR_MAC) {
		err->hint[0] = '\0';
		return err_hint(err, "the file was changed after it was encrypted: restore it, or look at every value with "
		    "'hubsecrets edit --ignore-mac' and save it again");
	}
	return (int)err->kind;
}

static int
open_sops(struct layer_io *io, const struct store *store, struct slice bytes, struct layer_opened *out, struct error *err)
{
	CLEANUP(opened_release) struct opened	opened = OPENED;
	const struct decrypt_options		options = { .ignore_mac = false };
	struct unwrap_options			unwrap = { .ring = NULL };

	if (sealed_load(bytes, store, &opened, err) != 0)
		return (int)err->kind;
	if (io->ring == NULL && keyring_new(&io->ring, err) != 0)
		return (int)err->kind;
	unwrap.ring = io->ring;
	if (sealed_open(&opened, store, &unwrap, &options, &io->report, err) != 0)
		return say_what_to_do(err);
	out->encrypted = out->typed_by_sops = true;
	/* JSON is YAML here, as it is to Helm. */
	return document_parse(buf_slice(&opened.plain), &syntax_yaml, &out->doc, err);
}

int
layer_io_open(void *layer_io, const char *path, enum layer_role role, struct slice bytes, struct layer_opened *out,
    struct error *err)
{
	const struct store *store = slice_ends(slice_str(path), SLICE(".json")) ? &store_json : &store_yaml;

	(void)role;
	if (slice_starts(bytes, git_crypt_magic))
		return refuse_locked(err);
	if (bytes.len == 0 || (!has_block(bytes) && !has_entry(bytes, store->syntax)))
		return 0;
	return open_sops(layer_io, store, bytes, out, err);
}

void
layer_io_release(struct layer_io *io)
{
	keyring_free(io->ring);
	io->ring = NULL;
	unwrap_report_release(&io->report);
}
