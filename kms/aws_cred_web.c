#include "kms/aws_cred_parts.h"

#include "base/file.h"
#include "base/limits.h"

/*
 * FORMAT.md 3.8: a role for a token that somebody else has signed (EKS, GitHub, GitLab ...), from STS.  The token is
 * the proof, so the request is not signed; the file is read each time, because the token in it is replaced.
 */
#define TOKEN_MAX	20000

bool
aws_cred_web_in_environment(const struct aws *aws UNUSED, struct slice profile UNUSED)
{
	return aws_env("AWS_WEB_IDENTITY_TOKEN_FILE") != NULL && aws_env("AWS_ROLE_ARN") != NULL;
}

bool
aws_cred_web_in_profile(const struct aws *aws, struct slice profile)
{
	return aws_config_get(aws->config, profile, "web_identity_token_file").len != 0;
}

/* An identity of the environment belongs to no profile. */
static struct slice
setting(const struct aws_identity *identity, const char *variable, const char *key)
{
	return identity->provider->scope == AWS_CRED_ENVIRONMENT ? slice_str(aws_env(variable)) :
	    aws_config_get(identity->aws->config, identity->profile, key);
}

static int
read_token(struct slice path, struct buf *out, struct error *err)
{
	CLEANUP(buf_release) struct buf name = BUF(8 * KIB);
	struct slice text;

	if (buf_append(&name, path, err) != 0 || buf_terminate(&name, err) != 0)
		return err->kind;
	if (file_read((const char *)name.data, out, err) != 0) {
		(void)err_wrap(err, "cannot read the token file '%s'", (const char *)name.data);
		return err_hint(err, "check AWS_WEB_IDENTITY_TOKEN_FILE, or 'web_identity_token_file' of the profile");
	}
	text = buf_slice(out);
	if (slice_ends(text, SLICE("\n")))
		buf_truncate(out, out->len - 1);
	if (out->len < 4)
		return err_set(err, ERR_CONFIG, "the token file '%s' holds no token", (const char *)name.data);
	return 0;
}

static void
answered(void *object, const struct aws_answer *answer)
{
	struct aws_identity	*identity = object;
	struct error		 problem = *answer->error;

	if (problem.kind != ERR_NONE || aws_sts_credentials_read(answer->body, &identity->credentials, &problem) != 0)
		(void)err_wrap(&problem, "cannot take on the role '%.*s'",
		    SLICE_ARG(setting(identity, "AWS_ROLE_ARN", "role_arn")));
	aws_cred_done(identity, &problem);
}

static void
stop(void *work)
{
	aws_cancel(work);
}

int
aws_cred_web_fetch(struct aws_identity *identity, struct error *err)
{
	CLEANUP(buf_release) struct buf token = BUF_SECRET(TOKEN_MAX + 1);
	CLEANUP(buf_release) struct buf form = BUF_SECRET(3 * TOKEN_MAX + 8 * KIB);
	struct aws_role role = {
		.arn = setting(identity, "AWS_ROLE_ARN", "role_arn"),
		.session = setting(identity, "AWS_ROLE_SESSION_NAME", "role_session_name"),
		.duration = identity->role.duration,
	};
	struct aws_question question = {
		.service = AWS_STS, .region = identity->region, .profile = identity->profile, .content_type = SLICE(AWS_STS_TYPE),
	};
	struct aws_arn	 arn;
	struct aws_call	*call;

	if (role.arn.len == 0)
		return err_set(err, ERR_CONFIG, "the AWS profile '%.*s' has web_identity_token_file, which needs role_arn",
		    SLICE_ARG(identity->profile));
	if (aws_arn_role(role.arn, &arn, err) != 0 ||
	    read_token(setting(identity, "AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file"), &token, err) != 0 ||
	    aws_sts_web_identity_form(&role, buf_slice(&token), &form, err) != 0)
		return err->kind;
	question.body = buf_slice(&form);
	if (aws_send(identity->aws, &question, answered, identity, &call, err) != 0)
		return err->kind;
	aws_cred_working(identity, call, stop);
	return 0;
}
