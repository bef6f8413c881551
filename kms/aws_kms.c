#include "kms/aws_kms.h"

#include <stdlib.h>

#include "base/encode.h"
#include "base/limits.h"
#include "kms/aws_cred.h"
#include "kms/json.h"

#define PLAINTEXT_MAX	4096
#define BLOB_MAX	6144
#define CONTEXT_BYTES	(8 * KIB)
#define DATAKEY_LEN	32

struct aws_kms {
	const struct kms_request	*request;
	struct aws_call			*call;
	aws_kms_done			*done;
	void				*object;
};

static const char *const targets[KMS_OPERATIONS] = {
	[KMS_WRAP] = "TrentService.Encrypt",
	[KMS_UNWRAP] = "TrentService.Decrypt",
	[KMS_GENERATE] = "TrentService.GenerateDataKey",
	[KMS_DESCRIBE] = "TrentService.DescribeKey",
};

/* --- the request's body --- */

static int
put_context(const struct kms_request *request, struct buf *out, struct error *err)
{
	size_t total = 0;

	/* Always there, as sops sends it: the empty object is the same as none. */
	if (json_put_open(out, "EncryptionContext", '{', err) != 0)
		return err->kind;
	for (size_t i = 0; i < request->context_count; i++) {
		const struct kms_pair *pair = &request->context[i];

		for (size_t j = 0; j < i; j++)
			if (slice_eq(pair->name, request->context[j].name))
				return err_set(err, ERR_CONTEXT, "the encryption context has '%.*s' twice",
				    SLICE_ARG(pair->name));
		total += pair->name.len + pair->value.len;
		if (total > CONTEXT_BYTES)
			return err_set(err, ERR_LIMIT, "an encryption context of more than %zu bytes", CONTEXT_BYTES);
		if (json_put_pair(out, pair->name, pair->value, err) != 0)
			return err_wrap(err, "encryption context");
	}
	return buf_byte(out, '}', err);
}

/* What the file stores is base64, perhaps broken over lines by an editor. */
static int
put_blob(const struct kms_request *request, struct buf *out, struct error *err)
{
	CLEANUP(buf_release) struct buf blob = BUF(BLOB_MAX);

	if (base64_decode_as(slice_trim(request->payload), BASE64_SKIP_BREAKS | BASE64_LOOSE_BITS, &blob, err) != 0 ||
	    blob.len == 0) {
		err_reset(err);
		return err_set(err, ERR_TAMPERED, "the wrapped data key is not base64 of 1 to %d bytes", BLOB_MAX);
	}
	return json_put_base64(out, "CiphertextBlob", buf_slice(&blob), err);
}

int
aws_kms_body(const struct kms_request *request, struct buf *out, struct error *err)
{
	/* The key is always named, for Decrypt too: it pins which key may answer. */
	if (buf_byte(out, '{', err) != 0 || json_put_text(out, "KeyId", request->key, err) != 0)
		return err->kind;
	switch (request->operation) {
	case KMS_WRAP:
		if (request->payload.len == 0 || request->payload.len > PLAINTEXT_MAX)
			return err_set(err, ERR_LIMIT, "AWS KMS wraps 1 to %d bytes, not %zu", PLAINTEXT_MAX,
			    request->payload.len);
		if (json_put_base64(out, "Plaintext", request->payload, err) != 0 || put_context(request, out, err) != 0)
			return err->kind;
		break;
	case KMS_UNWRAP:
		if (put_blob(request, out, err) != 0 || put_context(request, out, err) != 0)
			return err->kind;
		break;
	case KMS_GENERATE:
		if (json_put_int(out, "NumberOfBytes", DATAKEY_LEN, err) != 0 || put_context(request, out, err) != 0)
			return err->kind;
		break;
	default:
		break;
	}
	return buf_byte(out, '}', err);
}

/* --- the answer --- */

static int
read_datakey(const struct json *root, struct kms_reply *reply, struct error *err)
{
	CLEANUP(buf_release) struct buf plain = BUF_SECRET(PLAINTEXT_MAX);
	struct slice text;

	if (json_need_text(root, "Plaintext", &text, err) != 0 || base64_decode(text, &plain, err) != 0)
		return err->kind;
	if (plain.len == 0)
		return err_set(err, ERR_SYNTAX, "an empty data key");
	return secret_copy(buf_slice(&plain), &reply->datakey, err);
}

