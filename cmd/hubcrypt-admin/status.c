/* status: git-crypt's listing to the letter, and the same facts for programs. */
#include "gitfilter/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <utime.h>

#include "base/limits.h"
#include "cmd/hubcrypt-admin/admin.h"
#include "cmd/json_out.h"
#include "gitfilter/gitcmd.h"
#include "gitfilter/guard.h"
#include "gitfilter/keydir.h"

#define OUTPUT_MAX	(1024 * MIB)
#define STATUS_LOCKED	3

static bool
is_encrypted(const struct status_file *file)
{
	return file->driver.len > 0;
}

/* --- keys ------------------------------------------------------------------------------------------------ */

struct key_line {
	char	name[KEYFILE_NAME_MAX + 1];
	bool	unlocked;
	size_t	files;
};

struct key_lines {
	struct key_line	*lines;
	size_t		 count;
};

static void
key_lines_release(struct key_lines *keys)
{
	free(keys->lines);
}

static int
key_line(struct key_lines *keys, const char *name, struct key_line **out, struct error *err)
{
	struct key_line *larger;

	for (size_t i = 0; i < keys->count; i++)
		if (strcmp(keys->lines[i].name, name) == 0) {
			*out = &keys->lines[i];
			return 0;
		}
	if ((larger = reallocarray(keys->lines, keys->count + 1, sizeof(*larger))) == NULL)
		return err_memory(err);
	keys->lines = larger;
	*out = &larger[keys->count++];
	**out = (struct key_line){ .files = 0 };
	(void)snprintf((*out)->name, sizeof((*out)->name), "%s", name);
	return 0;
}

/* The keys of this clone and those that files ask for. */
static int
list_keys(const struct worktree *tree, const struct status *status, struct key_lines *keys, struct error *err)
{
	CLEANUP(keydir_names_release) struct keydir_names	names = { NULL, 0 };
	struct key_line						*line;
	int							rc;

	if ((rc = keydir_list(&tree->dir, &names, err)) != 0)
		return rc;
	for (size_t i = 0; i < names.count; i++) {
		if ((rc = key_line(keys, names.name[i], &line, err)) != 0)
			return rc;
		line->unlocked = true;
	}
	for (size_t i = 0; i < status->count; i++) {
		char name[KEYFILE_NAME_MAX + 1];

		if (status->files[i].id.len == 0 || !driver_key_name(status->files[i].driver, name))
			continue;
		if ((rc = key_line(keys, name, &line, err)) != 0)
			return rc;
		line->files++;
	}
	return 0;
}

static bool
any_locked(const struct key_lines *keys)
{
	for (size_t i = 0; i < keys->count; i++)
		if (!keys->lines[i].unlocked)
			return true;
	return false;
}

static int
print_keys(const struct worktree *tree, const struct key_lines *keys, struct error *err)
{
	CLEANUP(buf_release) struct buf	out = BUF(OUTPUT_MAX);
	int				rc = 0;

	for (size_t i = 0; i < keys->count && rc == 0; i++)
		rc = buf_printf(&out, err, "%s: %s, %zu file%s\n", keydir_entry(keys->lines[i].name),
		    keys->lines[i].unlocked ? "unlocked" : "locked", keys->lines[i].files,
		    keys->lines[i].files == 1 ? "" : "s");
	if (rc == 0 && guard_is_on(&tree->dir))
		rc = buf_str(&out, "guard: on\n", err);
	return rc != 0 ? rc : cli_output(buf_slice(&out), err);
}

/* --- the listing ----------------------------------------------------------------------------------------- */

/* A path seen from the user's directory. */
static int
append_path(struct buf *out, const char *prefix, struct slice path, struct error *err)
{
	struct slice	from = slice_str(prefix);
	size_t		common = 0;
	int		rc = 0;

	for (size_t i = 0; i < from.len && i < path.len && from.data[i] == path.data[i]; i++)
		if (from.data[i] == '/')
			common = i + 1;
	for (size_t i = common; i < from.len && rc == 0; i++)
		if (from.data[i] == '/')
			rc = buf_str(out, "../", err);
	return rc != 0 ? rc : buf_append(out, slice_from(path, common), err);
}

