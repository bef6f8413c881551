#ifndef GITFILTER_TRACKED_H
#define GITFILTER_TRACKED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/slice.h"
#include "gitfilter/keyfile.h"

/*
 * The regular files of the index that carry an encryption driver, as git sees index and attributes.  One git
 * process lists, one judges, whatever the number of files.
 */
struct tracked_file {
	struct slice	path;			/* relative to the top of the tree, NUL behind it */
	struct slice	id;			/* of the blob, hexadecimal */
	uint32_t	mode;			/* 0100644 or 0100755 */
	unsigned	stage;			/* 0; 1 to 3 for a path in conflict */
	bool		skip_worktree, assume_unchanged;
	struct slice	driver;			/* value of its filter attribute: "git-crypt", "git-crypt-NAME", or another's */
	struct slice	diff;			/* value of its diff attribute */
	bool		encrypted;		/* the driver is one of ours */
	char		key_name[KEYFILE_NAME_MAX + 1];
};

struct tracked {
	struct tracked_file	*files;		/* sorted by path, then stage, as git lists them */
	size_t			 count, capacity;
	struct arena		 arena;
};
#define TRACKED	((struct tracked){ .files = NULL, .arena = ARENA(1024 * MIB) })

/* Must run at the top of the tree.  ${all}: files without our driver as well. */
int	tracked_list(bool all, struct tracked *out, struct error *err) WARN_UNUSED;
/* The same by the attributes that the index holds, whatever the working tree says; needs no tree. */
int	tracked_list_index(bool all, struct tracked *out, struct error *err) WARN_UNUSED;
/*
 * Some of a list: those for which ${wanted} says so.  The result shares the list's text and must go before it.
 */
typedef bool tracked_wanted(void *context, const struct tracked_file *file);
int	tracked_select(const struct tracked *from, tracked_wanted *wanted, void *context, struct tracked *out,
	    struct error *err) WARN_UNUSED;
/* Append one file of a list to another, which shares its text. */
int	tracked_add(struct tracked *to, const struct tracked_file *file, struct error *err) WARN_UNUSED;
void	tracked_release(struct tracked *tracked);

#endif
