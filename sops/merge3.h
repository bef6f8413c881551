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

/*
 * Whose recipients and rules the merged file has, and whose data key.  They may be two: when one side shut somebody out and
 * the other made a new data key, neither the old key nor whoever was shut out may come back.
 */
enum merge3_side { MERGE3_OURS, MERGE3_THEIRS };
struct merge3_keys {
	enum merge3_side	recipients, datakey;
	bool			conflict;	/* both changed recipients or rules; it is ours then */
};

/*
 * merge3_keys(base_opt, ours, theirs, out, err):
 * Those of the side that changed them; a data key is changed by whoever has another one than ${base_opt}, and when both have, it is
 * that of the side whose recipients are taken.
 */
int	merge3_keys(const struct opened *base_opt, const struct opened *ours, const struct opened *theirs, struct merge3_keys *out,
	    struct error *err) WARN_UNUSED;

#endif
