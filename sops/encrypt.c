#include "sops/encrypt.h"

#include <stdlib.h>

#include "base/limits.h"
#include "sops/binary.h"
#include "sops/expand.h"
#include "sops/mac.h"
#include "sops/readable.h"
#include "sops/reread.h"
#include "sops/spelling.h"
#include "sops/value.h"
#include "sops/walk.h"
#include "yamlmerge/edit.h"
#include "yamlmerge/scalar.h"
#include "yamlmerge/yaml_around.h"
#include "yamlmerge/yaml_edit.h"

/*
 * Two texts on the way.  Before anything is sealed, what would change a value or the place of a comment is
 * settled in a text of its own (prepare): aliases that ciphertext makes impossible are written out, and where comments
 * end a document the metadata is put behind them, because it decides to which container they belong.  That text is
 * then sealed in one pass, and the result is read again beside it.
 */
struct encrypt {
	const struct document		*plain;		/* what the caller gave: the lines in notes are its */
	const struct document		*doc;		/* what is sealed: that, or one of our own */
	struct document			*own;
	const struct store		*store;
	struct metadata			*meta;
	const struct encrypt_options	*options;
	struct select			*select;
	struct value_cipher		*cipher;
	struct mac			*mac;
	struct speller			 speller;
	struct arena			 values;
	struct buf			 bytes;		/* of the leaf at hand */
	struct walk			 origin;	/* goes along in plain, leaf by leaf, when doc is another */
	struct edits			 edits;
	struct sealed_texts		 sealed;
	struct buf			 container;	/* of the leaf at hand */
};

static void
encrypt_release(struct encrypt *e)
{
	document_free(e->own);
	select_free(e->select);
	value_cipher_free(e->cipher);
	mac_free(e->mac);
	speller_release(&e->speller);
	arena_release(&e->values);
	buf_release(&e->bytes);
	walk_release(&e->origin);
	edits_release(&e->edits);
	sealed_texts_release(&e->sealed);
	buf_release(&e->container);
}

static int
fail_at(const struct node *node, struct error *err)
{
	return err_at(err, node->line, node->column);
}

/* --- notes ----------------------------------------------------------------------------------------------------------- */

void
notes_release(struct notes *notes)
{
	free(notes->list);
	*notes = NOTES;
}

static int
notes_add(struct encrypt *e, const struct node *node, struct error *err)
{
	struct notes	*notes = e->options->notes_opt;
	size_t		 tabs = e->plain->syntax == &syntax_yaml ? around_tabbed_end(e->plain, node) : 0;
	struct slice	 source = slice_sub(e->plain->text, node->span.start, tabs != 0 ? tabs : node->span.end);
	struct note	 note = { .line = node->line, .last = node->line };

	if (notes == NULL)
		return 0;
	/* All lines of a value, and the blank ones behind that lose their tabs; the line break behind a block scalar begins another. */
	for (size_t at = slice_find(source, '\n', 0); at + 1 < source.len; at = slice_find(source, '\n', at + 1))
		note.last++;
	if (notes->count == notes->capacity) {
		size_t		 capacity = notes->capacity != 0 ? 2 * notes->capacity : 16;
		struct note	*list = realloc(notes->list, capacity * sizeof(*list));

		if (list == NULL)
			return err_memory(err);
		notes->list = list;
		notes->capacity = capacity;
	}
	notes->list[notes->count++] = note;
	return 0;
}

static int
compare_notes(const void *a, const void *b)
{
	const struct note *x = a, *y = b;

	return x->line != y->line ? (x->line > y->line) - (x->line < y->line) : (x->last > y->last) - (x->last < y->last);
}

/* In order, and each line named once. */
static void
notes_sort(struct notes *notes)
{
	size_t kept = 0;

	if (notes->count == 0)
		return;
	qsort(notes->list, notes->count, sizeof(notes->list[0]), compare_notes);
	for (size_t i = 0; i < notes->count; i++) {
		if (kept == 0 || notes->list[i].line > notes->list[kept - 1].last)
			notes->list[kept++] = notes->list[i];
		else if (notes->list[i].last > notes->list[kept - 1].last)
			notes->list[kept - 1].last = notes->list[i].last;
	}
	notes->count = kept;
}

