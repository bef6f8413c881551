#ifndef YAMLMERGE_LAYOUT_H
#define YAMLMERGE_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/limits.h"
#include "yamlmerge/layer.h"

/*
 * Which files make up the values of one hub in one environment, in a repository laid out for hubploy (hubmerge 3): the current
 * directory is its root.  Only names are looked at here, no file is opened.
 */
struct layout_file {
	const char		*path;
	enum layer_role		 role;
};

struct layout {
	struct layout_file	*files;		/* the user layers that exist, in the order in which they are merged */
	size_t			 count;
	const char		**secrets;	/* where a secrets layer may be, in that order; ends with NULL */
	const char		*chart;		/* the folder of the chart, or NULL when there is none */
	bool			 secrets_missing;	/* neither is there, although the hub has some for another environment */
	bool			 secrets_empty;	/* a secrets folder is there and holds nothing: a submodule not checked out? */
	struct arena		 arena;
};

#define LAYOUT	((struct layout){ .files = NULL, .arena = ARENA(LIMIT_LAYOUT) })

/*
 * layout_find(hub, env, out, err):
 * ERR_NOT_FOUND with what there is instead (a near name first) for an unknown hub or environment, or when there is no
 * "deployments" folder; ERR_USAGE for a name that is none, such as "a/b".
 */
int	layout_find(const char *hub, const char *env, struct layout *out, struct error *err) WARN_UNUSED;
/* The names of all hubs (or of the environments of one), sorted, in ${arena}. */
int	layout_hubs(struct arena *arena, const char ***out, size_t *count, struct error *err) WARN_UNUSED;
int	layout_environments(const char *hub, struct arena *arena, const char ***out, size_t *count, struct error *err) WARN_UNUSED;
void	layout_release(struct layout *layout);

#endif
