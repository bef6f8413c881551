#include "yamlmerge/layout.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "yamlmerge/layout_parts.h"

#define DEPLOYMENTS	"deployments"
#define CHART_FOLDER	"hub"
#define ALL_LAYER	DEPLOYMENTS "/common/config/all.yaml"

int
layout_text_of(struct arena *arena, const char **out, struct error *err, const char *format, ...)
{
	char	*text = NULL;
	struct slice copy;
	va_list	 arguments;
	int	 len, failed;

	va_start(arguments, format);
	len = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (len < 0)
		return err_memory(err);
	failed = arena_copy(arena, slice_of(text, (size_t)len), &copy, err);
	free(text);
	*out = (const char *)copy.data;
	return failed;
}

int
layout_look(const char *path, enum layout_there *out, struct error *err)
{
	struct stat status;

	*out = THERE_NOT;
	if (stat(path, &status) == 0)
		*out = S_ISDIR(status.st_mode) ? THERE_FOLDER : THERE_FILE;
	else if (errno != ENOENT && errno != ENOTDIR && errno != ENAMETOOLONG)
		return err_errno(err, "cannot look at '%s'", path);
	return 0;
}

static bool
is_there(const char *folder, const char *name, enum layout_there wanted)
{
	char		path[4096];
	enum layout_there	there = THERE_NOT;
	struct error	ignored = ERROR_INIT;
	int		len = snprintf(path, sizeof(path), "%s/%s", folder, name);

	return len > 0 && (size_t)len < sizeof(path) && layout_look(path, &there, &ignored) == 0 && there == wanted;
}

/* --- lists of names ------------------------------------------------------------------------------------------------- */

