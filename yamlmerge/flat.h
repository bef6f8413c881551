#ifndef YAMLMERGE_FLAT_H
#define YAMLMERGE_FLAT_H

#include "base/buf.h"
#include "base/error.h"
#include "yamlmerge/document.h"
#include "yamlmerge/scalar.h"

/* What dotenv and INI share: all of their values are strings, and what is none is given the text that sops gives it. */

/* Append the text of a value: true, 5, 1.5, 100000.0, 1E+06, <nil>, a time in full.  ERR_TYPE for an integer of 2^63 or more. */
int	flat_text(const struct scalar *scalar, struct buf *out, struct error *err) WARN_UNUSED;
/* The same of a node.  ERR_TYPE with its position also for a map or list, which has none. */
int	flat_node_text(const struct node *node, const struct scalar_table *table, struct buf *out, struct error *err) WARN_UNUSED;

#endif
