#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/account.h"
#include "base/arena.h"
#include "base/fifo.h"
#include "base/limits.h"
#include "base/relay.h"
#include "base/tmpdir.h"
#include "cmd/hubsecrets/hubsecrets.h"
#include "sops/environ.h"

/*
 * exec-env and exec-file: a command is run with the plaintext in its environment, or under a name.  Never in its arguments, which
 * every user of the machine can read.  What was decrypted is wiped here as soon as the command has it, since that may run for days.
 */
extern char **environ;

/* --- the command ----------------------------------------------------------------------------------------------------- */

struct command {
	const struct cli_args	*args;
	size_t			 files;		/* the operands in front of it */
	const char		*const *words;	/* behind them */
	bool			 shell;		/* one word, for /bin/sh */
	const char		*argv[4];	/* what is run, when it is the shell */
};

/* The words of sops, for every mistake in the number of operands. */
static int
fail_count(const struct cli_args *args, const char *hint, struct error *err)
{
	if (args->drop_in && hint != NULL)
		err_set(err, ERR_USAGE, "error: missing file to decrypt; the command must be one argument, in quotes");
	else if (args->drop_in)
		err_set(err, ERR_USAGE, "error: missing file to decrypt");
	else
		err_set(err, ERR_USAGE, "'%s' needs a file and a command", args->verb->name);
	if (hint != NULL)
		err_hint(err, "%s", hint);
	return stage_failed(args, STAGE_OPTIONS, err);
}

/*
 * "FILE COMMAND": a line for the shell.  "FILE -- PROGRAM ARGUMENT...": a program, without one; but under the name of sops that is a
 * line for the shell, too.  ${several}: files.
 */
static int
command_find(struct command *command, bool several, struct error *err)
{
	const struct cli_args	*args = command->args;
	bool			 dashes = !args->drop_in && args->before_dashes < args->count && args->before_dashes != 0;

	if (args->count < 2)
		return fail_count(args, NULL, err);
	if (!dashes && args->count > 2)
		return fail_count(args, "a program and its arguments stand behind '--': exec-env FILE -- PROGRAM ARGUMENT...", err);
	if (dashes && args->before_dashes > 1 && !several)
		return fail_count(args, "it takes one file", err);
	command->files = dashes ? args->before_dashes : 1;
	command->words = args->operands + command->files;
	command->shell = !dashes;
	return 0;
}

static const char *const *
command_argv(struct command *command)
{
	if (!command->shell)
		return command->words;
	command->argv[0] = "/bin/sh";
	command->argv[1] = "-c";
	command->argv[2] = command->words[0];
	command->argv[3] = NULL;
	return command->argv;
}

/* --- running it ------------------------------------------------------------------------------------------------------ */

static int
failed_to_run(const struct cli_args *args, struct error *err)
{
	/* As a shell has it: nothing of the command ran. */
	*args->status = err->kind == ERR_NOT_FOUND ? 127 : 126;
	return (int)err->kind;
}

/* As Go names it, whose words scripts may look for: "signal: killed". */
static int
failed_by_signal(const struct cli_args *args, int number, struct error *err)
{
	CLEANUP(buf_release) struct buf name = BUF(256);
	struct error ignored = ERROR_INIT;

	relay_end_as(number);
	if (buf_str(&name, strsignal(number), &ignored) != 0 || name.len == 0)
		return err_set(err, ERR_CHILD, "signal: %d", number);
	name.data[0] = (uint8_t)tolower(name.data[0]);
	*args->status = 255;
	if (args->drop_in)
		return err_set(err, ERR_CHILD, "signal: %.*s", SLICE_ARG(buf_slice(&name)));
	return err_set(err, ERR_CHILD, "the command was ended by signal %d, %.*s", number, SLICE_ARG(buf_slice(&name)));
}

/* Its end is ours. */
static int
finish(const struct cli_args *args, pid_t pid, struct error *err)
{
	int status;

	if (relay_wait(pid, &status, err) != 0)
		return stage_failed(args, STAGE_OTHER, err);
	if (status < 0)
		return failed_by_signal(args, -status, err);
	*args->status = status;
	if (status != 0 && args->drop_in)
		return err_set(err, ERR_CHILD, "exit status %d", status);
	return 0;
}

static int
check_options(const struct cli_args *args, struct error *err)
{
	const struct options *o = args->options;

	if (o->background && args->drop_in) {
		CLEANUP(buf_release) struct buf line = BUF(1024);
		char		when[64] = "";
		time_t		now = time(NULL);
		struct tm	utc;

		if (gmtime_r(&now, &utc) != NULL)
			(void)strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &utc);
		if (buf_printf(&line, err, "[CMD]\t time=\"%s\" level=warning msg=\"%s's --background option is deprecated and will be "
		    "removed in a future version of sops\"\n", when, args->verb->name) != 0)
			return stage_failed(args, STAGE_OTHER, err);
		cli_report(buf_slice(&line));
	}
	if (!o->background || !o->same_process)
		return 0;
	err_set(err, ERR_CONFLICT, "Error: The --same-process flag cannot be used with --background");
	return stage_failed(args, STAGE_OPTIONS, err);
}

