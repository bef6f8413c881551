#ifndef YAMLMERGE_LAYOUT_PARTS_H
#define YAMLMERGE_LAYOUT_PARTS_H

#include <stdbool.h>
#include <stddef.h>

#include "yamlmerge/layout.h"
#include "yamlmerge/layout_rules.h"

/* What layout.c (hubploy's conventions) and layout_own.c (hubmerge.yaml) share. */
enum layout_there { THERE_NOT, THERE_FILE, THERE_FOLDER };

/* What stands at a path, symbolic links followed; one that cannot be looked at is a fault, not an absence. */
int	layout_look(const char *path, enum layout_there *out, struct error *err) WARN_UNUSED;
int	layout_text_of(struct arena *arena, const char **out, struct error *err, const char *format, ...) PRINTF_LIKE(4, 5);
/* May it be the name of a hub or environment?  A folder named "{{cookiecutter.hub_name}}" is a template. */
bool	layout_is_name(const char *name);
int	layout_find_chart(struct arena *arena, const char **out, struct error *err) WARN_UNUSED;

struct layout_names {
	struct arena	*arena;
	const char	**list;
	size_t		 count, capacity;
};
int	layout_names_add(struct layout_names *names, const char *name, size_t len, struct error *err) WARN_UNUSED;
/* In order, each once. */
void	layout_names_sort(struct layout_names *names);
/* Hint: the near name, then all of them as far as there is room. */
int	layout_suggest(struct error *err, const char *name, const char *what, const char **list, size_t count);

/*
 * The rules of this repository: those of its hubmerge.yaml, those of a class with one config.yaml, or NULL: hubploy's conventions.  They
 * are kept until the file is another one.
 */
int	layout_own_rules(const struct layout_rules **out, struct error *err) WARN_UNUSED;
int	layout_own_hubs(const struct layout_rules *rules, struct layout_names *out, struct error *err) WARN_UNUSED;
int	layout_own_environments(const struct layout_rules *rules, const char *hub, struct layout_names *out, struct error *err) WARN_UNUSED;
int	layout_own_find(const struct layout_rules *rules, const char *hub_opt, const char *env_opt, struct layout *out,
	    struct error *err) WARN_UNUSED;

/*
 * layout_clusters_add(name, path, arena, rules, err):
 * Add the hubs that the cluster.yaml at ${path} lists (layout_clusters.c).  ERR_SYNTAX and ERR_TYPE with the position; ERR_UNSUPPORTED for a
 * layer in Jsonnet.
 */
int	layout_clusters_add(const char *name, const char *path, struct arena *arena, struct layout_rules *rules, struct error *err) WARN_UNUSED;

#endif
