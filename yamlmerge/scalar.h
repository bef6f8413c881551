#ifndef YAMLMERGE_SCALAR_H
#define YAMLMERGE_SCALAR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "yamlmerge/document.h"

/*
 * From text to typed value, as the two readers of a hub's files see it: sops (go-yaml v3) and Helm
 * (go-yaml v2, then JSON).  They differ: "yes" is a string in the one and true in the other.
 * FORMAT.md has both tables.
 */
enum scalar_type {
	SCALAR_NULL,
	SCALAR_BOOL,
	SCALAR_INT,		/* signed 64 bits */
	SCALAR_UINT,		/* 2^63 to 2^64-1: sops cannot carry it, Helm can */
	SCALAR_FLOAT,
	SCALAR_STRING,
	SCALAR_TIME,		/* sops' table only */
	SCALAR_MERGE,		/* a plain "<<": the merge key; as a value it is the string that ${text} holds */
};

struct scalar {				/* beside the type, only what belongs to it is set */
	enum scalar_type type;
	bool		 boolean;
	int64_t		 integer;
	uint64_t	 unsigned_integer;	/* SCALAR_UINT */
	double		 real;
	struct slice	 text;			/* SCALAR_STRING: the bytes (of the node, or in ${store}); SCALAR_TIME: RFC 3339, in ${store} */
};

struct scalar_table;
extern const struct scalar_table scalar_table_sops, scalar_table_helm, scalar_table_json;

/*
 * scalar_resolve(node, table, store, out, err):
 * The typed value of a scalar node (of an alias: of its target).  ${store} takes text that had to be made (times,
 * decoded !!binary) and must outlive ${out}.  ERR_SYNTAX with the node's position for a tag that the text does not fit.
 * Quoted and block scalars are strings unless they have one of the core tags; in JSON the plain ones are the literals.
 */
int	scalar_resolve(const struct node *node, const struct scalar_table *table, struct arena *store, struct scalar *out,
	    struct error *err) WARN_UNUSED;
/* The same for a bare plain text without a tag: fails only when ${store} is full. */
int	scalar_resolve_plain(struct slice text, const struct scalar_table *table, struct arena *store, struct scalar *out,
	    struct error *err) WARN_UNUSED;
/* Would ${text}, written plain, read as exactly the string ${text}? */
bool	scalar_plain_is_string(struct slice text, const struct scalar_table *table);
/* The text as Go's JSON encoder writes it: a byte that is part of no character becomes U+FFFD.  ${out} may be ${text} itself. */
int	scalar_make_utf8(struct slice text, struct arena *store, struct slice *out, struct error *err) WARN_UNUSED;

#endif
