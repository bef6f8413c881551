#ifndef SOPS_FLATTEN_H
#define SOPS_FLATTEN_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"
#include "sops/metadata.h"
#include "yamlmerge/document.h"

/*
 * The metadata as a flat series of names and texts, for formats that have nothing else (FORMAT.md 4.6): age[0].enc is
 * age__list_0__map_enc.
 */

/* Called for each, in the order of the nested form.  Both slices live until it returns. */
typedef int	flatten_put(void *context, struct slice name, struct slice text, struct error *err);
int	flatten_metadata(const struct metadata *meta, flatten_put *put, void *context, struct error *err) WARN_UNUSED;

struct flat_entry {
	struct slice		 name, text;
	const struct node	*node;		/* where it stands, for messages */
};

/*
 * flatten_parse(entries, count, out, err):
 * Back to metadata.  ERR_NO_METADATA when there are no entries; ERR_SYNTAX for names that contradict each other or
 * lists with gaps; else as metadata_parse().
 */
int	flatten_parse(const struct flat_entry *entries, size_t count, struct metadata **out, struct error *err) WARN_UNUSED;

#endif
