/*
 * A repository with a hubmerge.yaml: its patterns are filled in for a hub and environment, or matched against what is there to find which
 * hubs and environments there are.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "yamlmerge/layout_parts.h"

#define HUB		"{hub}"
#define ENV		"{env}"
#define PLACE_LEN	5		/* of either */
#define CLUSTERS_FOLDER	"config/clusters"
#define CLUSTERS	CLUSTERS_FOLDER "/" HUB "/cluster.yaml"
#define CLASS_LAYER	"config.yaml"
#define CLASS_SECRETS	"secrets.yaml"

/* --- the rules ---------------------------------------------------------------------------------------------------------- */

/* One class, one file: read with no names at all. */
static struct layout_text	class_layers[] = { { .text = CLASS_LAYER } }, class_secrets[] = { { .text = CLASS_SECRETS } };
static const struct layout_rules class_rules = {
	.common = { .layers = { class_layers, 1, true }, .secrets = { class_secrets, 1, true } },
};

/* What a hubmerge.yaml that names no layers goes by: hubploy's places, of which none must be there. */
static struct layout_text usual_layers[] = {
	{ .text = "deployments/common/config/all.yaml" },
	{ .text = "deployments/" HUB "/config/common.yaml" },
	{ .text = "deployments/" HUB "/config/" ENV ".yaml" },
};
static struct layout_text usual_secrets[] = {
	{ .text = "deployments/" HUB "/secrets/" ENV ".yaml" },
	{ .text = "secrets/deployments/" HUB "/secrets/" ENV ".yaml" },
};

/* One file serves all hubs of a run. */
static struct {
	struct file_identity	identity;
	struct layout_rules	rules;
	struct arena		arena;
} kept = { .arena = ARENA(LIMIT_LAYOUT) };

static int	check_patterns(const struct layout_texts *texts, struct error *err);
static int	add_clusters(struct layout_rules *rules, struct error *err);

static int
read_rules(const struct file_identity *identity, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF(LIMIT_CONFIG);

	arena_release(&kept.arena);
	kept.arena = ARENA(LIMIT_LAYOUT);
	kept.identity = (struct file_identity){ .exists = false };
	if (file_read(LAYOUT_FILE, &text, err) != 0)
		return err_wrap(err, "cannot read '" LAYOUT_FILE "'");
	if (layout_rules_read(buf_slice(&text), &kept.arena, &kept.rules, err) != 0)
		return (int)err->kind;
	if (!kept.rules.common.layers.given) {
		kept.rules.common.layers = (struct layout_texts){ usual_layers, sizeof(usual_layers) / sizeof(*usual_layers), true };
		if (!kept.rules.common.secrets.given)
			kept.rules.common.secrets =
			    (struct layout_texts){ usual_secrets, sizeof(usual_secrets) / sizeof(*usual_secrets), true };
	}
	if (!kept.rules.hubs_given && (check_patterns(&kept.rules.common.layers, err) != 0 || check_patterns(&kept.rules.common.secrets, err) != 0))
		return (int)err->kind;
	if (kept.rules.clusters.text != NULL && add_clusters(&kept.rules, err) != 0)
		return (int)err->kind;
	kept.identity = *identity;
	return 0;
}

/* They are kept as long as the folder is the same; that one of the files changes during a run is not looked for. */
static int
usual_clusters(const struct layout_rules **out, struct error *err)
{
	struct file_identity identity;

	if (file_identify(CLUSTERS_FOLDER, &identity, err) != 0)
		return err_wrap(err, "cannot look at '" CLUSTERS_FOLDER "'");
	*out = &kept.rules;
	if (file_same(&identity, &kept.identity))
		return 0;
	arena_release(&kept.arena);
	kept.arena = ARENA(LIMIT_LAYOUT);
	kept.identity = (struct file_identity){ .exists = false };
	kept.rules = (struct layout_rules){ .clusters = { .text = CLUSTERS } };
	if (add_clusters(&kept.rules, err) != 0)
		return (int)err->kind;
	kept.identity = identity;
	return 0;
}

int
layout_own_rules(const struct layout_rules **out, struct error *err)
{
	struct file_identity	identity;
	enum layout_there	deployments, class, clusters;

	*out = NULL;
	if (file_identify(LAYOUT_FILE, &identity, err) != 0)
		return err_wrap(err, "cannot look at '" LAYOUT_FILE "'");
	if (identity.exists) {
		if (!file_same(&identity, &kept.identity) && read_rules(&identity, err) != 0)
			return (int)err->kind;
		*out = &kept.rules;
		return 0;
	}
	if (layout_look("deployments", &deployments, err) != 0 || layout_look(CLASS_LAYER, &class, err) != 0 ||
	    layout_look(CLUSTERS_FOLDER, &clusters, err) != 0)
		return (int)err->kind;
	if (deployments == THERE_NOT && clusters == THERE_FOLDER)
		return usual_clusters(out, err);
	if (deployments == THERE_NOT && class == THERE_FILE)
		*out = &class_rules;
	return 0;
}

