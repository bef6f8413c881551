#ifndef YAMLMERGE_LAYOUT_H
#define YAMLMERGE_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/limits.h"
#include "yamlmerge/layer.h"
#include "yamlmerge/strvals.h"

/*
 * Which files make up the values of one hub in one environment.  The current directory is the top of a repository laid out for hubploy
 * (hubmerge 3), or by a hubmerge.yaml of its own (layout_rules.h); or it has one config.yaml, and perhaps a secrets.yaml, for one
 * class.  Only names are looked at here, no layer is opened.
 */
struct layout_file {
	const char		*path;
	enum layer_role		 role;
};

/* What hubmerge.yaml sets besides: an argument of --set-string or --set-file. */
struct layout_set {
	enum strvals_kind	 kind;
	const char		*text;
	uint32_t		 line;
};

/* An image: where in the values its tag is, and the folder whose last commit is that tag. */
struct layout_image {
	const char		*path, *folder;
	uint32_t		 line;
};

struct layout {
	struct layout_file	*files;		/* the user layers that exist, in the order in which they are merged */
	size_t			 count;
	const char		**secrets;	/* where a secrets layer may be, in that order; ends with NULL */
	const char		*chart;		/* the folder of the chart, or NULL when there is none */
	const char		*prefix;	/* where hubmerge.yaml says that JupyterHub's own values are, or NULL */
	struct layout_set	*sets;
	size_t			 set_count;
	struct layout_image	*images;
	size_t			 image_count;
	bool			 secrets_missing;	/* neither is there, although the hub has some for another environment */
	bool			 secrets_empty;	/* a secrets folder is there and holds nothing: a submodule not checked out? */
	struct arena		 arena;
};

#define LAYOUT	((struct layout){ .files = NULL, .arena = ARENA(LIMIT_LAYOUT) })

/*
 * layout_find(hub, env, out, err):
 * ${hub} and ${env} may be NULL where the file names do not depend on them.
 * ERR_NOT_FOUND with what there is instead (a near name first) for an unknown hub or environment, or when there is no
 * "deployments" folder; ERR_USAGE for a name that is none, such as "a/b", or is missing; those of layout_rules_read(), with
 * hubmerge.yaml and the line, and ERR_NOT_FOUND for a file that it names outright.
 */
int	layout_find(const char *hub, const char *env, struct layout *out, struct error *err) WARN_UNUSED;
/* The names of all hubs (or of the environments of one), sorted, in ${arena}. */
int	layout_hubs(struct arena *arena, const char ***out, size_t *count, struct error *err) WARN_UNUSED;
int	layout_environments(const char *hub, struct arena *arena, const char ***out, size_t *count, struct error *err) WARN_UNUSED;
void	layout_release(struct layout *layout);

#endif
