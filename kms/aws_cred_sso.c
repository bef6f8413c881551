#include "kms/aws_cred_parts.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/encode.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/timestamp.h"
#include "crypto/digest.h"

/*
 * FORMAT.md 3.12: IAM Identity Center.  The AWS CLI's login leaves a token in ~/.aws/sso/cache; it is exchanged for
 * the credentials of a role.  One that is about to end is renewed where the login allows it, and written back,
 * because the old one is void then.  Nobody is ever logged in from here: that takes a browser.
 */
#define REFRESH_SECONDS	300
#define FILE_MAX	(64 * KIB)
#define VALUE_MAX	(16 * KIB)

struct sso {
	struct aws_identity	*identity;
	struct aws_call		*call;
	struct buf		 path;		/* of the cached token */
	struct slice		 session;	/* empty: the older form, without one */
	struct slice		 region, start_url, account, role;	/* into the configuration */
	struct json		*cached;
	struct secret		*token;
	int64_t			 expires;	/* of the token */
	bool			 renewing;
};

bool
aws_cred_sso_present(const struct aws *aws, struct slice profile)
{
	return aws_config_get(aws->config, profile, "sso_session").len != 0 ||
	    aws_config_get(aws->config, profile, "sso_start_url").len != 0 ||
	    aws_config_get(aws->config, profile, "login_session").len != 0;
}

static void
set_renewing(struct sso *sso, bool renewing)
{
	struct aws *aws = sso->identity->aws;

	if (renewing && !sso->renewing)
		aws->renewals++;
	if (!renewing && sso->renewing)
		aws->renewals--;
	aws->settled = aws->renewals == 0;
	sso->renewing = renewing;
}

static void
sso_free(struct sso *sso)
{
	if (sso == NULL)
		return;
	set_renewing(sso, false);
	aws_cancel(sso->call);
	buf_release(&sso->path);
	json_free(sso->cached);
	secret_free(sso->token);
	free(sso);
}
DEFINE_CLEANUP(struct sso, sso_free)

static void
sso_stop(void *work)
{
	sso_free(work);
}

static void
hint_login(const struct sso *sso, struct error *err)
{
	err_hint(err, "log in with 'aws sso login --profile %.*s'", SLICE_ARG(sso->identity->profile));
}

/* --- settings --- */

/* A key of the profile, or of the session that it names; in both places it must be the same. */
static int
find_shared(const struct sso *sso, const char *key, struct slice *out, struct error *err)
{
	const struct aws_config	*config = sso->identity->aws->config;
	struct slice		 profile = sso->identity->profile, own = aws_config_get(config, profile, key);
	struct slice		 shared = sso->session.len != 0 ? aws_config_session(config, sso->session, key) : SLICE_NONE;

	if (own.len != 0 && shared.len != 0 && !slice_eq(own, shared))
		return err_set(err, ERR_CONFIG, "'%s' differs between the AWS profile '%.*s' and its sso-session '%.*s'", key,
		    SLICE_ARG(profile), SLICE_ARG(sso->session));
	*out = shared.len != 0 ? shared : own;
	if (out->len == 0 || (sso->session.len != 0 && shared.len == 0))
		return err_set(err, ERR_CONFIG, "the %s '%.*s' lacks '%s'", sso->session.len != 0 ? "sso-session" : "AWS profile",
		    SLICE_ARG(sso->session.len != 0 ? sso->session : profile), key);
	return 0;
}

static int
find_settings(struct sso *sso, struct error *err)
{
	const struct aws_config	*config = sso->identity->aws->config;
	struct slice		 profile = sso->identity->profile;

	sso->session = aws_config_get(config, profile, "sso_session");
	sso->account = aws_config_get(config, profile, "sso_account_id");
	sso->role = aws_config_get(config, profile, "sso_role_name");
	if (sso->session.len == 0 && aws_config_get(config, profile, "sso_start_url").len == 0) {
		err_set(err, ERR_UNSUPPORTED, "the AWS profile '%.*s' has login_session, which is not supported", SLICE_ARG(profile));
		return err_hint(err, "another profile can take its credentials over with 'credential_process = aws configure "
		    "export-credentials --profile %.*s --format process'", SLICE_ARG(profile));
	}
	if (find_shared(sso, "sso_region", &sso->region, err) != 0 || find_shared(sso, "sso_start_url", &sso->start_url, err) != 0)
		return err->kind;
	if (sso->account.len == 0 || sso->role.len == 0)
		return err_set(err, ERR_CONFIG, "the AWS profile '%.*s' lacks 'sso_account_id' or 'sso_role_name'", SLICE_ARG(profile));
	return 0;
}

/* --- the cached token --- */

static int
find_path(struct sso *sso, struct error *err)
{
	const char	*home = aws_env("HOME");
	uint8_t		 digest[DIGEST_SHA1_LEN];

	if (home == NULL)
		return err_set(err, ERR_CONFIG, "HOME is not set");
	if (digest_sha1(sso->session.len != 0 ? sso->session : sso->start_url, digest, err) != 0 ||
	    buf_printf(&sso->path, err, "%s/.aws/sso/cache/", home) != 0 ||
	    hex_encode(slice_of(digest, sizeof(digest)), &sso->path, err) != 0 || buf_str(&sso->path, ".json", err) != 0)
		return err->kind;
	return buf_terminate(&sso->path, err);
}