static int
read_blob(const struct json *root, struct kms_reply *reply, struct error *err)
{
	CLEANUP(buf_release) struct buf blob = BUF(BLOB_MAX);
	struct slice text;

	if (json_need_text(root, "CiphertextBlob", &text, err) != 0 || base64_decode(text, &blob, err) != 0)
		return err->kind;
	if (blob.len == 0)
		return err_set(err, ERR_SYNTAX, "an empty ciphertext");
	reply->text = BUF(base64_length(BLOB_MAX));
	return base64_encode(buf_slice(&blob), &reply->text, err);
}

static int
read_description(const struct json *root, struct kms_reply *reply, struct error *err)
{
	static const struct {
		const char	*member, *name;
	} lines[] = {
		{ "Arn", "arn" }, { "KeyState", "state" }, { "KeyUsage", "usage" }, { "KeySpec", "spec" },
		{ "KeyManager", "manager" }, { "Description", "description" },
	};
	const struct json	*data = json_find(root, "KeyMetadata");
	struct slice		 text;

	reply->text = BUF(KMS_FIELD_MAX);
	if (json_need_text(data, "Arn", &text, err) != 0)
		return err->kind;
	if (text.len == 0)
		return err_set(err, ERR_SYNTAX, "the member 'Arn' of the answer is empty");
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (json_text(json_find(data, lines[i].member), &text) && text.len != 0 &&
		    buf_printf(&reply->text, err, "%s: %.*s\n", lines[i].name, SLICE_ARG(text)) != 0)
			return err->kind;
	return 0;
}

static int
read_answer(const struct kms_request *request, struct slice body, struct kms_reply *reply, struct error *err)
{
	CLEANUP(json_freep) struct json *root = NULL;

	if (json_parse(body, &root, err) != 0)
		return err->kind;
	switch (request->operation) {
	case KMS_UNWRAP:
		return read_datakey(root, reply, err);
	case KMS_GENERATE:
		if (read_datakey(root, reply, err) != 0)
			return err->kind;
		return read_blob(root, reply, err);
	case KMS_DESCRIBE:
		return read_description(root, reply, err);
	default:
		return read_blob(root, reply, err);
	}
}

int
aws_kms_reply(const struct kms_request *request, struct slice body, struct kms_reply *reply, struct error *err)
{
	struct error problem = ERROR_INIT;

	if (read_answer(request, body, reply, &problem) == 0)
		return 0;
	kms_reply_release(reply);
	return err_set(err, problem.kind == ERR_MEMORY ? ERR_MEMORY : ERR_NETWORK,
	    "AWS KMS gave no usable answer: %.200s", problem.text);
}

/* --- asking --- */

void
aws_kms_cancel(struct aws_kms *question)
{
	if (question == NULL)
		return;
	aws_cancel(question->call);
	free(question);
}
DEFINE_CLEANUP(struct aws_kms, aws_kms_cancel)

bool
aws_kms_sent(const struct aws_kms *question)
{
	return aws_sent(question->call);
}

static void
answered(void *object, const struct aws_answer *answer)
{
	struct aws_kms		*question = object;
	struct kms_reply	 reply = { .error = *answer->error };

	question->call = NULL;
	if (reply.error.kind == ERR_NONE &&
	    aws_kms_reply(question->request, answer->body, &reply, &reply.error) != 0)
		(void)err_hint(&reply.error, "check what answers at the configured endpoint");
	reply.asked = answer->sent;
	question->done(question->object, &reply);
	free(question);
}

int
aws_kms_ask(struct aws *aws, const struct kms_request *request, aws_kms_done *done, void *object, struct aws_kms **out,
    struct error *err)
{
	CLEANUP(aws_kms_cancelp) struct aws_kms *question = calloc(1, sizeof(*question));
	CLEANUP(buf_release) struct buf body = BUF_SECRET(64 * KIB);
	struct aws_question asked = { .service = AWS_KMS, .profile = request->profile,
		.target = slice_str(targets[request->operation]), .content_type = SLICE("application/x-amz-json-1.1") };
	struct aws_arn	arn;
	bool		named;

	if (question == NULL)
		return err_memory(err);
	*question = (struct aws_kms){ .request = request, .done = done, .object = object };
	if (aws_arn_kms(request->key, &arn, err) != 0 || aws_kms_body(request, &body, err) != 0 ||
	    aws_cred_identify(aws, request->profile, request->role, arn.region, &asked.identity, err) != 0)
		return err->kind;
	asked.region = arn.region;
	asked.body = buf_slice(&body);
	if (asked.profile.len == 0)
		asked.profile = aws_config_profile(&named);
	if (aws_send(aws, &asked, answered, question, &question->call, err) != 0)
		return err->kind;
	*out = TAKE(question);
	return 0;
}
