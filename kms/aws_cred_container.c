#include "kms/aws_cred_parts.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/limits.h"

/*
 * FORMAT.md 3.9: the credentials of a container, from the agent that runs it (ECS) or the one beside it (EKS
 * Pod Identity).  Whoever can set the variables could otherwise point us at any address: only TLS, this machine
 * and the agents' own addresses are asked, as they are written: a name that resolves to one of them is not one.
 */
#define RELATIVE_ORIGIN	"http://169.254.170.2"
#define ATTEMPT_MS	2000
#define ATTEMPTS	3
#define PAUSE_MS	1000
#define TOKEN_MAX	(16 * KIB)

struct container {
	struct aws_identity	*identity;
	struct aws_local	*local;
	char			 host[256];	/* for messages */
};

bool
aws_cred_container_present(const struct aws *aws UNUSED, struct slice profile UNUSED)
{
	return aws_env("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") != NULL ||
	    aws_env("AWS_CONTAINER_CREDENTIALS_FULL_URI") != NULL;
}

static void
container_free(struct container *container)
{
	if (container == NULL)
		return;
	aws_local_cancel(container->local);
	free(container);
}
DEFINE_CLEANUP(struct container, container_free)

static void
container_stop(void *work)
{
	container_free(work);
}

static bool
is_agent(struct slice host)
{
	return http_host_is_loopback(host) || slice_eq(host, SLICE("169.254.170.2")) ||
	    slice_eq(host, SLICE("169.254.170.23")) || slice_eq_nocase(host, SLICE("[fd00:ec2::23]"));
}

static int
find_url(struct buf *text, struct aws_url *out, struct error *err)
{
	const char	*relative = aws_env("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
	const char	*full = aws_env("AWS_CONTAINER_CREDENTIALS_FULL_URI");
	const char	*name = relative != NULL ? "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI" : "AWS_CONTAINER_CREDENTIALS_FULL_URI";

	if (relative == NULL && full == NULL) {
		err_set(err, ERR_NO_KEY, "neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor ..._FULL_URI is set");
		return err_hint(err, "they are set inside a container of ECS or EKS");
	}
	if (buf_str(text, relative != NULL ? RELATIVE_ORIGIN : "", err) != 0 ||
	    buf_str(text, relative != NULL ? relative : full, err) != 0)
		return err->kind;
	if ((relative != NULL && relative[0] != '/') || !aws_url_split(buf_slice(text), out))
		return err_set(err, ERR_CONFIG, "%s holds '%.200s', which is not %s", name, relative != NULL ? relative : full,
		    relative != NULL ? "a path that begins with '/'" : "a URL that can be used");
	if (out->tls || is_agent(out->host))
		return 0;
	err_set(err, ERR_REFUSED, "%s leads to '%.*s' without TLS", name, SLICE_ARG(out->origin));
	return err_hint(err, "http:// is for this machine, 169.254.170.2, 169.254.170.23 and [fd00:ec2::23]; elsewhere use https://");
}

/* The file is read each time: what is in it changes. */
static int
find_token(struct buf *out, struct error *err)
{
	const char	*file = aws_env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
	const char	*token = aws_env("AWS_CONTAINER_AUTHORIZATION_TOKEN");
	struct slice	 text;

	if (file != NULL && file_read(file, out, err) != 0)
		return err_wrap(err, "cannot read AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE '%s'", file);
	if (file == NULL && token != NULL && buf_str(out, token, err) != 0)
		return err->kind;
	text = buf_slice(out);
	if (slice_find(text, '\r', 0) != text.len || slice_find(text, '\n', 0) != text.len)
		return err_set(err, ERR_CONFIG, "the authorization token of %s%s holds a line break",
		    file != NULL ? "the file " : "AWS_CONTAINER_AUTHORIZATION_TOKEN", file != NULL ? file : "");
	return 0;
}

static int
read_reply(const struct container *container, const struct http_reply *reply, struct aws_credentials *out, struct error *err)
{
	static const struct aws_cred_names names = { "AccessKeyId", "SecretAccessKey", "Token", "Expiration",
		.token_needed = true };
	CLEANUP(json_freep) struct json *root = NULL;
	struct error problem = ERROR_INIT;

	if (reply->error->kind != ERR_NONE) {
		*err = *reply->error;
		return err->kind;
	}
	if (reply->status == 401 || reply->status == 403) {
		err_set(err, ERR_DENIED, "'%s' refuses the authorization token (status %u)", container->host, reply->status);
		return err_hint(err, "check AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE, and the role of the task or pod");
	}
	if (reply->status != 200) {
		err_set(err, reply->status >= 300 && reply->status < 400 ? ERR_REFUSED : ERR_NETWORK,
		    "'%s' answers with status %u", container->host, reply->status);
		return err_hint(err, "look at the agent that runs the container; the task or pod may have no role");
	}
	if (json_parse(reply->body, &root, &problem) == 0 && aws_cred_json(root, &names, out, &problem) == 0)
		return 0;
	return err_set(err, problem.kind == ERR_MEMORY ? ERR_MEMORY : ERR_NETWORK, "'%s' gave no usable answer: %.200s",
	    container->host, problem.text);
}

static void
replied(void *object, const struct http_reply *reply)
{
	struct container	*container = object;
	struct aws_identity	*identity = container->identity;
	struct error		 problem = ERROR_INIT;

	container->local = NULL;
	(void)!read_reply(container, reply, &identity->credentials, &problem);
	container_free(container);
	aws_cred_done(identity, &problem);
}

int
aws_cred_container_fetch(struct aws_identity *identity, struct error *err)
{
	CLEANUP(container_freep) struct container *container = calloc(1, sizeof(*container));
	CLEANUP(buf_release) struct buf text = BUF(8 * KIB);
	CLEANUP(buf_release) struct buf token = BUF_SECRET(TOKEN_MAX);
	CLEANUP(buf_release) struct buf ca = BUF(8 * KIB);
	struct aws_local_question question = { .method = SLICE("GET"), .attempt_ms = ATTEMPT_MS, .attempts = ATTEMPTS,
		.pause_ms = PAUSE_MS };

	if (container == NULL)
		return err_memory(err);
	if (find_url(&text, &question.url, err) != 0 || find_token(&token, err) != 0 ||
	    aws_ca_find(identity->aws->config, identity->profile, &ca, err) != 0)
		return err->kind;
	if (token.len != 0)
		question.header = (struct http_header){ SLICE("Authorization"), buf_slice(&token) };
	question.ca = ca.len != 0 ? (const char *)ca.data : NULL;
	container->identity = identity;
	(void)snprintf(container->host, sizeof(container->host), "%.*s", SLICE_ARG(question.url.host));
	if (aws_local_ask(identity->aws->http, &question, replied, container, &container->local, err) != 0)
		return err->kind;
	aws_cred_working(identity, TAKE(container), container_stop);
	return 0;
}
