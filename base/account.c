#include "base/account.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <unistd.h>

int
account_find(const char *name, struct account *out, struct error *err)
{
	const struct passwd *entry;

	errno = 0;
	if ((entry = getpwnam(name)) == NULL)
		return err_set(err, ERR_NOT_FOUND, "user: unknown user %s", name);
	*out = (struct account){ .name = entry->pw_name, .home = entry->pw_dir, .user = entry->pw_uid, .group = entry->pw_gid };
	return 0;
}

int
account_become(const struct account *account, struct error *err)
{
	/* The groups first: once we are that user we may not change them. */
	if (initgroups(account->name, account->group) != 0)
		return err_errno(err, "cannot take the groups of '%s'", account->name);
	if (setgid(account->group) != 0 || setuid(account->user) != 0)
		return err_errno(err, "cannot become '%s'", account->name);
	/* On a system where that left a way back, whoever takes the process over could go it. */
	if (account->user != 0 && (setuid(0) == 0 || geteuid() != account->user))
		return err_set(err, ERR_SYSTEM, "cannot become '%s': the process kept its rights", account->name);
	return 0;
}
