/*
 * Every place that AWS' clients get credentials from, on one port of 127.0.0.1: awscreds PORTFILE LOGFILE [imds1 | any]
 *
 * imds1: the instance metadata service is one that knows version 1 alone.  any: port 80 of every address.
 *
 *	GET /container					the agent of a container: wants its Authorization
 *	PUT /latest/api/token, GET /latest/meta-data/...	instance metadata, version 2 alone
 *	GET /federation/credentials, POST /token	IAM Identity Center: role credentials, a new token
 *	POST / Action=...				STS: AssumeRole (role/mfa... with a code, good for one use),
 *							AssumeRoleWithWebIdentity, GetSessionToken
 *	POST / X-Amz-Target				KMS: Encrypt and Decrypt, which hide nothing
 *
 * Each source gives credentials of its own, AKIA... and its name; KMS and STS check the signature and its session
 * token against them, so whoever decrypts has really got them.  A line for each request goes to LOGFILE: method,
 * path or operation, who signed ("-": nobody), and "ok" or what is wrong.  Ends when its parent does.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/num.h"
#include "kms/json.h"
#include "kms/server_ops.h"
#include "kms/sigv4.h"

#define REQUEST_MAX	65536
#define HEADERS_MAX	64
#define ROLES		"arn:aws:iam::123456789012:role/"
#define DEVICE		"arn:aws:iam::123456789012:mfa/me"

static pthread_mutex_t	 lock = PTHREAD_MUTEX_INITIALIZER;
static FILE		*request_log;
static char		 used_codes[16][8];
static bool		 imds1;

struct exchange {
	struct http_message	 msg;
	struct http_header	 headers[HEADERS_MAX];
	char			 who[64];	/* the access key of a valid signature, or "-" */
	char			 what[128];	/* path or operation */
	const char		*verdict;
	const char		*more;		/* headers of the reply */
	int			 status;
	struct buf		 reply;
};

/* --- credentials --- */

static const char *const sources[] = { "USER", "CONTAINER", "IMDS", "SSO", "WEB", "ROLE", "SESSION" };

/* "AKIAWEB", "secret-of-WEB", "token-of-WEB": all of a source's credentials follow from its name. */
static void
expiration(char out[32], long seconds)
{
	time_t then = time(NULL) + seconds;

	(void)strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", gmtime(&then));
}

static const char *
find_source(struct slice access_key)
{
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
		if (slice_starts(access_key, SLICE("AKIA")) && slice_eq(slice_from(access_key, 4), slice_str(sources[i])))
			return sources[i];
	return NULL;
}

/* Whether the request is signed by credentials that were given out here; says why not. */
static bool
check_signature(struct exchange *x)
{
	char			 secret[64], token[64];
	struct sigv4_claim	 claim;
	struct sigv4_key	 key;
	const char		*source;
	struct error		 err = ERROR_INIT;

	if (sigv4_claim_read(&x->msg, &claim, &err) != 0 || (source = find_source(claim.access_key)) == NULL) {
		x->verdict = "unknown-key";
		return false;
	}
	(void)snprintf(secret, sizeof(secret), "secret-of-%s", source);
	(void)snprintf(token, sizeof(token), "token-of-%s", source);
	key = (struct sigv4_key){ .access_key = claim.access_key, .secret = slice_str(secret),
		.token = strcmp(source, "USER") == 0 ? SLICE_NONE : slice_str(token), .region = claim.region,
		.service = claim.service };
	if (sigv4_verify(&key, &x->msg, time(NULL), 900, &err) != 0) {
		x->verdict = "bad-signature";
		return false;
	}
	(void)snprintf(x->who, sizeof(x->who), "%.*s", SLICE_ARG(claim.access_key));
	return true;
}

/* --- answers --- */

static void PRINTF_LIKE(3, 4)
say(struct exchange *x, int status, const char *format, ...)
{
	char	text[4096];
	va_list	arguments;
	struct error err = ERROR_INIT;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	x->status = status;
	buf_reset(&x->reply);
	(void)!buf_str(&x->reply, text, &err);
}

static void
refuse(struct exchange *x, int status, const char *verdict)
{
	x->verdict = verdict;
	say(x, status, "{\"__type\":\"%s\",\"message\":\"%s\"}", status == 401 ? "UnauthorizedException" : "AccessDeniedException",
	    verdict);
}

static struct slice
header(const struct exchange *x, const char *name)
{
	const struct http_header *found = http_message_header(&x->msg, name);

	return found != NULL ? found->value : SLICE_NONE;
}

static bool
header_is(const struct exchange *x, const char *name, const char *want)
{
	return slice_eq(header(x, name), slice_str(want));
}

