/* Everything that a program says on standard error, and documents on standard output. */
#include <stdarg.h>
#include <stdint.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/utf8.h"
#include "cmd/cli.h"

/* Who speaks: one program is one process. */
static struct {
	const char			*name;
	bool				 drop_in;
	const struct cli_manners	*manners;	/* of the drop-in */
	bool				 unheard;	/* who read our standard output has gone */
} voice = { "hub", false, NULL, false };

void
cli_speak_as(const char *name, bool drop_in, const struct cli_manners *manners_opt)
{
	voice.name = name;
	voice.drop_in = drop_in;
	voice.manners = drop_in ? manners_opt : NULL;
}

/* Foreign text with everything that could move a cursor or hide a word made visible. */
static int
visible(struct slice text, bool keep_lines, struct buf *out, struct error *err)
{
	int rc = 0;

	for (size_t i = 0; i < text.len && rc == 0;) {
		uint32_t	point;
		size_t		len = utf8_decode(slice_from(text, i), &point);
		bool		kept = keep_lines && (text.data[i] == '\n' || text.data[i] == '\t');

		if (len == 0)
			rc = buf_printf(out, err, "\\x%02x", text.data[i]);
		else if (kept || utf8_is_printable(point))
			rc = buf_append(out, slice_sub(text, i, i + len), err);
		else
			rc = buf_printf(out, err, point < 0x100 ? "\\x%02x" : "\\u{%x}", (unsigned)point);
		i += len != 0 ? len : 1;
	}
	return rc;
}

/* --- progress --------------------------------------------------------------------------------------------------------- */

#define PROGRESS_PAUSE_MS	100
#define LINE_ERASE		"\r\033[K"

static struct {
	bool	begun, terminal, shown;
	int64_t	next;			/* when the line may be replaced */
} progress;

static int64_t
now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
erase_progress(void)
{
	struct error unheard = ERROR_INIT;

	if (progress.shown && file_write_all(STDERR_FILENO, SLICE(LINE_ERASE), &unheard) != 0)
		err_reset(&unheard);
	progress.shown = false;
}

void
cli_progress(const char *format, ...)
{
	CLEANUP(buf_release) struct buf	line = BUF(4096);
	struct error			unheard = ERROR_INIT;
	char				text[256];
	va_list				arguments;

	if (!progress.begun) {
		const char *kind = getenv("TERM");

		progress.begun = true;
		progress.terminal = isatty(STDERR_FILENO) == 1 && kind != NULL && strcmp(kind, "dumb") != 0;
		progress.next = now_ms() + PROGRESS_PAUSE_MS;
	}
	if (!progress.terminal || now_ms() < progress.next)
		return;
	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	/* Cut to what a narrow terminal shows: a line that wraps could not be taken away. */
	if (buf_str(&line, LINE_ERASE, &unheard) != 0 || visible(slice_sub(slice_str(text), 0, 78), false, &line, &unheard) != 0 ||
	    file_write_all(STDERR_FILENO, buf_slice(&line), &unheard) != 0)
		return;
	progress.shown = true;
	progress.next = now_ms() + PROGRESS_PAUSE_MS;
}

void
cli_progress_now(void)
{
	progress.next = 0;
}

void
cli_progress_end(void)
{
	erase_progress();
}

/* --- lines ------------------------------------------------------------------------------------------------------------ */

/* In one write, so that lines of parallel programs do not mix.  Nothing can be done about a failure here. */
static void
say(struct slice prefix, struct slice text, bool keep_lines)
{
	CLEANUP(buf_release) struct buf	line = BUF(1024 * 1024);
	struct error			unheard = ERROR_INIT;

	erase_progress();
	if (buf_append(&line, prefix, &unheard) != 0 || visible(text, keep_lines, &line, &unheard) != 0 ||
	    (!keep_lines && buf_byte(&line, '\n', &unheard) != 0) ||
	    file_write_all(STDERR_FILENO, buf_slice(&line), &unheard) != 0)
		return;
}

static void PRINTF_LIKE(3, 0)
say_format(const char *kind, bool named, const char *format, va_list arguments)
{
	char text[2048], prefix[80] = "";

	if (named)
		(void)snprintf(prefix, sizeof(prefix), "%s: %s", voice.name, kind);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	say(slice_str(prefix), slice_str(text), false);
}

void
cli_warn(const char *format, ...)
{
	va_list arguments;

	if (voice.drop_in)
		return;
	va_start(arguments, format);
	say_format("warning: ", true, format, arguments);
	va_end(arguments);
}

void
cli_note(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say_format("", !voice.drop_in, format, arguments);
	va_end(arguments);
}

void
cli_report(struct slice text)
{
	say(SLICE_NONE, text, true);
}

void
cli_error(const struct error *err)
{
	char		 place[ERR_PATH_MAX + 32] = "", line[sizeof(place) + ERR_TEXT_MAX + 80];
	bool		 hint = !voice.drop_in;
	const char	*prefix = voice.drop_in ? "" : voice.name;

	if (voice.manners != NULL)
		prefix = voice.manners->prefix(err, &hint);
	/* A verb that has told its story already leaves the text empty. */
	if (err->text[0] == '\0' || voice.unheard)
		return;
	if (err->line != 0 && err->column != 0)
		(void)snprintf(place, sizeof(place), "%s%s%u:%u: ", err->path, err->path[0] != '\0' ? ":" : "line ",
		    err->line, err->column);
	else if (err->line != 0)
		(void)snprintf(place, sizeof(place), "%s%s%u: ", err->path, err->path[0] != '\0' ? ":" : "line ", err->line);
	else if (err->path[0] != '\0')
		(void)snprintf(place, sizeof(place), "%s: ", err->path);
	(void)snprintf(line, sizeof(line), "%s%s%s%s", prefix, *prefix != '\0' ? ": " : "", place, err->text);
	say(SLICE_NONE, slice_str(line), false);
	if (err->hint[0] != '\0' && hint)
		say(SLICE("hint: "), slice_str(err->hint), false);
}

int
cli_retell(const struct cli_args *args, struct error *err, const char *format, ...)
{
	char	line[2048];
	va_list	arguments;

	if (!args->drop_in)
		return err->kind;
	va_start(arguments, format);
	(void)vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	say(SLICE_NONE, slice_str(line), false);
	err->text[0] = '\0';
	return err->kind;
}

int
cli_output(struct slice bytes, struct error *err)
{
	if (file_write_all(STDOUT_FILENO, bytes, err) == 0)
		return 0;
	voice.unheard = errno == EPIPE;
	return err_wrap(err, "cannot write standard output");
}

int
cli_flush(struct error *err)
{
	if (fflush(stdout) == 0)
		return 0;
	voice.unheard = errno == EPIPE;
	return err_errno(err, "cannot write standard output");
}

void
cli_end_unheard(void)
{
	if (!voice.unheard)
		return;
	(void)signal(SIGPIPE, SIG_DFL);
	(void)raise(SIGPIPE);
}
