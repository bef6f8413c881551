/* The children are the shell's own small programs, and this test itself when it is called with a word. */
#include "base/run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/leftover.h"
#include "tests/tap.h"

static const char *self;

#define ARGS(...)	(const char *const[]){ __VA_ARGS__, NULL }

/* What a child does, by its first argument. */
static int
act(int argc, char **argv)
{
	char bytes[4096];

	if (strcmp(argv[1], "signals") == 0) {
		struct sigaction action;

		(void)sigaction(SIGPIPE, NULL, &action);
		return action.sa_handler == SIG_DFL ? 0 : 1;
	}
	if (strcmp(argv[1], "descriptors") == 0) {
		int open_ones = 0;

		for (int fd = 3; fd < 100; fd++)
			open_ones += fcntl(fd, F_GETFD) >= 0;
		return open_ones;
	}
	if (strcmp(argv[1], "echo") == 0) {
		ssize_t n;

		while ((n = read(0, bytes, sizeof(bytes))) > 0)
			if (write(1, bytes, (size_t)n) != n)
				return 1;
		return argc > 2 ? 33 : 0;
	}
	if (strcmp(argv[1], "sleep") == 0)
		for (;;)
			(void)pause();
	return 99;
}

static int
status_of(const struct run *run)
{
	struct error	err = ERROR_INIT;
	int		status = 0, rc = run_command(run, &status, &err);

	if (rc != 0)
		printf("# error %d: %s\n", rc, err.text);
	return rc != 0 ? 1000 + rc : status;
}

static void
test_commands(void)
{
	CLEANUP(buf_release) struct buf	out = BUF(100), errors = BUF(100), aux = BUF(100), small = BUF(10), large = BUF(3000000),
					zeros = BUF(3000000);
	struct error			err = ERROR_INIT;
	int				status;

	is_int(status_of(&(struct run){ .argv = ARGS("true") }), 0, "a program runs");
	is_int(status_of(&(struct run){ .argv = ARGS("sh", "-c", "exit 7") }), 7, "its exit status is an answer");
	is_int(status_of(&(struct run){ .argv = ARGS("sh", "-c", "kill -9 $$") }), -9, "so is the signal that ended it");
	is_int(status_of(&(struct run){ .argv = ARGS("sh", "-c", "echo out; echo err >&2; echo aux >&3; cat"),
	    .input = SLICE("in"), .out_opt = &out, .err_opt = &errors, .aux_opt = &aux }), 0, "with everything connected");
	is_slice(buf_slice(&out), SLICE("out\nin"), "standard input and output are ours");
	is_slice(buf_slice(&errors), SLICE("err\n"), "standard error too");
	is_slice(buf_slice(&aux), SLICE("aux\n"), "and descriptor 3");

	buf_reset(&out);
	is_int(status_of(&(struct run){ .argv = ARGS("cat"), .out_opt = &out }), 0, "without input");
	is_int(out.len, 0, "there is an end at once");
	is_int(status_of(&(struct run){ .argv = ARGS("sh", "-c", "echo $1 $2; echo x >&2", "sh", "a b; c", "$(d)"), .out_opt = &out,
	    .err_discard = true }), 0, "words");
	is_slice(buf_slice(&out), SLICE("a b; c $(d)\n"), "arrive as they are");

	if (buf_repeat(&zeros, 'z', 1000000, &err) != 0)
		bail_out("out of memory");
	is_int(status_of(&(struct run){ .argv = ARGS("cat"), .input = buf_slice(&zeros), .out_opt = &large }), 0,
	    "more than pipes hold goes both ways");
	is_slice(buf_slice(&large), buf_slice(&zeros), "unchanged");
	is_int(status_of(&(struct run){ .argv = ARGS("true"), .input = buf_slice(&zeros) }), 0,
	    "a program need not read its input");

	is_int(run_command(&(struct run){ .argv = ARGS("yes"), .out_opt = &small }, &status, &err), ERR_LIMIT,
	    "a program that prints too much is stopped");
	is_str(err.text, "'yes' was stopped: it printed more than 10 bytes", "which is said");
	err_reset(&err);
	is_int(run_command(&(struct run){ .argv = ARGS("hub-no-such-program") }, &status, &err), ERR_NOT_FOUND,
	    "a program that is missing is an answer");
	is_str(err.text, "program 'hub-no-such-program' is not on PATH", "with its name");
	err_reset(&err);
	is_int(run_command(&(struct run){ .argv = ARGS("/dev/null") }, &status, &err), ERR_SYSTEM, "what cannot be run is a failure");
}

