#include "base/fifo.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/inotify.h>
#include <sys/prctl.h>
#endif

#include "base/file.h"

/* Terminal and parent end us with a signal that cannot be missed; those of the user are for the reader. */
static void
be_servant(pid_t parent)
{
	static const int	users[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGTSTP };

	for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++)
		(void)signal(users[i], SIG_IGN);
#ifdef __linux__
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
	if (getppid() != parent)
		_exit(0);
	/* Who waits for the end of our standard output must not wait for us. */
	for (int fd = 0; fd <= 2; fd++)
		(void)close(fd);
}

/* A reader that goes on reading would be served twice, so the next opening waits until it has closed. */
static bool
wait_for_close(int watch)
{
	char	event[512];
	ssize_t	n;

	if (watch < 0)
		return false;
	do
		n = read(watch, event, sizeof(event));
	while (n < 0 && errno == EINTR);
	return n > 0;
}

__attribute__((noreturn)) static void
serve(const char *path, struct slice bytes)
{
	int watch = -1;

#ifdef __linux__
	if ((watch = inotify_init1(IN_CLOEXEC)) >= 0 && inotify_add_watch(watch, path, IN_CLOSE_NOWRITE) < 0) {
		(void)close(watch);
		watch = -1;
	}
#endif
	do {
		struct error	unheard = ERROR_INIT;
		int		fd = open(path, O_WRONLY | O_CLOEXEC);

		if (fd < 0)
			break;
		/* A reader that had enough is no failure. */
		(void)!file_write_all(fd, bytes, &unheard);
		(void)close(fd);
	} while (wait_for_close(watch));
	_exit(0);
}

int
fifo_serve(const char *path, struct slice bytes, pid_t *server, struct error *err)
{
	pid_t parent = getpid();

	if (mkfifo(path, 0600) != 0 || chmod(path, 0600) != 0)
		return err_errno(err, "cannot make '%s'", path);
	if ((*server = fork()) < 0) {
		*server = 0;
		return err_errno(err, "cannot start a process");
	}
	if (*server == 0) {
		be_servant(parent);
		serve(path, bytes);
	}
	return 0;
}

void
fifo_stop(pid_t *server)
{
	if (*server <= 0)
		return;
	(void)kill(*server, SIGKILL);
	while (waitpid(*server, NULL, 0) < 0 && errno == EINTR)
		;
	*server = 0;
}
