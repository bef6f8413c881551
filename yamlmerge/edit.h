#ifndef YAMLMERGE_EDIT_H
#define YAMLMERGE_EDIT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "yamlmerge/document.h"

/*
 * Replacements of byte ranges of one document, and the new text that they make.  Ranges may be given in
 * any order; two that overlap are ERR_INTERNAL when applied (two insertions at one place keep their
 * order).  The replacement texts are copied (into secret memory).
 */
struct edit {
	struct span	 at;
	struct slice	 text;
};

struct edits {
	struct edit	*list;		/* as they were asked for */
	size_t		 count, capacity;
	struct arena	 arena;
};

#define EDITS	((struct edits){ .list = NULL, .arena = ARENA_SECRET(LIMIT_DOCUMENT) })

/* Replace a node's span: a scalar's value with new source text, a comment with another. */
int	edits_replace(struct edits *edits, const struct node *node, struct slice text, struct error *err) WARN_UNUSED;
/* Replace any range; an empty one inserts, an empty text removes. */
int	edits_splice(struct edits *edits, struct span at, struct slice text, struct error *err) WARN_UNUSED;
/* Append the new text to ${out}, a BUF_SECRET where it may hold plaintext. */
int	edits_apply(const struct edits *edits, const struct document *doc, struct buf *out, struct error *err) WARN_UNUSED;
void	edits_release(struct edits *edits);

#endif