/* --- matching ------------------------------------------------------------------------------------------------------------ */

struct matching {
	const struct layout_entry	*entry;
	const char			*pattern;
	struct layout_names		*out;
	bool				 hubs;		/* names of hubs are wanted; else of environments */
	struct error			*err;
};

static bool
has(const char *pattern, const char *place)
{
	return strstr(pattern, place) != NULL;
}

/* Two names without a '/' between them could be cut anywhere. */
static int
check_patterns(const struct layout_texts *texts, struct error *err)
{
	for (size_t i = 0; i < texts->count; i++) {
		const char *hub = strstr(texts->list[i].text, HUB), *env = strstr(texts->list[i].text, ENV);

		if (hub == NULL || env == NULL || memchr(hub < env ? hub : env, '/', (size_t)(hub < env ? env - hub : hub - env)) != NULL)
			continue;
		(void)err_set(err, ERR_CONFIG, "a hub and an environment in one file name: which names there are cannot be told");
		(void)err_hint(err, "put them in different folders, or list the hubs below 'hubs'");
		(void)err_at(err, texts->list[i].line, texts->list[i].column);
		return err_file(err, LAYOUT_FILE);
	}
	return 0;
}

/* Is the file what a pattern with fewer names stands for?  config/common.yaml is no environment "common". */
static int
is_other(const struct matching *m, const struct layout_texts *texts, const char *path, const char *hub, bool *out)
{
	for (size_t i = 0; i < texts->count && !*out; i++) {
		CLEANUP(buf_release) struct buf	 filled = BUF(MIB);
		const char			*pattern = texts->list[i].text;

		if (has(pattern, ENV) || (has(pattern, HUB) && !has(m->pattern, ENV)))
			continue;
		if (layout_rules_fill(pattern, hub, NULL, &filled, m->err) != 0)
			return (int)m->err->kind;
		*out = slice_eq(buf_slice(&filled), slice_str(path));
	}
	return 0;
}

static int
take(const struct matching *m, const char *path, const char *hub, const char *env)
{
	enum layout_there	there;
	bool			other = false;
	const char		*name = m->hubs ? hub : env;

	if (layout_look(path, &there, m->err) != 0 || is_other(m, &m->entry->layers, path, hub, &other) != 0)
		return (int)m->err->kind;
	return there != THERE_FILE || other || name == NULL ? 0 : layout_names_add(m->out, name, strlen(name), m->err);
}

static int	match(const struct matching *m, const char *pattern, const char *path, const char *hub, const char *env);

static void
close_folder(DIR **folder)
{
	if (*folder != NULL)
		(void)closedir(*folder);
}

/* The part between head and tail names a hub or environment: each entry of the folder gives one. */
static int
match_entries(const struct matching *m, const char *rest, struct slice head, struct slice tail, bool is_hub, const char *path,
    const char *hub, const char *env)
{
	CLEANUP(close_folder) DIR	*folder = opendir(*path != '\0' ? path : ".");
	const struct dirent		*entry;

	if (folder == NULL)
		return errno == ENOENT || errno == ENOTDIR ? 0 : err_errno(m->err, "cannot read '%s'", path);
	while ((entry = readdir(folder)) != NULL) {
		CLEANUP(buf_release) struct buf	longer = BUF(MIB);
		char				name[256];
		struct slice			all = slice_str(entry->d_name);

		if (all.len <= head.len + tail.len || all.len >= sizeof(name) || !slice_starts(all, head) || !slice_ends(all, tail))
			continue;
		(void)snprintf(name, sizeof(name), "%.*s", SLICE_ARG(slice_sub(all, head.len, all.len - tail.len)));
		if (!layout_is_name(name))
			continue;
		if (buf_printf(&longer, m->err, "%s%s%s", path, *path != '\0' ? "/" : "", entry->d_name) != 0 ||
		    buf_terminate(&longer, m->err) != 0 ||
		    match(m, rest, (const char *)longer.data, is_hub ? name : hub, is_hub ? env : name) != 0)
			return (int)m->err->kind;
	}
	return 0;
}

