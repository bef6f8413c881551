#ifndef SOPS_UPDATEKEYS_H
#define SOPS_UPDATEKEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "sops/config.h"
#include "sops/masterkey.h"
#include "sops/metadata.h"

/*
 * The recipients of a file brought into agreement with its creation rule: the same data key, wrapped for others.  Values, MAC and
 * time stay, so whoever was removed and has kept the data key can still read the file: rotate it, too.
 */

/* As sops, the file's threshold stays (cut to the number of groups), or the rule's is applied where it names one. */
enum updatekeys_threshold { UPDATEKEYS_THRESHOLD_OF_FILE, UPDATEKEYS_THRESHOLD_OF_RULE };
uint32_t updatekeys_threshold(const struct metadata *meta, const struct config_rule *rule, enum updatekeys_threshold whose);

/*
 * updatekeys_compare(meta, rule, each, arg, err):
 * Tell of every key group by group, by identity; the order inside a group does not matter.  ${mark}: ' ' both have it, '+' only
 * the rule, '-' only the file.  ${key} is NULL once at the beginning of each group; groups count from 0.
 */
typedef int	updatekeys_each(void *arg, size_t group, char mark, const struct master_key *key, struct error *err);
int	updatekeys_compare(const struct metadata *meta, const struct config_rule *rule, updatekeys_each *each, void *arg,
	    struct error *err) WARN_UNUSED;

/*
 * updatekeys_plan(meta, rule, whose, plan, changed, err):
 * Would anything change?  Appends it to ${plan}, in the words of sops.
 */
int	updatekeys_plan(const struct metadata *meta, const struct config_rule *rule, enum updatekeys_threshold whose, struct buf *plan,
	    bool *changed, struct error *err) WARN_UNUSED;

/*
 * updatekeys_metadata(meta, rule, whose, out, err):
 * A copy with the rule's recipients; their data key is still to be wrapped.  Then rewrap_finish() (rewrap.h) makes the new text.
 */
int	updatekeys_metadata(const struct metadata *meta, const struct config_rule *rule, enum updatekeys_threshold whose,
	    struct metadata **out, struct error *err) WARN_UNUSED;

#endif