/* RFC 3339, or as older clients wrote it: "...UTC". */
static bool
read_time(const struct json *value, int64_t *out)
{
	char		 text[64];
	struct timestamp when;
	struct error	 problem = ERROR_INIT;
	struct slice	 given;

	if (!json_text(value, &given) || given.len >= sizeof(text))
		return false;
	if (slice_ends(given, SLICE("UTC"))) {
		(void)snprintf(text, sizeof(text), "%.*sZ", SLICE_ARG(slice_sub(given, 0, given.len - 3)));
		given = slice_str(text);
	}
	if (timestamp_parse(given, &when, &problem) != 0)
		return false;
	*out = when.seconds;
	return true;
}

int
aws_cred_sso_token(struct slice text, struct json **root, struct secret **token, int64_t *expires, struct error *err)
{
	CLEANUP(json_freep) struct json *object = NULL;
	struct slice value;

	if (json_parse(text, &object, err) != 0 || json_need_text(object, "accessToken", &value, err) != 0)
		return err->kind;
	if (value.len == 0 || value.len > VALUE_MAX)
		return err_set(err, ERR_SYNTAX, "an empty or overlong 'accessToken'");
	if (!read_time(json_find(object, "expiresAt"), expires))
		return err_set(err, ERR_SYNTAX, "'expiresAt' is not a point in time");
	if (secret_copy(value, token, err) != 0)
		return err->kind;
	*root = TAKE(object);
	return 0;
}

static int
read_cached(struct sso *sso, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_SECRET(FILE_MAX);
	const char	*path = (const char *)sso->path.data;
	struct error	 problem = ERROR_INIT;

	if (file_read(path, &text, &problem) != 0) {
		if (problem.kind == ERR_NOT_FOUND) {
			err_set(err, ERR_NO_KEY, "nobody has logged in yet: there is no '%s'", path);
			hint_login(sso, err);
			return err->kind;
		}
		*err = problem;
		return err_wrap(err, "cannot read '%s'", path);
	}
	if (aws_cred_sso_token(buf_slice(&text), &sso->cached, &sso->token, &sso->expires, err) == 0)
		return 0;
	hint_login(sso, err);
	return err_wrap(err, "cannot use '%s'", path);
}

/* --- asking --- */

static void sso_finish(struct sso *sso, const struct error *problem);

static void
credentials_answered(void *object, const struct aws_answer *answer)
{
	static const struct aws_cred_names names = { "accessKeyId", "secretAccessKey", "sessionToken", "expiration",
		.token_needed = true, .milliseconds = true };
	CLEANUP(json_freep) struct json *root = NULL;
	struct sso	*sso = object;
	struct error	 problem = *answer->error, why = ERROR_INIT;

	sso->call = NULL;
	if (problem.kind == ERR_NO_KEY)
		hint_login(sso, &problem);
	if (problem.kind == ERR_NONE && (json_parse(answer->body, &root, &why) != 0 ||
	    aws_cred_json(json_find(root, "roleCredentials"), &names, &sso->identity->credentials, &why) != 0))
		err_set(&problem, why.kind == ERR_MEMORY ? ERR_MEMORY : ERR_NETWORK,
		    "IAM Identity Center gave no usable answer: %.200s", why.text);
	sso_finish(sso, &problem);
}

static int
ask_credentials(struct sso *sso, struct error *err)
{
	CLEANUP(buf_release) struct buf path = BUF(8 * KIB);
	struct aws_question question = { .service = AWS_SSO, .region = sso->region, .profile = sso->identity->profile,
		.method = SLICE("GET"), .token = secret_slice(sso->token) };

	if (buf_str(&path, "/federation/credentials?role_name=", err) != 0 || aws_sts_encode(sso->role, &path, err) != 0 ||
	    buf_str(&path, "&account_id=", err) != 0 || aws_sts_encode(sso->account, &path, err) != 0)
		return err->kind;
	question.path = buf_slice(&path);
	return aws_send(sso->identity->aws, &question, credentials_answered, sso, &sso->call, err);
}

/* The file as it was, but for what is new.  What cannot be written back is used all the same. */
static int
write_cached(const struct sso *sso, struct slice token, struct slice refresh, int64_t expires, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_SECRET(2 * FILE_MAX);
	CLEANUP(buf_release) struct buf when = BUF(64);
	struct timestamp	 end = { .seconds = expires };
	const struct json	*value;
	struct slice		 name, old;
	void			*cursor = NULL;

	if (timestamp_format_seconds(&end, &when, err) != 0 || buf_byte(&text, '{', err) != 0)
		return err->kind;
	while (json_next(sso->cached, &cursor, &name, &value)) {
		if (!json_text(value, &old))
			return err_set(err, ERR_TYPE, "a member that is no text");
		if (slice_eq(name, SLICE("accessToken")))
			old = token;
		else if (slice_eq(name, SLICE("expiresAt")))
			old = buf_slice(&when);
		else if (slice_eq(name, SLICE("refreshToken")) && refresh.len != 0)
			old = refresh;
		if (json_put_pair(&text, name, old, err) != 0)
			return err->kind;
	}
	if (buf_byte(&text, '}', err) != 0)
		return err->kind;
	return file_replace_private((const char *)sso->path.data, buf_slice(&text), err);
}