/* ${pattern}: what is left of it; ${path}: what stands for the part before. */
static int
match(const struct matching *m, const char *pattern, const char *path, const char *hub, const char *env)
{
	CLEANUP(buf_release) struct buf	 part = BUF(MIB), longer = BUF(MIB);
	CLEANUP(buf_release) struct buf	 open = BUF(MIB);
	size_t				 len = strcspn(pattern, "/");
	const char			*rest = pattern + len + (pattern[len] == '/'), *place, *text;
	bool				 is_hub;

	if (*pattern == '\0')
		return take(m, path, hub, env);
	/* A name that is not known yet stays as it is written. */
	if (buf_append(&open, slice_of(pattern, len), m->err) != 0 || buf_terminate(&open, m->err) != 0 ||
	    layout_rules_fill((const char *)open.data, hub != NULL ? hub : HUB, env != NULL ? env : ENV, &part, m->err) != 0 ||
	    buf_terminate(&part, m->err) != 0)
		return (int)m->err->kind;
	text = (const char *)part.data;
	place = hub == NULL && has(text, HUB) ? strstr(text, HUB) : env == NULL ? strstr(text, ENV) : NULL;
	if (place != NULL) {
		is_hub = strncmp(place, HUB, PLACE_LEN) == 0;
		return match_entries(m, rest, slice_of(text, (size_t)(place - text)), slice_str(place + PLACE_LEN), is_hub, path, hub, env);
	}
	if (buf_printf(&longer, m->err, "%s%s%s", path, *path != '\0' ? "/" : "", text) != 0 || buf_terminate(&longer, m->err) != 0)
		return (int)m->err->kind;
	return match(m, rest, (const char *)longer.data, hub, env);
}

static int
match_all(const struct layout_entry *entry, const char *hub, bool hubs, struct layout_names *out, struct error *err)
{
	struct matching m = { .entry = entry, .out = out, .hubs = hubs, .err = err };

	for (size_t i = 0; i < entry->layers.count + entry->secrets.count; i++) {
		m.pattern = i < entry->layers.count ? entry->layers.list[i].text : entry->secrets.list[i - entry->layers.count].text;
		if (has(m.pattern, hubs ? HUB : ENV) && match(&m, m.pattern, "", hub, NULL) != 0)
			return (int)err->kind;
	}
	return 0;
}

static int
add_clusters(struct layout_rules *rules, struct error *err)
{
	CLEANUP(arena_release) struct arena	arena = ARENA(LIMIT_LAYOUT);
	struct layout_text			pattern = rules->clusters;
	struct layout_entry			entry = { .layers = { &pattern, 1, true } };
	struct layout_names			names = { .arena = &arena };

	if (match_all(&entry, NULL, true, &names, err) != 0)
		return (int)err->kind;
	layout_names_sort(&names);
	rules->hubs_given = true;
	for (size_t i = 0; i < names.count; i++) {
		CLEANUP(buf_release) struct buf path = BUF(MIB);

		if (layout_rules_fill(pattern.text, names.list[i], NULL, &path, err) != 0 || buf_terminate(&path, err) != 0 ||
		    layout_clusters_add(names.list[i], (const char *)path.data, &kept.arena, rules, err) != 0)
			return (int)err->kind;
	}
	return 0;
}

int
layout_own_hubs(const struct layout_rules *rules, struct layout_names *out, struct error *err)
{
	for (size_t i = 0; i < rules->hub_count; i++)
		if (layout_names_add(out, rules->hubs[i].hub.text, strlen(rules->hubs[i].hub.text), err) != 0)
			return (int)err->kind;
	return rules->hubs_given ? 0 : match_all(&rules->common, NULL, true, out, err);
}

int
layout_own_environments(const struct layout_rules *rules, const char *hub, struct layout_names *out, struct error *err)
{
	for (size_t i = 0; i < rules->hub_count; i++)
		if (strcmp(rules->hubs[i].hub.text, hub) == 0 &&
		    layout_names_add(out, rules->hubs[i].env.text, strlen(rules->hubs[i].env.text), err) != 0)
			return (int)err->kind;
	return rules->hubs_given ? 0 : match_all(&rules->common, hub, false, out, err);
}

/* --- one hub -------------------------------------------------------------------------------------------------------------- */

struct finding {
	const struct layout_rules	*rules;
	const char			*hub, *env;
	struct layout			*out;
	size_t				 places;	/* for secrets, so far */
	struct error			*err;
};

