#ifndef CMD_HUBSECRETS_FILE_LIST_H
#define CMD_HUBSECRETS_FILE_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/limits.h"

/*
 * The files that a command line means: those it names, and with --recursive those in the folders it names and below, in the order
 * of their names.  ".git" is passed over; symbolic links that are found are not followed, those that are named are.
 */
struct file_list_entry {
	const char	*path;		/* as named, or below the folder as named */
	const char	*below;		/* its path below that folder; of a file that was named: its last part */
	bool		 found;		/* not named itself */
};

struct file_list {
	struct file_list_entry	*list;
	size_t			 count, capacity;
	struct arena		 arena;		/* their texts */
};
#define FILE_LIST	((struct file_list){ .list = NULL, .arena = ARENA(LIMIT_TREE_NAMES) })

/*
 * file_list_fill(list, operands, count, recursive, err):
 * A file comes once, however often it is named.  A name without a file is there too, and without ${recursive} a folder:
 * reading them will fail.  ERR_SYSTEM (a folder that cannot be read), ERR_LIMIT.
 */
int	file_list_fill(struct file_list *list, const char *const *operands, size_t count, bool recursive, struct error *err) WARN_UNUSED;
void	file_list_release(struct file_list *list);

#endif
