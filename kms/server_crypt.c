#include "base/encode.h"
#include "crypto/random.h"
#include "kms/server_blob.h"
#include "kms/server_kms.h"
#include "kms/server_member.h"

/*
 * What is done with keys: data keys made, plaintext sealed, ciphertexts opened (kms.md 3.2 to 3.4).
 */
#define DATA_KEY_MAX	1024

/* The members that every cryptographic operation has: grants have no effect here, but must be well formed. */
static int
read_common(struct server_call *call, const struct json *body, bool *dry_run)
{
	const struct json	*grants = json_find(body, "GrantTokens");
	struct slice		 text;

	if (grants != NULL && !json_is_list(grants))
		return server_refuse(call, 400, "SerializationException", "'GrantTokens' is not a list");
	if (json_count(grants) > 10)
		return server_refuse(call, 400, "ValidationException", "'GrantTokens' has more than 10 members");
	for (size_t i = 0; i < json_count(grants); i++)
		if (!json_text(json_at(grants, i), &text))
			return server_refuse(call, 400, "SerializationException", "'GrantTokens' is not a list of strings");
	if (json_find(body, "Recipient") != NULL)
		return server_refuse(call, 400, "UnsupportedOperationException", "'Recipient' is not served here");
	return server_member_bool(call, body, "DryRun", dry_run);
}

/* Everything is in order: the last word of a dry run. */
static int
end_dry_run(struct server_call *call, bool dry_run)
{
	return dry_run ? server_refuse(call, 412, "DryRunOperationException",
	    "The request would have succeeded, but the DryRun option is set.") : 0;
}

static int
put_ciphertext(const struct server_key *key, struct slice context, struct slice plain, struct buf *out,
    struct error *err)
{
	CLEANUP(buf_release) struct buf blob = BUF(SERVER_BLOB_MAX);

	if (server_blob_seal(key, context, plain, &blob, err) != 0 ||
	    json_put_base64(out, "CiphertextBlob", buf_slice(&blob), err) != 0)
		return err->kind;
	return json_put_text(out, "KeyId", key->arn, err);
}

int
server_encrypt(struct server_call *call, struct error *err)
{
	CLEANUP(json_freep) struct json *body = NULL;
	CLEANUP(buf_release) struct buf plain = BUF_SECRET(SERVER_BLOB_MAX);
	CLEANUP(buf_release) struct buf context = BUF(2 * SERVER_CONTEXT_MAX);
	struct buf		*out = &call->reply->body;
	const struct server_key	*key;
	struct slice		 name;
	bool			 dry_run;
	int			 result;

	if (server_member_body(call, &body) != 0 || server_member_text(call, body, "KeyId", true, SERVER_ARN_MAX, &name) != 0 ||
	    server_subject(call, name) != 0 || read_common(call, body, &dry_run) != 0 ||
	    server_member_only(call, body, "EncryptionAlgorithm", SERVER_ALGORITHM, "InvalidKeyUsageException") != 0 ||
	    server_member_bytes(call, body, "Plaintext", SERVER_PLAINTEXT_MAX, &plain) != 0)
		return ERR_DENIED;
	if ((result = server_member_context(call, body, "EncryptionContext", &context, err)) != 0 ||
	    (result = server_kms_find_sealing_key(call, name, &key, err)) != 0 || (result = end_dry_run(call, dry_run)) != 0)
		return result;
	if (buf_byte(out, '{', err) != 0 ||
	    put_ciphertext(key, buf_slice(&context), buf_slice(&plain), out, err) != 0 ||
	    json_put_text(out, "EncryptionAlgorithm", SLICE(SERVER_ALGORITHM), err) != 0)
		return err->kind;
	return buf_byte(out, '}', err);
}

/* The length that a request for a data key asks for. */
static int
data_key_length(struct server_call *call, const struct json *body, int64_t *out)
{
	struct slice spec;

	if (server_member_text(call, body, "KeySpec", false, 64, &spec) != 0 ||
	    server_member_int(call, body, "NumberOfBytes", DATA_KEY_MAX, 0, out) != 0)
		return ERR_DENIED;
	if ((spec.len != 0) == (*out != 0))
		return server_refuse(call, 400, "ValidationException",
		    "Please specify either number of bytes or key spec.");
	if (spec.len == 0)
		return 0;
	*out = slice_eq(spec, SLICE("AES_256")) ? 32 : slice_eq(spec, SLICE("AES_128")) ? 16 : 0;
	return *out != 0 ? 0 : server_refuse(call, 400, "ValidationException", "1 validation error detected: Value at "
	    "'keySpec' failed to satisfy constraint: Member must satisfy enum value set: [AES_256, AES_128]");
}

