#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/timestamp.h"
#include "crypto/openssl.h"
#include "kms/server_http.h"
#include "kms/sigv4.h"
#include "tests/tap.h"

/*
 * The socket side, by hand-made HTTP: what clients would not send, and how injected faults look.
 */
#define SECRET	"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

static struct server_faults	faults;
static struct server		server = { .faults = &faults };
static uint16_t			port;

static void
addresses(void)
{
	static const struct {
		const char	*text, *host;
		uint16_t	 port;
		bool		 valid, loopback;
	} rows[] = {
		{ "127.0.0.1:0", "127.0.0.1", 0, true, true },
		{ "127.9.9.9:65535", "127.9.9.9", 65535, true, true },
		{ "0.0.0.0:80", "0.0.0.0", 80, true, false },
		{ "[::1]:8080", "::1", 8080, true, true },
		{ "[::]:1", "::", 1, true, false },
		{ "[::ffff:127.0.0.1]:1", "::ffff:127.0.0.1", 1, true, false },
		{ "localhost:80", "", 0, false, false },
		{ "127.0.0.1", "", 0, false, false },
		{ "127.0.0.1:", "", 0, false, false },
		{ "127.0.0.1:65536", "", 0, false, false },
		{ "127.0.0.1:-1", "", 0, false, false },
		{ ":80", "", 0, false, false },
		{ "::1:80", "", 0, false, false },
		{ "[127.0.0.1]:80", "", 0, false, false },
		{ "", "", 0, false, false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct server_address	at = { .port = 0 };
		struct error		err = ERROR_INIT;
		bool			valid = server_address_parse(slice_str(rows[i].text), &at, &err) == 0;

		ok(valid == rows[i].valid && at.loopback == rows[i].loopback && at.port == rows[i].port &&
		    (!valid || strcmp(at.host, rows[i].host) == 0), "address '%s'", rows[i].text);
	}
}

static int
dial(void)
{
	struct sockaddr_in	at = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct timeval		patience = { .tv_sec = 10 };
	int			fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || connect(fd, (struct sockaddr *)&at, sizeof(at)) != 0)
		bail_out("cannot connect");
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return fd;
}

/* Send the bytes, then read what comes until the server closes. */
static const char *
talk(struct slice bytes)
{
	static char	reply[65536];
	size_t		len = 0;
	ssize_t		n;
	int		fd = dial();

	/* The server may close before it has read everything. */
	(void)!send(fd, bytes.data, bytes.len, MSG_NOSIGNAL);
	while (len < sizeof(reply) - 1 && (n = recv(fd, reply + len, sizeof(reply) - 1 - len, 0)) > 0)
		len += (size_t)n;
	reply[len] = '\0';
	(void)close(fd);
	return reply;
}

static const char *
signed_list(void)
{
	static char	request[4096];
	CLEANUP(buf_release) struct buf authorization = BUF(2048);
	struct error		err = ERROR_INIT;
	struct sigv4_key	key = {
		.access_key = SLICE("AKIAME"), .secret = SLICE(SECRET), .region = SLICE("eu-west-1"), .service = SLICE("kms"),
	};
	struct http_header	headers[3] = { { SLICE("host"), SLICE("hubkms") }, { SLICE("x-amz-date"), SLICE_NONE },
	    { SLICE("x-amz-target"), SLICE("TrentService.ListKeys") } };
	struct http_message	msg = { .method = SLICE("POST"), .target = SLICE("/"), .headers = headers, .header_count = 3,
	    .body = SLICE("{}") };

	if (sigv4_date(timestamp_now().seconds, key.date, &err) != 0)
		bail_out(err.text);
	headers[1].value = slice_str(key.date);
	if (sigv4_sign(&key, &msg, &authorization, &err) != 0)
		bail_out(err.text);
	(void)snprintf(request, sizeof(request), "POST / HTTP/1.1\r\nHost: hubkms\r\nX-Amz-Date: %s\r\n"
	    "X-Amz-Target: TrentService.ListKeys\r\nAuthorization: %.*s\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}",
	    key.date, SLICE_ARG(buf_slice(&authorization)));
	return request;
}

