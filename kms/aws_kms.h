#ifndef KMS_AWS_KMS_H
#define KMS_AWS_KMS_H

#include <stdbool.h>

#include "base/error.h"
#include "kms/aws_request.h"
#include "kms/request.h"

/*
 * A question to AWS KMS: Encrypt, Decrypt, GenerateDataKey or DescribeKey in JSON 1.1 (FORMAT.md 3.6).
 */
typedef void aws_kms_done(void *object, struct kms_reply *reply);	/* takes over what the reply holds */

struct aws_kms;

/*
 * aws_kms_ask(aws, request, done, object, out, err):
 * ${request} is borrowed until ${done} is called (once, from http_run()) or aws_kms_cancel().  A request
 * that cannot be sent is reported here alone.
 */
int	aws_kms_ask(struct aws *aws, const struct kms_request *request, aws_kms_done *done, void *object,
	    struct aws_kms **out, struct error *err) WARN_UNUSED;
void	aws_kms_cancel(struct aws_kms *question);	/* NULL is fine; not after its callback */

/* Whether KMS itself has been asked, or only somebody on the way there. */
bool	aws_kms_sent(const struct aws_kms *question);

/* The two ends of the wire without the wire, for tests. */
int	aws_kms_body(const struct kms_request *request, struct buf *out, struct error *err) WARN_UNUSED;
int	aws_kms_reply(const struct kms_request *request, struct slice body, struct kms_reply *reply,
	    struct error *err) WARN_UNUSED;

#endif
