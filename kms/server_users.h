#ifndef KMS_SERVER_USERS_H
#define KMS_SERVER_USERS_H

#include <stddef.h>

#include "base/error.h"
#include "base/secret.h"
#include "base/slice.h"

/*
 * Who may call hubkms: long-lived access keys, read from a file in the form of an AWS shared credentials
 * file, so that clients can read the same file.  A section is a user, its name the user's name.
 */
#define SERVER_USERS_MAX	100

struct server_users;

struct server_user {
	struct slice	 name, access_key;
	struct secret	*secret;
};

/* Read them.  ERR_SYNTAX with file and line (also when there is no user at all), ERR_LIMIT, ERR_SYSTEM. */
int	server_users_load(const char *path, struct server_users **out, struct error *err) WARN_UNUSED;
/* The same from text; ${path} is for messages. */
int	server_users_parse(struct slice text, const char *path, struct server_users **out,
	    struct error *err) WARN_UNUSED;
/* Make a file with one user, "default", with random keys, unless there is a file. */
int	server_users_make(const char *path, struct error *err) WARN_UNUSED;
void	server_users_free(struct server_users *users);
DEFINE_CLEANUP(struct server_users, server_users_free)

/* The user with that access key, or NULL; the first one of the file. */
const struct server_user	*server_users_find(const struct server_users *users, struct slice access_key);
const struct server_user	*server_users_first(const struct server_users *users);

#endif
