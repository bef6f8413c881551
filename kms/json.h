#ifndef KMS_JSON_H
#define KMS_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"

/*
 * JSON on the wire: what a service sends and what we send it.  Not for documents, whose number text and
 * order of bytes must survive (yamlmerge/json_parse.h is).  Reading is strict (no duplicate names,
 * bounded depth), and every copy is wiped when it is freed.
 */
struct json;		/* a value; children belong to the root that json_parse() gave */

/* Called once, before anything else uses the library behind this (json_parse calls it too). */
void	json_setup(void);

/* An object or array of at most LIMIT_REPLY bytes.  ERR_SYNTAX, ERR_LIMIT, ERR_MEMORY.  Free the root alone. */
int	json_parse(struct slice text, struct json **out, struct error *err) WARN_UNUSED;
void	json_free(struct json *root);
DEFINE_CLEANUP(struct json, json_free)

/* Each gives NULL or false for a NULL value and for one of another type, so look-ups chain. */
const struct json	*json_find(const struct json *object, const char *name);
const struct json	*json_at(const struct json *list, size_t index);
size_t			 json_count(const struct json *container);
bool			 json_is_map(const struct json *value);
bool			 json_is_list(const struct json *value);
bool			 json_text(const struct json *value, struct slice *out);	/* a string */
bool			 json_int(const struct json *value, int64_t *out);
bool			 json_bool(const struct json *value, bool *out);
/* Visit the members of an object in order: start with *cursor NULL; false at the end. */
bool			 json_next(const struct json *object, void **cursor, struct slice *name,
			     const struct json **value);
/* The string member ${name}, or ERR_SYNTAX "... lacks '${name}'". */
int			 json_need_text(const struct json *object, const char *name, struct slice *out,
			     struct error *err) WARN_UNUSED;

/*
 * Writing, onto a buffer that already holds an opening brace or bracket: each puts a comma before itself
 * when it is not the first.  Text must be UTF-8 (ERR_SYNTAX).
 */
int	json_put_text(struct buf *out, const char *name_opt, struct slice text, struct error *err) WARN_UNUSED;
int	json_put_int(struct buf *out, const char *name_opt, int64_t number, struct error *err) WARN_UNUSED;
int	json_put_bool(struct buf *out, const char *name_opt, bool value, struct error *err) WARN_UNUSED;
int	json_put_base64(struct buf *out, const char *name_opt, struct slice bytes, struct error *err) WARN_UNUSED;
/* '{' or '[' as a member or element; close it with buf_byte(). */
int	json_put_open(struct buf *out, const char *name_opt, char bracket, struct error *err) WARN_UNUSED;
/* A member whose name is data. */
int	json_put_pair(struct buf *out, struct slice name, struct slice text, struct error *err) WARN_UNUSED;

#endif
