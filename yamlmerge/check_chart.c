#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/limits.h"
#include "yamlmerge/check_parts.h"
#include "yamlmerge/schema.h"

/* The keys of a chart's values, of its subcharts' (unpacked in charts/), and those that schemas name. */

struct charts {
	struct check	*check;
	struct slice	 prefix[LIMIT_CHART_DEPTH];
	size_t		 depth, count;
	struct error	*err;
};

static int	take_chart(struct charts *c, const char *folder, struct known_place *declared);

static int
join(struct buf *path, const char *folder, const char *name, struct error *err)
{
	buf_reset(path);
	return buf_printf(path, err, "%s/%s", folder, name) != 0 ? (int)err->kind : buf_terminate(path, err);
}

/* A file of a chart may be absent: *there says so. */
static int
read_part(const char *folder, const char *name, struct buf *path, struct buf *text, bool *there, struct error *err)
{
	struct error why = ERROR_INIT;

	if (join(path, folder, name, err) != 0)
		return (int)err->kind;
	*there = file_read((const char *)path->data, text, &why) == 0;
	if (*there || why.kind == ERR_NOT_FOUND)
		return 0;
	*err = why;
	return err_wrap(err, "cannot read '%s'", (const char *)path->data);
}

static int
take_schema(struct charts *c, const char *folder, struct known_place **out)
{
	CLEANUP(buf_release) struct buf	path = BUF(64 * KIB), text = BUF(LIMIT_DOCUMENT);
	bool				there;

	if (read_part(folder, "values.schema.json", &path, &text, &there, c->err) != 0 || !there)
		return (int)c->err->kind;
	return schema_declare(&c->check->known, buf_slice(&text), (const char *)path.data, out, c->err);
}

/* Helm hands them down from the top, where the user sets them. */
static int
take_globals(struct charts *c, const struct layer *layer)
{
	static const struct slice	 global = SLICE("global");
	const struct node		*member = node_member(layer->root, global);

	if (member == NULL || node_resolve(member)->kind != NODE_MAP)
		return 0;
	return known_add_under(&c->check->known, &global, 1, node_resolve(member), layer->path, KNOWN_DECLARED, c->err);
}

static int
take_values(struct charts *c, const char *folder)
{
	CLEANUP(buf_release) struct buf		path = BUF(64 * KIB), text = BUF(LIMIT_DOCUMENT);
	CLEANUP(layer_freep) struct layer	*layer = NULL;
	bool					there;

	if (read_part(folder, "values.yaml", &path, &text, &there, c->err) != 0 || !there)
		return (int)c->err->kind;
	if (layer_read((const char *)path.data, buf_slice(&text), LAYER_CHART, NULL, &layer, c->err) != 0)
		return (int)c->err->kind;
	if (layer->root == NULL)
		return 0;
	if (known_add_under(&c->check->known, c->prefix, c->depth, layer->root, layer->path, KNOWN_DECLARED, c->err) != 0)
		return (int)c->err->kind;
	return take_globals(c, layer);
}

static int
take_subchart(struct charts *c, const char *folder, const char *name, struct known_place *declared)
{
	struct known_place	*place = NULL, *below;
	struct slice		 key;

	if (c->depth == LIMIT_CHART_DEPTH || ++c->count > LIMIT_CHARTS)
		return err_set(c->err, ERR_LIMIT, "more than %d subcharts, or %d of them inside one another", LIMIT_CHARTS, LIMIT_CHART_DEPTH);
	if (arena_copy(&c->check->arena, slice_str(name), &key, c->err) != 0)
		return (int)c->err->kind;
	c->prefix[c->depth++] = key;
	if (take_values(c, folder) != 0 || take_schema(c, folder, &place) != 0)
		return (int)c->err->kind;
	below = place;
	if (below == NULL && known_place_new(&c->check->known, &below, c->err) != 0)
		return (int)c->err->kind;
	if (take_chart(c, folder, below) != 0)
		return (int)c->err->kind;
	c->depth--;
	return known_declare(&c->check->known, declared, key, below, NULL, KNOWN_MAP, c->err);
}

static void
close_folder(DIR **folder)
{
	if (*folder != NULL)
		(void)closedir(*folder);
}

/* The subcharts of a chart, declared below its place. */
static int
take_chart(struct charts *c, const char *folder, struct known_place *declared)
{
	CLEANUP(buf_release) struct buf	path = BUF(64 * KIB), inner = BUF(64 * KIB);
	CLEANUP(close_folder) DIR	*entries = NULL;
	const struct dirent		*entry;
	struct stat			 status;

	if (join(&path, folder, "charts", c->err) != 0)
		return (int)c->err->kind;
	if ((entries = opendir((const char *)path.data)) == NULL)
		return errno == ENOENT || errno == ENOTDIR ? 0 : err_errno(c->err, "cannot read '%s'", (const char *)path.data);
	while ((entry = readdir(entries)) != NULL) {
		if (entry->d_name[0] == '.' || entry->d_name[0] == '_')
			continue;
		if (join(&inner, (const char *)path.data, entry->d_name, c->err) != 0)
			return (int)c->err->kind;
		if (stat((const char *)inner.data, &status) == 0 && S_ISDIR(status.st_mode) &&
		    take_subchart(c, (const char *)inner.data, entry->d_name, declared) != 0)
			return (int)c->err->kind;
	}
	return 0;
}

int
check_chart(struct check *check, const char *folder, const struct layer *values_opt, struct error *err)
{
	struct charts charts = { .check = check, .err = err };

	if (values_opt != NULL && values_opt->root != NULL &&
	    known_add(&check->known, values_opt->root, values_opt->path, KNOWN_DECLARED, err) != 0)
		return (int)err->kind;
	if (check->shape[2] == NULL && known_place_new(&check->known, &check->shape[2], err) != 0)
		return (int)err->kind;
	if (check->charts++ > 0)
		check->shape[1] = NULL;
	else if (take_schema(&charts, folder, &check->shape[1]) != 0)
		return (int)err->kind;
	return take_chart(&charts, folder, check->shape[2]);
}
