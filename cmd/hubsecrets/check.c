#include "sops/check.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/run.h"
#include "cmd/hubsecrets/file_list.h"
#include "cmd/hubsecrets/hubsecrets.h"
#include "cmd/json_out.h"

/*
 * check: what can be told without a key, of the files that are named and of what lies beside them.  For hooks, which name every file
 * of a commit: a file that is not encrypted and that no rule names says nothing.  Findings go to standard output.
 */
#define STATUS_FOUND	1
#define STATUS_UNKNOWN	2		/* a file or a configuration that cannot be read */

struct checking {
	struct job		 leader;	/* has the configuration */
	struct file_list	 files;
	struct buf		 out;
	struct json_out		 json;
	size_t			 checked, found, with_findings, unreadable;
	char			 hint[ERR_HINT_MAX];	/* printed when the next finding has another one */
	struct neighbours {
		struct neighbour {
			const char	*path;
			const char	*of;		/* the encrypted file beside it; NULL: it was found by itself */
			uint32_t	 rule_line;	/* it is one that this rule names; 0: it looks like plaintext of ${of} */
		}	*list;
		size_t	 count, capacity;
	}			 neighbours;
	struct arena		 arena;		/* their texts */
};

static void
checking_release(struct checking *c)
{
	job_release(&c->leader);
	file_list_release(&c->files);
	buf_release(&c->out);
	free(c->neighbours.list);
	arena_release(&c->arena);
}

/* --- telling --------------------------------------------------------------------------------------------------------- */

static int
tell_json(struct checking *c, const char *path, const struct check_finding *f, struct error *err)
{
	struct json_out *json = &c->json;

	if (json_out_begin(json, NULL, '{', err) != 0 || json_out_text(json, "path", slice_str(path), err) != 0 ||
	    (f->line != 0 && json_out_number(json, "line", f->line, err) != 0) ||
	    (f->column != 0 && json_out_number(json, "column", f->column, err) != 0) ||
	    json_out_text(json, "kind", slice_str(check_kind_name(f->kind)), err) != 0 ||
	    json_out_text(json, "message", f->text, err) != 0 ||
	    (f->hint.len != 0 && json_out_text(json, "hint", f->hint, err) != 0))
		return (int)err->kind;
	return json_out_end(json, '}', err);
}

/* A hint that several findings share stands behind the last of them. */
static int
tell_hint(struct checking *c, struct error *err)
{
	if (c->hint[0] != '\0' && (buf_str(&c->out, "hint: ", err) != 0 || json_out_visible(&c->out, slice_str(c->hint), err) != 0 ||
	    buf_byte(&c->out, '\n', err) != 0))
		return (int)err->kind;
	c->hint[0] = '\0';
	return 0;
}

static int
tell_text(struct checking *c, const char *path, const struct check_finding *f, struct error *err)
{
	if (!slice_eq(slice_str(c->hint), f->hint) && tell_hint(c, err) != 0)
		return (int)err->kind;
	if (json_out_visible(&c->out, slice_str(path), err) != 0 ||
	    (f->line != 0 && buf_printf(&c->out, err, ":%u", (unsigned)f->line) != 0) ||
	    (f->line != 0 && f->column != 0 && buf_printf(&c->out, err, ":%u", (unsigned)f->column) != 0) ||
	    buf_str(&c->out, ": ", err) != 0 || json_out_visible(&c->out, f->text, err) != 0 || buf_byte(&c->out, '\n', err) != 0)
		return (int)err->kind;
	(void)snprintf(c->hint, sizeof(c->hint), "%.*s", SLICE_ARG(f->hint));
	return 0;
}

static int
tell_all(struct checking *c, const char *path, const struct check_findings *findings, struct error *err)
{
	for (size_t i = 0; i < findings->count; i++)
		if ((c->leader.options->json ? tell_json(c, path, &findings->list[i], err) : tell_text(c, path, &findings->list[i], err)) != 0)
			return (int)err->kind;
	if (findings->left_out != 0)
		cli_note("%s: and %zu findings more", path, findings->left_out);
	c->found += findings->count + findings->left_out;
	c->with_findings += findings->count != 0;
	return 0;
}

/* --- what lies beside ------------------------------------------------------------------------------------------------ */

static int
neighbour_add(struct checking *c, struct slice path, const char *of, uint32_t rule_line, struct error *err)
{
	struct neighbours	*n = &c->neighbours;
	struct slice		 copy;

	if (n->count == n->capacity) {
		size_t			 capacity = n->capacity != 0 ? 2 * n->capacity : 16;
		struct neighbour	*list = realloc(n->list, capacity * sizeof(*list));

		if (list == NULL)
			return err_memory(err);
		n->list = list;
		n->capacity = capacity;
	}
	if (arena_copy(&c->arena, path, &copy, err) != 0)
		return (int)err->kind;
	n->list[n->count++] = (struct neighbour){ (const char *)copy.data, of, rule_line };
	return 0;
}