static void
container(struct exchange *x)
{
	char end[32];

	expiration(end, 3600);
	if (!header_is(x, "authorization", "container-token"))
		refuse(x, 401, "no-authorization");
	else
		say(x, 200, "{\"AccessKeyId\":\"AKIACONTAINER\",\"SecretAccessKey\":\"secret-of-CONTAINER\",\"Token\":\"token-of-CONTAINER\","
		    "\"Expiration\":\"%s\",\"RoleArn\":\"" ROLES "task\"}", end);
}

static void
metadata(struct exchange *x)
{
	static const char roles[] = "/latest/meta-data/iam/security-credentials/";
	char	end[32];
	struct slice target = x->msg.target;
	int64_t	seconds;

	expiration(end, 3600);
	if (slice_eq(target, SLICE("/latest/api/token"))) {
		if (imds1)
			refuse(x, 404, "no-such-path");
		else if (!slice_eq(x->msg.method, SLICE("PUT")) || x->msg.body.len != 0 ||
		    !num_parse(header(x, "x-aws-ec2-metadata-token-ttl-seconds"), 1, 21600, &seconds))
			refuse(x, 400, "bad-token-request");
		else {
			say(x, 200, "imds-token");
			x->more = "X-Aws-Ec2-Metadata-Token-Ttl-Seconds: 21600\r\n";
		}
	} else if (!imds1 && !header_is(x, "x-aws-ec2-metadata-token", "imds-token"))
		refuse(x, 401, "no-token");
	else if (slice_eq(target, slice_str(roles)))
		say(x, 200, "instance-role");
	else if (slice_eq(slice_from(target, strlen(roles)), SLICE("instance-role")))
		say(x, 200, "{\"Code\":\"Success\",\"Type\":\"AWS-HMAC\",\"LastUpdated\":\"%s\",\"AccessKeyId\":\"AKIAIMDS\","
		    "\"SecretAccessKey\":\"secret-of-IMDS\",\"Token\":\"token-of-IMDS\",\"Expiration\":\"%s\"}", end, end);
	else
		refuse(x, 404, "no-such-path");
}

static void
portal(struct exchange *x)
{
	struct slice query = slice_from(x->msg.target, slice_find(x->msg.target, '?', 0) + 1);

	if (!header_is(x, "x-amz-sso_bearer_token", "sso-token") && !header_is(x, "x-amz-sso_bearer_token", "sso-token-2"))
		refuse(x, 401, "no-bearer-token");
	else if (!slice_eq(query, SLICE("role_name=Data%20Reader&account_id=123456789012")) &&
	    !slice_eq(query, SLICE("role_name=Data+Reader&account_id=123456789012")) &&
	    !slice_eq(query, SLICE("account_id=123456789012&role_name=Data+Reader")) &&
	    !slice_eq(query, SLICE("account_id=123456789012&role_name=Data%20Reader")))
		refuse(x, 403, "other-role");
	else if (http_message_header(&x->msg, "authorization") != NULL)
		refuse(x, 400, "signed");
	else
		say(x, 200, "{\"roleCredentials\":{\"accessKeyId\":\"AKIASSO\",\"secretAccessKey\":\"secret-of-SSO\","
		    "\"sessionToken\":\"token-of-SSO\",\"expiration\":%lld000}}", (long long)time(NULL) + 3600);
}

static void
renew(struct exchange *x)
{
	static const char *const members[][2] = {
		{ "grantType", "refresh_token" }, { "clientId", "client" }, { "clientSecret", "client-secret" },
		{ "refreshToken", "refresh-1" },
	};
	struct json	*root = NULL;
	struct error	 err = ERROR_INIT;
	struct slice	 text;

	if (json_parse(x->msg.body, &root, &err) != 0) {
		refuse(x, 400, "no-json");
		return;
	}
	say(x, 200, "{\"accessToken\":\"sso-token-2\",\"expiresIn\":3600,\"refreshToken\":\"refresh-2\",\"tokenType\":\"Bearer\"}");
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (!json_text(json_find(root, members[i][0]), &text) || !slice_eq(text, slice_str(members[i][1])))
			refuse(x, 400, members[i][0]);
	json_free(root);
}

/* --- STS --- */

static struct slice
field(const struct exchange *x, const char *name, struct buf *out)
{
	struct error err = ERROR_INIT;

	buf_reset(out);
	(void)!server_form_field(x->msg.body, name, out, &err);
	return buf_slice(out);
}

static void
refuse_sts(struct exchange *x, const char *verdict)
{
	x->verdict = verdict;
	say(x, 403, "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>%s</Message></Error>"
	    "<RequestId>r</RequestId></ErrorResponse>", verdict);
}

