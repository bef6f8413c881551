/*
 * The folds of real repositories (hubmerge 9): the program itself on every hub and environment of $HUBS, against what
 * real Helm made of the same layers ($HUBMERGE_VECTORS/fold-NAME.jsonl).  Its output is read as Helm reads it.
 */
#include <glob.h>
#include <libgen.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "tests/merge_json.h"

static char program[4200];

static void
find_program(const char *self)
{
	char folder[4096], *build;

	if (realpath(self, folder) == NULL)
		bail_out("no place of its own");
	build = dirname(dirname(dirname(dirname(folder))));	/* BUILD/tests/unit/yamlmerge/NAME.t */
	(void)snprintf(program, sizeof(program), "%s/bin/hubmerge", build);
}

/* Run it in the repository; its output goes to ${out}. */
static int
run(const char *repository, char *const *words, struct buf *out)
{
	struct error	err = ERROR_INIT;
	int		ends[2], status = -1;
	pid_t		child;

	if (pipe(ends) != 0 || (child = fork()) < 0)
		bail_out("no child");
	if (child == 0) {
		(void)dup2(ends[1], STDOUT_FILENO);
		(void)close(ends[0]);
		(void)close(ends[1]);
		/* Warnings about these layers are another test's. */
		if (chdir(repository) != 0 || freopen("/dev/null", "w", stderr) == NULL)
			_exit(126);
		(void)execv(program, words);
		_exit(127);
	}
	(void)close(ends[1]);
	if (file_read_fd(ends[0], out, &err) != 0)
		bail_out(err.text);
	(void)close(ends[0]);
	(void)waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static char *
copy_of(struct slice text)
{
	char *copy = strndup((const char *)text.data, text.len);

	if (copy == NULL)
		bail_out("no memory");
	return copy;
}

static void
test_row(const char *repository, const char *name, const struct node *row)
{
	CLEANUP(buf_release) struct buf		out = BUF(LIMIT_DOCUMENT);
	CLEANUP(merged_release) struct merged	merged = MERGED;
	CLEANUP(layer_freep) struct layer	*layer = NULL;
	struct error				err = ERROR_INIT;
	char					*hub = copy_of(node_member(row, SLICE("hub"))->text);
	char					*env = copy_of(node_member(row, SLICE("env"))->text);
	char					*words[] = { program, hub, env, (char[]){ "--no-secrets" }, (char[]){ "--user-only" }, NULL };
	int					 status = run(repository, words, &out);

	if (!ok(status == 0 && layer_read("output", buf_slice(&out), LAYER_FILE, NULL, &layer, &err) == 0 &&
	    merge_layer(&merged, layer, &err) == 0 && json_same(node_member(row, SLICE("json")), merged.root),
	    "%s %s %s is what Helm folds", name, hub, env)) {
		printf("# exit status %d, %s\n", status, err.text);
		tap_show("output", out.data, out.len);
	}
	free(hub);
	free(env);
}

/* ${path} is that of fold-NAME.jsonl; the repository is a folder of that name. */
static void
test_repository(const char *hubs, const char *path)
{
	CLEANUP(buf_release) struct buf	text = BUF(LIMIT_DOCUMENT);
	struct error			err = ERROR_INIT;
	struct slice			rest, line;
	char				name[256], repository[4096];

	(void)snprintf(name, sizeof(name), "%s", strrchr(path, '/') + strlen("/fold-"));
	name[strcspn(name, ".")] = '\0';
	(void)snprintf(repository, sizeof(repository), "%s/%s", hubs, name);
	if (access(repository, R_OK) != 0) {
		skip(name, 1);
		return;
	}
	if (file_read(path, &text, &err) != 0)
		bail_out(err.text);
	for (rest = buf_slice(&text); slice_split(&rest, '\n', &line);) {
		CLEANUP(document_freep) struct document *doc = NULL;

		if (line.len == 0)
			continue;
		if (document_parse(line, &syntax_json, &doc, &err) != 0)
			bail_out(err.text);
		test_row(repository, name, doc->root[0]);
	}
}

int
main(int argc, char **argv)
{
	const char	*hubs = tap_folder("HUBS", "../shared/data/hubs");
	const char	*vectors = tap_folder("HUBMERGE_VECTORS", "../shared/data/hubmerge");
	char		 pattern[4096];
	glob_t		 folds;

	(void)argc;
	find_program(argv[0]);
	if (hubs == NULL || vectors == NULL)
		skip_all("no repositories or folds here (HUBS, HUBMERGE_VECTORS)");
	if (access(program, X_OK) != 0)
		skip_all("hubmerge is not built");
	(void)snprintf(pattern, sizeof(pattern), "%s/fold-*.jsonl", vectors);
	if (glob(pattern, 0, NULL, &folds) != 0)
		skip_all("no folds there");
	for (size_t i = 0; i < folds.gl_pathc; i++)
		test_repository(hubs, folds.gl_pathv[i]);
	globfree(&folds);
	return done_testing();
}
