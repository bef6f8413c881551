#ifndef YAMLMERGE_JSON_PARSE_H
#define YAMLMERGE_JSON_PARSE_H

#include <stdbool.h>

#include "base/error.h"
#include "base/slice.h"
#include "yamlmerge/document.h"

/*
 * JSON (RFC 8259) into the tree of document.h: the parse function of syntax_json.
 *
 * Maps and lists have STYLE_FLOW.  A string is a scalar of STYLE_DOUBLE, its text decoded; everything else is a
 * scalar of STYLE_PLAIN whose text is the literal as it stands, so numbers keep their spelling (scalar_table_json
 * reads them).  Keys are nodes of their own; duplicate ones are all there.  As in sops, bytes that are not UTF-8 and
 * lone surrogates become U+FFFD.
 *
 * One value, of any kind: what may stand at the root is for the caller to judge.  So is text behind it, which
 * sops ignores: facts.trailing_line says where it begins.  ERR_SYNTAX (no value at all included) and ERR_LIMIT (depth)
 * carry line and column.
 */
int	json_parse_document(struct document *doc, struct error *err) WARN_UNUSED;

/* Is all of this text a number as JSON spells them? */
bool	json_is_number(struct slice text);

#endif
