#include "cmd/layer_save.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/lock.h"
#include "base/stream.h"
#include "cmd/layer_blob.h"
#include "sops/decrypt.h"
#include "sops/encrypt.h"
#include "sops/reuse.h"
#include "yamlmerge/edit.h"

#define LOCK_PATIENCE_MS	30000

struct layer_draft {
	const struct layer		*layer;
	const struct layer_change	*changes;
	size_t				 count;
	struct lock			 lock;
	struct file_identity		 read;
	struct buf			 stored, plain, out;	/* of the file, now; its new text, in clear; what is written */
};

void
layer_draft_free(struct layer_draft *draft)
{
	if (draft == NULL)
		return;
	lock_release(&draft->lock);
	buf_release(&draft->stored);
	buf_release(&draft->plain);
	buf_release(&draft->out);
	free(draft);
}

/* --- the edits ------------------------------------------------------------------------------------------------------- */

static int
quote(struct slice text, struct buf *out, struct error *err)
{
	return buf_printf(out, err, "\"%.*s\"", SLICE_ARG(text));
}

static const struct node *
first_element(const struct node *list)
{
	const struct node *node = list->child;

	while (node != NULL && node->kind == NODE_COMMENT)
		node = node->next;
	return node;
}

/* Where the line ends that a value of a block ends in; a block scalar has the end of its last line in its span. */
static size_t
line_end(struct slice all, const struct node *node)
{
	size_t	end = node->span.end;
	bool	within = (node->style == STYLE_LITERAL || node->style == STYLE_FOLDED) && node->kind == NODE_SCALAR && end > 0 &&
	    all.data[end - 1] == '\n';

	return within ? end - 1 : slice_find(all, '\n', end);
}

/* In front of the first element, in whose column its dash begins. */
static int
edit_prepend(const struct layer_draft *draft, const struct layer_change *change, struct edits *edits, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_SECRET(64 * KIB);
	const struct node	*first = first_element(change->node);
	struct slice		 all = draft->layer->doc->text;
	size_t			 start, line;
	bool			 block;

	if (first == NULL) {
		if (buf_str(&text, "[", err) != 0 || quote(change->text, &text, err) != 0 || buf_str(&text, "]", err) != 0)
			return (int)err->kind;
		return edits_replace(edits, change->node, buf_slice(&text), err);
	}
	start = first->item.start;
	block = change->node->style == STYLE_BLOCK;
	for (line = start; line > 0 && all.data[line - 1] != '\n';)
		line--;
	if ((block && buf_str(&text, "- ", err) != 0) || quote(change->text, &text, err) != 0 ||
	    buf_str(&text, !block ? ", " : line > 1 && all.data[line - 2] == '\r' ? "\r\n" : "\n", err) != 0)
		return (int)err->kind;
	/* What stands before the dash in its line is the indentation (or an outer dash, as wide as it). */
	if (block && buf_repeat(&text, ' ', start - line, err) != 0)
		return (int)err->kind;
	return edits_splice(edits, (struct span){ (uint32_t)start, (uint32_t)start }, buf_slice(&text), err);
}

/* A list in brackets over several lines: the lines of the first element and of the last may end in a comma and a comment of theirs. */
static struct span
flow_rest(struct slice all, const struct node *first, const struct node *second, const struct node *last)
{
	struct span	gone = { first->span.end, last->span.end };
	size_t		first_line = slice_find(all, '\n', first->span.end), last_line = slice_find(all, '\n', last->span.end);
	struct slice	behind = slice_trim(slice_sub(all, last->span.end, last_line));

	if (first_line < second->item.start && (behind.len == 0 || behind.data[0] == ',' || behind.data[0] == '#') &&
	    memchr(behind.data, ']', behind.len) == NULL)
		gone = (struct span){ (uint32_t)first_line, (uint32_t)last_line };
	return gone;
}

