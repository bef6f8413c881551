#ifndef YAMLMERGE_YAML_PARSE_H
#define YAMLMERGE_YAML_PARSE_H

#include <stdbool.h>

#include "base/error.h"
#include "yamlmerge/document.h"

/*
 * YAML text to tree: syntax_yaml.parse.  libyaml says what the text means and where (spec: its marks are exact); everything
 * between two of its events is read again for comments, dashes and properties (yaml_comment.h).  FORMAT.md, YAML text.
 * For the plain kind of file a faster scanner gives the same events (yaml_block.h).
 *
 * UTF-16 becomes UTF-8 first.  ERR_SYNTAX and ERR_LIMIT carry line and column.
 */
int	yaml_parse(struct document *doc, struct error *err) WARN_UNUSED;

/*
 * Its two ways to read doc->text, which is UTF-8 by then; tests compare them.  The first takes only what yaml_block.h
 * says, and leaves the document as it was when it does not take the text; the second is libyaml's.
 */
bool	yaml_parse_block(struct document *doc);
int	yaml_parse_any(struct document *doc, struct error *err) WARN_UNUSED;

#endif
