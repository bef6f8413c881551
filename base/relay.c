/*
 * The signals are blocked from before the program starts until its number is known to the handler, so that none is lost or sent to
 * nobody; and the number is taken away while the program that has ended is still there to be waited for, so that none hits
 * another process that was given the same number.
 */
#include "base/relay.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/run.h"

static const int relayed[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2 };
#define RELAYED	(sizeof(relayed) / sizeof(relayed[0]))

static struct sigaction	before[RELAYED];
static atomic_int	program;	/* 0: none */
static atomic_int	typed;		/* the last signal from the terminal */

static void
on_signal(int number, siginfo_t *info, void *context)
{
	int	saved = errno;
	pid_t	pid = atomic_load(&program);

	(void)context;
#ifdef SI_KERNEL
	/* From the terminal: the program has had it. */
	if (info->si_code == SI_KERNEL) {
		atomic_store(&typed, number);
		pid = 0;
	}
#else
	(void)info;
#endif
	if (pid > 0)
		(void)kill(pid, number);
	errno = saved;
}

static void
relay_signals(void)
{
	struct sigaction action = { .sa_sigaction = on_signal, .sa_flags = (int)SA_SIGINFO | SA_RESTART };

	(void)sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < RELAYED; i++)
		if (sigaction(relayed[i], NULL, &before[i]) == 0 && before[i].sa_handler != SIG_IGN)
			(void)sigaction(relayed[i], &action, NULL);
}

static void
restore_signals(void)
{
	for (size_t i = 0; i < RELAYED; i++)
		(void)sigaction(relayed[i], &before[i], NULL);
}

static int
fail_start(const char *name, int number, struct error *err)
{
	errno = number;
	if (number != E2BIG)
		return err_errno(err, "cannot run '%s'", name);
	err_set(err, ERR_LIMIT, "cannot run '%s': its arguments and environment are larger than the system allows", name);
	return err_hint(err, "give it the values in a file");
}

/* SIGPIPE is ignored by us, and not by what we run; handlers of ours are not inherited. */
static int
spawn(const char *path, const char *const *argv, const char *const *env, const sigset_t *mask, pid_t *pid)
{
	posix_spawnattr_t	attributes;
	sigset_t		defaults;
	int			failed = posix_spawnattr_init(&attributes);

	if (failed != 0)
		return failed;
	(void)sigemptyset(&defaults);
	(void)sigaddset(&defaults, SIGPIPE);
	(void)posix_spawnattr_setsigdefault(&attributes, &defaults);
	(void)posix_spawnattr_setsigmask(&attributes, mask);
	(void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	failed = posix_spawn(pid, path, NULL, &attributes, (char *const *)(uintptr_t)argv, (char *const *)(uintptr_t)env);
	(void)posix_spawnattr_destroy(&attributes);
	return failed;
}

int
relay_start(const char *const *argv, const char *const *env, pid_t *pid, struct error *err)
{
	CLEANUP(buf_release) struct buf path = BUF(PATH_MAX);
	sigset_t	ours, mask;
	int		failed;

	if (run_find(argv[0], &path, err) != 0)
		return (int)err->kind;
	(void)sigemptyset(&ours);
	for (size_t i = 0; i < RELAYED; i++)
		(void)sigaddset(&ours, relayed[i]);
	(void)sigprocmask(SIG_BLOCK, &ours, &mask);
	atomic_store(&typed, 0);
	relay_signals();
	failed = spawn((const char *)path.data, argv, env, &mask, pid);
	if (failed == 0)
		atomic_store(&program, (int)*pid);
	else
		restore_signals();
	(void)sigprocmask(SIG_SETMASK, &mask, NULL);
	return failed != 0 ? fail_start(argv[0], failed, err) : 0;
}

int
relay_wait(pid_t pid, int *status, struct error *err)
{
	siginfo_t	info;
	int		raw, rc;

	do
		rc = waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
	while (rc != 0 && errno == EINTR);
	atomic_store(&program, 0);
	if (rc == 0)
		rc = waitpid(pid, &raw, 0) == pid ? 0 : -1;
	restore_signals();
	if (rc != 0)
		return err_errno(err, "cannot wait for the command");
	*status = WIFEXITED(raw) ? WEXITSTATUS(raw) : -WTERMSIG(raw);
	return 0;
}

void
relay_end_as(int number)
{
	if (atomic_load(&typed) == number)
		(void)raise(number);
}

int
relay_replace(const char *const *argv, const char *const *env, struct error *err)
{
	CLEANUP(buf_release) struct buf path = BUF(PATH_MAX);

	if (run_find(argv[0], &path, err) != 0)
		return (int)err->kind;
	(void)signal(SIGPIPE, SIG_DFL);
	(void)execve((const char *)path.data, (char *const *)(uintptr_t)argv, (char *const *)(uintptr_t)env);
	return fail_start(argv[0], errno, err);
}