/* --- prepare --------------------------------------------------------------------------------------------------------- */

static const struct node *
last_node(const struct node *root)
{
	const struct node *node = root, *child;

	while (node->kind != NODE_COMMENT && node->child != NULL) {
		for (child = node->child; child->next != NULL;)
			child = child->next;
		node = child;
	}
	return node;
}

static bool
ends_in_comments(const struct document *doc)
{
	for (size_t i = 0; i < doc->roots; i++)
		if (last_node(doc->root[i])->kind == NODE_COMMENT ||
		    (doc->root[i]->style == STYLE_FLOW && slice_find(doc->text, '#', 0) != doc->text.len))
			return true;
	return false;
}

/*
 * FORMAT.md 6.6: the metadata puts a line break behind a text that has none, and in a block scalar that keeps its last
 * line break the value would get it.
 */
static int
strip_last_block(struct encrypt *e, struct error *err)
{
	const struct document	*doc = e->doc;
	const struct node	*node = last_node(doc->root[doc->roots - 1]);
	size_t			 at, last = doc->text.len;

	/* "? |" without a value: the last line is the key's. */
	if (node->key != NULL && node->key->span.end == doc->text.len)
		node = node->key;
	at = node->span.start + 1;
	if ((node->style != STYLE_LITERAL && node->style != STYLE_FOLDED) || node->kind != NODE_SCALAR ||
	    slice_ends(doc->text, SLICE("\n")))
		return 0;
	/* Blanks in the last line, unless they are text: with a line break they would be one more line. */
	while (!slice_ends(node->text, SLICE(" ")) && last > 0 && doc->text.data[last - 1] == ' ')
		last--;
	if (last > 0 && doc->text.data[last - 1] == '\n')
		return notes_add(e, node, err) != 0 ? (int)err->kind :
		    edits_splice(&e->edits, (struct span){ (uint32_t)last, (uint32_t)doc->text.len }, SLICE_NONE, err);
	if (slice_ends(node->text, SLICE("\n")))
		return 0;
	while (at < node->body && doc->text.data[at] >= '1' && doc->text.data[at] <= '9')
		at++;
	if (doc->text.data[at] == '-')
		return 0;
	if (notes_add(e, node, err) != 0)
		return (int)err->kind;
	return edits_splice(&e->edits, (struct span){ (uint32_t)at, (uint32_t)at + (doc->text.data[at] == '+') },
	    SLICE("-"), err);
}

static int
expand(struct encrypt *e, struct error *err)
{
	CLEANUP(expanded_release) struct expanded expanded = { .aliases = NULL };

	if (slice_find(e->doc->text, '*', 0) == e->doc->text.len)
		return 0;
	if (expand_aliases(e->doc, e->store, e->select, &e->edits, &expanded, err) != 0)
		return (int)err->kind;
	for (size_t i = 0; i < expanded.count; i++)
		if (notes_add(e, expanded.aliases[i], err) != 0)
			return (int)err->kind;
	return 0;
}

/* Make the edits so far the document to go on with. */
static int
settle(struct encrypt *e, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_SECRET(LIMIT_DOCUMENT);
	struct document *doc = NULL;

	if (e->edits.count == 0)
		return 0;
	if (edits_apply(&e->edits, e->doc, &text, err) != 0 ||
	    document_parse(buf_slice(&text), e->store->syntax, &doc, err) != 0)
		return err_wrap(err, "the text with aliases written out");
	edits_release(&e->edits);
	e->edits = EDITS;
	document_free(e->own);
	e->doc = e->own = doc;
	return 0;
}

/* A carriage return alone ends a line in YAML, and what is put behind one could make another line end of it. */
static int
end_lines(struct encrypt *e, struct error *err)
{
	struct slice	text = e->plain->text;
	size_t		at = slice_find(text, '\r', 0), found = 0;

	for (; at < text.len; at = slice_find(text, '\r', at + 1)) {
		if (at + 1 < text.len && text.data[at + 1] == '\n')
			continue;
		if (edits_splice(&e->edits, (struct span){ (uint32_t)at, (uint32_t)at + 1 }, SLICE("\n"), err) != 0)
			return (int)err->kind;
		found++;
	}
	return found != 0 ? notes_add(e, e->plain->root[0], err) : 0;
}