static int
fail_at(struct finding *f, const struct layout_text *text)
{
	if (text->line > 0) {
		(void)err_at(f->err, text->line, text->column);
		(void)err_file(f->err, text->file != NULL ? text->file : LAYOUT_FILE);
	}
	return (int)f->err->kind;
}

static int
fill(struct finding *f, const char *text, const char **out)
{
	CLEANUP(buf_release) struct buf	filled = BUF(MIB);
	struct slice			copy;

	if (layout_rules_fill(text, f->hub, f->env, &filled, f->err) != 0 ||
	    arena_copy(&f->out->arena, buf_slice(&filled), &copy, f->err) != 0)
		return (int)f->err->kind;
	*out = (const char *)copy.data;
	return 0;
}

static enum layer_role
role_of(const char *pattern)
{
	return has(pattern, ENV) ? LAYER_ENV : has(pattern, HUB) ? LAYER_COMMON : LAYER_ALL;
}

static int
add_file(struct finding *f, const struct layout_text *text, bool secret, size_t *found)
{
	enum layout_there	there;
	const char		*path;

	if (fill(f, text->text, &path) != 0 || layout_look(path, &there, f->err) != 0)
		return (int)f->err->kind;
	if (secret)
		f->out->secrets[f->places++] = path;
	if (there == THERE_FILE) {
		f->out->files[f->out->count++] = (struct layout_file){ path, secret ? LAYER_SECRETS : role_of(text->text) };
		*found += secret || has(text->text, ENV);
	} else if (text->secret) {
		f->out->secrets_missing = true;
	} else if (!secret && role_of(text->text) == LAYER_ALL && text->line > 0) {
		(void)err_set(f->err, ERR_NOT_FOUND, "there is no layer '%s'", path);
		return fail_at(f, text);
	}
	return 0;
}

static int
add_files(struct finding *f, const struct layout_texts *texts, bool secrets, size_t *found)
{
	for (size_t i = 0; i < texts->count; i++)
		if (add_file(f, &texts->list[i], secrets || texts->list[i].secret, found) != 0)
			return (int)f->err->kind;
	return 0;
}

static int
add_sets(struct finding *f, enum strvals_kind kind, const struct layout_pairs *pairs)
{
	for (size_t i = 0; i < pairs->count; i++) {
		CLEANUP(buf_release) struct buf	 text = BUF(MIB);
		struct layout_set		*set = &f->out->sets[f->out->set_count];
		const char			*value;
		struct slice			 copy;

		if (fill(f, pairs->list[i].value.text, &value) != 0 || buf_printf(&text, f->err, "%s=", pairs->list[i].path.text) != 0)
			return (int)f->err->kind;
		/* The value is one text, whatever is in it. */
		for (; *value != '\0'; value++)
			if ((strchr("\\,{", *value) != NULL && buf_byte(&text, '\\', f->err) != 0) ||
			    buf_byte(&text, (uint8_t)*value, f->err) != 0)
				return (int)f->err->kind;
		if (arena_copy(&f->out->arena, buf_slice(&text), &copy, f->err) != 0)
			return (int)f->err->kind;
		*set = (struct layout_set){ kind, (const char *)copy.data, pairs->list[i].path.line };
		f->out->set_count++;
	}
	return 0;
}

static int
add_images(struct finding *f, const struct layout_pairs *pairs)
{
	for (size_t i = 0; i < pairs->count; i++) {
		struct layout_image *image = &f->out->images[f->out->image_count++];

		image->line = pairs->list[i].path.line;
		if (fill(f, pairs->list[i].path.text, &image->path) != 0 || fill(f, pairs->list[i].value.text, &image->folder) != 0)
			return (int)f->err->kind;
	}
	return 0;
}

static int
find_chart(struct finding *f, const struct layout_entry *entry)
{
	enum layout_there there;

	if (entry->chart.text == NULL)
		return layout_find_chart(&f->out->arena, &f->out->chart, f->err);
	if (fill(f, entry->chart.text, &f->out->chart) != 0 || layout_look(f->out->chart, &there, f->err) != 0)
		return (int)f->err->kind;
	if (there == THERE_FOLDER)
		return 0;
	(void)err_set(f->err, ERR_NOT_FOUND, "there is no chart folder '%s'", f->out->chart);
	return fail_at(f, &entry->chart);
}

