#include "kms/request.h"

#include <stdio.h>

#include "base/num.h"
#include "base/pktline.h"

#define PROTOCOL	"1"

static const char *const service_names[KMS_SERVICES] = {
	[KMS_AWS] = "aws_kms",
	[KMS_GCP] = "gcp_kms",
	[KMS_AZURE] = "azure_kv",
	[KMS_VAULT] = "hc_vault",
	[KMS_HUAWEI] = "hckms",
	[KMS_KEYSERVICE] = "keyservice",
};

static const char *const operation_names[KMS_OPERATIONS] = {
	[KMS_WRAP] = "wrap",
	[KMS_UNWRAP] = "unwrap",
	[KMS_GENERATE] = "generate",
	[KMS_DESCRIBE] = "describe",
};

/* The failures that an answer may report; one that is not here travels as "internal". */
static const struct {
	enum err_kind	 kind;
	const char	*name;
} kind_names[] = {
	{ ERR_DENIED, "denied" }, { ERR_NOT_FOUND, "not-found" }, { ERR_NETWORK, "network" }, { ERR_TIMEOUT, "timeout" },
	{ ERR_NO_KEY, "no-key" }, { ERR_CONFIG, "config" }, { ERR_SYNTAX, "syntax" }, { ERR_REFUSED, "refused" },
	{ ERR_UNSUPPORTED, "unsupported" }, { ERR_CANCELLED, "cancelled" }, { ERR_LIMIT, "limit" },
	{ ERR_TAMPERED, "tampered" }, { ERR_CONTEXT, "context" }, { ERR_SYSTEM, "system" }, { ERR_MEMORY, "memory" },
	{ ERR_CRYPTO, "crypto" }, { ERR_RANGE, "range" }, { ERR_INTERNAL, "internal" },
};
#define KINDS	(sizeof(kind_names) / sizeof(kind_names[0]))

const char *
kms_service_name(enum kms_service service)
{
	return service_names[service];
}

/* The index of ${name} in a table of names, or ${n}. */
static size_t
name_index(const char *const *names, size_t n, struct slice name)
{
	size_t i = 0;

	while (i < n && !slice_eq(name, slice_str(names[i])))
		i++;
	return i;
}

bool
kms_service_parse(struct slice name, enum kms_service *out)
{
	size_t i = name_index(service_names, KMS_SERVICES, name);

	if (i == KMS_SERVICES)
		return false;
	*out = (enum kms_service)i;
	return true;
}

void
kms_reply_release(struct kms_reply *reply)
{
	secret_free(reply->datakey);
	buf_release(&reply->text);
	*reply = (struct kms_reply){ .datakey = NULL };
}

/* --- writing --- */

static int
put(struct pktline *line, const char *name, struct slice value, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_SECRET(PKTLINE_DATA);

	if (value.len > KMS_FIELD_MAX)
		return err_set(err, ERR_LIMIT, "the %s of a question has more than %d bytes", name, KMS_FIELD_MAX);
	if (buf_str(&text, name, err) != 0 || buf_byte(&text, '=', err) != 0 || buf_append(&text, value, err) != 0)
		return err->kind;
	return pktline_write(line, buf_slice(&text), err);
}

static int
put_some(struct pktline *line, const char *name, struct slice value, struct error *err)
{
	return value.len != 0 ? put(line, name, value, err) : 0;
}

static int
put_request(const struct kms_request *request, struct pktline *line, struct error *err)
{
	if (request->context_count > KMS_CONTEXT_MAX)
		return err_set(err, ERR_LIMIT, "an encryption context of more than %d pairs", KMS_CONTEXT_MAX);
	if (put(line, "service", slice_str(service_names[request->service]), err) != 0 ||
	    put(line, "operation", slice_str(operation_names[request->operation]), err) != 0 ||
	    pktline_printf(line, err, "hedge=%u", request->hedge) != 0 ||
	    put_some(line, "key", request->key, err) != 0 ||
	    put_some(line, "role", request->role, err) != 0 ||
	    put_some(line, "profile", request->profile, err) != 0)
		return err->kind;
	for (size_t i = 0; i < request->context_count; i++)
		if (put(line, "context-name", request->context[i].name, err) != 0 ||
		    put(line, "context-value", request->context[i].value, err) != 0)
			return err->kind;
	if (put_some(line, "payload", request->payload, err) != 0)
		return err->kind;
	return pktline_flush(line, err);
}

int
kms_batch_write(const struct kms_request *requests, size_t n, unsigned deadline_ms, struct pktline *line,
    struct error *err)
{
	if (n > LIMIT_REQUESTS)
		return err_set(err, ERR_LIMIT, "more than %d questions to key services in one run", LIMIT_REQUESTS);
	if (pktline_printf(line, err, "hubkeys=" PROTOCOL) != 0 || pktline_printf(line, err, "count=%zu", n) != 0 ||
	    pktline_printf(line, err, "deadline=%u", deadline_ms) != 0 || pktline_flush(line, err) != 0)
		return err->kind;
	for (size_t i = 0; i < n; i++)
		if (put_request(&requests[i], line, err) != 0)
			return err->kind;
	return pktline_send(line, err);
}