static int
prepare(struct encrypt *e, struct error *err)
{
	e->doc = e->plain;
	if (e->store->syntax != &syntax_yaml)
		return 0;
	if (end_lines(e, err) != 0 || settle(e, err) != 0)
		return (int)err->kind;
	if (strip_last_block(e, err) != 0 || expand(e, err) != 0 || settle(e, err) != 0)
		return (int)err->kind;
	if (e->doc != e->plain && reread_same(e->plain, e->doc, e->store, err) != 0)
		return (int)err->kind;
	if (!ends_in_comments(e->doc))
		return 0;
	if (store_attach(e->store, e->doc, e->meta, e->options->indent, &e->edits, err) != 0)
		return (int)err->kind;
	return settle(e, err);
}

/* --- leaves ---------------------------------------------------------------------------------------------------------- */

static int
next_origin(struct encrypt *e, struct walk_item *out, struct error *err)
{
	do {
		if (walk_next(&e->origin, out, err) != 0)
			return (int)err->kind;
	} while (out->kind != WALK_LEAF && out->kind != WALK_DONE);
	return 0;
}

/* A container for these bytes: the old one when there is one, so that what did not change stays as it is. */
static int
seal(struct encrypt *e, const struct walk_item *item, enum value_type type, struct slice plain,
    const struct reuse_entry **reused, struct slice *out, struct error *err)
{
	buf_truncate(&e->container, 0);
	*reused = NULL;
	if (e->options->reuse_opt != NULL &&
	    reuse_take(e->options->reuse_opt, type, item->path, plain, reused, err) != 0)
		return (int)err->kind;
	if (*reused == NULL && value_seal(e->cipher, type, plain, item->path, &e->container, err) != 0)
		return (int)err->kind;
	*out = *reused != NULL ? (*reused)->sealed : buf_slice(&e->container);
	return sealed_texts_add(&e->sealed, *out, err);
}

/* May the very text of the old file be taken over?  Only where the plain text around it is as it was. */
static bool
may_copy(const struct encrypt *e, const struct node *node, const struct reuse_entry *old)
{
	struct slice source = slice_sub(e->doc->text, node->span.start, node->span.end);

	return old != NULL && old->source.len != 0 && slice_find(old->source, '\n', 0) == old->source.len &&
	    old->flow == (node->parent != NULL && node->parent->style == STYLE_FLOW) && node_tag(node).len == 0 &&
	    slice_eq(slice_trim(source), slice_trim(old->spelled));
}

static int
seal_leaf(struct encrypt *e, const struct walk_item *item, const struct walk_item *origin, const struct scalar *scalar,
    enum value_type type, struct error *err)
{
	const struct reuse_entry	*reused;
	struct spelling			 spelling;
	struct slice			 sealed;

	if (spelling_plan(&e->speller, e->doc, item->node, scalar, buf_slice(&e->bytes), type, &spelling, err) != 0 ||
	    (!spelling.exact && notes_add(e, origin->alias != NULL ? origin->alias : origin->node, err) != 0) ||
	    seal(e, item, type, spelling.plain, &reused, &sealed, err) != 0)
		return (int)err->kind;
	if (may_copy(e, item->node, reused))
		return e->store->syntax == &syntax_yaml ? yaml_edit_source(&e->edits, e->doc, item->node, reused->source, err) :
		    edits_replace(&e->edits, item->node, reused->source, err);
	return spelling_seal(&e->edits, e->doc, item->node, sealed, spelling.sign, err);
}

