#ifndef BASE_TMPDIR_H
#define BASE_TMPDIR_H

#include <stdbool.h>

#include "base/error.h"
#include "base/slice.h"

/*
 * A private folder (0700) for the rare plaintext that must have a name, on a memory file system when
 * there is one: $XDG_RUNTIME_DIR, /dev/shm, else $TMPDIR or /tmp.  It is gone, with all that an editor
 * may have put beside our file, when it is freed, at exit, and when a signal ends the process
 * (base/leftover.h).
 */
struct tmpdir;

int	tmpdir_new(struct tmpdir **out, struct error *err) WARN_UNUSED;
void	tmpdir_free(struct tmpdir *tmpdir);	/* NULL is fine */
DEFINE_CLEANUP(struct tmpdir, tmpdir_free)

const char	*tmpdir_path(const struct tmpdir *tmpdir);
/*
 * Have the folder removed even when SIGKILL ends this process: a shell waits for that, in a session of its own, and knows nothing but
 * the path.  Where none can be started everything is as without.
 */
void		 tmpdir_guard(struct tmpdir *tmpdir);
/* The folder is on a disk, where deleted plaintext may stay readable: warn the user. */
bool		 tmpdir_on_disk(const struct tmpdir *tmpdir);

/*
 * Make the file ${name} (no '/') with mode 0600 and these bytes; ${path} is its path and lives as long
 * as the folder does.
 */
int	tmpdir_file(struct tmpdir *tmpdir, const char *name, struct slice bytes, const char **path, struct error *err) WARN_UNUSED;

#endif