/* A regular file with something in it that is not encrypted. */
static bool
is_plain_file(const char *path)
{
	CLEANUP(buf_release) struct buf text = BUF_SECRET(LIMIT_DOCUMENT);
	CLEANUP(check_findings_release) struct check_findings findings = CHECK_FINDINGS;
	struct stat	st;
	struct error	unheard = ERROR_INIT;
	bool		sealed = false;

	if (lstat(path, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size == 0 || file_read(path, &text, &unheard) != 0)
		return false;
	/* "secrets.yaml.dec" says nothing of its type, but what is in it may still be YAML. */
	return memmem(text.data, text.len, "ENC[AES256_GCM,", 15) == NULL &&
	    check_text(buf_slice(&text), store_for_name(slice_str(path)), path, NULL, &findings, &sealed, &unheard) == 0 && !sealed;
}

/*
 * Names that people and tools (helm-secrets, editors) give to what was decrypted, and to what was encrypted beside it.
 */
static const char *const plain_marks[] = { ".dec", ".decrypted", ".plain", ".clear", ".unencrypted" };
static const char *const sealed_marks[] = { ".enc", ".encrypted", ".sops" };
#define COUNT(list)	(sizeof(list) / sizeof(*(list)))

static int
try_name(struct checking *c, const char *of, struct slice folder, struct slice a, const char *b, struct slice d, struct error *err)
{
	CLEANUP(buf_release) struct buf path = BUF(LIMIT_CONFIG);

	if (buf_append(&path, folder, err) != 0 || buf_append(&path, a, err) != 0 || buf_str(&path, b, err) != 0 ||
	    buf_append(&path, d, err) != 0 || buf_terminate(&path, err) != 0)
		return (int)err->kind;
	if (a.len == 0 || strcmp((const char *)path.data, of) == 0 || !is_plain_file((const char *)path.data))
		return 0;
	return neighbour_add(c, buf_slice(&path), of, 0, err);
}

static int
look_beside(struct checking *c, const char *path, struct error *err)
{
	const char	*slash = strrchr(path, '/'), *base = slash != NULL ? slash + 1 : path, *dot = strrchr(base, '.');
	struct slice	 folder = slice_of(path, (size_t)(base - path)), name = slice_str(base);
	struct slice	 stem = dot != NULL && dot != base ? slice_of(base, (size_t)(dot - base)) : name;
	struct slice	 ending = slice_from(name, stem.len);

	for (size_t i = 0; i < COUNT(plain_marks); i++)
		if (try_name(c, path, folder, name, plain_marks[i], SLICE_NONE, err) != 0 ||
		    (ending.len != 0 && try_name(c, path, folder, stem, plain_marks[i], ending, err) != 0))
			return (int)err->kind;
	for (size_t i = 0; i < COUNT(sealed_marks); i++) {
		struct slice mark = slice_str(sealed_marks[i]);

		if (slice_ends(stem, mark) && try_name(c, path, folder, slice_sub(stem, 0, stem.len - mark.len), "", ending, err) != 0)
			return (int)err->kind;
		if (slice_ends(name, mark) && try_name(c, path, folder, slice_sub(name, 0, name.len - mark.len), "", SLICE_NONE, err) != 0)
			return (int)err->kind;
	}
	return 0;
}

/* --- rules ----------------------------------------------------------------------------------------------------------- */

/* The line of the rule that names the file; a rule without path_regex names none, and .sops.yaml itself is no secret. */
static int
naming_rule(struct checking *c, const char *path, uint32_t *line, struct error *err)
{
	const struct config_rule	*rule;
	const char			*slash = strrchr(path, '/');

	*line = 0;
	if (c->leader.config == NULL || strcmp(slash != NULL ? slash + 1 : path, ".sops.yaml") == 0)
		return 0;
	if (config_match(c->leader.config, path, &rule, err) == 0) {
		*line = rule->path_regex.len != 0 ? rule->line : 0;
		return 0;
	}
	if (err->kind != ERR_NO_RULE && err->kind != ERR_NO_CONFIG)
		return (int)err->kind;
	err_reset(err);
	return 0;
}

static int
by_entry(const void *a, const void *b)
{
	return strcmp(((const struct file_list_entry *)a)->path, ((const struct file_list_entry *)b)->path);
}

static bool
is_listed(const struct checking *c, const char *path)
{
	const struct file_list_entry key = { .path = path };

	return bsearch(&key, c->files.list, c->files.count, sizeof(key), by_entry) != NULL;
}

/* Files of the folder of an encrypted one that a rule names, and that are not encrypted. */
static int
look_in_folder(struct checking *c, struct slice folder, const char *of, struct error *err)
{
	CLEANUP(buf_release) struct buf path = BUF(LIMIT_CONFIG);
	struct dirent	*entry;
	DIR		*listing;
	uint32_t	 line;
	int		 rc = 0;

	if (buf_append(&path, folder.len != 0 ? folder : SLICE("."), err) != 0 || buf_terminate(&path, err) != 0)
		return (int)err->kind;
	if ((listing = opendir((const char *)path.data)) == NULL)
		return 0;
	while (rc == 0 && (entry = readdir(listing)) != NULL) {
		buf_truncate(&path, 0);
		if ((rc = buf_append(&path, folder, err)) != 0 || (rc = buf_str(&path, entry->d_name, err)) != 0 ||
		    (rc = buf_terminate(&path, err)) != 0 || (rc = naming_rule(c, (const char *)path.data, &line, err)) != 0)
			break;
		if (line != 0 && !is_listed(c, (const char *)path.data) && is_plain_file((const char *)path.data))
			rc = neighbour_add(c, buf_slice(&path), of, line, err);
	}
	(void)closedir(listing);
	return rc;
}

/* --- what git ignores ------------------------------------------------------------------------------------------------- */

/* Plaintext that git will never commit is a way of working.  The paths that it ignores, each ended by a NUL; none without git. */
static void
ask_git(const struct checking *c, struct buf *ignored)
{
	CLEANUP(buf_release) struct buf paths = BUF(LIMIT_CHILD_OUTPUT);
	struct error		 unheard = ERROR_INIT;
	const char *const	 argv[] = { "git", "check-ignore", "-z", "--stdin", NULL };
	struct run		 run = { .argv = argv, .out_opt = ignored, .err_discard = true, .timeout_ms = 30000 };
	int			 status = 0;

	for (size_t i = 0; i < c->neighbours.count; i++)
		if (buf_str(&paths, c->neighbours.list[i].path, &unheard) != 0 || buf_byte(&paths, '\0', &unheard) != 0)
			return;
	run.input = buf_slice(&paths);
	if (run_command(&run, &status, &unheard) != 0 || status != 0)
		buf_reset(ignored);
}

static bool
is_ignored(const struct buf *ignored, const char *path)
{
	struct slice rest = buf_slice(ignored), part;

	while (rest.len != 0 && slice_split(&rest, '\0', &part))
		if (slice_eq(part, slice_str(path)))
			return true;
	return false;
}

static int
by_path(const void *a, const void *b)
{
	return strcmp(((const struct neighbour *)a)->path, ((const struct neighbour *)b)->path);
}

static int
add_plain(const struct checking *c, struct check_findings *findings, uint32_t rule_line, struct error *err)
{
	return check_add(findings, CHECK_PLAIN, 0, 0, "encrypt it with 'hubsecrets encrypt -i'; if it was committed, what is in it is no "
	    "secret any more", err, "not encrypted, and the rule in %.*s:%u names it", SLICE_ARG(c->leader.config->path), (unsigned)rule_line);
}

static int
tell_neighbours(struct checking *c, struct error *err)
{
	CLEANUP(buf_release) struct buf ignored = BUF(LIMIT_CHILD_OUTPUT);
	const struct neighbours *n = &c->neighbours;

	if (n->count == 0)
		return 0;
	ask_git(c, &ignored);
	qsort(n->list, n->count, sizeof(*n->list), by_path);
	for (size_t i = 0; i < n->count; i++) {
		CLEANUP(check_findings_release) struct check_findings findings = CHECK_FINDINGS;
		const struct neighbour *one = &n->list[i];
		int rc;

		if ((i != 0 && strcmp(n->list[i - 1].path, one->path) == 0) || is_ignored(&ignored, one->path))
			continue;
		if (one->of == NULL)
			rc = add_plain(c, &findings, one->rule_line, err);
		else if (one->rule_line != 0)
			rc = check_add(&findings, CHECK_NEIGHBOUR, 0, 0, "encrypt it with 'hubsecrets encrypt -i'", err, "not encrypted, beside '%s', "
			    "and the rule in %.*s:%u names it", one->of, SLICE_ARG(c->leader.config->path), (unsigned)one->rule_line);
		else
			rc = check_add(&findings, CHECK_NEIGHBOUR, 0, 0, "remove it, or let git ignore it", err, "this looks like the plaintext of '%s'",
			    one->of);
		if (rc != 0 || tell_all(c, one->path, &findings, err) != 0)
			return (int)err->kind;
	}
	return 0;
}

/* --- one file -------------------------------------------------------------------------------------------------------- */

static const struct store *
store_of(const struct checking *c, const char *path)
{
	const struct store *given = c->leader.options->input_type != NULL ? store_by_type(slice_str(c->leader.options->input_type)) : NULL;

	return given != NULL ? given : store_for_name(slice_str(path));
}

static int
check_one(struct checking *c, const struct file_list_entry *entry, bool *sealed, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_SECRET(LIMIT_DOCUMENT);
	CLEANUP(check_findings_release) struct check_findings findings = CHECK_FINDINGS;
	uint32_t line;

	if (naming_rule(c, entry->path, &line, err) != 0)
		return (int)err->kind;
	if (file_read(entry->path, &text, err) != 0) {
		err_wrap(err, "cannot read '%s'", entry->path);
		cli_error(err);
		err_reset(err);
		c->unreadable++;
		return 0;
	}
	if (check_text(buf_slice(&text), store_of(c, entry->path), entry->path, c->leader.config, &findings, sealed, err) != 0)
		return (int)err->kind;
	c->checked += *sealed || line != 0;
	/* What was found may be a file that git ignores. */
	if (!*sealed && line != 0 && text.len != 0 && (entry->found ? neighbour_add(c, slice_str(entry->path), NULL, line, err) :
	    add_plain(c, &findings, line, err)) != 0)
		return (int)err->kind;
	return tell_all(c, entry->path, &findings, err);
}

static int
check_files(struct checking *c, struct error *err)
{
	struct slice last = SLICE_NONE;		/* the folder that was looked into */

	qsort(c->files.list, c->files.count, sizeof(*c->files.list), by_entry);
	for (size_t i = 0; i < c->files.count; i++) {
		const struct file_list_entry	*entry = &c->files.list[i];
		const char			*slash = strrchr(entry->path, '/');
		struct slice			 folder = slice_of(entry->path, slash != NULL ? (size_t)(slash + 1 - entry->path) : 0);
		bool				 sealed = false;

		cli_progress("checking %zu of %zu: %s", i + 1, c->files.count, entry->path);
		if (check_one(c, entry, &sealed, err) != 0 || (sealed && look_beside(c, entry->path, err) != 0))
			return (int)err->kind;
		if (!sealed || (last.data != NULL && slice_eq(folder, last)))
			continue;
		if (look_in_folder(c, folder, entry->path, err) != 0)
			return (int)err->kind;
		last = folder;
	}
	return tell_neighbours(c, err);
}

/* --- the verb -------------------------------------------------------------------------------------------------------- */

static int
check_all(struct checking *c, struct error *err)
{
	struct json_out	*json = &c->json;
	bool		 as_json = c->leader.options->json;

	if (as_json && (json_out_begin(json, NULL, '{', err) != 0 || json_out_begin(json, "findings", '[', err) != 0))
		return (int)err->kind;
	if (check_files(c, err) != 0 || tell_hint(c, err) != 0)
		return (int)err->kind;
	cli_progress_end();
	if (as_json && (json_out_end(json, ']', err) != 0 || json_out_number(json, "checked", c->checked, err) != 0 ||
	    json_out_number(json, "unreadable", c->unreadable, err) != 0 || json_out_end(json, '}', err) != 0 ||
	    buf_byte(&c->out, '\n', err) != 0))
		return (int)err->kind;
	return cli_output(buf_slice(&c->out), err);
}

int
verb_check(const struct cli_args *args, struct error *err)
{
	CLEANUP(checking_release) struct checking c = { .leader = JOB(args), .files = FILE_LIST, .out = BUF(LIMIT_DOCUMENT),
	    .arena = ARENA(LIMIT_TREE_NAMES) };

	c.json = JSON_OUT(&c.out);
	*args->status = STATUS_UNKNOWN;
	if (args->count == 0)
		return err_set(err, ERR_USAGE, "no file to check: name some, or a folder with --recursive");
	c.leader.is_host = args->count > 1;
	if (job_start_file(&c.leader, args->operands[0], err) != 0 || job_config(&c.leader, true, err) != 0 ||
	    file_list_fill(&c.files, args->operands, args->count, c.leader.options->recursive, err) != 0 || check_all(&c, err) != 0)
		return (int)err->kind;
	*args->status = c.unreadable != 0 ? STATUS_UNKNOWN : c.found != 0 ? STATUS_FOUND : 0;
	if (c.found != 0)
		return err_set(err, ERR_CHILD, "%zu finding%s in %zu file%s", c.found, c.found == 1 ? "" : "s", c.with_findings, c.with_findings == 1 ? "" : "s");
	if (c.leader.options->verbose)
		cli_note("%zu files checked, nothing found", c.checked);
	return 0;
}
