#include "sops/decrypt.h"

#include "base/limits.h"
#include "base/secret.h"
#include "sops/binary.h"
#include "sops/mac.h"
#include "sops/readable.h"
#include "sops/spelling.h"
#include "sops/walk.h"
#include "yamlmerge/bytes.h"
#include "yamlmerge/number.h"
#include "yamlmerge/path.h"

/* Other containers that are tried for a comment which its own does not open: levels in each direction. */
#define COMMENT_TRIES	8

struct decrypt {
	const struct document		*doc;
	const struct decrypt_options	*options;
	struct value_cipher		*cipher;
	struct select			*select;
	struct mac			*mac;
	bool				 only_encrypted;
	struct walk			 walk;
	struct speller			 speller;
	struct arena			 store;		/* typed values of clear leaves */
	struct buf			 plain, bytes;	/* of the leaf at hand; its bytes in the MAC, then its new container */
	struct buf			 last_path;	/* of the leaf before: its containers have just ended */
	struct edits			*edits;
	struct decrypt_report		*report;
	struct reseal			*reseal_opt;	/* make new ciphertext in place of plaintext */
	struct buf			*data_opt;	/* of a binary file: where its bytes go */
};

static void
decrypt_release(struct decrypt *d)
{
	value_cipher_free(d->cipher);
	select_free(d->select);
	mac_free(d->mac);
	walk_release(&d->walk);
	speller_release(&d->speller);
	arena_release(&d->store);
	buf_release(&d->plain);
	buf_release(&d->bytes);
	buf_release(&d->last_path);
}

static int
fail_at(const struct node *node, struct error *err)
{
	return err_at(err, node->line, node->column);
}

/* Say which value it is: its path, which is no secret. */
static int
fail_value(const struct walk_item *item, const char *what, struct error *err)
{
	CLEANUP(arena_release) struct arena arena = ARENA(LIMIT_DOCUMENT);
	CLEANUP(buf_release) struct buf text = BUF(LIMIT_DOCUMENT);
	struct error	ignored = ERROR_INIT;
	struct path	path;
	enum err_kind	kind = err->kind;

	if (path_of(item->alias != NULL ? item->alias : item->node, &arena, &path, &ignored) != 0 ||
	    path_print_dotted(&path, &text, &ignored) != 0)
		return fail_at(item->node, err);
	if (kind == ERR_TAMPERED) {
		err_reset(err);
		err_set(err, ERR_TAMPERED, "%s of '%.*s' fails authentication", what, SLICE_ARG(buf_slice(&text)));
		err_hint(err, "it was edited, moved or copied after encryption, or the data key is another one; "
		    "restore the line, or set it again with 'hubsecrets set'");
	} else
		err_wrap(err, "%s of '%.*s'", what, SLICE_ARG(buf_slice(&text)));
	return fail_at(item->node, err);
}

/* --- leaves ---------------------------------------------------------------------------------------------------------- */

static int
add_clear(struct decrypt *d, const struct walk_item *item, struct error *err)
{
	struct scalar	scalar;
	enum value_type	type;

	if (scalar_resolve(item->node, d->doc->syntax->scalars, &d->store, &scalar, err) != 0)
		return fail_at(item->node, err);
	if (scalar.type == SCALAR_NULL || d->only_encrypted)
		return 0;
	buf_truncate(&d->bytes, 0);
	if (value_write(&scalar, &type, &d->bytes, err) != 0)
		return fail_at(item->node, err);
	return mac_add(d->mac, buf_slice(&d->bytes), err);
}

/* What the rules encrypt, but is no container: nothing is wrong with a null or an empty string (FORMAT.md 1.4). */
static int
accept_unsealed(struct decrypt *d, const struct walk_item *item, struct error *err)
{
	struct scalar scalar;

	if (scalar_resolve(item->node, d->doc->syntax->scalars, &d->store, &scalar, err) != 0)
		return fail_at(item->node, err);
	if (scalar.type == SCALAR_NULL || (scalar.type == SCALAR_STRING && scalar.text.len == 0))
		return 0;
	err_set(err, ERR_SYNTAX, "it does not match sops' data format: not encrypted, and the rules of the file say it is");
	err_hint(err, "if it was added by hand, take it out and add it with 'hubsecrets set' or 'hubsecrets edit'");
	return fail_value(item, "value", err);
}