static int
append_line(struct buf *out, const char *prefix, const struct status_file *file, bool warn, struct error *err)
{
	int rc = buf_str(out, is_encrypted(file) ? "    encrypted: " : "not encrypted: ", err);

	if (rc == 0)
		rc = append_path(out, prefix, file->path, err);
	if (rc == 0 && warn && is_encrypted(file) && file->diff_unset)
		rc = buf_printf(out, err, " *** WARNING: diff=%.*s attribute not set ***", SLICE_ARG(file->driver));
	if (rc == 0 && warn && file->plaintext)
		rc = buf_str(out, " *** WARNING: staged/committed version is NOT ENCRYPTED! ***", err);
	return rc != 0 ? rc : buf_byte(out, '\n', err);
}

static const char diff_warning[] =
    "\nWarning: one or more files has a git-crypt filter attribute but not a\n"
    "corresponding git-crypt diff attribute.  For proper 'git diff' operation\n"
    "you should fix the .gitattributes file to specify the correct diff attribute.\n"
    "Consult the git-crypt documentation for help.\n";
static const char plaintext_warning[] =
    "\nWarning: one or more files is marked for encryption via .gitattributes but\n"
    "was staged and/or committed before the .gitattributes file was in effect.\n"
    "Run 'git-crypt status' with the '-f' option to stage an encrypted version.\n";

struct findings {
	bool	diff_unset, plaintext;
};

static struct findings
find(const struct status *status)
{
	struct findings found = { false, false };

	for (size_t i = 0; i < status->count; i++) {
		found.diff_unset = found.diff_unset || (is_encrypted(&status->files[i]) && status->files[i].diff_unset);
		found.plaintext = found.plaintext || status->files[i].plaintext;
	}
	return found;
}

static int
print_listing(const struct admin_options *options, const char *prefix, const struct status *status, struct error *err)
{
	CLEANUP(buf_release) struct buf	out = BUF(OUTPUT_MAX);
	const struct findings		found = find(status);
	bool				warn = !options->unencrypted_only;
	int				rc = 0;

	for (size_t i = 0; i < status->count && rc == 0; i++)
		if (is_encrypted(&status->files[i]) ? !options->unencrypted_only : !options->encrypted_only)
			rc = append_line(&out, prefix, &status->files[i], warn, err);
	if (rc == 0 && warn && found.diff_unset)
		rc = buf_str(&out, diff_warning, err);
	if (rc == 0 && warn && found.plaintext)
		rc = buf_str(&out, plaintext_warning, err);
	return rc != 0 ? rc : cli_output(buf_slice(&out), err);
}

/* --- for programs ---------------------------------------------------------------------------------------- */

static const char *
state(const struct status_file *file)
{
	if (!is_encrypted(file))
		return "not-encrypted";
	return file->plaintext ? "plaintext" : file->id.len == 0 ? "untracked" : "encrypted";
}

static int
print_nul(const struct admin_options *options, const struct status *status, struct error *err)
{
	CLEANUP(buf_release) struct buf	out = BUF(OUTPUT_MAX);
	int				rc = 0;

	for (size_t i = 0; i < status->count && rc == 0; i++) {
		const struct status_file *file = &status->files[i];

		if (is_encrypted(file) ? options->unencrypted_only : options->encrypted_only)
			continue;
		if ((rc = buf_printf(&out, err, "%s\t", state(file))) == 0 &&
		    (rc = buf_append(&out, file->path, err)) == 0)
			rc = buf_byte(&out, '\0', err);
	}
	return rc != 0 ? rc : cli_output(buf_slice(&out), err);
}

static int
json_keys(struct json_out *json, const struct key_lines *keys, struct error *err)
{
	int rc = json_out_begin(json, "keys", '[', err);

	for (size_t i = 0; i < keys->count && rc == 0; i++)
		if ((rc = json_out_begin(json, NULL, '{', err)) != 0 ||
		    (rc = json_out_text(json, "name", slice_str(keydir_entry(keys->lines[i].name)), err)) != 0 ||
		    (rc = json_out_bool(json, "unlocked", keys->lines[i].unlocked, err)) != 0 ||
		    (rc = json_out_number(json, "files", keys->lines[i].files, err)) != 0 ||
		    (rc = json_out_end(json, '}', err)) != 0)
			return rc;
	return rc != 0 ? rc : json_out_end(json, ']', err);
}

