#ifndef SOPS_UPDATEKEYS_H
#define SOPS_UPDATEKEYS_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"
#include "sops/config.h"
#include "sops/datakey.h"
#include "sops/decrypt.h"
#include "sops/store.h"

/*
 * The recipients of a file brought into agreement with its creation rule: the same data key, wrapped for others.  Values, MAC and
 * time stay, so whoever was removed and has kept the data key can still read the file: rotate it, too.
 */

/*
 * updatekeys_plan(meta, rule, plan, changed, err):
 * Compare group by group, by identity; the order inside a group does not matter.  Appends what would change to ${plan}, in the
 * words of sops.  The threshold is the file's, cut to the number of groups (sops does not use the rule's).
 */
int	updatekeys_plan(const struct metadata *meta, const struct config_rule *rule, struct buf *plan, bool *changed,
	    struct error *err) WARN_UNUSED;
/*
 * updatekeys_apply(opened, store, rule, indent, ring, out, err):
 * Append the new text to ${out}.  ${opened} comes from sealed_load(), with its data key recovered.
 */
int	updatekeys_apply(const struct opened *opened, const struct store *store, const struct config_rule *rule, int indent,
	    struct keyring *ring, struct buf *out, struct error *err) WARN_UNUSED;

#endif
