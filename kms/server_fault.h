#ifndef KMS_SERVER_FAULT_H
#define KMS_SERVER_FAULT_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/slice.h"

/*
 * Going wrong on purpose, for the tests of clients: "KIND[:N][,op=OPERATION][,key=TEXT]" (hubkms(1), FAULTS).
 */
enum server_fault_kind {
	SERVER_FAULT_NONE,
	SERVER_FAULT_THROTTLE,		/* ThrottlingException */
	SERVER_FAULT_500,		/* KMSInternalException */
	SERVER_FAULT_DENY,		/* AccessDeniedException */
	SERVER_FAULT_SLOW,		/* wait, then answer as ever */
	SERVER_FAULT_CUT,		/* half an answer */
	SERVER_FAULT_DROP,		/* no answer */
	SERVER_FAULT_GARBAGE,		/* status 200 and noise */
};

#define SERVER_FAULTS_MAX	64
#define SERVER_FAULT_SLOW_MAX	600000		/* milliseconds of one */

struct server_fault {
	enum server_fault_kind	 kind;
	uint32_t		 milliseconds;	/* slow; of a taken one: the sum of all that apply */
	int64_t			 left;		/* how often yet; -1: always */
	struct slice		 operation;	/* empty: any */
	struct slice		 key;		/* contained in the request's key or role; empty: any */
};

struct server_faults {
	struct server_fault	fault[SERVER_FAULTS_MAX];
	size_t			count;
};

/* Add one; ${spec} must outlive the table.  ERR_USAGE with the reason, ERR_LIMIT. */
int	server_faults_add(struct server_faults *faults, struct slice spec, struct error *err) WARN_UNUSED;
/*
 * What happens to this request: the first fault that applies, counted as having happened (or kind
 * SERVER_FAULT_NONE), and the milliseconds of every "slow" that applies, which go with any other.
 */
struct server_fault	server_faults_take(struct server_faults *faults, struct slice operation, struct slice key);

#endif
