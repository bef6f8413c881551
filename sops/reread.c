#include "sops/reread.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/limits.h"
#include "sops/readable.h"
#include "sops/select.h"
#include "sops/spelling.h"
#include "sops/value.h"
#include "sops/walk.h"
#include "yamlmerge/scalar.h"

struct sealed_text {
	uint64_t	sum;
	size_t		len;
};

/* Eight bytes a step: this sees every byte of every container twice. */
static uint64_t
sum_of(struct slice bytes)
{
	uint64_t	sum = bytes.len, word;
	size_t		i;

	for (i = 0; i + sizeof(word) <= bytes.len; i += sizeof(word)) {
		memcpy(&word, bytes.data + i, sizeof(word));
		sum = (sum ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		sum ^= sum >> 29;
	}
	for (; i < bytes.len; i++)
		sum = (sum ^ bytes.data[i]) * UINT64_C(0x9e3779b97f4a7c15);
	return sum ^ sum >> 32;
}

void
sealed_texts_release(struct sealed_texts *sealed)
{
	free(sealed->list);
	*sealed = SEALED_TEXTS;
}

int
sealed_texts_add(struct sealed_texts *sealed, struct slice container, struct error *err)
{
	if (sealed->count == sealed->capacity) {
		size_t			 capacity = sealed->capacity != 0 ? 2 * sealed->capacity : 64;
		struct sealed_text	*list = realloc(sealed->list, capacity * sizeof(*list));

		if (list == NULL)
			return err_memory(err);
		sealed->list = list;
		sealed->capacity = capacity;
	}
	sealed->list[sealed->count++] = (struct sealed_text){ .sum = sum_of(container), .len = container.len };
	return 0;
}

struct reread {
	const struct sealed_texts	*sealed;
	size_t				 turn;		/* the next container */
	bool				 resealed;	/* meant is ciphertext itself */
	struct select			*select[2];
	struct walk			 walk[2];	/* as it was meant; as it was read */
	struct arena			 values;
	struct buf			 bytes[2];
};

static void
reread_release(struct reread *r)
{
	for (int i = 0; i < 2; i++) {
		select_free(r->select[i]);
		walk_release(&r->walk[i]);
		buf_release(&r->bytes[i]);
	}
	arena_release(&r->values);
}

static int
differs(const struct node *node, const char *what, struct error *err)
{
	err_set(err, ERR_INTERNAL, "the new text does not read as what was meant: %s", what);
	err_hint(err, "nothing was written; please report this");
	return node != NULL ? err_at(err, node->line, node->column) : (int)err->kind;
}

/* The bytes of a leaf in the MAC, and whether it has any: a null has none. */
static int
leaf_bytes(struct reread *r, const struct node *node, struct buf *out, bool *has, struct error *err)
{
	struct scalar	scalar;
	enum value_type	type;

	if (scalar_resolve(node, r->walk[0].doc->syntax->scalars, &r->values, &scalar, err) != 0)
		return (int)err->kind;
	buf_truncate(out, 0);
	*has = scalar.type != SCALAR_NULL;
	return *has ? value_write(&scalar, &type, out, err) : 0;
}

static int
compare_clear(struct reread *r, const struct node *meant, const struct node *read, struct error *err)
{
	bool has[2];

	if (meant->style == read->style && slice_eq(meant->text, read->text) && slice_eq(node_tag(meant), node_tag(read)))
		return 0;
	if (leaf_bytes(r, meant, &r->bytes[0], &has[0], err) != 0 || leaf_bytes(r, read, &r->bytes[1], &has[1], err) != 0)
		return (int)err->kind;
	if (has[0] != has[1] || !slice_eq(buf_slice(&r->bytes[0]), buf_slice(&r->bytes[1])))
		return differs(meant, "a clear value has changed", err);
	return 0;
}

/*
 * Does the text begin with the next container?  Line breaks of a block scalar may follow, and the marks that keep the places of a
 * comment's lines (INI) or say that it was empty, nothing else.
 */
static bool
take_sealed(struct reread *r, struct slice text, bool comment)
{
	const struct sealed_text *want;

	if (r->turn == r->sealed->count)
		return false;
	want = &r->sealed->list[r->turn];
	if (text.len < want->len || sum_of(slice_sub(text, 0, want->len)) != want->sum)
		return false;
	for (size_t i = want->len; i < text.len; i++)
		if (text.data[i] != '\n' && !(comment && (text.data[i] == ';' || text.data[i] == '#')))
			return false;
	r->turn++;
	return true;
}

/* Of the leaves that the rules choose, nulls and empty strings alone stay as they are. */
static int
compare_leaf(struct reread *r, const struct walk_item *meant, const struct walk_item *read, struct error *err)
{
	bool has;

	if (!meant->selected)
		return compare_clear(r, meant->node, read->node, err);
	if (take_sealed(r, read->node->text, false))
		return 0;
	if (leaf_bytes(r, meant->node, &r->bytes[0], &has, err) != 0)
		return (int)err->kind;
	if (has && r->bytes[0].len != 0)
		return differs(meant->node, "an encrypted value is not where it was put", err);
	return compare_clear(r, meant->node, read->node, err);
}

static int
compare_comment(struct reread *r, const struct walk_item *meant, const struct walk_item *read, struct error *err)
{
	bool sealed = meant->selected &&
	    (meant->node->text.len != 0 || spelling_comment_needs_sign(r->walk[0].doc, meant->node));

	if (sealed && take_sealed(r, read->node->text, true))
		return 0;
	if (sealed && !r->resealed)
		return differs(meant->node, "an encrypted comment is not where it was put", err);
	if (!slice_eq(meant->node->text, read->node->text))
		return differs(meant->node, "a comment has changed", err);
	return 0;
}

static int
compare_items(struct reread *r, const struct walk_item *meant, const struct walk_item *read, struct error *err)
{
	if (meant->kind != read->kind || meant->root != read->root || !slice_eq(meant->path, read->path))
		return differs(meant->node, "the structure is another", err);
	if (meant->selected != read->selected) {
		err_set(err, ERR_REFUSED, "a comment would be taken for another once it is encrypted");
		err_hint(err, "the file's comment rule matches ciphertext: choose a regular expression that cannot");
		return err_at(err, meant->node->line, meant->node->column);
	}
	switch (meant->kind) {
	case WALK_OPEN:
		if (meant->node->kind != read->node->kind && meant->node->kind != NODE_SCALAR)
			return differs(meant->node, "the structure is another", err);
		return 0;
	case WALK_LEAF:
		return compare_leaf(r, meant, read, err);
	case WALK_COMMENT:
		return compare_comment(r, meant, read, err);
	default:
		return 0;
	}
}

/* What stays in clear must be spelled as sops can read it: found here, where the rules have chosen. */
static int
check_clear(struct reread *r, const struct walk_item *meant, struct error *err)
{
	const struct document *doc = r->walk[0].doc;

	if (meant->kind != WALK_LEAF && meant->kind != WALK_OPEN)
		return 0;
	if (readable_spelling(doc, meant->key, err) != 0)
		return (int)err->kind;
	/* Empty strings and nulls are never sealed. */
	return meant->kind == WALK_LEAF && (!meant->selected || meant->node->text.len == 0) ?
	    readable_spelling(doc, meant->node, err) : 0;
}

static int
compare_metadata(const struct document *doc, const struct store *store, const struct metadata *meant, struct error *err)
{
	CLEANUP(metadata_freep) struct metadata *read = NULL;

	if (store_load(store, doc, &read, err) != 0)
		return err_wrap(err, "the new text cannot be read");
	if (!slice_eq(read->mac, meant->mac) || !slice_eq(read->lastmodified, meant->lastmodified) ||
	    !slice_eq(read->version, meant->version) || read->group_count != meant->group_count ||
	    read->mac_only_encrypted != meant->mac_only_encrypted)
		return differs(NULL, "the metadata has changed", err);
	for (size_t i = 0; i < meant->group_count; i++)
		if (read->groups[i].count != meant->groups[i].count)
			return differs(NULL, "the recipients have changed", err);
	return 0;
}

static int
compare_documents(struct reread *r, const struct document *meant_doc, struct slice text, const struct store *store,
    const struct metadata *meta, struct error *err)
{
	CLEANUP(document_freep) struct document *doc = NULL;
	struct walk_item meant, read;

	if (document_parse_lent(text, store->syntax, &doc, err) != 0)
		return err_wrap(err, "the new text cannot be read");
	if (select_new(&meta->rules, &r->select[0], err) != 0 || select_new(&meta->rules, &r->select[1], err) != 0)
		return (int)err->kind;
	r->walk[0] = WALK(meant_doc, store, r->select[0], r->resealed ? WALK_SEALED : 0);
	r->walk[1] = WALK(doc, store, r->select[1], WALK_SEALED);
	do {
		if (walk_next(&r->walk[0], &meant, err) != 0 || walk_next(&r->walk[1], &read, err) != 0 ||
		    compare_items(r, &meant, &read, err) != 0 ||
		    (!r->resealed && check_clear(r, &meant, err) != 0))
			return (int)err->kind;
	} while (meant.kind != WALK_DONE);
	if (r->turn != r->sealed->count)
		return differs(NULL, "an encrypted value is missing", err);
	return compare_metadata(doc, store, meta, err);
}

#define REREAD(texts)	((struct reread){ .sealed = (texts), .values = ARENA_SECRET(LIMIT_DOCUMENT),	\
	    .bytes = { BUF_SECRET(LIMIT_DOCUMENT), BUF_SECRET(LIMIT_DOCUMENT) } })

