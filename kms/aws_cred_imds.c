#include "kms/aws_cred_parts.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/num.h"

/*
 * FORMAT.md 3.10: the role of the machine itself, from the instance metadata service of EC2, version 2: a token is
 * fetched first, which a forged request from a web server could not do.  It needs no setting to be there, so
 * it comes last, and on any other machine it costs one second of waiting for nobody.
 */
#define ATTEMPT_MS	1000
#define TOKEN_PATH	"/latest/api/token"
#define ROLE_PATH	"/latest/meta-data/iam/security-credentials/"
#define NAME_MAX_BYTES	256

enum step {
	STEP_TOKEN,
	STEP_ROLE,
	STEP_CREDENTIALS,
};

struct imds {
	struct aws_identity	*identity;
	struct aws_local	*local;
	enum step		 step;
	bool			 renewed;	/* the token, once */
	bool			 strict;	/* version 1 is not to be used */
	unsigned		 attempt_ms, attempts;
	struct buf		 origin, token, path;
};

bool
aws_cred_imds_present(const struct aws *aws UNUSED, struct slice profile UNUSED)
{
	const char *disabled = aws_env("AWS_EC2_METADATA_DISABLED");

	return disabled == NULL || !slice_eq_nocase(slice_str(disabled), SLICE("true"));
}

static void
imds_free(struct imds *imds)
{
	if (imds == NULL)
		return;
	aws_local_cancel(imds->local);
	buf_release(&imds->origin);
	buf_release(&imds->token);
	buf_release(&imds->path);
	free(imds);
}
DEFINE_CLEANUP(struct imds, imds_free)

static void
imds_stop(void *work)
{
	imds_free(work);
}

static struct slice
setting(const struct aws_identity *identity, const char *variable, const char *key)
{
	const char *set = aws_env(variable);

	return set != NULL ? slice_str(set) : aws_config_get(identity->aws->config, identity->profile, key);
}