/* From behind the first element on; in a block, from behind its line, where a comment may stand. */
static int
edit_first_only(const struct layer_draft *draft, const struct layer_change *change, struct edits *edits, struct error *err)
{
	const struct node	*first = first_element(change->node), *second = NULL, *last = first;
	struct slice		 all = draft->layer->doc->text;
	struct span		 gone;

	for (const struct node *node = first; node != NULL; node = node->next)
		if (node->kind != NODE_COMMENT && node != first) {
			second = second == NULL ? node : second;
			last = node;
		}
	if (second == NULL)
		return 0;
	if (change->node->style != STYLE_BLOCK)
		return edits_splice(edits, flow_rest(all, first, second, last), SLICE_NONE, err);
	gone = (struct span){ (uint32_t)line_end(all, first), (uint32_t)line_end(all, last) };
	if (gone.end == all.len && all.data[gone.start - 1] == '\r')
		gone.start--;
	return edits_splice(edits, gone, SLICE_NONE, err);
}

/* A block scalar goes up to the end of its last line; a comment in its first one stays. */
static int
edit_block_scalar(const struct layer_draft *draft, const struct node *node, struct buf *text, struct edits *edits, struct error *err)
{
	struct slice	all = draft->layer->doc->text, head;
	struct span	span = node->span;
	size_t		mark;

	head = slice_trim(slice_sub(all, span.start, slice_find(all, '\n', span.start)));
	mark = slice_find(head, '#', 0);
	if (mark < head.len && (buf_str(text, " ", err) != 0 || buf_append(text, slice_from(head, mark), err) != 0))
		return (int)err->kind;
	while (span.end > span.start && strchr(" \t\r\n", all.data[span.end - 1]) != NULL)
		span.end--;
	return edits_splice(edits, span, buf_slice(text), err);
}

static int
edit_value(const struct layer_draft *draft, const struct layer_change *change, struct edits *edits, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_SECRET(64 * KIB);
	const struct node *node = change->node;

	if (quote(change->text, &text, err) != 0)
		return (int)err->kind;
	return node->style == STYLE_LITERAL || node->style == STYLE_FOLDED ? edit_block_scalar(draft, node, &text, edits, err) :
	    edits_replace(edits, node, buf_slice(&text), err);
}

static int
apply(struct layer_draft *draft, struct error *err)
{
	CLEANUP(edits_release) struct edits edits = EDITS;
	int rc = 0;

	for (size_t i = 0; i < draft->count && rc == 0; i++) {
		const struct layer_change *change = &draft->changes[i];

		rc = change->kind == LAYER_VALUE ? edit_value(draft, change, &edits, err) :
		    change->kind == LAYER_PREPEND ? edit_prepend(draft, change, &edits, err) :
		    edit_first_only(draft, change, &edits, err);
	}
	return rc != 0 ? rc : edits_apply(&edits, draft->layer->doc, &draft->plain, err);
}

/* --- the comparison -------------------------------------------------------------------------------------------------- */

static const struct layer_change *
change_of(const struct layer_draft *draft, const struct node *node)
{
	for (size_t i = 0; i < draft->count; i++)
		if (draft->changes[i].node == node)
			return &draft->changes[i];
	return NULL;
}

static bool
is_text(const struct node *node, struct slice text)
{
	return node != NULL && node->kind == NODE_SCALAR && node->style == STYLE_DOUBLE && slice_eq(node->text, text);
}

static bool	same(const struct layer_draft *draft, const struct node *a, const struct node *b);

static const struct node *
next_of(const struct node *node, bool comments)
{
	for (node = node->next; node != NULL && (node->kind == NODE_COMMENT) != comments;)
		node = node->next;
	return node;
}

static const struct node *
first_comment(const struct node *container)
{
	const struct node *node = container->child;

	return node == NULL || node->kind == NODE_COMMENT ? node : next_of(node, true);
}

/* Values alone, or comments alone, from two places on. */
static bool
same_rest(const struct layer_draft *draft, const struct node *a, const struct node *b, bool comments)
{
	for (; a != NULL && b != NULL; a = next_of(a, comments), b = next_of(b, comments))
		if (!same(draft, a, b))
			return false;
	return a == NULL && b == NULL;
}

static bool
same_children(const struct layer_draft *draft, const struct node *a, const struct node *b)
{
	for (a = a->child, b = b->child; a != NULL && b != NULL; a = a->next, b = b->next)
		if (!same(draft, a, b))
			return false;
	return a == NULL && b == NULL;
}

