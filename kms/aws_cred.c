#include "kms/aws_cred.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/num.h"
#include "base/timestamp.h"
#include "kms/aws_config.h"
#include "kms/aws_sts.h"

#define CHAIN_MAX	10			/* profiles that lead to each other by source_profile */
#define REFRESH_SECONDS	300			/* of life that credentials must have left */
#define SETTLE_SECONDS	60			/* fresh ones are not refreshed again at once, however short-lived */
#define FORM_TYPE	"application/x-www-form-urlencoded; charset=utf-8"

enum scope {
	SCOPE_ENVIRONMENT,	/* asked first, unless the file names a profile */
	SCOPE_PROFILE,		/* asked for the selected profile */
};

struct provider {
	const char	*name;		/* what a message calls it */
	enum scope	 scope;
	bool		(*present)(const struct aws *aws, struct slice profile);
	int		(*fetch)(struct aws_identity *identity, struct error *err);	/* NULL: not supported */
};

enum state {
	STATE_EMPTY,
	STATE_FETCHING,
	STATE_READY,
	STATE_FAILED,
};

struct aws_cred_wait {
	struct aws_identity	*identity;
	struct aws_cred_wait	*next;
	aws_cred_ready		*ready;
	void			*object;
};

struct aws_identity {
	struct aws_identity	*next;
	struct aws		*aws;
	struct buf		 name;		/* what makes it this one and no other */
	struct buf		 text;		/* what the slices below point into */
	const struct provider	*provider;	/* of credentials, or NULL: a role over ${parent} */
	struct aws_identity	*parent;
	struct aws_role		 role;
	struct slice		 profile, region;
	enum state		 state;
	struct aws_credentials	 credentials;
	int64_t			 fetched_at;
	struct error		 error;
	struct aws_call		*call;
	struct aws_cred_wait	*waiting;
};

/* --- the providers --- */

static struct slice
env_first(const char *name, const char *other)
{
	const char *value = aws_env(name);

	return slice_str(value != NULL ? value : aws_env(other));
}

static bool
environment_keys(struct aws_static_keys *out)
{
	out->access_key = env_first("AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY");
	out->secret = env_first("AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY");
	out->token = slice_str(aws_env("AWS_SESSION_TOKEN"));
	return out->access_key.len != 0 && out->secret.len != 0;
}

static int
take_keys(struct aws_identity *identity, const struct aws_static_keys *keys, struct error *err)
{
	struct aws_credentials *credentials = &identity->credentials;

	if (keys->access_key.len >= sizeof(credentials->access_key))
		return err_set(err, ERR_CONFIG, "the AWS access key has more than %zu characters",
		    sizeof(credentials->access_key) - 1);
	aws_credentials_release(credentials);
	memcpy(credentials->access_key, keys->access_key.data, keys->access_key.len);
	if (secret_copy(keys->secret, &credentials->secret, err) != 0 ||
	    (keys->token.len != 0 && secret_copy(keys->token, &credentials->token, err) != 0))
		return err->kind;
	identity->state = STATE_READY;
	return 0;
}

static bool
environment_present(const struct aws *aws UNUSED, struct slice profile UNUSED)
{
	struct aws_static_keys keys;

	return environment_keys(&keys);
}

