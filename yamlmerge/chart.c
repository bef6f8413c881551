#include "yamlmerge/chart.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/limits.h"
#include "yamlmerge/document.h"

struct reading {
	struct arena	*arena;
	size_t		 count, depth;
	struct error	*err;
};

static int	read_chart(struct reading *r, const char *folder, struct chart *into);

const struct chart *
chart_find(const struct chart *chart, struct slice name)
{
	const struct chart *sub;

	for (sub = chart != NULL ? chart->subcharts : NULL; sub != NULL; sub = sub->next)
		if (slice_eq(sub->name, name))
			return sub;
	return NULL;
}

/* The subchart of that name, a new one when there is none. */
static int
add_subchart(struct reading *r, struct chart *chart, struct slice name, struct chart **out)
{
	struct chart	*sub;
	void		*memory;

	for (sub = chart->subcharts; sub != NULL; sub = sub->next)
		if (slice_eq(sub->name, name)) {
			*out = sub;
			return 0;
		}
	if (++r->count > LIMIT_CHARTS)
		return err_set(r->err, ERR_LIMIT, "more than %d subcharts", LIMIT_CHARTS);
	if (arena_alloc(r->arena, sizeof(*sub), &memory, r->err) != 0)
		return (int)r->err->kind;
	sub = *out = memory;
	sub->next = chart->subcharts;
	chart->subcharts = sub;
	return arena_copy(r->arena, name, &sub->name, r->err);
}

static int
join(struct buf *path, const char *folder, const char *name, struct error *err)
{
	buf_reset(path);
	if (buf_printf(path, err, "%s/%s", folder, name) != 0)
		return (int)err->kind;
	return buf_terminate(path, err);
}

/* --- Chart.yaml, requirements.yaml --------------------------------------------------------------------------------- */

/* The text of a member that is a scalar, or nothing. */
static struct slice
text_member(const struct node *map, struct slice key)
{
	const struct node *member = node_member(map, key);

	if (member == NULL || (member = node_resolve(member))->kind != NODE_SCALAR)
		return SLICE_NONE;
	return member->text;
}

static int
take_dependency(struct reading *r, const struct node *item, struct chart *into)
{
	struct slice	 name = text_member(item, SLICE("name")), alias = text_member(item, SLICE("alias"));
	struct chart	*named, *aliased;

	if (name.len == 0)
		return 0;
	if (add_subchart(r, into, name, &named) != 0)
		return (int)r->err->kind;
	if (alias.len == 0 || slice_eq(name, alias)) {
		named->renamed = false;
		named->listed = true;
		return 0;
	}
	named->renamed = !named->listed;
	if (add_subchart(r, into, alias, &aliased) != 0)
		return (int)r->err->kind;
	aliased->subcharts = named->subcharts;
	return arena_copy(r->arena, name, &aliased->alias_of, r->err);
}

static int
take_dependencies(struct reading *r, const struct node *root, struct chart *into)
{
	const struct node *list = node_member(root, SLICE("dependencies")), *item;

	if (list == NULL || (list = node_resolve(list))->kind != NODE_LIST)
		return 0;
	for (item = list->child; item != NULL; item = item->next)
		if (item->kind != NODE_COMMENT && take_dependency(r, node_resolve(item), into) != 0)
			return (int)r->err->kind;
	return 0;
}

/* A file that is not there says nothing. */
static int
read_names(struct reading *r, const char *folder, const char *file, struct chart *into)
{
	CLEANUP(buf_release) struct buf		 path = BUF(64 * KIB), text = BUF(LIMIT_CONFIG);
	CLEANUP(document_freep) struct document	*doc = NULL;
	struct error				 why = ERROR_INIT;
	struct slice				 name;

	if (join(&path, folder, file, r->err) != 0)
		return (int)r->err->kind;
	if (file_read((const char *)path.data, &text, &why) != 0) {
		if (why.kind == ERR_NOT_FOUND)
			return 0;
		*r->err = why;
		return err_wrap(r->err, "cannot read '%s'", (const char *)path.data);
	}
	if (document_parse(buf_slice(&text), &syntax_yaml, &doc, r->err) != 0)
		return err_file(r->err, (const char *)path.data);
	if (doc->roots == 0 || doc->root[0]->kind != NODE_MAP)
		return 0;
	name = text_member(doc->root[0], SLICE("name"));
	if (name.len > 0 && into->name.len == 0 && arena_copy(r->arena, name, &into->name, r->err) != 0)
		return (int)r->err->kind;
	return take_dependencies(r, doc->root[0], into);
}

