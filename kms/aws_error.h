#ifndef KMS_AWS_ERROR_H
#define KMS_AWS_ERROR_H

#include "base/error.h"
#include "base/slice.h"
#include "kms/aws_endpoint.h"
#include "kms/http.h"

/*
 * What an AWS service says when it says no, in its many spellings (FORMAT.md 3.4), and what that means to
 * a person.
 */
#define AWS_CODE_MAX	128
#define AWS_MESSAGE_MAX	400

struct aws_fault {
	char	code[AWS_CODE_MAX];		/* "AccessDeniedException"; "" when the reply names none */
	char	message[AWS_MESSAGE_MAX];	/* in the service's words, cut; or the first bytes of what it sent */
};

/* From the headers and the JSON, XML or other body of a reply that is not 200. */
void	aws_fault_read(const struct http_reply *reply, struct aws_fault *out);

/* Report it: never returns 0. */
int	aws_fault_report(const struct aws_fault *fault, enum aws_service service, struct slice region, unsigned status,
	    struct error *err);

#endif
