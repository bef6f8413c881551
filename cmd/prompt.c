#include "cmd/prompt.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <termios.h>
#include <unistd.h>

#include "base/ask.h"
#include "base/file.h"
#include "base/utf8.h"
#include "cmd/cli.h"

#define ANSWER_MAX	4096		/* what a terminal takes in one line */

/* --- the terminal ----------------------------------------------------------------------------------------------- */

struct terminal {
	int		in, out;	/* both may be the same */
	int		opened;		/* ours to close, or -1 */
	bool		quiet;		/* echo is off, ${before} is what it was */
	struct termios	before;
};

static void
terminal_close(struct terminal *terminal)
{
	if (terminal->quiet)
		(void)tcsetattr(terminal->in, TCSAFLUSH, &terminal->before);
	terminal->quiet = false;
	file_closep(&terminal->opened);
	terminal->opened = -1;
}

static int
terminal_open(struct terminal *terminal, struct error *err)
{
	cli_progress_end();
	terminal->opened = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	terminal->in = terminal->out = terminal->opened;
	if (terminal->opened >= 0)
		return 0;
	if (!isatty(STDIN_FILENO))
		return err_set(err, ERR_UNSUPPORTED, "there is no terminal to ask at");
	terminal->in = STDIN_FILENO;
	terminal->out = STDERR_FILENO;
	return 0;
}

/* Typed text is not shown, but the line break at its end is. */
static int
terminal_hush(struct terminal *terminal, struct error *err)
{
	struct termios quiet;

	if (tcgetattr(terminal->in, &terminal->before) != 0)
		return err_errno(err, "cannot read the state of the terminal");
	quiet = terminal->before;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	quiet.c_lflag |= ICANON | ISIG | ECHONL;
	terminal->quiet = true;
	if (tcsetattr(terminal->in, TCSAFLUSH, &quiet) != 0)
		return err_errno(err, "cannot hide what is typed");
	return 0;
}

/* --- signals: noted, answered when the terminal is as it was ---------------------------------------------------- */

static const int		signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP };
#define SIGNALS			(sizeof(signals) / sizeof(*signals))
static volatile sig_atomic_t	caught;

static void
note_signal(int number)
{
	caught = number;
}

/* Blocked but for the moments in which we wait: none can come between the look and the waiting. */
struct watch {
	struct sigaction	before[SIGNALS];
	sigset_t		mask;		/* as it was */
};

static void
catch_signals(struct watch *watch)
{
	struct sigaction	note = { .sa_handler = note_signal };
	sigset_t		block;

	caught = 0;
	(void)sigemptyset(&note.sa_mask);
	(void)sigemptyset(&block);
	for (size_t i = 0; i < SIGNALS; i++)
		(void)sigaddset(&block, signals[i]);
	(void)sigprocmask(SIG_BLOCK, &block, &watch->mask);
	for (size_t i = 0; i < SIGNALS; i++) {
		(void)sigaction(signals[i], &note, &watch->before[i]);
		/* What was ignored when we were started stays so. */
		if (watch->before[i].sa_handler == SIG_IGN)
			(void)sigaction(signals[i], &watch->before[i], NULL);
	}
}

static void
release_signals(const struct watch *watch)
{
	(void)sigprocmask(SIG_SETMASK, &watch->mask, NULL);
	for (size_t i = 0; i < SIGNALS; i++)
		(void)sigaction(signals[i], &watch->before[i], NULL);
}

/* --- asking ----------------------------------------------------------------------------------------------------- */

