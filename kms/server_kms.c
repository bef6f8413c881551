#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "kms/server_kms.h"
#include "kms/server_member.h"

/*
 * Keys and aliases (kms.md 3.2 to 3.4); what is done with them is in server_crypt.c.
 */
#define LIST_MAX	1000	/* Limit of ListKeys and ListAliases */
#define LIST_DEFAULT	100

/* --- keys ---------------------------------------------------------------------------------------------- */

int
server_kms_no_such_key(struct server_call *call, struct slice name)
{
	const char		*region = call->reply->caller.region;
	struct server_arn	 arn;

	if (slice_starts(name, SLICE("arn:"))) {
		if (!server_arn_parse(name, &arn))
			return server_refuse(call, 400, "InvalidArnException", "%.*s is not a valid ARN", SLICE_ARG(name));
		if (!slice_eq(arn.region, slice_str(region)))
			return server_refuse(call, 400, "NotFoundException", "Invalid arn %s", region);
		return server_refuse(call, 400, "NotFoundException", slice_starts(arn.resource, SLICE("alias/")) ?
		    "Alias %.*s is not found." : "Key '%.*s' does not exist", SLICE_ARG(name));
	}
	if (slice_starts(name, SLICE("alias/")))
		return server_refuse(call, 400, "NotFoundException", "Alias arn:aws:kms:%s:%s:%.*s is not found.", region,
		    SERVER_ACCOUNT, SLICE_ARG(name));
	return server_refuse(call, 400, "NotFoundException", "Key 'arn:aws:kms:%s:%s:key/%.*s' does not exist", region,
	    SERVER_ACCOUNT, SLICE_ARG(name));
}

int
server_kms_find_key(struct server_call *call, struct slice name, const struct server_key **out)
{
	*out = server_keys_find(call->server->keys, name, slice_str(call->reply->caller.region));
	if (*out == NULL)
		return server_kms_no_such_key(call, name);
	server_reply_subject(call->reply, (*out)->arn);
	return 0;
}

int
server_kms_need_enabled(struct server_call *call, const struct server_key *key)
{
	return key->enabled ? 0 :
	    server_refuse(call, 400, "DisabledException", "%.*s is disabled.", SLICE_ARG(key->arn));
}

int
server_kms_find_sealing_key(struct server_call *call, struct slice name, const struct server_key **out, struct error *err)
{
	struct slice		region = slice_str(call->reply->caller.region);
	struct server_arn	arn;
	struct error		why = ERROR_INIT;

	if (call->server->any_key && server_keys_find(call->server->keys, name, region) == NULL &&
	    server_arn_parse(name, &arn) && slice_eq(arn.region, region))
		switch (server_keys_ensure(call->server->keys, name, call->now, out, &why)) {
		case 0:
		case ERR_SYNTAX:
			break;
		case ERR_LIMIT:
			return server_refuse(call, 400, "LimitExceededException", "%s", why.text);
		default:
			*err = why;
			return err->kind;
		}
	if (server_kms_find_key(call, name, out) != 0)
		return ERR_DENIED;
	return server_kms_need_enabled(call, *out);
}

static int
put_metadata(const struct server_key *key, struct buf *out, struct error *err)
{
	if (json_put_open(out, "KeyMetadata", '{', err) != 0 ||
	    json_put_text(out, "AWSAccountId", key->account, err) != 0 ||
	    json_put_text(out, "KeyId", key->id, err) != 0 || json_put_text(out, "Arn", key->arn, err) != 0 ||
	    json_put_int(out, "CreationDate", key->created, err) != 0 ||
	    json_put_bool(out, "Enabled", key->enabled, err) != 0 ||
	    json_put_text(out, "Description", key->description, err) != 0 ||
	    json_put_text(out, "KeyUsage", SLICE("ENCRYPT_DECRYPT"), err) != 0 ||
	    json_put_text(out, "KeyState", key->enabled ? SLICE("Enabled") : SLICE("Disabled"), err) != 0 ||
	    json_put_text(out, "Origin", SLICE("AWS_KMS"), err) != 0 ||
	    json_put_text(out, "KeyManager", SLICE("CUSTOMER"), err) != 0 ||
	    json_put_text(out, "CustomerMasterKeySpec", SLICE(SERVER_ALGORITHM), err) != 0 ||
	    json_put_text(out, "KeySpec", SLICE(SERVER_ALGORITHM), err) != 0 ||
	    json_put_open(out, "EncryptionAlgorithms", '[', err) != 0 ||
	    json_put_text(out, NULL, SLICE(SERVER_ALGORITHM), err) != 0 || buf_byte(out, ']', err) != 0 ||
	    json_put_bool(out, "MultiRegion", slice_starts(key->id, SLICE("mrk-")), err) != 0)
		return err->kind;
	return buf_byte(out, '}', err);
}

