#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "base/num.h"
#include "crypto/aesgcm.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "kms/server_auth.h"
#include "kms/server_ops.h"
#include "kms/sigv4.h"

#define SESSION_NAME_MAX	64
#define TOKEN_MAX		4096
#define IV_LEN			12

static const char TOKEN_LABEL[] = "hubkms session 1";

/* --- refusals: one reason, two dialects ---------------------------------------------------------------- */

enum reason { UNSIGNED, INCOMPLETE, UNKNOWN_KEY, BAD_SIGNATURE, EXPIRED_TOKEN };

static const struct {
	unsigned	 kms_status;
	const char	*kms_code;
	unsigned	 sts_status;
	const char	*sts_code, *message;
} reasons[] = {
	[UNSIGNED] = { 400, "MissingAuthenticationTokenException", 403, "MissingAuthenticationToken",
	    "Request is missing Authentication Token" },
	[INCOMPLETE] = { 400, "IncompleteSignatureException", 400, "IncompleteSignature", NULL },
	[UNKNOWN_KEY] = { 400, "UnrecognizedClientException", 403, "InvalidClientTokenId",
	    "The security token included in the request is invalid." },
	[BAD_SIGNATURE] = { 400, "InvalidSignatureException", 403, "SignatureDoesNotMatch",
	    "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
	    "Access Key and signing method. Consult the service documentation for details." },
	[EXPIRED_TOKEN] = { 400, "ExpiredTokenException", 403, "ExpiredToken",
	    "The security token included in the request is expired" },
};

static int
refuse(struct server_refusal *out, const char *service, enum reason why, const char *message_opt)
{
	bool kms = strcmp(service, "kms") == 0;

	out->status = kms ? reasons[why].kms_status : reasons[why].sts_status;
	out->code = kms ? reasons[why].kms_code : reasons[why].sts_code;
	(void)snprintf(out->message, sizeof(out->message), "%s",
	    message_opt != NULL ? message_opt : reasons[why].message);
	return ERR_DENIED;
}

/* The words of AWS, which clients search for "Signature expired" and "Signature not yet current". */
static int
refuse_date(struct server_refusal *out, const char *service, struct slice date, int64_t now)
{
	char		here[SIGV4_DATE_LEN + 1], edge[SIGV4_DATE_LEN + 1], message[256];
	struct error	ignored = ERROR_INIT;
	bool		early;

	if (sigv4_date(now, here, &ignored) != 0)
		return refuse(out, service, BAD_SIGNATURE, NULL);
	early = slice_cmp(date, slice_str(here)) > 0;
	if (sigv4_date(early ? now + SERVER_SKEW_SECONDS : now - SERVER_SKEW_SECONDS, edge, &ignored) != 0)
		return refuse(out, service, BAD_SIGNATURE, NULL);
	(void)snprintf(message, sizeof(message), early ?
	    "Signature not yet current: %.*s is still later than %s (%s + %d min.)" :
	    "Signature expired: %.*s is now earlier than %s (%s - %d min.)",
	    (int)(date.len > 32 ? 32 : date.len), (const char *)date.data, edge, here, SERVER_SKEW_SECONDS / 60);
	return refuse(out, service, BAD_SIGNATURE, message);
}

/* --- identities ----------------------------------------------------------------------------------------- */

/* A stable made-up IAM id: "AIDA" or "AROA" and sixteen characters that depend on ${text}. */
static int
identity(const char *prefix, struct slice text, char out[static 21], struct error *err)
{
	static const char	base32[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	uint8_t			digest[DIGEST_SHA256_LEN];

	if (digest_sha256(text, digest, err) != 0)
		return err->kind;
	memcpy(out, prefix, 4);
	for (size_t i = 0; i < 16; i++)
		out[4 + i] = base32[digest[i] & 31];
	out[20] = '\0';
	return 0;
}

/* IAM's characters for the names of users, roles and sessions. */
static bool
name_valid(struct slice name, size_t min)
{
	for (size_t i = 0; i < name.len; i++)
		if (name.data[i] == '\0' || strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
		    "_+=,.@-", name.data[i]) == NULL)
			return false;
	return name.len >= min && name.len <= SESSION_NAME_MAX;
}

