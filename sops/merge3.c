#include "sops/merge3.h"

#include <stdlib.h>

#include "base/limits.h"
#include "sops/spelling_formats.h"
#include "yamlmerge/key_index.h"
#include "yamlmerge/node_edit.h"
#include "yamlmerge/path.h"
#include "yamlmerge/scalar.h"

#define STEPS_MAX	1000		/* members put into our text or taken out of it, one by one */

/* Something of theirs that our text lacks.  Nodes are of the documents that were parsed first. */
struct change {
	const struct node	*map;		/* ours, that the value belongs into; with ${old} NULL */
	const struct node	*old;		/* ours, that is replaced or removed */
	const struct node	*new;		/* theirs; NULL: removed */
	size_t			 document;
};

struct merger {
	const struct merge3		*versions;
	struct document			*doc[3];
	struct merge3_conflicts		*conflicts;
	struct change			*changes;
	size_t				 count, capacity, document;
	struct buf			 lists;		/* the paths of those that both sides changed: only lines can tell */
	size_t				 list_count;
	size_t				 alias_nodes;
	struct arena			 values;
};

enum { BASE, OURS, THEIRS };

void
merge3_conflicts_release(struct merge3_conflicts *conflicts)
{
	buf_release(&conflicts->paths);
}

static void
merger_release(struct merger *m)
{
	for (size_t i = 0; i < 3; i++)
		document_free(m->doc[i]);
	free(m->changes);
	buf_release(&m->lists);
	arena_release(&m->values);
}

/* --- members by key ---------------------------------------------------------------------------------------------------- */

static const struct node *
past_comments(const struct node *node)
{
	while (node != NULL && node->kind == NODE_COMMENT)
		node = node->next;
	return node;
}

/* Members in the order in which another map has them, most likely; an index once they are not. */
struct members {
	const struct node	*map, *next;
	struct key_index	 index;
	bool			 indexed;
};

static void
members_release(struct members *members)
{
	key_index_release(&members->index);
}

static struct members
members_of(const struct node *map)
{
	return (struct members){ .map = map, .next = map != NULL ? past_comments(map->child) : NULL, .index = KEY_INDEX };
}

static int
members_find(struct members *members, struct slice key, const struct node **out, struct error *err)
{
	*out = NULL;
	if (members->map == NULL)
		return 0;
	if (members->next != NULL && slice_eq(node_key(members->next), key)) {
		*out = members->next;
		members->next = past_comments(members->next->next);
		return 0;
	}
	if (!members->indexed) {
		members->indexed = true;
		for (struct node *node = members->map->child; node != NULL; node = node->next)
			if (node->kind != NODE_COMMENT && key_index_add(&members->index, node_key(node), node, NULL, err) != 0)
				return (int)err->kind;
	}
	if ((*out = key_index_find(&members->index, key)) != NULL)
		members->next = past_comments((*out)->next);
	return 0;
}

/* --- the same or not --------------------------------------------------------------------------------------------------- */

static int	same(struct merger *m, const struct node *a, const struct node *b, bool *out, struct error *err);

static int
same_scalar(struct merger *m, const struct node *a, const struct node *b, bool *out, struct error *err)
{
	const struct scalar_table	*table = m->versions->store->plain->scalars;
	struct scalar			 x, y;

	*out = a->style == b->style && slice_eq(a->text, b->text) && slice_eq(node_tag(a), node_tag(b));
	if (*out)
		return 0;
	if (scalar_resolve(a, table, &m->values, &x, err) != 0 || scalar_resolve(b, table, &m->values, &y, err) != 0)
		return (int)err->kind;
	*out = spelling_same_scalar(&x, &y);
	return 0;
}

static int
same_list(struct merger *m, const struct node *a, const struct node *b, bool *out, struct error *err)
{
	const struct node *x = past_comments(a->child), *y = past_comments(b->child);

	*out = true;
	for (; *out && x != NULL && y != NULL; x = past_comments(x->next), y = past_comments(y->next))
		if (same(m, x, y, out, err) != 0)
			return (int)err->kind;
	*out = *out && x == NULL && y == NULL;
	return 0;
}

static size_t
count_members(const struct node *map)
{
	size_t count = 0;

	for (const struct node *node = past_comments(map->child); node != NULL; node = past_comments(node->next))
		count++;
	return count;
}

static int
same_map(struct merger *m, const struct node *a, const struct node *b, bool *out, struct error *err)
{
	CLEANUP(members_release) struct members members = members_of(b);
	const struct node *y;

	*out = count_members(a) == count_members(b);
	for (const struct node *x = past_comments(a->child); *out && x != NULL; x = past_comments(x->next))
		if (members_find(&members, node_key(x), &y, err) != 0 || same(m, x, y, out, err) != 0)
			return (int)err->kind;
	return 0;
}

