#ifndef SOPS_DATAKEY_H
#define SOPS_DATAKEY_H

#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/secret.h"
#include "base/slice.h"
#include "sops/identity.h"
#include "sops/masterkey.h"
#include "sops/metadata.h"

/*
 * The data key of a file: made, wrapped for every recipient, and recovered from whichever of them can be
 * opened here (FORMAT.md 5 and 8.4).
 *
 * Order (design D5): in each group first the keys that need no network, in the order of --decryption-order; then
 * the first network key, and all the others together when it fails or after 300 ms.  Requests of all groups are in
 * flight at once.  Wrapping asks all recipients in parallel, and all of them must succeed.
 */
#define DATAKEY_LEN	32

/*
 * What one run of a program shares among its files: identities, the connection to the network helper,
 * data keys already recovered.  Nothing is opened or started before it is needed.
 */
struct keyring;

int	keyring_new(struct keyring **out, struct error *err) WARN_UNUSED;
void	keyring_free(struct keyring *ring);
DEFINE_CLEANUP(struct keyring, keyring_free)
struct identities *keyring_identities(struct keyring *ring);

/* 32 random bytes. */
int	datakey_new(struct secret **out, struct error *err) WARN_UNUSED;

/*
 * datakey_wrap(meta, datakey, ring, err):
 * Wrap for every master key of ${meta} and set their ${enc}: with one group the key itself, with several a share a
 * group.  A threshold of 0 with several groups becomes their number and is stored.  All recipients must succeed; on
 * failure ${meta} is as it was and the message names each that failed.  ERR_NO_KEY (no group, or an empty one),
 * ERR_RANGE (a threshold that cannot be).
 */
int	datakey_wrap(struct metadata *meta, const struct secret *datakey, struct keyring *ring,
	    struct error *err) WARN_UNUSED;

/* One of several files. */
struct wrap_job {
	struct metadata		*meta;
	const struct secret	*datakey;
	struct error		 error;		/* out: kind ERR_NONE, or why this one's ${meta} is as it was */
};

/* The same for many files at once, as datakey_unwrap_many(): each job begins with ERROR_INIT. */
int	datakey_wrap_many(struct wrap_job *jobs, size_t count, struct keyring *ring, struct error *err) WARN_UNUSED;

struct unwrap_options {
	struct keyring	*ring;
	struct slice	 order;		/* --decryption-order; empty: SOPS_DECRYPTION_ORDER, else "age,pgp" */
	bool		 scripted;	/* the report as sops gives it, word for word */
};

/*
 * Why it failed: whole lines that belong on standard error as they are, behind the error, which is the summary.  What each key
 * said, then what to do, then where age identities were looked for.
 */
struct unwrap_report {
	struct buf	text;
};
#define UNWRAP_REPORT	((struct unwrap_report){ .text = BUF(LIMIT_MESSAGE) })

static inline void
unwrap_report_release(struct unwrap_report *report)
{
	buf_release(&report->text);
}

/*
 * datakey_unwrap(meta, options, out, report, err):
 * Recover the data key; the caller frees ${out}.  ERR_NO_KEY: no (or too few) keys could be opened, and ${report} says
 * of each what went wrong (exit status 128); ERR_CONFLICT: a name twice in the order (112).
 */
int	datakey_unwrap(const struct metadata *meta, const struct unwrap_options *options, struct secret **out,
	    struct unwrap_report *report, struct error *err) WARN_UNUSED;

/* One of several files. */
struct unwrap_job {
	const struct metadata	*meta;
	struct secret		*datakey;	/* out: the caller's to free */
	struct unwrap_report	 report;	/* out */
	struct error		 error;		/* out: kind ERR_NONE, or why there is no key */
};

/*
 * The same for many files at once: their questions to services are in flight together.  Each job begins with
 * { .meta = ..., .report = UNWRAP_REPORT, .error = ERROR_INIT }.  Returns 0 when every job holds its key or its error.
 */
int	datakey_unwrap_many(struct unwrap_job *jobs, size_t count, const struct unwrap_options *options,
	    struct error *err) WARN_UNUSED;

/* A comma list of type names: ERR_CONFLICT for a duplicate; unknown names are harmless. */
int	datakey_order_check(struct slice order, struct error *err) WARN_UNUSED;

#endif