static int
create_key(struct server_call *call, struct error *err)
{
	CLEANUP(json_freep) struct json *body = NULL;
	const struct server_key	*key;
	struct slice		 description;
	struct error		 why = ERROR_INIT;
	bool			 multi_region;

	if (server_member_body(call, &body) != 0 || server_subject(call, SLICE_NONE) != 0 ||
	    server_member_only(call, body, "KeyUsage", "ENCRYPT_DECRYPT", "UnsupportedOperationException") != 0 ||
	    server_member_only(call, body, "KeySpec", SERVER_ALGORITHM, "UnsupportedOperationException") != 0 ||
	    server_member_only(call, body, "CustomerMasterKeySpec", SERVER_ALGORITHM, "UnsupportedOperationException") != 0 ||
	    server_member_only(call, body, "Origin", "AWS_KMS", "UnsupportedOperationException") != 0 ||
	    server_member_bool(call, body, "MultiRegion", &multi_region) != 0)
		return ERR_DENIED;
	if (multi_region)
		return server_refuse(call, 400, "UnsupportedOperationException", "CreateKey makes no multi-Region keys here");
	/* The one text that may be empty. */
	if (!json_text(json_find(body, "Description"), &description)) {
		if (json_find(body, "Description") != NULL)
			return server_refuse(call, 400, "SerializationException", "'Description' is not a string");
		description = SLICE_NONE;
	}
	if (description.len > SERVER_DESCRIPTION_MAX)
		return server_refuse(call, 400, "ValidationException", "'Description' has more than %d bytes",
		    SERVER_DESCRIPTION_MAX);
	switch (server_keys_create(call->server->keys, slice_str(call->reply->caller.region), description, call->now, &key,
	    &why)) {
	case 0:
		break;
	case ERR_LIMIT:
		return server_refuse(call, 400, "LimitExceededException", "%s", why.text);
	default:
		*err = why;
		return err->kind;
	}
	server_reply_subject(call->reply, key->arn);
	if (buf_byte(&call->reply->body, '{', err) != 0 || put_metadata(key, &call->reply->body, err) != 0)
		return err->kind;
	return buf_byte(&call->reply->body, '}', err);
}

/* The body of a request whose KeyId names an existing key. */
static int
read_key_request(struct server_call *call, struct json **body, const struct server_key **key)
{
	struct slice name;

	if (server_member_body(call, body) != 0 || server_member_text(call, *body, "KeyId", true, SERVER_ARN_MAX, &name) != 0 ||
	    server_subject(call, name) != 0)
		return ERR_DENIED;
	return server_kms_find_key(call, name, key);
}

static int
describe_key(struct server_call *call, struct error *err)
{
	CLEANUP(json_freep) struct json *body = NULL;
	const struct server_key *key;

	if (read_key_request(call, &body, &key) != 0)
		return ERR_DENIED;
	if (buf_byte(&call->reply->body, '{', err) != 0 || put_metadata(key, &call->reply->body, err) != 0)
		return err->kind;
	return buf_byte(&call->reply->body, '}', err);
}

/* AWS takes a key id or key ARN here and no alias. */
static int
set_enabled(struct server_call *call, bool enabled, struct error *err)
{
	CLEANUP(json_freep) struct json *body = NULL;
	const struct server_key	*key;
	struct slice		 name;

	if (read_key_request(call, &body, &key) != 0)
		return ERR_DENIED;
	if (json_text(json_find(body, "KeyId"), &name) && !slice_eq(name, key->id) && !slice_eq(name, key->arn))
		return server_refuse(call, 400, "InvalidArnException", "%.*s is not the id or ARN of a key", SLICE_ARG(name));
	return server_keys_set_enabled(call->server->keys, key, enabled, err);
}

static int
enable_key(struct server_call *call, struct error *err)
{
	return set_enabled(call, true, err);
}

static int
disable_key(struct server_call *call, struct error *err)
{
	return set_enabled(call, false, err);
}

static int
create_alias(struct server_call *call, struct error *err)
{
	CLEANUP(json_freep) struct json *body = NULL;
	const struct server_key	*key;
	struct slice		 name, target;
	struct error		 why = ERROR_INIT;

	if (server_member_body(call, &body) != 0 || server_member_text(call, body, "TargetKeyId", true, SERVER_ARN_MAX, &target) != 0 ||
	    server_subject(call, target) != 0 || server_member_text(call, body, "AliasName", true, 256, &name) != 0)
		return ERR_DENIED;
	if (!slice_starts(name, SLICE("alias/")) || slice_starts(name, SLICE("alias/aws/")))
		return server_refuse(call, 400, "ValidationException",
		    "Alias must start with the prefix \"alias/\" and not with \"alias/aws/\". Please see "
		    "https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html");
	if (slice_starts(target, SLICE("alias/")))
		return server_refuse(call, 400, "ValidationException", "Aliases must refer to keys. Not aliases");
	if (server_kms_find_key(call, target, &key) != 0)
		return ERR_DENIED;
	switch (server_keys_alias(call->server->keys, name, key, &why)) {
	case 0:
		return 0;
	case ERR_EXISTS:
		return server_refuse(call, 400, "AlreadyExistsException", "An alias with the name %.*s already exists",
		    SLICE_ARG(name));
	case ERR_SYNTAX:
		return server_refuse(call, 400, "InvalidAliasNameException", "%s", why.text);
	case ERR_LIMIT:
		return server_refuse(call, 400, "LimitExceededException", "%s", why.text);
	default:
		*err = why;
		return err->kind;
	}
}

