#ifndef CMD_JSON_OUT_H
#define CMD_JSON_OUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"

/*
 * What --json prints: compact JSON, built in a buffer.
 *
 *	struct json_out json = JSON_OUT(&buf);
 *	json_out_begin(&json, NULL, '{', err); json_out_text(&json, "path", path, err); json_out_end(&json, '}', err);
 *
 * ${name_opt}: the member's name inside an object, NULL inside an array and outside of all.  Names are ours and need no escape.
 */
struct json_out {
	struct buf	*out;
	bool		 comma;		/* something stands before the next value */
};
#define JSON_OUT(buffer)	((struct json_out){ .out = (buffer) })

int	json_out_begin(struct json_out *json, const char *name_opt, char bracket, struct error *err) WARN_UNUSED;
int	json_out_end(struct json_out *json, char bracket, struct error *err) WARN_UNUSED;
int	json_out_text(struct json_out *json, const char *name_opt, struct slice text, struct error *err) WARN_UNUSED;
int	json_out_bool(struct json_out *json, const char *name_opt, bool value, struct error *err) WARN_UNUSED;
int	json_out_number(struct json_out *json, const char *name_opt, uint64_t value, struct error *err) WARN_UNUSED;

/* A quoted string alone.  Bytes that are not UTF-8 become U+FFFD each: JSON has no way to say them. */
int	json_out_string(struct buf *out, struct slice text, struct error *err) WARN_UNUSED;
/* For a terminal or a line of text: foreign text with '?' for all that does not print. */
int	json_out_visible(struct buf *out, struct slice text, struct error *err) WARN_UNUSED;

#endif
