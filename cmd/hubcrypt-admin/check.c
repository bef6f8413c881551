/* check: problems on standard output, one a line; exit status 1 when there is one. */
#include "gitfilter/check.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "cmd/hubcrypt-admin/admin.h"
#include "cmd/json_out.h"
#include "gitfilter/gitcmd.h"

#define ID_SHOWN	12	/* digits of a commit, for people */
#define PUSH_MAX	(4 * MIB)

struct printing {
	struct buf	out;
	struct json_out	json;
	bool		as_json;
};

static int
print_json(struct printing *printing, const struct check_finding *finding, struct error *err)
{
	struct json_out	*json = &printing->json;
	int		 rc;

	if ((rc = json_out_begin(json, NULL, '{', err)) != 0 ||
	    (finding->revision.len > 0 && (rc = json_out_text(json, "revision", finding->revision, err)) != 0) ||
	    (rc = json_out_text(json, "path", finding->path, err)) != 0 ||
	    (rc = json_out_text(json, "driver", finding->driver, err)) != 0 ||
	    (rc = json_out_text(json, "problem", slice_str(check_problem_name(finding->problem)), err)) != 0)
		return rc;
	return json_out_end(json, '}', err);
}

static int
print(void *context, const struct check_finding *finding, struct error *err)
{
	struct printing	*printing = context;
	struct buf	*out = &printing->out;
	int		 rc;

	if (printing->as_json)
		return print_json(printing, finding, err);
	if (finding->revision.len > 0 && ((rc = buf_append(out, slice_sub(finding->revision, 0, ID_SHOWN), err)) != 0 ||
	    (rc = buf_str(out, ": ", err)) != 0))
		return rc;
	if ((rc = json_out_visible(out, finding->path, err)) != 0)
		return rc;
	return buf_printf(out, err, ": %s\n", check_problem_text(finding->problem));
}

static void
show_progress(size_t done, size_t total)
{
	(void)fprintf(stderr, "\rchecking commit %zu of %zu%s", done + 1, total, done + 1 == total ? "\n" : "");
}

/* What the pre-push hook is given. */
static int
run_push(const struct cli_args *args, const struct check_options *options, struct check_report *report, struct error *err)
{
	CLEANUP(buf_release) struct buf	lines = BUF(PUSH_MAX);
	int				rc;

	if (args->count != 1)
		return err_set(err, ERR_USAGE, "--pre-push needs the name of the remote, as git gives it to the hook");
	if ((rc = file_read_fd(STDIN_FILENO, &lines, err)) != 0)
		return err_wrap(err, "cannot read standard input");
	return check_push(args->operands[0], buf_slice(&lines), options, report, err);
}

/* A range is git's to read; a single revision means that commit alone. */
static int
run_revisions(const struct cli_args *args, const struct check_options *options, struct check_report *report, struct error *err)
{
	struct check_report	one;
	int			rc = 0;

	for (size_t i = 0; rc == 0 && i < args->count; i++) {
		const char	*what = args->operands[i];
		bool		 range = strstr(what, "..") != NULL;

		rc = check_revisions((const char *const[]){ range ? "--do-walk" : "--no-walk", "--end-of-options", what, NULL },
		    options, &one, err);
		report->revisions += one.revisions;
		report->files += one.files;
		report->problems += one.problems;
	}
	return rc;
}

static int
run(const struct cli_args *args, bool bare, const struct check_options *options, struct check_report *report, struct error *err)
{
	const struct admin_options *settings = args->options;

	if (settings->pre_push)
		return run_push(args, options, report, err);
	if (args->count > 0)
		return run_revisions(args, options, report, err);
	/* A bare repository has no index: what its HEAD shows is what there is. */
	if (bare)
		return check_revisions((const char *const[]){ "--no-walk", "HEAD", NULL }, options, report, err);
	return check_index(options, report, err);
}

static int
finish(struct printing *printing, const struct check_report *report, struct error *err)
{
	struct json_out	*json = &printing->json;
	int		 rc;

	if (!printing->as_json)
		return cli_output(buf_slice(&printing->out), err);
	if ((rc = json_out_end(json, ']', err)) != 0 || (rc = json_out_number(json, "revisions", report->revisions, err)) != 0 ||
	    (rc = json_out_number(json, "files", report->files, err)) != 0 ||
	    (rc = json_out_bool(json, "ok", report->problems == 0, err)) != 0 || (rc = json_out_end(json, '}', err)) != 0 ||
	    (rc = buf_byte(&printing->out, '\n', err)) != 0)
		return rc;
	return cli_output(buf_slice(&printing->out), err);
}

static void
printing_release(struct printing *printing)
{
	buf_release(&printing->out);
}

/* Bare repositories are checked, too: a server has nothing else. */
static int
enter(bool *bare, struct error *err)
{
	CLEANUP(buf_release) struct buf	answer = BUF(KIB);
	struct worktree			tree;
	char				prefix[GITDIR_PATH_MAX];
	int				rc;

	if ((rc = gitcmd_run((const char *const[]){ "rev-parse", "--is-inside-work-tree", NULL }, SLICE_NONE, &answer, err)) != 0)
		return rc;
	*bare = !slice_eq(slice_trim(buf_slice(&answer)), SLICE("true"));
	return *bare ? 0 : admin_enter(&tree, prefix, err);
}

int
verb_check(const struct cli_args *args, struct error *err)
{
	const struct admin_options			*settings = args->options;
	CLEANUP(printing_release) struct printing	 printing = { .out = BUF(256 * MIB), .as_json = settings->json };
	struct check_report				 report = { .files = 0 };
	const struct check_options			 options = {
		.allow_decrypted = settings->allow_decrypted, .visit = print, .context = &printing,
		.progress = isatty(STDERR_FILENO) ? show_progress : NULL,
	};
	bool						 bare = false;
	int						 rc;

	printing.json = JSON_OUT(&printing.out);
	if (printing.as_json && ((rc = json_out_begin(&printing.json, NULL, '{', err)) != 0 ||
	    (rc = json_out_begin(&printing.json, "problems", '[', err)) != 0))
		return rc;
	if ((rc = enter(&bare, err)) != 0 || (rc = run(args, bare, &options, &report, err)) != 0 ||
	    (rc = finish(&printing, &report, err)) != 0)
		return rc;
	if (report.problems == 0)
		return 0;
	if (report.revisions > 1)
		(void)err_set(err, ERR_REFUSED, "%zu problem%s in %zu commits", report.problems, report.problems == 1 ? "" : "s",
		    report.revisions);
	else
		(void)err_set(err, ERR_REFUSED, "%zu problem%s in %zu file%s that should be encrypted", report.problems,
		    report.problems == 1 ? "" : "s", report.files, report.files == 1 ? "" : "s");
	return err_hint(err,
	    "'hubcrypt status -f' stages encrypted versions; what is in the history already is known to everybody who has it");
}
