#ifndef GITFILTER_USERS_H
#define GITFILTER_USERS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"
#include "gitfilter/gpgkeys.h"
#include "gitfilter/keyfile.h"

/*
 * Who can unlock: copies of a key in the tree, each encrypted to one person (FORMAT.md section 3).  GPG users are shared with
 * git-crypt, age recipients lie where it does not look.  Everything here must run at the top of the tree.
 *
 * What the tree says of its users is as trustworthy as whoever may write to the repository.  Reading is harmless, since a copy
 * must hold the key of its folder's name; who makes new copies from the list (rotate.h) shows it to the user.
 */
enum user_kind {
	USER_GPG,
	USER_AGE,
};

struct user {
	enum user_kind	 kind;
	char		 key_name[KEYFILE_NAME_MAX + 1];	/* "" for the default key */
	struct slice	 id;		/* fingerprint in upper case, or the age recipient; NUL behind it */
	struct slice	 path;		/* of the copy, NUL behind it */
};

struct users {
	struct user	*users;		/* by key as the directory sorts ("default" for ""), GPG before age, then by id */
	size_t		 count;
	struct arena	 arena;
};
#define USERS	((struct users){ .users = NULL, .arena = ARENA(64 * MIB) })

/* Where the copies are: ".git-crypt", or what git-crypt.repoStateDir says.  Relative to the top, NUL behind it. */
int	users_folder(struct buf *out, struct error *err) WARN_UNUSED;
/* Of every key; of a recipient in the list without a file, too (its path leads to none). */
int	users_list(struct users *out, struct error *err) WARN_UNUSED;
void	users_release(struct users *users);
/* Does the index have copies while the tree, as a sparse checkout, has none of them? */
int	users_are_hidden(bool *hidden, struct error *err) WARN_UNUSED;

#define USERS_COPY_MAX	(1 * MIB)	/* one copy of a key: some hundred bytes, more with very large RSA keys */

/*
 * users_add_gpg(key, to, trusted, paths, err):
 * Make a copy of ${key} for this public key, unless there is one.  ${paths}, each ended by a NUL byte, gets the
 * files that belong to it, written now or before, the folder's own .gitattributes included.  ERR_REFUSED when
 * the key cannot be used (expired, revoked) or gpg is not sure whose it is and ${trusted} is false.
 */
int	users_add_gpg(const struct keyfile *key, const struct gpgkey *to, bool trusted, struct buf *paths,
	    struct error *err) WARN_UNUSED;
/* The same for an age recipient ("age1...", "ssh-ed25519 ..."). */
int	users_add_age(const struct keyfile *key, struct slice recipient, struct buf *paths, struct error *err) WARN_UNUSED;

/*
 * users_seal(key, user, bytes, path, err):
 * The copy of ${key} for the same person as ${user}, and where it belongs, without writing it: what rotate commits.
 */
int	users_seal(const struct keyfile *key, const struct user *user, struct buf *bytes, struct buf *path,
	    struct error *err) WARN_UNUSED;
/*
 * The bytes and the place of the list of recipients that goes with copies for age, one line for each of ${users}
 * that is one.
 */
int	users_recipients(const struct keyfile *key, const struct users *users, struct buf *bytes, struct buf *path,
	    struct error *err) WARN_UNUSED;

/* The folder's own .gitattributes, which keeps patterns of the whole repository away from the copies, and its place. */
int	users_attributes(struct slice *bytes, struct buf *path, struct error *err) WARN_UNUSED;

/* Remove a copy, and a recipient's line in the list.  ${paths} gets what was removed or written. */
int	users_remove(const struct user *user, struct buf *paths, struct error *err) WARN_UNUSED;

/*
 * Put ${paths} (each ended by a NUL byte), written or removed, into the index and, with ${commit}, make a
 * commit of these alone: hooks and signature as ever, git's talk goes where ours does.
 */
int	users_commit(struct slice paths, const char *message, bool commit, struct error *err) WARN_UNUSED;

#endif
