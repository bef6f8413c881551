#ifndef BASE_LEFTOVER_H
#define BASE_LEFTOVER_H

#include "base/error.h"

/*
 * What must not outlive the process: temporary files and folders.  Who makes one registers it first
 * and forgets it once it is renamed or removed; whatever is registered still when a signal (but SIGKILL)
 * ends the process, or exit() does, is removed then.  A signal that was ignored when we were started stays
 * ignored, one that somebody handles is left to them.  Children that are forked never remove what their parent registered.
 */

/* ${slot} names the entry.  ERR_LIMIT when the path is too long or too many are registered. */
int	leftover_register(const char *path, int *slot, struct error *err) WARN_UNUSED;
void	leftover_forget(int slot);		/* a negative slot is none */

/*
 * Remove a file, or a folder with all that is in it, never following a symbolic link; a missing one
 * is fine.  Calls only what a signal handler may call.  0, or an errno.
 */
int	leftover_remove(const char *path);

#endif
