#ifndef SOPS_REREAD_H
#define SOPS_REREAD_H

#include "base/error.h"
#include "base/slice.h"
#include "sops/metadata.h"
#include "sops/store.h"
#include "yamlmerge/document.h"

/*
 * What is about to be written is parsed once more and compared with what was meant, side by side: the same
 * containers, keys and comments in the same order, clear values untouched, each container in its place, and the rules
 * choosing the same leaves from ciphertext as from plaintext.
 */

/*
 * The containers of a text, in the order of the walk: of each its length and a sum of its bytes.  The sum tells a slip of ours from what
 * was meant; that nobody else changes a container is what its tag is for.
 */
struct sealed_texts {
	struct sealed_text	*list;
	size_t			 count, capacity;
};
#define SEALED_TEXTS	((struct sealed_texts){ .list = NULL })
void	sealed_texts_release(struct sealed_texts *sealed);
int	sealed_texts_add(struct sealed_texts *sealed, struct slice container, struct error *err) WARN_UNUSED;

/*
 * reread_sealed(plain, text, store, meta, sealed, err):
 * Is ${text} the encrypted form of ${plain}?  ERR_REFUSED when a comment is judged otherwise once it is ciphertext, ERR_INTERNAL
 * for any other difference: nothing must be written then.
 */
int	reread_sealed(const struct document *plain, struct slice text, const struct store *store, const struct metadata *meta,
	    const struct sealed_texts *sealed, struct error *err) WARN_UNUSED;
/*
 * The same for ciphertext that was made anew: is ${text} what ${old} holds, each container replaced by the next of ${sealed}?
 * Comments that could not be opened are as they were.
 */
int	reread_resealed(const struct document *old, struct slice text, const struct store *store, const struct metadata *meta,
	    const struct sealed_texts *sealed, struct error *err) WARN_UNUSED;
/* Do two plain documents hold the same leaves at the same paths, comments aside?  ERR_INTERNAL. */
int	reread_same(const struct document *a, const struct document *b, const struct store *store, struct error *err) WARN_UNUSED;

#endif
