#ifndef YAMLMERGE_BYTES_H
#define YAMLMERGE_BYTES_H

#include "base/error.h"
#include "base/slice.h"
#include "yamlmerge/document.h"
#include "yamlmerge/node_edit.h"

/*
 * A file of any bytes as a tree of document.h: a map whose one item, "data", is all of it.  That item can be given another string
 * value; nothing can be added or removed.
 */
#define BYTES_KEY	"data"

/* The parse function of syntax_bytes: always succeeds but for memory. */
int	bytes_parse_document(struct document *doc, struct error *err) WARN_UNUSED;

extern const struct syntax_edits bytes_node_edits;

#endif
