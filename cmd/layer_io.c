#include "cmd/layer_io.h"

#include <string.h>

#include "cmd/layer_blob.h"
#include "cmd/layer_keys.h"
#include "cmd/layer_mask.h"
#include "sops/decrypt.h"
#include "sops/store.h"
#include "yamlmerge/scalar.h"

const struct store *
layer_io_store(const char *path)
{
	return slice_ends(slice_str(path), SLICE(".json")) ? &store_json : &store_yaml;
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
say_what_to_do(const struct layer_io *io, struct error *err)
{
	if (err->kind == ERR_NO_KEY) {
		*err = ERROR_INIT;
		(void)err_set(err, ERR_NO_KEY, "no key at hand opens this file");
		return err_hint(err, "why is said above, key by key%s", io->secrets_needed ? "" : "; --no-secrets goes on without the secrets layers");
	}
	if (err->kind == ERR_MAC) {
		err->hint[0] = '\0';
		return err_hint(err, "the file was changed after it was encrypted: restore it, or look at every value with "
		    "'hubsecrets edit --ignore-mac' and save it again");
	}
	return (int)err->kind;
}

static int
check_sealed(const struct layer_io *io, const struct opened *opened, const struct store *store, struct error *err)
{
	struct layer_mask_count count;

	if (io->allow_plaintext)
		return 0;
	if (layer_mask_count(opened, store, &count, err) != 0)
		return (int)err->kind;
	if (count.values == 0 || count.sealed > 0)
		return 0;
	(void)err_set(err, ERR_REFUSED, "none of the %zu values in this secrets layer is encrypted, though it has a 'sops' entry", count.values);
	return err_hint(err, "look at its creation rule in .sops.yaml and encrypt it again, or take it as it is: --allow-plaintext");
}

static int
open_sops(struct layer_io *io, const struct store *store, const char *path, enum layer_role role, struct slice bytes,
    struct layer_opened *out, struct error *err)
{
	CLEANUP(opened_release) struct opened	opened = OPENED;
	const struct decrypt_options		options = { .ignore_mac = false };
	struct unwrap_options			unwrap = { .ring = NULL };

	if (sealed_load(bytes, store, &opened, err) != 0 || (role == LAYER_SECRETS && check_sealed(io, &opened, store, err) != 0))
		return (int)err->kind;
	out->encrypted = out->typed_by_sops = true;
	out->masked = io->public;
	if (io->public)
		return layer_mask(&opened, store, &out->doc, err);
	if (layer_keys_take(io->keys, path, &opened.datakey, &io->report, err) != 0)
		return say_what_to_do(io, err);
	if (io->ring == NULL && keyring_new(&io->ring, err) != 0)
		return (int)err->kind;
	unwrap.ring = io->ring;
	if ((opened.datakey != NULL ? sealed_decrypt(&opened, store, &options, err) :
	    sealed_open(&opened, store, &unwrap, &options, &io->report, err)) != 0)
		return say_what_to_do(io, err);
	/* JSON is YAML here, as it is to Helm. */
	return document_parse(buf_slice(&opened.plain), &syntax_yaml, &out->doc, err);
}

/* Nobody without a key can tell what is in the layer, so nobody is shown: the result is the same in every clone. */
static int
leave_out(struct layer_io *io, struct layer_opened *out, struct error *err)
{
	io->left_out = true;
	out->encrypted = out->masked = true;
	return document_parse(SLICE(""), &syntax_yaml, &out->doc, err);
}

static int
open_blob(struct layer_io *io, struct slice bytes, struct layer_opened *out, struct error *err)
{
	if (io->public)
		return leave_out(io, out, err);
	out->encrypted = true;
	return layer_blob_open(&io->blobs, bytes, &out->text, err);
}

/* Does the text hold anything but comments, nulls and empty containers?  What does not parse is reported by who reads it. */
static bool
holds_values(struct slice text)
{
	CLEANUP(document_freep) struct document	*doc = NULL;
	CLEANUP(arena_release) struct arena	 store = ARENA_SECRET(LIMIT_DOCUMENT);
	struct error				 ignored = ERROR_INIT;
	struct scalar				 scalar;
	const struct node			*node;

	if (document_parse(text, &syntax_yaml, &doc, &ignored) != 0)
		return false;
	for (size_t i = 0; i < doc->roots; i++)
		for (node = doc->root[i]; node != NULL; node = node_after(node, doc->root[i]))
			if (node->kind == NODE_SCALAR && node->text.len > 0 &&
			    (scalar_resolve(node, &scalar_table_helm, &store, &scalar, &ignored) != 0 || scalar.type != SCALAR_NULL))
				return true;
	return false;
}

/* A secrets layer in clear is one that somebody is about to commit, unless git encrypts it then. */
static int
check_plain_secrets(struct layer_io *io, const char *path, struct slice bytes, struct layer_opened *out, struct error *err)
{
	bool filtered;

	if (io->allow_plaintext || !holds_values(bytes))
		return 0;
	if (layer_blob_is_filtered(path, &filtered, err) != 0)
		return (int)err->kind;
	if (filtered)
		return io->public ? leave_out(io, out, err) : 0;
	(void)err_set(err, ERR_REFUSED, "this secrets layer is in clear");
	return err_hint(err, "encrypt it ('hubsecrets encrypt -i %s'), or take it as it is: --allow-plaintext", path);
}

int
layer_io_open(void *layer_io, const char *path, enum layer_role role, struct slice bytes, struct layer_opened *out,
    struct error *err)
{
	struct layer_io		*io = layer_io;
	const struct store	*store = layer_io_store(path);

	io->left_out = false;
	if (layer_blob_is(bytes))
		return open_blob(io, bytes, out, err);
	if (bytes.len > 0 && (has_block(bytes) || has_entry(bytes, store->syntax)))
		return open_sops(io, store, path, role, bytes, out, err);
	return role == LAYER_SECRETS ? check_plain_secrets(io, path, bytes, out, err) : 0;
}

void
layer_io_release(struct layer_io *io)
{
	keyring_free(io->ring);
	layer_blobs_free(io->blobs);
	layer_keys_free(io->keys);
	io->ring = NULL;
	io->blobs = NULL;
	io->keys = NULL;
	unwrap_report_release(&io->report);
}
