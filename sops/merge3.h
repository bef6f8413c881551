#ifndef SOPS_MERGE3_H
#define SOPS_MERGE3_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"
#include "sops/decrypt.h"
#include "sops/store.h"

/*
 * The three-way merge of the plaintext of a file, value by value: two sides that changed different values never conflict, however
 * close their lines are; a list is one value.  The text comes from a merge of lines where that is clean and says just what
 * the values ask for; else from our side's text, with the other side's values put in where they belong.
 */
typedef int	merge3_lines(const struct slice version[static 3], struct buf *out, bool *conflict, struct error *err);

struct merge3 {
	const struct store	*store;
	struct slice		 base, ours, theirs;	/* plaintext; an empty base: both sides made the file */
	merge3_lines		*lines_opt;
};

/* What both sides changed, each in its way: paths in the dotted spelling, one a line. */
struct merge3_conflicts {
	struct buf	paths;
	size_t		count;
};
#define MERGE3_CONFLICTS	((struct merge3_conflicts){ .paths = BUF(LIMIT_MESSAGE) })
void	merge3_conflicts_release(struct merge3_conflicts *conflicts);

/*
 * merge3_run(versions, out, conflicts, err):
 * Append the merged plaintext to ${out}, a BUF_SECRET, unless there are conflicts.  Comments count as the text between the values: where only our
 * text can be the ground, a comment that the other side changed is a conflict, too.  ERR_SYNTAX and the like: a version
 * cannot be read; ERR_LIMIT.
 */
int	merge3_run(const struct merge3 *versions, struct buf *out, struct merge3_conflicts *conflicts, struct error *err) WARN_UNUSED;

/* Whose recipients, rules and data key the merged file has. */
enum merge3_side { MERGE3_OURS, MERGE3_THEIRS, MERGE3_BOTH };

/*
 * merge3_keys(base_opt, ours, theirs, out, err):
 * Those of the side that changed them; MERGE3_BOTH is a conflict.  Who only has another data key has changed nothing that
 * the other side's change of recipients could not carry.
 */
int	merge3_keys(const struct opened *base_opt, const struct opened *ours, const struct opened *theirs, enum merge3_side *out,
	    struct error *err) WARN_UNUSED;

#endif
