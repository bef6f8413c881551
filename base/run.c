#include "base/run.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef __APPLE__
#include <mach-o/dyld.h>
#endif

#include "base/file.h"

#ifndef HUB_LIBEXEC
#define HUB_LIBEXEC	"/usr/local/libexec/hubtools"
#endif
#define PATH_STANDARD	"/usr/local/bin:/usr/bin:/bin"
#define FD_FIRST	10	/* our ends of pipes stay clear of the descriptors that a child is given */
#define POLL_SLICE	20	/* ms between looks at a child where the system has no pidfd */
#define COLLECT_LEAST	((size_t)4096)		/* of what a child says, at a time: as much as it has said, between these */
#define COLLECT_MOST	((size_t)64 * 1024)

extern char **environ;

static const char *helpers_folder;

/* --- finding programs ---------------------------------------------------------------------------------------------- */

static bool
is_program(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return false;
	if (S_ISREG(st.st_mode))
		return access(path, X_OK) == 0;
	errno = EACCES;
	return false;
}

static int
check_program(const char *path, struct error *err)
{
	return is_program(path) ? 0 : err_errno(err, "cannot run '%s'", path);
}

/* Append "folder/name" and terminate it; whether there is a program.  Else ${path} is as it was. */
static int
try_program(struct slice folder, const char *name, struct buf *path, bool *found, struct error *err)
{
	size_t	start = path->len;
	int	rc = buf_printf(path, err, "%.*s/%s", SLICE_ARG(folder), name);

	if (rc == 0)
		rc = buf_terminate(path, err);
	if (rc != 0)
		return rc;
	if (!(*found = is_program((const char *)path->data + start)))
		buf_truncate(path, start);
	return 0;
}

int
run_find(const char *name, struct buf *path, struct error *err)
{
	struct slice	rest = slice_str(getenv("PATH")), folder;
	bool		found;
	int		rc;

	if (strchr(name, '/') != NULL) {
		if ((rc = check_program(name, err)) != 0 || (rc = buf_str(path, name, err)) != 0)
			return rc;
		return buf_terminate(path, err);
	}
	if (rest.data == NULL)
		rest = SLICE(PATH_STANDARD);
	/* A relative entry would run what the working directory offers. */
	while (*name != '\0' && slice_split(&rest, ':', &folder))
		if (folder.len > 0 && folder.data[0] == '/' &&
		    ((rc = try_program(folder, name, path, &found, err)) != 0 || found))
			return rc;
	return err_set(err, ERR_NOT_FOUND, "program '%s' is not on PATH", name);
}

/* The folder of the running program. */
static int
own_folder(struct buf *folder, struct error *err)
{
	char	 path[PATH_MAX] = "";
	char	*slash;
#ifdef __APPLE__
	uint32_t room = sizeof(path);

	if (_NSGetExecutablePath(path, &room) != 0)
		path[0] = '\0';
#else
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (len > 0)
		path[len] = '\0';
#endif
	if ((slash = strrchr(path, '/')) == NULL)
		return err_set(err, ERR_SYSTEM, "cannot tell where this program is installed");
	return buf_append(folder, slice_of(path, (size_t)(slash - path)), err);
}

/* ${name} in one of these places, each relative to the running program's folder. */
static int
find_beside(const char *const *places, const char *name, struct buf *path, bool *found, struct error *err)
{
	CLEANUP(buf_release) struct buf	folder = BUF(2 * PATH_MAX);
	size_t				own;
	int				rc = own_folder(&folder, err);

	*found = false;
	own = folder.len;
	for (; rc == 0 && *places != NULL && !*found; places++) {
		buf_truncate(&folder, own);
		if ((rc = buf_str(&folder, *places, err)) == 0)
			rc = try_program(buf_slice(&folder), name, path, found, err);
	}
	return rc;
}

int
run_helper_path(const char *name, struct buf *path, struct error *err)
{
	/* From bin, and from a helper itself. */
	static const char *const	places[] = { "/../libexec/hubtools", "/../../libexec/hubtools", NULL };
	bool				found = false;
	int				rc;

	if (helpers_folder != NULL)
		rc = try_program(slice_str(helpers_folder), name, path, &found, err);
	else if ((rc = find_beside(places, name, path, &found, err)) == 0 && !found)
		rc = try_program(SLICE(HUB_LIBEXEC), name, path, &found, err);
	if (rc != 0 || found)
		return rc;
	(void)err_set(err, ERR_NOT_FOUND, "helper program '%s' is missing", name);
	return err_hint(err, "it belongs in '../libexec/hubtools' beside this program, or in '%s'; install the suite again",
	    HUB_LIBEXEC);
}

