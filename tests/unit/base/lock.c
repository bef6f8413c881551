/* One writer of a file at a time. */
#include "base/lock.h"

#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/leftover.h"
#include "tests/tap.h"

static char home[] = "/tmp/lock-test.XXXXXX";

/* How long another process waits in vain: its kind of failure. */
static int
other(const char *path, unsigned patience)
{
	int	status = 0;
	pid_t	pid;

	fflush(stdout);
	if ((pid = fork()) == 0) {
		struct error	err = ERROR_INIT;
		struct lock	lock = LOCK_NONE;
		int		rc = lock_take(path, patience, &lock, &err);

		_exit(rc != 0 ? rc : lock.fd >= 0 ? 0 : 255);
	}
	(void)waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Adds one to the number in a file, a hundred times: lost updates would make the sum too small. */
static void
count(void)
{
	for (int i = 0; i < 100; i++) {
		struct error	err = ERROR_INIT;
		struct lock	lock = LOCK_NONE;
		struct buf	text = BUF(100);
		char		number[32];

		if (lock_take("counter", 30000, &lock, &err) != 0 || file_read("counter", &text, &err) != 0 ||
		    buf_terminate(&text, &err) != 0)
			_exit(1);
		(void)snprintf(number, sizeof(number), "%ld", strtol((const char *)text.data, NULL, 10) + 1);
		if (file_replace("counter", slice_str(number), &err) != 0)
			_exit(1);
		buf_release(&text);
		lock_release(&lock);
	}
	_exit(0);
}

static void
test_counting(void)
{
	struct error	err = ERROR_INIT;
	struct buf	text = BUF(100);
	int		failed = 0, status;

	succeeds(file_replace("counter", SLICE("0"), &err), err, "a counter");
	fflush(stdout);
	for (int i = 0; i < 4; i++)
		if (fork() == 0)
			count();
	while (wait(&status) > 0)
		failed += status != 0;
	is_int(failed, 0, "four programs that replace it again and again");
	succeeds(file_read("counter", &text, &err), err, "leave");
	is_slice(buf_slice(&text), SLICE("400"), "the sum of all");
	buf_release(&text);
}

int
main(void)
{
	struct error	err = ERROR_INIT;
	struct lock	lock = LOCK_NONE, second = LOCK_NONE;

	if (mkdtemp(home) == NULL || chdir(home) != 0)
		bail_out("cannot make a folder");
	succeeds(file_replace("f", SLICE("one"), &err), err, "a file");
	succeeds(lock_take("f", 0, &lock, &err), err, "is taken");
	ok(lock.fd >= 0, "and locked");
	is_int(other("f", 0), ERR_TIMEOUT, "another program does not get it");
	is_int(other("f", 50), ERR_TIMEOUT, "and does not wait for ever");
	succeeds(file_replace("f", SLICE("two"), &err), err, "its owner puts a new file in its place");
	is_int(other("f", 0), 0, "which another one may take: the old one is done with");
	lock_release(&lock);
	ok(lock.fd < 0, "let go");
	succeeds(lock_take("f", 0, &lock, &err), err, "it can be taken anew");
	lock_release(&lock);
	is_int(other("f", 0), 0, "by anybody");

	succeeds(lock_take("none", 0, &second, &err), err, "a missing file is no failure");
	ok(second.fd < 0, "and no lock");
	if (mkfifo("pipe", 0600) != 0 || mkdir("folder", 0700) != 0 || symlink("f", "link") != 0)
		bail_out("cannot make a fifo");
	succeeds(lock_take("pipe", 0, &second, &err), err, "nor is a pipe");
	ok(second.fd < 0, "which is not opened");
	succeeds(lock_take("folder", 0, &second, &err), err, "nor a folder");
	ok(second.fd < 0, "which is left alone");
	succeeds(lock_take("link", 0, &lock, &err), err, "a link");
	is_int(other("f", 0), ERR_TIMEOUT, "leads to the file behind");
	lock_release(&lock);
	test_counting();

	if (chdir("/") != 0)
		bail_out("no root");
	is_int(leftover_remove(home), 0, "the folder goes");
	return done_testing();
}
