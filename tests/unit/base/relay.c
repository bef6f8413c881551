#include "base/relay.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/harden.h"
#include "tests/tap.h"

static const char *const env[] = { "PATH=/usr/bin:/bin", "NAME=value", NULL };

/* The status of a line for the shell, or -1000. */
static int
status_of(const char *line)
{
	const char *const	argv[] = { "/bin/sh", "-c", line, NULL };
	struct error		err = ERROR_INIT;
	pid_t			pid;
	int			status;

	return relay_start(argv, env, &pid, &err) == 0 && relay_wait(pid, &status, &err) == 0 ? status : -1000;
}

/* A program that tells over ${ends} that it is ready, is sent a signal through us, and exits with its number. */
static int
status_after(int number)
{
	const char	*argv[] = { "/bin/sh", "-c", NULL, NULL };
	struct error	 err = ERROR_INIT;
	char		 line[300], byte;
	int		 ends[2], status;
	pid_t		 pid;

	if (pipe(ends) != 0)
		bail_out("no pipe");
	(void)snprintf(line, sizeof(line), "trap 'exit %d' %d; echo x >&%d; i=0; while [ $i -lt 600 ]; do i=$((i+1)); sleep 0.05; done",
	    number, number, ends[1]);
	argv[2] = line;
	if (relay_start(argv, env, &pid, &err) != 0 || read(ends[0], &byte, 1) != 1)
		bail_out("no program");
	(void)kill(getpid(), number);
	if (relay_wait(pid, &status, &err) != 0)
		bail_out(err.text);
	(void)close(ends[0]);
	(void)close(ends[1]);
	return status;
}

/* In a child: what relay_replace() makes of it. */
static int
replaced(const char *const *argv)
{
	int	raw;
	pid_t	pid = fork();

	if (pid == 0) {
		struct error err = ERROR_INIT;

		_exit(100 + relay_replace(argv, env, &err));
	}
	return waitpid(pid, &raw, 0) == pid && WIFEXITED(raw) ? WEXITSTATUS(raw) : -1;
}

int
main(void)
{
	static const int	 signals[] = { SIGHUP, SIGTERM, SIGUSR1, SIGUSR2 };
	const char *const	 absent[] = { "absent-program", NULL }, *const exit4[] = { "sh", "-c", "test $NAME = value && exit 4", NULL };
	struct error		 err = ERROR_INIT;
	struct sigaction	 after;
	pid_t			 pid;

	/* Whoever started us may ignore some. */
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		(void)signal(signals[i], SIG_DFL);
	harden_process();
	is_int(status_of("exit 7"), 7, "the exit status");
	is_int(status_of("kill -9 $$"), -9, "the signal that ended it");
	is_int(status_of("test \"$NAME\" = value -a -z \"$HOME\""), 0, "the environment is the one that was given");
	is_int(status_of("kill -13 $$"), -13, "SIGPIPE ends it, which we ignore");
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		is_int(status_after(signals[i]), signals[i], "a signal to us reaches it");
	ok(sigaction(SIGTERM, NULL, &after) == 0 && after.sa_handler == SIG_DFL, "afterwards signals are ours again");
	(void)signal(SIGHUP, SIG_IGN);
	is_int(status_of("kill -HUP $$; exit 3"), 3, "what we were started to ignore it ignores, too");
	(void)signal(SIGHUP, SIG_DFL);
	is_int(relay_start(absent, env, &pid, &err), ERR_NOT_FOUND, "a program that is not there");
	is_int(replaced(exit4), 4, "in our place, with the environment");
	is_int(replaced(absent), 100 + ERR_NOT_FOUND, "in our place, not there");
	return done_testing();
}