/* Two nodes with all that they hold, comments aside; none is only like none.  As deep as LIMIT_DEPTH lets a document be. */
static int
same(struct merger *m, const struct node *a, const struct node *b, bool *out, struct error *err)
{
	const struct node *x = a, *y = b;

	*out = a == NULL && b == NULL;
	if (a == NULL || b == NULL)
		return 0;
	if (a->kind == NODE_ALIAS || b->kind == NODE_ALIAS) {
		x = node_resolve(a);
		y = node_resolve(b);
		if (++m->alias_nodes > LIMIT_ALIAS_NODES)
			return err_set(err, ERR_LIMIT, "aliases stand for too much");
	}
	if (x->kind != y->kind)
		return 0;
	return x->kind == NODE_MAP ? same_map(m, x, y, out, err) : x->kind == NODE_LIST ? same_list(m, x, y, out, err) :
	    same_scalar(m, x, y, out, err);
}

/* --- what each place asks for ------------------------------------------------------------------------------------------ */

enum decision {
	TAKE_OURS,
	TAKE_THEIRS,
	DESCEND,		/* both are maps, and not the same */
	ASK_LINES,		/* both are lists, and changed */
	CONFLICT,
};

static bool
is_kind(const struct node *node, enum node_kind kind)
{
	return node != NULL && node->kind == kind;
}

/* Maps without a common key have nothing that could be kept. */
static int
shares_key(const struct node *a, const struct node *b, bool *out, struct error *err)
{
	CLEANUP(members_release) struct members members = members_of(b);
	const struct node *found;

	*out = false;
	for (const struct node *node = past_comments(a->child); node != NULL && !*out; node = past_comments(node->next)) {
		if (members_find(&members, node_key(node), &found, err) != 0)
			return (int)err->kind;
		*out = found != NULL;
	}
	return 0;
}

static int
decide(struct merger *m, const struct node *const at[static 3], enum decision *out, struct error *err)
{
	bool equal, ours_kept, theirs_kept, share = true;

	if (same(m, at[OURS], at[THEIRS], &equal, err) != 0 || same(m, at[BASE], at[OURS], &ours_kept, err) != 0 ||
	    same(m, at[BASE], at[THEIRS], &theirs_kept, err) != 0)
		return (int)err->kind;
	if (ours_kept && is_kind(at[OURS], NODE_MAP) && is_kind(at[THEIRS], NODE_MAP) &&
	    shares_key(at[OURS], at[THEIRS], &share, err) != 0)
		return (int)err->kind;
	if (equal || theirs_kept)
		*out = TAKE_OURS;
	/* Even where ours says what it said before: its order and comments may be other ones. */
	else if (share && is_kind(at[OURS], NODE_MAP) && is_kind(at[THEIRS], NODE_MAP))
		*out = DESCEND;
	else if (ours_kept)
		*out = TAKE_THEIRS;
	else if (is_kind(at[OURS], NODE_LIST) && is_kind(at[THEIRS], NODE_LIST) && m->versions->lines_opt != NULL)
		*out = ASK_LINES;
	else
		*out = CONFLICT;
	return 0;
}

static int
add_path(struct buf *paths, size_t *count, const struct node *node, struct error *err)
{
	CLEANUP(arena_release) struct arena arena = ARENA(LIMIT_CONFIG);
	struct path path;

	(*count)++;
	if (path_of(node, &arena, &path, err) != 0)
		return (int)err->kind;
	if (path.count == 0 ? buf_str(paths, "(all of it)", err) != 0 : path_print_dotted(&path, paths, err) != 0)
		return (int)err->kind;
	return buf_byte(paths, '\n', err);
}

static int
add_words(struct merger *m, const char *words, struct error *err)
{
	m->conflicts->count++;
	return buf_printf(&m->conflicts->paths, err, "%s\n", words);
}

static int
add_change(struct merger *m, const struct change *change, struct error *err)
{
	if (m->count == m->capacity) {
		size_t		 capacity = m->capacity != 0 ? 2 * m->capacity : 32;
		struct change	*changes = realloc(m->changes, capacity * sizeof(*changes));

		if (changes == NULL)
			return err_memory(err);
		m->changes = changes;
		m->capacity = capacity;
	}
	m->changes[m->count++] = *change;
	return 0;
}

/* Calls ${visit} for every key that any of the maps has, with what stands there in each. */
typedef int	visit_fn(struct merger *m, const struct node *const *at, const struct node *const *maps, struct error *err);