static int
make_data_key(struct server_call *call, bool show, struct error *err)
{
	CLEANUP(json_freep) struct json *body = NULL;
	CLEANUP(buf_release) struct buf context = BUF(2 * SERVER_CONTEXT_MAX);
	struct buf		*out = &call->reply->body;
	const struct server_key	*key;
	struct slice		 name, plain;
	int64_t			 length;
	bool			 dry_run;
	int			 result;
	WIPED(random, DATA_KEY_MAX);

	if (server_member_body(call, &body) != 0 || server_member_text(call, body, "KeyId", true, SERVER_ARN_MAX, &name) != 0 ||
	    server_subject(call, name) != 0 || read_common(call, body, &dry_run) != 0 ||
	    data_key_length(call, body, &length) != 0)
		return ERR_DENIED;
	if ((result = server_member_context(call, body, "EncryptionContext", &context, err)) != 0 ||
	    (result = server_kms_find_sealing_key(call, name, &key, err)) != 0 || (result = end_dry_run(call, dry_run)) != 0)
		return result;
	random_bytes(random, (size_t)length);
	plain = slice_of(random, (size_t)length);
	if (buf_byte(out, '{', err) != 0 || put_ciphertext(key, buf_slice(&context), plain, out, err) != 0 ||
	    (show && json_put_base64(out, "Plaintext", plain, err) != 0))
		return err->kind;
	return buf_byte(out, '}', err);
}

int
server_generate_data_key(struct server_call *call, struct error *err)
{
	return make_data_key(call, true, err);
}

int
server_generate_data_key_without_plaintext(struct server_call *call, struct error *err)
{
	return make_data_key(call, false, err);
}

/* A recorded ciphertext (--known).  ERR_NOT_FOUND: it is none. */
static int
open_known(struct server_call *call, struct slice blob, struct slice name, struct slice context, struct slice *arn,
    struct buf *plain, struct error *err)
{
	struct error why = ERROR_INIT;

	switch (server_known_open(call->server->known, blob, name, context, arn, plain, &why)) {
	case 0:
		server_reply_subject(call->reply, *arn);
		return 0;
	case ERR_NOT_FOUND:
		return ERR_NOT_FOUND;
	case ERR_NO_KEY:
		return server_refuse(call, 400, "IncorrectKeyException",
		    "The key ID in the request does not identify a CMK that can perform this operation.");
	case ERR_TAMPERED:
		return server_refuse(call, 400, "InvalidCiphertextException", "%s", "");
	default:
		*err = why;
		return err->kind;
	}
}

/*
 * Open a ciphertext as Decrypt and ReEncrypt do.  ${name} is the key that the request names, or empty: the
 * ciphertext itself says which key sealed it.
 */
static int
open_blob(struct server_call *call, struct slice blob, struct slice name, struct slice context, struct slice *arn,
    struct buf *plain, struct error *err)
{
	struct slice		 region = slice_str(call->reply->caller.region), sealed_by;
	const struct server_key	*key, *named;
	struct error		 why = ERROR_INIT;
	struct server_arn	 parts;
	int			 result;

	if (server_arn_parse(name, &parts) && !slice_eq(parts.region, region))
		return server_kms_no_such_key(call, name);
	if ((result = open_known(call, blob, name, context, arn, plain, err)) != ERR_NOT_FOUND)
		return result;
	if (server_blob_key(blob, &sealed_by, &why) != 0)
		return server_refuse(call, 400, "InvalidCiphertextException", "%s", "");
	if (name.len != 0 && server_kms_find_key(call, name, &named) != 0)
		return ERR_DENIED;
	key = server_keys_by_name(call->server->keys, sealed_by, region);
	if (name.len != 0 && key != named)
		return server_refuse(call, 400, "IncorrectKeyException",
		    "The key ID in the request does not identify a CMK that can perform this operation.");
	if (key == NULL)
		return server_refuse(call, 400, "AccessDeniedException", "The ciphertext refers to a customer master key "
		    "that does not exist, does not exist in this region, or you are not allowed to access.");
	server_reply_subject(call->reply, key->arn);
	if (server_kms_need_enabled(call, key) != 0)
		return ERR_DENIED;
	*arn = key->arn;
	switch (server_blob_open(key, context, blob, plain, &why)) {
	case 0:
		return 0;
	case ERR_TAMPERED:
		/* AWS says no more than the code: damage and a wrong context look alike. */
		return server_refuse(call, 400, "InvalidCiphertextException", "%s", "");
	default:
		*err = why;
		return err->kind;
	}
}

