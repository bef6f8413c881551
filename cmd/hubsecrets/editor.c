#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/run.h"
#include "cmd/hubsecrets/hubsecrets.h"

#define WORDS_MAX	64

/* One word of SOPS_EDITOR: quotes and backslashes as a shell takes them, but nothing is expanded or run. */
static int
split_word(struct slice *rest, struct buf *word, struct error *err)
{
	uint8_t	quote = 0;
	size_t	i;

	for (i = 0; i < rest->len; i++) {
		uint8_t byte = rest->data[i];

		if (quote == 0 && (byte == ' ' || byte == '\t' || byte == '\n'))
			break;
		if (quote == 0 ? byte == '\'' || byte == '"' : byte == quote) {
			quote = quote == 0 ? byte : 0;
			continue;
		}
		if (byte == '\\' && quote != '\'' && i + 1 < rest->len)
			byte = rest->data[++i];
		if (buf_byte(word, byte, err) != 0)
			return (int)err->kind;
	}
	if (quote != 0)
		return err_set(err, ERR_EDITOR, "a quote in the editor's command is not closed");
	*rest = slice_from(*rest, i);
	return 0;
}

static int
split(struct slice command, struct arena *arena, const char **argv, size_t *count, struct error *err)
{
	struct slice rest = slice_trim(command), kept;

	for (*count = 0; rest.len != 0; rest = slice_trim(rest)) {
		CLEANUP(buf_release) struct buf word = BUF(LIMIT_CONFIG);

		if (*count == WORDS_MAX)
			return err_set(err, ERR_EDITOR, "the editor's command has more than %d words", WORDS_MAX);
		if (split_word(&rest, &word, err) != 0 || arena_copy(arena, buf_slice(&word), &kept, err) != 0)
			return (int)err->kind;
		argv[(*count)++] = (const char *)kept.data;
	}
	return 0;
}

static bool
is_one_of(const char *path, const char *const *names)
{
	const char *slash = strrchr(path, '/'), *base = slash != NULL ? slash + 1 : path;

	for (; *names != NULL; names++)
		if (strcmp(base, *names) == 0)
			return true;
	return false;
}

/* The editor's words: what the user has set, else the first of the usual ones. */
static int
choose(struct arena *arena, const char **argv, size_t *count, struct error *err)
{
	static const char *const	usual[] = { "vim", "nano", "vi" };
	CLEANUP(buf_release) struct buf	path = BUF(LIMIT_CONFIG);
	const char			*command = getenv("SOPS_EDITOR");
	struct error			 ignored = ERROR_INIT;

	if (command == NULL || *command == '\0')
		command = getenv("EDITOR");
	if (command != NULL && *command != '\0') {
		if (split(slice_str(command), arena, argv, count, err) != 0)
			return (int)err->kind;
		if (*count != 0)
			return 0;
	}
	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
		buf_reset(&path);
		if (run_find(usual[i], &path, &ignored) == 0) {
			argv[(*count)++] = usual[i];
			return 0;
		}
		err_reset(&ignored);
	}
	err_set(err, ERR_EDITOR, "no editor available");
	return err_hint(err, "set SOPS_EDITOR or EDITOR");
}

/*
 * Plaintext must not stay behind in swap, backup, undo or history files: those that lie beside the file go with its
 * folder, these flags are for the others.
 */
static void
add_flags(const char **argv, size_t *count)
{
	static const char *const vi[] = { "vim", "nvim", "vi", "view", "vim.basic", "vim.tiny", "vim.nox", NULL };
	static const char *const flags[] = { "-n", "-i", "NONE", "-c", "set nobackup nowritebackup noundofile" };

	if (!is_one_of(argv[0], vi))
		return;
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		argv[(*count)++] = flags[i];
}

int
editor_run(const char *path, struct error *err)
{
	static const char *const	windowed[] = { "code", "code-insiders", "codium", "subl", "zed", "atom", NULL };
	CLEANUP(arena_release) struct arena arena = ARENA(LIMIT_CONFIG);
	const char	*argv[WORDS_MAX + 8];
	size_t		 count = 0;
	struct run	 run = { .argv = argv, .interactive = true };
	int		 status;

	if (choose(&arena, argv, &count, err) != 0)
		return (int)err->kind;
	if (count == 1 && is_one_of(argv[0], windowed))
		cli_warn("'%s' returns before its window is closed; set SOPS_EDITOR to '%s --wait'", argv[0], argv[0]);
	add_flags(argv, &count);
	argv[count++] = path;
	argv[count] = NULL;
	if (run_command(&run, &status, err) != 0) {
		err_wrap(err, "cannot run the editor '%s'", argv[0]);
		return err->kind = ERR_EDITOR;
	}
	if (status > 0)
		return err_set(err, ERR_EDITOR, "the editor '%s' failed: exit status %d", argv[0], status);
	if (status < 0)
		return err_set(err, ERR_EDITOR, "the editor '%s' was ended by signal %d", argv[0], -status);
	return 0;
}

bool
editor_wait_for_enter(void)
{
	char byte;

	for (;;) {
		if (read(STDIN_FILENO, &byte, 1) != 1)
			return false;
		if (byte == '\n')
			return true;
	}
}

int
editor_ask_again(const struct cli_args *args, const char *named, struct error *why, struct error *err)
{
	if (why->line != 0)
		err_file(why, named);
	cli_error(why);
	cli_report(SLICE("Press enter to return to the editor, or Ctrl+C to exit.\n"));
	if (editor_wait_for_enter())
		return 0;
	err_set(err, ERR_CANCELLED, "User canceled operation");
	return stage_failed(args, STAGE_EDIT, err);
}
