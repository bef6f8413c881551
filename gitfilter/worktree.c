#include "gitfilter/worktree.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "gitfilter/gitcmd.h"

static int
set_path(char out[static GITDIR_PATH_MAX], struct slice path, struct error *err)
{
	if (path.len == 0 || path.len >= GITDIR_PATH_MAX)
		return err_set(err, ERR_LIMIT, "a path of this repository is longer than %d bytes",
		    GITDIR_PATH_MAX - 1);
	(void)memcpy(out, path.data, path.len);
	out[path.len] = '\0';
	return 0;
}

static int PRINTF_LIKE(3, 4)
format_path(char out[static GITDIR_PATH_MAX], struct error *err, const char *format, ...)
{
	va_list	arguments;
	int	len;

	va_start(arguments, format);
	len = vsnprintf(out, GITDIR_PATH_MAX, format, arguments);
	va_end(arguments);
	if (len < 0 || len >= GITDIR_PATH_MAX)
		return err_set(err, ERR_LIMIT, "a path of this repository is longer than %d bytes",
		    GITDIR_PATH_MAX - 1);
	return 0;
}

/* --- the tree that the user is in ------------------------------------------------------------------------ */

int
worktree_find(struct worktree *out, char prefix_opt[static GITDIR_PATH_MAX], struct error *err)
{
	static const char *const	ask[] = { "rev-parse", "--path-format=absolute", "--git-dir",
	    "--git-common-dir",
					    "--show-prefix", "--show-toplevel", NULL };
	CLEANUP(buf_release) struct buf	answer = BUF(8 * GITDIR_PATH_MAX);
	struct slice			rest, git, common, prefix, top;
	int				rc;

	if ((rc = gitcmd_run(ask, SLICE_NONE, &answer, err)) != 0)
		return rc;
	rest = buf_slice(&answer);
	/* A line break in a name would shift the lines; then the last one does not end the answer. */
	if (!slice_split(&rest, '\n', &git) || !slice_split(&rest, '\n', &common) ||
	    !slice_split(&rest, '\n', &prefix) ||
	    !slice_split(&rest, '\n', &top) || rest.data == NULL || rest.len != 0)
		return err_set(err, ERR_UNSUPPORTED, "this repository's path holds a line break");
	if ((rc = set_path(out->dir.git, git, err)) != 0 || (rc = set_path(out->dir.common, common, err)) != 0 ||
	    (rc = set_path(out->top, top, err)) != 0)
		return rc;
	prefix_opt[0] = '\0';
	return prefix.len > 0 ? set_path(prefix_opt, prefix, err) : 0;
}

int
worktree_enter(const struct worktree *tree, struct error *err)
{
	static const char *const	of_another[] = { "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_NAMESPACE" };
	const char			*was = getenv("GIT_DIR");

	/* An index that the caller chose belongs to the tree that the caller stood in. */
	if (was != NULL && strcmp(was, tree->dir.git) != 0)
		for (size_t i = 0; i < sizeof(of_another) / sizeof(*of_another); i++)
			(void)unsetenv(of_another[i]);
	if (chdir(tree->top) != 0)
		return err_errno(err, "cannot enter '%s'", tree->top);
	if (setenv("GIT_DIR", tree->dir.git, 1) != 0 || setenv("GIT_WORK_TREE", tree->top, 1) != 0)
		return err_memory(err);
	/* It may have been relative. */
	if (getenv("GIT_COMMON_DIR") != NULL && setenv("GIT_COMMON_DIR", tree->dir.common, 1) != 0)
		return err_memory(err);
	return 0;
}

/* --- the other ones -------------------------------------------------------------------------------------- */

void
worktrees_release(struct worktrees *trees)
{
	free(trees->tree);
	*trees = (struct worktrees){ NULL, 0 };
}

static int
add(struct worktrees *trees, const struct worktree *tree, struct error *err)
{
	struct worktree *larger = reallocarray(trees->tree, trees->count + 1, sizeof(*larger));

	if (larger == NULL)
		return err_memory(err);
	trees->tree = larger;
	larger[trees->count++] = *tree;
	return 0;
}

/* One value of the common configuration, "" when it is not set. */
static int
common_config(const struct gitdir *dir, const char *name, char out[static GITDIR_PATH_MAX], struct error *err)
{
	CLEANUP(buf_release) struct buf	value = BUF(GITDIR_PATH_MAX);
	char				file[GITDIR_PATH_MAX];
	int				status, rc;

	out[0] = '\0';
	if ((rc = format_path(file, err, "%s/config", dir->common)) != 0 ||
	    (rc = gitcmd_status((const char *const[]){ "config", "--file", file, "-z", "--get", name, NULL },
	    SLICE_NONE, &value, &status, err)) != 0)
		return rc;
	if (status == 0 && value.len > 1)
		return set_path(out, slice_sub(buf_slice(&value), 0, value.len - 1), err);
	return 0;
}

