#include "cmd/hubsecrets/file_list.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"

void
file_list_release(struct file_list *list)
{
	free(list->list);
	arena_release(&list->arena);
	*list = FILE_LIST;
}

static int
add(struct file_list *list, const char *path, size_t below, bool found, struct error *err)
{
	struct slice copy;

	if (list->count == list->capacity) {
		size_t			 capacity = list->capacity != 0 ? 2 * list->capacity : 64;
		struct file_list_entry	*grown = realloc(list->list, capacity * sizeof(*grown));

		if (grown == NULL)
			return err_memory(err);
		list->list = grown;
		list->capacity = capacity;
	}
	if (arena_copy(&list->arena, slice_str(path), &copy, err) != 0)
		return (int)err->kind;
	list->list[list->count++] = (struct file_list_entry){ .path = (const char *)copy.data,
	    .below = (const char *)copy.data + below, .found = found };
	return 0;
}

/* "a//b/./c" is "a/b/c": so that a file that comes twice is known by its name. */
static int
clean(const char *path, struct buf *out, struct error *err)
{
	struct slice rest = slice_str(path), part;

	if (*path == '/' && buf_byte(out, '/', err) != 0)
		return (int)err->kind;
	while (slice_split(&rest, '/', &part)) {
		if (part.len == 0 || slice_eq(part, SLICE(".")))
			continue;
		if (out->len > 0 && out->data[out->len - 1] != '/' && buf_byte(out, '/', err) != 0)
			return (int)err->kind;
		if (buf_append(out, part, err) != 0)
			return (int)err->kind;
	}
	return buf_terminate(out, err);
}

/* The working directory has the empty name: files in it are called as people call them. */
static const char *
folder_name(const struct buf *path)
{
	return path->len != 0 ? (const char *)path->data : ".";
}

static int
is_wanted(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 && strcmp(entry->d_name, ".git") != 0;
}

static int
by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int	add_folder(struct file_list *list, struct buf *path, size_t below, unsigned depth, struct error *err);

/* ${path} names what was found. */
static int
add_found(struct file_list *list, struct buf *path, size_t below, unsigned depth, struct error *err)
{
	struct stat st;

	if (buf_terminate(path, err) != 0)
		return (int)err->kind;
	/* Gone since the folder was read: nothing was lost that anybody asked for by name. */
	if (lstat((const char *)path->data, &st) != 0)
		return errno == ENOENT ? 0 : err_errno(err, "cannot look at '%s'", (const char *)path->data);
	if (S_ISDIR(st.st_mode))
		return add_folder(list, path, below, depth + 1, err);
	return S_ISREG(st.st_mode) ? add(list, (const char *)path->data, below, true, err) : 0;
}

static int
add_folder(struct file_list *list, struct buf *path, size_t below, unsigned depth, struct error *err)
{
	struct dirent	**names = NULL;
	size_t		  len = path->len;
	int		  n, rc = 0;

	if (depth > LIMIT_TREE_DEPTH)
		return err_set(err, ERR_LIMIT, "'%s': more than %d folders within folders", folder_name(path), LIMIT_TREE_DEPTH);
	if ((n = scandir(folder_name(path), &names, is_wanted, by_bytes)) < 0)
		return err_errno(err, "cannot read the folder '%s'", folder_name(path));
	for (int i = 0; i < n; i++) {
		if (rc == 0 && (len == 0 || path->data[len - 1] == '/' || (rc = buf_byte(path, '/', err)) == 0) &&
		    (rc = buf_str(path, names[i]->d_name, err)) == 0)
			rc = add_found(list, path, below, depth, err);
		buf_truncate(path, len);
		free(names[i]);
	}
	free(names);
	return rc != 0 ? rc : buf_terminate(path, err);
}

static int
by_path(const void *a, const void *b)
{
	const struct file_list_entry *const *x = a, *const *y = b;
	int order = strcmp((*x)->path, (*y)->path);

	return order != 0 ? order : (*x > *y) - (*x < *y);
}

/* Of what comes twice, the first stays. */
static int
drop_doubles(struct file_list *list, struct error *err)
{
	struct file_list_entry	**order = calloc(list->count + 1, sizeof(*order));
	size_t			  kept = 0;

	if (order == NULL)
		return err_memory(err);
	for (size_t i = 0; i < list->count; i++)
		order[i] = &list->list[i];
	qsort(order, list->count, sizeof(*order), by_path);
	for (size_t i = 1; i < list->count; i++)
		if (strcmp(order[i]->path, order[i - 1]->path) == 0) {
			order[i]->below = NULL;
			order[i] = order[i - 1];
		}
	free(order);
	for (size_t i = 0; i < list->count; i++)
		if (list->list[i].below != NULL)
			list->list[kept++] = list->list[i];
	list->count = kept;
	return 0;
}

static int
add_operand(struct file_list *list, const char *operand, bool recursive, struct error *err)
{
	CLEANUP(buf_release) struct buf path = BUF(LIMIT_CONFIG);
	struct stat	 st;
	const char	*slash;

	if (clean(operand, &path, err) != 0)
		return (int)err->kind;
	if (recursive && stat(operand, &st) == 0 && S_ISDIR(st.st_mode))
		return add_folder(list, &path, path.len + (path.len != 0 && path.data[path.len - 1] != '/'), 0, err);
	slash = strrchr((const char *)path.data, '/');
	return add(list, path.len != 0 ? (const char *)path.data : ".", slash != NULL ? (size_t)(slash + 1 - (const char *)path.data) : 0, false, err);
}

int
file_list_fill(struct file_list *list, const char *const *operands, size_t count, bool recursive, struct error *err)
{
	for (size_t i = 0; i < count; i++)
		if (add_operand(list, operands[i], recursive, err) != 0)
			return (int)err->kind;
	return drop_doubles(list, err);
}