static int
each_member(struct merger *m, const struct node *const *maps, size_t count, visit_fn *visit, struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		struct members	others[4];
		int		rc = 0;

		if (!is_kind(maps[i], NODE_MAP))
			continue;
		for (size_t j = 0; j < count; j++)
			others[j] = members_of(is_kind(maps[j], NODE_MAP) ? maps[j] : NULL);
		for (const struct node *node = past_comments(maps[i]->child); node != NULL && rc == 0; node = past_comments(node->next)) {
			const struct node	*at[4] = { NULL };
			bool			 seen = false;

			for (size_t j = 0; j < count && rc == 0; j++) {
				rc = members_find(&others[j], node_key(node), &at[j], err);
				seen = seen || (j < i && at[j] != NULL);
			}
			if (rc == 0 && !seen)
				rc = visit(m, at, maps, err);
		}
		for (size_t j = 0; j < count; j++)
			members_release(&others[j]);
		if (rc != 0)
			return rc;
	}
	return 0;
}

static int
collect(struct merger *m, const struct node *const *at, const struct node *const *maps, struct error *err)
{
	struct change	change = { .map = maps[OURS], .old = at[OURS], .new = at[THEIRS], .document = m->document };
	enum decision	decision;

	if (decide(m, at, &decision, err) != 0)
		return (int)err->kind;
	switch (decision) {
	case TAKE_OURS:
		return 0;
	case TAKE_THEIRS:
		return add_change(m, &change, err);
	case DESCEND:
		return each_member(m, at, 3, collect, err);
	case ASK_LINES:
		return add_path(&m->lists, &m->list_count, at[OURS], err);
	default:
		return add_path(&m->conflicts->paths, &m->conflicts->count,
		    at[OURS] != NULL ? at[OURS] : at[THEIRS] != NULL ? at[THEIRS] : at[BASE], err);
	}
}

/* Is the fourth version at each place what the first three ask for? */
static int
check(struct merger *m, const struct node *const *at, const struct node *const *maps UNUSED, struct error *err)
{
	enum decision	decision;
	bool		right = true;

	if (decide(m, at, &decision, err) != 0)
		return (int)err->kind;
	if (decision == DESCEND && is_kind(at[3], NODE_MAP))
		return each_member(m, at, 4, check, err);
	if (decision == ASK_LINES)
		right = is_kind(at[3], NODE_LIST);
	else if (decision == TAKE_OURS || decision == TAKE_THEIRS) {
		if (same(m, at[3], at[decision == TAKE_OURS ? OURS : THEIRS], &right, err) != 0)
			return (int)err->kind;
	} else
		right = false;
	return right ? 0 : err_set(err, ERR_CONFLICT, "the merged text says something else");
}

static const struct node *
root_of(const struct document *doc, size_t i)
{
	return doc != NULL && i < doc->roots ? doc->root[i] : NULL;
}

/* ERR_CONFLICT: it does not. */
static int
check_text(struct merger *m, struct slice text, struct error *err)
{
	CLEANUP(document_freep) struct document *doc = NULL;
	const struct node *duplicate = NULL;

	if (document_parse(text, m->versions->store->plain, &doc, err) != 0)
		return (int)err->kind;
	if (doc->roots != m->doc[OURS]->roots)
		return err_set(err, ERR_CONFLICT, "the merged text has another number of documents");
	for (size_t i = 0; i < doc->roots; i++) {
		const struct node *const at[4] = { root_of(m->doc[BASE], i), root_of(m->doc[OURS], i), root_of(m->doc[THEIRS], i),
		    doc->root[i] };

		if (node_duplicate_key(doc->root[i], &duplicate, err) != 0 || check(m, at, NULL, err) != 0)
			return (int)err->kind;
		if (duplicate != NULL)
			return err_set(err, ERR_CONFLICT, "a key is there twice");
	}
	return 0;
}

/* --- the text ---------------------------------------------------------------------------------------------------------- */

/* ${taken} is false when the lines conflict, or when what they make is not what the values ask for. */
static int
by_lines(struct merger *m, struct buf *out, bool *taken, struct error *err)
{
	const struct slice version[3] = { m->versions->base, m->versions->ours, m->versions->theirs };
	CLEANUP(buf_release) struct buf text = BUF_SECRET(LIMIT_DOCUMENT);
	struct error	unheard = ERROR_INIT;
	bool		conflict = true;

	*taken = false;
	if (m->versions->lines_opt == NULL)
		return 0;
	if (m->versions->lines_opt(version, &text, &conflict, err) != 0)
		return (int)err->kind;
	if (conflict || check_text(m, buf_slice(&text), &unheard) != 0)
		return 0;
	*taken = true;
	return buf_append(out, buf_slice(&text), err);
}