static const char *
kind_name(enum err_kind kind)
{
	for (size_t i = 0; i < KINDS; i++)
		if (kind_names[i].kind == kind)
			return kind_names[i].name;
	return "internal";
}

static int
put_reply(const struct kms_reply *reply, struct pktline *line, struct error *err)
{
	if (pktline_printf(line, err, "asked=%s", reply->asked ? "yes" : "no") != 0)
		return err->kind;
	if (reply->error.kind != ERR_NONE && (pktline_printf(line, err, "error=%s", kind_name(reply->error.kind)) != 0 ||
	    put_some(line, "message", slice_str(reply->error.text), err) != 0 ||
	    put_some(line, "hint", slice_str(reply->error.hint), err) != 0))
		return err->kind;
	if (reply->datakey != NULL && put(line, "datakey", secret_slice(reply->datakey), err) != 0)
		return err->kind;
	if (put_some(line, "text", buf_slice(&reply->text), err) != 0)
		return err->kind;
	return pktline_flush(line, err);
}

int
kms_replies_write(const struct kms_reply *replies, size_t n, struct pktline *line, struct error *err)
{
	if (pktline_printf(line, err, "hubkeys=" PROTOCOL) != 0 || pktline_printf(line, err, "count=%zu", n) != 0 ||
	    pktline_flush(line, err) != 0)
		return err->kind;
	for (size_t i = 0; i < n; i++)
		if (put_reply(&replies[i], line, err) != 0)
			return err->kind;
	return pktline_send(line, err);
}

/* --- reading --- */

static int
malformed(struct error *err)
{
	return err_set(err, ERR_SYNTAX, "a malformed message between hubkeys and its caller");
}

static bool
cut(struct slice line, struct slice *name, struct slice *value)
{
	size_t equals = slice_find(line, '=', 0);

	*name = slice_sub(line, 0, equals);
	*value = slice_from(line, equals + 1);
	return equals != line.len && value->len <= KMS_FIELD_MAX;
}

static int
check_protocol(struct slice value, struct error *err)
{
	if (slice_eq(value, SLICE(PROTOCOL)))
		return 0;
	err_set(err, ERR_UNSUPPORTED, "hubkeys and its caller are of different versions");
	return err_hint(err, "install all programs of the suite from one release");
}

static int
batch_head(struct kms_batch *batch, struct slice name, struct slice value, struct error *err)
{
	int64_t	number;
	void	*room;

	if (slice_eq(name, SLICE("hubkeys")))
		return check_protocol(value, err);
	if (slice_eq(name, SLICE("deadline")) && num_parse(value, 1, 3600 * 1000, &number)) {
		batch->deadline_ms = (unsigned)number;
		return 0;
	}
	if (!slice_eq(name, SLICE("count")) || batch->requests != NULL ||
	    !num_parse(value, 0, LIMIT_REQUESTS, &number))
		return malformed(err);
	if (arena_alloc(&batch->arena, ((size_t)number + 1) * sizeof(*batch->requests), &room, err) != 0)
		return err->kind;
	batch->requests = room;
	batch->count = (size_t)number;
	return 0;
}

/* A context's name, and then its value: pairs are gathered aside and copied when the stanza ends. */
static int
batch_context(struct kms_batch *batch, struct slice copy, bool is_name, struct error *err)
{
	struct kms_request	*request = &batch->requests[batch->at];
	struct kms_pair		*last;
	void			*room;

	if (batch->context == NULL) {
		if (arena_alloc(&batch->arena, KMS_CONTEXT_MAX * sizeof(*batch->context), &room, err) != 0)
			return err->kind;
		batch->context = room;
	}
	last = request->context_count != 0 ? &batch->context[request->context_count - 1] : NULL;
	if ((last == NULL || last->value.data != NULL) != is_name)
		return malformed(err);
	if (is_name) {
		if (request->context_count == KMS_CONTEXT_MAX)
			return err_set(err, ERR_LIMIT, "an encryption context of more than %d pairs", KMS_CONTEXT_MAX);
		batch->context[request->context_count++] = (struct kms_pair){ copy, SLICE_NONE };
		return 0;
	}
	last->value = copy;
	return 0;
}