static int
encrypt_leaf(struct encrypt *e, const struct walk_item *item, struct error *err)
{
	struct walk_item	origin = *item;
	struct scalar		scalar;
	enum value_type		type;

	if (e->doc != e->plain && e->options->notes_opt != NULL && next_origin(e, &origin, err) != 0)
		return (int)err->kind;
	if (scalar_resolve(item->node, e->doc->syntax->scalars, &e->values, &scalar, err) != 0)
		return fail_at(item->node, err);
	if (scalar.type == SCALAR_NULL)
		return 0;
	if (scalar.type == SCALAR_UINT) {
		err_set(err, ERR_TYPE, "an integer of 2^63 or more (type uint64) cannot be encrypted");
		err_hint(err, "put it in quotes");
		return fail_at(item->node, err);
	}
	buf_truncate(&e->bytes, 0);
	if (value_write(&scalar, &type, &e->bytes, err) != 0)
		return fail_at(item->node, err);
	if ((item->selected || !e->meta->mac_only_encrypted) && mac_add(e->mac, buf_slice(&e->bytes), err) != 0)
		return (int)err->kind;
	if (item->selected && e->options->notes_opt != NULL)
		e->options->notes_opt->sealed++;
	if (!item->selected || e->bytes.len == 0)
		return 0;
	return seal_leaf(e, item, &origin, &scalar, type, err);
}

/* FORMAT.md 6.4: what an unseen comment was meant to choose would stay in clear. */
static int
refuse_unseen(struct encrypt *e, const struct node *comment, struct error *err)
{
	bool matches;

	if (e->meta->rules.text[SELECT_ENCRYPTED_COMMENT_REGEX].len == 0)
		return 0;
	if (select_matches_comment(e->select, comment->text, &matches, err) != 0)
		return (int)err->kind;
	if (!matches)
		return 0;
	err_set(err, ERR_REFUSED, "sops does not see this comment, so it encrypts nothing");
	err_hint(err, "move it to a line of its own just above what it is to encrypt, without an empty line between them");
	return fail_at(comment, err);
}

/* Always a comment, also in a list, where sops would make it an element: it reads both (FORMAT.md 6.6). */
static int
encrypt_comment(struct encrypt *e, const struct walk_item *item, struct error *err)
{
	const struct reuse_entry	*reused;
	struct slice			 text = item->node->text, sealed;
	bool				 sign = spelling_comment_needs_sign(e->doc, item->node);

	if (item->node->style == STYLE_UNSEEN && e->doc->syntax == &syntax_yaml && refuse_unseen(e, item->node, err) != 0)
		return (int)err->kind;
	if (!item->selected || (text.len == 0 && !sign))
		return 0;
	if (seal(e, item, VALUE_COMMENT, sign ? SPELLING_EMPTY_COMMENT : text, &reused, &sealed, err) != 0)
		return (int)err->kind;
	return sign ? spelling_comment_sign(&e->edits, e->doc, item->node, sealed, err) :
	    spelling_comment(&e->edits, e->doc, item->node, sealed, err);
}

/* An empty document becomes the metadata alone, and without that it is written {} in a line of its own. */
static bool
empty_comes_back_otherwise(const struct document *doc, size_t i)
{
	const struct node	*root = doc->root[i], *child = root->child;
	struct slice		 text = slice_sub(doc->text, doc->extent[i].start, doc->extent[i].end);

	while (child != NULL && child->kind == NODE_COMMENT)
		child = child->next;
	while (slice_starts(text, SLICE("\n")))
		text = slice_from(text, 1);
	return child == NULL && !slice_eq(text, SLICE("{}\n")) && !slice_eq(text, SLICE("{}"));
}

/* A flow map at the root gets the metadata as its last member, and blanks or a comma behind the one before it are not kept. */
static bool
flow_comes_back_otherwise(const struct node *root, const struct document *doc)
{
	return root->kind == NODE_MAP && root->style == STYLE_FLOW && root->child != NULL && root->span.end > 1 &&
	    strchr(" ,\t\r\n", doc->text.data[root->span.end - 2]) != NULL;
}