static int
not_located(const struct worktree *tree, struct error *err)
{
	(void)err_set(err, ERR_REFUSED, "cannot tell where the main working tree of '%s' is", tree->dir.common);
	return err_hint(err, "run the command in that tree");
}

/*
 * The main tree, seen from a linked one: what core.worktree says, or the folder that has the common directory as its ".git".
 * Not from "git worktree list", whose first entry is a git directory in submodules and their like.
 */
static int
add_main(const struct worktree *current, struct worktrees *trees, struct error *err)
{
	struct worktree	tree = { .top = "" };
	char		value[GITDIR_PATH_MAX], path[GITDIR_PATH_MAX], *real;
	size_t		len = strlen(current->dir.common);
	int		rc;

	(void)memcpy(tree.dir.git, current->dir.common, sizeof(tree.dir.git));
	(void)memcpy(tree.dir.common, current->dir.common, sizeof(tree.dir.common));
	if ((rc = common_config(&current->dir, "core.bare", value, err)) != 0)
		return rc;
	if (strcmp(value, "true") == 0)
		return 0;
	if ((rc = common_config(&current->dir, "core.worktree", value, err)) != 0)
		return rc;
	if (value[0] != '\0')
		rc = format_path(path, err, "%s%s%s", value[0] == '/' ? "" : tree.dir.git, value[0] == '/' ? "" :
		    "/", value);
	else if (len > strlen("/.git") && strcmp(tree.dir.git + len - strlen("/.git"), "/.git") == 0)
		rc = format_path(path, err, "%s/..", tree.dir.git);
	else
		return not_located(&tree, err);
	if (rc != 0)
		return rc;
	if ((real = realpath(path, NULL)) == NULL)
		return errno == ENOENT ? 0 : err_errno(err, "cannot find the working tree '%s'", path);
	rc = set_path(tree.top, slice_str(real), err);
	free(real);
	return rc != 0 ? rc : add(trees, &tree, err);
}

/* worktrees/ID: its file "gitdir" names TREE/.git. */
static int
add_linked(const struct worktree *current, const char *id, struct worktrees *trees, struct error *err)
{
	CLEANUP(buf_release) struct buf	text = BUF(GITDIR_PATH_MAX);
	struct worktree			tree = { .top = "" };
	struct slice			top;
	struct stat			st;
	char				path[GITDIR_PATH_MAX];
	int				rc;

	(void)memcpy(tree.dir.common, current->dir.common, sizeof(tree.dir.common));
	if ((rc = format_path(tree.dir.git, err, "%s/worktrees/%s", tree.dir.common, id)) != 0 ||
	    (rc = format_path(path, err, "%s/gitdir", tree.dir.git)) != 0)
		return rc;
	if (strcmp(tree.dir.git, current->dir.git) == 0)
		return 0;
	if ((rc = file_read(path, &text, err)) != 0) {
		if (rc == ERR_NOT_FOUND)
			err_reset(err);
		return rc == ERR_NOT_FOUND ? 0 : err_wrap(err, "cannot read '%s'", path);
	}
	top = slice_trim(buf_slice(&text));
	if (!slice_ends(top, SLICE("/.git")) || top.data[0] != '/')
		return err_set(err, ERR_SYNTAX, "'%s' does not name a working tree", path);
	if ((rc = set_path(tree.top, slice_sub(top, 0, top.len - strlen("/.git")), err)) != 0)
		return rc;
	/* Removed by hand: "git worktree prune" would forget it. */
	if (stat(tree.top, &st) != 0 || !S_ISDIR(st.st_mode))
		return 0;
	return add(trees, &tree, err);
}

static int
add_all_linked(const struct worktree *current, struct worktrees *trees, struct error *err)
{
	char		 path[GITDIR_PATH_MAX];
	struct dirent	*entry;
	DIR		*folder;
	int		 rc = format_path(path, err, "%s/worktrees", current->dir.common);

	if (rc != 0)
		return rc;
	if ((folder = opendir(path)) == NULL)
		return errno == ENOENT ? 0 : err_errno(err, "cannot read '%s'", path);
	while (rc == 0 && (entry = readdir(folder)) != NULL)
		if (entry->d_name[0] != '.')
			rc = add_linked(current, entry->d_name, trees, err);
	(void)closedir(folder);
	return rc;
}

int
worktree_list(const struct worktree *current, struct worktrees *out, struct error *err)
{
	CLEANUP(worktrees_release) struct worktrees	trees = { NULL, 0 };
	int						rc;

	if ((rc = add(&trees, current, err)) != 0)
		return rc;
	if (strcmp(current->dir.git, current->dir.common) != 0 && (rc = add_main(current, &trees, err)) != 0)
		return rc;
	if ((rc = add_all_linked(current, &trees, err)) != 0)
		return rc;
	*out = trees;
	trees = (struct worktrees){ NULL, 0 };
	return 0;
}