static void
give(struct exchange *x, const char *action, const char *source)
{
	char end[32];

	expiration(end, 3600);
	say(x, 200, "<%sResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><%sResult><Credentials><AccessKeyId>AKIA%s"
	    "</AccessKeyId><SecretAccessKey>secret-of-%s</SecretAccessKey><SessionToken>token-of-%s</SessionToken><Expiration>%s"
	    "</Expiration></Credentials><AssumedRoleUser><AssumedRoleId>A:s</AssumedRoleId><Arn>arn:aws:sts::123456789012:"
	    "assumed-role/r/s</Arn></AssumedRoleUser></%sResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata>"
	    "</%sResponse>", action, action, source, source, source, end, action, action);
}

/* A device's code, for the first time. */
static bool
take_code(struct exchange *x, struct buf *text)
{
	bool fresh;
	size_t i = 0;

	if (!slice_eq(field(x, "SerialNumber", text), SLICE(DEVICE)) || field(x, "TokenCode", text).len != 6)
		return false;
	(void)pthread_mutex_lock(&lock);
	while (i < 15 && used_codes[i][0] != '\0' && !slice_eq(buf_slice(text), slice_str(used_codes[i])))
		i++;
	fresh = used_codes[i][0] == '\0';
	if (fresh)
		memcpy(used_codes[i], text->data, 6);
	(void)pthread_mutex_unlock(&lock);
	return fresh;
}

static void
sts(struct exchange *x)
{
	CLEANUP(buf_release) struct buf text = BUF(32 * KIB);
	struct slice action = field(x, "Action", &text);

	(void)snprintf(x->what, sizeof(x->what), "%.*s", SLICE_ARG(action));
	if (strcmp(x->what, "AssumeRoleWithWebIdentity") == 0) {
		if (http_message_header(&x->msg, "authorization") != NULL)
			refuse_sts(x, "signed");
		else if (!slice_eq(field(x, "WebIdentityToken", &text), SLICE("header.claims.signature")))
			refuse_sts(x, "other-token");
		else if (!slice_eq(field(x, "RoleArn", &text), SLICE(ROLES "web")))
			refuse_sts(x, "other-role");
		else if (field(x, "RoleSessionName", &text).len < 2)
			refuse_sts(x, "no-session-name");
		else
			give(x, x->what, "WEB");
		return;
	}
	if (!check_signature(x)) {
		refuse_sts(x, x->verdict);
		return;
	}
	if (strcmp(x->what, "GetSessionToken") == 0) {
		if (take_code(x, &text))
			give(x, x->what, "SESSION");
		else
			refuse_sts(x, "bad-code");
		return;
	}
	if (slice_starts(field(x, "RoleArn", &text), SLICE(ROLES "mfa")) && strcmp(x->who, "AKIASESSION") != 0 &&
	    !take_code(x, &text)) {
		refuse_sts(x, "bad-code");
		return;
	}
	(void)snprintf(x->what, sizeof(x->what), "AssumeRole:%.*s", SLICE_ARG(slice_from(field(x, "RoleArn", &text), strlen(ROLES))));
	give(x, "AssumeRole", "ROLE");
}

/* --- KMS --- */

static void
kms(struct exchange *x)
{
	struct slice	 operation = slice_from(header(x, "x-amz-target"), strlen("TrentService.")), text, key;
	bool		 encrypt = slice_eq(operation, SLICE("Encrypt"));
	struct json	*root = NULL;
	struct error	 err = ERROR_INIT;

	(void)snprintf(x->what, sizeof(x->what), "%.*s", SLICE_ARG(operation));
	if (!check_signature(x)) {
		refuse(x, 400, x->verdict);
		return;
	}
	/* The blob is the plaintext: this server keeps no secrets, it looks at who asks. */
	if (json_parse(x->msg.body, &root, &err) != 0 || !json_text(json_find(root, "KeyId"), &key) ||
	    !json_text(json_find(root, encrypt ? "Plaintext" : "CiphertextBlob"), &text))
		refuse(x, 400, "no-question");
	else
		say(x, 200, "{\"KeyId\":\"%.*s\",\"%s\":\"%.*s\",\"EncryptionAlgorithm\":\"SYMMETRIC_DEFAULT\"}", SLICE_ARG(key),
		    encrypt ? "CiphertextBlob" : "Plaintext", SLICE_ARG(text));
	json_free(root);
}

/* --- the server --- */

static void
answer(struct exchange *x)
{
	struct slice target = x->msg.target;

	x->verdict = "ok";
	x->more = "";
	(void)snprintf(x->who, sizeof(x->who), "-");
	(void)snprintf(x->what, sizeof(x->what), "%.*s", SLICE_ARG(slice_sub(target, 0, slice_find(target, '?', 0))));
	if (slice_eq(target, SLICE("/container")))
		container(x);
	else if (slice_starts(target, SLICE("/latest/")))
		metadata(x);
	else if (slice_starts(target, SLICE("/federation/credentials?")))
		portal(x);
	else if (slice_eq(target, SLICE("/token")))
		renew(x);
	else if (http_message_header(&x->msg, "x-amz-target") != NULL)
		kms(x);
	else if (slice_eq(target, SLICE("/")))
		sts(x);
	else
		refuse(x, 404, "no-such-path");
	(void)pthread_mutex_lock(&lock);
	(void)fprintf(request_log, "%.*s %s %s %s\n", SLICE_ARG(x->msg.method), x->what, x->who, x->verdict);
	(void)fflush(request_log);
	(void)pthread_mutex_unlock(&lock);
}

