/*
 * One signed request to hubkms, for shell tests: kmscall OPERATION [BODY]
 *
 * AssumeRole and GetCallerIdentity go to STS, the rest to KMS; BODY is JSON ("{}" when not given) or further form fields.
 * AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN and AWS_REGION as usual; KMSCALL_CLOCK is
 * added to the clock, in seconds.  Prints the status and the body; exits with 0 when the status is 200, 3 when there is no
 * answer.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"
#include "base/timestamp.h"
#include "kms/sigv4.h"

#define REPLY_MAX	(2 * 1024 * 1024)

static const char *
setting(const char *name)
{
	const char *value = getenv(name);

	return value != NULL ? value : "";
}

static int
dial(const char *url, char host[64])
{
	struct sockaddr_in	at = { .sin_family = AF_INET };
	unsigned		port;
	char			name[48];
	int			fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (sscanf(url, "http://%47[0-9.]:%u", name, &port) != 2 || inet_pton(AF_INET, name, &at.sin_addr) != 1)
		return -1;
	at.sin_port = htons((uint16_t)port);
	(void)snprintf(host, 64, "%s:%u", name, port);
	return fd >= 0 && connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0 ? fd : -1;
}

static int
make_request(const char *operation, const char *body, const char *host, struct buf *out, struct error *err)
{
	CLEANUP(buf_release) struct buf authorization = BUF(16384);
	bool			sts = strcmp(operation, "AssumeRole") == 0 || strcmp(operation, "GetCallerIdentity") == 0;
	char			target[128];
	struct sigv4_key	key = {
		.access_key = slice_str(setting("AWS_ACCESS_KEY_ID")), .secret = slice_str(setting("AWS_SECRET_ACCESS_KEY")),
		.token = slice_str(setting("AWS_SESSION_TOKEN")), .region = slice_str(setting("AWS_REGION")),
		.service = slice_str(sts ? "sts" : "kms"),
	};
	struct http_header	headers[4] = { { SLICE("Host"), slice_str(host) }, { SLICE("X-Amz-Date"), SLICE_NONE } };
	struct http_message	msg = { .method = SLICE("POST"), .target = SLICE("/"), .headers = headers, .header_count = 2,
	    .body = slice_str(body) };

	if (sigv4_date(timestamp_now().seconds + strtol(setting("KMSCALL_CLOCK"), NULL, 10), key.date, err) != 0)
		return err->kind;
	headers[1].value = slice_str(key.date);
	(void)snprintf(target, sizeof(target), "TrentService.%s", operation);
	if (!sts)
		headers[msg.header_count++] = (struct http_header){ SLICE("X-Amz-Target"), slice_str(target) };
	if (key.token.len != 0)
		headers[msg.header_count++] = (struct http_header){ SLICE("X-Amz-Security-Token"), key.token };
	if (sigv4_sign(&key, &msg, &authorization, err) != 0 || buf_str(out, "POST / HTTP/1.1\r\nConnection: close\r\n", err) != 0)
		return err->kind;
	for (size_t i = 0; i < msg.header_count; i++)
		if (buf_printf(out, err, "%.*s: %.*s\r\n", SLICE_ARG(headers[i].name), SLICE_ARG(headers[i].value)) != 0)
			return err->kind;
	return buf_printf(out, err, "Authorization: %.*s\r\nContent-Length: %zu\r\n\r\n%s", SLICE_ARG(buf_slice(&authorization)),
	    strlen(body), body);
}

int
main(int argc, char **argv)
{
	CLEANUP(buf_release) struct buf request = BUF(REPLY_MAX);
	CLEANUP(buf_release) struct buf reply = BUF(REPLY_MAX);
	CLEANUP(buf_release) struct buf form = BUF(REPLY_MAX);
	CLEANUP(file_closep) int fd = -1;
	struct error	err = ERROR_INIT;
	const char	*body = argc > 2 ? argv[2] : "{}", *text;
	char		host[64];
	unsigned	status;

	if (argc < 2)
		return 2;
	if (strcmp(argv[1], "AssumeRole") == 0 || strcmp(argv[1], "GetCallerIdentity") == 0) {
		if (buf_printf(&form, &err, "Action=%s&Version=2011-06-15&%s", argv[1], argc > 2 ? argv[2] : "") != 0 ||
		    buf_terminate(&form, &err) != 0)
			return 2;
		body = (const char *)form.data;
	}
	fd = dial(setting("AWS_ENDPOINT_URL"), host);
	if (fd < 0 || make_request(argv[1], body, host, &request, &err) != 0 ||
	    file_write_all(fd, buf_slice(&request), &err) != 0 || file_read_fd(fd, &reply, &err) != 0 ||
	    buf_byte(&reply, '\0', &err) != 0 || sscanf((const char *)reply.data, "HTTP/1.1 %u ", &status) != 1) {
		(void)fprintf(stderr, "kmscall: no answer: %s\n", err.text);
		return 3;
	}
	text = strstr((const char *)reply.data, "\r\n\r\n");
	printf("%u %s\n", status, text != NULL ? text + 4 : "");
	return status == 200 ? 0 : 1;
}
