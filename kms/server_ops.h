#ifndef KMS_SERVER_OPS_H
#define KMS_SERVER_OPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"
#include "kms/http_message.h"
#include "kms/server_auth.h"
#include "kms/server_fault.h"
#include "kms/server_keys.h"
#include "kms/server_known.h"
#include "kms/server_users.h"

/*
 * What hubkms answers: a request as bytes in, a reply as bytes out; no sockets here (server_http has
 * them).  A request is refused in this order: form of HTTP, signature, operation, injected fault, arguments.
 * One call at a time: the caller holds a lock.
 */
#define SERVER_BODY_MAX		(64 * 1024)	/* bytes of a request's body */
#define SERVER_REPLY_MAX	(1024 * 1024)	/* bytes of a reply's body */

struct server {
	struct server_keys		*keys;
	const struct server_users	*users;
	const struct server_known	*known;		/* may be NULL */
	struct server_faults		*faults;	/* may be NULL */
	const struct slice		*roles;		/* that may be assumed; none listed: all */
	size_t				 role_count;
	bool				 any_key;	/* make the keys that requests name */
};

/* Which of the two protocols a request speaks, and so how its errors look. */
enum server_service {
	SERVER_KMS,		/* JSON */
	SERVER_STS,		/* XML */
};

struct server_reply {
	unsigned		 status;
	enum server_service	 service;
	char			 code[64];		/* the error's name, "" on success */
	char			 message[ERR_TEXT_MAX];
	char			 request_id[37];
	struct buf		 body;
	struct server_fault	 fault;			/* slow, cut and drop are left to server_http */
	/* For the log, printable: the operation, and the key or role it is about. */
	char			 operation[48], subject[256];
	struct server_caller	 caller;
};

/* A reply to be: status 200, a new request id. */
void		 server_reply_init(struct server_reply *reply, enum server_service service);
void		 server_reply_release(struct server_reply *reply);
/* Content-Type of the body. */
const char	*server_reply_type(const struct server_reply *reply);

/* One request on its way through an operation. */
struct server_call {
	struct server		*server;
	struct server_reply	*reply;
	struct slice		 body;
	int64_t			 now;			/* seconds since 1970 */
};

/* A row of a protocol's table.  0, or server_refuse()'s result, or a fault of our own in ${err}. */
struct server_operation {
	const char	*name;
	int		(*run)(struct server_call *call, struct error *err);
};

/* The tables, each ended by a row without a name: server_kms.c, server_sts.c. */
extern const struct server_operation server_kms_operations[], server_sts_operations[];

/*
 * server_form_field(body, name, out, err):
 * Append the decoded value of a field of a form-encoded body.  ERR_NOT_FOUND; ERR_SYNTAX: malformed or given
 * twice; ERR_LIMIT above what ${out} takes.
 */
int	server_form_field(struct slice body, const char *name, struct buf *out, struct error *err) WARN_UNUSED;

/*
 * server_refuse(call, status, code, format, ...):
 * Answer with an error of AWS.  The message is cut to fit; bytes that are not printable ASCII become '?'.
 * Returns ERR_DENIED, for "return server_refuse(...)".
 */
int	server_refuse(struct server_call *call, unsigned status, const char *code, const char *format, ...)
	    PRINTF_LIKE(4, 5);
/*
 * Say which key or role a request names, SLICE_NONE when none, and let an injected fault happen: nonzero when that
 * is the answer.  Each operation calls it once, before it looks at other arguments.
 */
int	server_subject(struct server_call *call, struct slice subject) WARN_UNUSED;
/* For the log: the key that the name in the request turned out to mean. */
void	server_reply_subject(struct server_reply *reply, struct slice subject);

/*
 * server_answer(server, msg, now, reply):
 * Answer one request completely; there is always an answer.  ${reply} needs no making; release it afterwards.
 */
void	server_answer(struct server *server, const struct http_message *msg, int64_t now,
	    struct server_reply *reply);
/*
 * The same without looking at headers or signature: ${reply} was made by server_reply_init() and its caller is given.
 */
void	server_perform(struct server *server, struct slice operation, struct slice body, int64_t now,
	    struct server_reply *reply);

#endif
