#ifndef CRYPTO_AGE_HEADER_H
#define CRYPTO_AGE_HEADER_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"
#include "crypto/age_type.h"

/*
 * The text header of an age file (age.h shows one): only the files of age need this page.  Reading is strict, so that
 * there is one spelling of each header and the MAC covers what every reader sees.
 */
#define AGE_INTRO	"age-encryption.org/v1\n"
#define AGE_MAC_LEN	32

struct age_header {
	struct age_stanza	*stanza;	/* in the arena */
	size_t			 stanzas;
	struct slice		 covered;	/* by the MAC: the file up to and including "---" */
	uint8_t			 mac[AGE_MAC_LEN];
	struct slice		 rest;		/* the file behind the header */
	struct arena		 arena;
};

#define AGE_HEADER	((struct age_header){ .stanzas = 0, .arena = ARENA(4 * LIMIT_AGE_HEADER) })

/*
 * Parse the header at the beginning of ${file}, into which the result points; ${header} begins as
 * AGE_HEADER.  ERR_SYNTAX with the number of the header's line in the text, ERR_LIMIT, ERR_MEMORY.
 */
int	age_header_parse(struct slice file, struct age_header *header, struct error *err) WARN_UNUSED;
void	age_header_release(struct age_header *header);

/*
 * age_stanza_parse(text, arena, out, used, err):
 * One stanza at the beginning of ${text}, as plugins send them; its words point into ${text}, its body is the arena's.
 * ${used} is its length, or 0 when it is not complete, and ${out} is empty then.  ERR_SYNTAX, ERR_LIMIT.
 */
int	age_stanza_parse(struct slice text, struct arena *arena, struct age_stanza *out, size_t *used,
	    struct error *err) WARN_UNUSED;

#endif
