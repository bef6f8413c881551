#ifndef YAMLMERGE_LAYER_H
#define YAMLMERGE_LAYER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/limits.h"
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
	LAYER_FILE,		/* named by the user, or by hubmerge.yaml */
	LAYER_SET,		/* no file: what --set and its kin gave (merge_set.h) */
};

/* Which major version of Helm counts where the two read a file differently. */
enum layer_helm { HELM_BOTH, HELM_3 = 3, HELM_4 = 4 };

struct layer {
	char			*path;		/* for messages */
	enum layer_role		 role;
	bool			 encrypted;	/* the file on disk is */
	bool			 secret;	/* encrypted, or a secrets layer: what comes from here is not for showing */
	bool			 masked;	/* it was not opened: each encrypted value is a stand-in of its type */
	bool			 typed_by_sops;	/* types are those that sops prints: Helm's own reading comes second (hubmerge 1.7) */
	struct document		*doc;
	const struct node	*root;		/* a map, or NULL when the layer is empty */
	struct layer		*above;		/* a later document of the same file, which Helm 4 lays over this one; or NULL */
	uint32_t		 ignored_line;	/* where text stands behind a "..." line, which Helm ignores; 0: none */
};

/* What an opener makes of a file: a document of its values, or its text in clear, or neither: the text is plain as it is. */
struct layer_opened {
	struct document		*doc;
	struct buf		 text;		/* counts when the file is encrypted and there is no document */
	bool			 encrypted, masked, typed_by_sops;
};
#define LAYER_OPENED	((struct layer_opened){ .text = BUF_SECRET(LIMIT_DOCUMENT) })

/*
 * Turns the bytes of a file into the document of its values.  The caller of layer_open() passes one that knows what
 * may protect the file (this folder does not); ${doc} becomes the layer's.
 */
typedef int layer_opener(void *context, const char *path, enum layer_role role, struct slice bytes, struct layer_opened *out,
	    struct error *err);

/* How to read layers; NULL, as all zero: plain text, which both versions of Helm read alike. */
struct layer_reader {
	layer_opener	*opener;
	void		*context;
	enum layer_helm	 helm;
};

/*
 * layer_open(path, role, reader_opt, out, err):
 * Read, open and check one file; "-" is standard input.  Errors carry the file, and line and column where there are any:
 * those of reading and parsing, ERR_TYPE (the top is no map), ERR_REFUSED (Helm's versions disagree and none was chosen).
 * The caller frees the layer with layer_free(); it must outlive what is merged from it.
 */
int	layer_open(const char *path, enum layer_role role, const struct layer_reader *reader_opt, struct layer **out,
	    struct error *err) WARN_UNUSED;
/* The same for bytes at hand; ${path} is for messages. */
int	layer_read(const char *path, struct slice bytes, enum layer_role role, const struct layer_reader *reader_opt,
	    struct layer **out, struct error *err) WARN_UNUSED;
/* A layer without a file, called ${path} in messages: an empty one, for what --set gives. */
int	layer_new(const char *path, enum layer_role role, struct layer **out, struct error *err) WARN_UNUSED;
void	layer_free(struct layer *layer);
DEFINE_CLEANUP(struct layer, layer_free)

#endif
