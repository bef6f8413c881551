#ifndef YAMLMERGE_LAYER_H
#define YAMLMERGE_LAYER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/slice.h"
#include "yamlmerge/document.h"

/*
 * One opened layer: a values file as Helm would read it, whatever protects it on disk.  What Helm 3 and Helm 4
 * read differently is refused (FORMAT.md, layers), so that the layers mean one thing.
 */
enum layer_role {
	LAYER_CHART,		/* values.yaml of the chart: lies under the finished fold */
	LAYER_ALL,		/* deployments/common/config/all.yaml */
	LAYER_COMMON,		/* deployments/HUB/config/common.yaml */
	LAYER_ENV,		/* deployments/HUB/config/ENV.yaml */
	LAYER_SECRETS,		/* deployments/HUB/secrets/ENV.yaml, or the same under secrets/ */
	LAYER_FILE,		/* named by the user */
};

struct layer {
	char			*path;		/* for messages */
	enum layer_role		 role;
	bool			 encrypted;	/* the file on disk is: what comes from here is not for showing */
	bool			 typed_by_sops;	/* types are those that sops prints: Helm's own reading comes second (hubmerge 1.7) */
	struct document		*doc;
	const struct node	*root;		/* a map, or NULL when the layer is empty */
	uint32_t		 ignored_line;	/* where text stands behind a "..." line, which Helm ignores; 0: none */
};

/* What an opener makes of a file: a document in clear. */
struct layer_opened {
	struct document		*doc;
	bool			 encrypted, typed_by_sops;
};

/*
 * Turns the bytes of a file into the document of its values.  The caller of layer_open() passes one that knows what
 * may protect the file (this folder does not); ${doc} becomes the layer's.  May leave out->doc NULL: the text is plain.
 */
typedef int layer_opener(void *context, const char *path, struct slice bytes, struct layer_opened *out, struct error *err);

/*
 * layer_open(path, role, opener, context, out, err):
 * Read, open and check one file; "-" is standard input.  ${opener} may be NULL: plain text.  Errors carry the file, and
 * line and column where there are any: those of reading and parsing, ERR_TYPE (the top is no map), ERR_REFUSED (Helm's
 * versions disagree).  The caller frees the layer with layer_free(); it must outlive what is merged from it.
 */
int	layer_open(const char *path, enum layer_role role, layer_opener *opener, void *context, struct layer **out,
	    struct error *err) WARN_UNUSED;
/* The same for bytes at hand; ${path} is for messages. */
int	layer_read(const char *path, struct slice bytes, enum layer_role role, layer_opener *opener, void *context,
	    struct layer **out, struct error *err) WARN_UNUSED;
void	layer_free(struct layer *layer);
DEFINE_CLEANUP(struct layer, layer_free)

#endif
