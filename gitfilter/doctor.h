#ifndef GITFILTER_DOCTOR_H
#define GITFILTER_DOCTOR_H

#include <stddef.h>

#include "base/error.h"
#include "base/slice.h"
#include "gitfilter/worktree.h"

/*
 * What is in effect in this clone, what is wrong with it, and what to do: keys, configuration, attributes, files, hooks and
 * settings of git's that undo encryption.
 */
enum doctor_level {
	DOCTOR_OK,
	DOCTOR_NOTE,		/* worth knowing */
	DOCTOR_PROBLEM,
};

struct doctor_finding {
	enum doctor_level	 level;
	struct slice		 text;
	const char		*fix;		/* what to do, or NULL */
};

typedef int doctor_visit(void *context, const struct doctor_finding *finding, struct error *err);

/* At the top of ${tree}.  Changes nothing.  A failure is one of asking; what is found is told to ${visit}. */
int	doctor_run(const struct worktree *tree, doctor_visit *visit, void *context, struct error *err) WARN_UNUSED;

#endif
