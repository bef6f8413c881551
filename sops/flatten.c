#include "sops/flatten.h"

#include "base/limits.h"
#include "base/num.h"

#define MAP_MARK	SLICE("__map_")
#define LIST_MARK	SLICE("__list_")
#define ENTRIES		(8 * LIMIT_MASTER_KEYS)	/* fields of all recipients */
#define DEPTH		8	/* key_groups, group, type, entry, context, pair: with room */

/* --- out ------------------------------------------------------------------------------------------------------------- */

struct flatten_sink {
	struct metadata_sink	 sink;
	flatten_put		*put;
	void			*context;
	struct buf		 name;
	size_t			 depth, before[DEPTH];	/* lengths of the names of what is open */
	size_t			 index[DEPTH];		/* of the next element, where that is a list */
};

static struct flatten_sink *
self(struct metadata_sink *sink)
{
	return (struct flatten_sink *)(void *)sink;	/* its first member */
}

/* The name of the next item: of a member by its key, of an element by its index. */
static int
append_name(struct flatten_sink *s, struct slice key, struct error *err)
{
	if (key.len == 0)
		return buf_printf(&s->name, err, "__list_%zu", s->index[s->depth]++);
	if (s->depth != 0 && buf_append(&s->name, MAP_MARK, err) != 0)
		return (int)err->kind;
	return buf_append(&s->name, key, err);
}

static int
on_open(struct metadata_sink *sink, struct slice key, bool list UNUSED, size_t count UNUSED, struct error *err)
{
	struct flatten_sink *s = self(sink);

	if (s->depth + 1 == DEPTH)
		return err_set(err, ERR_LIMIT, "the metadata is nested too deep");
	s->before[s->depth] = s->name.len;
	if (append_name(s, key, err) != 0)
		return (int)err->kind;
	s->index[++s->depth] = 0;
	return 0;
}

static int
on_close(struct metadata_sink *sink, bool list UNUSED, struct error *err UNUSED)
{
	struct flatten_sink *s = self(sink);

	buf_truncate(&s->name, s->before[--s->depth]);
	return 0;
}

static int
on_text(struct metadata_sink *sink, struct slice key, struct slice text, struct error *err)
{
	struct flatten_sink	*s = self(sink);
	size_t			 before = s->name.len;
	int			 rc = append_name(s, key, err);

	if (rc == 0)
		rc = s->put(s->context, buf_slice(&s->name), text, err);
	buf_truncate(&s->name, before);
	return rc;
}

static int
on_boolean(struct metadata_sink *sink, struct slice key, bool value, struct error *err)
{
	return on_text(sink, key, value ? SLICE("true") : SLICE("false"), err);
}

static int
on_integer(struct metadata_sink *sink, struct slice key, int64_t value, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF(32);

	if (buf_printf(&text, err, "%lld", (long long)value) != 0)
		return (int)err->kind;
	return on_text(sink, key, buf_slice(&text), err);
}

int
flatten_metadata(const struct metadata *meta, flatten_put *put, void *context, struct error *err)
{
	struct flatten_sink sink = { .sink = { on_open, on_close, on_text, on_boolean, on_integer }, .put = put, .context = context,
	    .name = BUF(LIMIT_DOCUMENT) };
	int rc = metadata_print(meta, &sink.sink, err);

	buf_release(&sink.name);
	return rc;
}

/* --- back ------------------------------------------------------------------------------------------------------------ */

struct builder {
	struct arena		 arena;
	const struct node	*at;		/* of the entry */
	struct error		*err;
};

static int
wrong(struct builder *b, const char *what, struct slice name)
{
	err_set(b->err, ERR_SYNTAX, "metadata '%.*s': %s", SLICE_ARG(slice_sub(name, 0, 200)), what);
	return err_at(b->err, b->at->line, b->at->column);
}

static int
node_new(struct builder *b, struct node **out)
{
	void *memory;

	if (arena_alloc(&b->arena, sizeof(struct node), &memory, b->err) != 0)
		return (int)b->err->kind;
	*out = memory;
	(*out)->line = b->at->line;
	(*out)->column = b->at->column;
	return 0;
}

static int
add_child(struct builder *b, struct node *parent, struct node *last, struct node **out)
{
	if (node_new(b, out) != 0)
		return (int)b->err->kind;
	(*out)->kind = NODE_ALIAS;	/* no kind yet */
	(*out)->parent = parent;
	if (last == NULL)
		parent->child = *out;
	else
		last->next = *out;
	return 0;
}