int
reread_sealed(const struct document *plain, struct slice text, const struct store *store, const struct metadata *meta,
    const struct sealed_texts *sealed, struct error *err)
{
	CLEANUP(reread_release) struct reread r = REREAD(sealed);

	return compare_documents(&r, plain, text, store, meta, err);
}

int
reread_resealed(const struct document *old, struct slice text, const struct store *store, const struct metadata *meta,
    const struct sealed_texts *sealed, struct error *err)
{
	CLEANUP(reread_release) struct reread r = REREAD(sealed);

	r.resealed = true;
	return compare_documents(&r, old, text, store, meta, err);
}

/* The next step that is no comment. */
static int
next_uncommented(struct walk *walk, struct walk_item *item, struct error *err)
{
	do {
		if (walk_next(walk, item, err) != 0)
			return (int)err->kind;
	} while (item->kind == WALK_COMMENT);
	return 0;
}

int
reread_same(const struct document *a, const struct document *b, const struct store *store, struct error *err)
{
	CLEANUP(reread_release) struct reread r = REREAD(NULL);
	struct walk_item meant, read;

	r.walk[0] = WALK(a, store, NULL, 0);
	r.walk[1] = WALK(b, store, NULL, 0);
	do {
		if (next_uncommented(&r.walk[0], &meant, err) != 0 || next_uncommented(&r.walk[1], &read, err) != 0 ||
		    compare_items(&r, &meant, &read, err) != 0)
			return (int)err->kind;
	} while (meant.kind != WALK_DONE);
	return 0;
}