static int
environment_fetch(struct aws_identity *identity, struct error *err)
{
	struct aws_static_keys keys;

	if (!environment_keys(&keys)) {
		err_set(err, ERR_NO_KEY, "the environment holds no AWS credentials");
		return err_hint(err, "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
	}
	return take_keys(identity, &keys, err);
}

static bool
environment_web_present(const struct aws *aws UNUSED, struct slice profile UNUSED)
{
	return aws_env("AWS_WEB_IDENTITY_TOKEN_FILE") != NULL && aws_env("AWS_ROLE_ARN") != NULL;
}

static bool
profile_keys_present(const struct aws *aws, struct slice profile)
{
	struct aws_static_keys keys;

	return aws_config_keys(aws->config, profile, &keys);
}

static int
profile_keys_fetch(struct aws_identity *identity, struct error *err)
{
	struct aws_static_keys keys;

	if (!aws_config_keys(identity->aws->config, identity->profile, &keys))
		return err_set(err, ERR_CONFIG, "the AWS profile '%.*s' holds no access key with its secret",
		    SLICE_ARG(identity->profile));
	return take_keys(identity, &keys, err);
}

static bool
profile_web_present(const struct aws *aws, struct slice profile)
{
	return aws_config_get(aws->config, profile, "web_identity_token_file").len != 0;
}

static bool
profile_sso_present(const struct aws *aws, struct slice profile)
{
	return aws_config_get(aws->config, profile, "sso_session").len != 0 ||
	    aws_config_get(aws->config, profile, "sso_start_url").len != 0 ||
	    aws_config_get(aws->config, profile, "login_session").len != 0;
}

static bool
profile_process_present(const struct aws *aws, struct slice profile)
{
	return aws_config_get(aws->config, profile, "credential_process").len != 0;
}

static bool
container_present(const struct aws *aws UNUSED, struct slice profile UNUSED)
{
	return aws_env("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") != NULL ||
	    aws_env("AWS_CONTAINER_CREDENTIALS_FULL_URI") != NULL;
}

/*
 * In the order in which they are asked (FORMAT.md 3.1); the first that is present is final.  A row that
 * cannot fetch yet is here all the same: passing over it would use other credentials than every other
 * tool on the machine. Instance metadata, which needs no setting to be present, will be the last row.
 */
static const struct provider providers[] = {
	{ "environment", SCOPE_ENVIRONMENT, environment_present, environment_fetch },
	{ "a web identity (AWS_WEB_IDENTITY_TOKEN_FILE)", SCOPE_ENVIRONMENT, environment_web_present, NULL },
	{ "profile", SCOPE_PROFILE, profile_keys_present, profile_keys_fetch },
	{ "a web identity (web_identity_token_file)", SCOPE_PROFILE, profile_web_present, NULL },
	{ "IAM Identity Center (sso_session)", SCOPE_PROFILE, profile_sso_present, NULL },
	{ "a program (credential_process)", SCOPE_PROFILE, profile_process_present, NULL },
	{ "the container (AWS_CONTAINER_CREDENTIALS_...)", SCOPE_PROFILE, container_present, NULL },
};
#define ENVIRONMENT	(&providers[0])
#define PROFILE_KEYS	(&providers[2])
#define PROFILE_WEB	(&providers[3])

static const struct provider *
find_provider(const struct aws *aws, enum scope scope, struct slice profile)
{
	for (size_t i = 0; i < sizeof(providers) / sizeof(providers[0]); i++)
		if (providers[i].scope == scope && providers[i].present(aws, profile))
			return &providers[i];
	return NULL;
}

/* --- identities --- */

static void
identity_free(struct aws_identity *identity)
{
	while (identity->waiting != NULL)
		aws_cred_wait_cancel(identity->waiting);
	aws_credentials_release(&identity->credentials);
	buf_release(&identity->name);
	buf_release(&identity->text);
	free(identity);
}

void
aws_cred_free_all(struct aws *aws)
{
	/* A call under way waits for another identity: first stop all of them. */
	for (struct aws_identity *each = aws->identities; each != NULL; each = each->next)
		aws_cancel(TAKE(each->call));
	while (aws->identities != NULL) {
		struct aws_identity *first = aws->identities;

		aws->identities = first->next;
		identity_free(first);
	}
}

static int
own(struct aws_identity *identity, struct slice text, struct slice *out, struct error *err)
{
	size_t start = identity->text.len;

	if (buf_append(&identity->text, text, err) != 0)
		return err->kind;
	*out = slice_from(buf_slice(&identity->text), start);
	return 0;
}

static int
identity_fill(struct aws_identity *identity, const struct aws_identity *like, struct error *err)
{
	const struct aws_role	*role = &like->role;
	size_t			 room = role->arn.len + role->session.len + role->external_id.len + role->duration.len +
	    like->profile.len + like->region.len;
	uint8_t			*unused;

	if (buf_reserve(&identity->text, room + 1, &unused, err) != 0 ||
	    own(identity, role->arn, &identity->role.arn, err) != 0 ||
	    own(identity, role->session, &identity->role.session, err) != 0 ||
	    own(identity, role->external_id, &identity->role.external_id, err) != 0 ||
	    own(identity, role->duration, &identity->role.duration, err) != 0 ||
	    own(identity, like->profile, &identity->profile, err) != 0)
		return err->kind;
	return own(identity, like->region, &identity->region, err);
}

static int
put_name(struct buf *name, const struct aws_identity *like, struct error *err)
{
	const struct slice parts[] = { like->profile, like->region, like->role.arn, like->role.session,
		like->role.external_id, like->role.duration };

	if ((like->parent != NULL ? buf_append(name, buf_slice(&like->parent->name), err) :
	    buf_str(name, like->provider->name, err)) != 0)
		return err->kind;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (buf_printf(name, err, " %zu:%.*s", parts[i].len, SLICE_ARG(parts[i])) != 0)
			return err->kind;
	return 0;
}

/* The identity that is like ${like}, made when there is none yet. */
static int
identity_get(struct aws *aws, const struct aws_identity *like, struct aws_identity **out, struct error *err)
{
	CLEANUP(buf_release) struct buf name = BUF(256 * KIB);
	struct aws_identity	*identity;

	if (put_name(&name, like, err) != 0)
		return err->kind;
	for (identity = aws->identities; identity != NULL; identity = identity->next)
		if (slice_eq(buf_slice(&identity->name), buf_slice(&name))) {
			*out = identity;
			return 0;
		}
	if ((identity = calloc(1, sizeof(*identity))) == NULL)
		return err_memory(err);
	*identity = (struct aws_identity){ .aws = aws, .provider = like->provider, .parent = like->parent, .name = name,
		.text = BUF(64 * KIB) };
	name = BUF(0);
	if (identity_fill(identity, like, err) != 0) {
		identity_free(identity);
		return err->kind;
	}
	identity->next = aws->identities;
	aws->identities = identity;
	*out = identity;
	return 0;
}

static int
identity_of(struct aws *aws, const struct provider *provider, struct slice profile, struct aws_identity **out,
    struct error *err)
{
	struct aws_identity like = { .provider = provider, .profile = profile };

	if (provider->fetch == NULL)
		return err_set(err, ERR_UNSUPPORTED, "AWS credentials from %s are not supported", provider->name);
	return identity_get(aws, &like, out, err);
}

/* --- profiles --- */

/* Where a chain of source_profile has been. */
struct chain {
	struct slice	region;
	struct slice	visited[CHAIN_MAX];
	size_t		depth;
};

static int
no_profile(struct slice profile, struct error *err)
{
	err_set(err, ERR_CONFIG, "there is no AWS profile '%.*s'", SLICE_ARG(slice_sub(profile, 0, 128)));
	return err_hint(err, "look in ~/.aws/config and ~/.aws/credentials (AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE)");
}

static int
no_credentials(struct slice profile, struct error *err)
{
	err_set(err, ERR_NO_KEY, "there are no AWS credentials, neither in the environment nor in the profile '%.*s'",
	    SLICE_ARG(profile));
	return err_hint(err, "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE");
}

static int
find_source(struct aws *aws, struct slice profile, struct slice source, struct aws_identity **out, struct error *err)
{
	if (slice_eq(source, SLICE("Environment")))
		return identity_of(aws, ENVIRONMENT, SLICE_NONE, out, err);
	return err_set(err, slice_eq(source, SLICE("Ec2InstanceMetadata")) || slice_eq(source, SLICE("EcsContainer")) ?
	    ERR_UNSUPPORTED : ERR_CONFIG, "the AWS profile '%.*s' takes its credentials from '%.*s', which is not supported",
	    SLICE_ARG(profile), SLICE_ARG(source));
}

static int profile_identity(struct aws *aws, struct slice profile, struct chain *chain, struct aws_identity **out,
    struct error *err);

/* The profile that source_profile names; its own name means its own keys. */
static int
profile_source(struct aws *aws, struct slice profile, struct slice source, struct chain *chain,
    struct aws_identity **out, struct error *err)
{
	if (!aws_config_has_profile(aws->config, source)) {
		(void)no_profile(source, err);
		return err_wrap(err, "source_profile of the AWS profile '%.*s'", SLICE_ARG(profile));
	}
	/* Keys end the chain, in a profile that is only a source. */
	if (slice_eq(source, profile) || profile_keys_present(aws, source))
		return identity_of(aws, PROFILE_KEYS, source, out, err);
	for (size_t i = 0; i < chain->depth; i++)
		if (slice_eq(chain->visited[i], source))
			return err_set(err, ERR_CONFIG, "the source_profile of AWS profiles goes in a circle at '%.*s'",
			    SLICE_ARG(source));
	return profile_identity(aws, source, chain, out, err);
}

/* What the profile's role stands on, or without a role the profile's credentials themselves. */
static int
profile_base(struct aws *aws, struct slice profile, bool has_role, struct chain *chain, struct aws_identity **out,
    struct error *err)
{
	struct slice		 source = aws_config_get(aws->config, profile, "source_profile");
	struct slice		 other = aws_config_get(aws->config, profile, "credential_source");
	const struct provider	*provider;

	if (has_role && (source.len != 0) == (other.len != 0))
		return err_set(err, ERR_CONFIG, "the AWS profile '%.*s' has a role_arn, which needs either source_profile or "
		    "credential_source", SLICE_ARG(profile));
	if (source.len != 0)
		return profile_source(aws, profile, source, chain, out, err);
	if (other.len != 0 && (has_role || !profile_keys_present(aws, profile)))
		return find_source(aws, profile, other, out, err);
	if ((provider = find_provider(aws, SCOPE_PROFILE, profile)) == NULL)
		return no_credentials(profile, err);
	return identity_of(aws, provider, profile, out, err);
}

static int
profile_identity(struct aws *aws, struct slice profile, struct chain *chain, struct aws_identity **out,
    struct error *err)
{
	const struct aws_config	*config = aws->config;
	struct aws_arn		 arn;
	struct aws_identity	*base;
	struct aws_identity	 like = {
		.profile = profile, .region = chain->region, .role = {
			.arn = aws_config_get(config, profile, "role_arn"),
			.session = aws_config_get(config, profile, "role_session_name"),
			.external_id = aws_config_get(config, profile, "external_id"),
			.duration = aws_config_get(config, profile, "duration_seconds"),
		},
	};
	bool	has_role = like.role.arn.len != 0;
	int64_t	seconds = 0;

	if (like.role.duration.len != 0 && !num_parse(like.role.duration, 0, 43200, &seconds))
		return err_set(err, ERR_CONFIG, "duration_seconds of the AWS profile '%.*s' must be a number up to 43200",
		    SLICE_ARG(profile));
	if (seconds <= 900)		/* as the clients for Go do: a quarter of an hour or less means "nothing said" */
		like.role.duration = SLICE_NONE;
	if (chain->depth == CHAIN_MAX)
		return err_set(err, ERR_CONFIG, "more than %d AWS profiles lead to each other by source_profile", CHAIN_MAX);
	chain->visited[chain->depth++] = profile;
	if (has_role && profile_web_present(aws, profile))
		return identity_of(aws, PROFILE_WEB, profile, out, err);
	if (profile_base(aws, profile, has_role, chain, &base, err) != 0)
		return err->kind;
	if (!has_role) {
		*out = base;
		return 0;
	}
	if (aws_arn_role(like.role.arn, &arn, err) != 0)
		return err_wrap(err, "role_arn of the AWS profile '%.*s'", SLICE_ARG(profile));
	if (aws_config_get(config, profile, "mfa_serial").len != 0) {
		err_set(err, ERR_UNSUPPORTED, "the AWS profile '%.*s' asks for a second factor (mfa_serial)", SLICE_ARG(profile));
		return err_hint(err, "make a session with 'aws sts get-session-token' and put it into the environment");
	}
	like.parent = base;
	return identity_get(aws, &like, out, err);
}

int
aws_cred_identify(struct aws *aws, struct slice profile, struct slice role, struct slice region,
    struct aws_identity **out, struct error *err)
{
	struct chain		 chain = { .region = region };
	bool			 by_file = profile.len != 0, named = by_file;
	const struct provider	*provider = NULL;
	struct aws_arn		 arn;
	struct aws_identity	*base, like;

	if (!by_file)
		profile = aws_config_profile(&named);
	if (named && !aws_config_has_profile(aws->config, profile))
		return no_profile(profile, err);
	if (!by_file)
		provider = find_provider(aws, SCOPE_ENVIRONMENT, profile);
	if ((provider != NULL ? identity_of(aws, provider, SLICE_NONE, &base, err) :
	    profile_identity(aws, profile, &chain, &base, err)) != 0)
		return err->kind;
	if (role.len == 0) {
		*out = base;
		return 0;
	}
	if (aws_arn_role(role, &arn, err) != 0)
		return err->kind;
	like = (struct aws_identity){ .profile = profile, .region = region, .role = { .arn = role }, .parent = base };
	return identity_get(aws, &like, out, err);
}

/* --- fetching --- */

static void
wake_all(struct aws_identity *identity)
{
	/* Who is woken may find the credentials expired, and wait again: for the next time. */
	while (identity->waiting != NULL && identity->state != STATE_FETCHING) {
		struct aws_cred_wait woken = *identity->waiting;

		aws_cred_wait_cancel(identity->waiting);
		woken.ready(woken.object);
	}
}

static void
role_answered(void *object, const struct aws_answer *answer)
{
	struct aws_identity	*identity = object;
	struct error		 problem = *answer->error;

	identity->call = NULL;
	aws_credentials_release(&identity->credentials);
	identity->state = STATE_READY;
	if (problem.kind != ERR_NONE || aws_sts_credentials_read(answer->body, &identity->credentials, &problem) != 0) {
		(void)err_wrap(&problem, "cannot take on the role '%.*s'", SLICE_ARG(identity->role.arn));
		identity->error = problem;
		identity->state = STATE_FAILED;
	}
	identity->fetched_at = timestamp_now().seconds;
	wake_all(identity);
}

static int
role_fetch(struct aws_identity *identity, struct error *err)
{
	CLEANUP(buf_release) struct buf form = BUF(64 * KIB);
	struct aws_question question = {
		.service = AWS_STS, .region = identity->region, .profile = identity->profile, .content_type = SLICE(FORM_TYPE),
		.identity = identity->parent,
	};

	if (aws_sts_assume_role_form(&identity->role, &form, err) != 0)
		return err->kind;
	question.body = buf_slice(&form);
	if (aws_send(identity->aws, &question, role_answered, identity, &identity->call, err) != 0)
		return err_wrap(err, "cannot take on the role '%.*s'", SLICE_ARG(identity->role.arn));
	identity->state = STATE_FETCHING;
	return 0;
}

static bool
is_stale(const struct aws_identity *identity)
{
	int64_t now = timestamp_now().seconds;

	return identity->credentials.expires != 0 && identity->credentials.expires - now < REFRESH_SECONDS &&
	    now - identity->fetched_at > SETTLE_SECONDS;
}

int
aws_cred_get(struct aws_identity *identity, aws_cred_ready *ready, void *object, const struct aws_credentials **out,
    struct aws_cred_wait **wait, struct error *err)
{
	*out = NULL;
	if (identity->state == STATE_READY && is_stale(identity))
		identity->state = STATE_EMPTY;
	if (identity->state == STATE_EMPTY &&
	    (identity->parent != NULL ? role_fetch(identity, &identity->error) :
	    identity->provider->fetch(identity, &identity->error)) != 0)
		identity->state = STATE_FAILED;
	if (identity->state == STATE_FAILED) {
		*err = identity->error;
		return err->kind;
	}
	if (identity->state == STATE_READY) {
		*out = &identity->credentials;
		return 0;
	}
	if ((*wait = calloc(1, sizeof(**wait))) == NULL)
		return err_memory(err);
	**wait = (struct aws_cred_wait){ .identity = identity, .next = identity->waiting, .ready = ready, .object = object };
	identity->waiting = *wait;
	return 0;
}

void
aws_cred_wait_cancel(struct aws_cred_wait *wait)
{
	struct aws_cred_wait **place;

	if (wait == NULL)
		return;
	for (place = &wait->identity->waiting; *place != wait; place = &(*place)->next)
		;
	*place = wait->next;
	free(wait);
}

bool
aws_cred_expire(struct aws_identity *identity)
{
	if (identity->parent == NULL)
		return false;
	if (identity->state == STATE_READY)
		identity->state = STATE_EMPTY;
	return true;
}

void
aws_cred_forgive(struct aws *aws)
{
	for (struct aws_identity *each = aws->identities; each != NULL; each = each->next)
		if (each->state == STATE_FAILED) {
			each->state = STATE_EMPTY;
			err_reset(&each->error);
		}
}
