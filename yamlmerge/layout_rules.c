#include "yamlmerge/layout_rules.h"

#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/nearest.h"
#include "yamlmerge/document.h"
#include "yamlmerge/scalar.h"

#define HUB	"{hub}"
#define ENV	"{env}"

static int
fail_at(const struct node *node, struct error *err)
{
	(void)err_at(err, node->line, node->column);
	return err_file(err, LAYOUT_FILE);
}

/* --- texts ------------------------------------------------------------------------------------------------------------ */

/* Braces are for placeholders alone, so that a mistyped one is found. */
static int
check_placeholders(const struct node *node, const char *text, struct error *err)
{
	for (const char *brace = strchr(text, '{'); brace != NULL; brace = strchr(brace + 1, '{'))
		if (strncmp(brace, HUB, 5) != 0 && strncmp(brace, ENV, 5) != 0) {
			(void)err_set(err, ERR_CONFIG, "'%s' has a '{' that begins neither " HUB " nor " ENV, text);
			return fail_at(node, err);
		}
	return 0;
}

static int
read_text(const struct node *written, struct arena *arena, struct layout_text *out, struct error *err)
{
	const struct node	*node = node_resolve(written);
	struct slice		 copy;

	if (node->kind != NODE_SCALAR || node->text.len == 0 || memchr(node->text.data, '\0', node->text.len) != NULL) {
		(void)err_set(err, ERR_TYPE, "a text is needed here");
		return fail_at(written, err);
	}
	if (arena_copy(arena, node->text, &copy, err) != 0)
		return (int)err->kind;
	*out = (struct layout_text){ .text = (const char *)copy.data, .line = written->line, .column = written->column };
	return check_placeholders(written, out->text, err);
}

static size_t
count_items(const struct node *node)
{
	size_t count = 0;

	for (const struct node *child = node->child; child != NULL; child = child->next)
		count += child->kind != NODE_COMMENT;
	return count;
}

static bool
is_empty(const struct node *node)
{
	return node->kind == NODE_SCALAR && node->style == STYLE_PLAIN && node->text.len == 0;
}

static int
read_texts(const struct node *written, struct arena *arena, void *out, struct error *err)
{
	const struct node	*node = node_resolve(written);
	struct layout_texts	*texts = out;
	void			*memory;

	texts->given = true;
	if (is_empty(node))
		return 0;
	if (node->kind != NODE_LIST) {
		(void)err_set(err, ERR_TYPE, "a list of file names is needed here");
		return fail_at(written, err);
	}
	if (arena_alloc(arena, (count_items(node) + 1) * sizeof(*texts->list), &memory, err) != 0)
		return (int)err->kind;
	texts->list = memory;
	for (const struct node *child = node->child; child != NULL; child = child->next)
		if (child->kind != NODE_COMMENT && read_text(child, arena, &texts->list[texts->count++], err) != 0)
			return (int)err->kind;
	return 0;
}

static int
read_pairs(const struct node *written, struct arena *arena, void *out, struct error *err)
{
	const struct node	*node = node_resolve(written);
	struct layout_pairs	*pairs = out;
	void			*memory;

	pairs->given = true;
	if (is_empty(node))
		return 0;
	if (node->kind != NODE_MAP) {
		(void)err_set(err, ERR_TYPE, "a map from paths to texts is needed here");
		return fail_at(written, err);
	}
	if (arena_alloc(arena, (count_items(node) + 1) * sizeof(*pairs->list), &memory, err) != 0)
		return (int)err->kind;
	pairs->list = memory;
	for (const struct node *child = node->child; child != NULL; child = child->next) {
		struct layout_pair *pair = &pairs->list[pairs->count];

		if (child->kind == NODE_COMMENT)
			continue;
		if (read_text(child->key, arena, &pair->path, err) != 0 || read_text(child, arena, &pair->value, err) != 0)
			return (int)err->kind;
		pairs->count++;
	}
	return 0;
}

static int
read_one(const struct node *written, struct arena *arena, void *out, struct error *err)
{
	return read_text(written, arena, out, err);
}

