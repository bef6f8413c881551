/*
 * An HTTP server on 127.0.0.1 that misbehaves, for tests of clients: faulty PORTFILE LOGFILE BEHAVIOUR...
 *
 * Each request gets the next behaviour, the last one again and again:
 *	STATUS:BODY	an answer			delay=MS:STATUS:BODY	the same, late
 *	after=SECONDS:STATUS:BODY	an answer that says when to come back
 *	redirect=URL	307 to there			skew=SECONDS	"wrong clock", with a Date that far ahead
 *	hang		no answer, ever			close		the connection closes
 *	cut		half an answer			garbage		bytes that are no HTTP
 *	huge		3 MiB of body			headers		headers without an end
 * Writes its port to PORTFILE, and a line for each request to LOGFILE: number, target, X-Amz-Date, X-Amz-Target, body's length,
 * and how many connections are open.  Ends when its parent does.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define REQUEST_MAX	65536

static pthread_mutex_t	 lock = PTHREAD_MUTEX_INITIALIZER;
static char		**behaviours;
static int		 behaviour_count, request_count, connections;
static FILE		*request_log;

static bool
send_text(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, text, len, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		text += n;
		len -= (size_t)n;
	}
	return true;
}

static void
sleep_ms(long ms)
{
	(void)nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
}

static bool
answer(int fd, int status, const char *more, const char *body)
{
	char	head[1024], date[64];
	time_t	now = time(NULL);
	int	len;

	(void)strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", gmtime(&now));
	len = snprintf(head, sizeof(head), "HTTP/1.1 %d X\r\n%s%s%sContent-Length: %zu\r\n%s\r\n", status,
	    strstr(more, "Date:") != NULL ? "" : "Date: ", strstr(more, "Date:") != NULL ? "" : date,
	    strstr(more, "Date:") != NULL ? "" : "\r\n", strlen(body), more);
	return send_text(fd, head, (size_t)len) && send_text(fd, body, strlen(body));
}

static bool
behave_skewed(int fd, long seconds)
{
	char	more[128];
	time_t	then = time(NULL) + seconds;

	(void)strftime(more, sizeof(more), "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", gmtime(&then));
	return answer(fd, 403, more, "{\"__type\":\"RequestTimeTooSkewed\",\"message\":\"clock\"}");
}

static bool
behave_endlessly(int fd, const char *start, const char *more, size_t times)
{
	bool alive = send_text(fd, start, strlen(start));

	for (size_t i = 0; i < times && alive; i++)
		alive = send_text(fd, more, strlen(more));
	return alive;
}

/* False: the connection is of no more use. */
static bool
behave(int fd, const char *how)
{
	char	more[512];
	char	filler[1025];

	memset(filler, 'x', sizeof(filler) - 1);
	filler[sizeof(filler) - 1] = '\0';
	if (strncmp(how, "delay=", 6) == 0) {
		sleep_ms(atol(how + 6));
		how = strchr(how, ':') + 1;
	}
	if (strncmp(how, "after=", 6) == 0) {
		(void)snprintf(more, sizeof(more), "Retry-After: %ld\r\n", atol(how + 6));
		how = strchr(how, ':') + 1;
		return answer(fd, atoi(how), more, strchr(how, ':') + 1);
	}
	if (strncmp(how, "redirect=", 9) == 0) {
		(void)snprintf(more, sizeof(more), "Location: %s\r\n", how + 9);
		return answer(fd, 307, more, "");
	}
	if (strncmp(how, "skew=", 5) == 0)
		return behave_skewed(fd, atol(how + 5));
	if (strcmp(how, "hang") == 0)
		for (;;)
			if (recv(fd, filler, sizeof(filler), 0) <= 0)
				return false;
	if (strcmp(how, "close") == 0)
		return false;
	if (strcmp(how, "cut") == 0)
		return behave_endlessly(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"Plain", "", 0) && false;
	if (strcmp(how, "garbage") == 0)
		return behave_endlessly(fd, "\x01\xff not http at all\r\n\r\n", "", 0) && false;
	if (strcmp(how, "huge") == 0)
		return behave_endlessly(fd, "HTTP/1.1 200 OK\r\nContent-Length: 3145728\r\n\r\n", filler, 3072);
	if (strcmp(how, "headers") == 0)
		return behave_endlessly(fd, "HTTP/1.1 200 OK\r\nX: y\r\n", "X-Filler: abcdefghijklmnopqrstuvwxyz\r\n", 1000000);
	return answer(fd, atoi(how), "Content-Type: application/x-amz-json-1.1\r\n", strchr(how, ':') + 1);
}

