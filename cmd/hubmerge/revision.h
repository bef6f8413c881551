#ifndef CMD_HUBMERGE_REVISION_H
#define CMD_HUBMERGE_REVISION_H

#include <stdbool.h>

#include "base/error.h"

/*
 * The values files of a commit, as files: written to a private folder as git has them (what is encrypted there stays
 * encrypted), which becomes the current directory meanwhile.
 *
 *	CLEANUP(revision_release) struct revision revision = REVISION;
 *	revision_enter(&revision, "main~3", err); ...
 */
struct revision {
	struct tmpdir	*folder;	/* NULL: the files as they are */
	int		 home;		/* where we were */
	bool		 has_gitdir;	/* GIT_DIR is ours */
};
#define REVISION	((struct revision){ .folder = NULL, .home = -1 })

/*
 * revision_enter(revision, name, err):
 * ${name} is what git takes for a commit.  Only YAML and JSON files and those of git's attributes are written, and links between
 * them; of a submodule, nothing.  ERR_NOT_FOUND (no such commit), ERR_CHILD, ERR_LIMIT.
 */
int	revision_enter(struct revision *revision, const char *name, struct error *err) WARN_UNUSED;
/* Back to the files as they are. */
void	revision_release(struct revision *revision);

#endif
