#ifndef YAMLMERGE_CHECK_PARTS_H
#define YAMLMERGE_CHECK_PARTS_H

#include "yamlmerge/check.h"
#include "yamlmerge/merge_tree.h"

/* What the files of 'check' share: check.c and check_*.c only. */

/* Is this a key that merges another map, and no name? */
bool	check_is_merge_key(const struct node *member);
/* Take note of the comments in a layer that allow findings. */
int	check_read_comments(struct check *check, const struct layer *layer, struct error *err) WARN_UNUSED;
/* Names of values that are secrets wherever they stand: "secretToken". */
bool	check_is_secret_name(struct slice key);
/* The kinds that charts and schemas declare for the value at a trail; 0: they say nothing. */
unsigned check_declared_kinds(const struct check *check, const struct merge_trail *trail);
/* The values of one layer: check_values.c */
int	check_values(struct check *check, const struct layer *layer, struct error *err) WARN_UNUSED;

#endif