#define UNSIGNED "POST / HTTP/1.1\r\nHost: hubkms\r\nX-Amz-Target: TrentService.ListKeys\r\n"

static void
plain_http(void)
{
	const char *reply = talk(slice_str(signed_list()));

	ok(strncmp(reply, "HTTP/1.1 200 ", 13) == 0 && strstr(reply, "\r\n\r\n{\"Keys\":[],\"Truncated\":false}") != NULL,
	    "a signed request is answered");
	ok(strstr(reply, "\r\nContent-Type: application/x-amz-json-1.1\r\n") != NULL && strstr(reply, "\r\nDate: ") != NULL &&
	    strstr(reply, "\r\nx-amzn-RequestId: ") != NULL, "with type, date and request id");
	reply = talk(SLICE(UNSIGNED "Content-Length: 2\r\n\r\n{}" UNSIGNED "Content-Length: 2\r\nConnection: close\r\n\r\n{}"));
	ok(strncmp(reply, "HTTP/1.1 400 ", 13) == 0 && strstr(reply, "MissingAuthenticationTokenException") != NULL,
	    "an unsigned one is refused");
	ok(strstr(reply + 13, "HTTP/1.1 400 ") != NULL, "and the connection is kept for the next");
	reply = talk(SLICE("GET /?Action=GetCallerIdentity HTTP/1.1\r\nHost: hubkms\r\nConnection: close\r\n\r\n"));
	ok(strncmp(reply, "HTTP/1.1 404 ", 13) == 0 && strstr(reply, "<Code>InvalidAction</Code>") != NULL, "GET is not served");
	reply = talk(SLICE(UNSIGNED "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\n{}\r\n0\r\n\r\n"));
	ok(strncmp(reply, "HTTP/1.1 400 ", 13) == 0, "a chunked body is read");
}

static void
hostile_http(void)
{
	static char	large[SERVER_BODY_MAX + 4096];
	int		len;

	(void)talk(SLICE("\x16\x03\x01\x02\x00\x01\r\n\r\n"));
	(void)talk(SLICE("POST / HTTP/1.1\r\nno header\r\n\r\n"));
	(void)talk(SLICE("POST  HTTP/9.9\r\n\r\n"));
	len = snprintf(large, sizeof(large), UNSIGNED "Content-Length: %d\r\n\r\n%0*d", SERVER_BODY_MAX + 1, SERVER_BODY_MAX + 1, 0);
	ok(strstr(talk(slice_of(large, (size_t)len)), "HTTP/1.1 200") == NULL, "a body above the limit gets no answer");
	len = snprintf(large, sizeof(large), UNSIGNED "X: %0*d\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}",
	    SERVER_HTTP_HEADERS_MAX, 0);
	ok(strstr(talk(slice_of(large, (size_t)len)), "HTTP/1.1 200") == NULL, "nor do headers above theirs");
	len = 0;
	len += snprintf(large, sizeof(large), "POST / HTTP/1.1\r\nHost: hubkms\r\n");
	for (int i = 0; i < 200; i++)
		len += snprintf(large + len, sizeof(large) - (size_t)len, "X%d: y\r\n", i);
	len += snprintf(large + len, sizeof(large) - (size_t)len, "Connection: close\r\n\r\n");
	is_str(talk(slice_of(large, (size_t)len)), "", "nor do 200 headers");
	ok(strncmp(talk(slice_str(signed_list())), "HTTP/1.1 200 ", 13) == 0, "and the server goes on");
}

