#ifndef SOPS_IDENTITY_H
#define SOPS_IDENTITY_H

#include "base/buf.h"
#include "base/error.h"
#include "crypto/age.h"

/*
 * Where age private keys come from (FORMAT.md 8.5): all sources of the table are read and pooled, at the
 * first age entry that is to be opened and once a run; commands are run once for each recipient.  A source that cannot be used
 * stops nothing; what was looked for, and what was wrong with it, is remembered for the report of a failure.  Nobody is
 * asked for a passphrase before a key that it protects is needed.
 */
struct identities;

int	identities_new(struct identities **out, struct error *err) WARN_UNUSED;	/* reads nothing yet */
void	identities_free(struct identities *identities);
DEFINE_CLEANUP(struct identities, identities_free)

/*
 * identities_load(identities, recipient, out, err):
 * The pooled keys, loaded now if they have not been; they may be none.  ${recipient} is what the commands
 * are told in SOPS_AGE_RECIPIENT.  Fails for memory only.
 */
int	identities_load(struct identities *identities, struct slice recipient, const struct age_identities **out,
	    struct error *err) WARN_UNUSED;

/*
 * Append what a person must know when no identity fitted: the places where there was none, and those whose
 * content could not be used, one sentence each.  Nothing before identities_load().
 */
int	identities_report(const struct identities *identities, struct buf *out, struct error *err) WARN_UNUSED;

#endif