/* Foreign text must not move the cursor, hide a word or forge a prompt. */
static int
show(const struct terminal *terminal, const char *text, const char *end, struct error *err)
{
	CLEANUP(buf_release) struct buf	line = BUF(64 * 1024);
	struct slice			rest = slice_str(text);
	int				rc = 0;

	while (rest.len > 0 && rc == 0) {
		uint32_t	point;
		size_t		len = utf8_decode(rest, &point);
		bool		fine = len > 0 && utf8_is_printable(point);

		rc = fine ? buf_append(&line, slice_sub(rest, 0, len), err) : buf_byte(&line, '?', err);
		rest = slice_from(rest, len > 0 ? len : 1);
	}
	if (rc != 0 || (rc = buf_str(&line, end, err)) != 0)
		return rc;
	return file_write_all(terminal->out, buf_slice(&line), err);
}

/* One line, or the signal that came in its place. */
static int
read_answer(const struct terminal *terminal, const sigset_t *waiting, struct buf *out, struct error *err)
{
	for (;;) {
		WIPED(byte, 1);
		fd_set	set;
		ssize_t	n;
		int	rc;

		FD_ZERO(&set);
		FD_SET(terminal->in, &set);
		n = pselect(terminal->in + 1, &set, NULL, NULL, NULL, waiting);
		if (n > 0)
			n = read(terminal->in, byte, 1);
		if (n < 0 && errno == EINTR && caught == 0)
			continue;
		if (n < 0 && errno != EINTR)
			return err_errno(err, "cannot read from the terminal");
		if (n <= 0)
			return err_set(err, ERR_CANCELLED, "no answer was given");
		if (*byte == '\n' || *byte == '\r')
			return 0;
		if ((rc = buf_byte(out, *byte, err)) != 0)
			return rc;
	}
}

/* ERR_CANCELLED and ${caught} set: a signal came in between. */
static int
converse(const char *prompt, bool hidden, const sigset_t *waiting, struct buf *out, struct error *err)
{
	CLEANUP(terminal_close) struct terminal	terminal = { .in = -1, .opened = -1 };
	struct error				unheard = ERROR_INIT;
	int					rc;

	if ((rc = terminal_open(&terminal, err)) != 0 || (hidden && (rc = terminal_hush(&terminal, err)) != 0) ||
	    (rc = show(&terminal, prompt, "", err)) != 0)
		return rc;
	if ((rc = read_answer(&terminal, waiting, out, err)) != 0)
		(void)show(&terminal, "", "\n", &unheard);	/* ends the line that was not */
	return rc;
}

static int
ask(const char *prompt, bool hidden, struct buf *out, struct error *err)
{
	struct watch	watch;
	size_t		start = out->len;
	int		rc, number;

	do {
		struct error why = ERROR_INIT;

		buf_truncate(out, start);
		catch_signals(&watch);
		rc = converse(prompt, hidden, &watch.mask, out, &why);
		release_signals(&watch);
		number = rc != 0 ? caught : 0;
		/* Now it may end us, or stop us: then the question is asked again when we go on. */
		if (number != 0)
			(void)kill(getpid(), number);
		if (rc != 0 && number != SIGTSTP)
			return err_set(err, why.kind, "%s", why.text);
	} while (rc != 0);
	return 0;
}

static int
ask_hidden(const char *prompt, struct secret **out, struct error *err)
{
	CLEANUP(buf_release) struct buf	answer = BUF_SECRET(ANSWER_MAX);
	int				rc;

	if ((rc = ask(prompt, true, &answer, err)) != 0)
		return rc;
	if (answer.len == 0)
		return err_set(err, ERR_CANCELLED, "no answer was given");
	return secret_copy(buf_slice(&answer), out, err);
}

static int
ask_shown(const char *prompt, struct buf *out, struct error *err)
{
	return ask(prompt, false, out, err);
}

static int
tell(const char *text, struct error *err)
{
	CLEANUP(terminal_close) struct terminal	terminal = { .in = -1, .opened = -1 };
	int					rc;

	if ((rc = terminal_open(&terminal, err)) != 0)
		return rc;
	return show(&terminal, text, "\n", err);
}

void
prompt_install(void)
{
	static const struct asker asker = { ask_hidden, ask_shown, tell };

	ask_through(&asker);
}
