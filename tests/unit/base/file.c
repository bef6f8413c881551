#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/leftover.h"
#include "base/stream.h"
#include "tests/tap.h"

static char home[] = "/tmp/file-test.XXXXXX";

static void
make(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text) || fchmod(fd, mode) != 0)
		bail_out("cannot make a file");
	(void)close(fd);
}

static void
make_link(const char *to, const char *name)
{
	if (symlink(to, name) != 0)
		bail_out("cannot make a link");
}

static bool
holds(const char *path, const char *text)
{
	CLEANUP(buf_release) struct buf	buf = BUF(10000);
	struct error			err = ERROR_INIT;

	return file_read(path, &buf, &err) == 0 && slice_eq(buf_slice(&buf), slice_str(text));
}

static mode_t
mode_of(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 ? st.st_mode & 07777 : 0;
}

/* Temporary files that were left in a folder. */
static int
leftovers(const char *folder)
{
	DIR		*dir = opendir(folder);
	struct dirent	*entry;
	int		 count = 0;

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		count += strncmp(entry->d_name, ".hub.", 5) == 0;
	if (dir != NULL)
		(void)closedir(dir);
	return count;
}

static void
test_reading(void)
{
	CLEANUP(buf_release) struct buf	buf = BUF(1000), tight = BUF(5), small = BUF(4), proc = BUF(100000), piped = BUF(100);
	struct error			err = ERROR_INIT;
	int				ends[2], saved = dup(0);

	make("five", "12345", 0600);
	make("empty", "", 0600);
	succeeds(file_read("five", &buf, &err), err, "a file is read");
	succeeds(file_read("five", &buf, &err), err, "and appended");
	is_slice(buf_slice(&buf), SLICE("1234512345"), "whole");
	succeeds(file_read("five", &tight, &err), err, "a file as large as the maximum is read");
	is_int(file_read("five", &small, &err), ERR_LIMIT, "a larger one is not");
	is_str(err.text, "more than 4 bytes", "and the limit is named");
	err_reset(&err);
	succeeds(file_read("empty", &tight, &err), err, "an empty one is fine, even when the buffer is full");
	is_int(file_read("none", &buf, &err), ERR_NOT_FOUND, "a missing file is an answer");
	is_str(err.text, "No such file or directory", "of which only the cause is told");
	err_reset(&err);
	is_int(file_read(".", &buf, &err), ERR_SYSTEM, "a folder is no file");
	is_str(err.text, "Is a directory", "which is said");
	err_reset(&err);
	ok(file_read("/proc/self/status", &proc, &err) == 0 && proc.len > 0, "a file without a size is read to its end");

	if (pipe(ends) != 0)
		bail_out("no pipe");
	succeeds(file_write_all(ends[1], SLICE("from a pipe"), &err), err, "a pipe");
	(void)close(ends[1]);
	(void)dup2(ends[0], 0);
	succeeds(file_read("/dev/stdin", &piped, &err), err, "is read by the name of standard input");
	is_slice(buf_slice(&piped), SLICE("from a pipe"), "to its end");
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
		bail_out("no socket");
	(void)dup2(ends[0], 0);
	succeeds(file_write_all(ends[1], SLICE("socket"), &err), err, "a socket too");
	(void)close(ends[1]);
	buf_reset(&piped);
	succeeds(file_read("/dev/stdin", &piped, &err), err, "which cannot be opened by that name");
	is_slice(buf_slice(&piped), SLICE("socket"), "is read all the same");
	(void)dup2(saved, 0);
}

