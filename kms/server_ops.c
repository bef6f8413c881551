#include <stdio.h>
#include <string.h>

#include "kms/json.h"
#include "kms/server_ops.h"
#include "kms/xml.h"

/* --- replies ------------------------------------------------------------------------------------------- */

/* Into a fixed field, printable ASCII only and without blanks where ${word}: it goes into logs and headers. */
static void
copy_printable(char *out, size_t size, struct slice text, bool word)
{
	size_t n = text.len < size - 1 ? text.len : size - 1;

	for (size_t i = 0; i < n; i++) {
		uint8_t c = text.data[i];

		out[i] = c > ' ' && c < 127 ? (char)c : c == ' ' && !word ? ' ' : '?';
	}
	out[n] = '\0';
}

const char *
server_reply_type(const struct server_reply *reply)
{
	return reply->service == SERVER_KMS ? "application/x-amz-json-1.1" : "text/xml";
}

void
server_reply_release(struct server_reply *reply)
{
	buf_release(&reply->body);
}

void
server_reply_init(struct server_reply *reply, enum server_service service)
{
	memset(reply, 0, sizeof(*reply));
	reply->status = 200;
	reply->service = service;
	reply->body = BUF_SECRET(SERVER_REPLY_MAX);
	server_keys_uuid(reply->request_id);
}

int
server_refuse(struct server_call *call, unsigned status, const char *code, const char *format, ...)
{
	char	text[ERR_TEXT_MAX];
	va_list	arguments;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	call->reply->status = status;
	(void)snprintf(call->reply->code, sizeof(call->reply->code), "%s", code);
	copy_printable(call->reply->message, sizeof(call->reply->message), slice_str(text), false);
	return ERR_DENIED;
}

void
server_reply_subject(struct server_reply *reply, struct slice subject)
{
	copy_printable(reply->subject, sizeof(reply->subject), subject, true);
}

int
server_subject(struct server_call *call, struct slice subject)
{
	struct server_reply	*reply = call->reply;
	bool			 kms = reply->service == SERVER_KMS;

	server_reply_subject(reply, subject);
	if (call->server->faults == NULL)
		return 0;
	reply->fault = server_faults_take(call->server->faults, slice_str(reply->operation), subject);
	switch (reply->fault.kind) {
	case SERVER_FAULT_THROTTLE:
		return server_refuse(call, 400, kms ? "ThrottlingException" : "Throttling", "Rate exceeded");
	case SERVER_FAULT_500:
		return server_refuse(call, 500, kms ? "KMSInternalException" : "InternalFailure",
		    "The request was rejected because an internal exception occurred.");
	case SERVER_FAULT_DENY:
		return server_refuse(call, kms ? 400 : 403, kms ? "AccessDeniedException" : "AccessDenied",
		    "User: %s is not authorized to perform: %s:%s on resource: %s", reply->caller.arn,
		    kms ? "kms" : "sts", reply->operation, reply->subject);
	default:
		return 0;
	}
}

/* --- bodies -------------------------------------------------------------------------------------------- */

static int
render_error(struct server_reply *reply, struct error *err)
{
	struct buf *body = &reply->body;

	if (reply->service == SERVER_KMS) {
		if (buf_byte(body, '{', err) != 0 || json_put_text(body, "__type", slice_str(reply->code), err) != 0 ||
		    (reply->message[0] != '\0' &&
		    json_put_text(body, "message", slice_str(reply->message), err) != 0))
			return err->kind;
		return buf_byte(body, '}', err);
	}
	if (buf_printf(body, err, "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>%s</Type>"
	    "<Code>%s</Code><Message>", reply->status < 500 ? "Sender" : "Receiver", reply->code) != 0 ||
	    xml_put_text(body, slice_str(reply->message), err) != 0)
		return err->kind;
	return buf_printf(body, err, "</Message></Error><RequestId>%s</RequestId></ErrorResponse>", reply->request_id);
}

/* The frame of a successful STS answer; the operation wrote what is inside its Result element. */
static int
render_sts(struct server_reply *reply, struct error *err)
{
	CLEANUP(buf_release) struct buf framed = BUF_SECRET(SERVER_REPLY_MAX);
	struct buf	inner;

	if (buf_printf(&framed, err, "<%sResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><%sResult>",
	    reply->operation, reply->operation) != 0 || buf_append(&framed, buf_slice(&reply->body), err) != 0 ||
	    buf_printf(&framed, err, "</%sResult><ResponseMetadata><RequestId>%s</RequestId></ResponseMetadata></%sResponse>",
	    reply->operation, reply->request_id, reply->operation) != 0)
		return err->kind;
	inner = reply->body;
	reply->body = framed;
	framed = inner;
	return 0;
}

