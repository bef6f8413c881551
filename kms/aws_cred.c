#include "kms/aws_cred.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/num.h"
#include "base/timestamp.h"
#include "kms/aws_cred_parts.h"

#define CHAIN_MAX	10			/* profiles that lead to each other by source_profile */
#define REFRESH_SECONDS	300			/* of life that credentials must have left */
#define SETTLE_SECONDS	60			/* fresh ones are not refreshed again at once, however short-lived */

struct aws_cred_wait {
	struct aws_identity	*identity;
	struct aws_cred_wait	*next;
	aws_cred_ready		*ready;
	void			*object;
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
	aws_cred_ready_now(identity);
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

/*
 * In the order in which they are asked (FORMAT.md 3.1); the first that is present is final: passing over it
 * would use other credentials than every other tool on the machine.
 */
enum {
	ENVIRONMENT,
	ENVIRONMENT_WEB,
	PROFILE_KEYS,
	PROFILE_WEB,
	SSO,
	PROCESS,
	CONTAINER,
	INSTANCE,
	PROVIDERS,
};

static const struct aws_cred_provider providers[PROVIDERS] = {
	[ENVIRONMENT] = { "the environment", AWS_CRED_ENVIRONMENT, false, true, environment_present, environment_fetch },
	[ENVIRONMENT_WEB] = { "a web identity (AWS_WEB_IDENTITY_TOKEN_FILE)", AWS_CRED_ENVIRONMENT, true, false,
	    aws_cred_web_in_environment, aws_cred_web_fetch },
	[PROFILE_KEYS] = { "the profile", AWS_CRED_PROFILE, false, true, profile_keys_present, profile_keys_fetch },
	[PROFILE_WEB] = { "a web identity (web_identity_token_file)", AWS_CRED_PROFILE, true, false,
	    aws_cred_web_in_profile, aws_cred_web_fetch },
	[SSO] = { "IAM Identity Center (sso_session)", AWS_CRED_PROFILE, false, false, aws_cred_sso_present,
	    aws_cred_sso_fetch },
	[PROCESS] = { "a program (credential_process)", AWS_CRED_PROFILE, false, false, aws_cred_process_present,
	    aws_cred_process_fetch },
	[CONTAINER] = { "the container (AWS_CONTAINER_CREDENTIALS_...)", AWS_CRED_PROFILE, false, false,
	    aws_cred_container_present, aws_cred_container_fetch },
	[INSTANCE] = { "the EC2 instance metadata", AWS_CRED_PROFILE, false, false, aws_cred_imds_present,
	    aws_cred_imds_fetch },
};

static const struct aws_cred_provider *
find_provider(const struct aws *aws, enum aws_cred_scope scope, struct slice profile)
{
	for (size_t i = 0; i < PROVIDERS; i++)
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
		if (each->work != NULL)
			each->stop(TAKE(each->work));
	aws_cred_mfa_free_all(aws);
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
	    role->device.len + like->profile.len + like->region.len;
	uint8_t			*unused;

	if (buf_reserve(&identity->text, room + 1, &unused, err) != 0 ||
	    own(identity, role->arn, &identity->role.arn, err) != 0 ||
	    own(identity, role->session, &identity->role.session, err) != 0 ||
	    own(identity, role->external_id, &identity->role.external_id, err) != 0 ||
	    own(identity, role->duration, &identity->role.duration, err) != 0 ||
	    own(identity, role->device, &identity->role.device, err) != 0 ||
	    own(identity, like->profile, &identity->profile, err) != 0)
		return err->kind;
	return own(identity, like->region, &identity->region, err);
}

static int
put_name(struct buf *name, const struct aws_identity *like, struct error *err)
{
	/* What a device was asked for serves every region: its owner is asked once. */
	const struct slice parts[] = { like->profile, like->role.device.len != 0 ? SLICE_NONE : like->region, like->role.arn,
		like->role.session, like->role.external_id, like->role.duration, like->role.device };

	if ((like->parent != NULL && buf_append(name, buf_slice(&like->parent->name), err) != 0) ||
	    (like->provider != NULL && buf_str(name, like->provider->name, err) != 0))
		return err->kind;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (buf_printf(name, err, " %zu:%.*s", parts[i].len, SLICE_ARG(parts[i])) != 0)
			return err->kind;
	return 0;
}

int
aws_cred_identity(struct aws *aws, const struct aws_identity *like, struct aws_identity **out, struct error *err)
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
identity_of(struct aws *aws, const struct aws_cred_provider *provider, struct slice profile, struct slice region,
    struct aws_identity **out, struct error *err)
{
	struct aws_identity like = { .provider = provider, .profile = profile,
		.region = provider->regional ? region : SLICE_NONE };