static void
test_replacing(void)
{
	struct error	err = ERROR_INIT;
	struct stat	before, after;

	(void)umask(022);
	succeeds(file_replace("new", SLICE("one"), &err), err, "a new file is made");
	ok(holds("new", "one") && mode_of("new") == 0644, "with the umask's mode");
	succeeds(file_replace_mode("private", SLICE("one"), 0600, &err), err, "or with a mode of its own");
	is_int(mode_of("private"), 0600, "which no umask changes");
	(void)umask(0777);
	succeeds(file_replace_mode("private2", SLICE("one"), 0600, &err), err, "however strict");
	is_int(mode_of("private2"), 0600, "it is");
	(void)umask(022);

	make("old", "one", 0640);
	(void)stat("old", &before);
	succeeds(file_replace_mode("old", SLICE("two"), 0600, &err), err, "an existing one is replaced");
	(void)stat("old", &after);
	ok(holds("old", "two") && mode_of("old") == 0640, "and keeps its mode");
	ok(before.st_ino != after.st_ino, "as another file, so that no reader sees half of it");
	succeeds(file_replace("old", SLICE_NONE, &err), err, "by nothing, too");
	ok(holds("old", ""), "then it is empty");

	(void)mkdir("sub", 0755);
	make("sub/real", "one", 0600);
	make_link("sub/real", "link");
	make_link("link", "link2");
	succeeds(file_replace("link2", SLICE("two"), &err), err, "links are followed");
	ok(holds("sub/real", "two"), "to the file");
	ok((readlink("link", (char[10]){ 0 }, 10) == 8 && readlink("link2", (char[10]){ 0 }, 10) == 4), "and stay links");
	make_link("real", "sub/beside");
	succeeds(file_replace("sub/beside", SLICE("three"), &err), err, "a link leads on from its own folder");
	ok(holds("sub/real", "three") && !holds("real", "three"), "not from ours");
	make_link("sub/later", "dangling");
	succeeds(file_replace("dangling", SLICE("two"), &err), err, "also to a file that is not there yet");
	ok(holds("sub/later", "two"), "which is then made");
	make_link("loop", "loop");
	is_int(file_replace("loop", SLICE("two"), &err), ERR_SYSTEM, "a link to itself leads nowhere");
	err_reset(&err);

	is_int(file_replace("sub", SLICE("two"), &err), ERR_SYSTEM, "a folder is not replaced");
	is_str(err.text, "Is a directory", "which is said");
	err_reset(&err);
	is_int(file_replace("none/file", SLICE("two"), &err), ERR_NOT_FOUND, "nothing is made in a folder that is missing");
	ok(strstr(err.text, "the folder 'none/'") != NULL && err.hint[0] != '\0', "which is said, and what to do");
	err_reset(&err);
	is_int(leftovers("."), 0, "no temporary file is left");
	is_int(leftovers("sub"), 0, "in either folder");
}

static void
test_private(void)
{
	struct error err = ERROR_INIT;

	make("shared.key", "one", 0644);
	make_link("shared.key", "key-link");
	succeeds(file_replace_private("key-link", SLICE("two"), &err), err, "a key replaces a file that all could read, through a link");
	ok(holds("shared.key", "two") && mode_of("shared.key") == 0600, "and is the owner's alone");
	succeeds(file_replace_private("new.key", SLICE("two"), &err), err, "a new file for a key");
	is_int(mode_of("new.key"), 0600, "is the owner's alone, too");
}

