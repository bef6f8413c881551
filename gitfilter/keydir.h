#ifndef GITFILTER_KEYDIR_H
#define GITFILTER_KEYDIR_H

#include <stdbool.h>

#include "base/error.h"
#include "gitfilter/gitdir.h"
#include "gitfilter/keyfile.h"

/*
 * The keys of a clone: "git-crypt/keys/NAME" ("default" for the key without a name) in the git directory.  A
 * linked worktree's own directory is looked at first (git-crypt put them there), then the common one; we
 * write to the common one, so that worktrees share keys.
 */

/* The name as a directory entry: "default" for "". */
const char *keydir_entry(const char *name);

/* Where the key of ${name} is or would be written, in the common directory. */
int	keydir_path(const struct gitdir *dir, const char *name, char out[static GITDIR_PATH_MAX], struct error *err) WARN_UNUSED;
/*
 * Load the key of ${name} ("" for the default key; checked).  ERR_NO_KEY with git-crypt's words when this clone
 * has none; a damaged or incompatible file is ERR_SYNTAX or ERR_UNSUPPORTED, with its path.  A file whose inner name
 * differs is refused.
 */
int	keydir_load(const struct gitdir *dir, const char *name, struct keyfile **out, struct error *err) WARN_UNUSED;

/*
 * keydir_store(dir, key, err):
 * Write a key to the common directory, readable by its owner alone, by rename; an old file of that name is replaced.  A copy in the
 * worktree's own directory goes away, for it would be found first.
 */
int	keydir_store(const struct gitdir *dir, const struct keyfile *key, struct error *err) WARN_UNUSED;
/* Remove the key of that name from both directories, and the mark below; what is not there is no failure. */
int	keydir_remove(const struct gitdir *dir, const char *name, struct error *err) WARN_UNUSED;

/*
 * "git-crypt/unexported/NAME" in the common directory: this clone made the key and nobody else has it.  init sets the mark,
 * export-key and the verbs that add users remove it, lock refuses because of it.
 */
int	keydir_mark_unexported(const struct gitdir *dir, const char *name, bool unexported, struct error *err) WARN_UNUSED;
bool	keydir_is_unexported(const struct gitdir *dir, const char *name);

/* The names of all keys of the clone, sorted by bytes, "" for the default key; both directories, each name once. */
struct keydir_names {
	char	(*name)[KEYFILE_NAME_MAX + 1];
	size_t	 count;
};
int	keydir_list(const struct gitdir *dir, struct keydir_names *out, struct error *err) WARN_UNUSED;
void	keydir_names_release(struct keydir_names *names);

#endif
