#ifndef KMS_SERVER_MEMBER_H
#define KMS_SERVER_MEMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"
#include "kms/json.h"
#include "kms/server_ops.h"

/*
 * Reading the members of a KMS request.  Each returns 0, or what server_refuse() returned: a member that is
 * missing, of another type or out of bounds is answered as AWS does, and the operation just ends.
 */

/* The body, an object.  The caller frees it. */
int	server_member_body(struct server_call *call, struct json **out) WARN_UNUSED;
/* A string of 1 to ${max} bytes; empty when it is absent and need not be there. */
int	server_member_text(struct server_call *call, const struct json *body, const char *name, bool required,
	    size_t max, struct slice *out) WARN_UNUSED;
/* Base64 text of 1 to ${max} bytes, which must be there. */
int	server_member_bytes(struct server_call *call, const struct json *body, const char *name, size_t max,
	    struct buf *out) WARN_UNUSED;
int	server_member_bool(struct server_call *call, const struct json *body, const char *name, bool *out) WARN_UNUSED;
/* From 1 to ${max}; ${absent} when it is not there. */
int	server_member_int(struct server_call *call, const struct json *body, const char *name, int64_t max,
	    int64_t absent, int64_t *out) WARN_UNUSED;
/* One of an enumeration of which only ${only} is served; anything else is refused with ${code}. */
int	server_member_only(struct server_call *call, const struct json *body, const char *name, const char *only,
	    const char *code) WARN_UNUSED;
/* An encryption context, appended in canonical form (kms/server_blob.h).  May also fail by a fault of our own. */
int	server_member_context(struct server_call *call, const struct json *body, const char *name, struct buf *out,
	    struct error *err) WARN_UNUSED;

#endif