/* --- lists --------------------------------------------------------------------------------------------- */

/* One page: where it begins, how much fits, and, when the table goes on, where the next begins. */
struct page {
	int64_t	start, limit;
};

static int
read_page(struct server_call *call, const struct json *body, struct page *out)
{
	struct slice marker;

	out->start = 0;
	if (server_member_int(call, body, "Limit", LIST_MAX, LIST_DEFAULT, &out->limit) != 0 ||
	    server_member_text(call, body, "Marker", false, 1024, &marker) != 0)
		return ERR_DENIED;
	if (marker.len != 0 && !num_parse(marker, 0, SERVER_KEYS_MAX + SERVER_ALIASES_MAX, &out->start))
		return server_refuse(call, 400, "InvalidMarkerException", "Could not deserialize marker");
	return 0;
}

/* After the list: ${next} is the index of the first row that did not fit, or negative. */
static int
put_page_end(struct buf *out, int64_t next, struct error *err)
{
	char marker[24];

	if (buf_byte(out, ']', err) != 0 || json_put_bool(out, "Truncated", next >= 0, err) != 0)
		return err->kind;
	(void)snprintf(marker, sizeof(marker), "%lld", (long long)next);
	if (next >= 0 && json_put_text(out, "NextMarker", slice_str(marker), err) != 0)
		return err->kind;
	return buf_byte(out, '}', err);
}

static int
list_keys(struct server_call *call, struct error *err)
{
	CLEANUP(json_freep) struct json *body = NULL;
	struct buf		*out = &call->reply->body;
	const struct server_key	*key;
	struct page		 page;
	int64_t			 next = -1, listed = 0;

	if (server_member_body(call, &body) != 0 || server_subject(call, SLICE_NONE) != 0 || read_page(call, body, &page) != 0)
		return ERR_DENIED;
	if (buf_byte(out, '{', err) != 0 || json_put_open(out, "Keys", '[', err) != 0)
		return err->kind;
	for (int64_t i = page.start; (key = server_keys_at(call->server->keys, (size_t)i)) != NULL && next < 0; i++) {
		if (!slice_eq(key->region, slice_str(call->reply->caller.region)))
			continue;
		if (listed++ == page.limit) {
			next = i;
			continue;
		}
		if (json_put_open(out, NULL, '{', err) != 0 || json_put_text(out, "KeyId", key->id, err) != 0 ||
		    json_put_text(out, "KeyArn", key->arn, err) != 0 || buf_byte(out, '}', err) != 0)
			return err->kind;
	}
	return put_page_end(out, next, err);
}

static int
put_alias(const struct server_alias *alias, struct buf *out, struct error *err)
{
	if (json_put_open(out, NULL, '{', err) != 0 || json_put_text(out, "AliasName", alias->name, err) != 0 ||
	    json_put_text(out, "AliasArn", alias->arn, err) != 0 ||
	    json_put_text(out, "TargetKeyId", alias->target->id, err) != 0)
		return err->kind;
	return buf_byte(out, '}', err);
}

static int
list_aliases(struct server_call *call, struct error *err)
{
	CLEANUP(json_freep) struct json *body = NULL;
	struct buf			*out = &call->reply->body;
	const struct server_alias	*alias;
	const struct server_key		*key = NULL;
	struct page			 page;
	struct slice			 name;
	int64_t				 next = -1, listed = 0;

	if (server_member_body(call, &body) != 0 || server_member_text(call, body, "KeyId", false, SERVER_ARN_MAX, &name) != 0 ||
	    server_subject(call, name) != 0 || read_page(call, body, &page) != 0 ||
	    (name.len != 0 && server_kms_find_key(call, name, &key) != 0))
		return ERR_DENIED;
	if (buf_byte(out, '{', err) != 0 || json_put_open(out, "Aliases", '[', err) != 0)
		return err->kind;
	for (int64_t i = page.start; (alias = server_keys_alias_at(call->server->keys, (size_t)i)) != NULL && next < 0; i++) {
		if (!slice_eq(alias->target->region, slice_str(call->reply->caller.region)) ||
		    (key != NULL && alias->target != key))
			continue;
		if (listed++ == page.limit)
			next = i;
		else if (put_alias(alias, out, err) != 0)
			return err->kind;
	}
	return put_page_end(out, next, err);
}

const struct server_operation server_kms_operations[] = {
	{ "CreateKey", create_key },
	{ "CreateAlias", create_alias },
	{ "ListKeys", list_keys },
	{ "ListAliases", list_aliases },
	{ "DescribeKey", describe_key },
	{ "DisableKey", disable_key },
	{ "EnableKey", enable_key },
	{ "GenerateDataKey", server_generate_data_key },
	{ "GenerateDataKeyWithoutPlaintext", server_generate_data_key_without_plaintext },
	{ "Encrypt", server_encrypt },
	{ "Decrypt", server_decrypt },
	{ "ReEncrypt", server_re_encrypt },
	{ NULL, NULL },
};
