#ifndef SOPS_SPELLING_H
#define SOPS_SPELLING_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"
#include "sops/value.h"
#include "yamlmerge/document.h"
#include "yamlmerge/edit.h"
#include "yamlmerge/scalar.h"

/*
 * How a leaf is written before and after it is sealed, chosen so that the one leads back to the other
 * (FORMAT.md 6.6).  Ciphertext keeps the style of what it replaces: quotes, block header, indentation.
 * Numbers keep their spelling inside the container wherever sops reads the same value from it.
 *
 * A plain word for which a plain container would not do (in a flow collection it must be quoted; elsewhere sops, and so
 * we, would print the text otherwise) is double-quoted with its closing bracket written \x5D.  To every
 * YAML reader that is the same container; to us it is the sign for "this was plain".
 */
struct spelling {
	enum value_type	 type;
	struct slice	 plain;		/* the bytes to seal */
	bool		 sign;
	bool		 exact;		/* opening it again gives the source text of today */
};

/* What plan and open need besides the leaf; one serves many. */
struct speller {
	struct arena	store;		/* typed values made on the way */
	struct buf	canonical, text;
};
#define SPELLER									\
	((struct speller){ .store = ARENA_SECRET(LIMIT_DOCUMENT),		\
	    .canonical = BUF_SECRET(LIMIT_DOCUMENT), .text = BUF_SECRET(LIMIT_DOCUMENT) })
void	speller_release(struct speller *speller);

/*
 * spelling_plan(speller, doc, node, scalar, canonical, type, out, err):
 * How to seal a leaf of a plain document.  ${scalar} is its value, ${canonical} and ${type} what value_write() made of it.
 * ${out} points into the arguments.
 */
int	spelling_plan(struct speller *speller, const struct document *doc, const struct node *node,
	    const struct scalar *scalar, struct slice canonical, enum value_type type, struct spelling *out,
	    struct error *err) WARN_UNUSED;
/* Put the container ${sealed} in the place of a leaf, plain or sealed; the tags that sops could not load go. */
int	spelling_seal(struct edits *edits, const struct document *doc, const struct node *node, struct slice sealed,
	    bool sign, struct error *err) WARN_UNUSED;
/* Does a sealed leaf carry the sign? */
bool	spelling_signed(const struct document *doc, const struct node *node);
/*
 * Put the opened bytes in the place of a sealed leaf.  They are authentic, but may come from any writer: text
 * that would not read as itself when spelled as the leaf asks is spelled in another way.  ERR_SYNTAX when the type
 * cannot hold them.
 */
int	spelling_open(struct speller *speller, struct edits *edits, const struct document *doc, const struct node *node,
	    enum value_type type, struct slice plain, bool sign, struct error *err) WARN_UNUSED;
/*
 * Put a comment ("#" and ${text}) in the place of another, or of the list element that sops makes of an encrypted one.
 * ERR_UNSUPPORTED for an element of a flow list, where a comment has no place.
 */
int	spelling_comment(struct edits *edits, const struct document *doc, const struct node *node, struct slice text,
	    struct error *err) WARN_UNUSED;

/*
 * An empty comment cannot be sealed, and in a list whose comments are, sops takes one that is not for an empty string
 * (FORMAT.md 6.2).  There it is sealed as one blank, and a "#" behind the container, which no reader looks at, is our sign for
 * that.
 */
#define SPELLING_EMPTY_COMMENT	SLICE(" ")
bool	spelling_comment_needs_sign(const struct document *doc, const struct node *comment);
bool	spelling_comment_signed(const struct document *doc, const struct node *comment);	/* of one in an encrypted document */
/* spelling_comment() of a container, with the sign. */
int	spelling_comment_sign(struct edits *edits, const struct document *doc, const struct node *node, struct slice sealed,
	    struct error *err) WARN_UNUSED;

#endif
