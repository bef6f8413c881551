#ifndef SOPS_DATAKEY_PARTS_H
#define SOPS_DATAKEY_PARTS_H

#include "base/arena.h"
#include "kms/client.h"
#include "sops/datakey.h"

/*
 * Between datakey.c, which wraps, datakey_unwrap.c and datakey_report.c; nobody else needs this.
 */
struct keyring {
	struct identities	*identities;
	struct kms_client	*client;
};

/* One question about ${key}; its texts are those of the key, or in ${arena}.  ERR_SYNTAX for an ARN that is none. */
int	datakey_request(const struct master_key *key, enum kms_operation operation, struct slice payload, struct arena *arena,
	    struct kms_request *out, struct error *err) WARN_UNUSED;
size_t	datakey_count(const struct metadata *meta);		/* keys in all groups */

struct attempt {
	const struct master_key	*key;
	unsigned		 rank;
	struct error		*failed_opt;	/* NULL: not tried, or no failure */
};

struct group_state {
	struct attempt	*attempts;		/* in the order of trying */
	size_t		 count, next;
	struct secret	*share;			/* opened */
};

struct job {
	struct unwrap_job	*public;
	struct group_state	*groups;
	size_t			 group_count, opened;
	bool			 done;
};

/* How many groups must open: see datakey_unwrap.c. */
size_t	datakey_needed(const struct job *job);
/* What failed, key by key: as sops has it, and as we have it, with a summary in ${summary}. */
int	datakey_report(const struct job *job, const struct identities *identities, struct buf *out, struct error *err) WARN_UNUSED;
int	datakey_explain(const struct job *job, const struct identities *identities, struct buf *out, struct error *summary,
	    struct error *err) WARN_UNUSED;

#endif