static int
json_file(struct json_out *json, const struct status_file *file, struct error *err)
{
	int rc;

	if ((rc = json_out_begin(json, NULL, '{', err)) != 0 || (rc = json_out_text(json, "path", file->path,
	    err)) != 0 ||
	    (rc = json_out_text(json, "state", slice_str(state(file)), err)) != 0 ||
	    (rc = json_out_bool(json, "tracked", file->id.len > 0, err)) != 0)
		return rc;
	if (is_encrypted(file) && ((rc = json_out_text(json, "driver", file->driver, err)) != 0 ||
	    (rc = json_out_bool(json, "diff", !file->diff_unset, err)) != 0))
		return rc;
	return json_out_end(json, '}', err);
}

static int
json_files(struct json_out *json, const struct admin_options *options, const struct status *status, struct error *err)
{
	int rc = json_out_begin(json, "files", '[', err);

	for (size_t i = 0; i < status->count && rc == 0; i++)
		if (is_encrypted(&status->files[i]) ? !options->unencrypted_only : !options->encrypted_only)
			rc = json_file(json, &status->files[i], err);
	return rc != 0 ? rc : json_out_end(json, ']', err);
}

static int
print_json(const struct admin_options *options, const struct worktree *tree, const struct status *status,
    const struct key_lines *keys, struct error *err)
{
	CLEANUP(buf_release) struct buf	out = BUF(OUTPUT_MAX);
	struct json_out			json = JSON_OUT(&out);
	int				rc;

	if ((rc = json_out_begin(&json, NULL, '{', err)) != 0 ||
	    (rc = json_out_bool(&json, "guard", guard_is_on(&tree->dir), err)) != 0 ||
	    (rc = json_keys(&json, keys, err)) != 0 ||
	    (rc = json_files(&json, options, status, err)) != 0 || (rc = json_out_end(&json, '}', err)) != 0 ||
	    (rc = buf_byte(&out, '\n', err)) != 0)
		return rc;
	return cli_output(buf_slice(&out), err);
}

/* --- --fix ----------------------------------------------------------------------------------------------- */

/* Stage one file anew; whether it is encrypted now is looked up afterwards. */
static int
stage(const struct status_file *file, bool *there, struct error *err)
{
	CLEANUP(buf_release) struct buf	none = BUF(1 * MIB);
	const char			*path = (const char *)file->path.data;
	struct stat			st;

	*there = lstat(path, &st) == 0;
	if (!*there)
		return 0;
	/* git looks at content only when the time has changed. */
	(void)utime(path, NULL);
	return gitcmd_run((const char *const[]){ "add", "--", path, NULL }, SLICE_NONE, &none, err);
}

/* In git-crypt's words under both names. */
static void PRINTF_LIKE(1, 2)
say_error(const char *format, ...)
{
	char	text[8192], line[sizeof(text) + 16];
	va_list	arguments;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	(void)snprintf(line, sizeof(line), "Error: %s\n", text);
	cli_report(slice_str(line));
}

struct fixing {
	size_t	staged, failed;
};

static int
fix_file(const struct status_file *file, const char *prefix, struct fixing *fixing, struct error *err)
{
	CLEANUP(status_release) struct status	after = STATUS;
	CLEANUP(buf_release) struct buf		line = BUF(64 * KIB);
	const char				*path = (const char *)file->path.data;
	bool					there;
	int					rc;

	if ((rc = append_path(&line, prefix, file->path, err)) != 0 || (rc = stage(file, &there, err)) != 0)
		return rc;
	if (!there) {
		say_error("%.*s: cannot stage encrypted version because not present in working tree - "
		    "please 'git rm' or 'git checkout' it",
		    SLICE_ARG(buf_slice(&line)));
		fixing->failed++;
		return 0;
	}
	if ((rc = status_list("", (const char *const[]){ path }, 1, true, &after, err)) != 0)
		return rc;
	if (after.count == 1 && !after.files[0].plaintext) {
		fixing->staged++;
		if ((rc = buf_str(&line, ": staged encrypted version\n", err)) != 0)
			return rc;
		return cli_output(buf_slice(&line), err);
	}
	say_error("%.*s: still unencrypted even after staging", SLICE_ARG(buf_slice(&line)));
	fixing->failed++;
	return 0;
}