/* Turn what an operation left into bytes; whatever fails here is our own fault, and said so. */
static void
render(struct server_call *call, int result, struct error *err)
{
	struct server_reply	*reply = call->reply;
	struct error		 second = ERROR_INIT;

	if (result == 0 && reply->service == SERVER_STS)
		result = render_sts(reply, err);
	if (result == 0 && reply->fault.kind == SERVER_FAULT_GARBAGE) {
		buf_reset(&reply->body);
		result = buf_append(&reply->body, SLICE("\x00\xff<{\"garbage\": \n\xfe"), err);
	}
	if (result == 0)
		return;
	if (reply->code[0] == '\0')
		(void)server_refuse(call, 500, reply->service == SERVER_KMS ? "KMSInternalException" : "InternalFailure",
		    "%s", err->text);
	buf_reset(&reply->body);
	if (render_error(reply, &second) != 0)
		buf_reset(&reply->body);	/* the status alone has to do */
}

/* --- dispatch ------------------------------------------------------------------------------------------ */

static int
perform(struct server_call *call, struct slice operation, struct error *err)
{
	struct server_reply		*reply = call->reply;
	const struct server_operation	*row = reply->service == SERVER_KMS ? server_kms_operations :
	    server_sts_operations;

	copy_printable(reply->operation, sizeof(reply->operation), operation, true);
	for (; row->name != NULL; row++)
		if (slice_eq(operation, slice_str(row->name)))
			return row->run(call, err);
	if (reply->service == SERVER_KMS)
		return server_refuse(call, 400, "UnknownOperationException", "Unknown operation %s", reply->operation);
	return server_refuse(call, 400, "InvalidAction", "Could not find operation %s for version 2011-06-15",
	    reply->operation);
}

void
server_perform(struct server *server, struct slice operation, struct slice body, int64_t now,
    struct server_reply *reply)
{
	struct server_call	call = { .server = server, .reply = reply, .body = body, .now = now };
	struct error		err = ERROR_INIT;

	render(&call, perform(&call, operation, &err), &err);
}

/* The one X-Amz-Target header, "TrentService.OPERATION". */
static int
kms_target(struct server_call *call, const struct http_message *msg, struct slice *operation)
{
	static const char	service[] = "TrentService.";
	struct slice		target = SLICE_NONE;
	size_t			count = 0;

	for (size_t i = 0; i < msg->header_count; i++)
		if (slice_eq_nocase(msg->headers[i].name, SLICE("x-amz-target"))) {
			target = msg->headers[i].value;
			count++;
		}
	if (count != 1 || !slice_starts(target, slice_str(service)))
		return server_refuse(call, 400, "UnknownOperationException", "No such service.");
	*operation = slice_from(target, sizeof(service) - 1);
	return 0;
}

static int
answer(struct server_call *call, const struct http_message *msg, struct error *err)
{
	CLEANUP(buf_release) struct buf action = BUF(64);
	struct server_reply	*reply = call->reply;
	struct server_refusal	 refusal;
	struct slice		 operation;
	struct error		 why = ERROR_INIT;
	bool			 kms = http_message_header(msg, "x-amz-target") != NULL;

	reply->service = kms ? SERVER_KMS : SERVER_STS;
	if (!slice_eq(msg->target, SLICE("/")))
		return server_refuse(call, 404, kms ? "UnknownOperationException" : "InvalidAction", "There is only '/'.");
	if (!slice_eq(msg->method, SLICE("POST")))
		return server_refuse(call, 405, kms ? "UnknownOperationException" : "InvalidAction", "There is only POST.");
	if (msg->body.len > SERVER_BODY_MAX)
		return server_refuse(call, 413, kms ? "RequestEntityTooLargeException" : "RequestEntityTooLarge",
		    "A request has at most %d bytes.", SERVER_BODY_MAX);
	if (server_auth_check(call->server, msg, kms ? "kms" : "sts", call->now, &reply->caller, &refusal, &why) != 0) {
		if (why.kind != ERR_NONE) {
			*err = why;
			return err->kind;
		}
		return server_refuse(call, refusal.status, refusal.code, "%s", refusal.message);
	}
	if (kms) {
		if (kms_target(call, msg, &operation) != 0)
			return ERR_DENIED;
	} else {
		if (server_form_field(msg->body, "Action", &action, &why) != 0)
			return server_refuse(call, 400, "MissingAction", "Missing Action");
		operation = buf_slice(&action);
	}
	return perform(call, operation, err);
}

void
server_answer(struct server *server, const struct http_message *msg, int64_t now, struct server_reply *reply)
{
	struct server_call	call = { .server = server, .reply = reply, .body = msg->body, .now = now };
	struct error		err = ERROR_INIT;

	server_reply_init(reply, SERVER_KMS);
	render(&call, answer(&call, msg, &err), &err);
}