int
layout_names_add(struct layout_names *names, const char *name, size_t len, struct error *err)
{
	struct slice	copy;
	void		*list;

	if (names->count == LIMIT_NAMES)
		return err_set(err, ERR_LIMIT, "more than %d names", LIMIT_NAMES);
	if (names->count == names->capacity) {
		names->capacity = names->capacity == 0 ? 32 : names->capacity * 2;
		if (arena_alloc(names->arena, names->capacity * sizeof(*names->list), &list, err) != 0)
			return (int)err->kind;
		if (names->count > 0)
			memcpy(list, names->list, names->count * sizeof(*names->list));
		names->list = list;
	}
	if (arena_copy(names->arena, slice_of(name, len), &copy, err) != 0)
		return (int)err->kind;
	names->list[names->count++] = (const char *)copy.data;
	return 0;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void
layout_names_sort(struct layout_names *names)
{
	size_t kept = 0;

	if (names->count == 0)
		return;
	qsort(names->list, names->count, sizeof(*names->list), by_name);
	for (size_t i = 1; i < names->count; i++)
		if (strcmp(names->list[i], names->list[kept]) != 0)
			names->list[++kept] = names->list[i];
	names->count = kept + 1;
}

static void
close_folder(DIR **folder)
{
	if (*folder != NULL)
		(void)closedir(*folder);
}

/* Each entry of a folder that ${take} likes; a folder that is not there has none. */
static int
names_read(struct layout_names *names, const char *folder, size_t (*take)(const char *entry), bool *empty_opt, struct error *err)
{
	CLEANUP(close_folder) DIR	*entries = opendir(folder);
	const struct dirent		*entry;
	size_t				 len, seen = 0;

	if (entries == NULL)
		return errno == ENOENT || errno == ENOTDIR ? 0 : err_errno(err, "cannot read '%s'", folder);
	while ((entry = readdir(entries)) != NULL) {
		seen += entry->d_name[0] != '.';
		if ((len = take(entry->d_name)) > 0 && layout_names_add(names, entry->d_name, len, err) != 0)
			return (int)err->kind;
	}
	if (empty_opt != NULL && seen == 0)
		*empty_opt = true;
	return 0;
}

bool
layout_is_name(const char *name)
{
	return name[0] != '\0' && name[0] != '.' && strpbrk(name, "/{}") == NULL;
}

static bool
is_hub(const char *name)
{
	char folder[4096];
	bool config, own;

	if (!layout_is_name(name) || (size_t)snprintf(folder, sizeof(folder), DEPLOYMENTS "/%s", name) >= sizeof(folder))
		return false;
	config = is_there(folder, "config", THERE_FOLDER);
	own = is_there(folder, "hubploy.yaml", THERE_FILE);
	/* deployments/common may be no hub, but the place of all.yaml. */
	if (!own && strcmp(name, "common") == 0 && is_there(folder, "config/all.yaml", THERE_FILE))
		return is_there(folder, "config/common.yaml", THERE_FILE);
	return own || config;
}

static size_t
take_hub(const char *entry)
{
	return is_hub(entry) ? strlen(entry) : 0;
}

static size_t
take_environment(const char *entry)
{
	size_t len = strlen(entry);

	if (len <= 5 || strcmp(entry + len - 5, ".yaml") != 0 || !layout_is_name(entry) || strcmp(entry, "common.yaml") == 0)
		return 0;
	return len - 5;
}

int
layout_hubs(struct arena *arena, const char ***out, size_t *count, struct error *err)
{
	struct layout_names		 names = { .arena = arena };
	const struct layout_rules	*rules;

	if (layout_own_rules(&rules, err) != 0)
		return (int)err->kind;
	if (rules != NULL ? layout_own_hubs(rules, &names, err) != 0 : names_read(&names, DEPLOYMENTS, take_hub, NULL, err) != 0)
		return (int)err->kind;
	layout_names_sort(&names);
	*out = names.list;
	*count = names.count;
	return 0;
}

/* Where the layers of a hub are: its configuration, and two places for secrets. */
static const char *const folders[] = { DEPLOYMENTS "/%s/config", DEPLOYMENTS "/%s/secrets", "secrets/" DEPLOYMENTS "/%s/secrets" };
#define FOLDERS	(sizeof(folders) / sizeof(*folders))

static int
folder_of(size_t which, const char *hub, struct arena *arena, const char **out, struct error *err)
{
	size_t head = (size_t)(strstr(folders[which], "%s") - folders[which]);

	return layout_text_of(arena, out, err, "%.*s%s%s", (int)head, folders[which], hub, folders[which] + head + 2);
}

int
layout_environments(const char *hub, struct arena *arena, const char ***out, size_t *count, struct error *err)
{
	struct layout_names		 names = { .arena = arena };
	const struct layout_rules	*rules;
	const char			*folder;

	if (layout_own_rules(&rules, err) != 0 || (rules != NULL && layout_own_environments(rules, hub, &names, err) != 0))
		return (int)err->kind;
	for (size_t i = 0; i < FOLDERS && rules == NULL; i++)
		if (folder_of(i, hub, arena, &folder, err) != 0 || names_read(&names, folder, take_environment, NULL, err) != 0)
			return (int)err->kind;
	layout_names_sort(&names);
	*out = names.list;
	*count = names.count;
	return 0;
}

/* --- what to say instead -------------------------------------------------------------------------------------------- */

#define NEAR_MAX	48

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Letters to change, add or leave out (Levenshtein). */
static size_t
distance(const char *a, const char *b)
{
	size_t row[NEAR_MAX + 1], la = strlen(a), lb = strlen(b), corner, up;

	if (la > NEAR_MAX || lb > NEAR_MAX)
		return NEAR_MAX;
	for (size_t j = 0; j <= lb; j++)
		row[j] = j;
	for (size_t i = 1; i <= la; i++) {
		corner = row[0];
		row[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			up = row[j];
			row[j] = least(least(row[j] + 1, row[j - 1] + 1), corner + (a[i - 1] != b[j - 1]));
			corner = up;
		}
	}
	return row[lb];
}

int
layout_suggest(struct error *err, const char *name, const char *what, const char **list, size_t count)
{
	char		 text[ERR_HINT_MAX];
	size_t		 best = 3, len = 0, i;
	const char	*near = NULL;

	for (i = 0; i < count; i++)
		if (distance(name, list[i]) < best) {
			best = distance(name, list[i]);
			near = list[i];
		}
	if (count == 0)
		return err_hint(err, "there are no %s", what);
	if (near != NULL)
		len = (size_t)snprintf(text, sizeof(text), "did you mean '%.60s'? ", near);
	len += (size_t)snprintf(text + len, sizeof(text) - len, "%s here:", what);
	for (i = 0; i < count && len + strlen(list[i]) < sizeof(text) - 40; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s %s", i > 0 ? "," : "", list[i]);
	if (i < count)
		(void)snprintf(text + len, sizeof(text) - len, " and %zu more", count - i);
	return err_hint(err, "%s", text);
}

static int
unknown_hub(const char *hub, struct layout *layout, struct error *err)
{
	const char	**list = NULL;
	size_t		  count = 0;
	enum layout_there	  there;

	if (layout_look(DEPLOYMENTS, &there, err) != 0)
		return (int)err->kind;
	if (there != THERE_FOLDER) {
		(void)err_set(err, ERR_NOT_FOUND, "there is no '" DEPLOYMENTS "' folder here");
		return err_hint(err, "run at the top of a repository laid out for hubploy, or one with a hubmerge.yaml; hubmerge also takes layers by name: -f");
	}
	if (layout_hubs(&layout->arena, &list, &count, err) != 0)
		return (int)err->kind;
	(void)err_set(err, ERR_NOT_FOUND, "there is no hub '%s' (looked for '" DEPLOYMENTS "/%s' with hubploy.yaml or config/)", hub, hub);
	return layout_suggest(err, hub, "hubs", list, count);
}

static int
unknown_environment(const char *hub, const char *env, struct layout *layout, struct error *err)
{
	const char	**list = NULL;
	size_t		  count = 0;

	if (layout_environments(hub, &layout->arena, &list, &count, err) != 0)
		return (int)err->kind;
	(void)err_set(err, ERR_NOT_FOUND, "hub '%s' has no environment '%s' (looked for '" DEPLOYMENTS "/%s/config/%s.yaml')", hub, env,
	    hub, env);
	return layout_suggest(err, env, "environments", list, count);
}

/* --- one hub ----------------------------------------------------------------------------------------------------- */

static int
add_file(struct layout *layout, const char *path, enum layer_role role, bool *added, struct error *err)
{
	enum layout_there there;

	*added = false;
	if (layout_look(path, &there, err) != 0)
		return (int)err->kind;
	if (there != THERE_FILE)
		return 0;
	*added = true;
	layout->files[layout->count++] = (struct layout_file){ .path = path, .role = role };
	return 0;
}

static size_t
take_none(const char *entry)
{
	(void)entry;
	return 0;
}

static int
find_secrets(const char *hub, struct layout *layout, struct error *err)
{
	struct layout_names	 names = { .arena = &layout->arena };
	const char	*folder;

	for (size_t i = 1; i < FOLDERS; i++)
		if (folder_of(i, hub, &layout->arena, &folder, err) != 0 ||
		    names_read(&names, folder, take_environment, &layout->secrets_empty, err) != 0)
			return (int)err->kind;
	layout->secrets_missing = names.count > 0;
	/* The submodule of all hubs' secrets. */
	return names_read(&names, "secrets", take_none, &layout->secrets_empty, err);
}

static int
need_names(const char *hub, const char *env, struct error *err)
{
	if (hub != NULL && env != NULL)
		return 0;
	(void)err_set(err, ERR_USAGE, hub == NULL ? "nothing to merge" : "an environment is missing");
	return err_hint(err, "name a hub and an environment: HUB ENV");
}

static size_t
take_chart(const char *entry)
{
	return layout_is_name(entry) && is_there(entry, "Chart.yaml", THERE_FILE) && is_there(entry, "values.yaml", THERE_FILE) ?
	    strlen(entry) : 0;
}

/* hubploy's "hub", or the only chart that there is. */
int
layout_find_chart(struct arena *arena, const char **out, struct error *err)
{
	struct layout_names	names = { .arena = arena };
	enum layout_there	there;

	*out = NULL;
	if (layout_look(CHART_FOLDER, &there, err) != 0)
		return (int)err->kind;
	if (there == THERE_FOLDER) {
		*out = CHART_FOLDER;
		return 0;
	}
	if (names_read(&names, ".", take_chart, NULL, err) != 0)
		return (int)err->kind;
	*out = names.count == 1 ? names.list[0] : NULL;
	return 0;
}

static int
check_names(const char *hub, const char *env, struct error *err)
{
	if (!layout_is_name(hub)) {
		(void)err_set(err, ERR_USAGE, "'%s' is no name of a hub", hub);
		return err_hint(err, "a hub is named as its folder below " DEPLOYMENTS "/");
	}
	if (!layout_is_name(env) || strcmp(env, "common") == 0) {
		(void)err_set(err, ERR_USAGE, "'%s' is no name of an environment", env);
		return err_hint(err, "an environment is named as its file in config/, without '.yaml'");
	}
	return 0;
}

int
layout_find(const char *hub, const char *env, struct layout *out, struct error *err)
{
	const char	*folder, *path;
	bool		 there, config, secret[2];
	const struct layout_rules *rules;
	void		*memory;

	if (layout_own_rules(&rules, err) != 0)
		return (int)err->kind;
	if (rules != NULL)
		return layout_own_find(rules, hub, env, out, err);
	if (need_names(hub, env, err) != 0 || check_names(hub, env, err) != 0 || arena_alloc(&out->arena, 8 * sizeof(*out->files), &memory, err) != 0)
		return (int)err->kind;
	out->files = memory;
	if (!is_hub(hub))
		return unknown_hub(hub, out, err);
	if (folder_of(0, hub, &out->arena, &folder, err) != 0 || add_file(out, ALL_LAYER, LAYER_ALL, &there, err) != 0 ||
	    layout_text_of(&out->arena, &path, err, "%s/common.yaml", folder) != 0 || add_file(out, path, LAYER_COMMON, &there, err) != 0 ||
	    layout_text_of(&out->arena, &path, err, "%s/%s.yaml", folder, env) != 0 || add_file(out, path, LAYER_ENV, &config, err) != 0)
		return (int)err->kind;
	if (arena_alloc(&out->arena, FOLDERS * sizeof(*out->secrets), &memory, err) != 0)
		return (int)err->kind;
	out->secrets = memory;
	for (size_t i = 0; i < 2; i++)
		if (folder_of(i + 1, hub, &out->arena, &folder, err) != 0 ||
		    layout_text_of(&out->arena, &out->secrets[i], err, "%s/%s.yaml", folder, env) != 0 ||
		    add_file(out, out->secrets[i], LAYER_SECRETS, &secret[i], err) != 0)
			return (int)err->kind;
	if (layout_find_chart(&out->arena, &out->chart, err) != 0)
		return (int)err->kind;
	if (!config && !secret[0] && !secret[1])
		return unknown_environment(hub, env, out, err);
	return secret[0] || secret[1] ? 0 : find_secrets(hub, out, err);
}

void
layout_release(struct layout *layout)
{
	arena_release(&layout->arena);
	*layout = LAYOUT;
}
