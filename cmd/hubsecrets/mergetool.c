#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/run.h"
#include "base/tmpdir.h"
#include "cmd/hubsecrets/three.h"

/*
 * After a merge that the driver could not do: both sides' plaintext in the editor, with git's conflict markers, and what the user makes
 * of it encrypted into the file and added to git's index.
 */
struct session {
	struct three	 three;
	struct tmpdir	*folder;
	const char	*file;			/* in it */
	struct buf	 text, edited, out;
};
#define SESSION(arguments)											\
	((struct session){ .three = THREE(arguments), .text = BUF_SECRET(LIMIT_DOCUMENT),			\
	    .edited = BUF_SECRET(LIMIT_DOCUMENT), .out = BUF(LIMIT_DOCUMENT) })

static void
session_release(struct session *s)
{
	three_release(&s->three);
	tmpdir_free(s->folder);
	buf_release(&s->text);
	buf_release(&s->edited);
	buf_release(&s->out);
}

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

/* git, in the folder of the file. */
static int
git(const char *path, const char *const *words, struct buf *out, int *status, struct error *err)
{
	CLEANUP(buf_release) struct buf folder = BUF(LIMIT_CONFIG), talk = BUF(LIMIT_MESSAGE);
	const char	*argv[16] = { "git", "-C", NULL };
	const char *const environment[] = { "LC_ALL=C", "GIT_LITERAL_PATHSPECS=1", NULL };
	struct run	 run = { .argv = argv, .env_add_opt = environment, .out_opt = out, .err_opt = &talk };
	size_t		 n = 3;

	if (buf_append(&folder, slice_of(path, (size_t)(base_name(path) - path)), err) != 0 || buf_str(&folder, ".", err) != 0 ||
	    buf_terminate(&folder, err) != 0)
		return (int)err->kind;
	argv[2] = (const char *)folder.data;
	for (; *words != NULL && n < 15; words++)
		argv[n++] = *words;
	argv[n] = NULL;
	return run_command(&run, status, err);
}

static int
tell_missing(const char *path, bool ours, bool theirs, struct error *err)
{
	if (ours || theirs) {
		err_set(err, ERR_NOT_FOUND, "'%s' was removed on %s side and changed on %s", path, ours ? "the other" : "this",
		    ours ? "this" : "the other");
		return err_hint(err, "keep it with 'git add', or remove it with 'git rm'");
	}
	err_set(err, ERR_NOT_FOUND, "'%s' has no two sides in git's index: nothing is to be merged", path);
	return err_hint(err, "'git status' tells which files are in conflict");
}

/* The three stages of a file in conflict; without a common ancestor the first stays empty. */
static int
read_stages(struct session *s, struct error *err)
{
	const char	*path = s->three.name;
	bool		 found[VERSIONS];
	int		 status;

	for (int stage = 1; stage <= VERSIONS; stage++) {
		CLEANUP(buf_release) struct buf name = BUF(LIMIT_CONFIG);

		if (buf_printf(&name, err, ":%d:./%s", stage, base_name(path)) != 0 || buf_terminate(&name, err) != 0 ||
		    git(path, (const char *const[]){ "cat-file", "blob", (const char *)name.data, NULL },
		    &s->three.version[stage - 1].stored, &status, err) != 0)
			return (int)err->kind;
		found[stage - 1] = status == 0;
	}
	return found[VERSION_OURS] && found[VERSION_THEIRS] ? 0 :
	    tell_missing(path, found[VERSION_OURS], found[VERSION_THEIRS], err);
}

static bool
has_marker(struct slice text)
{
	static const struct slice markers[] = { SLICE("<<<<<<< "), SLICE("||||||| "), SLICE(">>>>>>> ") };
	struct slice line;

	while (text.len > 0 && slice_split(&text, '\n', &line))
		for (size_t i = 0; i < sizeof(markers) / sizeof(markers[0]); i++)
			if (slice_starts(line, markers[i]))
				return true;
	return false;
}

static int
seal_edited(struct session *s, struct error *why)
{
	if (has_marker(buf_slice(&s->edited)))
		return err_set(why, ERR_CONFLICT, "there are conflict markers left");
	buf_reset(&s->out);
	return three_seal(&s->three, buf_slice(&s->edited), &s->out, why);
}

static int
edit(struct session *s, struct error *err)
{
	bool conflict;

	if (s->three.store->binary) {
		err_set(err, ERR_TYPE, "'%s' is a binary file: there are no lines to choose from", s->three.name);
		return err_hint(err, "take one side with 'git checkout --ours' or '--theirs'");
	}
	if (three_lines(&s->three, &s->text, &conflict, err) != 0)
		return (int)err->kind;
	if (tmpdir_new(&s->folder, err) != 0)
		return stage_failed(s->three.args, STAGE_EDIT, err);
	tmpdir_guard(s->folder);
	if (tmpdir_file(s->folder, base_name(s->three.name), buf_slice(&s->text), &s->file, err) != 0)
		return stage_failed(s->three.args, STAGE_EDIT, err);
	if (tmpdir_on_disk(s->folder))
		cli_warn("the plaintext lies in '%s' while you edit, which is on a disk", tmpdir_path(s->folder));
	for (;;) {
		struct error why = ERROR_INIT;

		if (editor_run(s->file, err) != 0)
			return stage_failed(s->three.args, STAGE_EDIT, err);
		buf_reset(&s->edited);
		if (file_read(s->file, &s->edited, err) != 0)
			return stage_failed(s->three.args, STAGE_EDIT, err);
		if (seal_edited(s, &why) == 0)
			return 0;
		if (editor_ask_again(s->three.args, s->three.name, &why, err) != 0)
			return (int)err->kind;
	}
}

/* Into the working tree and the index. */
static int
finish(struct session *s, struct error *err)
{
	const char	*path = s->three.name;
	CLEANUP(buf_release) struct buf unused = BUF(LIMIT_MESSAGE);
	int		 status;

	if (file_replace(path, buf_slice(&s->out), err) != 0) {
		err_wrap(err, "cannot write '%s'", path);
		return stage_failed(s->three.args, STAGE_WRITE, err);
	}
	if (git(path, (const char *const[]){ "add", "--", base_name(path), NULL }, &unused, &status, err) != 0 || status != 0)
		cli_warn("'%s' is written, and 'git add' failed", path);
	return 0;
}

int
verb_mergetool(const struct cli_args *args, struct error *err)
{
	CLEANUP(session_release) struct session s = SESSION(args);
	CLEANUP(merge3_conflicts_release) struct merge3_conflicts conflicts = MERGE3_CONFLICTS;

	s.three.name = args->operands[0];
	if (read_stages(&s, err) != 0 || three_open(&s.three, err) != 0 || three_merge(&s.three, &s.text, &conflicts, err) != 0)
		return (int)err->kind;
	if (s.three.keys_conflict)
		cli_warn("both sides changed the recipients or rules; those of this side are kept: "
		    "run 'hubsecrets updatekeys %s' afterwards", s.three.name);
	if (conflicts.count == (s.three.keys_conflict ? 1 : 0)) {
		if (three_seal(&s.three, buf_slice(&s.text), &s.out, err) != 0)
			return stage_failed(args, STAGE_SEAL, err);
		cli_note("%s: nothing to choose, the sides changed different values", s.three.name);
		return finish(&s, err);
	}
	buf_reset(&s.text);
	three_tell(&s.three, &conflicts);
	return edit(&s, err) != 0 ? (int)err->kind : finish(&s, err);
}
