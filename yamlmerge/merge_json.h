#ifndef YAMLMERGE_MERGE_JSON_H
#define YAMLMERGE_MERGE_JSON_H

#include "base/buf.h"
#include "base/error.h"
#include "yamlmerge/merge.h"

/*
 * A merged value as JSON, which Helm reads as YAML to the same values: what YAML takes for a line break or for no character is
 * escaped.  ${indent}: lines indented by so many columns a level, 0: all on one line.  Bytes that are not UTF-8 become U+FFFD.
 */
int	merge_json_print(const struct merge_value *value, unsigned indent, struct buf *out, struct error *err) WARN_UNUSED;

#endif
