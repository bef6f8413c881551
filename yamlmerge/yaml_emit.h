#ifndef YAMLMERGE_YAML_EMIT_H
#define YAMLMERGE_YAML_EMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"
#include "yamlmerge/document.h"
#include "yamlmerge/yaml_print.h"

/*
 * A writer of whole trees that needs no nodes: begin a map or list, give keys and values in order, end it.
 *
 *	CLEANUP(yaml_emitter_release) struct yaml_emitter e = YAML_EMITTER(&out, 0, YAML_FOR_SOPS);
 *	yaml_emit_map(&e, err); yaml_emit_key(&e, SLICE("a"), err); yaml_emit_string(&e, SLICE("x"), err); yaml_emit_end(&e, err);
 *
 * The text of the outermost value is complete, with its line break, when that value has ended.  Each call returns 0, ERR_LIMIT
 * (depth, size) or ERR_MEMORY; a wrong order of calls is ERR_INTERNAL.
 */
struct yaml_emitter {
	struct buf		*out;
	uint32_t		 step;		/* 0 means YAML_STEP */
	unsigned		 readers;
	uint32_t		 base;		/* column of the outermost container; the first line is indented too */
	bool			 base_list;	/* that container stands beside a dash: the containers in it follow the rule for lists */
	bool			 one_line;	/* no block scalars: what follows the text would become part of one */
	struct yaml_frame	*frames;	/* what is open, outermost first */
	size_t			 depth, capacity;
	struct slice		 comment;	/* for the line of the next scalar, */
	bool			 has_beside;	/* if there is one */
	bool			 done;
	size_t			 aliases, expanded;
};

#define YAML_EMITTER(buffer, columns, for_readers)	\
	((struct yaml_emitter){ .out = (buffer), .step = (columns), .readers = (for_readers) })

int	yaml_emit_map(struct yaml_emitter *e, struct error *err) WARN_UNUSED;
int	yaml_emit_list(struct yaml_emitter *e, struct error *err) WARN_UNUSED;
int	yaml_emit_end(struct yaml_emitter *e, struct error *err) WARN_UNUSED;	/* of the innermost; empty: "{}" or "[]" */
/* The key of the next value; it must live until that value has been given. */
int	yaml_emit_key(struct yaml_emitter *e, struct slice key, struct error *err) WARN_UNUSED;
int	yaml_emit_string(struct yaml_emitter *e, struct slice text, struct error *err) WARN_UNUSED;
/* Source text as it is: null, true, 42, ENC[...]. */
int	yaml_emit_plain(struct yaml_emitter *e, struct slice text, struct error *err) WARN_UNUSED;
/* A comment on a line of its own before the next item (or at the end of the open container). */
int	yaml_emit_comment(struct yaml_emitter *e, struct slice text, struct error *err) WARN_UNUSED;
/* A comment beside the next scalar; it must live until that scalar has been given. */
int	yaml_emit_beside(struct yaml_emitter *e, struct slice text, struct error *err) WARN_UNUSED;
/*
 * A whole subtree of any document: comments too, aliases expanded (LIMIT_ALIAS_NODES, else ERR_LIMIT), anchors dropped,
 * core tags kept. Scalars keep their meaning: plain ones their spelling, quoted and block ones are strings.  A bare
 * "struct node" on the caller's stack will do: kind, style (STYLE_PLAIN or a quoted one) and text.
 */
int	yaml_emit_node(struct yaml_emitter *e, const struct node *node, struct error *err) WARN_UNUSED;
/* One scalar (or alias of one) with its core tag, as it would stand at ${place}: see yaml_print_string(). */
int	yaml_emit_scalar(const struct node *node, const struct yaml_place *place, unsigned readers, struct buf *head,
	    struct buf *body, struct error *err) WARN_UNUSED;
/* The same in flow style on one line, without a line break: {a: 1, b: [x]}.  Comments are left out. */
int	yaml_emit_flow(const struct node *node, unsigned readers, struct buf *out, struct error *err) WARN_UNUSED;
void	yaml_emitter_release(struct yaml_emitter *e);

#endif
