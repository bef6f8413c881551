#ifndef KMS_HTTP_MESSAGE_H
#define KMS_HTTP_MESSAGE_H

#include <stddef.h>

#include "base/slice.h"

/*
 * One HTTP request as bytes: what a client is about to send, or what a server received.  Owns nothing.
 * A folded header value keeps its line breaks; a repeated header is repeated, in order of appearance.
 */
struct http_header {
	struct slice	name, value;
};

struct http_message {
	struct slice			 method;
	struct slice			 target;	/* path and query, as on the request line */
	const struct http_header	*headers;
	size_t				 header_count;
	struct slice			 body;
};

/* The first header of that name (either case), or NULL. */
const struct http_header	*http_message_header(const struct http_message *msg, const char *name);

#endif