int
server_role_caller(struct slice role_arn, struct slice name, struct server_caller *out, struct error *err)
{
	struct server_arn	arn;
	struct slice		role;
	size_t			slash;
	char			id[21];

	if (!server_arn_parse(role_arn, &arn) || !slice_eq(arn.service, SLICE("iam")) || arn.region.len != 0 ||
	    !slice_starts(arn.resource, SLICE("role/")))
		return err_set(err, ERR_SYNTAX, "not the ARN of a role");
	/* "role/path/NAME": the path is not part of the session's ARN. */
	for (role = slice_from(arn.resource, 5); (slash = slice_find(role, '/', 0)) != role.len;)
		role = slice_from(role, slash + 1);
	if (!name_valid(role, 1) || !name_valid(name, 2))
		return err_set(err, ERR_SYNTAX, "malformed name of a role or session");
	if (identity("AROA", role_arn, id, err) != 0)
		return err->kind;
	(void)snprintf(out->arn, sizeof(out->arn), "arn:%.*s:sts::%.*s:assumed-role/%.*s/%.*s",
	    SLICE_ARG(arn.partition), SLICE_ARG(arn.account), SLICE_ARG(role), SLICE_ARG(name));
	(void)snprintf(out->id, sizeof(out->id), "%s:%.*s", id, SLICE_ARG(name));
	(void)snprintf(out->account, sizeof(out->account), "%.*s", SLICE_ARG(arn.account));
	out->temporary = true;
	return 0;
}

static int
user_caller(const struct server_user *user, struct server_caller *out, struct error *err)
{
	char id[21];

	if (identity("AIDA", user->access_key, id, err) != 0)
		return err->kind;
	(void)snprintf(out->arn, sizeof(out->arn), "arn:aws:iam::%s:user/%.*s", SERVER_ACCOUNT,
	    SLICE_ARG(user->name));
	(void)snprintf(out->id, sizeof(out->id), "%s", id);
	(void)snprintf(out->account, sizeof(out->account), "%s", SERVER_ACCOUNT);
	return 0;
}

/* --- session tokens (FORMAT.md 6) ------------------------------------------------------------------------ */

static int
token_seal(const struct server *server, struct slice plain, struct buf *out, struct error *err)
{
	CLEANUP(aesgcm_freep) struct aesgcm *gcm = NULL;
	CLEANUP(buf_release) struct buf sealed = BUF(TOKEN_MAX);
	uint8_t *room;

	if (aesgcm_new(server_keys_session_key(server->keys), &gcm, err) != 0 ||
	    buf_reserve(&sealed, IV_LEN + plain.len + AESGCM_TAG_LEN, &room, err) != 0)
		return err->kind;
	random_nonce(room, IV_LEN);
	if (aesgcm_seal(gcm, slice_of(room, IV_LEN), slice_str(TOKEN_LABEL), plain, room + IV_LEN,
	    room + IV_LEN + plain.len, err) != 0)
		return err->kind;
	sealed.len = IV_LEN + plain.len + AESGCM_TAG_LEN;
	return base64_encode(buf_slice(&sealed), out, err);
}

static int
token_open(const struct server *server, struct slice token, struct buf *out, struct error *err)
{
	CLEANUP(aesgcm_freep) struct aesgcm *gcm = NULL;
	CLEANUP(buf_release) struct buf sealed = BUF(TOKEN_MAX);
	uint8_t	*room;
	size_t	 len;

	if (base64_decode(token, &sealed, err) != 0)
		return err->kind;
	if (sealed.len < IV_LEN + AESGCM_TAG_LEN)
		return err_set(err, ERR_SYNTAX, "the token is cut off");
	len = sealed.len - IV_LEN - AESGCM_TAG_LEN;
	if (aesgcm_new(server_keys_session_key(server->keys), &gcm, err) != 0 ||
	    buf_reserve(out, len, &room, err) != 0 ||
	    aesgcm_open(gcm, slice_of(sealed.data, IV_LEN), slice_str(TOKEN_LABEL),
	    slice_of(sealed.data + IV_LEN, len), sealed.data + IV_LEN + len, room, err) != 0)
		return err->kind;
	out->len += len;
	return 0;
}