/* Reads one request; false at the connection's end. */
static bool
read_request(int fd, char *text, struct exchange *x)
{
	size_t		 len = 0, body = 0;
	char		*end = NULL;
	struct slice	 rest, line, word;

	while (end == NULL || len < (size_t)(end - text) + 4 + body) {
		ssize_t n = recv(fd, text + len, REQUEST_MAX - 1 - len, 0);

		if (n <= 0)
			return false;
		len += (size_t)n;
		text[len] = '\0';
		if (end != NULL || (end = strstr(text, "\r\n\r\n")) == NULL)
			continue;
		rest = slice_of(text, (size_t)(end - text));
		(void)!slice_split(&rest, '\n', &line);
		x->msg = (struct http_message){ .headers = x->headers };
		(void)!slice_split(&line, ' ', &x->msg.method);
		(void)!slice_split(&line, ' ', &x->msg.target);
		while (slice_split(&rest, '\n', &line) && x->msg.header_count < HEADERS_MAX) {
			(void)!slice_split(&line, ':', &word);
			x->headers[x->msg.header_count++] = (struct http_header){ word, slice_trim(line) };
		}
		line = header(x, "content-length");
		body = line.len != 0 ? (size_t)atol((const char *)line.data) : 0;
		if (header(x, "expect").len != 0)
			(void)send(fd, "HTTP/1.1 100 Continue\r\n\r\n", 25, MSG_NOSIGNAL);
	}
	x->msg.body = slice_of(end + 4, body);
	return true;
}

static void *
serve(void *object)
{
	int		 fd = (int)(intptr_t)object;
	char		*text = malloc(REQUEST_MAX);
	struct exchange	*x = calloc(1, sizeof(*x));
	char		 head[256];

	while (text != NULL && x != NULL && read_request(fd, text, x)) {
		x->reply = BUF(REQUEST_MAX);
		answer(x);
		(void)snprintf(head, sizeof(head), "HTTP/1.1 %d X\r\nContent-Type: %s\r\nContent-Length: %zu\r\n%s\r\n", x->status,
		    slice_starts(buf_slice(&x->reply), SLICE("<")) ? "text/xml" : "application/json", x->reply.len, x->more);
		(void)send(fd, head, strlen(head), MSG_NOSIGNAL);
		(void)send(fd, x->reply.data, x->reply.len, MSG_NOSIGNAL);
		buf_release(&x->reply);
	}
	free(text);
	free(x);
	(void)close(fd);
	return NULL;
}

/* One port of 127.0.0.1, or port 80 of every address of either kind. */
static int
open_server(bool any, unsigned *port)
{
	struct sockaddr_in	near = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in6	all = { .sin6_family = AF_INET6, .sin6_port = htons(80) };
	struct sockaddr		*at = any ? (struct sockaddr *)&all : (struct sockaddr *)&near;
	socklen_t		 len = any ? sizeof(all) : sizeof(near);
	int			 fd = socket(any ? AF_INET6 : AF_INET, SOCK_STREAM, 0), off = 0;

	if (fd < 0 || (any && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) != 0) || bind(fd, at, len) != 0 ||
	    listen(fd, 128) != 0 || getsockname(fd, at, &len) != 0)
		return -1;
	*port = any ? 80 : ntohs(near.sin_port);
	return fd;
}

int
main(int argc, char **argv)
{
	bool		 any = argc == 4 && strcmp(argv[3], "any") == 0;
	unsigned	 port = 0;
	int		 fd = open_server(any, &port), peer;
	FILE		*file;
	char		 temporary[4096];

	imds1 = argc == 4 && !any;
	if (argc < 3 || fd < 0 || (request_log = fopen(argv[2], "w")) == NULL)
		return 1;
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	json_setup();
	(void)snprintf(temporary, sizeof(temporary), "%s.new", argv[1]);
	if ((file = fopen(temporary, "w")) == NULL || fprintf(file, "%u\n", port) < 0 || fclose(file) != 0 ||
	    rename(temporary, argv[1]) != 0)
		return 1;
	while ((peer = accept(fd, NULL, NULL)) >= 0) {
		pthread_t thread;

		if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)peer) == 0)
			(void)pthread_detach(thread);
	}
	return 0;
}