static void
header_value(const char *head, const char *name, char *out, size_t size)
{
	const char	*line = strcasestr(head, name);
	size_t		 len;

	out[0] = '-';
	out[1] = '\0';
	if (line == NULL)
		return;
	line += strlen(name) + 1;
	line += strspn(line, " ");
	len = strcspn(line, "\r\n");
	(void)snprintf(out, size, "%.*s", (int)len, line);
}

/* Reads one request; false at the connection's end. */
static bool
read_request(int fd, char *request)
{
	size_t	len = 0, body = 0;
	char	value[64], *end = NULL;

	while (end == NULL || len < (size_t)(end - request) + 4 + body) {
		ssize_t n = recv(fd, request + len, REQUEST_MAX - 1 - len, 0);

		if (n <= 0)
			return false;
		len += (size_t)n;
		request[len] = '\0';
		if (end == NULL && (end = strstr(request, "\r\n\r\n")) != NULL) {
			header_value(request, "\r\nContent-Length", value, sizeof(value));
			body = (size_t)atol(value);
		}
	}
	return true;
}

static const char *
log_request(const char *request)
{
	char		date[64], target[128], target_line[256] = "", length[32];
	const char	*how;

	header_value(request, "\r\nX-Amz-Date", date, sizeof(date));
	header_value(request, "\r\nX-Amz-Target", target, sizeof(target));
	header_value(request, "\r\nContent-Length", length, sizeof(length));
	(void)sscanf(request, "%*s %255s", target_line);
	(void)pthread_mutex_lock(&lock);
	how = behaviours[request_count < behaviour_count ? request_count : behaviour_count - 1];
	(void)fprintf(request_log, "%d %s %s %s %s %d\n", ++request_count, target_line, date, target, length, connections);
	(void)fflush(request_log);
	(void)pthread_mutex_unlock(&lock);
	return how;
}

static void *
serve(void *object)
{
	int	 fd = (int)(intptr_t)object;
	char	*request = malloc(REQUEST_MAX);

	(void)pthread_mutex_lock(&lock);
	connections++;
	(void)pthread_mutex_unlock(&lock);
	while (request != NULL && read_request(fd, request) && behave(fd, log_request(request)))
		;
	(void)pthread_mutex_lock(&lock);
	connections--;
	(void)pthread_mutex_unlock(&lock);
	free(request);
	(void)close(fd);
	return NULL;
}

int
main(int argc, char **argv)
{
	struct sockaddr_in	 at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t		 len = sizeof(at);
	int			 fd = socket(AF_INET, SOCK_STREAM, 0), peer;
	FILE			*file;
	char			 temporary[4096];

	if (argc < 4 || fd < 0 || bind(fd, (struct sockaddr *)&at, len) != 0 || listen(fd, 128) != 0 ||
	    getsockname(fd, (struct sockaddr *)&at, &len) != 0 || (request_log = fopen(argv[2], "w")) == NULL)
		return 1;
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	behaviours = argv + 3;
	behaviour_count = argc - 3;
	(void)snprintf(temporary, sizeof(temporary), "%s.new", argv[1]);
	if ((file = fopen(temporary, "w")) == NULL || fprintf(file, "%d\n", ntohs(at.sin_port)) < 0 || fclose(file) != 0 ||
	    rename(temporary, argv[1]) != 0)
		return 1;
	while ((peer = accept(fd, NULL, NULL)) >= 0) {
		pthread_t thread;

		if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)peer) == 0)
			(void)pthread_detach(thread);
	}
	return 0;
}