/* --user: from here on this process is that user's. */
static int
become_user(const struct cli_args *args, struct environ *environment, struct error *err)
{
	const struct options	*o = args->options;
	struct account		 account;

	if (o->user == NULL || *o->user == '\0')
		return 0;
	if (account_find(o->user, &account, err) != 0 || account_become(&account, err) != 0 ||
	    environ_put(environment, SLICE("HOME"), slice_str(account.home), err) != 0 ||
	    environ_put(environment, SLICE("USER"), slice_str(account.name), err) != 0 ||
	    environ_put(environment, SLICE("LOGNAME"), slice_str(account.name), err) != 0)
		return stage_failed(args, STAGE_OTHER, err);
	return 0;
}

/* --background: ${parent} tells that there is nothing more to do here; a process of its own looks after the command. */
static int
go_to_background(const struct cli_args *args, bool *parent, struct error *err)
{
	const struct options	*o = args->options;
	pid_t			 pid;
	int			 null;

	*parent = false;
	if (!o->background)
		return 0;
	if ((pid = fork()) < 0 || (pid == 0 && (null = open("/dev/null", O_RDWR | O_CLOEXEC)) < 0)) {
		err_errno(err, "cannot go to the background");
		return stage_failed(args, STAGE_OTHER, err);
	}
	*parent = pid != 0;
	for (int fd = 0; fd <= 2 && pid == 0; fd++)
		(void)dup2(null, fd);
	return 0;
}

static const char *const *
base_environment(const struct options *o)
{
	return o->pristine ? NULL : (const char *const *)(uintptr_t)environ;
}

/* --- exec-env -------------------------------------------------------------------------------------------------------- */

static int
open_file(struct job *job, const char *path, bool to_environment, struct error *err)
{
	struct decrypt_options options = { .ignore_mac = job->options->ignore_mac };

	if (job_start_file(job, path, err) != 0 || stage_absent(job->args, path, err) != 0)
		return (int)err->kind;
	options.typed = to_environment || job->out_store != job->store;
	if (job_read(job, err) != 0 || job_config(job, false, err) != 0 || job_load(job, err) != 0)
		return (int)err->kind;
	return job_open(job, &options, err);
}

static int
add_file(struct job *job, const char *path, struct environ *environment, struct error *err)
{
	CLEANUP(document_freep) struct document *doc = NULL;

	if (open_file(job, path, true, err) != 0)
		return (int)err->kind;
	if (document_parse(buf_slice(&job->opened.plain), job->store->plain, &doc, err) == 0 && environ_add(environment, doc, err) == 0)
		return 0;
	if (err->line != 0 && !job->args->drop_in)
		err_file(err, path);
	else
		err->line = 0;
	return stage_failed(job->args, STAGE_OTHER, err);
}

static int
add_files(const struct command *command, struct environ *environment, struct error *err)
{
	struct keyring *ring = NULL;

	for (size_t i = 0; i < command->files; i++) {
		CLEANUP(job_release) struct job job = JOB(command->args);

		job.ring = ring;
		if (add_file(&job, command->args->operands[i], environment, err) != 0)
			return (int)err->kind;
		ring = TAKE(job.ring);
	}
	keyring_free(ring);
	return 0;
}

static int
run_with(struct command *command, struct environ *environment, struct error *err)
{
	const struct cli_args	*args = command->args;
	const struct options	*o = args->options;
	const char *const	*env;
	bool			 parent;
	pid_t			 pid;

	if (environ_entries(environment, base_environment(o), &env, err) != 0 || go_to_background(args, &parent, err) != 0)
		return stage_failed(args, STAGE_OTHER, err);
	if (parent)
		return 0;
	if (o->same_process) {
		(void)relay_replace(command_argv(command), env, err);
		return failed_to_run(args, err);
	}
	if (relay_start(command_argv(command), env, &pid, err) != 0)
		return failed_to_run(args, err);
	environ_release(environment);
	return finish(args, pid, err);
}

int
verb_exec_env(const struct cli_args *args, struct error *err)
{
	CLEANUP(environ_release) struct environ user = ENVIRON, environment = ENVIRON;
	struct command command = { .args = args };

	if (check_options(args, err) != 0 || command_find(&command, true, err) != 0)
		return (int)err->kind;
	if (add_files(&command, &environment, err) != 0)
		return (int)err->kind;
	/* What is in the file wins over what --user says. */
	if (become_user(args, &user, err) != 0)
		return (int)err->kind;
	if (buf_append(&user.text, buf_slice(&environment.text), err) != 0)
		return stage_failed(args, STAGE_OTHER, err);
	environ_release(&environment);
	return run_with(&command, &user, err);
}

