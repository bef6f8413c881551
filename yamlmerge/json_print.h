#ifndef YAMLMERGE_JSON_PRINT_H
#define YAMLMERGE_JSON_PRINT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/slice.h"
#include "yamlmerge/document.h"
#include "yamlmerge/scalar.h"

/*
 * JSON as sops prints it (sops-format 7.1): a member a line, a tab a level, "<", ">" and "&" escaped.
 *
 *	struct json_emitter e = JSON_EMITTER(&out);
 *	json_emit_map(&e, err); json_emit_key(&e, SLICE("a"), err); json_emit_string(&e, SLICE("x"), err); json_emit_end(&e, err);
 *
 * Each call returns 0, ERR_LIMIT or ERR_MEMORY; a wrong order of calls is ERR_INTERNAL.  No line break follows the outermost value.
 */
struct json_emitter {
	struct buf	*out;
	int		 indent;			/* -1: a tab; 0: line breaks alone; else so many blanks */
	uint32_t	 depth;
	bool		 after_key, done;
	uint8_t		 open[LIMIT_DEPTH + 1];		/* what is open, outermost first */
};

#define JSON_EMITTER(buffer)	((struct json_emitter){ .out = (buffer), .indent = -1 })

int	json_emit_map(struct json_emitter *e, struct error *err) WARN_UNUSED;
int	json_emit_list(struct json_emitter *e, struct error *err) WARN_UNUSED;
int	json_emit_end(struct json_emitter *e, struct error *err) WARN_UNUSED;	/* of the innermost; empty: "{}" or "[]" */
int	json_emit_key(struct json_emitter *e, struct slice key, struct error *err) WARN_UNUSED;
int	json_emit_string(struct json_emitter *e, struct slice text, struct error *err) WARN_UNUSED;
/* A literal as it is: null, true, 42. */
int	json_emit_plain(struct json_emitter *e, struct slice text, struct error *err) WARN_UNUSED;
/*
 * A whole subtree of any document, read as sops reads it: comments dropped, aliases expanded (LIMIT_ALIAS_NODES), times as strings.
 * ERR_TYPE with position for an infinity or an integer beyond 64 bits, which sops cannot carry.
 */
int	json_emit_node(struct json_emitter *e, const struct node *node, const struct scalar_table *table, struct error *err) WARN_UNUSED;

/* The string in its quotes: what is not UTF-8 becomes \ufffd. */
int	json_print_string(struct slice text, struct buf *out, struct error *err) WARN_UNUSED;
/* The same with no more escapes than JSON demands, as most others print it: "<", ">", "&" and U+2028 stand as they are. */
int	json_print_bare(struct slice text, struct buf *out, struct error *err) WARN_UNUSED;

#endif