static const struct node *
next_comment(const struct node *node, const struct node *top)
{
	while (node != NULL && node->kind != NODE_COMMENT)
		node = node_after(node, top);
	return node;
}

/* The comments of two versions, in order; no version has none. */
static bool
same_comments(const struct document *a_opt, const struct document *b, size_t documents)
{
	for (size_t i = 0; i < documents; i++) {
		const struct node *top_a = root_of(a_opt, i), *top_b = root_of(b, i);
		const struct node *x = next_comment(top_a, top_a), *y = next_comment(top_b, top_b);

		while (x != NULL && y != NULL && slice_eq(x->text, y->text)) {
			x = next_comment(node_after(x, top_a), top_a);
			y = next_comment(node_after(y, top_b), top_b);
		}
		if (x != NULL || y != NULL)
			return false;
	}
	return true;
}

/* What in the new document stands where ${node} stood in the first. */
static int
find_again(const struct document *doc, size_t document, const struct node *node, const struct node **out, struct error *err)
{
	CLEANUP(arena_release) struct arena arena = ARENA(LIMIT_CONFIG);
	struct path path;

	return path_of(node, &arena, &path, err) != 0 ? (int)err->kind : path_find(doc->root[document], &path, NULL, out, err);
}

static int
apply(struct document **doc, struct edits *edits, const struct syntax *syntax, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_SECRET(LIMIT_DOCUMENT);
	struct document *new;

	if (edits_apply(edits, *doc, &text, err) != 0 || document_parse(buf_slice(&text), syntax, &new, err) != 0)
		return (int)err->kind;
	document_free(*doc);
	*doc = new;
	edits_release(edits);
	*edits = EDITS;
	return 0;
}

static int
edit_step(struct document *doc, const struct change *change, struct edits *edits, struct error *err)
{
	const struct node *at;

	if (find_again(doc, change->document, change->old != NULL ? change->old : change->map, &at, err) != 0)
		return (int)err->kind;
	return change->old != NULL ? node_edit_remove(edits, doc, at, err) :
	    node_edit_add_member(edits, doc, at, node_key(change->new), node_resolve(change->new), err);
}

/*
 * Values replaced in one step; others removed and new ones put in one after another, since each moves the place of the next, and the commas
 * of JSON belong to two of them.
 */
static int
edit_ours(struct merger *m, struct document **doc, struct error *err)
{
	CLEANUP(edits_release) struct edits edits = EDITS;
	const struct syntax	*syntax = m->versions->store->plain;
	size_t			 steps = 0;

	for (size_t i = 0; i < m->count; i++) {
		const struct change *c = &m->changes[i];

		if (c->old == NULL || c->new == NULL)
			steps++;
		else if (node_edit_value(&edits, m->doc[OURS], c->old, node_resolve(c->new), err) != 0)
			return (int)err->kind;
	}
	if (steps > STEPS_MAX)
		return err_set(err, ERR_LIMIT, "more than %d keys that come or go", STEPS_MAX);
	/* The nodes of the first document stay, for their paths. */
	if (document_parse(m->versions->ours, syntax, doc, err) != 0 || apply(doc, &edits, syntax, err) != 0)
		return (int)err->kind;
	for (size_t i = 0; i < m->count; i++) {
		const struct change *c = &m->changes[i];

		if ((c->old == NULL || c->new == NULL) && (edit_step(*doc, c, &edits, err) != 0 || apply(doc, &edits, syntax, err) != 0))
			return (int)err->kind;
	}
	return 0;
}

/* Our text with their values. */
static int
by_values(struct merger *m, struct buf *out, struct error *err)
{
	CLEANUP(document_freep) struct document *doc = NULL;
	struct error	unheard = ERROR_INIT;
	size_t		documents = m->doc[OURS]->roots;

	if (m->list_count > 0) {
		m->conflicts->count += m->list_count;
		return buf_append(&m->conflicts->paths, buf_slice(&m->lists), err);
	}
	if (!same_comments(m->doc[BASE], m->doc[THEIRS], documents) && !same_comments(m->doc[OURS], m->doc[THEIRS], documents))
		return add_words(m, "(comments that the other side changed)", err);
	if (edit_ours(m, &doc, &unheard) != 0 || check_text(m, doc->text, &unheard) != 0 ||
	    !same_comments(m->doc[OURS], doc, documents))
		return unheard.kind == ERR_MEMORY ? err_memory(err) : add_words(m, "(the layout around what the other side changed)", err);
	return buf_append(out, doc->text, err);
}

