#ifndef KMS_AWS_ENDPOINT_H
#define KMS_AWS_ENDPOINT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"
#include "kms/aws_config.h"

/*
 * Where an AWS service is.  ARNs come out of files that anybody may have written: a region is checked
 * against a grammar that holds no dot and no slash, so that the host it leads to is always one of AWS'
 * own, or the one that the user configured (FORMAT.md 3.2).
 */
struct aws_arn {
	struct slice	partition, service, region, account, resource;
};

/* arn:PARTITION:kms:REGION:ACCOUNT:key/ID or :alias/NAME.  ERR_SYNTAX. */
int	aws_arn_kms(struct slice text, struct aws_arn *out, struct error *err) WARN_UNUSED;
/* arn:PARTITION:iam::ACCOUNT:role/NAME.  ERR_SYNTAX. */
int	aws_arn_role(struct slice text, struct aws_arn *out, struct error *err) WARN_UNUSED;

enum aws_service {
	AWS_KMS,
	AWS_STS,
	AWS_SSO,			/* IAM Identity Center: role credentials for a token */
	AWS_OIDC,			/* IAM Identity Center: a new token */
	AWS_SERVICES,
};
/* "kms": in scopes and files; "AWS KMS": to people. */
const char	*aws_service_name(enum aws_service service);
const char	*aws_service_title(enum aws_service service);

/*
 * aws_endpoint_find(config, profile, service, region, out, err):
 * Append "https://host[:port]", without a path.  Configured: AWS_ENDPOINT_URL_KMS, AWS_ENDPOINT_URL, the
 * profile's services section, its endpoint_url; else AWS' own host for the region.  ${region} becomes the
 * one to sign for: STS' old global host is in us-east-1.  ERR_CONFIG; ERR_REFUSED for http:// to another
 * machine, unless HUBKEYS_ALLOW_HTTP says true.
 */
int	aws_endpoint_find(const struct aws_config *config, struct slice profile, enum aws_service service,
	    struct slice *region, struct buf *out, struct error *err) WARN_UNUSED;

/*
 * aws_url_split(url, out):
 * "http://host:port/path?query" in its parts; false when it is anything else, holds a user's name, a
 * fragment, or bytes that a request line cannot.
 */
struct aws_url {
	bool		tls;
	struct slice	origin;		/* up to the path */
	struct slice	host;		/* an IPv6 address stays in brackets */
	struct slice	target;		/* from the path's '/' on, or empty */
};
bool	aws_url_split(struct slice url, struct aws_url *out);

#endif