static int
find_origin(const struct aws_identity *identity, struct buf *out, struct error *err)
{
	struct slice	text = setting(identity, "AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint");
	struct slice	mode = setting(identity, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ec2_metadata_service_endpoint_mode");
	struct aws_url	url;

	if (mode.len != 0 && !slice_eq_nocase(mode, SLICE("ipv4")) && !slice_eq_nocase(mode, SLICE("ipv6")))
		return err_set(err, ERR_CONFIG, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE (or 'ec2_metadata_service_endpoint_mode') must "
		    "be 'IPv4' or 'IPv6', not '%.*s'", SLICE_ARG(slice_sub(mode, 0, 64)));
	if (text.len == 0)
		return buf_str(out, slice_eq_nocase(mode, SLICE("ipv6")) ? "http://[fd00:ec2::254]" : "http://169.254.169.254", err);
	if (!aws_url_split(text, &url) || url.target.len > 1)
		return err_set(err, ERR_CONFIG, "AWS_EC2_METADATA_SERVICE_ENDPOINT (or 'ec2_metadata_service_endpoint') is not a URL that "
		    "can be used: '%.*s'", SLICE_ARG(slice_sub(text, 0, 200)));
	if (!url.tls && !http_host_is_loopback(url.host) && !slice_eq(url.host, SLICE("169.254.169.254")) &&
	    !slice_eq_nocase(url.host, SLICE("[fd00:ec2::254]"))) {
		err_set(err, ERR_REFUSED, "the metadata endpoint leads to '%.*s' without TLS", SLICE_ARG(url.origin));
		return err_hint(err, "http:// is for this machine, 169.254.169.254 and [fd00:ec2::254]; elsewhere use https://");
	}
	return buf_append(out, url.origin, err);
}

static int
find_number(const struct aws_identity *identity, const char *variable, const char *key, unsigned standard, unsigned *out,
    struct error *err)
{
	struct slice	text = setting(identity, variable, key);
	int64_t		number = standard;

	if (text.len != 0 && !num_parse(text, 1, 20, &number))
		return err_set(err, ERR_CONFIG, "%s (or '%s') must be a number from 1 to 20, not '%.*s'", variable, key,
		    SLICE_ARG(slice_sub(text, 0, 64)));
	*out = (unsigned)number;
	return 0;
}

static int
find_settings(struct imds *imds, struct error *err)
{
	const struct aws_identity	*identity = imds->identity;
	unsigned			 seconds;

	if (find_number(identity, "AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout", 1, &seconds, err) != 0 ||
	    find_number(identity, "AWS_METADATA_SERVICE_NUM_ATTEMPTS", "metadata_service_num_attempts", 1, &imds->attempts, err) != 0 ||
	    aws_config_switch(identity->aws->config, identity->profile, "AWS_EC2_METADATA_V1_DISABLED",
	    "ec2_metadata_v1_disabled", &imds->strict, err) != 0)
		return err->kind;
	imds->attempt_ms = seconds * ATTEMPT_MS;
	return find_origin(identity, &imds->origin, err);
}

static void replied(void *object, const struct http_reply *reply);

/* Ask for the step that has come. */
static int
imds_ask(struct imds *imds, struct error *err)
{
	bool				 token = imds->step == STEP_TOKEN;
	struct aws_local_question	 question = { .method = token ? SLICE("PUT") : SLICE("GET"),
		.attempt_ms = imds->attempt_ms, .attempts = imds->attempts };

	question.url = (struct aws_url){ .origin = buf_slice(&imds->origin),
		.target = token ? SLICE(TOKEN_PATH) : buf_slice(&imds->path) };
	if (token)
		question.header = (struct http_header){ SLICE("X-aws-ec2-metadata-token-ttl-seconds"), SLICE("21600") };
	else if (imds->token.len != 0)
		question.header = (struct http_header){ SLICE("X-aws-ec2-metadata-token"), buf_slice(&imds->token) };
	return aws_local_ask(imds->identity->aws->http, &question, replied, imds, &imds->local, err);
}

static int
nobody(const struct imds *imds, struct error *err)
{
	err_set(err, ERR_NO_KEY, "nobody answers there, and neither the environment nor the profile '%.*s' holds any",
	    SLICE_ARG(imds->identity->profile));
	return err_hint(err, "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE; AWS_EC2_METADATA_DISABLED=true spares "
	    "the wait for the last one");
}

static int
unusable(const struct http_reply *reply, const char *what, struct error *err)
{
	if (reply->error->kind != ERR_NONE) {
		*err = *reply->error;
		return err->kind;
	}
	return err_set(err, reply->status >= 300 && reply->status < 400 ? ERR_REFUSED :
	    reply->status == 401 || reply->status == 403 ? ERR_DENIED : ERR_NETWORK, "it answers with status %u when asked for %s",
	    reply->status, what);
}

/* An answer that is one name or token: no blanks, no control characters. */
static int
take_line(struct slice body, size_t max, const char *what, struct buf *out, struct error *err)
{
	struct slice line;

	if (!slice_split(&body, '\n', &line))
		line = SLICE_NONE;
	line = slice_trim(line);
	for (size_t i = 0; i < line.len; i++)
		if (line.data[i] <= ' ' || line.data[i] >= 0x7f)
			return err_set(err, ERR_NETWORK, "it gave no usable answer when asked for %s", what);
	if (line.len == 0 || line.len > max)
		return err_set(err, ERR_NETWORK, "it gave no usable answer when asked for %s", what);
	return buf_append(out, line, err);
}

static int
after_token(struct imds *imds, const struct http_reply *reply, struct error *err)
{
	bool old = reply->status == 403 || reply->status == 404 || reply->status == 405 || reply->error->kind == ERR_TIMEOUT;

	if (reply->error->kind != ERR_NONE && !reply->connected)
		return nobody(imds, err);
	buf_reset(&imds->token);
	if (reply->error->kind == ERR_NONE && reply->status == 200) {
		if (take_line(reply->body, 1024, "a token", &imds->token, err) != 0)
			return err->kind;
	} else if (!old) {
		return unusable(reply, "a token", err);
	} else if (imds->strict) {
		/* Inside a container the answer does not pass the bridge: each hop counts. */
		(void)unusable(reply, "a token", err);
		return err_hint(err, "version 1 is disabled (AWS_EC2_METADATA_V1_DISABLED); in a container, the instance's hop limit "
		    "must be 2");
	}
	if (imds->path.len == 0 && buf_str(&imds->path, ROLE_PATH, err) != 0)
		return err->kind;
	imds->step = imds->path.len == strlen(ROLE_PATH) ? STEP_ROLE : STEP_CREDENTIALS;
	return 0;
}

static int
after_role(struct imds *imds, const struct http_reply *reply, struct error *err)
{
	if (reply->error->kind != ERR_NONE && imds->token.len == 0)
		return nobody(imds, err);
	if (reply->error->kind == ERR_NONE && reply->status == 404) {
		err_set(err, ERR_NO_KEY, "the instance has no role");
		return err_hint(err, "attach an instance profile to it, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE");
	}
	if (reply->error->kind != ERR_NONE || reply->status != 200)
		return unusable(reply, "its role", err);
	imds->step = STEP_CREDENTIALS;
	if (take_line(reply->body, NAME_MAX_BYTES, "its role", &imds->path, err) != 0)
		return err->kind;
	/* It becomes a part of a path: what a role's name can hold, and nothing that ends or leaves it. */
	for (size_t i = strlen(ROLE_PATH); i < imds->path.len; i++)
		if (strchr("/?#%\\", imds->path.data[i]) != NULL)
			return err_set(err, ERR_NETWORK, "it gave no usable answer when asked for its role");
	return 0;
}

static int
after_credentials(struct imds *imds, const struct http_reply *reply, struct error *err)
{
	static const struct aws_cred_names names = { "AccessKeyId", "SecretAccessKey", "Token", "Expiration",
		.token_needed = true };
	CLEANUP(json_freep) struct json *root = NULL;
	struct error	problem = ERROR_INIT;
	struct slice	code;

	if (reply->error->kind != ERR_NONE || reply->status != 200)
		return unusable(reply, "credentials", err);
	if (json_parse(reply->body, &root, &problem) == 0) {
		if (json_text(json_find(root, "Code"), &code) && !slice_eq(code, SLICE("Success")))
			return err_set(err, ERR_DENIED, "it refuses to give credentials (%.*s)", SLICE_ARG(slice_sub(code, 0, 100)));
		if (aws_cred_json(root, &names, &imds->identity->credentials, &problem) == 0)
			return 0;
	}
	return err_set(err, problem.kind == ERR_MEMORY ? ERR_MEMORY : ERR_NETWORK, "it gave no usable answer: %.200s", problem.text);
}

static void
replied(void *object, const struct http_reply *reply)
{
	struct imds		*imds = object;
	struct aws_identity	*identity = imds->identity;
	struct error		 problem = ERROR_INIT;
	bool			 last = imds->step == STEP_CREDENTIALS;
	int			 rc;

	imds->local = NULL;
	if (imds->step != STEP_TOKEN && reply->error->kind == ERR_NONE && reply->status == 401 && imds->token.len != 0 &&
	    !imds->renewed) {
		imds->renewed = true;
		imds->step = STEP_TOKEN;
		rc = 0;
		last = false;
	} else
		rc = imds->step == STEP_TOKEN ? after_token(imds, reply, &problem) :
		    imds->step == STEP_ROLE ? after_role(imds, reply, &problem) : after_credentials(imds, reply, &problem);
	if (rc == 0 && !last && imds_ask(imds, &problem) == 0)
		return;
	imds_free(imds);
	aws_cred_done(identity, &problem);
}

int
aws_cred_imds_fetch(struct aws_identity *identity, struct error *err)
{
	CLEANUP(imds_freep) struct imds *imds = calloc(1, sizeof(*imds));

	if (imds == NULL)
		return err_memory(err);
	*imds = (struct imds){ .identity = identity, .step = STEP_TOKEN, .origin = BUF(1 * KIB), .token = BUF_SECRET(2 * KIB),
		.path = BUF(1 * KIB) };
	if (!aws_cred_imds_present(identity->aws, identity->profile)) {
		err_set(err, ERR_CONFIG, "it is disabled (AWS_EC2_METADATA_DISABLED)");
		return err_hint(err, "unset the variable, or choose another credential_source");
	}
	if (find_settings(imds, err) != 0 || imds_ask(imds, err) != 0)
		return err->kind;
	aws_cred_working(identity, TAKE(imds), imds_stop);
	return 0;
}