int
run_program_path(const char *name, struct buf *path, struct error *err)
{
	static const char *const	places[] = { "/../../bin", "/../bin", NULL };
	bool				found;
	int				rc = find_beside(places, name, path, &found, err);

	if (rc != 0 || found)
		return rc;
	(void)err_set(err, ERR_NOT_FOUND, "program '%s' is missing", name);
	return err_hint(err, "it belongs in '../bin' beside this suite's other programs; install the suite again");
}

void
run_set_helpers(const char *folder_opt)
{
	helpers_folder = folder_opt;
}

/* --- environment --------------------------------------------------------------------------------------------------- */

static bool
same_name(const char *a, const char *b)
{
	size_t len = strcspn(a, "=");

	return strcspn(b, "=") == len && memcmp(a, b, len) == 0;
}

/* A new array over the same strings; NULL when there is no memory. */
static const char **
merge_environment(const char *const *base, const char *const *add)
{
	size_t		 n = 0, m = 0, count = 0;
	const char	**merged;

	while (base[n] != NULL)
		n++;
	while (add[m] != NULL)
		m++;
	if ((merged = calloc(n + m + 1, sizeof(*merged))) == NULL)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		bool replaced = false;

		for (size_t j = 0; j < m && !replaced; j++)
			replaced = same_name(base[i], add[j]);
		if (!replaced)
			merged[count++] = base[i];
	}
	(void)memcpy(merged + count, add, m * sizeof(*merged));
	return merged;
}

static void
environment_freep(const char ***environment)
{
	free((void *)*environment);
}

/* --- starting ------------------------------------------------------------------------------------------------------ */

/* What the child gets: descriptor i is a copy of fds[i]; -1 leaves it as ours (0 to 2) or closed (3). */
#define CHILD_FDS	4