static int
remember(struct decrypt *d, const struct walk_item *item, enum value_type type, struct slice spelled, struct error *err)
{
	struct value_parts	parts;
	struct reuse_entry	entry = { .flow = item->node->parent != NULL && item->node->parent->style == STYLE_FLOW };

	if (d->options->reuse_opt == NULL || !value_recognise(item->node->text, &parts))
		return 0;
	entry.sealed = slice_sub(item->node->text, 0, parts.len);
	if (spelled.len != 0) {
		entry.source = slice_sub(d->doc->text, item->node->span.start, item->node->span.end);
		entry.spelled = spelled;
	}
	return reuse_add(d->options->reuse_opt, type, item->path, buf_slice(&d->plain), &entry, err);
}

/* The text that the edits since ${first} put in place of the node, when it is a single one. */
static struct slice
spelled_since(const struct decrypt *d, size_t first, const struct node *node)
{
	const struct edit *edit;

	if (d->edits->count != first + 1)
		return SLICE_NONE;
	edit = &d->edits->list[first];
	return edit->at.start == node->span.start && edit->at.end == node->span.end ? edit->text : SLICE_NONE;
}

/* A new container of d->plain, in d->bytes. */
static int
make_container(struct decrypt *d, const struct walk_item *item, enum value_type type, struct error *err)
{
	buf_truncate(&d->bytes, 0);
	if (value_seal(d->reseal_opt->cipher, type, buf_slice(&d->plain), item->path, &d->bytes, err) != 0)
		return (int)err->kind;
	return sealed_texts_add(&d->reseal_opt->sealed, buf_slice(&d->bytes), err);
}

static int
reseal_leaf(struct decrypt *d, const struct walk_item *item, enum value_type type, struct error *err)
{
	if (make_container(d, item, type, err) != 0)
		return (int)err->kind;
	return spelling_seal(d->edits, d->doc, item->node, buf_slice(&d->bytes), spelling_signed(d->doc, item->node), err);
}

static int
open_data(struct decrypt *d, const struct walk_item *item, enum value_type type, struct error *err)
{
	if (remember(d, item, type, SLICE_NONE, err) != 0)
		return (int)err->kind;
	/* Handed over, not copied: it is the whole file. */
	buf_release(d->data_opt);
	*d->data_opt = d->plain;
	d->plain = BUF_SECRET(LIMIT_DOCUMENT);
	return 0;
}

/* A float that JSON reads as one. */
static int
open_float(struct decrypt *d, const struct walk_item *item, struct error *err)
{
	WIPED(digits, NUMBER_TEXT_MAX + sizeof(".0"));
	struct scalar	scalar;
	size_t		len;

	if (value_read(VALUE_FLOAT, buf_slice(&d->plain), &d->store, &scalar, err) != 0)
		return fail_value(item, "value", err);
	len = number_format(scalar.real, NUMBER_JSON, (char *)digits);
	if (memchr(digits, '.', len) == NULL && memchr(digits, 'e', len) == NULL) {
		memcpy(digits + len, ".0", 2);
		len += 2;
	}
	return edits_replace(d->edits, item->node, slice_of(digits, len), err);
}