	return aws_cred_identity(aws, &like, out, err);
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
	static const struct {
		const char	*name;
		int		 provider;
	} sources[] = {
		{ "Environment", ENVIRONMENT }, { "Ec2InstanceMetadata", INSTANCE }, { "EcsContainer", CONTAINER },
	};

	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
		if (slice_eq(source, slice_str(sources[i].name)))
			return identity_of(aws, &providers[sources[i].provider], profile, SLICE_NONE, out, err);
	err_set(err, ERR_CONFIG, "credential_source of the AWS profile '%.*s' is '%.*s', which is not known", SLICE_ARG(profile),
	    SLICE_ARG(source));
	return err_hint(err, "it can be Environment, Ec2InstanceMetadata or EcsContainer");
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
		return identity_of(aws, &providers[PROFILE_KEYS], source, SLICE_NONE, out, err);
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
	const struct aws_cred_provider	*provider;

	if (has_role && (source.len != 0) == (other.len != 0))
		return err_set(err, ERR_CONFIG, "the AWS profile '%.*s' has a role_arn, which needs either source_profile or "
		    "credential_source", SLICE_ARG(profile));
	if (source.len != 0)
		return profile_source(aws, profile, source, chain, out, err);
	if (other.len != 0 && (has_role || !profile_keys_present(aws, profile)))
		return find_source(aws, profile, other, out, err);
	if ((provider = find_provider(aws, AWS_CRED_PROFILE, profile)) == NULL)
		return no_credentials(profile, err);
	return identity_of(aws, provider, profile, chain->region, out, err);
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
			.device = aws_config_get(config, profile, "mfa_serial"),
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
	if (has_role && aws_cred_web_in_profile(aws, profile))
		return identity_of(aws, &providers[PROFILE_WEB], profile, chain->region, out, err);
	if (profile_base(aws, profile, has_role, chain, &base, err) != 0)
		return err->kind;
	if (!has_role) {
		*out = base;
		return 0;
	}
	if (aws_arn_role(like.role.arn, &arn, err) != 0)
		return err_wrap(err, "role_arn of the AWS profile '%.*s'", SLICE_ARG(profile));
	like.parent = base;
	return aws_cred_identity(aws, &like, out, err);
}

int
aws_cred_identify(struct aws *aws, struct slice profile, struct slice role, struct slice region,
    struct aws_identity **out, struct error *err)
{
	struct chain		 chain = { .region = region };
	bool			 by_file = profile.len != 0, named = by_file;
	const struct aws_cred_provider	*provider = NULL;
	struct aws_arn		 arn;
	struct aws_identity	*base, like;

