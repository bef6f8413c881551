#ifndef GITFILTER_GPGKEYS_H
#define GITFILTER_GPGKEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/slice.h"

/*
 * The user's GPG keyrings, by way of gpg's colon listing (doc/DETAILS of GnuPG).  User ids are foreign text: gpg writes control
 * characters and colons in them as "\x3a", and so they stay.
 */
struct gpgkey {
	struct slice	fingerprint;	/* of the primary key: 40 to 64 digits in upper case, NUL behind it */
	struct slice	name;		/* its first user id, NUL behind it; may be empty */
	struct slice	expires;	/* seconds since 1970 in decimal; empty: never */
	char		validity;	/* gpg's letter: m, f, u are believed, e has expired, r is revoked; '-' when it gives none */
	bool		can_encrypt;	/* the key as a whole, as gpg judges it now */
};

struct gpgkeys {
	struct gpgkey	*keys;
	size_t		 count;
	struct arena	 arena;
};
#define GPGKEYS		((struct gpgkeys){ .keys = NULL, .arena = ARENA(64 * MIB) })

void	gpgkeys_release(struct gpgkeys *keys);

/*
 * gpgkeys_parse(listing, every, out, err):
 * Add the keys of a listing: one for each primary public key ("pub") with a fingerprint, or, with ${every}, one for each
 * fingerprint line whatever it belongs to, for a copy may be for a subkey.  Fingerprints that are none are
 * passed over.  ERR_LIMIT.
 */
int	gpgkeys_parse(struct slice listing, bool every, struct gpgkeys *out, struct error *err) WARN_UNUSED;

/* The program: git's gpg.program, else "gpg".  NUL behind it. */
int	gpgkeys_program(struct buf *out, struct error *err) WARN_UNUSED;
/*
 * Public keys that ${who} (a name, an address, a fingerprint; never taken for an option) names; none is an answer.
 * ERR_CHILD when gpg cannot be run.
 */
int	gpgkeys_find(const char *const *who, size_t count, struct gpgkeys *out, struct error *err) WARN_UNUSED;
/* Just one.  ERR_NOT_FOUND, or ERR_CONFLICT when there are several, in git-crypt's words. */
int	gpgkeys_find_one(const char *who, struct gpgkeys *out, struct error *err) WARN_UNUSED;
/* The fingerprints of all secret keys, primary and subkeys, in gpg's order. */
int	gpgkeys_own(struct gpgkeys *out, struct error *err) WARN_UNUSED;

/* Is this a fingerprint as gpg prints it: 40 to 64 digits and capital letters? */
bool	gpgkeys_is_fingerprint(struct slice text);

#endif