/* --- exec-file ------------------------------------------------------------------------------------------------------- */

/* "{}" in every word of the command is the path. */
static int
put_path(struct command *command, const char *path, struct arena *arena, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF(LIMIT_DOCUMENT);
	size_t			 count = 0;
	const char		**words;
	struct slice		 kept;
	void			*room;

	while (command->words[count] != NULL)
		count++;
	if (arena_alloc(arena, (count + 1) * sizeof(*words), &room, err) != 0)
		return (int)err->kind;
	words = room;
	words[count] = NULL;
	for (size_t i = 0; i < count; i++) {
		const char *word = command->words[i], *next;

		buf_reset(&text);
		for (; (next = strstr(word, "{}")) != NULL; word = next + 2)
			if (buf_append(&text, slice_of(word, (size_t)(next - word)), err) != 0 || buf_str(&text, path, err) != 0)
				return (int)err->kind;
		if (buf_str(&text, word, err) != 0 || arena_copy(arena, buf_slice(&text), &kept, err) != 0)
			return (int)err->kind;
		words[i] = (const char *)kept.data;
	}
	command->words = words;
	return 0;
}

static int
check_name(const struct cli_args *args, const char *name, struct error *err)
{
	if (strchr(name, '/') == NULL && strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
		return 0;
	err_set(err, ERR_PATH, "The provided filename is not a local path.");
	err_hint(err, "--filename takes the name of a file, without a folder");
	return stage_failed(args, STAGE_OTHER, err);
}

struct served {
	struct tmpdir	*folder;
	pid_t		 server;
	struct arena	 arena;
};

static void
served_release(struct served *served)
{
	fifo_stop(&served->server);
	tmpdir_free(served->folder);
	arena_release(&served->arena);
}

/* The plaintext under a name, in a folder that is gone when the command is. */
static int
serve(struct served *served, const struct options *o, struct slice plain, const char **path, struct error *err)
{
	CLEANUP(buf_release) struct buf full = BUF(LIMIT_CONFIG);
	const char	*name = o->file_name != NULL && *o->file_name != '\0' ? o->file_name : "tmp-file";
	struct slice	 kept;

	if (tmpdir_new(&served->folder, err) != 0)
		return (int)err->kind;
	if (o->no_fifo) {
		tmpdir_guard(served->folder);
		if (tmpdir_on_disk(served->folder))
			cli_warn("the plaintext lies in '%s' while the command runs, which is on a disk", tmpdir_path(served->folder));
		return tmpdir_file(served->folder, name, plain, path, err);
	}
	if (buf_printf(&full, err, "%s/%s", tmpdir_path(served->folder), name) != 0 ||
	    arena_copy(&served->arena, buf_slice(&full), &kept, err) != 0)
		return (int)err->kind;
	*path = (const char *)kept.data;
	return fifo_serve(*path, plain, &served->server, err);
}

static int
run_on(struct command *command, struct environ *environment, struct buf *plain, struct error *err)
{
	CLEANUP(served_release) struct served served = { .arena = ARENA(LIMIT_DOCUMENT) };
	const struct cli_args	*args = command->args;
	const struct options	*o = args->options;
	const char *const	*env, *path;
	pid_t			 pid;

	if (serve(&served, o, buf_slice(plain), &path, err) != 0)
		return stage_failed(args, STAGE_WRITE, err);
	buf_release(plain);
	if (put_path(command, path, &served.arena, err) != 0 ||
	    environ_entries(environment, base_environment(o), &env, err) != 0)
		return stage_failed(args, STAGE_OTHER, err);
	if (relay_start(command_argv(command), env, &pid, err) != 0)
		return failed_to_run(args, err);
	return finish(args, pid, err);
}

static int
read_plain(const struct command *command, struct buf *out, struct error *err)
{
	CLEANUP(job_release) struct job job = JOB(command->args);

	if (open_file(&job, command->args->operands[0], false, err) != 0)
		return (int)err->kind;
	return decrypt_text(&job, out, err);
}

int
verb_exec_file(const struct cli_args *args, struct error *err)
{
	CLEANUP(environ_release) struct environ environment = ENVIRON;
	CLEANUP(buf_release) struct buf plain = BUF_SECRET(LIMIT_DOCUMENT);
	const struct options	*o = args->options;
	struct command		 command = { .args = args };
	bool			 parent;

	if (check_options(args, err) != 0 || command_find(&command, false, err) != 0 ||
	    (o->file_name != NULL && check_name(args, o->file_name, err) != 0))
		return (int)err->kind;
	/* All that is secret but the plaintext is gone before the user changes and the command begins. */
	if (read_plain(&command, &plain, err) != 0 || become_user(args, &environment, err) != 0 ||
	    go_to_background(args, &parent, err) != 0)
		return (int)err->kind;
	return parent ? 0 : run_on(&command, &environment, &plain, err);
}