/* A comment beside an element comes before it in the tree, so that values and comments are looked at apart. */
static bool
as_meant(const struct layer_draft *draft, const struct layer_change *change, const struct node *after)
{
	const struct node *old = first_element(change->node), *new = first_element(after);

	if (change->kind == LAYER_VALUE)
		return is_text(after, change->text);
	if (after->kind != NODE_LIST || new == NULL)
		return after->kind == NODE_LIST && old == NULL;
	if (change->kind == LAYER_FIRST_ONLY)
		return same(draft, old, new) && next_of(new, false) == NULL;
	return is_text(new, change->text) && same_rest(draft, old, next_of(new, false), false) &&
	    same_rest(draft, first_comment(change->node), first_comment(after), true);
}

/* Everything but what was to change: kinds, texts, spelling, tags, anchors, keys, comments.  As deep as LIMIT_DEPTH allows. */
static bool
same(const struct layer_draft *draft, const struct node *a, const struct node *b)
{
	const struct layer_change *change = change_of(draft, a);

	if ((a->key == NULL) != (b->key == NULL) || (a->key != NULL && !slice_eq(a->key->text, b->key->text)) ||
	    !slice_eq(node_tag(a), node_tag(b)) || !slice_eq(node_anchor(a), node_anchor(b)))
		return false;
	if (change != NULL)
		return as_meant(draft, change, b);
	return a->kind == b->kind && a->style == b->style && slice_eq(a->text, b->text) &&
	    same_children(draft, a, b);
}

static int
check(const struct layer_draft *draft, struct error *err)
{
	CLEANUP(document_freep) struct document *doc = NULL;
	const struct document *before = draft->layer->doc;

	if (document_parse_lent(buf_slice(&draft->plain), before->syntax, &doc, err) != 0)
		return err_wrap(err, "the new text cannot be read");
	if (doc->roots == before->roots) {
		size_t i = 0;

		while (i < doc->roots && same(draft, before->root[i], doc->root[i]))
			i++;
		if (i == doc->roots)
			return 0;
	}
	err_set(err, ERR_INTERNAL, "the new text does not read as what was meant");
	return err_hint(err, "nothing was written; change the value by hand, and please report this");
}

/* --- sealing --------------------------------------------------------------------------------------------------------- */

static int
fail_changed(const struct layer_draft *draft, struct error *err)
{
	err_reset(err);
	err_set(err, ERR_CONFLICT, "'%s' was changed by another program meanwhile; it is left alone", draft->layer->path);
	return err_hint(err, "run this again: it starts from the new version");
}

/* Rules such as encrypted_regex may leave a value in clear, and then its file is no place for a secret. */
static int
check_sealed(const struct layer_draft *draft, struct error *err)
{
	for (size_t i = 0; i < draft->count; i++) {
		struct slice text = draft->changes[i].text;

		if (text.len == 0 || memmem(draft->out.data, draft->out.len, text.data, text.len) == NULL)
			continue;
		err_set(err, ERR_REFUSED, "the rules of '%s' leave this value in clear: line %u of its plaintext", draft->layer->path,
		    (unsigned)draft->changes[i].node->line);
		return err_hint(err, "make the rule in .sops.yaml and at the end of the file (encrypted_regex or its like) match it, and encrypt "
		    "the file again");
	}
	return 0;
}

static int
seal(struct layer_draft *draft, struct layer_io *io, const struct store *store, struct error *err)
{
	CLEANUP(opened_release) struct opened opened = OPENED;
	CLEANUP(reuse_freep) struct reuse *reuse = NULL;
	CLEANUP(document_freep) struct document *doc = NULL;
	CLEANUP(metadata_freep) struct metadata *meta = NULL;
	struct encrypt_options	seal_options = { .indent = 0 };
	struct decrypt_options	options = { .ignore_mac = false };
	struct unwrap_options	unwrap = { .ring = io->ring };

	if (sealed_load(buf_slice(&draft->stored), store, &opened, err) != 0 || reuse_new(&reuse, err) != 0)
		return (int)err->kind;
	options.reuse_opt = reuse;
	if (sealed_open(&opened, store, &unwrap, &options, &io->report, err) != 0)
		return (int)err->kind;
	if (!slice_eq(buf_slice(&opened.plain), draft->layer->doc->text))
		return fail_changed(draft, err);
	seal_options.reuse_opt = reuse;
	if (plain_load(buf_slice(&draft->plain), store, &doc, err) != 0 || metadata_copy(opened.meta, &meta, err) != 0 ||
	    metadata_raise_version(meta, err) != 0)
		return (int)err->kind;
	return sops_encrypt(doc, store, meta, opened.datakey, &seal_options, &draft->out, err) != 0 ? (int)err->kind :
	    check_sealed(draft, err);
}