static int
spawn(const char *path, const char *const *argv, const char *const *environment, const int fds[static CHILD_FDS],
    pid_t *pid)
{
	posix_spawn_file_actions_t	actions;
	posix_spawnattr_t		attributes;
	sigset_t			defaults, none;
	struct sigaction		before;
	int				failed;

	(void)sigemptyset(&none);
	(void)sigemptyset(&defaults);
	(void)sigaddset(&defaults, SIGPIPE);
	/* What run_command() ignores for its own sake is the child's to receive. */
	for (int i = 0; i < 2; i++) {
		int number = i == 0 ? SIGINT : SIGQUIT;

		if (sigaction(number, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
			(void)sigaddset(&defaults, number);
	}
	if ((failed = posix_spawn_file_actions_init(&actions)) != 0)
		return failed;
	if ((failed = posix_spawnattr_init(&attributes)) != 0) {
		(void)posix_spawn_file_actions_destroy(&actions);
		return failed;
	}
	for (int i = 0; i < CHILD_FDS && failed == 0; i++)
		if (fds[i] >= 0)
			failed = posix_spawn_file_actions_adddup2(&actions, fds[i], i);
	if (failed == 0)
		failed = posix_spawnattr_setsigdefault(&attributes, &defaults);
	if (failed == 0)
		failed = posix_spawnattr_setsigmask(&attributes, &none);
	if (failed == 0)
		failed = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	if (failed == 0)
		failed = posix_spawn(pid, path, &actions, &attributes, (char *const *)(uintptr_t)argv,
		    (char *const *)(uintptr_t)environment);
	(void)posix_spawnattr_destroy(&attributes);
	(void)posix_spawn_file_actions_destroy(&actions);
	return failed;
}

static int
fail_start(const char *name, int saved, struct error *err)
{
	errno = saved;
	return err_errno(err, "cannot run '%s'", name);
}

/* A copy beyond the numbers that the child's descriptors have, or -1. */
static int
move_up(int fd)
{
	int moved = fd >= 0 ? fcntl(fd, F_DUPFD_CLOEXEC, FD_FIRST) : -1;

	file_closep(&fd);
	return moved;
}

static int
decode_status(int raw)
{
	return WIFEXITED(raw) ? WEXITSTATUS(raw) : -WTERMSIG(raw);
}

static void
wait_for(pid_t pid, int *raw)
{
	while (waitpid(pid, raw, 0) < 0 && errno == EINTR)
		;
}

/* --- one command --------------------------------------------------------------------------------------------------- */

enum { IN, OUT, ERR, AUX };

/* A running child with our ends of its pipes; the pidfd tells when it has ended. */
struct child {
	pid_t		pid;
	int		pidfd;
	int		ours[CHILD_FDS];	/* -1: no pipe, or done */
	int		theirs[CHILD_FDS];	/* until it is started */
	struct buf	*into[CHILD_FDS];
	struct slice	input;			/* not yet written */
	int64_t		deadline;		/* on the monotonic clock in ms; 0: none */
};

static void
child_release(struct child *child)
{
	int raw;

	for (int i = 0; i < CHILD_FDS; i++) {
		file_closep(&child->ours[i]);
		file_closep(&child->theirs[i]);
	}
	file_closep(&child->pidfd);
	if (child->pid > 0) {
		(void)kill(child->pid, SIGKILL);
		wait_for(child->pid, &raw);
	}
}

static int64_t
now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int
open_null(int flags, int *fd, struct error *err)
{
	if ((*fd = move_up(open("/dev/null", flags | O_CLOEXEC))) < 0)
		return err_errno(err, "cannot open '/dev/null'");
	return 0;
}

static int
open_pipe(struct child *child, int which, struct error *err)
{
	int ends[2], ours = which == IN ? 1 : 0;

	/* A socket pair where there is no pipe2(): both ends close on exec from the start. */
#ifdef __linux__
	if (pipe2(ends, O_CLOEXEC) != 0)
		return err_errno(err, "cannot make a pipe");
#else
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
		return err_errno(err, "cannot make a pipe");
#endif
	child->ours[which] = move_up(ends[ours]);
	child->theirs[which] = move_up(ends[!ours]);
	if (child->ours[which] < 0 || child->theirs[which] < 0 || fcntl(child->ours[which], F_SETFL, O_NONBLOCK) != 0)
		return err_errno(err, "cannot make a pipe");
	return 0;
}

static int
child_pipes(struct child *child, const struct run *run, struct error *err)
{
	int rc = 0;

	child->into[OUT] = run->out_opt;
	child->into[ERR] = run->err_discard ? NULL : run->err_opt;
	child->into[AUX] = run->aux_opt;
	child->input = run->input;
	if (run->input.len > 0)
		rc = open_pipe(child, IN, err);
	else if (!run->interactive)
		rc = open_null(O_RDONLY, &child->theirs[IN], err);
	if (rc == 0 && run->err_discard)
		rc = open_null(O_WRONLY, &child->theirs[ERR], err);
	for (int i = OUT; i <= AUX && rc == 0; i++)
		if (child->into[i] != NULL)
			rc = open_pipe(child, i, err);
	return rc;
}

static int
child_start(struct child *child, const struct run *run, struct error *err)
{
	CLEANUP(buf_release) struct buf			path = BUF(PATH_MAX);
	CLEANUP(environment_freep) const char		**merged = NULL;
	const char *const				*environment = run->env_opt;
	int						failed, rc;

	if ((rc = run_find(run->argv[0], &path, err)) != 0 || (rc = child_pipes(child, run, err)) != 0)
		return rc;
	if (environment == NULL)
		environment = (const char *const *)(uintptr_t)environ;
	if (run->env_add_opt != NULL) {
		if ((merged = merge_environment(environment, run->env_add_opt)) == NULL)
			return err_memory(err);
		environment = merged;
	}
	failed = spawn((const char *)path.data, run->argv, environment, child->theirs, &child->pid);
	for (int i = 0; i < CHILD_FDS; i++) {
		file_closep(&child->theirs[i]);
		child->theirs[i] = -1;
	}
	if (failed != 0) {
		child->pid = -1;
		return fail_start(run->argv[0], failed, err);
	}
#ifdef SYS_pidfd_open
	child->pidfd = (int)syscall(SYS_pidfd_open, child->pid, 0);
#endif
	if (run->timeout_ms != 0)
		child->deadline = now_ms() + run->timeout_ms;
	return 0;
}

static void
close_end(struct child *child, int which)
{
	file_closep(&child->ours[which]);
	child->ours[which] = -1;
}

/* A child that does not want all its input has its reasons; its exit status tells them. */
static int
feed(struct child *child, struct error *err)
{
	ssize_t	n = write(child->ours[IN], child->input.data, child->input.len);

	int	rc = 0;

	if (n > 0)
		child->input = slice_from(child->input, (size_t)n);
	/* Told when the child has ended: killed at once it might leave a lock behind. */
	if (n < 0 && errno != EAGAIN && errno != EINTR && errno != EPIPE)
		rc = err_errno(err, "cannot write to its standard input");
	if (child->input.len == 0 || rc != 0 || (n < 0 && errno == EPIPE))
		close_end(child, IN);
	return rc;
}

/* Take what is there now; ${more}: there may be more of it. */
static int
collect(struct child *child, int which, bool *more, struct error *err)
{
	struct buf	*into = child->into[which];
	uint8_t		*room, probe;
	size_t		 left = into->max - into->len, want = into->len < COLLECT_LEAST ? COLLECT_LEAST : into->len;
	ssize_t		 n;
	int		 rc;

	if (want > COLLECT_MOST)
		want = COLLECT_MOST;
	if (want > left)
		want = left;
	if (want == 0) {
		n = read(child->ours[which], &probe, 1);
		if (n > 0)
			return err_set(err, ERR_LIMIT, "it printed more than %zu bytes", into->max);
	} else {
		if ((rc = buf_reserve(into, want, &room, err)) != 0)
			return rc;
		n = read(child->ours[which], room, want);
		if (n > 0)
			into->len += (size_t)n;
	}
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		close_end(child, which);
	*more = n > 0 && (size_t)n == want;
	return 0;
}

/* How long poll() may wait, if not for ever: to the deadline, and a slice where nothing tells that the child ended. */
static int
patience(const struct child *child, struct error *err, int *wait)
{
	int64_t left = INT_MAX;

	if (child->deadline != 0 && (left = child->deadline - now_ms()) <= 0)
		return err_set(err, ERR_TIMEOUT, "it did not end in time");
	if (child->pidfd < 0 && left > POLL_SLICE)
		left = POLL_SLICE;
	if (child->deadline != 0 || child->pidfd < 0)
		*wait = (int)left;
	return 0;
}

/*
 * Until the child has ended, and what it wrote has been read.  The end of the pipes is no sign: a
 * daemon that it left behind may hold them open.
 */
static int
child_tend(struct child *child, int *raw, struct error *err)
{
	int fed = 0;

	for (bool ended = false; !ended;) {
		struct pollfd	polls[CHILD_FDS + 1];
		int		wait = -1, rc = patience(child, err, &wait);
		pid_t		gone = 0;

		if (rc != 0)
			return rc;
		for (int i = 0; i < CHILD_FDS; i++)
			polls[i] = (struct pollfd){ .fd = child->ours[i], .events = i == IN ? POLLOUT : POLLIN };
		polls[CHILD_FDS] = (struct pollfd){ .fd = child->pidfd, .events = POLLIN };
		if (poll(polls, CHILD_FDS + 1, wait) < 0 && errno != EINTR)
			return err_errno(err, "cannot wait for it");
		/* First whether it has ended, then what it left: in this order nothing is missed. */
		if ((child->pidfd < 0 || polls[CHILD_FDS].revents != 0) &&
		    (gone = waitpid(child->pid, raw, WNOHANG)) < 0 && errno != EINTR)
			return err_errno(err, "cannot wait for it");
		if (gone > 0) {
			child->pid = -1;
			ended = true;
		}
		if (child->ours[IN] >= 0 && polls[IN].revents != 0)
			fed = feed(child, err);
		for (int i = OUT; i <= AUX; i++) {
			bool more = child->ours[i] >= 0;

			while (more)
				if ((rc = collect(child, i, &more, err)) != 0)
					return rc;
		}
	}
	return fed;
}

int
run_command(const struct run *run, int *status, struct error *err)
{
	CLEANUP(child_release) struct child	child = { .pid = -1, .pidfd = -1, .ours = { -1, -1, -1, -1 },
						    .theirs = { -1, -1, -1, -1 } };
	struct sigaction			ignore = { .sa_handler = SIG_IGN }, interrupt, quit;
	int					raw = 0, rc;

	if ((rc = child_start(&child, run, err)) != 0)
		return rc;
	/* As system() does: the terminal's keys are meant for the program in front. */
	if (run->interactive) {
		(void)sigaction(SIGINT, &ignore, &interrupt);
		(void)sigaction(SIGQUIT, &ignore, &quit);
	}
	rc = child_tend(&child, &raw, err);
	if (run->interactive) {
		(void)sigaction(SIGINT, &interrupt, NULL);
		(void)sigaction(SIGQUIT, &quit, NULL);
	}
	if (rc != 0)
		return err_wrap(err, "'%s' was stopped", run->argv[0]);
	*status = decode_status(raw);
	return 0;
}

int
run_replace(const char *const *argv, struct error *err)
{
	CLEANUP(buf_release) struct buf	path = BUF(PATH_MAX);
	int				rc = run_find(argv[0], &path, err);

	return rc != 0 ? rc : run_replace_path((const char *)path.data, argv, err);
}

int
run_replace_path(const char *path, const char *const *argv, struct error *err)
{
	(void)signal(SIGPIPE, SIG_DFL);
	(void)execv(path, (char *const *)(uintptr_t)argv);
	return fail_start(path, errno, err);
}

/* --- a program of ours that we talk with --------------------------------------------------------------------------- */

static int
peer_start(const char *const *argv, bool quiet, struct run_peer *out, struct error *err)
{
	int	ends[2], fds[CHILD_FDS] = { -1, -1, -1, -1 }, failed, rc = 0;
	pid_t	pid = -1;

	if ((rc = check_program(argv[0], err)) != 0)
		return rc;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		return err_errno(err, "cannot make a socket");
	ends[0] = move_up(ends[0]);
	ends[1] = move_up(ends[1]);
	fds[0] = fds[1] = ends[1];
	if (quiet)
		rc = open_null(O_WRONLY, &fds[ERR], err);
	if (rc == 0 && (ends[0] < 0 || ends[1] < 0))
		rc = err_errno(err, "cannot make a socket");
	else if (rc == 0 && (failed = spawn(argv[0], argv, (const char *const *)(uintptr_t)environ, fds, &pid)) != 0)
		rc = fail_start(argv[0], failed, err);
	file_closep(&ends[1]);
	file_closep(&fds[ERR]);
	if (rc != 0) {
		file_closep(&ends[0]);
		return rc;
	}
	*out = (struct run_peer){ .pid = pid, .fd = ends[0] };
	return 0;
}

int
run_reader_start(const char *const *argv, struct run_peer *out, struct error *err)
{
	CLEANUP(child_release) struct child child = { .pid = -1, .pidfd = -1, .ours = { -1, -1, -1, -1 }, .theirs = { -1, -1, -1, -1 } };
	int failed, rc;

	if ((rc = check_program(argv[0], err)) != 0 || (rc = open_null(O_RDONLY, &child.theirs[IN], err)) != 0 ||
	    (rc = open_pipe(&child, OUT, err)) != 0)
		return rc;
	if ((failed = spawn(argv[0], argv, (const char *const *)(uintptr_t)environ, child.theirs, &child.pid)) != 0) {
		child.pid = -1;
		return fail_start(argv[0], failed, err);
	}
	*out = (struct run_peer){ .pid = child.pid, .fd = child.ours[OUT] };
	child.pid = child.ours[OUT] = -1;
	return 0;
}

int
run_peer_start(const char *const *argv, struct run_peer *out, struct error *err)
{
	return peer_start(argv, false, out, err);
}

int
run_peer_start_quiet(const char *const *argv, struct run_peer *out, struct error *err)
{
	return peer_start(argv, true, out, err);
}

void
run_peer_stop(struct run_peer *peer, unsigned patience_ms, int *status_opt)
{
	const struct timespec	moment = { 0, 1000000 };
	int64_t			end = now_ms() + patience_ms;
	int			raw = 0;
	pid_t			gone = 0;

	file_closep(&peer->fd);
	peer->fd = -1;
	if (peer->pid <= 0)
		return;
	while ((gone = waitpid(peer->pid, &raw, WNOHANG)) == 0 && now_ms() < end)
		(void)nanosleep(&moment, NULL);
	if (gone == 0) {
		(void)kill(peer->pid, SIGKILL);
		wait_for(peer->pid, &raw);
	}
	peer->pid = -1;
	if (status_opt != NULL)
		*status_opt = decode_status(raw);
}

void
run_peer_kill(struct run_peer *peer)
{
	run_peer_stop(peer, 0, NULL);
}
