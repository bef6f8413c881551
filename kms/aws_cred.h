#ifndef KMS_AWS_CRED_H
#define KMS_AWS_CRED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/secret.h"
#include "base/slice.h"
#include "kms/aws_request.h"

/*
 * Who we are to AWS.  An identity is one link of a chain: credentials from a provider (environment,
 * profile, ...), or a role taken on by the identity before it.  Found in the order of AWS' clients
 * (FORMAT.md 3.1): the first source that is configured is final, and its failure is the answer.
 * Identities belong to the struct aws, are shared by all requests of a run, and fetch their credentials
 * once.
 */
struct aws_identity;

struct aws_credentials {
	struct secret	*secret;	/* the secret access key */
	struct secret	*token;		/* NULL for long-lived keys */
	char		 access_key[129];
	int64_t		 expires;	/* seconds since 1970; 0: never */
};

/*
 * aws_cred_identify(aws, profile, role, region, out, err):
 * The identity for a key whose file names ${profile} and ${role} (each may be empty).  No network.
 * ERR_CONFIG, ERR_NO_KEY, ERR_SYNTAX (a bad role), ERR_UNSUPPORTED.
 */
int	aws_cred_identify(struct aws *aws, struct slice profile, struct slice role, struct slice region,
	    struct aws_identity **out, struct error *err) WARN_UNUSED;

/*
 * aws_cred_get(identity, ready, object, out, wait, err):
 * Its credentials, in *${out}, valid until the next http_run().  When they have to be fetched first,
 * *${out} is NULL, and ${ready} will be called once, from http_run(), when to ask again; *${wait} takes
 * that back.  Errors: why there are none.
 */
typedef void aws_cred_ready(void *object);
struct aws_cred_wait;

int	aws_cred_get(struct aws_identity *identity, aws_cred_ready *ready, void *object,
	    const struct aws_credentials **out, struct aws_cred_wait **wait, struct error *err) WARN_UNUSED;
void	aws_cred_wait_cancel(struct aws_cred_wait *wait);	/* NULL is fine; not after it was called */

/* Whose credentials are on their way, for a message about time that has run out; NULL: nobody's. */
const char	*aws_cred_pending(const struct aws *aws);

/* A service says that they have expired.  True: the next aws_cred_get() fetches new ones. */
bool	aws_cred_expire(struct aws_identity *identity);
/* A new batch of questions: what failed in the last one may be tried again. */
void	aws_cred_forgive(struct aws *aws);
/* For aws_free(): all identities. */
void	aws_cred_free_all(struct aws *aws);

#endif
