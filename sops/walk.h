#ifndef SOPS_WALK_H
#define SOPS_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/slice.h"
#include "sops/select.h"
#include "sops/store.h"
#include "yamlmerge/document.h"

/*
 * Every leaf of a document in order, each with the path that it is bound to and whether the rules choose
 * it: the one loop that encrypting, decrypting, rotating and comparing share.  What sops expands is
 * expanded here: an alias is walked as what it stands for, at the place where it stands (FORMAT.md 6).
 * The metadata is passed over.
 *
 *	CLEANUP(walk_release) struct walk walk = WALK(doc, store, select, WALK_SEALED);
 *	do {
 *		if (walk_next(&walk, &item, err) != 0) ...
 *	} while (item.kind != WALK_DONE);
 *
 * The walk keeps no state in the tree, so that two of them can go side by side.
 */
enum walk_kind {
	WALK_OPEN, WALK_CLOSE,		/* a map or list; the root of each YAML document too */
	WALK_LEAF,			/* a scalar; nulls and empty strings come by as well */
	WALK_COMMENT,
	WALK_DONE,
};

enum walk_flags {
	WALK_SEALED	= 1,	/* ciphertext: in a list, an element that is a sealed comment is a comment */
};

struct walk_item {
	enum walk_kind		 kind;
	const struct node	*node;		/* a map, list, scalar or comment: never an alias; NULL at the end */
	const struct node	*alias;		/* the (outermost) alias that led here, or NULL */
	const struct node	*key;		/* in a map, of a leaf or container: its key as it is written, or NULL */
	struct slice		 name;		/* the text of that key */
	struct slice		 path;		/* the associated data (FORMAT.md 1.4); valid until the next step */
	size_t			 root;		/* which YAML document of the stream */
	bool			 selected;	/* of a leaf or comment: the rules encrypt it */
};

struct walk {
	const struct document	*doc;
	const struct store	*store;
	struct select		*select;	/* the caller's, at rest between two documents */
	unsigned		 flags;
	size_t			 root;
	struct buf		 path;
	struct walk_frame	*frames;	/* open containers, outermost first */
	size_t			 depth, capacity;
	bool			 item_open;	/* the last item has still to be left */
	size_t			 alias_nodes, alias_bytes;
	struct arena		 decoded;	/* keys that are not spelled as they read */
};

/* The select may be NULL when nobody asks what is selected. */
#define WALK(document, of_store, by_select, walk_flags)							\
	((struct walk){ .doc = (document), .store = (of_store), .select = (by_select),			\
	    .flags = (walk_flags), .path = BUF(LIMIT_DOCUMENT), .decoded = ARENA_SECRET(LIMIT_DOCUMENT) })

/*
 * walk_next(walk, item, err):
 * The next step.  Errors carry the position: ERR_TYPE (a key that is no string, a root that is no map),
 * ERR_SYNTAX (an anchor that contains itself), ERR_LIMIT (depth; nodes and bytes visited through aliases).
 */
int	walk_next(struct walk *walk, struct walk_item *item, struct error *err) WARN_UNUSED;
void	walk_release(struct walk *walk);

/*
 * The associated data of the open container that is ${up} levels above the innermost one (0: that one itself);
 * ":" for the root.  False when there is none.
 */
bool	walk_path_above(const struct walk *walk, size_t up, struct slice *out);

#endif
