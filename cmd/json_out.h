#ifndef CMD_JSON_OUT_H
#define CMD_JSON_OUT_H

#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"

/*
 * JSON for --json.  Only strings need care; objects and lists are written by their callers.
 *
 * A quoted string: names from outside may hold anything, and bytes that are no UTF-8 become U+FFFD.
 */
int	json_out_string(struct buf *out, struct slice text, struct error *err) WARN_UNUSED;

#endif
