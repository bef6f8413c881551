#ifndef GITFILTER_GITDIR_H
#define GITFILTER_GITDIR_H

#include "base/error.h"

/*
 * Where a repository keeps its own files, found without starting git: the filter runs once a command, or once a
 * file, and a process costs more than everything else that it does.
 *
 * A linked worktree has a git directory of its own (".git/worktrees/ID") and shares the common one; everywhere
 * else the two are the same.
 */
#define GITDIR_PATH_MAX	4096

struct gitdir {
	char	git[GITDIR_PATH_MAX];		/* git rev-parse --git-dir, absolute */
	char	common[GITDIR_PATH_MAX];	/* git rev-parse --git-common-dir, absolute */
};

/*
 * gitdir_find(out, err):
 * From $GIT_DIR and $GIT_COMMON_DIR when they are set, else from the working directory upwards: ".git" as a
 * directory or as a file that names one, or a bare repository.  ERR_NOT_FOUND outside any repository,
 * ERR_SYNTAX for a ".git" file that names nothing usable.
 */
int	gitdir_find(struct gitdir *out, struct error *err) WARN_UNUSED;

#endif
