#include "kms/http.h"

#include <sys/socket.h>
#include <unistd.h>

#include "tests/tap.h"

/* What needs a server is in tests/cli/hubkeys and tests/interop/nginx. */
static void
test_hosts(void)
{
	is_slice(http_origin_host(SLICE("https://host:1")), SLICE("host"), "a host without its port");
	is_slice(http_origin_host(SLICE("http://host")), SLICE("host"), "a host alone");
	is_slice(http_origin_host(SLICE("https://[::1]:1")), SLICE("[::1]"), "an address in brackets");
	ok(http_host_is_loopback(SLICE("127.0.0.1")) && http_host_is_loopback(SLICE("127.255.0.9")) &&
	    http_host_is_loopback(SLICE("LocalHost")) && http_host_is_loopback(SLICE("[::1]")), "loopback hosts");
	ok(!http_host_is_loopback(SLICE("128.0.0.1")) && !http_host_is_loopback(SLICE("127.0.0.1.example")) &&
	    !http_host_is_loopback(SLICE("localhost.example")) && !http_host_is_loopback(SLICE("[::2]")) &&
	    !http_host_is_loopback(SLICE("")) && !http_host_is_loopback(SLICE("127.1")), "others are not");
}

static char rung[10];
static bool finished;
static struct http *http;

static void
ring(void *object)
{
	const char *name = object;

	rung[strlen(rung)] = *name;
	if (*name == 'z')
		finished = true;
}

static void
test_timers(void)
{
	static char	 a[] = "a", b[] = "b", c[] = "c", z[] = "z";
	struct http_timer *timer[4];
	struct error	 err = ERROR_INIT;

	if (http_after(http, 30, ring, z, &timer[0], &err) != 0 || http_after(http, 10, ring, b, &timer[1], &err) != 0 ||
	    http_after(http, 5, ring, c, &timer[2], &err) != 0 || http_after(http, 0, ring, a, &timer[3], &err) != 0)
		bail_out(err.text);
	http_timer_cancel(timer[2]);
	is_int(http_run(http, &finished, 5000, -1, &err), 0, "timers ring");
	is_str(rung, "abz", "in their order, but for one that was cancelled");
}

static void
test_ends(void)
{
	struct error	err = ERROR_INIT;
	int		fds[2];
	bool		never = false;

	is_int(http_run(http, &never, 20, -1, &err), ERR_TIMEOUT, "time runs out");
	err_reset(&err);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0)
		bail_out("no socket pair");
	is_int(http_run(http, &never, 20, fds[0], &err), ERR_TIMEOUT, "while the other side is there");
	err_reset(&err);
	(void)!write(fds[1], "x", 1);
	is_int(http_run(http, &never, 20, fds[0], &err), ERR_TIMEOUT, "what it says waits");
	err_reset(&err);
	(void)!read(fds[0], rung, 1);
	(void)close(fds[1]);
	is_int(http_run(http, &never, 5000, fds[0], &err), ERR_CANCELLED, "until it has gone");
	(void)close(fds[0]);
}

static struct http_watch *watch;
static unsigned readable, waiting;

static void
read_one(void *object)
{
	char byte;

	(void)!read(*(int *)object, &byte, 1);
	readable++;
}

static void
stop_watching(void *object)
{
	bool *stopped = object;

	http_watch_cancel(watch);
	*stopped = true;
}

static void
count_waiting(void *object UNUSED)
{
	waiting++;
}

static void
test_watch(void)
{
	struct http_timer	*timer;
	struct http_watch	*more[HTTP_WATCHES];
	struct error		 err = ERROR_INIT;
	int			 fds[2];
	size_t			 n = 0;
	bool			 stopped = false, never = false;

	if (pipe(fds) != 0)
		bail_out("no pipe");
	http_on_waiting(http, count_waiting, NULL);
	if (http_watch(http, fds[0], read_one, &fds[0], &watch, &err) != 0 || http_after(http, 200, stop_watching, &stopped, &timer, &err) != 0)
		bail_out(err.text);
	is_int(waiting, 1, "who wants to know is told that somebody is waited for");
	(void)!write(fds[1], "ab", 2);
	is_int(http_run(http, &stopped, 20, -1, &err), 0, "meanwhile the time stands still");
	is_int(readable, 2, "and what is there is read");
	is_int(http_run(http, &never, 20, -1, &err), ERR_TIMEOUT, "afterwards it runs on");
	err_reset(&err);
	while (n < HTTP_WATCHES && http_watch(http, fds[0], read_one, &fds[0], &more[n], &err) == 0)
		n++;
	ok(n == HTTP_WATCHES && http_watch(http, fds[0], read_one, &fds[0], &watch, &err) == ERR_LIMIT, "not too many at one time");
	while (n > 0)
		http_watch_cancel(more[--n]);
	is_int(waiting, 2, "several are waited for as one");
	http_on_waiting(http, NULL, NULL);
	(void)close(fds[0]);
	(void)close(fds[1]);
}

static void
test_bad_header(void)
{
	const struct http_header	 header = { SLICE("X"), SLICE("a\r\nY: b") };
	const struct http_message	 msg = { .method = SLICE("POST"), .target = SLICE("/"), .headers = &header,
		.header_count = 1 };
	struct http_call		*call;
	struct error			 err = ERROR_INIT;

	is_int(http_send(http, "http://127.0.0.1:1", &msg, NULL, NULL, NULL, &call, &err), ERR_SYNTAX,
	    "a header that brings another is refused");
}

int
main(void)
{
	struct error err = ERROR_INIT;

	if (http_new(&http, &err) != 0)
		bail_out(err.text);
	test_hosts();
	test_timers();
	test_ends();
	test_watch();
	test_bad_header();
	http_free(http);
	return done_testing();
}