int
merge3_run(const struct merge3 *versions, struct buf *out, struct merge3_conflicts *conflicts, struct error *err)
{
	CLEANUP(merger_release) struct merger m = { .versions = versions, .conflicts = conflicts, .lists = BUF(LIMIT_MESSAGE),
		.values = ARENA_SECRET(LIMIT_DOCUMENT) };
	const struct slice	text[3] = { versions->base, versions->ours, versions->theirs };
	static const char	*const names[3] = { "the common ancestor", "our version", "their version" };
	bool			taken;

	/* Only one side did anything. */
	if (slice_eq(text[OURS], text[THEIRS]) || slice_eq(text[BASE], text[THEIRS]))
		return buf_append(out, text[OURS], err);
	if (slice_eq(text[BASE], text[OURS]))
		return buf_append(out, text[THEIRS], err);
	for (size_t i = 0; i < 3; i++)
		if ((i != BASE || text[i].len != 0) && document_parse(text[i], versions->store->plain, &m.doc[i], err) != 0)
			return err_wrap(err, "cannot read %s", names[i]);
	if (m.doc[OURS]->roots != m.doc[THEIRS]->roots || (m.doc[BASE] != NULL && m.doc[BASE]->roots != m.doc[OURS]->roots))
		return add_words(&m, "(the number of documents)", err);
	for (m.document = 0; m.document < m.doc[OURS]->roots; m.document++) {
		const struct node *const at[3] = { root_of(m.doc[BASE], m.document), m.doc[OURS]->root[m.document],
		    m.doc[THEIRS]->root[m.document] };

		if (collect(&m, at, (const struct node *const[3]){ NULL }, err) != 0)
			return (int)err->kind;
	}
	if (conflicts->count > 0)
		return 0;
	if (by_lines(&m, out, &taken, err) != 0 || taken)
		return (int)err->kind;
	return by_values(&m, out, err);
}

/* --- recipients -------------------------------------------------------------------------------------------------------- */

static int
same_groups(const struct metadata *a, const struct metadata *b, bool *out, struct error *err)
{
	*out = a->group_count == b->group_count && a->shamir_threshold == b->shamir_threshold;
	for (size_t i = 0; *out && i < a->group_count; i++) {
		*out = a->groups[i].count == b->groups[i].count;
		for (size_t j = 0; *out && j < a->groups[i].count; j++)
			if (master_key_same(&a->groups[i].keys[j], &b->groups[i].keys[j], out, err) != 0)
				return (int)err->kind;
	}
	return 0;
}

static int
same_metadata(const struct metadata *a, const struct metadata *b, bool *out, struct error *err)
{
	bool rules = a->mac_only_encrypted == b->mac_only_encrypted;

	for (size_t i = 0; i < SELECT_RULES; i++)
		rules = rules && slice_eq(a->rules.text[i], b->rules.text[i]);
	if (same_groups(a, b, out, err) != 0)
		return (int)err->kind;
	*out = *out && rules;
	return 0;
}

static bool
same_key(const struct opened *a, const struct opened *b)
{
	return secret_equal(secret_slice(a->datakey), secret_slice(b->datakey));
}

int
merge3_keys(const struct opened *base_opt, const struct opened *ours, const struct opened *theirs, struct merge3_keys *out,
    struct error *err)
{
	bool	equal, ours_kept = false, theirs_kept = false;
	bool	ours_rotated = base_opt == NULL || !same_key(base_opt, ours), theirs_rotated = base_opt == NULL || !same_key(base_opt, theirs);

	if (same_metadata(ours->meta, theirs->meta, &equal, err) != 0 ||
	    (base_opt != NULL && (same_metadata(base_opt->meta, ours->meta, &ours_kept, err) != 0 ||
	    same_metadata(base_opt->meta, theirs->meta, &theirs_kept, err) != 0)))
		return (int)err->kind;
	out->conflict = !equal && !theirs_kept && !ours_kept;
	if (equal)
		out->recipients = ours_rotated ? MERGE3_OURS : MERGE3_THEIRS;
	else
		out->recipients = theirs_kept || out->conflict ? MERGE3_OURS : MERGE3_THEIRS;
	/* A new one from there was never seen by whom that side has shut out. */
	if (out->recipients == MERGE3_OURS)
		out->datakey = ours_rotated || !theirs_rotated ? MERGE3_OURS : MERGE3_THEIRS;
	else
		out->datakey = theirs_rotated || !ours_rotated ? MERGE3_THEIRS : MERGE3_OURS;
	return 0;
}
