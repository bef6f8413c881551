#include "gitfilter/users_open.h"

#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "crypto/gpg.h"
#include "gitfilter/gpgkeys.h"
#include "gitfilter/keydir.h"
#include "gitfilter/treefile.h"
#include "gitfilter/users.h"

/* A copy must hold the key that its folder speaks of: else a member could slip another key under a name. */
static int
take_key(const struct user *user, const struct buf *bytes, struct keyring *into, struct error *err)
{
	CLEANUP(keyfile_freep) struct keyfile	*key = NULL;
	int					 rc;

	if ((rc = keyfile_parse(buf_slice(bytes), &key, err)) != 0)
		return err_wrap(err, "'%s'", (const char *)user->path.data);
	if (keyfile_version(key, 0) == NULL || strcmp(key->name, user->key_name) != 0)
		return err_set(err, ERR_SYNTAX, "'%s' holds another key than its name says ('%s')", (const char *)user->path.data,
		    keydir_entry(key->name));
	return keyring_add(into, TAKE(key), err);
}

/* How a copy is decrypted. */
struct opener {
	enum user_kind			 kind;
	const char			*program;
	const struct age_identities	*identities;
};

static int
open_copy(const struct opener *opener, const struct user *user, struct keyring *into, struct error *err)
{
	CLEANUP(buf_release) struct buf	sealed = BUF(USERS_COPY_MAX), plain = BUF_SECRET(LIMIT_KEY_FILE);
	int				rc;

	if ((rc = treefile_read((const char *)user->path.data, USERS_COPY_MAX, &sealed, err)) != 0)
		return rc;
	rc = opener->kind == USER_GPG ? gpg_unwrap(opener->program, buf_slice(&sealed), &plain, err) :
	    age_open(opener->identities, buf_slice(&sealed), &plain, err);
	if (rc != 0)
		return err_wrap(err, "cannot open '%s'", (const char *)user->path.data);
	return take_key(user, &plain, into, err);
}

/* May this copy be for us?  An age file must be tried; gpg would ask its user for each. */
static bool
may_open(const struct user *user, const struct opener *opener, const struct slice *own_opt)
{
	if (user->kind != opener->kind)
		return false;
	return opener->kind == USER_AGE || slice_eq(user->id, *own_opt);
}

/*
 * One key: copies are users [first, end).  In the order of the user's own keys, as git-crypt does, so that the
 * first one that opens is the same.  A failure counts only when no other copy of the key opens.
 */
static int
open_key(const struct users *users, size_t first, size_t end, const struct opener *opener, const struct gpgkeys *own,
    struct keyring *into, struct error *err)
{
	size_t		rounds = opener->kind == USER_GPG ? own->count : 1;
	struct error	failure = ERROR_INIT;

	for (size_t i = 0; i < rounds; i++)
		for (size_t at = first; at < end; at++) {
			struct error	one = ERROR_INIT;
			int		rc;

			if (!may_open(&users->users[at], opener, opener->kind == USER_GPG ? &own->keys[i].fingerprint : NULL))
				continue;
			if ((rc = open_copy(opener, &users->users[at], into, &one)) == 0)
				return 0;
			/* For another recipient, or on the list without a file: no failure. */
			if (opener->kind == USER_AGE && (rc == ERR_NO_KEY || rc == ERR_NOT_FOUND))
				continue;
			if (failure.kind == ERR_NONE)
				failure = one;
		}
	if (failure.kind == ERR_NONE)
		return 0;
	*err = failure;
	return failure.kind;
}

static int
open_all(const struct opener *opener, const struct gpgkeys *own, struct keyring *into, struct error *err)
{
	CLEANUP(users_release) struct users	users = USERS;
	size_t					end;
	int					rc;

	if ((rc = users_list(&users, err)) != 0)
		return rc;
	for (size_t first = 0; first < users.count; first = end) {
		for (end = first + 1; end < users.count && strcmp(users.users[first].key_name, users.users[end].key_name) == 0; end++)
			;
		if ((rc = open_key(&users, first, end, opener, own, into, err)) != 0)
			return rc;
	}
	return 0;
}

/* ${hint}, unless a sparse checkout is the reason. */
static int
nothing_opened(const char *hint, struct error *err)
{
	struct error	ignored = ERROR_INIT;
	bool		hidden;

	if (users_are_hidden(&hidden, &ignored) == 0 && hidden)
		return err_hint(err, "the users' copies of the key are not in this tree: check their folder out first "
		    "('git sparse-checkout add .git-crypt'), or name a key file");
	return err_hint(err, "%s", hint);
}

int
users_open_gpg(struct keyring *into, struct error *err)
{
	CLEANUP(gpgkeys_release) struct gpgkeys	own = GPGKEYS;
	CLEANUP(buf_release) struct buf		program = BUF(64 * KIB);
	size_t					before = into->count;
	int					rc;

	if ((rc = gpgkeys_own(&own, err)) != 0 || (rc = gpgkeys_program(&program, err)) != 0)
		return rc;
	if ((rc = open_all(&(struct opener){ .kind = USER_GPG, .program = (const char *)program.data }, &own, into, err)) != 0)
		return err_wrap(err, "GPG error");
	if (into->count > before)
		return 0;
	(void)err_set(err, ERR_NO_KEY, "no GPG secret key available to unlock this repository.");
	return nothing_opened("to unlock with an exported key, name its file: 'hubcrypt unlock FILE'; with an age identity: "
	    "'--identity FILE'; to be let in, have a member run 'hubcrypt add-gpg-user' with your key", err);
}

int
users_open_age(const struct age_identities *with, struct keyring *into, struct error *err)
{
	size_t	before = into->count;
	int	rc;

	if ((rc = open_all(&(struct opener){ .kind = USER_AGE, .identities = with }, NULL, into, err)) != 0)
		return rc;
	if (into->count > before)
		return 0;
	(void)err_set(err, ERR_NO_KEY, "no copy of a key in this repository is for any of these age identities");
	return nothing_opened("have a member run 'hubcrypt add-age-user' with your recipient (age-keygen -y prints it)", err);
}