static int
note_document(struct encrypt *e, struct error *err)
{
	const struct document *doc = e->plain;

	if (e->store->plain != &syntax_yaml)
		return 0;
	/* UTF-16 becomes UTF-8, all of it. */
	if (doc->facts.utf16 && notes_add(e, doc->root[0], err) != 0)
		return (int)err->kind;
	for (size_t i = 0; i < doc->roots; i++)
		if ((empty_comes_back_otherwise(doc, i) || flow_comes_back_otherwise(doc->root[i], doc)) && notes_add(e, doc->root[i], err) != 0)
			return (int)err->kind;
	return 0;
}

static int
encrypt_tree(struct encrypt *e, struct error *err)
{
	CLEANUP(walk_release) struct walk walk = WALK(e->doc, e->store, e->select, 0);
	struct walk_item item;
	int rc;

	do {
		if (walk_next(&walk, &item, err) != 0)
			return (int)err->kind;
		rc = item.kind == WALK_LEAF ? encrypt_leaf(e, &item, err) :
		    item.kind == WALK_COMMENT ? encrypt_comment(e, &item, err) : 0;
		if (rc != 0)
			return rc;
	} while (item.kind != WALK_DONE);
	return 0;
}

/* --- the whole ------------------------------------------------------------------------------------------------------- */

static int
finish_mac(struct encrypt *e, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_SECRET(MAC_TEXT_LEN), sealed = BUF(4 * KIB);

	if (mac_final(e->mac, &text, err) != 0 ||
	    mac_seal(e->cipher, buf_slice(&text), e->meta->lastmodified, &sealed, err) != 0)
		return (int)err->kind;
	return metadata_text(e->meta, buf_slice(&sealed), &e->meta->mac, err);
}

static int
start(struct encrypt *e, const struct secret *datakey, struct error *err)
{
	e->meta->mac = SLICE_NONE;
	if (metadata_touch(e->meta, err) != 0 || select_new(&e->meta->rules, &e->select, err) != 0 ||
	    value_cipher_new(datakey, &e->cipher, err) != 0)
		return (int)err->kind;
	return mac_new(e->meta->mac_only_encrypted, &e->mac, err);
}

int
sops_encrypt(const struct document *plain, const struct store *store, struct metadata *meta,
    const struct secret *datakey, const struct encrypt_options *options, struct buf *out, struct error *err)
{
	CLEANUP(encrypt_release) struct encrypt e = { .plain = plain, .store = store, .meta = meta, .options = options,
	    .speller = SPELLER, .values = ARENA_SECRET(LIMIT_DOCUMENT), .bytes = BUF_SECRET(LIMIT_DOCUMENT),
	    .origin = WALK(plain, store, NULL, 0), .edits = EDITS, .sealed = SEALED_TEXTS,
	    .container = BUF(LIMIT_DOCUMENT) };
	size_t before = out->len;

	if (store->binary)
		return binary_encrypt(plain, meta, datakey, options, out, err);
	if (start(&e, datakey, err) != 0 || note_document(&e, err) != 0 || prepare(&e, err) != 0 ||
	    encrypt_tree(&e, err) != 0 ||
	    finish_mac(&e, err) != 0 ||
	    store_attach(store, e.doc, meta, options->indent, &e.edits, err) != 0 ||
	    edits_apply(&e.edits, e.doc, out, err) != 0)
		return (int)err->kind;
	edits_release(&e.edits);
	e.edits = EDITS;
	if (options->notes_opt != NULL)
		notes_sort(options->notes_opt);
	return reread_sealed(e.doc, slice_from(buf_slice(out), before), store, meta, &e.sealed, err);
}

int
plain_check(const struct document *doc, const struct store *store, struct error *err)
{
	return store_check_plain(store, doc, err) != 0 ? (int)err->kind : readable_check(doc, err);
}

int
plain_load(struct slice text, const struct store *store, struct document **out, struct error *err)
{
	CLEANUP(document_freep) struct document *doc = NULL;

	if (store->syntax == NULL)
		return err_set(err, ERR_UNSUPPORTED, "%s files are not supported yet", store->name);
	if (document_parse(text, store->plain, &doc, err) != 0 || plain_check(doc, store, err) != 0)
		return (int)err->kind;
	*out = TAKE(doc);
	return 0;
}
