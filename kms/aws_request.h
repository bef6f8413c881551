#ifndef KMS_AWS_REQUEST_H
#define KMS_AWS_REQUEST_H

#include <stdbool.h>

#include "base/error.h"
#include "base/slice.h"
#include "kms/aws_config.h"
#include "kms/aws_endpoint.h"
#include "kms/http.h"
#include "kms/retry.h"

/*
 * One request to an AWS service, from finding its host and credentials to an answer or the reason
 * why there is none: signs, sends, waits, tries again (FORMAT.md 3.3).  Everything happens inside
 * http_run().
 */

/* What all requests of one helper share. */
struct aws {
	struct http		*http;
	struct aws_config	*config;
	struct retry_budget	 budget;
	unsigned		 renewals;	/* of logins, under way: the old one is void as soon as they are answered */
	bool			 settled;	/* there are none */
	struct aws_mfa		*mfa;		/* kms/aws_cred_mfa.c: devices that were asked about */
	struct aws_clock	*clocks;	/* by origin: how far the server's clock is from ours */
	struct aws_identity	*identities;	/* kms/aws_cred.h: credentials that were found, or are on their way */
};

/* Reads the configuration.  ${http} stays the caller's and must live longer. */
int	aws_new(struct http *http, struct aws **out, struct error *err) WARN_UNUSED;
void	aws_free(struct aws *aws);		/* after the calls that use it */
DEFINE_CLEANUP(struct aws, aws_free)

/* The file of CA certificates to trust instead of the system's, terminated; nothing when none is configured. */
int	aws_ca_find(const struct aws_config *config, struct slice profile, struct buf *out, struct error *err) WARN_UNUSED;

struct aws_question {
	enum aws_service	 service;
	struct slice		 region;	/* of the signature, and of the host when none is configured */
	struct slice		 profile;	/* whose endpoint and CA settings apply */
	struct slice		 method;	/* empty: POST */
	struct slice		 path;		/* with its query; empty: "/" */
	struct slice		 target;	/* X-Amz-Target, or empty */
	struct slice		 content_type;	/* or empty */
	struct slice		 token;		/* X-Amz-Sso_bearer_token, or empty */
	struct slice		 body;		/* may be secret */
	struct aws_identity	*identity;	/* who asks; NULL: not signed, the body or a token says who */
};

struct aws_answer {
	const struct error	*error;		/* kind ERR_NONE: ${body} is the service's answer */
	struct slice		 body;		/* valid until the callback returns */
	bool			 sent;		/* the request went out at least once */
};
typedef void aws_done(void *object, const struct aws_answer *answer);

struct aws_call;

/*
 * aws_send(aws, question, done, object, out, err):
 * The question is copied.  On success ${done} will be called once, later, unless aws_cancel() comes
 * first; a failure here (no credentials, a bad endpoint) is reported here alone.
 */
int	aws_send(struct aws *aws, const struct aws_question *question, aws_done *done, void *object,
	    struct aws_call **out, struct error *err) WARN_UNUSED;
bool	aws_sent(const struct aws_call *call);	/* at least once */
void	aws_cancel(struct aws_call *call);	/* NULL is fine; not after its callback */

#endif
