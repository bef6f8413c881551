/* rm-gpg-user: take a user's copies of the key away.  The key itself stays known to that user: rotate changes it. */
#include <string.h>

#include "base/limits.h"
#include "cmd/hubcrypt-admin/admin.h"
#include "gitfilter/gpgkeys.h"
#include "gitfilter/keydir.h"
#include "gitfilter/users.h"

#define DIGITS_MIN	16	/* of a fingerprint's end: a long key id */

/* Whether ${who} is a fingerprint's end, an age recipient or a copy's whole id. */
static bool
is_called(const struct user *user, const char *who)
{
	struct slice text = slice_str(who);

	if (user->kind == USER_AGE)
		return slice_eq(text, user->id);
	if (slice_starts(text, SLICE("0x")) || slice_starts(text, SLICE("0X")))
		text = slice_from(text, 2);
	return text.len >= DIGITS_MIN && text.len <= user->id.len && slice_eq_nocase(text, slice_from(user->id,
	    user->id.len - text.len));
}

/* A user may be gone from the keyring, so the list is asked first, and gpg for what is a name. */
static int
remove_one(struct users *users, const char *key_name, const char *who, struct buf *paths, struct error *err)
{
	CLEANUP(gpgkeys_release) struct gpgkeys	found = GPGKEYS;
	bool					any = false;
	int					rc;

	for (unsigned by_name = 0; by_name < 2 && !any; by_name++) {
		if (by_name == 1 && (rc = gpgkeys_find_one(who, &found, err)) != 0)
			return rc;
		for (size_t i = 0; i < users->count; i++) {
			const struct user *user = &users->users[i];

			if (strcmp(user->key_name, key_name) != 0 ||
			    !(by_name == 0 ? is_called(user, who) : slice_eq(user->id, found.keys[0].fingerprint)))
				continue;
			any = true;
			if ((rc = users_remove(user, paths, err)) != 0)
				return rc;
		}
	}
	return any ? 0 : err_set(err, ERR_NOT_FOUND, "'%s' is no user of the key '%s'", who, keydir_entry(key_name));
}

int
verb_remove_user(const struct cli_args *args, struct error *err)
{
	const struct admin_options		*options = args->options;
	CLEANUP(users_release) struct users	 users = USERS;
	CLEANUP(buf_release) struct buf		 paths = BUF(16 * MIB), message = BUF(16 * MIB);
	struct worktree				 tree;
	const char				*name;
	char					 prefix[GITDIR_PATH_MAX];
	int					 rc;

	if ((rc = admin_key_name(args, &name, err)) != 0 || (rc = admin_enter(&tree, prefix, err)) != 0 ||
	    (rc = users_list(&users, err)) != 0 ||
	    (rc = buf_printf(&message, err, "Remove %zu git-crypt collaborator%s\n\n", args->count, args->count == 1 ? "" : "s")) != 0)
		return rc;
	for (size_t i = 0; i < args->count; i++)
		if ((rc = remove_one(&users, name, args->operands[i], &paths, err)) != 0 ||
		    (rc = buf_printf(&message, err, "    %s\n", args->operands[i])) != 0)
			return rc;
	if ((rc = buf_terminate(&message, err)) != 0 ||
	    (rc = users_commit(buf_slice(&paths), (const char *)message.data, !options->no_commit, err)) != 0)
		return rc;
	cli_warn("who had the key '%s' still has it, and can read old and new files: 'hubcrypt rotate' makes a new one",
	    keydir_entry(name));
	return 0;
}