static int
open_leaf(struct decrypt *d, const struct walk_item *item, struct error *err)
{
	size_t			first = d->edits->count;
	struct value_parts	parts;
	enum value_type		type;

	if (!value_recognise(item->node->text, &parts))
		return accept_unsealed(d, item, err);
	buf_truncate(&d->plain, 0);
	buf_truncate(&d->bytes, 0);
	if (value_open_parts(d->cipher, &parts, item->path, &type, &d->plain, err) != 0)
		return fail_value(item, "value", err);
	if (type == VALUE_COMMENT) {
		/* FORMAT.md 1.3: sops prints an inner structure here, and its MAC cannot be right. */
		err_set(err, ERR_MAC, "an encrypted comment stands in the place of a value");
		return fail_value(item, "value", err);
	}
	/* A string is its own canonical form, and may be large. */
	if (type != VALUE_STR && value_canonical(type, buf_slice(&d->plain), &d->bytes, err) != 0)
		return fail_value(item, "value", err);
	if (mac_add(d->mac, buf_slice(type == VALUE_STR ? &d->plain : &d->bytes), err) != 0)
		return (int)err->kind;
	/* What an alias stands for is opened where it is written. */
	if (item->alias != NULL)
		return 0;
	if (d->reseal_opt != NULL)
		return reseal_leaf(d, item, type, err);
	if (d->data_opt != NULL)
		return slice_eq(item->path, SLICE(BYTES_KEY ":")) ? open_data(d, item, type, err) : 0;
	if (d->options->typed && type == VALUE_FLOAT && d->doc->syntax == &syntax_json)
		return open_float(d, item, err);
	if (spelling_open(&d->speller, d->edits, d->doc, item->node, type, buf_slice(&d->plain),
	    spelling_signed(d->doc, item->node), err) != 0)
		return fail_value(item, "value", err);
	return remember(d, item, type, spelled_since(d, first, item->node), err);
}

/* --- comments -------------------------------------------------------------------------------------------------------- */

static bool
try_comment(struct decrypt *d, const struct walk_item *item, struct slice path)
{
	struct error	ignored = ERROR_INIT;
	enum value_type	type;

	buf_truncate(&d->plain, 0);
	return value_open(d->cipher, item->node->text, path, &type, &d->plain, &ignored) == 0 && type == VALUE_COMMENT;
}

/* The paths of the containers that hold the leaf ${path} ("a:b:c:"), innermost first: cut key by key. */
static bool
try_containers(struct decrypt *d, const struct walk_item *item, struct slice path)
{
	for (unsigned tries = 0; path.len > 0 && tries < COMMENT_TRIES; tries++) {
		for (path.len--; path.len > 0 && path.data[path.len - 1] != ':';)
			path.len--;
		if (try_comment(d, item, path.len != 0 ? path : SLICE(":")))
			return true;
	}
	return false;
}

/* The maps and lists that begin right behind the comment: sops moves one from in there to above the key. */
static bool
try_following(struct decrypt *d, const struct walk_item *item)
{
	CLEANUP(buf_release) struct buf path = BUF(LIMIT_DOCUMENT);
	const struct node	*node = item->node;
	struct error		 ignored = ERROR_INIT;

	if (!slice_eq(item->path, SLICE(":")) && buf_append(&path, item->path, &ignored) != 0)
		return false;
	for (unsigned tries = 0; tries < COMMENT_TRIES; tries++) {
		while (node != NULL && node->kind == NODE_COMMENT)
			node = node->next;
		if (node == NULL || (node->kind != NODE_MAP && node->kind != NODE_LIST))
			return false;
		if (node->key != NULL && (buf_append(&path, node_resolve(node->key)->text, &ignored) != 0 ||
		    buf_byte(&path, ':', &ignored) != 0))
			return false;
		if (try_comment(d, item, buf_slice(&path)))
			return true;
		node = node->child;
	}
	return false;
}

/*
 * FORMAT.md 6.4: sops seals a comment for the container in which it read it, and may print it where another one
 * is open.  The tag tells which of them is right.
 */
static bool
open_elsewhere(struct decrypt *d, const struct walk_item *item)
{
	struct slice path;

	for (size_t up = 1; up < COMMENT_TRIES && walk_path_above(&d->walk, up, &path); up++)
		if (try_comment(d, item, path))
			return true;
	return try_containers(d, item, buf_slice(&d->last_path)) || try_following(d, item);
}

