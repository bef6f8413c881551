#include "base/tmpdir.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/leftover.h"
#include "tests/tap.h"

static bool
is_there(const char *path, mode_t mode)
{
	struct stat st;

	return lstat(path, &st) == 0 && (st.st_mode & 07777) == mode;
}

static void
test_life(void)
{
	CLEANUP(buf_release) struct buf	read = BUF(100);
	struct tmpdir			*tmpdir = NULL;
	struct error			err = ERROR_INIT;
	const char			*path = NULL;
	char				beside[600], folder[300];

	(void)umask(0777);
	if (!succeeds(tmpdir_new(&tmpdir, &err), err, "a folder is made"))
		return;
	ok(is_there(tmpdir_path(tmpdir), 0700), "for nobody else");
	succeeds(tmpdir_file(tmpdir, "secrets.yaml", SLICE("a: 1\n"), &path, &err), err, "a file is made in it");
	(void)umask(022);
	ok(path != NULL && is_there(path, 0600), "for nobody else either, whatever the umask");
	ok(strcmp(strrchr(path, '/'), "/secrets.yaml") == 0, "under the name that was asked for");
	ok(file_read(path, &read, &err) == 0 && slice_eq(buf_slice(&read), SLICE("a: 1\n")), "with its bytes");
	is_int(tmpdir_file(tmpdir, "secrets.yaml", SLICE("x"), &path, &err), ERR_SYSTEM, "but not twice");
	err_reset(&err);
	is_int(tmpdir_file(tmpdir, "../x", SLICE("x"), &path, &err), ERR_INTERNAL, "nor outside");
	err_reset(&err);
	is_int(tmpdir_file(tmpdir, "..", SLICE("x"), &path, &err), ERR_INTERNAL, "nor as the folder above");
	err_reset(&err);
	/* What an editor leaves. */
	(void)snprintf(folder, sizeof(folder), "%s", tmpdir_path(tmpdir));
	(void)snprintf(beside, sizeof(beside), "%s/.undo", folder);
	(void)mkdir(beside, 0700);
	(void)snprintf(beside, sizeof(beside), "%s/.undo/.secrets.yaml.un~", folder);
	succeeds(file_replace(beside, SLICE("plaintext"), &err), err, "an editor leaves something beside it");
	tmpdir_free(tmpdir);
	ok(access(folder, F_OK) != 0, "all of it goes with the folder");
	tmpdir_free(NULL);
}

static void
test_place(void)
{
	struct tmpdir	*tmpdir = NULL;
	struct error	 err = ERROR_INIT;
	char		 mine[] = "/tmp/tmpdir-test.XXXXXX", shm[] = "/dev/shm/tmpdir-test.XXXXXX";

	if (mkdtemp(mine) == NULL)
		bail_out("cannot make a folder");
	(void)setenv("TMPDIR", mine, 1);
	if (mkdtemp(shm) != NULL) {
		(void)setenv("XDG_RUNTIME_DIR", shm, 1);
		succeeds(tmpdir_new(&tmpdir, &err), err, "with a run-time folder in memory");
		ok(strncmp(tmpdir_path(tmpdir), shm, strlen(shm)) == 0 && !tmpdir_on_disk(tmpdir), "that one is used");
		tmpdir_free(tmpdir);
		(void)chmod(shm, 0755);
		succeeds(tmpdir_new(&tmpdir, &err), err, "one that others may enter");
		ok(strncmp(tmpdir_path(tmpdir), shm, strlen(shm)) != 0, "is not");
		ok(!tmpdir_on_disk(tmpdir), "but shared memory is");
		tmpdir_free(tmpdir);
		(void)rmdir(shm);
	} else {
		skip("no /dev/shm", 5);
	}
	(void)unsetenv("XDG_RUNTIME_DIR");
	(void)rmdir(mine);
}

static void
test_signal(void)
{
	struct tmpdir	*tmpdir = NULL;
	struct error	 err = ERROR_INIT;
	const char	*path;
	char		 name[300] = "";
	int		 ends[2], status = 0;
	pid_t		 pid;

	if (pipe(ends) != 0)
		bail_out("no pipe");
	(void)fflush(stdout);
	if ((pid = fork()) == 0) {
		if (tmpdir_new(&tmpdir, &err) != 0 || tmpdir_file(tmpdir, "plain", SLICE("secret"), &path, &err) != 0 ||
		    write(ends[1], path, strlen(path)) < 0)
			_exit(1);
		(void)pause();
		_exit(2);
	}
	(void)!read(ends[0], name, sizeof(name) - 1);
	ok(is_there(name, 0600), "while a process works in its folder, the file is there");
	(void)kill(pid, SIGTERM);
	(void)waitpid(pid, &status, 0);
	ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM, "a signal ends it");
	ok(name[0] != '\0' && access(name, F_OK) != 0, "and the file is gone");
	*strrchr(name, '/') = '\0';
	ok(access(name, F_OK) != 0, "with its folder");
}

/* What nobody can catch. */
static void
test_guard(void)
{
	const struct timespec moment = { 0, 10000000 };
	struct tmpdir	*tmpdir = NULL;
	struct error	 err = ERROR_INIT;
	const char	*path;
	char		 name[300] = "";
	int		 ends[2], status = 0;
	pid_t		 pid;

	if (pipe(ends) != 0)
		bail_out("no pipe");
	succeeds(tmpdir_new(&tmpdir, &err), err, "a folder under guard");
	tmpdir_guard(tmpdir);
	tmpdir_guard(tmpdir);
	tmpdir_free(tmpdir);
	ok(waitpid(-1, &status, WNOHANG) < 0, "leaves no process behind");
	(void)fflush(stdout);
	if ((pid = fork()) == 0) {
		if (tmpdir_new(&tmpdir, &err) != 0)
			_exit(1);
		tmpdir_guard(tmpdir);
		if (tmpdir_file(tmpdir, "plain", SLICE("secret"), &path, &err) != 0 || write(ends[1], path, strlen(path)) < 0)
			_exit(1);
		(void)pause();
		_exit(2);
	}
	(void)!read(ends[0], name, sizeof(name) - 1);
	ok(is_there(name, 0600), "while a process works in its folder, the file is there");
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, &status, 0);
	*strrchr(name, '/') = '\0';
	for (int i = 0; i < 3000 && access(name, F_OK) == 0; i++)
		(void)nanosleep(&moment, NULL);
	ok(access(name, F_OK) != 0, "when it is killed, the folder goes all the same");
}

int
main(void)
{
	test_life();
	test_guard();
	test_place();
	test_signal();
	return done_testing();
}
