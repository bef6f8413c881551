#ifndef YAMLMERGE_STRVALS_PARTS_H
#define YAMLMERGE_STRVALS_PARTS_H

#include <stdbool.h>
#include <stddef.h>

#include "yamlmerge/merge_tree.h"
#include "yamlmerge/strvals.h"

/* What strvals.c (paths) and strvals_value.c (values) share. */
struct setter {
	struct merged		*merged;
	const struct layer	*layer;
	const struct strvals	*strvals;
	struct slice		 text;
	size_t			 at;		/* what is read next */
	unsigned		 dots, brackets;	/* on the way to here */
	struct error		*err;
};

/* The error that is set happened there in the argument. */
int	setter_place(struct setter *s, size_t at);
/* Sets the error and its place; no word of it may be a value. */
int	setter_fail(struct setter *s, enum err_kind kind, size_t at, const char *format, ...) PRINTF_LIKE(4, 5);
int	setter_new(struct setter *s, enum merge_kind kind, size_t at, struct merge_value **out) WARN_UNUSED;
/*
 * The text up to one of ${stops}, or to the end, escapes resolved; in a literal there are none.  ${stop} is what ended it, 0 at
 * the end; the text is in the tree's arena.
 */
int	setter_word(struct setter *s, const char *stops, struct slice *out, char *stop) WARN_UNUSED;

/* What stands behind a "=", as far as it goes, by the kind of argument; a comma behind it is passed over. */
int	setter_value(struct setter *s, struct merge_value **out) WARN_UNUSED;
/* --set-json of one whole object. */
int	setter_object(struct setter *s, struct merge_value **out) WARN_UNUSED;

#endif