int
server_session_new(const struct server *server, struct slice role_arn, struct slice name, int64_t expires,
    struct server_session *out, struct error *err)
{
	static const char	base32[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	CLEANUP(buf_release) struct buf plain = BUF_SECRET(TOKEN_MAX);
	CLEANUP(buf_release) struct buf secret = BUF_SECRET(64);
	WIPED(random, 30);	/* 40 characters of base64 */

	*out = (struct server_session){ .token = BUF_SECRET(TOKEN_MAX * 2), .expires = expires };
	random_bytes(random, 16);
	memcpy(out->access_key, "ASIA", 4);
	for (size_t i = 0; i < 16; i++)
		out->access_key[4 + i] = base32[random[i] & 31];
	random_bytes(random, sizeof(random));
	if (base64_encode(slice_of(random, sizeof(random)), &secret, err) != 0 ||
	    buf_printf(&plain, err, "%s\n", out->access_key) != 0 || buf_append(&plain, buf_slice(&secret), err) != 0 ||
	    buf_printf(&plain, err, "\n%.*s\n%.*s\n%lld", SLICE_ARG(role_arn), SLICE_ARG(name),
	    (long long)expires) != 0 ||
	    token_seal(server, buf_slice(&plain), &out->token, err) != 0 ||
	    secret_copy(buf_slice(&secret), &out->secret, err) != 0) {
		server_session_release(out);
		return err->kind;
	}
	return 0;
}

void
server_session_release(struct server_session *session)
{
	secret_free(TAKE(session->secret));
	buf_release(&session->token);
}

/* What a token that is ours says; slices point into the opened text. */
struct session_claim {
	struct slice	access_key, secret, role, name, expires;
};

static bool
session_read(struct slice text, struct session_claim *out)
{
	return slice_split(&text, '\n', &out->access_key) && slice_split(&text, '\n', &out->secret) &&
	    slice_split(&text, '\n', &out->role) && slice_split(&text, '\n', &out->name) &&
	    slice_split(&text, '\n', &out->expires) && text.data == NULL;
}

/* --- the check ------------------------------------------------------------------------------------------ */

static int
verify(const struct http_message *msg, const struct sigv4_claim *claim, struct slice secret, struct slice token,
    const char *service, int64_t now, struct server_refusal *refusal)
{
	struct error		why = ERROR_INIT;
	struct sigv4_key	key = {
		.access_key = claim->access_key, .secret = secret, .token = token,
		.region = claim->region, .service = slice_str(service),
	};

	switch (sigv4_verify(&key, msg, now, SERVER_SKEW_SECONDS, &why)) {
	case 0:
		return 0;
	case ERR_NOT_FOUND:
		return refuse(refusal, service, UNSIGNED, NULL);
	case ERR_SYNTAX:
		return refuse(refusal, service, INCOMPLETE, why.text);
	case ERR_RANGE:
		return refuse_date(refusal, service, claim->date, now);
	case ERR_TYPE:
		return refuse(refusal, service, BAD_SIGNATURE, why.text);
	case ERR_NO_KEY:
		return refuse(refusal, service, UNKNOWN_KEY, NULL);
	default:
		return refuse(refusal, service, BAD_SIGNATURE, NULL);
	}
}

static int
check_session(const struct server *server, const struct http_message *msg, const struct sigv4_claim *claim,
    const char *service, int64_t now, struct server_caller *out, struct server_refusal *refusal, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_SECRET(TOKEN_MAX);
	struct error		ignored = ERROR_INIT;
	struct session_claim	session;
	int64_t			expires;

	if (claim->token.len == 0 || token_open(server, claim->token, &text, &ignored) != 0 ||
	    !session_read(buf_slice(&text), &session) || !slice_eq(session.access_key, claim->access_key) ||
	    !num_parse(session.expires, 0, INT64_MAX, &expires))
		return refuse(refusal, service, UNKNOWN_KEY, NULL);
	if (verify(msg, claim, session.secret, claim->token, service, now, refusal) != 0)
		return ERR_DENIED;
	if (expires <= now)
		return refuse(refusal, service, EXPIRED_TOKEN, NULL);
	return server_role_caller(session.role, session.name, out, err);
}

static bool
region_valid(struct slice region)
{
	for (size_t i = 0; i < region.len; i++)
		if (!(region.data[i] >= 'a' && region.data[i] <= 'z') &&
		    !(region.data[i] >= '0' && region.data[i] <= '9') && region.data[i] != '-')
			return false;
	return region.len != 0 && region.len <= SERVER_REGION_MAX;
}

int
server_auth_check(const struct server *server, const struct http_message *msg, const char *service, int64_t now,
    struct server_caller *out, struct server_refusal *refusal, struct error *err)
{
	const struct server_user	*user;
	struct server_caller		 caller = { .temporary = false };
	struct sigv4_claim		 claim;
	struct error			 why = ERROR_INIT;

	switch (sigv4_claim_read(msg, &claim, &why)) {
	case 0:
		break;
	case ERR_NOT_FOUND:
		return refuse(refusal, service, UNSIGNED, NULL);
	default:
		return refuse(refusal, service, INCOMPLETE, why.text);
	}
	if (!region_valid(claim.region))
		return refuse(refusal, service, BAD_SIGNATURE, "Credential should be scoped to a valid region.");
	(void)snprintf(caller.region, sizeof(caller.region), "%.*s", SLICE_ARG(claim.region));

	if ((user = server_users_find(server->users, claim.access_key)) == NULL) {
		if (check_session(server, msg, &claim, service, now, &caller, refusal, err) != 0)
			return err->kind != ERR_NONE ? (int)err->kind : ERR_DENIED;
	} else {
		if (verify(msg, &claim, secret_slice(user->secret), SLICE_NONE, service, now, refusal) != 0)
			return ERR_DENIED;
		if (user_caller(user, &caller, err) != 0)
			return err->kind;
	}
	*out = caller;
	return 0;
}
