#ifndef YAMLMERGE_PATH_H
#define YAMLMERGE_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"
#include "yamlmerge/document.h"

/*
 * The way from the root of a document to one of its nodes, in two spellings: ["a"]["b"][0], as sops writes it
 * (sops-format section 10), and a.b[0], as people write it.  An index counts the values of a list; comments are
 * skipped (where sops counts them, and so takes a comment for a value).
 */
struct path_step {
	bool		 is_index;
	struct slice	 key;		/* of a map, when !is_index */
	size_t		 index;		/* from 0, when is_index */
};

struct path {
	struct path_step *steps;	/* in the arena given to the parser */
	size_t		  count;	/* 0 is the root itself */
};

/*
 * path_parse(text, arena, out, err):
 * Read the bracketed spelling: a series of [component], split at every "[" as sops does; a component in double or
 * single quotes is a key without any escapes, another is a decimal index.  The empty text is the root.
 * ERR_PATH says which component is wrong, ERR_RANGE that an index is negative, ERR_LIMIT that there are more than
 * LIMIT_DEPTH.  Keys are copied into ${arena}.
 */
int	path_parse(struct slice text, struct arena *arena, struct path *out, struct error *err) WARN_UNUSED;
/*
 * path_parse_dotted(text, arena, out, err):
 * Read the dotted spelling: names separated by ".", each with any number of [index] behind it.  A backslash takes
 * the next character literally (a\.b is one key).  ["key"] is accepted as a name too.  Errors as above.
 */
int	path_parse_dotted(struct slice text, struct arena *arena, struct path *out, struct error *err) WARN_UNUSED;

/*
 * path_find(root, path, found, out, err):
 * The value at ${path} below ${root}.  Aliases are followed on the way (and the last one is returned as it stands).
 * ERR_NOT_FOUND is an answer: ${found} (may be NULL) then says how many steps led somewhere and ${out} is
 * the node they led to.  Its message names the step; stepping into a scalar, or with an index into a map, is ERR_PATH.
 */
int	path_find(const struct node *root, const struct path *path, size_t *found, const struct node **out,
	    struct error *err) WARN_UNUSED;

/* The path of a value (or of the container of a comment), by its parents. */
int	path_of(const struct node *node, struct arena *arena, struct path *out, struct error *err) WARN_UNUSED;

/* Append the path in either spelling; in the dotted one a key that needs it is quoted as ["key"]. */
int	path_print(const struct path *path, struct buf *out, struct error *err) WARN_UNUSED;
int	path_print_dotted(const struct path *path, struct buf *out, struct error *err) WARN_UNUSED;

#endif
