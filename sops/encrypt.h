#ifndef SOPS_ENCRYPT_H
#define SOPS_ENCRYPT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/slice.h"
#include "sops/metadata.h"
#include "sops/reuse.h"
#include "sops/store.h"
#include "yamlmerge/document.h"

/*
 * From plaintext to ciphertext.  The layout stays: each value is replaced where it stands, in the style in which it was
 * written (spelling.h), so that decrypting gives the same file back.  What the format cannot carry is noted,
 * line by line; what sops could not read again is refused.
 */

/* Values of the plain file that will come back in another spelling, by the lines they stand on, in order; and what was sealed. */
struct notes {
	struct note {
		uint32_t	 line, last;
	}		*list;
	size_t		 count, capacity;
	size_t		 sealed;	/* values and comments that were encrypted, or would be if they were not empty */
};
#define NOTES	((struct notes){ .list = NULL })
void	notes_release(struct notes *notes);

/*
 * plain_load(text, store, out, err):
 * Parse a text that is to be encrypted.  ERR_SYNTAX, ERR_TYPE, ERR_EMPTY, ERR_ENCRYPTED (as store_check_plain()),
 * ERR_REFUSED ("<<" over a scalar), ERR_LIMIT.
 */
int	plain_load(struct slice text, const struct store *store, struct document **out, struct error *err) WARN_UNUSED;
/* The same of a document that has been parsed. */
int	plain_check(const struct document *doc, const struct store *store, struct error *err) WARN_UNUSED;

struct encrypt_options {
	int		 indent;	/* of the metadata, as in store_indent() */
	struct reuse	*reuse_opt;	/* containers of the same data key that may stay */
	struct notes	*notes_opt;
};

/*
 * sops_encrypt(plain, store, meta, datakey, options, out, err):
 * Append the encrypted form of ${plain} to ${out}.  ${meta} has its recipients wrapped already; its time and MAC are
 * set here.  The new text is parsed again and compared with what was meant before this returns 0.
 * ERR_TYPE (a key that is no string, an integer above 63 bits), ERR_REFUSED (a text that would be judged otherwise when
 * it is read), ERR_LIMIT (aliases), ERR_INTERNAL (the comparison).
 */
int	sops_encrypt(const struct document *plain, const struct store *store, struct metadata *meta,
	    const struct secret *datakey, const struct encrypt_options *options, struct buf *out,
	    struct error *err) WARN_UNUSED;

#endif
