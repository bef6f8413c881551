#include "base/tmpdir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/statfs.h>
#endif

#include "base/file.h"
#include "base/leftover.h"

#define FILES_MAX	8

struct tmpdir {
	char	 path[PATH_MAX];
	char	*files[FILES_MAX];
	size_t	 count;
	bool	 on_disk;
	int	 slot;
	pid_t	 guard;		/* 0: none */
	int	 alive;		/* the end of a pipe: when it closes, we have ended */
};

static bool
is_in_memory(const char *folder)
{
#ifdef __linux__
	const long	tmpfs = 0x01021994, ramfs = 0x858458f6L;	/* statfs(2) */
	struct statfs	fs;

	return statfs(folder, &fs) == 0 && ((long)fs.f_type == tmpfs || (uint32_t)fs.f_type == (uint32_t)ramfs);
#else
	(void)folder;
	return false;
#endif
}

/* $XDG_RUNTIME_DIR is trusted only when it is what its specification says: ours, and closed to others. */
static bool
is_private(const char *folder)
{
	struct stat st;

	return stat(folder, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid() && (st.st_mode & 077) == 0;
}

static bool
make_in(struct tmpdir *tmpdir, const char *parent)
{
	int len = snprintf(tmpdir->path, sizeof(tmpdir->path), "%s/hub.XXXXXX", parent);

	if (len < 0 || (size_t)len >= sizeof(tmpdir->path)) {
		errno = ENAMETOOLONG;
		return false;
	}
	/* The umask may have taken even our own rights away. */
	return mkdtemp(tmpdir->path) != NULL && chmod(tmpdir->path, 0700) == 0;
}

static int
make_anywhere(struct tmpdir *tmpdir, struct error *err)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR"), *temporary = getenv("TMPDIR");

	if (runtime != NULL && runtime[0] == '/' && is_private(runtime) && is_in_memory(runtime) &&
	    make_in(tmpdir, runtime))
		return 0;
	if (is_in_memory("/dev/shm") && make_in(tmpdir, "/dev/shm"))
		return 0;
	if (temporary == NULL || temporary[0] != '/')
		temporary = "/tmp";
	tmpdir->on_disk = !is_in_memory(temporary);
	if (make_in(tmpdir, temporary))
		return 0;
	(void)err_errno(err, "cannot make a private folder in '%s'", temporary);
	return err_hint(err, "set TMPDIR to a folder that can be written");
}

int
tmpdir_new(struct tmpdir **out, struct error *err)
{
	struct tmpdir	*tmpdir = calloc(1, sizeof(*tmpdir));
	int		 rc;

	if (tmpdir == NULL)
		return err_memory(err);
	tmpdir->slot = -1;
	tmpdir->alive = -1;
	if ((rc = make_anywhere(tmpdir, err)) != 0) {
		free(tmpdir);
		return rc;
	}
	/* Empty still, so nothing is lost in the instant before it is registered. */
	if ((rc = leftover_register(tmpdir->path, &tmpdir->slot, err)) != 0) {
		tmpdir_free(tmpdir);
		return rc;
	}
	*out = tmpdir;
	return 0;
}

void
tmpdir_free(struct tmpdir *tmpdir)
{
	if (tmpdir == NULL)
		return;
	(void)leftover_remove(tmpdir->path);
	leftover_forget(tmpdir->slot);
	if (tmpdir->guard > 0) {
		(void)kill(tmpdir->guard, SIGKILL);
		while (waitpid(tmpdir->guard, NULL, 0) < 0 && errno == EINTR)
			;
	}
	file_closep(&tmpdir->alive);
	for (size_t i = 0; i < tmpdir->count; i++)
		free(tmpdir->files[i]);
	free(tmpdir);
}

/* The shell has a pipe for its input, and neither our environment nor our other streams. */
static bool
start_guard(struct tmpdir *tmpdir, int input)
{
	static const char	script[] = "trap '' HUP INT QUIT TERM; while read -r line; do :; done; rm -rf -- \"$0\"";
	const char		*argv[] = { "/bin/sh", "-c", script, tmpdir->path, NULL }, *env[] = { "PATH=/usr/bin:/bin", NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t	attributes;
	sigset_t		none;
	bool			started;

	(void)sigemptyset(&none);
	if (posix_spawn_file_actions_init(&actions) != 0)
		return false;
	if (posix_spawnattr_init(&attributes) != 0) {
		(void)posix_spawn_file_actions_destroy(&actions);
		return false;
	}
	started = posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO) == 0 &&
	    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0) == 0 &&
	    posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO) == 0 &&
	    posix_spawnattr_setsigmask(&attributes, &none) == 0 &&
	    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSID) == 0 &&
	    posix_spawn(&tmpdir->guard, argv[0], &actions, &attributes, (char *const *)(uintptr_t)argv, (char *const *)(uintptr_t)env) == 0;
	(void)posix_spawnattr_destroy(&attributes);
	(void)posix_spawn_file_actions_destroy(&actions);
	return started;
}

void
tmpdir_guard(struct tmpdir *tmpdir)
{
	int ends[2];

	if (tmpdir->guard > 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		return;
	tmpdir->alive = ends[1];
	if (!start_guard(tmpdir, ends[0])) {
		tmpdir->guard = 0;
		file_closep(&tmpdir->alive);
		tmpdir->alive = -1;
	}
	file_closep(&ends[0]);
}

const char *
tmpdir_path(const struct tmpdir *tmpdir)
{
	return tmpdir->path;
}

bool
tmpdir_on_disk(const struct tmpdir *tmpdir)
{
	return tmpdir->on_disk;
}

int
tmpdir_file(struct tmpdir *tmpdir, const char *name, struct slice bytes, const char **path, struct error *err)
{
	CLEANUP(file_closep) int	fd = -1;
	char				*full;
	int				 rc;

	if (*name == '\0' || strchr(name, '/') != NULL || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return err_set(err, ERR_INTERNAL, "'%s' is not a file name", name);
	if (tmpdir->count == FILES_MAX)
		return err_set(err, ERR_LIMIT, "more than %d temporary files", FILES_MAX);
	if (asprintf(&full, "%s/%s", tmpdir->path, name) < 0)
		return err_memory(err);
	tmpdir->files[tmpdir->count++] = full;
	if ((fd = open(full, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)) < 0)
		return err_errno(err, "cannot make the temporary file '%s'", full);
	/* The umask may have taken even our own right to read away. */
	if (fchmod(fd, 0600) != 0)
		return err_errno(err, "cannot make the temporary file '%s'", full);
	if ((rc = file_write_all(fd, bytes, err)) != 0)
		return err_wrap(err, "cannot write the temporary file '%s'", full);
	*path = full;
	return 0;
}
