#include "base/leftover.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/tap.h"

static char home[] = "/tmp/leftover-test.XXXXXX";

static void
make(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT, 0600);

	if (fd < 0)
		bail_out("cannot make a file");
	(void)close(fd);
}

static bool
there(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

static void
test_removing(void)
{
	char name[100];

	make("file");
	is_int(leftover_remove("file"), 0, "a file is removed");
	ok(!there("file"), "indeed");
	is_int(leftover_remove("file"), 0, "a missing one is fine");

	(void)mkdir("outside", 0700);
	make("outside/kept");
	(void)mkdir("tree", 0700);
	(void)mkdir("tree/deep", 0700);
	(void)mkdir("tree/deep/deeper", 0700);
	make("tree/deep/deeper/file");
	if (symlink("../outside", "tree/link") != 0)
		bail_out("cannot make a link");
	if (symlink("../../outside/kept", "tree/deep/link") != 0)
		bail_out("cannot make a link");
	(void)mkfifo("tree/fifo", 0600);
	for (int i = 0; i < 500; i++) {
		(void)snprintf(name, sizeof(name), "tree/with-a-name-that-fills-the-listing-%d", i);
		make(name);
	}
	is_int(leftover_remove("tree"), 0, "a folder is removed");
	ok(!there("tree"), "with all that is in it");
	ok(there("outside/kept"), "links are removed, not followed");
	if (symlink("outside", "link") != 0)
		bail_out("cannot make a link");
	is_int(leftover_remove("link"), 0, "even when it begins with one");
	ok(there("outside/kept") && !there("link"), "which alone goes");

	(void)snprintf(name, sizeof(name), "d");
	for (int i = 0; i < 40; i++) {
		(void)mkdir(name, 0700);
		(void)strncat(name, "/d", sizeof(name) - strlen(name) - 1);
	}
	is_int(leftover_remove("d"), ELOOP, "there is an end to depth");
}

/* Registers a file and a folder, then ends in the given way. */
enum way { RETURN, RAISE, RAISE_IGNORED, FORGET, CHILD_EXITS };

static int
end_by(enum way way, int signal_number)
{
	struct error	err = ERROR_INIT;
	int		status = 0, slots[2];
	pid_t		pid;

	make("victim");
	(void)mkdir("victims", 0700);
	make("victims/one");
	(void)fflush(stdout);
	if ((pid = fork()) == 0) {
		(void)signal(signal_number, way == RAISE_IGNORED ? SIG_IGN : SIG_DFL);
		if (leftover_register("victim", &slots[0], &err) != 0 || leftover_register("victims", &slots[1], &err) != 0)
			_exit(9);
		if (way == FORGET) {
			leftover_forget(slots[0]);
			leftover_forget(slots[1]);
		}
		if (way == CHILD_EXITS) {
			if ((pid = fork()) == 0)
				exit(0);
			(void)waitpid(pid, &status, 0);
			_exit(there("victim") && there("victims/one") ? 0 : 1);
		}
		if (way != RETURN)
			(void)raise(signal_number);
		exit(5);
	}
	(void)waitpid(pid, &status, 0);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static void
test_ends(void)
{
	static const struct {
		int		number;
		const char	*name;
	} signals[] = { { SIGINT, "SIGINT" }, { SIGTERM, "SIGTERM" }, { SIGHUP, "SIGHUP" }, { SIGQUIT, "SIGQUIT" },
	    { SIGALRM, "SIGALRM" }, { SIGUSR1, "SIGUSR1" }, { SIGXCPU, "SIGXCPU" }, { SIGSEGV, "SIGSEGV" }, { SIGABRT, "SIGABRT" } };

	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
		ok(end_by(RAISE, signals[i].number) == -signals[i].number, "%s ends the process as it would have", signals[i].name);
		ok(!there("victim") && !there("victims"), "but first what was registered goes");
	}
	is_int(end_by(RETURN, SIGTERM), 5, "the process may also end by itself");
	ok(!there("victim") && !there("victims"), "with the same effect");
	is_int(end_by(RAISE_IGNORED, SIGHUP), 5, "a signal that was ignored stays ignored");
	is_int(end_by(FORGET, SIGTERM), -SIGTERM, "what was forgotten");
	ok(there("victim") && there("victims/one"), "stays");
	is_int(end_by(CHILD_EXITS, SIGTERM), 0, "a child that exits removes nothing of its parent's");
}

static void
test_limits(void)
{
	struct error	err = ERROR_INIT;
	char		path[10000];
	int		slot, slots[100], count = 0;

	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	is_int(leftover_register(path, &slot, &err), ERR_LIMIT, "a path that is too long is refused");
	err_reset(&err);
	while (count < 100 && leftover_register("nothing", &slots[count], &err) == 0)
		count++;
	ok(count >= 8 && count < 100 && err.kind == ERR_LIMIT, "so are too many");
	while (count > 0)
		leftover_forget(slots[--count]);
	err_reset(&err);
	succeeds(leftover_register("nothing", &slot, &err), err, "forgotten ones make room");
	leftover_forget(slot);
	leftover_forget(-1);
}

int
main(void)
{
	if (mkdtemp(home) == NULL || chdir(home) != 0)
		bail_out("cannot make a folder");
	test_removing();
	test_ends();
	test_limits();
	/* The deep tree needs two goes. */
	if (chdir("d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d") != 0)
		bail_out("no such folder");
	is_int(leftover_remove("d"), 0, "from further down it can be removed");
	if (chdir("/") != 0)
		bail_out("no root");
	is_int(leftover_remove(home), 0, "the folder goes");
	return done_testing();
}
