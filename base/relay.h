#ifndef BASE_RELAY_H
#define BASE_RELAY_H

#include <sys/types.h>

#include "base/error.h"

/*
 * A program that runs in our place: it has our standard streams and the whole environment it is given, signals that are sent to us
 * reach it, and its end is ours.  For children that work for us there is base/run.h.
 *
 * Relayed are SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1 and SIGUSR2, but for those that we were started to ignore (then the program
 * ignores them, too) and those that the terminal sends, which reach everything in front of it by themselves.
 */

/*
 * relay_start(argv, env, pid, err):
 * ${argv} and ${env} end with NULL; argv[0] as run_find() takes it.  From now on signals are relayed: only one program at a time.
 * ERR_NOT_FOUND (no such program), ERR_LIMIT (arguments and environment are too large), ERR_SYSTEM.
 */
int	relay_start(const char *const *argv, const char *const *env, pid_t *pid, struct error *err) WARN_UNUSED;
/* Wait for it, and stop relaying.  ${status}: its exit status, or the negated number of the signal that ended it. */
int	relay_wait(pid_t pid, int *status, struct error *err) WARN_UNUSED;
/*
 * When the key that ended it was typed for us as well, end in the same way, so that a shell in front knows that its script was
 * interrupted.  Else it returns.
 */
void	relay_end_as(int number);

/* Become that program; returns only when that failed, with an error of relay_start(). */
int	relay_replace(const char *const *argv, const char *const *env, struct error *err);

#endif