static void
test_time(void)
{
	CLEANUP(buf_release) struct buf	out = BUF(100);
	struct error			err = ERROR_INIT;
	struct timespec			start, end;
	int				status;

	(void)clock_gettime(CLOCK_MONOTONIC, &start);
	is_int(run_command(&(struct run){ .argv = ARGS("sleep", "20"), .timeout_ms = 100 }, &status, &err), ERR_TIMEOUT,
	    "a program that takes too long is stopped");
	err_reset(&err);
	is_int(run_command(&(struct run){ .argv = ARGS("sh", "-c", "trap '' TERM; exec sleep 20"), .timeout_ms = 100, .out_opt = &out },
	    &status, &err), ERR_TIMEOUT, "whatever it catches");
	/* A daemon that keeps the pipe must not keep us. */
	is_int(status_of(&(struct run){ .argv = ARGS("sh", "-c", "sleep 5 & echo done"), .out_opt = &out }), 0,
	    "a program that leaves another behind has ended");
	is_slice(buf_slice(&out), SLICE("done\n"), "with its output");
	(void)clock_gettime(CLOCK_MONOTONIC, &end);
	ok(end.tv_sec - start.tv_sec < 4, "without waiting for the other");
}

static void
test_surroundings(void)
{
	CLEANUP(buf_release) struct buf	out = BUF(1000);
	int				fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)setenv("HUB_TEST", "ours", 1);
	is_int(status_of(&(struct run){ .argv = ARGS("sh", "-c", "echo $HUB_TEST $HUB_MORE"), .out_opt = &out,
	    .env_add_opt = ARGS("HUB_MORE=more") }), 0, "variables can be added");
	is_slice(buf_slice(&out), SLICE("ours more\n"), "to ours");
	buf_reset(&out);
	is_int(status_of(&(struct run){ .argv = ARGS("/usr/bin/env"), .out_opt = &out, .env_opt = ARGS("A=1", "HUB_TEST=x"),
	    .env_add_opt = ARGS("HUB_TEST=y") }), 0, "or to others");
	is_slice(buf_slice(&out), SLICE("A=1\nHUB_TEST=y\n"), "where they take the place of those of the same name");
	is_int(status_of(&(struct run){ .argv = ARGS(self, "signals") }), 0, "signals that we ignore are back to normal");
	is_int(status_of(&(struct run){ .argv = ARGS(self, "descriptors"), .out_opt = &out }), 0, "descriptors of ours are not passed on");
	(void)close(fd);
}

