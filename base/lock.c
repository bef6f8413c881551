#include "base/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PAUSE_FIRST_MS	1
#define PAUSE_LONGEST_MS	40

void
lock_release(struct lock *lock)
{
	if (lock->fd >= 0)
		(void)close(lock->fd);
	*lock = LOCK_NONE;
}

/* -1: there is nothing to lock.  A FIFO must not be opened: its other end would see a reader come and go. */
static int
open_regular(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
		return -1;
	return open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}

/* Is the open file still the one that has the name? */
static bool
is_current(int fd, const char *path)
{
	struct stat open_file, named;

	return fstat(fd, &open_file) == 0 && stat(path, &named) == 0 && open_file.st_dev == named.st_dev &&
	    open_file.st_ino == named.st_ino;
}

static int64_t
now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
sleep_ms(int64_t ms)
{
	struct timespec pause = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	(void)nanosleep(&pause, NULL);
}

/* Asking again and again, because a wait in the kernel has no end. */
int
lock_take(const char *path, unsigned patience_ms, struct lock *out, struct error *err)
{
	int64_t end = now_ms() + patience_ms;

	*out = LOCK_NONE;
	for (int64_t pause = PAUSE_FIRST_MS;;) {
		struct lock lock = { .fd = open_regular(path) };

		if (lock.fd < 0)
			return 0;
		if (flock(lock.fd, LOCK_EX | LOCK_NB) == 0) {
			if (is_current(lock.fd, path)) {
				*out = lock;
				return 0;
			}
			lock_release(&lock);
			continue;
		}
		bool held = errno == EWOULDBLOCK || errno == EINTR;

		lock_release(&lock);
		if (!held)
			return 0;
		if (now_ms() >= end)
			return err_set(err, ERR_TIMEOUT, "another program is changing it and does not end");
		sleep_ms(pause);
		pause = pause * 2 > PAUSE_LONGEST_MS ? PAUSE_LONGEST_MS : pause * 2;
	}
}
