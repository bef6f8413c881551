#ifndef GITFILTER_OWNINDEX_H
#define GITFILTER_OWNINDEX_H

#include <stdbool.h>

#include "base/error.h"
#include "base/tmpdir.h"

/*
 * An index of our own, in a temporary folder: to read a commit with its attributes, and to make one without touching the
 * user's index.  Between ownindex_enter() and ownindex_leave() every git command works on it (GIT_INDEX_FILE).
 */
struct ownindex {
	struct tmpdir	*folder;
	char		*path;
	char		*users;		/* GIT_INDEX_FILE as it was, or NULL */
	bool		 entered;
};
#define OWNINDEX	((struct ownindex){ .folder = NULL })

int	ownindex_enter(struct ownindex *index, struct error *err) WARN_UNUSED;
void	ownindex_leave(struct ownindex *index);
/* Entered: fill it with a commit's files, whatever it held.  A missing commit is ERR_CHILD. */
int	ownindex_read(struct ownindex *index, const char *commit, struct error *err) WARN_UNUSED;
/* Leaves it, and removes it. */
void	ownindex_release(struct ownindex *index);

#endif