static int
prepare(struct finding *f, const struct layout_entry *entry)
{
	struct layout	*out = f->out;
	void		*memory;

	if (arena_alloc(&out->arena, (entry->layers.count + entry->secrets.count + 1) * sizeof(*out->files), &memory, f->err) != 0)
		return (int)f->err->kind;
	out->files = memory;
	if (arena_alloc(&out->arena, (entry->layers.count + entry->secrets.count + 1) * sizeof(*out->secrets), &memory, f->err) != 0)
		return (int)f->err->kind;
	out->secrets = memory;
	if (arena_alloc(&out->arena, (entry->set_string.count + entry->set_file.count + 1) * sizeof(*out->sets), &memory, f->err) != 0)
		return (int)f->err->kind;
	out->sets = memory;
	if (arena_alloc(&out->arena, (entry->images.count + 1) * sizeof(*out->images), &memory, f->err) != 0)
		return (int)f->err->kind;
	out->images = memory;
	return 0;
}

/* A name is needed where a file name has it, and only there. */
static int
check_name(const char *name, bool needed, const char *what, struct error *err)
{
	if (name != NULL && !layout_is_name(name))
		return err_set(err, ERR_USAGE, "'%s' is no name of %s", name, what);
	if (needed && name == NULL)
		return err_set(err, ERR_USAGE, "%s is missing", what);
	return 0;
}

static bool
uses(const struct layout_rules *rules, const char *place)
{
	bool used = rules->hubs_given;

	for (size_t i = 0; i < rules->common.layers.count; i++)
		used |= has(rules->common.layers.list[i].text, place);
	for (size_t i = 0; i < rules->common.secrets.count; i++)
		used |= has(rules->common.secrets.list[i].text, place);
	return used;
}

static int
check_known(struct finding *f, const char *name, bool hubs, struct error *err)
{
	struct layout_names	names = { .arena = &f->out->arena };

	if ((hubs ? layout_own_hubs(f->rules, &names, err) : layout_own_environments(f->rules, f->hub, &names, err)) != 0)
		return (int)err->kind;
	layout_names_sort(&names);
	for (size_t i = 0; i < names.count; i++)
		if (strcmp(names.list[i], name) == 0)
			return 0;
	if (hubs)
		(void)err_set(err, ERR_NOT_FOUND, "there is no hub '%s' (by '" LAYOUT_FILE "')", name);
	else
		(void)err_set(err, ERR_NOT_FOUND, "hub '%s' has no environment '%s' (by '" LAYOUT_FILE "')", f->hub, name);
	return layout_suggest(err, name, hubs ? "hubs" : "environments", names.list, names.count);
}

/* Is a secrets layer missing that another environment has, or that is named outright? */
static int
find_missing(struct finding *f, const struct layout_entry *entry)
{
	struct layout_names	 others = { .arena = &f->out->arena };
	struct layout_entry	 secrets = { .secrets = entry->secrets };

	for (size_t i = 0; i < entry->secrets.count; i++)
		f->out->secrets_missing |= !has(entry->secrets.list[i].text, ENV) && entry->secrets.list[i].line > 0;
	if (f->env != NULL && match_all(&secrets, f->hub, false, &others, f->err) != 0)
		return (int)f->err->kind;
	f->out->secrets_missing |= others.count > 0;
	return 0;
}

int
layout_own_find(const struct layout_rules *rules, const char *hub_opt, const char *env_opt, struct layout *out,
    struct error *err)
{
	struct finding			f = { .rules = rules, .hub = hub_opt, .env = env_opt, .out = out, .err = err };
	const struct layout_entry	entry = layout_rules_entry(rules, hub_opt, env_opt);
	size_t				found = 0, secrets = 0;

	if (check_name(hub_opt, uses(rules, HUB), "a hub", err) != 0 || check_name(env_opt, uses(rules, ENV), "an environment", err) != 0 ||
	    prepare(&f, &entry) != 0 || (uses(rules, HUB) && check_known(&f, hub_opt, true, err) != 0) ||
	    (rules->hubs_given && check_known(&f, env_opt, false, err) != 0) ||
	    add_files(&f, &entry.layers, false, &found) != 0 || add_files(&f, &entry.secrets, true, &secrets) != 0)
		return (int)err->kind;
	if (found + secrets == 0 && uses(rules, ENV) && check_known(&f, env_opt, false, err) != 0)
		return (int)err->kind;
	if ((secrets == 0 && find_missing(&f, &entry) != 0) || find_chart(&f, &entry) != 0 ||
	    add_sets(&f, STRVALS_STRING, &entry.set_string) != 0 || add_sets(&f, STRVALS_FILE, &entry.set_file) != 0 ||
	    add_images(&f, &entry.images) != 0)
		return (int)err->kind;
	return entry.prefix.text != NULL ? fill(&f, entry.prefix.text, &out->prefix) : 0;
}