int
server_decrypt(struct server_call *call, struct error *err)
{
	CLEANUP(json_freep) struct json *body = NULL;
	CLEANUP(buf_release) struct buf blob = BUF(2 * SERVER_BLOB_MAX);
	CLEANUP(buf_release) struct buf context = BUF(2 * SERVER_CONTEXT_MAX);
	CLEANUP(buf_release) struct buf plain = BUF_SECRET(SERVER_BLOB_MAX);
	struct buf	*out = &call->reply->body;
	struct slice	 name, arn;
	bool		 dry_run;
	int		 result;

	if (server_member_body(call, &body) != 0 || server_member_text(call, body, "KeyId", false, SERVER_ARN_MAX, &name) != 0 ||
	    server_subject(call, name) != 0 || read_common(call, body, &dry_run) != 0 ||
	    server_member_only(call, body, "EncryptionAlgorithm", SERVER_ALGORITHM, "InvalidKeyUsageException") != 0 ||
	    server_member_bytes(call, body, "CiphertextBlob", SERVER_BLOB_MAX, &blob) != 0)
		return ERR_DENIED;
	if ((result = server_member_context(call, body, "EncryptionContext", &context, err)) != 0 ||
	    (result = open_blob(call, buf_slice(&blob), name, buf_slice(&context), &arn, &plain, err)) != 0 ||
	    (result = end_dry_run(call, dry_run)) != 0)
		return result;
	if (buf_byte(out, '{', err) != 0 || json_put_text(out, "KeyId", arn, err) != 0 ||
	    json_put_base64(out, "Plaintext", buf_slice(&plain), err) != 0 ||
	    json_put_text(out, "EncryptionAlgorithm", SLICE(SERVER_ALGORITHM), err) != 0)
		return err->kind;
	return buf_byte(out, '}', err);
}

int
server_re_encrypt(struct server_call *call, struct error *err)
{
	CLEANUP(json_freep) struct json *body = NULL;
	CLEANUP(buf_release) struct buf blob = BUF(2 * SERVER_BLOB_MAX);
	CLEANUP(buf_release) struct buf from = BUF(2 * SERVER_CONTEXT_MAX);
	CLEANUP(buf_release) struct buf to = BUF(2 * SERVER_CONTEXT_MAX);
	CLEANUP(buf_release) struct buf plain = BUF_SECRET(SERVER_BLOB_MAX);
	struct buf		*out = &call->reply->body;
	const struct server_key	*key;
	struct slice		 source, destination, arn;
	bool			 dry_run;
	int			 result;

	if (server_member_body(call, &body) != 0 ||
	    server_member_text(call, body, "DestinationKeyId", true, SERVER_ARN_MAX, &destination) != 0 ||
	    server_subject(call, destination) != 0 || read_common(call, body, &dry_run) != 0 ||
	    server_member_text(call, body, "SourceKeyId", false, SERVER_ARN_MAX, &source) != 0 ||
	    server_member_only(call, body, "SourceEncryptionAlgorithm", SERVER_ALGORITHM, "InvalidKeyUsageException") != 0 ||
	    server_member_only(call, body, "DestinationEncryptionAlgorithm", SERVER_ALGORITHM, "InvalidKeyUsageException") != 0 ||
	    server_member_bytes(call, body, "CiphertextBlob", SERVER_BLOB_MAX, &blob) != 0)
		return ERR_DENIED;
	if ((result = server_member_context(call, body, "SourceEncryptionContext", &from, err)) != 0 ||
	    (result = server_member_context(call, body, "DestinationEncryptionContext", &to, err)) != 0 ||
	    (result = open_blob(call, buf_slice(&blob), source, buf_slice(&from), &arn, &plain, err)) != 0 ||
	    (result = server_kms_find_sealing_key(call, destination, &key, err)) != 0 ||
	    (result = end_dry_run(call, dry_run)) != 0)
		return result;
	if (buf_byte(out, '{', err) != 0 || put_ciphertext(key, buf_slice(&to), buf_slice(&plain), out, err) != 0 ||
	    json_put_text(out, "SourceKeyId", arn, err) != 0 ||
	    json_put_text(out, "SourceEncryptionAlgorithm", SLICE(SERVER_ALGORITHM), err) != 0 ||
	    json_put_text(out, "DestinationEncryptionAlgorithm", SLICE(SERVER_ALGORITHM), err) != 0)
		return err->kind;
	return buf_byte(out, '}', err);
}
