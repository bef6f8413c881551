/*
 * The list is a fixed array, because a signal may arrive at any point and its handler can neither
 * allocate nor lock.  An entry is taken and given back by one atomic step each; the handler visits
 * entries that are READY and calls only async-signal-safe functions.  That is why folders are listed with
 * getdents64 on Linux: opendir() allocates.  Elsewhere opendir() is used all the same; there a signal that
 * hits malloc() in the wrong instruction can hang us instead of leaving plaintext behind.
 */
#include "base/leftover.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/syscall.h>
#else
#include <dirent.h>
#endif

#define ENTRIES		32
#define DEPTH_MAX	32	/* folders within folders: what an editor may make beside a file is flat */

enum { FREE, TAKEN, READY };

static struct entry {
	atomic_int	state;
	char		path[PATH_MAX];
} entries[ENTRIES];

static atomic_int	installed;
static atomic_int	owner;		/* the process that registers; a forked child is another one */

static int	remove_at(int parent, const char *name, int depth);

/* --- removing ------------------------------------------------------------------------------------------------------ */

static bool
is_dots(const char *name)
{
	return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

#ifdef __linux__
struct linux_dirent {		/* what the kernel writes; glibc declares it nowhere */
	uint64_t	inode;
	int64_t		next;
	uint16_t	size;
	uint8_t		type;
	char		name[];
};

/* One pass over the folder.  Removing while listing may skip entries, so the caller repeats. */
static int
empty_once(int fd, int depth, bool *any)
{
	_Alignas(struct linux_dirent) char	room[4096];
	int					failed = 0;
	long					n;

	while ((n = syscall(SYS_getdents64, fd, room, sizeof(room))) > 0)
		for (long at = 0; at < n;) {
			const struct linux_dirent *entry = (const void *)(room + at);

			at += entry->size;
			if (is_dots(entry->name))
				continue;
			*any = true;
			if (failed == 0)
				failed = remove_at(fd, entry->name, depth);
		}
	if (n < 0)
		return errno;
	return lseek(fd, 0, SEEK_SET) < 0 ? errno : failed;
}
#else
static int
empty_once(int fd, int depth, bool *any)
{
	int		 failed = 0, copy = dup(fd);
	DIR		*folder = copy >= 0 ? fdopendir(copy) : NULL;
	struct dirent	*entry;

	if (folder == NULL)
		return errno;
	rewinddir(folder);
	while ((entry = readdir(folder)) != NULL) {
		if (is_dots(entry->d_name))
			continue;
		*any = true;
		if (failed == 0)
			failed = remove_at(fd, entry->d_name, depth);
	}
	(void)closedir(folder);
	return failed;
}
#endif

static int
remove_at(int parent, const char *name, int depth)
{
	int	fd, failed;
	bool	any;

	if (unlinkat(parent, name, 0) == 0 || errno == ENOENT)
		return 0;
	/* A folder answers EISDIR on Linux and EPERM elsewhere. */
	if (errno != EISDIR && errno != EPERM)
		return errno;
	if (depth == 0)
		return ELOOP;
	if ((fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) < 0)
		return errno;
	do {
		any = false;
		failed = empty_once(fd, depth - 1, &any);
	} while (failed == 0 && any);
	(void)close(fd);
	if (failed == 0 && unlinkat(parent, name, AT_REMOVEDIR) != 0 && errno != ENOENT)
		failed = errno;
	return failed;
}

int
leftover_remove(const char *path)
{
	return remove_at(AT_FDCWD, path, DEPTH_MAX);
}

/* --- the list ------------------------------------------------------------------------------------------------------ */

static void
remove_all(void)
{
	if (atomic_load(&owner) != (int)getpid())
		return;
	for (size_t i = 0; i < ENTRIES; i++)
		if (atomic_load(&entries[i].state) == READY)
			(void)leftover_remove(entries[i].path);
}

static void
on_signal(int signal_number)
{
	int saved = errno;

	remove_all();
	/* SA_RESETHAND: raised again it ends us as if we had never caught it, once the handler returns. */
	(void)raise(signal_number);
	errno = saved;
}

static void
install(void)
{
	/* All that end a process unless it says otherwise, its own mistakes among them. */
	static const int	signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGALRM, SIGUSR1, SIGUSR2, SIGPIPE, SIGXCPU, SIGXFSZ,
	    SIGVTALRM, SIGPROF, SIGSYS, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV };
	struct sigaction	action = { .sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND }, before;

	(void)sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		(void)sigaddset(&action.sa_mask, signals[i]);
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		if (sigaction(signals[i], NULL, &before) == 0 && before.sa_handler == SIG_DFL)
			(void)sigaction(signals[i], &action, NULL);
	(void)atexit(remove_all);
}

int
leftover_register(const char *path, int *slot, struct error *err)
{
	size_t len = strlen(path);

	if (len >= sizeof(entries->path))
		return err_set(err, ERR_LIMIT, "path of more than %zu bytes", sizeof(entries->path) - 1);
	/* What a forked child inherits is its parent's to remove. */
	if (atomic_exchange(&owner, (int)getpid()) != (int)getpid())
		for (size_t i = 0; i < ENTRIES; i++)
			atomic_store(&entries[i].state, FREE);
	if (atomic_exchange(&installed, 1) == 0)
		install();
	for (int i = 0; i < ENTRIES; i++) {
		int expected = FREE;

		if (!atomic_compare_exchange_strong(&entries[i].state, &expected, TAKEN))
			continue;
		(void)memcpy(entries[i].path, path, len + 1);
		atomic_store(&entries[i].state, READY);
		*slot = i;
		return 0;
	}
	return err_set(err, ERR_LIMIT, "more than %d temporary files at a time", ENTRIES);
}

void
leftover_forget(int slot)
{
	if (slot >= 0)
		atomic_store(&entries[slot].state, FREE);
}
