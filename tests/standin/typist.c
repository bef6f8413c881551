#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

/*
 * Somebody at a terminal, for the tests:
 *	typist SHOWN ECHO [WORDS ANSWER]... -- COMMAND...
 * runs a command with a terminal of its own; its standard streams stay ours.  Each time WORDS have been shown there, ANSWER is typed
 * ("^C" and "^Z" are those keys; nothing stops in a session that no shell watches).  All that the terminal showed goes to the file SHOWN, whether
 * it echoed what is typed when the command had ended ("echo", "no echo") to the file ECHO.  The exit status is the
 * command's, 128 and the signal that ended it, or 99 when the words did not come.
 */
#define PATIENCE_MS	60000

static char	shown[65536];
static size_t	shown_len, asked_at;

static void
fail(const char *what)
{
	(void)fprintf(stderr, "typist: %s: %s\n", what, strerror(errno));
	exit(99);
}

static void
put_file(const char *path, const void *bytes, size_t len)
{
	FILE *file = fopen(path, "we");

	if (file == NULL || fwrite(bytes, 1, len, file) != len || fclose(file) != 0)
		fail(path);
}

static pid_t
start(int slave, char **argv)
{
	pid_t pid = fork();

	if (pid < 0)
		fail("fork");
	if (pid == 0) {
		(void)signal(SIGINT, SIG_DFL);		/* a shell's background jobs ignore it */
		(void)signal(SIGQUIT, SIG_DFL);
		if (setsid() < 0 || ioctl(slave, TIOCSCTTY, 0) != 0)
			fail("terminal");
		(void)execvp(argv[0], argv);
		fail(argv[0]);
	}
	return pid;
}

/* Whether ${words} have been shown since the last answer; the terminal is read until then, or until the command ends. */
static int
await(int master, const char *words)
{
	struct pollfd waited = { .fd = master, .events = POLLIN };

	while (memmem(shown + asked_at, shown_len - asked_at, words, strlen(words)) == NULL) {
		ssize_t n;

		if (poll(&waited, 1, PATIENCE_MS) <= 0 || shown_len == sizeof(shown))
			return 0;
		if ((n = read(master, shown + shown_len, sizeof(shown) - shown_len)) <= 0)
			return 0;
		shown_len += (size_t)n;
	}
	asked_at = shown_len;
	return 1;
}

/* What the terminal has shown besides. */
static void
drain(int master)
{
	ssize_t n;

	if (fcntl(master, F_SETFL, O_NONBLOCK) != 0)
		fail("terminal");
	while (shown_len < sizeof(shown) && (n = read(master, shown + shown_len, sizeof(shown) - shown_len)) > 0)
		shown_len += (size_t)n;
}

static void
type(int master, const char *answer)
{
	if (strcmp(answer, "^Z") == 0)
		(void)!write(master, "\x1a", 1);
	else if (strcmp(answer, "^C") == 0)
		(void)!write(master, "\x03", 1);
	else {
		(void)!write(master, answer, strlen(answer));
		(void)!write(master, "\n", 1);
	}
}

int
main(int argc, char **argv)
{
	int		 master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), slave, status, at = 3;
	char		*files[2] = { argc > 2 ? argv[1] : NULL, argc > 2 ? argv[2] : NULL };
	struct termios	 state;
	pid_t		 pid;

	if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0 || (slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC)) < 0)
		fail("terminal");
	while (at < argc && strcmp(argv[at], "--") != 0)
		at++;
	if (files[1] == NULL || at + 1 >= argc || at % 2 != 1) {
		(void)fprintf(stderr, "typist: SHOWN ECHO [WORDS ANSWER]... -- COMMAND...\n");
		return 99;
	}
	pid = start(slave, argv + at + 1);
	for (int i = 3; i < at; i += 2) {
		if (!await(master, argv[i])) {
			(void)kill(pid, SIGKILL);
			put_file(files[0], shown, shown_len);
			return 99;
		}
		type(master, argv[i + 1]);
	}
	/* It may go on asking; nobody answers then. */
	(void)alarm(PATIENCE_MS / 1000);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			fail("wait");
	drain(master);
	put_file(files[0], shown, shown_len);
	if (tcgetattr(slave, &state) != 0)
		fail("terminal");
	put_file(files[1], state.c_lflag & ECHO ? "echo\n" : "no echo\n", state.c_lflag & ECHO ? 5 : 8);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
