#ifndef CMD_HUB_H
#define CMD_HUB_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "cmd/cli.h"
#include "cmd/layer_io.h"
#include "yamlmerge/chart.h"
#include "yamlmerge/layer.h"
#include "yamlmerge/layout.h"
#include "yamlmerge/merge.h"
#include "yamlmerge/strvals.h"

/*
 * A hub in one environment, resolved: its layers found (yamlmerge/layout.h), opened (layer_io.h), folded, and laid over its chart.
 * What hubmerge and hubrotate share.  The current directory is the top of the repository.
 *
 *	struct hub_request request = { .hub = "data100", .env = "prod" };
 *	CLEANUP(layer_io_release) struct layer_io io = LAYER_IO;	one for all hubs of a run: it remembers data keys
 *	CLEANUP(hub_release) struct hub hub = HUB;
 *	if (hub_resolve(&request, &io, &hub, err) != 0) ...
 *	hub.merged.root: every value with its origin (yamlmerge/merge.h)
 */
struct hub_request {
	const char	*hub, *env;		/* NULL where the layout needs none; without both, ${files} and ${sets} are all if there are any */
	struct cli_list	 files;			/* more layers, on top */
	struct cli_list	 sets[STRVALS_KINDS];	/* --set and its kin, on top of these */
	const char	*chart;			/* its folder; NULL: what the layout says */
	bool		 user_only;		/* the fold of the user layers alone, not laid over the chart */
	bool		 no_secrets;		/* leave secrets layers out */
	bool		 allow_plaintext;	/* a secrets layer may be in clear */
	bool		 image_tags;	/* tags of the images in hubploy.yaml, from the history */
	bool		 public;		/* open nothing: what is encrypted becomes a stand-in of its type */
	enum layer_helm	 helm;
};

struct hub {
	struct layout	  layout;		/* files looked for and found; release nothing in it */
	struct layer	**layers;		/* the user layers in the order of merging; LAYER_SET ones last */
	size_t		  count, capacity;
	struct layer	 *chart;		/* values.yaml of the chart, or NULL */
	const char	 *chart_folder;		/* or NULL */
	struct chart	 *names;		/* its subcharts; NULL without a chart */
	struct merged	  merged;		/* the result; its warnings are those of the layers */
	struct arena	  arena;
};
#define HUB	((struct hub){ .layout = LAYOUT, .merged = MERGED, .arena = ARENA(LIMIT_LAYOUT) })

/*
 * hub_resolve(request, io, out, err):
 * All of it.  Prints nothing but why no key opened a layer (ERR_NO_KEY), as sops does.  Other errors are those of layout_find(),
 * layer_open(), merge_layer() and merge_over_chart(); ERR_NOT_FOUND for a missing secrets layer, with what would be lost; ERR_REFUSED
 * for a secrets layer in clear; ERR_ENCRYPTED when something encrypted is left in the result.
 */
int	hub_resolve(const struct hub_request *request, struct layer_io *io, struct hub *out, struct error *err) WARN_UNUSED;
/* Print the warnings, each with its place; returns how many there are. */
size_t	hub_warn(const struct hub *hub);
void	hub_release(struct hub *hub);

#endif
