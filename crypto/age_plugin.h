#ifndef CRYPTO_AGE_PLUGIN_H
#define CRYPTO_AGE_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"
#include "crypto/age_type.h"

/*
 * age plugins (C2SP age-plugin): keys of kinds that a program of their own handles, a hardware token for one.  A recipient
 * "age1NAME1..." or an identity "AGE-PLUGIN-NAME-1..." belongs to the program age-plugin-NAME, which is looked for on PATH, and only
 * when NAME is made of letters, digits and "+-._".  It is started as
 *
 *	age-plugin-NAME --age-plugin=recipient-v1	to wrap a file key
 *	age-plugin-NAME --age-plugin=identity-v1	to unwrap one
 *
 * and both sides speak in stanzas of the age header over its standard input and output: first we say all that there is to say,
 * up to "done", then it gives commands, each of which we answer, up to its "done".  Its standard error is not shown.  What it
 * says is bounded in size, number and silence; a plugin that breaks the rules is ended.
 *
 * The two functions below lead such a conversation over ${fd}, a socket; they are here for the fuzzer.
 */
#define AGE_PLUGIN_TALK_MAX	((size_t)4 * 1024 * 1024)	/* bytes of one conversation */

struct age_plugin_key {
	char		*program;		/* "age-plugin-NAME" */
	struct buf	 text;			/* the recipient or identity as it was written */
	struct buf	 labels;		/* what the recipient promised when it wrapped: words, sorted */
};

/* Append the stanzas that it made of the file key.  ERR_CHILD, with its own words when it said some; ERR_TIMEOUT, ERR_MEMORY. */
int	age_plugin_wrap(struct age_plugin_key *key, int fd, const uint8_t file_key[static AGE_FILE_KEY_LEN],
	    struct buf *header, struct error *err) WARN_UNUSED;
/* ERR_NO_KEY: nothing is for it; else as above. */
int	age_plugin_unwrap(const struct age_plugin_key *key, int fd, const struct age_stanza *stanzas, size_t n,
	    uint8_t file_key[static AGE_FILE_KEY_LEN], struct error *err) WARN_UNUSED;

/* How long it may be silent, in ms; tests are less patient. */
void	age_plugin_set_patience(unsigned ms);

#endif
