#ifndef CRYPTO_AGE_TYPE_H
#define CRYPTO_AGE_TYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"
#include "crypto/age.h"

/*
 * Between age.c and the files age_TYPE.c: what a recipient type has to say.  Nobody else needs this.
 */
#define AGE_STANZA_ARGUMENTS	4	/* of any type that we know, its name included */

struct age_stanza {
	struct slice	 argument[AGE_STANZA_ARGUMENTS];	/* [0] is the type; they point into the header */
	size_t		 arguments;		/* may exceed AGE_STANZA_ARGUMENTS: the rest is not kept */
	struct slice	 words;			/* all of them, as they stand in the header */
	struct slice	 body;			/* decoded */
};

/* A parsed key: ${state} belongs to its type, which frees it. */
struct age_key {
	const struct age_type	*type;
	void			*state;
};

/* A NULL member: the type has no such form. */
struct age_type {
	const char *name;			/* in messages */
	bool	 alone;				/* no other recipient may stand beside it */

	/* Is this text meant for us?  Decides by its beginning alone. */
	bool	(*recipient_recognised)(struct slice text);
	int	(*recipient_parse)(struct slice text, void **state, struct error *err);
	void	(*recipient_free)(void *state);
	/* Append this recipient's stanzas, in the form they have in the header. */
	int	(*wrap)(void *state, const uint8_t file_key[static AGE_FILE_KEY_LEN], struct buf *header,
		    struct error *err);
	/* What wrap() found out: words that must be the same for all recipients of a file.  NULL: none. */
	struct slice (*labels)(const void *state);

	bool	(*identity_recognised)(struct slice text);
	int	(*identity_parse)(struct slice text, void **state, struct error *err);
	void	(*identity_free)(void *state);
	int	(*identity_recipient)(const void *state, struct buf *out, struct error *err);
	/*
	 * 0; ERR_NO_KEY: the stanza is for somebody else, go on; ERR_SYNTAX, ERR_LIMIT, ERR_MEMORY, ERR_CRYPTO: refuse the
	 * whole file; any other kind: it is for us, but this key cannot be used now, go on and say so when nothing
	 * else opens the file.
	 */
	int	(*unwrap)(void *state, const struct age_stanza *stanza,
		    uint8_t file_key[static AGE_FILE_KEY_LEN], struct error *err);
	/* The same, for a type that looks at all stanzas at once. */
	int	(*unwrap_any)(void *state, const struct age_stanza *stanzas, size_t n,
		    uint8_t file_key[static AGE_FILE_KEY_LEN], struct error *err);
	/* Does unwrapping ask a person or start a program?  Such keys wait until the others have failed.  NULL: no. */
	bool	(*waits)(const void *state);
};

/* Append "-> ${words}" (the type and its arguments), then the body in lines of 64 columns. */
int	age_stanza_print(struct slice words, struct slice body, struct buf *header, struct error *err) WARN_UNUSED;

/* age.c: each identity looks at each stanza, until one of them is its own.  Kinds as of unwrap() above. */
int	age_identities_unwrap(const struct age_identities *with, const struct age_stanza *stanzas, size_t n,
	    uint8_t file_key[static AGE_FILE_KEY_LEN], struct error *err) WARN_UNUSED;

extern const struct age_type age_x25519;
extern const struct age_type age_scrypt;	/* its keys are passphrases: struct secret */
extern const struct age_type age_ssh_ed25519, age_ssh_rsa;
extern const struct age_type age_plugin;
extern const struct age_type age_locked;	/* identities only */

/* The states of keys that are not made by a type's parse(). */
int	age_ssh_identity_new(struct slice text, struct slice public_opt, const char *name, const struct age_type **type,
	    void **state, struct error *err) WARN_UNUSED;
int	age_locked_identity_new(struct slice file, const char *name, void **state, struct error *err) WARN_UNUSED;

#endif
