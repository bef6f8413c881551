#ifndef YAMLMERGE_CHART_H
#define YAMLMERGE_CHART_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"

/*
 * Which keys of a chart's values belong to its subcharts (hubmerge 1.5): the names and aliases of the dependencies in
 * Chart.yaml and requirements.yaml, and the charts in charts/, unpacked (their own subcharts too) or packed.
 */
struct chart {
	struct slice	 name;
	struct slice	 alias_of;	/* the dependency's own name, if this is an alias; or empty */
	bool		 listed;	/* by its own name, as a dependency */
	bool		 renamed;	/* listed under aliases alone: its own name may be an ordinary key to Helm */
	struct chart	*subcharts, *next;
};

/*
 * chart_read(folder, arena, out, err):
 * ${out} has no name of its own when ${folder} has no Chart.yaml, and no subcharts when it has none of all that.
 * ERR_SYNTAX, ERR_SYSTEM, ERR_LIMIT (number and nesting of charts).
 */
int	chart_read(const char *folder, struct arena *arena, struct chart **out, struct error *err) WARN_UNUSED;
/* The subchart of that name or alias, or NULL; also NULL when ${chart} is. */
const struct chart *chart_find(const struct chart *chart, struct slice name);

#endif