static int
fix(const struct cli_args *args, const char *prefix, const struct status *status, struct error *err)
{
	struct fixing	fixing = { 0, 0 };
	int		rc;

	for (size_t i = 0; i < status->count; i++)
		if (status->files[i].plaintext && (rc = fix_file(&status->files[i], prefix, &fixing, err)) != 0)
			return rc;
	if (fixing.staged > 0) {
		(void)printf("Staged %zu encrypted file%s.\n", fixing.staged, fixing.staged != 1 ? "s" : "");
		(void)printf("Warning: if these files were previously committed, unencrypted versions still exist in "
		    "the repository's history.\n");
	}
	if (fixing.failed > 0)
		(void)printf("Unable to stage %zu file%s.\n", fixing.failed, fixing.failed != 1 ? "s" : "");
	*args->status = fixing.failed > 0 ? 1 : 0;
	return 0;
}

/* --- the verb -------------------------------------------------------------------------------------------- */

static int
exclusive(const struct cli_args *args, const char *line, struct error *err)
{
	(void)err_set(err, ERR_USAGE, "%s", line);
	return cli_retell(args, err, "Error: %s", line);
}

static int
check_options(const struct cli_args *args, const struct admin_options *options, struct error *err)
{
	bool one_kind = options->encrypted_only || options->unencrypted_only;

	if (options->nul && args->drop_in) {
		(void)err_set(err, ERR_USAGE, "no -z under this name");
		return cli_retell(args, err, "Sorry, machine-parseable output is not yet implemented");
	}
	if (options->show_repo && one_kind)
		return exclusive(args, "-e and -u options cannot be used with -r", err);
	if (options->show_repo && options->fix)
		return exclusive(args, "-f option cannot be used with -r", err);
	if (options->show_repo && args->count > 0)
		return exclusive(args, "files cannot be specified when -r is used", err);
	if (options->encrypted_only && options->unencrypted_only)
		return exclusive(args, "-e and -u options are mutually exclusive", err);
	if (options->fix && one_kind)
		return exclusive(args, "-e and -u options cannot be used with -f", err);
	if (options->json && (options->nul || options->fix))
		return exclusive(args, "--json cannot be used with -z or -f", err);
	return 0;
}

int
verb_status(const struct cli_args *args, struct error *err)
{
	const struct admin_options		*options = args->options;
	CLEANUP(status_release) struct status	 status = STATUS;
	CLEANUP(key_lines_release) struct key_lines	keys = { NULL, 0 };
	struct findings				 found;
	struct worktree				 tree;
	char					 prefix[GITDIR_PATH_MAX];
	bool					 look = !options->unencrypted_only && !options->show_repo;
	int					 rc;

	if ((rc = check_options(args, options, err)) != 0)
		return rc;
	if (options->show_repo && args->drop_in)
		return 0;
	if ((rc = admin_enter(&tree, prefix, err)) != 0)
		return admin_no_repository(args,
		    "git-crypt: Error: 'git rev-parse --show-cdup' failed - is this a Git repository?", err);
	if ((rc = status_list(prefix, args->operands, args->count, look, &status, err)) != 0 ||
	    (rc = list_keys(&tree, &status, &keys, err)) != 0)
		return rc;
	if (options->fix)
		return fix(args, prefix, &status, err);
	if (options->show_repo)
		rc = print_keys(&tree, &keys, err);
	else if (options->json)
		rc = print_json(options, &tree, &status, &keys, err);
	else
		rc = options->nul ? print_nul(options, &status, err) : print_listing(options, prefix, &status, err);
	found = find(&status);
	if (rc == 0 && look && (found.diff_unset || found.plaintext))
		*args->status = 1;
	else if (rc == 0 && options->exit_code && any_locked(&keys))
		*args->status = STATUS_LOCKED;
	return rc;
}
