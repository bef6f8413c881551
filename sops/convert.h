#ifndef SOPS_CONVERT_H
#define SOPS_CONVERT_H

#include "base/buf.h"
#include "base/error.h"
#include "sops/store.h"
#include "yamlmerge/document.h"

/*
 * Plain documents printed anew: in another format, or with another indentation, in the layout that sops gives them.  (A file
 * that stays what it is keeps its own layout, and does not come here.)
 */

/*
 * convert_document(doc, first_opt, to, indent, out, err):
 * Append all documents of ${doc} (whose nodes may be changed on the way) to ${out}; formats other than YAML hold only the first.  ${first_opt}, a map, takes the place
 * of the first one.  ${indent}: columns, -1 a tab, as store_indent() gives it.  ERR_TYPE (the format cannot hold this; with
 * position), ERR_RANGE (an indentation it cannot have), ERR_UNSUPPORTED.
 */
int	convert_document(struct document *doc, const struct node *first_opt, const struct store *to, int indent,
	    struct buf *out, struct error *err) WARN_UNUSED;
/* One value by itself, as --extract prints it: in YAML with a line break, in JSON without; scalars in INI as in JSON; else strings alone. */
int	convert_value(const struct node *node, const struct syntax *from, const struct store *to, int indent, struct buf *out,
	    struct error *err) WARN_UNUSED;

#endif
