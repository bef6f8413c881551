#include "base/harden.h"

#include <signal.h>
#include <sys/resource.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

void
harden_process(void)
{
	const struct rlimit none = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &none);
#ifdef __linux__
	if (!HARDEN_SANITIZED)
		(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
	/* A reader that goes away is an error of write(), reported like any other. */
	(void)signal(SIGPIPE, SIG_IGN);
	/* Whoever started us may ignore it; then no child could be waited for. */
	(void)signal(SIGCHLD, SIG_DFL);
}
