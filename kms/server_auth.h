#ifndef KMS_SERVER_AUTH_H
#define KMS_SERVER_AUTH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/slice.h"
#include "kms/http_message.h"

/*
 * Who sends a request: the signature is checked against a user's secret, or against temporary
 * credentials, which hubkms seals into their own session token (FORMAT.md 6) and so need not remember.
 */
#define SERVER_SKEW_SECONDS	300		/* a request may be that old, or that early */
#define SERVER_ARN_MAX		2048
#define SERVER_REGION_MAX	32

struct server;

struct server_caller {
	char	arn[SERVER_ARN_MAX + 1];	/* of the user or assumed role; "" before the signature is verified */
	char	id[192];			/* UserId of GetCallerIdentity */
	char	account[13];
	char	region[SERVER_REGION_MAX + 1];	/* of the credential scope */
	bool	temporary;			/* assumed a role */
};

/* Why a request is not believed, in the words of AWS. */
struct server_refusal {
	unsigned	status;
	const char	*code;
	char		message[ERR_TEXT_MAX];
};

/*
 * server_auth_check(server, msg, service, now, out, refusal, err):
 * Verify the signature for ${service} ("kms", "sts").  ERR_DENIED with ${refusal} filled, or a fault of our own.
 */
int	server_auth_check(const struct server *server, const struct http_message *msg, const char *service,
	    int64_t now, struct server_caller *out, struct server_refusal *refusal, struct error *err) WARN_UNUSED;

/* What AssumeRole gives out. */
struct server_session {
	char		 access_key[21];
	struct secret	*secret;
	struct buf	 token;
	int64_t		 expires;
};

/*
 * server_session_new(server, role_arn, name, expires, out, err):
 * Temporary credentials for the role; release with server_session_release().
 */
int	server_session_new(const struct server *server, struct slice role_arn, struct slice name, int64_t expires,
	    struct server_session *out, struct error *err) WARN_UNUSED;
void	server_session_release(struct server_session *session);

/*
 * The identity that a role's session has; also checks the role's ARN.  ERR_SYNTAX.
 */
int	server_role_caller(struct slice role_arn, struct slice name, struct server_caller *out,
	    struct error *err) WARN_UNUSED;

#endif
