#ifndef SOPS_ENVIRON_H
#define SOPS_ENVIRON_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/slice.h"
#include "yamlmerge/document.h"

/*
 * The values of plain documents as environment variables, NAME=VALUE: those at the top of the first document of each, in the texts
 * that sops gives them (1.5, true, <nil>, 1E+06, a time in full).  Comments are passed over.
 */
struct environ {
	struct buf	 text;		/* NAME=VALUE NUL, one after another; secret */
	const char	**entries;	/* environ_entries() fills it */
};
#define ENVIRON	((struct environ){ .text = BUF_SECRET(LIMIT_DOCUMENT) })
void	environ_release(struct environ *environment);

/* "HOME=/root"; a later one of the same name takes its place. */
int	environ_put(struct environ *environment, struct slice name, struct slice value, struct error *err) WARN_UNUSED;
/*
 * environ_add(environment, doc, err):
 * ERR_TYPE (a map or list as a value, a name with '=': named, with position, and never the value), ERR_SYNTAX (a NUL byte
 * in either).
 */
int	environ_add(struct environ *environment, const struct document *doc, struct error *err) WARN_UNUSED;
/*
 * environ_entries(environment, base_opt, out, err):
 * Those of ${base_opt}, "NAME=value" and NULL at the end, that no other one of the same name replaces, and then ours: an array for execve(), which lives
 * until the next change.
 */
int	environ_entries(struct environ *environment, const char *const *base_opt, const char *const **out, struct error *err) WARN_UNUSED;

#endif