/* As another user, since root may do everything. */
static void
test_refusals(void)
{
	struct error	err = ERROR_INIT;
	int		status = 0;
	pid_t		pid;

	make("theirs", "one", 0666);
	(void)mkdir("closed", 0755);
	make("closed/file", "one", 0666);
	make("readonly", "one", 0444);
	if (geteuid() != 0) {
		(void)chmod("closed", 0555);
		is_int(file_replace("closed/file", SLICE("two"), &err), ERR_SYSTEM, "a folder that cannot be written is the obstacle");
		ok(strstr(err.text, "Permission denied") != NULL && err.hint[0] != '\0', "which is said, and what to do");
		err_reset(&err);
		is_int(file_replace("readonly", SLICE("two"), &err), ERR_SYSTEM, "a file that we may not write stays");
		(void)chmod("closed", 0755);
		skip("only root can make another owner's file", 1);
	} else {
		(void)chmod(home, 0777);
		(void)fflush(stdout);
		if ((pid = fork()) == 0) {
			if (setgid(65534) != 0 || setuid(65534) != 0)
				_exit(8);
			status |= file_replace("closed/file", SLICE("two"), &err) == ERR_SYSTEM &&
			    strstr(err.text, "Permission denied") != NULL && err.hint[0] != '\0' ? 0 : 1;
			err_reset(&err);
			status |= file_replace("readonly", SLICE("two"), &err) == ERR_SYSTEM ? 0 : 2;
			err_reset(&err);
			status |= file_replace("theirs", SLICE("two"), &err) == ERR_REFUSED && err.hint[0] != '\0' ? 0 : 4;
			_exit(status);
		}
		(void)waitpid(pid, &status, 0);
		ok(WIFEXITED(status) && !(WEXITSTATUS(status) & 1), "a folder that cannot be written is the obstacle, and it is said");
		ok(WIFEXITED(status) && !(WEXITSTATUS(status) & 2), "a file that we may not write stays");
		ok(WIFEXITED(status) && !(WEXITSTATUS(status) & 12), "a file whose owner cannot be kept stays");
	}
	ok(holds("closed/file", "one") && holds("readonly", "one") && holds("theirs", "one"), "every byte is where it was");
	ok(leftovers(".") == 0 && leftovers("closed") == 0, "and nothing beside it");
	if (geteuid() == 0) {
		struct stat st;

		make("owned", "one", 0604);
		if (chown("owned", 65534, 65533) != 0)
			bail_out("cannot change an owner");
		succeeds(file_replace("owned", SLICE("two"), &err), err, "root replaces another user's file");
		ok(stat("owned", &st) == 0 && st.st_uid == 65534 && st.st_gid == 65533 && mode_of("owned") == 0604,
		    "which keeps owner, group and mode");
	} else {
		skip("only root can give files away", 2);
	}
}

/* What is no regular file is never replaced, least of all a device's name in /dev. */
static void
test_written_through(void)
{
	struct error	err = ERROR_INIT;
	char		text[20] = "", path[40];
	int		fd, ends[2], file = open("held", O_RDWR | O_CREAT | O_APPEND, 0600);
	pid_t		pid;

	succeeds(file_replace("/dev/null", SLICE("two"), &err), err, "a device is written");
	make_link("/dev/null", "null");
	succeeds(file_replace("null", SLICE("two"), &err), err, "also through a link");
	if (mkfifo("fifo", 0600) != 0 || pipe(ends) != 0)
		bail_out("no pipe");
	(void)fflush(stdout);
	if ((pid = fork()) == 0) {
		fd = open("fifo", O_RDONLY);
		_exit(read(fd, text, sizeof(text)) == 3 && memcmp(text, "two", 3) == 0 ? 0 : 1);
	}
	succeeds(file_replace("fifo", SLICE("two"), &err), err, "a named pipe is written");
	ok(waitpid(pid, &fd, 0) == pid && fd == 0, "and read at its other end");

	(void)snprintf(path, sizeof(path), "/dev/fd/%d", ends[1]);
	succeeds(file_replace(path, SLICE("two"), &err), err, "a descriptor's name is written");
	is_int(read(ends[0], text, sizeof(text)), 3, "to what is behind it");
	/* A file that somebody holds open under that name is not replaced either: he would read nothing. */
	if (write(file, "one", 3) != 3)
		bail_out("cannot write");
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	make_link(path, "descriptor");
	succeeds(file_replace("descriptor", SLICE("two"), &err), err, "also when it is a file");
	ok(holds("held", "onetwo"), "behind what was written before");
	is_int(file_replace("/dev/fd/999", SLICE("two"), &err), ERR_SYSTEM, "a descriptor that is not open is a failure");
	err_reset(&err);
	is_int(leftovers("."), 0, "no temporary file is left");
}

/* A full disk, as far as one process can meet one. */
static void
test_full_disk(void)
{
	static char		large[100000];
	const struct rlimit	limit = { 5000, 5000 };
	struct error		err = ERROR_INIT;
	int			status = 0;
	pid_t			pid;

	make("full", "one", 0600);
	(void)fflush(stdout);
	if ((pid = fork()) == 0) {
		(void)signal(SIGXFSZ, SIG_IGN);
		(void)setrlimit(RLIMIT_FSIZE, &limit);
		_exit(file_replace("full", slice_of(large, sizeof(large)), &err) == ERR_SYSTEM ? 0 : 1);
	}
	(void)waitpid(pid, &status, 0);
	is_int(status, 0, "a write that fails is a failure");
	ok(holds("full", "one"), "after which the old bytes are there");
	is_int(leftovers("."), 0, "and nothing else");
}