/* For the container in which it stands now, whatever it was sealed for. */
static int
reseal_comment(struct decrypt *d, const struct walk_item *item, struct error *err)
{
	if (d->plain.len == 0)
		return 0;
	if (make_container(d, item, VALUE_COMMENT, err) != 0)
		return (int)err->kind;
	return spelling_comment_signed(d->doc, item->node) ?
	    spelling_comment_sign(d->edits, d->doc, item->node, buf_slice(&d->bytes), err) :
	    spelling_comment(d->edits, d->doc, item->node, buf_slice(&d->bytes), err);
}

static int
decrypt_comment(struct decrypt *d, const struct walk_item *item, struct error *err)
{
	struct reuse_entry	entry = { .sealed = item->node->text };
	bool			in_place, was_empty;

	if (!item->selected || item->node->text.len == 0 || item->alias != NULL)
		return 0;
	in_place = value_recognise(item->node->text, NULL) && try_comment(d, item, item->path);
	if (!in_place && !(value_recognise(item->node->text, NULL) && open_elsewhere(d, item))) {
		if (d->report->comments_kept++ == 0)
			d->report->comment_line = item->node->line;
		return 0;
	}
	if (d->reseal_opt != NULL)
		return reseal_comment(d, item, err);
	was_empty = spelling_comment_signed(d->doc, item->node) && slice_eq(buf_slice(&d->plain), SPELLING_EMPTY_COMMENT);
	if (spelling_comment(d->edits, d->doc, item->node, was_empty ? SLICE_NONE : buf_slice(&d->plain), err) != 0 || !in_place ||
	    d->options->reuse_opt == NULL)
		return (int)err->kind;
	if (was_empty)
		entry.sealed.len--;	/* without the sign */
	return reuse_add(d->options->reuse_opt, VALUE_COMMENT, item->path, buf_slice(&d->plain), &entry, err);
}

/* --- the whole ------------------------------------------------------------------------------------------------------- */

static int
decrypt_item(struct decrypt *d, const struct walk_item *item, struct error *err)
{
	if (item->kind == WALK_COMMENT)
		return decrypt_comment(d, item, err);
	if (item->kind != WALK_LEAF)
		return 0;
	if ((item->selected ? open_leaf(d, item, err) : add_clear(d, item, err)) != 0)
		return (int)err->kind;
	buf_truncate(&d->last_path, 0);
	return buf_append(&d->last_path, item->path, err);
}

static int
check_mac(struct decrypt *d, const struct metadata *meta, struct error *err)
{
	struct buf *text = d->reseal_opt != NULL ? &d->reseal_opt->mac : &d->bytes;

	buf_truncate(text, 0);
	if (mac_final(d->mac, text, err) != 0)
		return (int)err->kind;
	return d->options->ignore_mac ? 0 : mac_check(d->cipher, meta->mac, meta->lastmodified, buf_slice(text), err);
}

static int
decrypt_tree(struct decrypt *d, const struct store *store, const struct metadata *meta, const struct secret *datakey,
    struct error *err)
{
	struct walk_item item;

	*d->report = (struct decrypt_report){ 0 };
	if (value_cipher_new(datakey, &d->cipher, err) != 0 || select_new(&meta->rules, &d->select, err) != 0 ||
	    mac_new(meta->mac_only_encrypted, &d->mac, err) != 0)
		return (int)err->kind;
	d->only_encrypted = meta->mac_only_encrypted;
	d->walk = WALK(d->doc, store, d->select, WALK_SEALED);
	do {
		if (walk_next(&d->walk, &item, err) != 0 || decrypt_item(d, &item, err) != 0)
			return (int)err->kind;
	} while (item.kind != WALK_DONE);
	return check_mac(d, meta, err);
}

#define DECRYPT(document, how, edits_out, report_out)							\
	((struct decrypt){ .doc = (document), .options = (how), .edits = (edits_out), .report = (report_out),	\
	    .speller = SPELLER, .store = ARENA_SECRET(LIMIT_DOCUMENT), .plain = BUF_SECRET(LIMIT_DOCUMENT),	\
	    .bytes = BUF_SECRET(LIMIT_DOCUMENT), .last_path = BUF(LIMIT_DOCUMENT) })

