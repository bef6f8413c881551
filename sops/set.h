#ifndef SOPS_SET_H
#define SOPS_SET_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"
#include "sops/select.h"
#include "sops/store.h"
#include "yamlmerge/document.h"
#include "yamlmerge/path.h"

/*
 * Values of the plain text of a file, by path: put one there, take one out, print one.  Only the first document of a
 * stream is addressed, as in sops.  The text around what changes stays as it is.
 */

/*
 * set_value_parse(json, out, err):
 * The value of "set", JSON text, as a tree for set_value(); freed with document_free().  A list at the top is refused, as in
 * sops.  ERR_SYNTAX, ERR_TYPE.
 */
int	set_value_parse(struct slice json, struct document **out, struct error *err) WARN_UNUSED;

struct set_options {
	const struct select_rules	*rules;		/* of the file: a bare number is a float where it is encrypted (FORMAT.md 10) */
	bool				 only_if_other;	/* --idempotent */
};

/*
 * set_value(plain, store, path, value, options, out, err):
 * Make the document in which the value at ${path} is ${value}, freed with document_free().  What is missing on the way is made: a map
 * for a key, a list for an index; an index beyond the end appends; a scalar on the way is replaced.  ERR_UNCHANGED (with
 * only_if_other), ERR_PATH (the root itself; an index into a map, a key into a list), ERR_ENCRYPTED (the metadata).
 */
int	set_value(struct slice plain, const struct store *store, const struct path *path, const struct document *value,
	    const struct set_options *options, struct document **out, struct error *err) WARN_UNUSED;
/* The document without that value; its comments stay.  ERR_NOT_FOUND, ERR_PATH. */
int	set_remove(struct slice plain, const struct store *store, const struct path *path, struct document **out,
	    struct error *err) WARN_UNUSED;
/*
 * set_extract(plain, store, path, to, indent, out, err):
 * Append the value at ${path} as "--extract" prints it: a string raw, a map as a document of the format ${to} (followed by the
 * other documents of the stream), anything else as a value of it.  ${indent}: as in convert_document().  ERR_NOT_FOUND, ERR_PATH.
 */
int	set_extract(struct slice plain, const struct store *store, const struct path *path, const struct store *to, int indent,
	    struct buf *out, struct error *err) WARN_UNUSED;

#endif