	if (!by_file)
		profile = aws_config_profile(&named);
	if (named && !aws_config_has_profile(aws->config, profile))
		return no_profile(profile, err);
	if (!by_file)
		provider = find_provider(aws, AWS_CRED_ENVIRONMENT, profile);
	if ((provider != NULL ? identity_of(aws, provider, SLICE_NONE, region, &base, err) :
	    profile_identity(aws, profile, &chain, &base, err)) != 0)
		return err->kind;
	if (role.len == 0) {
		*out = base;
		return 0;
	}
	if (aws_arn_role(role, &arn, err) != 0)
		return err->kind;
	like = (struct aws_identity){ .profile = profile, .region = region, .role = { .arn = role }, .parent = base };
	return aws_cred_identity(aws, &like, out, err);
}

/* --- fetching --- */

static void
wake_all(struct aws_identity *identity)
{
	/* Who is woken may find the credentials expired, and wait again: for the next time. */
	while (identity->waiting != NULL && identity->state != AWS_CRED_FETCHING) {
		struct aws_cred_wait woken = *identity->waiting;

		aws_cred_wait_cancel(identity->waiting);
		woken.ready(woken.object);
	}
}

void
aws_cred_ready_now(struct aws_identity *identity)
{
	identity->state = AWS_CRED_READY;
	identity->fetched_at = timestamp_now().seconds;
}

void
aws_cred_working(struct aws_identity *identity, void *work, void (*stop)(void *work))
{
	identity->work = work;
	identity->stop = stop;
	identity->asking = false;
	identity->state = AWS_CRED_FETCHING;
}

/* Say whose failure it is. */
static void
identity_fail(struct aws_identity *identity, const struct error *problem)
{
	identity->error = *problem;
	if (identity->provider != NULL && identity->provider != &providers[PROFILE_KEYS] &&
	    identity->provider != &providers[ENVIRONMENT])
		(void)err_wrap(&identity->error, "no AWS credentials from %s", identity->provider->name);
	identity->state = AWS_CRED_FAILED;
}

void
aws_cred_done(struct aws_identity *identity, const struct error *problem)
{
	identity->work = NULL;
	if (problem->kind == ERR_NONE)
		aws_cred_ready_now(identity);
	else
		identity_fail(identity, problem);
	wake_all(identity);
}

static void
role_answered(void *object, const struct aws_answer *answer)
{
	struct aws_identity	*identity = object;
	struct error		 problem = *answer->error;

	if (problem.kind != ERR_NONE || aws_sts_credentials_read(answer->body, &identity->credentials, &problem) != 0)
		(void)err_wrap(&problem, "cannot take on the role '%.*s'", SLICE_ARG(identity->role.arn));
	aws_cred_done(identity, &problem);
}

static void
role_stop(void *work)
{
	aws_cancel(work);
}

int
aws_cred_assume(struct aws_identity *identity, struct aws_identity *by, struct slice code, struct error *err)
{
	CLEANUP(buf_release) struct buf form = BUF(64 * KIB);
	struct aws_question question = {
		.service = AWS_STS, .region = identity->region, .profile = identity->profile,
		.content_type = SLICE(AWS_STS_TYPE), .identity = by,
	};
	struct aws_call *call;

	if (aws_sts_assume_role_form(&identity->role, code, &form, err) != 0)
		return err->kind;
	question.body = buf_slice(&form);
	if (aws_send(identity->aws, &question, role_answered, identity, &call, err) != 0)
		return err_wrap(err, "cannot take on the role '%.*s'", SLICE_ARG(identity->role.arn));
	aws_cred_working(identity, call, role_stop);
	return 0;
}

static void
identity_fetch(struct aws_identity *identity)
{
	struct error	problem = ERROR_INIT;
	int		rc;

	aws_credentials_release(&identity->credentials);
	if (identity->provider != NULL)
		rc = identity->provider->fetch(identity, &problem);
	else if (identity->role.device.len != 0)
		rc = aws_cred_mfa_fetch(identity, &problem);
	else
		rc = aws_cred_assume(identity, identity->parent, SLICE_NONE, &problem);
	if (rc != 0)
		identity_fail(identity, &problem);
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
	if (identity->state == AWS_CRED_READY && is_stale(identity))
		identity->state = AWS_CRED_EMPTY;
	if (identity->state == AWS_CRED_EMPTY)
		identity_fetch(identity);
	if (identity->state == AWS_CRED_FAILED) {
		*err = identity->error;
		return err->kind;
	}
	if (identity->state == AWS_CRED_READY) {
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
	struct aws_identity	*identity;
	struct aws_cred_wait	**place;

	if (wait == NULL)
		return;
	identity = wait->identity;
	for (place = &identity->waiting; *place != wait; place = &(*place)->next)
		;
	*place = wait->next;
	free(wait);
	/* Another key may have answered: nobody should have to type a code for this one, or for a role over it. */
	if (identity->waiting == NULL && identity->work != NULL && (identity->asking || identity->provider == NULL)) {
		identity->state = AWS_CRED_EMPTY;
		identity->stop(TAKE(identity->work));
	}
}

const char *
aws_cred_pending(const struct aws *aws)
{
	for (const struct aws_identity *each = aws->identities; each != NULL; each = each->next)
		if (each->state == AWS_CRED_FETCHING)
			/* A role may wait for its source, which then is the one to name. */
			if (each->provider != NULL || each->parent->state != AWS_CRED_FETCHING)
				return each->provider != NULL ? each->provider->name : "a role (AssumeRole)";
	return NULL;
}

bool
aws_cred_expire(struct aws_identity *identity)
{
	if (identity->provider != NULL && identity->provider->lasting)
		return false;
	if (identity->state == AWS_CRED_READY)
		identity->state = AWS_CRED_EMPTY;
	return true;
}

void
aws_cred_forgive(struct aws *aws)
{
	for (struct aws_identity *each = aws->identities; each != NULL; each = each->next)
		if (each->state == AWS_CRED_FAILED) {
			each->state = AWS_CRED_EMPTY;
			err_reset(&each->error);
		}
}
