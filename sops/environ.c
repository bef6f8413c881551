#include "sops/environ.h"

#include <stdlib.h>
#include <string.h>

#include "yamlmerge/flat.h"

void
environ_release(struct environ *environment)
{
	buf_release(&environment->text);
	free((void *)environment->entries);
	environment->entries = NULL;
}

static int
check_bytes(struct slice text, const char *what, struct error *err)
{
	return text.len != 0 && memchr(text.data, '\0', text.len) != NULL ?
	    err_set(err, ERR_SYNTAX, "%s holds a NUL byte, which the environment cannot", what) : 0;
}

int
environ_put(struct environ *environment, struct slice name, struct slice value, struct error *err)
{
	struct buf *text = &environment->text;

	if (check_bytes(name, "a name", err) != 0)
		return (int)err->kind;
	if (check_bytes(value, "the value", err) != 0)
		return err_wrap(err, "'%.*s'", SLICE_ARG(name));
	if (buf_append(text, name, err) != 0 || buf_byte(text, '=', err) != 0 || buf_append(text, value, err) != 0)
		return (int)err->kind;
	return buf_byte(text, '\0', err);
}

static int
add_item(struct environ *environment, const struct node *item, const struct scalar_table *table, struct error *err)
{
	CLEANUP(buf_release) struct buf value = BUF_SECRET(LIMIT_DOCUMENT);
	struct slice name = node_key(item);

	if (memchr(name.data, '=', name.len) != NULL)
		err_set(err, ERR_TYPE, "cannot use keys with '=' in environment: %.*s", SLICE_ARG(name));
	else if (node_resolve(item)->kind != NODE_SCALAR)
		err_set(err, ERR_TYPE, "cannot use complex value in environment; offending key %.*s", SLICE_ARG(name));
	else if (flat_node_text(item, table, &value, err) == 0 && environ_put(environment, name, buf_slice(&value), err) == 0)
		return 0;
	return err->line != 0 ? (int)err->kind : err_at(err, item->line, item->column);
}

int
environ_add(struct environ *environment, const struct document *doc, struct error *err)
{
	const struct node *root = doc->roots != 0 ? node_resolve(doc->root[0]) : NULL;

	for (const struct node *item = root != NULL && root->kind == NODE_MAP ? root->child : NULL; item != NULL; item = item->next)
		if (item->kind != NODE_COMMENT && add_item(environment, item, doc->syntax->scalars, err) != 0)
			return (int)err->kind;
	return 0;
}

/* By name; those of one name in the order in which they came. */
struct entry {
	const char	*text;
	size_t		 name_len, place;
};

static int
by_name(const void *a, const void *b)
{
	const struct entry	*x = a, *y = b;
	size_t			 shorter = x->name_len < y->name_len ? x->name_len : y->name_len;
	int			 order = memcmp(x->text, y->text, shorter);

	if (order != 0)
		return order;
	if (x->name_len != y->name_len)
		return x->name_len < y->name_len ? -1 : 1;
	return x->place < y->place ? -1 : 1;
}

static bool
same_name(const struct entry *a, const struct entry *b)
{
	return a->name_len == b->name_len && memcmp(a->text, b->text, a->name_len) == 0;
}

static struct entry
entry_of(const char *text, size_t place)
{
	return (struct entry){ .text = text, .name_len = strcspn(text, "="), .place = place };
}

/* All of them, in the order of who wins; ${list} has room. */
static size_t
list_entries(const struct environ *environment, const char *const *base_opt, struct entry *list)
{
	const char	*at = (const char *)environment->text.data;
	size_t		 left = environment->text.len, count = 0;

	for (; base_opt != NULL && base_opt[count] != NULL; count++)
		list[count] = entry_of(base_opt[count], count);
	while (left != 0) {
		size_t size = strlen(at) + 1;

		list[count] = entry_of(at, count);
		count++;
		at += size;
		left -= size;
	}
	return count;
}

int
environ_entries(struct environ *environment, const char *const *base_opt, const char *const **out, struct error *err)
{
	struct entry	*list;
	size_t		 room = 1, count, kept = 0;

	while (base_opt != NULL && base_opt[room - 1] != NULL)
		room++;
	for (size_t i = 0; i < environment->text.len; i++)
		room += environment->text.data[i] == '\0';
	list = calloc(room, sizeof(*list));
	free((void *)environment->entries);
	environment->entries = calloc(room, sizeof(*environment->entries));
	if (list == NULL || environment->entries == NULL) {
		free(list);
		return err_memory(err);
	}
	count = list_entries(environment, base_opt, list);
	qsort(list, count, sizeof(*list), by_name);
	for (size_t i = 0; i < count; i++)
		if (i + 1 == count || !same_name(&list[i], &list[i + 1]))
			environment->entries[kept++] = list[i].text;
	free(list);
	*out = environment->entries;
	return 0;
}
