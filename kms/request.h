#ifndef KMS_REQUEST_H
#define KMS_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/secret.h"
#include "base/slice.h"

/*
 * One question to a key service ("wrap this key", "unwrap that one") and its answer, as plain data: no
 * network here.  kms/client.h carries questions to the helper and brings the answers back.
 *
 * Payloads are what a file stores: an "enc" field goes in and comes out in the very text form of its
 * service (FORMAT.md 1), so callers never decode one.
 */
enum kms_service {
	KMS_AWS,		/* aws_kms: AWS Key Management Service */
	KMS_GCP,		/* gcp_kms: Google Cloud KMS */
	KMS_AZURE,		/* azure_kv: Azure Key Vault */
	KMS_VAULT,		/* hc_vault: HashiCorp Vault, transit engine */
	KMS_HUAWEI,		/* hckms: Huawei Cloud KMS */
	KMS_KEYSERVICE,		/* keyservice: another machine that speaks sops' key service protocol */
	KMS_SERVICES,
};

enum kms_operation {
	KMS_WRAP,		/* payload: a data key -> text: the "enc" field */
	KMS_UNWRAP,		/* payload: the "enc" field -> datakey */
	KMS_GENERATE,		/* no payload: the service makes a data key of 32 bytes -> datakey and text */
	KMS_DESCRIBE,		/* no payload -> text: "name: value" lines about the key */
	KMS_OPERATIONS,
};

struct kms_pair {
	struct slice	name, value;
};

/*
 * Everything is borrowed from the caller for the time of the call.  An empty slice means "none".
 *
 * Requests with the same nonzero ${hedge} are alternatives, best first: the first is sent at once, all
 * the others together when it fails or after 300 ms; the first success answers for the whole group
 * and the rest are dropped.  Requests with hedge 0, or of different groups, all go in parallel.
 */
struct kms_request {
	enum kms_service	 service;
	enum kms_operation	 operation;
	uint32_t		 hedge;
	struct slice		 key;		/* the key's own name: ARN, resource id or URL */
	struct slice		 role;		/* KMS_AWS: the ARN of a role to take on first */
	struct slice		 profile;	/* KMS_AWS: a profile of ~/.aws to take credentials from */
	const struct kms_pair	*context;	/* KMS_AWS: encryption context; any order, no name twice */
	size_t			 context_count;
	struct slice		 payload;
};

/* The answer to one request.  Its owner calls kms_reply_release(). */
struct kms_reply {
	struct error	 error;		/* kind ERR_NONE: answered; else why not, in words for people, with a hint */
	bool		 asked;		/* it was sent to the service (a hedged request may never be) */
	struct secret	*datakey;	/* unwrap, generate */
	struct buf	 text;		/* wrap, generate: the "enc" field; describe: lines */
};

void	kms_reply_release(struct kms_reply *reply);

/* "aws_kms", ...: the name that protocol and messages use; the inverse gives false for an unknown name. */
const char	*kms_service_name(enum kms_service service);
bool		 kms_service_parse(struct slice name, enum kms_service *out);

/*
 * The text form, spoken on the helper's socket in pkt-line (FORMAT.md 2).  A batch is its head, then one
 * stanza a request; every line is "name=value", a stanza ends with a flush packet.  The value of a line is
 * bytes: anything up to KMS_FIELD_MAX.
 */
#define KMS_FIELD_MAX		60000
#define KMS_CONTEXT_MAX		64		/* pairs; AWS bounds their bytes to 8 KiB */

struct pktline;

int	kms_batch_write(const struct kms_request *requests, size_t n, unsigned deadline_ms, struct pktline *line,
	    struct error *err) WARN_UNUSED;
int	kms_replies_write(const struct kms_reply *replies, size_t n, struct pktline *line,
	    struct error *err) WARN_UNUSED;

/*
 * Reading, packet by packet, so that a fuzzer needs no socket.  A batch owns what it has read, in a
 * wiping arena; initialise with KMS_BATCH, and feed it until it is complete.
 */
struct kms_batch {
	struct kms_request	*requests;
	size_t			 count;
	unsigned		 deadline_ms;
	bool			 complete;
	struct arena		 arena;
	bool			 headed;	/* the head has been read */
	size_t			 at;		/* the request that is being read */
	struct kms_pair		*context;	/* its pairs, KMS_CONTEXT_MAX of them */
};
#define KMS_BATCH	((struct kms_batch){ .arena = ARENA_SECRET(4 * LIMIT_MESSAGE) })

int	kms_batch_line(struct kms_batch *batch, struct slice line, struct error *err) WARN_UNUSED;
int	kms_batch_flush(struct kms_batch *batch, struct error *err) WARN_UNUSED;
void	kms_batch_release(struct kms_batch *batch);

/* The answers to ${count} requests into the caller's array, whose elements are all zero at first. */
struct kms_answers {
	struct kms_reply	*replies;
	size_t			 count;
	bool			 complete;
	bool			 headed;
	size_t			 at;
};

int	kms_answers_line(struct kms_answers *answers, struct slice line, struct error *err) WARN_UNUSED;
int	kms_answers_flush(struct kms_answers *answers, struct error *err) WARN_UNUSED;

#endif