static int
refuse_if(void *arg, struct error *err)
{
	return *(bool *)arg ? err_set(err, ERR_CONFLICT, "another one") : 0;
}

static void
test_in_pieces(void)
{
	struct file_replacement	*r = NULL;
	struct error		 err = ERROR_INIT;

	make("parts", "old", 0640);
	succeeds(file_replacement_new("parts", &r, &err), err, "a replacement begins");
	ok(!file_replacement_is_through(r), "it can be taken back");
	succeeds(sink_write(file_replacement_sink(r), SLICE("ne"), &err), err, "a piece is written");
	succeeds(sink_write(file_replacement_sink(r), SLICE("w"), &err), err, "another");
	ok(holds("parts", "old"), "the old file is still there");
	succeeds(file_replacement_commit(r, &err), err, "it is committed");
	file_replacement_free(r);
	ok(holds("parts", "new"), "the file has what was written");
	is_int(mode_of("parts"), 0640, "and its mode");

	succeeds(file_replacement_new("parts", &r, &err), err, "another begins");
	succeeds(sink_write(file_replacement_sink(r), SLICE("half"), &err), err, "and is given up");
	file_replacement_free(r);
	ok(holds("parts", "new"), "the file is what it was");
	is_int(leftovers("."), 0, "and nothing is left behind");

	bool changed = true;

	succeeds(file_replacement_new("parts", &r, &err), err, "one that is guarded");
	succeeds(sink_write(file_replacement_sink(r), SLICE("late"), &err), err, "is written");
	file_replacement_guard(r, refuse_if, &changed);
	is_int(file_replacement_commit(r, &err), ERR_CONFLICT, "what the guard refuses");
	err_reset(&err);
	file_replacement_free(r);
	ok(holds("parts", "new"), "is not put in place");
	is_int(leftovers("."), 0, "and goes");
	changed = false;
	succeeds(file_replacement_new("parts", &r, &err), err, "one whose guard");
	succeeds(sink_write(file_replacement_sink(r), SLICE("newer"), &err), err, "has nothing against it");
	file_replacement_guard(r, refuse_if, &changed);
	succeeds(file_replacement_commit(r, &err), err, "is put in place");
	file_replacement_free(r);
	ok(holds("parts", "newer"), "whole");

	if (mkfifo("pieces", 0600) != 0)
		bail_out("no fifo");
	int reader = open("pieces", O_RDONLY | O_NONBLOCK);

	succeeds(file_replacement_new("pieces", &r, &err), err, "a fifo is opened");
	ok(file_replacement_is_through(r), "what it is given cannot be taken back");
	file_replacement_free(r);
	(void)close(reader);
	(void)unlink("pieces");
}

static void
test_identity(void)
{
	struct file_identity	before, after, missing;
	struct error		err = ERROR_INIT;

	make("watched", "one", 0600);
	succeeds(file_identify("watched", &before, &err), err, "a file is identified");
	succeeds(file_identify("watched", &after, &err), err, "again");
	ok(before.exists && file_same(&before, &after), "it is the same");
	succeeds(file_replace("watched", SLICE("one"), &err), err, "replaced by equal bytes");
	succeeds(file_identify("watched", &after, &err), err, "it is identified");
	ok(!file_same(&before, &after), "as another");
	before = after;
	(void)usleep(20000);
	make("watched", "two", 0600);
	succeeds(file_identify("watched", &after, &err), err, "written in place");
	ok(!file_same(&before, &after), "it is another, too");
	succeeds(file_identify("none", &missing, &err), err, "a missing one is an answer");
	ok(!missing.exists && !file_same(&missing, &after) && file_same(&missing, &missing), "and only like another missing one");
}

int
main(void)
{
	if (mkdtemp(home) == NULL || chdir(home) != 0)
		bail_out("cannot make a folder");
	test_reading();
	test_replacing();
	test_private();
	test_refusals();
	test_written_through();
	test_full_disk();
	test_in_pieces();
	test_identity();
	if (chdir("/") != 0)
		bail_out("no root");
	is_int(leftover_remove(home), 0, "the folder goes");
	return done_testing();
}
