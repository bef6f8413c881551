#ifndef BASE_ACCOUNT_H
#define BASE_ACCOUNT_H

#include "base/error.h"

/*
 * Another user of this machine, whom a process that may do so can become for good.  The texts live until the next look-up.
 */
struct account {
	const char	*name, *home;
	unsigned	 user, group;
};

/* ERR_NOT_FOUND when there is no such user. */
int	account_find(const char *name, struct account *out, struct error *err) WARN_UNUSED;
/*
 * account_become(account, err):
 * Groups, group and user, real and saved ones too: there is no way back.  ERR_SYSTEM; the process must end then, since a part may
 * have been done.
 */
int	account_become(const struct account *account, struct error *err) WARN_UNUSED;

#endif