int
sops_decrypt(const struct document *doc, const struct store *store, const struct metadata *meta,
    const struct secret *datakey, const struct decrypt_options *options, struct edits *out,
    struct decrypt_report *report, struct error *err)
{
	CLEANUP(decrypt_release) struct decrypt d = DECRYPT(doc, options, out, report);

	if (decrypt_tree(&d, store, meta, datakey, err) != 0)
		return (int)err->kind;
	return store_detach(store, doc, out, err);
}

void
reseal_release(struct reseal *reseal)
{
	value_cipher_free(reseal->cipher);
	sealed_texts_release(&reseal->sealed);
	buf_release(&reseal->mac);
}

int
sops_reseal(const struct document *doc, const struct store *store, const struct metadata *meta,
    const struct secret *datakey, const struct decrypt_options *options, struct reseal *reseal, struct edits *out,
    struct decrypt_report *report, struct error *err)
{
	CLEANUP(decrypt_release) struct decrypt d = DECRYPT(doc, options, out, report);

	d.reseal_opt = reseal;
	return decrypt_tree(&d, store, meta, datakey, err);
}

int
plain_cut_break(const struct document *sealed, const struct store *store, struct buf *plain, struct error *err)
{
	CLEANUP(document_freep) struct document *with = NULL, *without = NULL;
	struct slice	text = buf_slice(plain), cut;
	struct error	other = ERROR_INIT;

	if (store != &store_yaml || slice_ends(sealed->text, SLICE("\n")) || !slice_ends(text, SLICE("\n")))
		return 0;
	cut = slice_sub(text, 0, text.len - (slice_ends(text, SLICE("\r\n")) ? 2 : 1));
	if (document_parse(text, store->syntax, &with, err) != 0)
		return (int)err->kind;
	if (document_parse(cut, store->syntax, &without, &other) == 0 && reread_same(with, without, store, &other) == 0)
		buf_truncate(plain, cut.len);
	return 0;
}

void
opened_release(struct opened *opened)
{
	document_free(opened->doc);
	metadata_free(opened->meta);
	secret_free(opened->datakey);
	buf_release(&opened->plain);
	*opened = OPENED;
}

int
sealed_load(struct slice text, const struct store *store, struct opened *out, struct error *err)
{
	if (store->syntax == NULL)
		return err_set(err, ERR_UNSUPPORTED, "%s files are not supported yet", store->name);
	if (document_parse_lent(text, store->syntax, &out->doc, err) != 0 || readable_check(out->doc, err) != 0)
		return (int)err->kind;
	return store_load(store, out->doc, &out->meta, err);
}

int
sealed_decrypt(struct opened *opened, const struct store *store, const struct decrypt_options *options, struct error *err)
{
	CLEANUP(edits_release) struct edits edits = EDITS;

	if (store->binary) {
		CLEANUP(decrypt_release) struct decrypt d = DECRYPT(opened->doc, options, &edits, &opened->report);

		d.data_opt = &opened->plain;
		return binary_check(opened->doc, err) != 0 ? (int)err->kind :
		    decrypt_tree(&d, store, opened->meta, opened->datakey, err);
	}
	if (sops_decrypt(opened->doc, store, opened->meta, opened->datakey, options, &edits, &opened->report, err) != 0)
		return (int)err->kind;
	if (edits_apply(&edits, opened->doc, &opened->plain, err) != 0)
		return (int)err->kind;
	return plain_cut_break(opened->doc, store, &opened->plain, err);
}

int
sealed_open(struct opened *opened, const struct store *store, const struct unwrap_options *unwrap,
    const struct decrypt_options *options, struct unwrap_report *report, struct error *err)
{
	if (datakey_unwrap(opened->meta, unwrap, &opened->datakey, report, err) != 0)
		return (int)err->kind;
	return sealed_decrypt(opened, store, options, err);
}
