#ifndef KMS_CLIENT_H
#define KMS_CLIENT_H

#include "base/error.h"
#include "kms/request.h"

/*
 * Ask the key services.  The network lives in a helper program, libexec/hubtools/hubkeys (design D6): it
 * is started by the first question, kept until the client is freed, and asked over a socket pair; it
 * sees key names and data keys, never a document.  A client that is never asked starts nothing and
 * opens nothing.
 *
 * All questions of one call are in flight at once and end under one deadline; identical ones are
 * asked once; credentials and connections are shared by all calls of one client.
 */
#define KMS_DEADLINE_MS		30000		/* of one kms_client_ask(), credentials and retries included */
#define KMS_PATIENCE_MS		180000		/* more, while a person or a program of the user's is asked for credentials */

struct kms_client;

int	kms_client_new(struct kms_client **out, struct error *err) WARN_UNUSED;
void	kms_client_free(struct kms_client *client);		/* NULL is fine; ends the helper */
DEFINE_CLEANUP(struct kms_client, kms_client_free)

/*
 * kms_client_ask(client, requests, n, replies, err):
 * Answer each of the ${n} requests in the reply of the same index.  Returns 0 when every reply holds its
 * answer or its own error: ERR_DENIED (the service said no), ERR_NOT_FOUND (no such key), ERR_TAMPERED
 * (the service cannot open this: damaged, or other key or context), ERR_NETWORK (no usable answer),
 * ERR_TIMEOUT, ERR_NO_KEY (no credentials, or not good ones), ERR_CONFIG (a broken ~/.aws file),
 * ERR_SYNTAX (a key name that is none), ERR_REFUSED (not trusted), ERR_UNSUPPORTED, ERR_CANCELLED (an
 * alternative answered first).  Their texts do not name the key: the caller does.  The caller then
 * releases each reply.  Any other result means that the helper cannot be asked at all (ERR_CHILD,
 * ERR_SYSTEM, ERR_LIMIT above LIMIT_REQUESTS, ERR_MEMORY): no reply holds anything then.
 */
int	kms_client_ask(struct kms_client *client, const struct kms_request *requests, size_t n,
	    struct kms_reply *replies, struct error *err) WARN_UNUSED;

#endif