static int
fill(struct layer_draft *draft, struct layer_io *io, struct error *err)
{
	const struct layer *layer = draft->layer;

	if (lock_take(layer->path, LOCK_PATIENCE_MS, &draft->lock, err) != 0 || file_identify(layer->path, &draft->read, err) != 0 ||
	    file_read(layer->path, &draft->stored, err) != 0)
		return err_wrap(err, "cannot read '%s'", layer->path);
	if (layer_blob_is(buf_slice(&draft->stored))) {
		err_set(err, ERR_REFUSED, "'%s' is locked by git-crypt", layer->path);
		return err_hint(err, "run 'hubcrypt unlock' first");
	}
	if (apply(draft, err) != 0 || check(draft, err) != 0)
		return err_file(err, layer->path);
	if (layer->encrypted)
		return seal(draft, io, slice_ends(slice_str(layer->path), SLICE(".json")) ? &store_json : &store_yaml, err);
	if (slice_eq(buf_slice(&draft->stored), layer->doc->text))
		return buf_append(&draft->out, buf_slice(&draft->plain), err);
	/* The layer is one of several documents, which Helm 4 lays over each other. */
	if (layer->doc->text.len > 0 && memmem(draft->stored.data, draft->stored.len, layer->doc->text.data, layer->doc->text.len) != NULL) {
		err_set(err, ERR_REFUSED, "'%s' holds more than one document", layer->path);
		return err_hint(err, "make each a file of its own, or change the value by hand");
	}
	if (!layer->doc->facts.utf16)
		return fail_changed(draft, err);
	err_set(err, ERR_REFUSED, "'%s' is in UTF-16", layer->path);
	return err_hint(err, "convert it to UTF-8 first");
}

int
layer_draft_new(struct layer_io *io, const struct layer *layer, const struct layer_change *changes, size_t count,
    struct layer_draft **out, struct error *err)
{
	CLEANUP(layer_draft_freep) struct layer_draft *draft = calloc(1, sizeof(*draft));

	if (draft == NULL)
		return err_memory(err);
	*draft = (struct layer_draft){ .layer = layer, .changes = changes, .count = count, .lock = LOCK_NONE,
	    .stored = BUF_SECRET(LIMIT_DOCUMENT), .plain = BUF_SECRET(LIMIT_DOCUMENT), .out = BUF_SECRET(LIMIT_DOCUMENT) };
	if (fill(draft, io, err) != 0)
		return (int)err->kind;
	*out = TAKE(draft);
	return 0;
}

static int
refuse_other(void *arg, struct error *err)
{
	const struct layer_draft *draft = arg;
	CLEANUP(buf_release) struct buf now = BUF_SECRET(LIMIT_DOCUMENT);
	struct file_identity	identity;
	struct error		unheard = ERROR_INIT;

	if (file_identify(draft->layer->path, &identity, &unheard) == 0 && file_same(&identity, &draft->read) &&
	    file_read(draft->layer->path, &now, &unheard) == 0 && slice_eq(buf_slice(&now), buf_slice(&draft->stored)))
		return 0;
	return fail_changed(draft, err);
}

int
layer_draft_write(struct layer_draft *draft, struct error *err)
{
	CLEANUP(file_replacement_freep) struct file_replacement *file = NULL;

	if (file_replacement_new(draft->layer->path, &file, err) != 0 ||
	    sink_write(file_replacement_sink(file), buf_slice(&draft->out), err) != 0)
		return err_wrap(err, "cannot write '%s'", draft->layer->path);
	file_replacement_guard(file, refuse_other, draft);
	if (file_replacement_commit(file, err) == 0)
		return 0;
	return err->kind == ERR_CONFLICT ? (int)err->kind : err_wrap(err, "cannot write '%s'", draft->layer->path);
}