static double
seconds(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void
inject(const char *spec)
{
	struct error err = ERROR_INIT;

	if (server_faults_add(&faults, slice_str(spec), &err) != 0)
		bail_out(err.text);
}

static void
injected(void)
{
	double		before;
	const char	*reply, *body;

	inject("drop:1");
	is_str(talk(slice_str(signed_list())), "", "a dropped connection carries nothing");
	inject("cut:1");
	reply = talk(slice_str(signed_list()));
	body = strstr(reply, "\r\n\r\n");
	ok(strstr(reply, "Content-Length: 31") != NULL && body != NULL && strlen(body + 4) == 14,
	    "a cut one carries less than it announced");
	if (body == NULL || strlen(body + 4) != 14)
		printf("#   %s\n", body != NULL ? body + 4 : reply);
	inject("slow:150");
	before = seconds();
	ok(strncmp(talk(slice_str(signed_list())), "HTTP/1.1 200 ", 13) == 0 && seconds() - before >= 0.15, "a slow one comes late");
	faults.count = 0;
}

static void *
one_slow(void *unused)
{
	int fd = dial();
	const char *request = unused;

	(void)!send(fd, request, strlen(request), MSG_NOSIGNAL);
	for (char c; recv(fd, &c, 1, 0) > 0;)
		continue;
	(void)close(fd);
	return NULL;
}

/* Delays run side by side, and stopping does not wait for them. */
static void
together(struct server_http *http)
{
	static char	request[4096];
	pthread_t	thread[8];
	double		before = seconds();

	(void)snprintf(request, sizeof(request), "%s", signed_list());
	inject("slow:300");
	for (size_t i = 0; i < 8; i++)
		if (pthread_create(&thread[i], NULL, one_slow, request) != 0)
			bail_out("no thread");
	for (size_t i = 0; i < 8; i++)
		(void)pthread_join(thread[i], NULL);
	ok(seconds() - before < 1.5, "eight slow answers come side by side");
	faults.count = 0;
	inject("slow:60000");
	if (pthread_create(&thread[0], NULL, one_slow, request) != 0)
		bail_out("no thread");
	(void)usleep(100000);
	before = seconds();
	server_http_stop(http);
	ok(seconds() - before < 5, "stopping waits for no injected delay");
	(void)pthread_join(thread[0], NULL);
}

static void
the_log(int fd)
{
	CLEANUP(buf_release) struct buf text = BUF(1 << 20);
	struct error err = ERROR_INIT;

	if (lseek(fd, 0, SEEK_SET) != 0 || file_read_fd(fd, &text, &err) != 0 || buf_terminate(&text, &err) != 0)
		bail_out("cannot read the log");
	ok(strstr((const char *)text.data, " 200 - kms ListKeys eu-west-1 - arn:aws:iam::123456789012:user/me\n") != NULL,
	    "the log says who asked for what");
	ok(strstr((const char *)text.data, " 400 MissingAuthenticationTokenException kms - - - -\n") != NULL,
	    "and who was refused");
	ok(strstr((const char *)text.data, SECRET) == NULL, "and no secret");
}

int
main(void)
{
	static const char	head[] = "hubkms 1\nsession AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
	CLEANUP(server_keys_freep) struct server_keys *keys = NULL;
	CLEANUP(server_users_freep) struct server_users *me = NULL;
	struct server_http	*http, *second = NULL;
	struct server_address	 at;
	struct error		 err = ERROR_INIT;
	FILE			*log = tmpfile();

	addresses();
	if (log == NULL || openssl_start(&err) != 0 || server_keys_parse(slice_str(head), &keys, &err) != 0 ||
	    server_users_parse(SLICE("[me]\naws_access_key_id=AKIAME\naws_secret_access_key=" SECRET "\n"), "f", &me, &err) != 0 ||
	    server_address_parse(SLICE("127.0.0.1:0"), &at, &err) != 0)
		bail_out(err.text);
	server.keys = keys;
	server.users = me;
	if (!succeeds(server_http_start(&server, &at, fileno(log), &http, &err), err, "a server starts on a free port"))
		return done_testing();
	port = (uint16_t)strtoul(strrchr(server_http_url(http), ':') + 1, NULL, 10);
	at.port = port;
	is_int(server_http_start(&server, &at, -1, &second, &err), ERR_SYSTEM, "a port that is taken cannot be had");
	plain_http();
	hostile_http();
	injected();
	together(http);
	the_log(fileno(log));
	(void)fclose(log);
	return done_testing();
}
