#include "base/linemerge.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/run.h"

#define FD_FIRST	10		/* beyond the numbers that a child's own pipes take */
#define NAME_MAX_LEN	48

/*
 * A file in memory that a child can open as "/dev/fd/N": on purpose without close-on-exec, in a program that starts nothing
 * else meanwhile.
 */
static int
memory_file(struct slice text, int *out, struct error *err)
{
	CLEANUP(file_closep) int	fd = memfd_create("", MFD_CLOEXEC);
	int				rc;

	if (fd < 0)
		return err_errno(err, "cannot make a file in memory");
	if ((rc = file_write_all(fd, text, err)) != 0)
		return err_wrap(err, "cannot write a file in memory");
	if ((*out = fcntl(fd, F_DUPFD, FD_FIRST)) < 0)
		return err_errno(err, "cannot make a file in memory");
	return 0;
}

static void
close_three(int (*fds)[3])
{
	for (size_t i = 0; i < 3; i++)
		file_closep(&(*fds)[i]);
}

/* Its status: 0, the number of conflicts up to 127, or 255 for a failure. */
static int
run_git(const int fds[static 3], int64_t marker_size, struct buf *out, bool *conflict, struct error *err)
{
	char	name[3][NAME_MAX_LEN], size[NAME_MAX_LEN];
	const char *const argv[] = { "git", "merge-file", "-p", "-q", size, "-L", "ours", "-L", "base", "-L", "theirs", name[1],
	    name[0], name[2], NULL };
	const char *const environment[] = { "LC_ALL=C", NULL };
	struct run	run = { .argv = argv, .env_add_opt = environment, .out_opt = out };
	int		status, rc;

	for (size_t i = 0; i < 3; i++)
		(void)snprintf(name[i], sizeof(name[i]), "/dev/fd/%d", fds[i]);
	(void)snprintf(size, sizeof(size), "--marker-size=%" PRId64, marker_size > 0 ? marker_size : 7);
	if ((rc = run_command(&run, &status, err)) != 0)
		return err_wrap(err, "cannot run 'git merge-file'");
	if (status < 0 || status > 127)
		return err_set(err, ERR_CHILD, "'git merge-file' failed");
	*conflict = status > 0;
	return 0;
}

int
linemerge_run(const struct linemerge *versions, struct buf *out, bool *conflict, struct error *err)
{
	const struct slice		text[3] = { versions->base, versions->ours, versions->theirs };
	CLEANUP(close_three) int	fds[3] = { -1, -1, -1 };
	int				rc = 0;

	for (size_t i = 0; i < 3 && rc == 0; i++)
		rc = memory_file(text[i], &fds[i], err);
	return rc != 0 ? rc : run_git(fds, versions->marker_size, out, conflict, err);
}
