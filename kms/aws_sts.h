#ifndef KMS_AWS_STS_H
#define KMS_AWS_STS_H

#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"
#include "kms/aws_cred.h"

/*
 * AssumeRole and its kin of the Security Token Service: a form goes out, XML comes back (FORMAT.md 3.5).  Text to
 * bytes and back; sending is aws_request's business.
 */
#define AWS_SESSION_NAME_MAX	64
#define AWS_STS_TYPE		"application/x-www-form-urlencoded; charset=utf-8"	/* of the forms */

struct aws_role {
	struct slice	arn;			/* checked by aws_arn_role() */
	struct slice	session;		/* empty: aws_sts_session_name() */
	struct slice	external_id;		/* or empty */
	struct slice	duration;		/* seconds in decimal, or empty */
	struct slice	device;			/* whose code must come along (mfa_serial), or empty */
};

/* "sops@" and the host's name without the characters that sops drops: trust policies match it. */
void	aws_sts_session_name(struct slice host, char out[static AWS_SESSION_NAME_MAX + 1]);

/* ${code} of the role's device, or empty. */
int	aws_sts_assume_role_form(const struct aws_role *role, struct slice code, struct buf *out, struct error *err) WARN_UNUSED;
int	aws_sts_web_identity_form(const struct aws_role *role, struct slice token, struct buf *out, struct error *err) WARN_UNUSED;
/* A session of the asking user's own, opened with a device's code. */
int	aws_sts_session_form(struct slice device, struct slice code, struct buf *out, struct error *err) WARN_UNUSED;
/* ${value} as forms and queries have it. */
int	aws_sts_encode(struct slice value, struct buf *out, struct error *err) WARN_UNUSED;
/* ${out} is filled; its owner releases it.  ERR_NETWORK for an answer that is none. */
int	aws_sts_credentials_read(struct slice body, struct aws_credentials *out, struct error *err) WARN_UNUSED;
void	aws_credentials_release(struct aws_credentials *credentials);

#endif
