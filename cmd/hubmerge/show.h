#ifndef CMD_HUBMERGE_SHOW_H
#define CMD_HUBMERGE_SHOW_H

#include "base/buf.h"
#include "base/error.h"
#include "cmd/json_out.h"
#include "yamlmerge/merge.h"

/* Values for people and programs to look at: never those of a secret layer, in no form. */

/* On one line, cut when it is long: 42, "text", ["a", "b"], (secret). */
int	show_value(const struct merge_value *value, struct buf *out, struct error *err) WARN_UNUSED;
/* "FILE:LINE:COLUMN"; of --set, the option. */
int	show_origin(const struct merge_value *value, struct buf *out, struct error *err) WARN_UNUSED;

/* As members of an object: "value", or "secret": true in its place. */
int	show_value_json(struct json_out *json, const struct merge_value *value, struct error *err) WARN_UNUSED;
/* "file", "line", "column". */
int	show_origin_json(struct json_out *json, const struct merge_value *value, struct error *err) WARN_UNUSED;

#endif
