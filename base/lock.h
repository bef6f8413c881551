#ifndef BASE_LOCK_H
#define BASE_LOCK_H

#include "base/error.h"

/*
 * One writer of a file at a time, among programs of ours: an advisory lock on the file that a path leads to.  Writers replace
 * files, so the lock is on the file that has the name at that moment; who waited for one that is gone meanwhile takes the new one's.
 * It ends with the process.  Programs that know nothing of it are not kept away: look at the file before you replace it, too.
 */
struct lock {
	int	fd;
};
#define LOCK_NONE	((struct lock){ .fd = -1 })

/*
 * lock_take(path, patience_ms, out, err):
 * Wait for the file, at most so long: ERR_TIMEOUT.  Where there is nothing to lock (no such file, one that we may not
 * read, no regular file, a file system without locks) ${out} is none, which is no failure: reading will tell.
 */
int	lock_take(const char *path, unsigned patience_ms, struct lock *out, struct error *err) WARN_UNUSED;
void	lock_release(struct lock *lock);

#endif