/* --- charts/ ---------------------------------------------------------------------------------------------------- */

static int
take_folder(struct reading *r, const char *folder, const char *entry, struct chart *into)
{
	struct chart	 found = { .name = SLICE_NONE }, *sub;
	int		 failed;

	if (r->depth == LIMIT_CHART_DEPTH)
		return err_set(r->err, ERR_LIMIT, "subcharts nest deeper than %d", LIMIT_CHART_DEPTH);
	r->depth++;
	failed = read_chart(r, folder, &found);
	r->depth--;
	if (failed != 0)
		return failed;
	if (add_subchart(r, into, found.name.len > 0 ? found.name : slice_str(entry), &sub) != 0)
		return (int)r->err->kind;
	sub->subcharts = found.subcharts;
	return 0;
}

/* NAME-1.2.3.tgz, a packed chart: the version begins behind the first '-' that a digit follows. */
static int
take_package(struct reading *r, const char *entry, struct chart *into)
{
	struct slice	 name = slice_str(entry);
	struct chart	*sub;

	if (!slice_ends(name, SLICE(".tgz")))
		return 0;
	name.len -= 4;
	for (size_t i = 1; i + 1 < name.len; i++)
		if (name.data[i] == '-' && name.data[i + 1] >= '0' && name.data[i + 1] <= '9')
			name.len = i;
	return add_subchart(r, into, name, &sub);
}

static int
take_entry(struct reading *r, const char *path, const char *entry, struct chart *into)
{
	struct stat status;

	if (stat(path, &status) != 0)
		return err_errno(r->err, "cannot look at '%s'", path);
	if (S_ISDIR(status.st_mode))
		return take_folder(r, path, entry, into);
	return take_package(r, entry, into);
}

static void
close_folder(DIR **folder)
{
	if (*folder != NULL)
		(void)closedir(*folder);
}

static int
read_charts(struct reading *r, const char *folder, struct chart *into)
{
	CLEANUP(buf_release) struct buf	 path = BUF(64 * KIB), inner = BUF(64 * KIB);
	CLEANUP(close_folder) DIR	*entries = NULL;
	const struct dirent		*entry;
	size_t				 count = 0;

	if (join(&path, folder, "charts", r->err) != 0)
		return (int)r->err->kind;
	if ((entries = opendir((const char *)path.data)) == NULL)
		return errno == ENOENT || errno == ENOTDIR ? 0 : err_errno(r->err, "cannot read '%s'", (const char *)path.data);
	while ((entry = readdir(entries)) != NULL) {
		if (++count > LIMIT_NAMES)
			return err_set(r->err, ERR_LIMIT, "more than %d entries in '%s'", LIMIT_NAMES, (const char *)path.data);
		if (entry->d_name[0] == '.' || entry->d_name[0] == '_')
			continue;	/* Helm skips these, too */
		if (join(&inner, (const char *)path.data, entry->d_name, r->err) != 0)
			return (int)r->err->kind;
		if (take_entry(r, (const char *)inner.data, entry->d_name, into) != 0)
			return (int)r->err->kind;
	}
	return 0;
}

static int
read_chart(struct reading *r, const char *folder, struct chart *into)
{
	if (read_charts(r, folder, into) != 0 || read_names(r, folder, "Chart.yaml", into) != 0)
		return (int)r->err->kind;
	return read_names(r, folder, "requirements.yaml", into);
}

int
chart_read(const char *folder, struct arena *arena, struct chart **out, struct error *err)
{
	struct reading	 r = { .arena = arena, .err = err };
	void		*memory;

	if (arena_alloc(arena, sizeof(**out), &memory, err) != 0)
		return (int)err->kind;
	*out = memory;
	return read_chart(&r, folder, *out);
}
