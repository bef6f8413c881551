#ifndef SOPS_EXPAND_H
#define SOPS_EXPAND_H

#include "base/error.h"
#include "sops/select.h"
#include "sops/store.h"
#include "yamlmerge/document.h"
#include "yamlmerge/edit.h"

/*
 * expand_aliases(doc, store, select, out, expanded, err):
 * The edits that write out each alias which ciphertext makes impossible: one below which the rules encrypt
 * something, or whose anchor holds something that they encrypt where it is written (sops would look for
 * ciphertext that is bound to the path of the alias, FORMAT.md 6.2).  All others stay.  ${expanded} gets the aliases, in the
 * order of the text; the array is the caller's to free.  ERR_LIMIT, else as the walk.
 */
struct expanded {
	const struct node	**aliases;
	size_t			  count, capacity;
};
void	expanded_release(struct expanded *expanded);

int	expand_aliases(const struct document *doc, const struct store *store, struct select *select, struct edits *out,
	    struct expanded *expanded, struct error *err) WARN_UNUSED;

#endif
