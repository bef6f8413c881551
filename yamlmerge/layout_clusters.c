/*
 * Lists of layers as 2i2c keeps them: a cluster.yaml a cluster, which names the hubs in it, and for each its chart and the files of its values,
 * lowest first.  A cluster is a hub here, and a hub of it an environment.  A file is secret if its name says so.
 */
#include <string.h>

#include "base/file.h"
#include "yamlmerge/document.h"
#include "yamlmerge/layout_parts.h"

#define CHARTS	"helm-charts"

struct cluster {
	const char	*name, *path, *folder;
	struct arena	*arena;
	struct error	*err;
};

static int
refuse(struct cluster *c, enum err_kind kind, const struct node *at, const char *what)
{
	(void)err_set(c->err, kind, "%s", what);
	(void)err_at(c->err, at->line, at->column);
	return err_file(c->err, c->path);
}

static int
text_of(struct cluster *c, const struct node *written, const char *prefix, struct layout_text *out)
{
	const struct node *node = node_resolve(written);

	if (node->kind != NODE_SCALAR || node->text.len == 0 || memchr(node->text.data, '\0', node->text.len) != NULL ||
	    memchr(node->text.data, '{', node->text.len) != NULL)
		return refuse(c, ERR_TYPE, written, "a name is needed here");
	*out = (struct layout_text){ .line = written->line, .column = written->column, .file = c->path };
	return layout_text_of(c->arena, &out->text, c->err, "%s%.*s", prefix, SLICE_ARG(node->text));
}

static bool
is_secret(const char *path)
{
	const char *slash = strrchr(path, '/');

	return strstr(slash != NULL ? slash + 1 : path, "secret") != NULL;
}

static int
read_files(struct cluster *c, const struct node *list, struct layout_entry *out)
{
	size_t		 count = 1;
	void		*memory;

	if (list->kind != NODE_LIST)
		return refuse(c, ERR_TYPE, list, "a list of files is needed here");
	for (const struct node *item = list->child; item != NULL; item = item->next)
		count++;
	if (arena_alloc(c->arena, count * sizeof(struct layout_text), &memory, c->err) != 0)
		return (int)c->err->kind;
	out->layers.list = memory;
	for (const struct node *item = list->child; item != NULL; item = item->next) {
		struct layout_text *text = &out->layers.list[out->layers.count];

		if (item->kind == NODE_COMMENT)
			continue;
		if (text_of(c, item, c->folder, text) != 0)
			return (int)c->err->kind;
		if (slice_ends(slice_str(text->text), SLICE(".jsonnet")))
			return refuse(c, ERR_UNSUPPORTED, item, "a layer in Jsonnet, which is not rendered here");
		/* Secrets lie where the list has them, not on top of all. */
		text->secret = is_secret(text->text);
		out->layers.count++;
	}
	return 0;
}

static int
read_hub(struct cluster *c, const struct node *hub, struct layout_hub *out)
{
	const struct node	*name, *files, *chart;
	enum layout_there	 there;

	if (hub->kind != NODE_MAP || (name = node_member(hub, SLICE("name"))) == NULL)
		return refuse(c, ERR_TYPE, hub, "a hub without a name");
	out->hub = (struct layout_text){ .text = c->name };
	out->entry.layers.given = out->entry.secrets.given = true;
	if (text_of(c, name, "", &out->env) != 0)
		return (int)c->err->kind;
	if ((files = node_member(hub, SLICE("helm_chart_values_files"))) != NULL &&
	    read_files(c, node_resolve(files), &out->entry) != 0)
		return (int)c->err->kind;
	if ((chart = node_member(hub, SLICE("helm_chart"))) == NULL)
		return 0;
	if (text_of(c, chart, CHARTS "/", &out->entry.chart) != 0 || layout_look(out->entry.chart.text, &there, c->err) != 0)
		return (int)c->err->kind;
	/* Elsewhere a chart goes by its own path, or comes from a registry. */
	if (there != THERE_FOLDER)
		out->entry.chart = (struct layout_text){ .text = NULL };
	return 0;
}

static int
hubs_of(struct cluster *c, const struct document *doc, const struct node **out)
{
	const struct node *hubs = doc->roots > 0 && doc->root[0]->kind == NODE_MAP ? node_member(doc->root[0], SLICE("hubs")) : NULL;

	*out = hubs != NULL ? node_resolve(hubs) : NULL;
	return *out == NULL || (*out)->kind == NODE_LIST ? 0 : refuse(c, ERR_TYPE, hubs, "'hubs' must be a list");
}

/* Put the hubs of one cluster behind those that there are. */
static int
append(struct cluster *c, const struct node *hubs, struct layout_rules *rules)
{
	size_t	 count = rules->hub_count + 1;
	void	*memory;

	for (const struct node *hub = hubs->child; hub != NULL; hub = hub->next)
		count++;
	if (count > LIMIT_NAMES)
		return err_set(c->err, ERR_LIMIT, "more than %d hubs", LIMIT_NAMES);
	if (arena_alloc(c->arena, count * sizeof(*rules->hubs), &memory, c->err) != 0)
		return (int)c->err->kind;
	if (rules->hub_count > 0)
		(void)memcpy(memory, rules->hubs, rules->hub_count * sizeof(*rules->hubs));
	rules->hubs = memory;
	for (const struct node *hub = hubs->child; hub != NULL; hub = hub->next)
		if (hub->kind != NODE_COMMENT && read_hub(c, node_resolve(hub), &rules->hubs[rules->hub_count++]) != 0)
			return (int)c->err->kind;
	return 0;
}

int
layout_clusters_add(const char *name, const char *path, struct arena *arena, struct layout_rules *rules, struct error *err)
{
	CLEANUP(document_freep) struct document	*doc = NULL;
	CLEANUP(buf_release) struct buf		 text = BUF(LIMIT_CONFIG);
	struct cluster				 c = { .arena = arena, .err = err };
	const char				*slash = strrchr(path, '/');
	const struct node			*hubs;

	if (layout_text_of(arena, &c.name, err, "%s", name) != 0 || layout_text_of(arena, &c.path, err, "%s", path) != 0 ||
	    layout_text_of(arena, &c.folder, err, "%.*s", slash != NULL ? (int)(slash - path) + 1 : 0, path) != 0)
		return (int)err->kind;
	if (file_read(path, &text, err) != 0)
		return err_wrap(err, "cannot read '%s'", path);
	if (document_parse(buf_slice(&text), &syntax_yaml, &doc, err) != 0)
		return err_file(err, path);
	if (hubs_of(&c, doc, &hubs) != 0)
		return (int)err->kind;
	rules->hubs_given = true;
	return hubs != NULL ? append(&c, hubs, rules) : 0;
}
