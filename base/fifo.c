#include "base/fifo.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "base/file.h"

/* What is waited for ends with whoever waits. */
static void
end_with(pid_t parent)
{
#ifdef __linux__
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
	if (getppid() != parent)
		_exit(0);
}

/* Signals of the user are for the reader; who waits for the end of our standard output must not wait for us. */
static void
be_servant(pid_t parent)
{
	static const int users[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGTSTP, SIGCHLD };

	for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++)
		(void)signal(users[i], SIG_IGN);
	end_with(parent);
	for (int fd = 0; fd <= 2; fd++)
		(void)close(fd);
}

static bool
make_fifo(const char *path)
{
	/* The umask may have taken even our own rights away. */
	return mkfifo(path, 0600) == 0 && chmod(path, 0600) == 0;
}

/* In a process of its own, since a reader may first open the next one. */
static void
fill(int fd, struct slice bytes)
{
	struct error	unheard = ERROR_INIT;
	pid_t		server = getpid(), pid = fork();

	if (pid > 0)
		return;
	if (pid == 0)
		end_with(server);
	/* A reader that had enough is no failure. */
	(void)!file_write_all(fd, bytes, &unheard);
	if (pid == 0)
		_exit(0);
}

/*
 * Whoever opens the FIFO has it for himself: at once a new one takes its name.  With one for all, the next reader would be given
 * what an earlier one left, or the earlier one would be given everything twice.  (Two that open it in the same moment, before
 * either has read, may still get the same one, and share what is in it.)
 */
__attribute__((noreturn)) static void
serve(const char *path, const char *next, struct slice bytes)
{
	bool more = true;

	while (more) {
		int fd = open(path, O_WRONLY | O_CLOEXEC);

		if (fd < 0)
			break;
		more = make_fifo(next) && rename(next, path) == 0;
		fill(fd, bytes);
		(void)close(fd);
	}
	_exit(0);
}

int
fifo_serve(const char *path, struct slice bytes, pid_t *server, struct error *err)
{
	pid_t	parent = getpid();
	char	next[PATH_MAX];

	if (snprintf(next, sizeof(next), "%s.next", path) >= (int)sizeof(next))
		return err_set(err, ERR_LIMIT, "the path '%s' is too long", path);
	if (!make_fifo(path))
		return err_errno(err, "cannot make '%s'", path);
	if ((*server = fork()) < 0) {
		*server = 0;
		return err_errno(err, "cannot start a process");
	}
	if (*server == 0) {
		be_servant(parent);
		serve(path, next, bytes);
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
