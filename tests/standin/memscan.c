/*
 * memscan MARKER COMMAND [ARGUMENT...]
 *
 * Run a command, stop it (and every program of ours that it starts: an editor may know what it edits) just before it
 * exits, and look for MARKER in all of its memory.  The argument vector itself is not looked at: the marker comes as hexadecimal digits of its bytes, so that it
 * stands nowhere but where the program put it.
 *
 * Exit status: 0 found nowhere, 1 found (each place is printed), 2 could not look, 3 the command failed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define MARKER_MAX	256
#define CHUNK		((size_t)1 << 20)

static unsigned char	marker[MARKER_MAX];
static size_t		marker_len;

static void
give_up(const char *what)
{
	fprintf(stderr, "memscan: %s: %s\n", what, strerror(errno));
	exit(2);
}

static size_t
scan_range(pid_t pid, unsigned long start, unsigned long end, const char *name)
{
	static unsigned char	bytes[CHUNK + MARKER_MAX];
	size_t			found = 0;

	for (unsigned long at = start; at < end; at += CHUNK) {
		size_t		want = end - at < CHUNK + marker_len ? end - at : CHUNK + marker_len;
		struct iovec	to = { bytes, want }, from = { (void *)at, want };
		ssize_t		got = process_vm_readv(pid, &to, 1, &from, 1, 0);

		/* Guard pages and the like cannot be read, and hold nothing. */
		if (got < 0)
			return found;
		for (unsigned char *p = bytes; got > 0 &&
		    (p = memmem(p, (size_t)(bytes + got - p), marker, marker_len)) != NULL; p++) {
			printf("found at %#lx in %s\n", at + (unsigned long)(p - bytes), name);
			found++;
		}
	}
	return found;
}

static size_t
scan(pid_t pid)
{
	char	path[64], line[4096], permissions[8], name[4096];
	FILE	*maps;
	size_t	found = 0, ranges = 0;

	(void)snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	if ((maps = fopen(path, "r")) == NULL)
		give_up(path);
	while (fgets(line, sizeof(line), maps) != NULL) {
		unsigned long	start, end;

		(void)strcpy(name, "anonymous memory");
		if (sscanf(line, "%lx-%lx %7s %*s %*s %*s %4095[^\n]", &start, &end, permissions, name) < 3)
			continue;
		if (permissions[0] != 'r' || strstr(name, "[vvar]") != NULL || strstr(name, "[vsyscall]") != NULL)
			continue;
		found += scan_range(pid, start, end, name);
		ranges++;
	}
	(void)fclose(maps);
	if (ranges == 0) {
		errno = EPERM;
		give_up("no memory could be read");
	}
	return found;
}

/* "hubsecrets", "hubkeys" and so on. */
static int
is_ours(pid_t pid)
{
	char	path[64], exe[4096];
	ssize_t	len;
	char	*name;

	(void)snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	if ((len = readlink(path, exe, sizeof(exe) - 1)) < 0)
		give_up(path);
	exe[len] = '\0';
	name = strrchr(exe, '/');
	return strncmp(name != NULL ? name + 1 : exe, "hub", 3) == 0;
}

int
main(int argc, char **argv)
{
	size_t	found = 0, exits = 0;
	pid_t	first, pid;
	int	status, result = 0;

	if (argc < 3 || strlen(argv[1]) % 2 != 0 || strlen(argv[1]) / 2 > MARKER_MAX) {
		fprintf(stderr, "usage: memscan HEX command [argument ...]\n");
		return 2;
	}
	for (marker_len = 0; argv[1][2 * marker_len] != '\0'; marker_len++) {
		unsigned byte;

		if (sscanf(argv[1] + 2 * marker_len, "%2x", &byte) != 1)
			return 2;
		marker[marker_len] = (unsigned char)byte;
	}
	if ((first = fork()) < 0)
		give_up("fork");
	if (first == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
			give_up("ptrace");
		(void)raise(SIGSTOP);
		(void)execvp(argv[2], argv + 2);
		give_up(argv[2]);
	}
	if (waitpid(first, &status, 0) < 0 || ptrace(PTRACE_SETOPTIONS, first, NULL,
	    PTRACE_O_TRACEEXIT | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL) != 0)
		give_up("ptrace");
	(void)ptrace(PTRACE_CONT, first, NULL, NULL);
	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		long signal = 0;

		if (WIFEXITED(status) || WIFSIGNALED(status)) {
			if (pid == first)
				result = WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : 3;
			continue;
		}
		if (status >> 8 == (SIGTRAP | PTRACE_EVENT_EXIT << 8)) {
			if (is_ours(pid)) {
				found += scan(pid);
				exits++;
			}
		} else if (status >> 16 == 0 && WSTOPSIG(status) != SIGSTOP && WSTOPSIG(status) != SIGTRAP) {
			signal = WSTOPSIG(status);
		}
		(void)ptrace(PTRACE_CONT, pid, NULL, signal);
	}
	if (exits == 0) {
		errno = ESRCH;
		give_up("no process was stopped before its exit");
	}
	return found > 0 ? 1 : result;
}