static int
batch_field(struct kms_batch *batch, struct slice name, struct slice value, struct error *err)
{
	struct kms_request	*request = &batch->requests[batch->at];
	struct slice		 copy, *into = NULL;
	int64_t			 number;
	size_t			 i;

	if (slice_eq(name, SLICE("service")))
		return kms_service_parse(value, &request->service) ? 0 : malformed(err);
	if (slice_eq(name, SLICE("operation"))) {
		if ((i = name_index(operation_names, KMS_OPERATIONS, value)) == KMS_OPERATIONS)
			return malformed(err);
		request->operation = (enum kms_operation)i;
		return 0;
	}
	if (slice_eq(name, SLICE("hedge"))) {
		if (!num_parse(value, 0, UINT32_MAX, &number))
			return malformed(err);
		request->hedge = (uint32_t)number;
		return 0;
	}
	if (arena_copy(&batch->arena, value, &copy, err) != 0)
		return err->kind;
	if (slice_starts(name, SLICE("context-")))
		return batch_context(batch, copy, slice_eq(name, SLICE("context-name")), err);
	into = slice_eq(name, SLICE("key")) ? &request->key : slice_eq(name, SLICE("role")) ? &request->role :
	    slice_eq(name, SLICE("profile")) ? &request->profile :
	    slice_eq(name, SLICE("payload")) ? &request->payload : NULL;
	if (into == NULL)
		return malformed(err);
	*into = copy;
	return 0;
}

int
kms_batch_line(struct kms_batch *batch, struct slice line, struct error *err)
{
	struct slice name, value;

	if (batch->complete || !cut(line, &name, &value))
		return malformed(err);
	return batch->headed ? batch_field(batch, name, value, err) : batch_head(batch, name, value, err);
}

int
kms_batch_flush(struct kms_batch *batch, struct error *err)
{
	struct kms_request	*request;
	void			*room;

	if (batch->complete)
		return malformed(err);
	if (!batch->headed) {
		if (batch->requests == NULL || batch->deadline_ms == 0)
			return malformed(err);
		batch->headed = true;
		batch->complete = batch->count == 0;
		return 0;
	}
	request = &batch->requests[batch->at];
	if (request->context_count != 0) {
		if (batch->context[request->context_count - 1].value.data == NULL)
			return malformed(err);
		if (arena_alloc(&batch->arena, request->context_count * sizeof(*request->context), &room, err) != 0)
			return err->kind;
		request->context = memcpy(room, batch->context, request->context_count * sizeof(*request->context));
	}
	batch->complete = ++batch->at == batch->count;
	return 0;
}

void
kms_batch_release(struct kms_batch *batch)
{
	arena_release(&batch->arena);
	*batch = KMS_BATCH;
}

static int
answers_head(const struct kms_answers *answers, struct slice name, struct slice value, struct error *err)
{
	int64_t number;

	if (slice_eq(name, SLICE("hubkeys")))
		return check_protocol(value, err);
	if (!slice_eq(name, SLICE("count")) || !num_parse(value, 0, LIMIT_REQUESTS, &number) ||
	    (size_t)number != answers->count)
		return malformed(err);
	return 0;
}

static enum err_kind
kind_parse(struct slice name)
{
	for (size_t i = 0; i < KINDS; i++)
		if (slice_eq(name, slice_str(kind_names[i].name)))
			return kind_names[i].kind;
	return ERR_INTERNAL;
}

static int
answers_field(struct kms_reply *reply, struct slice name, struct slice value, struct error *err)
{
	if (slice_eq(name, SLICE("asked")))
		reply->asked = slice_eq(value, SLICE("yes"));
	else if (slice_eq(name, SLICE("error")))
		reply->error.kind = kind_parse(value);
	else if (slice_eq(name, SLICE("message")))
		(void)snprintf(reply->error.text, sizeof(reply->error.text), "%.*s", SLICE_ARG(value));
	else if (slice_eq(name, SLICE("hint")))
		(void)snprintf(reply->error.hint, sizeof(reply->error.hint), "%.*s", SLICE_ARG(value));
	else if (slice_eq(name, SLICE("datakey")) && reply->datakey == NULL)
		return secret_copy(value, &reply->datakey, err);
	else if (slice_eq(name, SLICE("text"))) {
		if (reply->text.max == 0)
			reply->text = BUF(KMS_FIELD_MAX);
		return buf_append(&reply->text, value, err);
	} else
		return malformed(err);
	return 0;
}

int
kms_answers_line(struct kms_answers *answers, struct slice line, struct error *err)
{
	struct slice name, value;

	if (answers->complete || !cut(line, &name, &value))
		return malformed(err);
	return answers->headed ? answers_field(&answers->replies[answers->at], name, value, err) :
	    answers_head(answers, name, value, err);
}

int
kms_answers_flush(struct kms_answers *answers, struct error *err)
{
	struct kms_reply *reply;

	if (answers->complete)
		return malformed(err);
	if (!answers->headed) {
		answers->headed = true;
		answers->complete = answers->count == 0;
		return 0;
	}
	reply = &answers->replies[answers->at];
	/* An answer is either something or a failure; a helper that gives neither is not ours. */
	if (reply->error.kind == ERR_NONE && reply->datakey == NULL && reply->text.len == 0)
		return malformed(err);
	answers->complete = ++answers->at == answers->count;
	return 0;
}