static int
take_refreshed(struct sso *sso, struct slice body, struct error *err)
{
	CLEANUP(json_freep) struct json *root = NULL;
	struct slice	token, refresh = SLICE_NONE;
	struct error	unwritten = ERROR_INIT;
	int64_t		seconds;

	if (json_parse(body, &root, err) != 0 || json_need_text(root, "accessToken", &token, err) != 0)
		return err->kind;
	if (token.len == 0 || token.len > VALUE_MAX || !json_int(json_find(root, "expiresIn"), &seconds) || seconds <= 0 ||
	    seconds > INT32_MAX)
		return err_set(err, ERR_SYNTAX, "'accessToken' or 'expiresIn' cannot be used");
	(void)json_text(json_find(root, "refreshToken"), &refresh);
	(void)!write_cached(sso, token, refresh, timestamp_now().seconds + seconds, &unwritten);
	secret_free(TAKE(sso->token));
	return secret_copy(token, &sso->token, err);
}

static void
token_answered(void *object, const struct aws_answer *answer)
{
	struct sso	*sso = object;
	struct error	 problem = *answer->error;
	bool		 alive = sso->expires > timestamp_now().seconds;

	sso->call = NULL;
	if (problem.kind == ERR_NONE)
		(void)!take_refreshed(sso, answer->body, &problem);
	set_renewing(sso, false);
	/* A token that could not be renewed serves to its end. */
	if (problem.kind != ERR_NONE && alive && sso->token != NULL)
		err_reset(&problem);
	if (problem.kind != ERR_NONE) {
		(void)err_wrap(&problem, "cannot renew the login");
		hint_login(sso, &problem);
	} else if (ask_credentials(sso, &problem) == 0) {
		return;
	}
	sso_finish(sso, &problem);
}

static void
sso_finish(struct sso *sso, const struct error *problem)
{
	struct aws_identity	*identity = sso->identity;
	struct error		 kept = *problem;

	sso_free(sso);
	aws_cred_done(identity, &kept);
}

static int
ask_token(struct sso *sso, struct error *err)
{
	static const char *const members[] = { "clientId", "clientSecret", "refreshToken" };
	CLEANUP(buf_release) struct buf body = BUF_SECRET(FILE_MAX);
	struct aws_question question = { .service = AWS_OIDC, .region = sso->region, .profile = sso->identity->profile,
		.path = SLICE("/token"), .content_type = SLICE("application/json") };
	struct slice text;

	if (buf_byte(&body, '{', err) != 0 || json_put_text(&body, "grantType", SLICE("refresh_token"), err) != 0)
		return err->kind;
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (json_need_text(sso->cached, members[i], &text, err) != 0 ||
		    json_put_text(&body, members[i], text, err) != 0)
			return err->kind;
	if (buf_byte(&body, '}', err) != 0)
		return err->kind;
	question.body = buf_slice(&body);
	if (aws_send(sso->identity->aws, &question, token_answered, sso, &sso->call, err) != 0)
		return err->kind;
	set_renewing(sso, true);
	return 0;
}

/* The login allows renewal, and the client that it was made with is still registered. */
static bool
is_refreshable(const struct sso *sso, int64_t now)
{
	struct slice	text;
	int64_t		registered;

	return sso->session.len != 0 && json_text(json_find(sso->cached, "refreshToken"), &text) &&
	    json_text(json_find(sso->cached, "clientId"), &text) && json_text(json_find(sso->cached, "clientSecret"), &text) &&
	    read_time(json_find(sso->cached, "registrationExpiresAt"), &registered) && registered > now;
}

int
aws_cred_sso_fetch(struct aws_identity *identity, struct error *err)
{
	CLEANUP(sso_freep) struct sso *sso = calloc(1, sizeof(*sso));
	int64_t now = timestamp_now().seconds;

	if (sso == NULL)
		return err_memory(err);
	*sso = (struct sso){ .identity = identity, .path = BUF(8 * KIB) };
	if (find_settings(sso, err) != 0 || find_path(sso, err) != 0 || read_cached(sso, err) != 0)
		return err->kind;
	if (sso->expires - now < REFRESH_SECONDS && is_refreshable(sso, now)) {
		if (ask_token(sso, err) != 0)
			return err->kind;
	} else if (sso->expires <= now) {
		err_set(err, ERR_NO_KEY, "the login has expired");
		hint_login(sso, err);
		return err->kind;
	} else if (ask_credentials(sso, err) != 0) {
		return err->kind;
	}
	aws_cred_working(identity, TAKE(sso), sso_stop);
	return 0;
}