/* --- keys ------------------------------------------------------------------------------------------------------------- */

static const struct {
	const char	*name;
	size_t		 offset;
	int		(*read)(const struct node *node, struct arena *arena, void *out, struct error *err);
} keys[] = {
	{ "chart", offsetof(struct layout_entry, chart), read_one },
	{ "prefix", offsetof(struct layout_entry, prefix), read_one },
	{ "layers", offsetof(struct layout_entry, layers), read_texts },
	{ "secrets", offsetof(struct layout_entry, secrets), read_texts },
	{ "set-string", offsetof(struct layout_entry, set_string), read_pairs },
	{ "set-file", offsetof(struct layout_entry, set_file), read_pairs },
	{ "images", offsetof(struct layout_entry, images), read_pairs },
};
#define KEYS	(sizeof(keys) / sizeof(*keys))

static int
unknown_key(const struct node *key, bool top, struct error *err)
{
	struct nearest nearest = NEAREST(key->text);

	for (size_t i = 0; i < KEYS; i++)
		nearest_offer(&nearest, slice_str(keys[i].name));
	if (top) {
		nearest_offer(&nearest, SLICE("hubs"));
		nearest_offer(&nearest, SLICE("clusters"));
	}
	(void)err_set(err, ERR_CONFIG, "there is no key '%.*s' here", SLICE_ARG(key->text));
	if (nearest.name.len > 0)
		(void)err_hint(err, "did you mean '%.*s'?", SLICE_ARG(nearest.name));
	else
		(void)err_hint(err, "the keys are chart, prefix, layers, secrets, set-string, set-file, images%s", top ? ", clusters, hubs" : "");
	return fail_at(key, err);
}

static int
need_map(const struct node *written, const char *what, struct error *err)
{
	if (node_resolve(written)->kind == NODE_MAP)
		return 0;
	(void)err_set(err, ERR_TYPE, "%s must be a map", what);
	return fail_at(written, err);
}

/* What stands at the top alone. */
struct top {
	const struct node	*hubs, *clusters;
};

static bool
take_top(const struct node *child, struct top *top_opt)
{
	if (top_opt == NULL)
		return false;
	if (slice_eq(node_key(child), SLICE("hubs")))
		top_opt->hubs = child;
	else if (slice_eq(node_key(child), SLICE("clusters")))
		top_opt->clusters = child;
	else
		return false;
	return true;
}

static int
read_entry(const struct node *map, struct arena *arena, struct layout_entry *out, struct top *top_opt, struct error *err)
{
	for (const struct node *child = map->child; child != NULL; child = child->next) {
		size_t i;

		if (child->kind == NODE_COMMENT)
			continue;
		for (i = 0; i < KEYS && !slice_eq(node_key(child), slice_str(keys[i].name)); i++)
			;
		if (i < KEYS && keys[i].read(child, arena, (char *)out + keys[i].offset, err) != 0)
			return (int)err->kind;
		if (i == KEYS && !take_top(child, top_opt))
			return unknown_key(child->key, top_opt != NULL, err);
	}
	return 0;
}

static int
read_environment(const struct node *node, const struct layout_text *hub, struct arena *arena, struct layout_hub *out, struct error *err)
{
	out->hub = *hub;
	if (read_text(node->key, arena, &out->env, err) != 0)
		return (int)err->kind;
	if (is_empty(node_resolve(node)))
		return 0;
	return need_map(node, "an environment of a hub", err) != 0 ? (int)err->kind :
	    read_entry(node_resolve(node), arena, &out->entry, NULL, err);
}

static int
count_environments(const struct node *hubs, size_t *out, struct error *err)
{
	*out = 0;
	if (need_map(hubs, "'hubs'", err) != 0)
		return (int)err->kind;
	for (const struct node *hub = node_resolve(hubs)->child; hub != NULL; hub = hub->next) {
		if (hub->kind == NODE_COMMENT)
			continue;
		if (need_map(hub, "a hub (its environments)", err) != 0)
			return (int)err->kind;
		*out += count_items(node_resolve(hub));
	}
	if (*out <= LIMIT_NAMES)
		return 0;
	(void)err_set(err, ERR_LIMIT, "more than %d environments", LIMIT_NAMES);
	return fail_at(hubs, err);
}