static void
test_finding(void)
{
	CLEANUP(buf_release) struct buf	path = BUF(5000);
	struct error			err = ERROR_INIT;
	char				home[] = "/tmp/run-test.XXXXXX", *saved = strdup(getenv("PATH"));

	if (mkdtemp(home) == NULL || chdir(home) != 0 || mkdir("bin", 0700) != 0)
		bail_out("cannot make a folder");
	succeeds(file_replace_mode("tool", SLICE("#!/bin/sh\n"), 0700, &err), err, "a program in the working directory");
	(void)setenv("PATH", ":.:bin", 1);
	is_int(run_find("tool", &path, &err), ERR_NOT_FOUND, "is not found by relative entries of PATH");
	err_reset(&err);
	is_int(path.len, 0, "and nothing is written");
	(void)setenv("PATH", home, 1);
	succeeds(run_find("tool", &path, &err), err, "but by an absolute one");
	ok(strcmp((char *)path.data + strlen(home), "/tool") == 0, "with its path");
	buf_reset(&path);
	(void)chmod("tool", 0600);
	(void)mkdir("folder", 0700);
	is_int(run_find("tool", &path, &err), ERR_NOT_FOUND, "a file that is no program is passed over");
	err_reset(&err);
	is_int(run_find("folder", &path, &err), ERR_NOT_FOUND, "so is a folder");
	err_reset(&err);
	is_int(run_find("", &path, &err), ERR_NOT_FOUND, "and no name is none");
	err_reset(&err);
	is_int(run_find("./tool", &path, &err), ERR_SYSTEM, "a path to what is no program is a failure");
	err_reset(&err);
	(void)chmod("tool", 0700);
	succeeds(run_find("./tool", &path, &err), err, "a path is taken as it is");
	is_str((char *)path.data, "./tool", "unchanged");
	buf_reset(&path);

	is_int(run_helper_path("hub-no-such-helper", &path, &err), ERR_NOT_FOUND, "a helper that is missing");
	ok(err.hint[0] != '\0', "is a matter of the installation");
	err_reset(&err);
	is_int(run_helper_path("tool", &path, &err), ERR_NOT_FOUND, "PATH does not matter for helpers");
	err_reset(&err);
	run_set_helpers(home);
	succeeds(run_helper_path("tool", &path, &err), err, "a test may say where they are");
	run_set_helpers(NULL);
	is_int(run_program_path("hub-no-such-program", &path, &err), ERR_NOT_FOUND, "nor for our own programs");
	(void)setenv("PATH", saved, 1);
	free(saved);
	if (chdir("/") != 0)
		bail_out("no root");
	(void)leftover_remove(home);
}

static void
test_peer(void)
{
	struct run_peer	peer = RUN_PEER_NONE, none = RUN_PEER_NONE;
	struct error	err = ERROR_INIT;
	char		text[20] = "";
	int		status = 99;

	succeeds(run_peer_start(ARGS(self, "echo", "33"), &peer, &err), err, "a peer is started");
	succeeds(file_write_all(peer.fd, SLICE("question"), &err), err, "asked");
	is_int(read(peer.fd, text, sizeof(text)), 8, "and answers");
	succeeds(file_write_all(peer.fd, SLICE("more"), &err), err, "asked again");
	is_int(read(peer.fd, text, sizeof(text)), 4, "it answers again");
	run_peer_stop(&peer, 5000, &status);
	is_int(status, 33, "left alone, it ends");
	ok(peer.pid < 0 && peer.fd < 0, "and is no more");
	succeeds(run_peer_start(ARGS(self, "sleep"), &peer, &err), err, "one that does not want to end");
	run_peer_stop(&peer, 20, &status);
	is_int(status, -SIGKILL, "is killed");
	is_int(run_peer_start(ARGS("/hub/no/such/program"), &peer, &err), ERR_NOT_FOUND, "one that is missing is an answer");
	run_peer_kill(&none);
}

static void
test_replace(void)
{
	struct error	err = ERROR_INIT;
	int		status = 0;
	pid_t		pid;

	(void)fflush(stdout);
	if ((pid = fork()) == 0) {
		(void)run_replace(ARGS(self, "signals"), &err);
		_exit(77);
	}
	(void)waitpid(pid, &status, 0);
	is_int(status, 0, "we become another program, with signals as it expects them");
	is_int(run_replace(ARGS("/hub/no/such/program"), &err), ERR_NOT_FOUND, "or stay and say why not");
}

int
main(int argc, char **argv)
{
	if (argc > 1)
		return act(argc, argv);
	self = realpath(argv[0], NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	/* What whoever runs this left open is not ours to answer for. */
	for (int fd = 3; fd < 100; fd++)
		(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	test_commands();
	test_time();
	test_surroundings();
	test_finding();
	test_peer();
	test_replace();
	return done_testing();
}
