#ifndef YAMLMERGE_CHECK_KNOWN_H
#define YAMLMERGE_CHECK_KNOWN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"
#include "yamlmerge/document.h"
#include "yamlmerge/key_index.h"

/*
 * Which keys are known where: what check_keys.c compares the keys of a layer with.  For check.c, check_keys.c and schema.c only.
 *
 * A place is where maps of one path stand, in any number of layers: "jupyterhub.hub", or the elements of "jupyterhub.ingress.tls".
 * Places seen make a tree.  Places declared (by a schema, or by check_charts.h) make a graph: one shape may be used at many
 * paths, and a schema may refer to itself.  A key seen counts one for each map that has it, a declared one two.
 *
 * The keys of a map count in four more ways, to tell what a key is worth at a path that nobody else has: for all the maps beside it, for
 * those beside its parent under the same key, for all maps under that key anywhere, and as words.
 */
enum { KNOWN_DECLARED = 2 };		/* what a declared key counts */

/* Kinds of values, as bits. */
enum known_kind { KNOWN_SCALAR = 1, KNOWN_MAP = 2, KNOWN_LIST = 4, KNOWN_ANY = 8, KNOWN_STRING = 16, KNOWN_BOOL = 32 };

struct known_place;

struct known_key {
	struct slice		 name;
	struct known_key	*next;			/* in its place, in order of appearance */
	struct known_place	*map, *list;		/* below it: of a map that it holds; of the elements of a list */
	struct known_key	*via;			/* in the keys of maps side by side: the key of one map that has it, or NULL */
	uint32_t		 count;			/* 0: it was there once */
	uint32_t		 direct;		/* side by side: of ${count}, those that are in a map and not in a list */
	unsigned		 kinds;
	const char		*path;			/* where it was seen first, or NULL: declared */
	uint32_t		 line;
};

struct known_place {
	struct known_key	*first, **end;
	struct key_index	 index;
	size_t			 names;
	uint32_t		 maps;			/* how many were seen here; a declared place counts KNOWN_DECLARED */
	bool			 open;			/* declared: other names than these may stand here; known as "*" */
	bool			 closed;		/* a schema refuses other names */
	struct known_place	*below;			/* all the maps in maps of this place, side by side; or NULL */
	struct known_near	*near;			/* what is one edit away, for large places; made when first needed */
	struct known_place	*next;			/* of all places, for their release */
};

struct known {
	struct known_place	*seen;			/* the root of all layers */
	struct known_place	*words;
	struct known_place	*by_name;		/* all maps under a key: the key's ->map and ->list */
	struct known_place	*all;
	struct arena		 arena;
};

#define KNOWN		((struct known){ .seen = NULL, .arena = ARENA(LIMIT_CHECK) })

int	known_init(struct known *known, struct error *err) WARN_UNUSED;
void	known_release(struct known *known);

/* A new place, empty. */
int	known_place_new(struct known *known, struct known_place **out, struct error *err) WARN_UNUSED;
/* The key of that name, made if it is not there. */
int	known_key_make(struct known *known, struct known_place *place, struct slice name, struct known_key **out, struct error *err) WARN_UNUSED;
/* The key of that name if it counts, or NULL; ${place} may be NULL. */
struct known_key *known_key_find(const struct known_place *place, struct slice name);

/*
 * known_add(known, root, path, times, err):
 * Count the keys of a layer (its root is a map), ${times} each: 1, 2 for values of a chart; negative: take back what was added.
 * ${path} is for messages and is copied.  Aliases are not followed, merge keys are no keys.
 */
int	known_add(struct known *known, const struct node *root, const char *path, int times, struct error *err) WARN_UNUSED;
/* The same for the values of a subchart, whose root stands under the keys of ${prefix}. */
int	known_add_under(struct known *known, const struct slice *prefix, size_t depth, const struct node *root, const char *path,
	    int times, struct error *err) WARN_UNUSED;

/*
 * known_declare(known, into, key, map_opt, list_opt, kinds, err):
 * One key of a declared place, and what is below it.  known_declare_done() counts a place whose keys are all there (those
 * below are counted before).
 */
int	known_declare(struct known *known, struct known_place *into, struct slice key, struct known_place *map_opt,
	    struct known_place *list_opt, unsigned kinds, struct error *err) WARN_UNUSED;
int	known_declare_done(struct known *known, struct known_place *place, struct error *err) WARN_UNUSED;

/* The kinds of a value, an alias followed. */
unsigned known_kinds(const struct node *value);
/* Could a value of these kinds stand where values of those kinds are known? */
bool	known_kinds_fit(unsigned kinds, unsigned known);

/* One letter changed, added, left out, or swapped with its neighbour. */
bool	known_is_near(struct slice a, struct slice b);
/*
 * The keys of a place that are near to a word, one after the other: ${cursor} begins as NULL.  A place of any size takes bounded time; of
 * very many near keys not all are found.
 */
struct known_cursor {
	struct known_key	*key;
	const struct near_entry	*entry;
	size_t			 variant, seen;
	bool			 begun;
};
int	known_near(struct known *known, struct known_place *place, struct slice word, struct known_cursor *cursor,
	    struct known_key **out, struct error *err) WARN_UNUSED;

#endif
