#ifndef TESTS_GIT_H
#define TESTS_GIT_H

/*
 * A repository of one's own for unit tests: the working directory becomes a fresh one in a temporary folder, with settings that
 * owe nothing to the machine's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "tests/tap.h"

static char git_folder[] = "/tmp/hub.XXXXXX";

/* A line of shell that must succeed. */
static inline void
sh(const char *line)
{
	if (system(line) != 0)
		bail_out(line);
}

static inline void
git_cleanup(void)
{
	char line[128];

	(void)snprintf(line, sizeof(line), "rm -rf %s", git_folder);
	if (chdir("/") != 0 || system(line) != 0)
		printf("# %s stays\n", git_folder);
}

static inline void
git_begin(void)
{
	if (mkdtemp(git_folder) == NULL || chdir(git_folder) != 0)
		bail_out("no temporary folder");
	(void)atexit(git_cleanup);
	(void)setenv("HOME", git_folder, 1);
	(void)setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
	(void)unsetenv("GIT_DIR");
	(void)unsetenv("GIT_WORK_TREE");
	sh("git init -q repo && git config --global user.name T && git config --global user.email t@example.org");
	if (chdir("repo") != 0)
		bail_out("no repository");
}

#endif
