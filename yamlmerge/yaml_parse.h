#ifndef YAMLMERGE_YAML_PARSE_H
#define YAMLMERGE_YAML_PARSE_H

#include "base/error.h"
#include "yamlmerge/document.h"

/*
 * YAML text to tree: syntax_yaml.parse.  libyaml says what the text means and where (spec: its marks are exact); everything
 * between two of its events is read again for comments, dashes and properties (yaml_comment.h).  FORMAT.md 1 and 2.
 *
 * UTF-16 becomes UTF-8 first.  ERR_SYNTAX and ERR_LIMIT carry line and column.
 */
int	yaml_parse(struct document *doc, struct error *err) WARN_UNUSED;

#endif