static int
read_hubs(const struct node *hubs, struct arena *arena, struct layout_rules *out, struct error *err)
{
	struct layout_text	 name;
	size_t			 count;
	void			*memory;

	out->hubs_given = true;
	if (count_environments(hubs, &count, err) != 0 || arena_alloc(arena, (count + 1) * sizeof(*out->hubs), &memory, err) != 0)
		return (int)err->kind;
	out->hubs = memory;
	for (const struct node *hub = node_resolve(hubs)->child; hub != NULL; hub = hub->next) {
		if (hub->kind == NODE_COMMENT)
			continue;
		if (read_text(hub->key, arena, &name, err) != 0)
			return (int)err->kind;
		for (const struct node *env = node_resolve(hub)->child; env != NULL; env = env->next)
			if (env->kind != NODE_COMMENT && read_environment(env, &name, arena, &out->hubs[out->hub_count++], err) != 0)
				return (int)err->kind;
	}
	return 0;
}

int
layout_rules_read(struct slice text, struct arena *arena, struct layout_rules *out, struct error *err)
{
	CLEANUP(document_freep) struct document	*doc = NULL;
	const struct node			*duplicate;
	struct top				 top = { .hubs = NULL };

	*out = (struct layout_rules){ .hub_count = 0 };
	if (document_parse(text, &syntax_yaml, &doc, err) != 0)
		return err_file(err, LAYOUT_FILE);
	if (doc->roots == 0 || is_empty(doc->root[0]))
		return 0;
	if (need_map(doc->root[0], "this file", err) != 0 || node_duplicate_key(doc->root[0], &duplicate, err) != 0)
		return (int)err->kind;
	if (duplicate != NULL) {
		(void)err_set(err, ERR_CONFIG, "the key '%.*s' is there twice", SLICE_ARG(node_key(duplicate)));
		return fail_at(duplicate->key, err);
	}
	if (read_entry(doc->root[0], arena, &out->common, &top, err) != 0 ||
	    (top.clusters != NULL && read_text(top.clusters, arena, &out->clusters, err) != 0))
		return (int)err->kind;
	return top.hubs != NULL ? read_hubs(top.hubs, arena, out, err) : 0;
}

/* --- use -------------------------------------------------------------------------------------------------------------- */

struct layout_entry
layout_rules_entry(const struct layout_rules *rules, const char *hub_opt, const char *env_opt)
{
	struct layout_entry entry = rules->common;

	for (size_t i = 0; i < rules->hub_count && hub_opt != NULL && env_opt != NULL; i++) {
		const struct layout_entry *own = &rules->hubs[i].entry;

		if (strcmp(rules->hubs[i].hub.text, hub_opt) != 0 || strcmp(rules->hubs[i].env.text, env_opt) != 0)
			continue;
		entry.chart = own->chart.text != NULL ? own->chart : entry.chart;
		entry.prefix = own->prefix.text != NULL ? own->prefix : entry.prefix;
		entry.layers = own->layers.given ? own->layers : entry.layers;
		entry.secrets = own->secrets.given ? own->secrets : entry.secrets;
		entry.set_string = own->set_string.given ? own->set_string : entry.set_string;
		entry.set_file = own->set_file.given ? own->set_file : entry.set_file;
		entry.images = own->images.given ? own->images : entry.images;
	}
	return entry;
}

int
layout_rules_fill(const char *text, const char *hub_opt, const char *env_opt, struct buf *out, struct error *err)
{
	const char *brace;

	for (; (brace = strchr(text, '{')) != NULL; text = brace + 5) {
		const char *name = strncmp(brace, HUB, 5) == 0 ? hub_opt : env_opt;

		if (buf_append(out, slice_of(text, (size_t)(brace - text)), err) != 0 ||
		    buf_str(out, name != NULL ? name : "", err) != 0)
			return (int)err->kind;
	}
	return buf_str(out, text, err);
}
