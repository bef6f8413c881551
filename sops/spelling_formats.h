#ifndef SOPS_SPELLING_FORMATS_H
#define SOPS_SPELLING_FORMATS_H

#include "sops/spelling.h"

/*
 * Between spelling.c, which has YAML, and spelling_text.c, which has the formats without styles: JSON, dotenv and INI.  The
 * functions are those of spelling.h.
 */
int	spelling_text_plan(const struct document *doc, const struct node *node, const struct scalar *scalar, struct speller *speller,
	    struct spelling *out, struct error *err) WARN_UNUSED;
int	spelling_text_seal(struct edits *edits, const struct document *doc, const struct node *node, struct slice sealed, bool sign,
	    struct error *err) WARN_UNUSED;
bool	spelling_text_signed(const struct document *doc, const struct node *node);
int	spelling_text_open(struct speller *speller, struct edits *edits, const struct document *doc, const struct node *node,
	    enum value_type type, struct slice plain, bool sign, struct error *err) WARN_UNUSED;
int	spelling_text_comment(struct edits *edits, const struct document *doc, const struct node *node, struct slice text,
	    struct error *err) WARN_UNUSED;

/* Do two typed values say the same?  Floats by their bits. */
bool	spelling_same_scalar(const struct scalar *a, const struct scalar *b);

#endif