/* The member ${key} of a map, made when it is not there. */
static int
member(struct builder *b, struct node *map, struct slice key, struct node **out)
{
	struct node *last = NULL, *name;

	for (struct node *item = map->child; item != NULL; last = item, item = item->next)
		if (slice_eq(item->key->text, key)) {
			*out = item;
			return 0;
		}
	if (add_child(b, map, last, out) != 0 || node_new(b, &name) != 0)
		return (int)b->err->kind;
	name->kind = NODE_SCALAR;
	name->style = STYLE_DOUBLE;
	name->text = key;
	(*out)->key = name;
	return 0;
}

/* An element of a list.  sops takes an index that is no number for 0. */
static int
element(struct builder *b, struct node *list, struct slice index, struct slice whole, struct node **out)
{
	struct node	*last = NULL, *item;
	int64_t		 wanted = 0, at = 0;

	if (!num_parse(index, 0, LIMIT_MASTER_KEYS, &wanted))
		wanted = 0;
	for (item = list->child; item != NULL && at < wanted; last = item, item = item->next)
		at++;
	if (item != NULL) {
		*out = item;
		return 0;
	}
	if (at < wanted)
		return wrong(b, "the list has a gap", whole);
	return add_child(b, list, last, out);
}

static size_t
find(struct slice text, struct slice mark)
{
	size_t at = 0;

	while (at < text.len && !slice_starts(slice_from(text, at), mark))
		at++;
	return at;
}

static int
be(struct builder *b, struct node *node, enum node_kind kind, struct slice whole)
{
	if (node->kind == NODE_ALIAS && node->text.len == 0) {
		node->kind = kind;
		node->style = kind == NODE_SCALAR ? STYLE_DOUBLE : STYLE_BLOCK;
		return 0;
	}
	if (node->kind == kind && kind != NODE_SCALAR)
		return 0;
	return wrong(b, kind == NODE_SCALAR && node->kind == kind ? "it is there twice" : "it is a value and holds others as well", whole);
}

/* One entry: its name is a path, part by part. */
static int
add_entry(struct builder *b, struct node *root, const struct flat_entry *entry)
{
	struct slice	 rest = entry->name;
	struct node	*node = root;
	bool		 list = false;

	for (unsigned depth = 0;; depth++) {
		size_t		map_at = find(rest, MAP_MARK), list_at = find(rest, LIST_MARK);
		size_t		end = map_at < list_at ? map_at : list_at;
		struct slice	part = slice_sub(rest, 0, end);

		if (depth == DEPTH)
			return wrong(b, "it is nested too deep", entry->name);
		if (be(b, node, list ? NODE_LIST : NODE_MAP, entry->name) != 0 ||
		    (list ? element(b, node, part, entry->name, &node) : member(b, node, part, &node)) != 0)
			return (int)b->err->kind;
		if (end == rest.len)
			break;
		list = list_at < map_at;
		rest = slice_from(rest, end + (list ? LIST_MARK.len : MAP_MARK.len));
	}
	if (be(b, node, NODE_SCALAR, entry->name) != 0)
		return (int)b->err->kind;
	node->text = entry->text;
	return 0;
}

int
flatten_parse(const struct flat_entry *entries, size_t count, struct metadata **out, struct error *err)
{
	struct builder	 b = { .arena = ARENA(LIMIT_DOCUMENT), .err = err };
	struct node	 root = { .kind = NODE_MAP, .style = STYLE_BLOCK, .line = 1, .column = 1 };
	int		 rc = 0;

	if (count == 0) {
		err_set(err, ERR_NO_METADATA, "sops metadata not found");
		return err_hint(err, "the file is not encrypted, or not of this format");
	}
	root.line = entries[0].node->line;
	if (count > ENTRIES) {
		err_set(err, ERR_LIMIT, "more than %d fields of metadata", ENTRIES);
		return err_at(err, entries[ENTRIES].node->line, 1);
	}
	for (size_t i = 0; i < count && rc == 0; i++) {
		b.at = entries[i].node;
		rc = add_entry(&b, &root, &entries[i]);
	}
	if (rc == 0)
		rc = metadata_parse(&root, out, err);
	arena_release(&b.arena);
	return rc;
}
