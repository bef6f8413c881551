#include "base/harden.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "tests/tap.h"

int
main(void)
{
	struct rlimit	core;
	int		ends[2], status;
	pid_t		pid;

	(void)signal(SIGCHLD, SIG_IGN);
	harden_process();
	ok(getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_cur == 0 && core.rlim_max == 0, "no core is dumped");
#ifdef __linux__
	is_int(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), HARDEN_SANITIZED, "other processes of the user cannot look inside");
#endif
	if (pipe(ends) != 0)
		bail_out("no pipe");
	(void)close(ends[0]);
	ok(write(ends[1], "x", 1) < 0 && errno == EPIPE, "a reader that went away is an error, not the end");
	if ((pid = fork()) == 0)
		_exit(7);
	ok(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 7, "children can be waited for, whatever was inherited");
	return done_testing();
}
