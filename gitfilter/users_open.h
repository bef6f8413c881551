#ifndef GITFILTER_USERS_OPEN_H
#define GITFILTER_USERS_OPEN_H

#include "base/error.h"
#include "crypto/age.h"
#include "gitfilter/keyring.h"

/* Unlock: find the copies (users.h) that are for the user, and decrypt them.  At the top of the tree. */

/*
 * users_open_gpg(into, err):
 * Decrypt a copy of each key that a secret key of the user's keyring fits, and add the keys to ${into}.  ERR_NO_KEY with
 * git-crypt's words when there is none for any key; when there are copies of a key and gpg opens none of them, its failure.
 * A copy that holds another key than its folder says is ERR_SYNTAX.
 */
int	users_open_gpg(struct keyring *into, struct error *err) WARN_UNUSED;
/* The same with age identities; copies for others are passed over. */
int	users_open_age(const struct age_identities *with, struct keyring *into, struct error *err) WARN_UNUSED;

#endif
