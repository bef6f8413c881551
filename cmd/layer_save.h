#ifndef CMD_LAYER_SAVE_H
#define CMD_LAYER_SAVE_H

#include <stddef.h>

#include "base/error.h"
#include "base/slice.h"
#include "cmd/layer_io.h"

/*
 * Saves a layer whatever protects it, the way back from layer_io.h: some values of it changed, everything else as it was, byte for
 * byte.  sops' values that did not change keep their ciphertext; a file that git encrypts is plain in the working tree.
 *
 *	layer_draft_new(&io, layer, changes, count, &draft, err);	nothing is written yet
 *	layer_draft_write(draft, err);
 */
enum layer_change_kind {
	LAYER_VALUE,		/* a scalar becomes ${text} */
	LAYER_PREPEND,		/* a list gets ${text} as its first element */
	LAYER_FIRST_ONLY,	/* a list loses all but its first element */
};

struct layer_change {
	enum layer_change_kind	 kind;
	const struct node	*node;		/* of the layer's document */
	struct slice		 text;		/* a word without blanks, quotes or backslashes: it is written in double quotes */
};

struct layer_draft;

/*
 * layer_draft_new(io, layer, changes, count, out, err):
 * The file locked, read again, changed, sealed, parsed and compared with what was meant.  ERR_CONFLICT: the file is no longer what
 * ${layer} was read from; ERR_REFUSED: git-crypt keeps it locked, or it is in an encoding that cannot be edited; ERR_INTERNAL: the comparison.
 */
int	layer_draft_new(struct layer_io *io, const struct layer *layer, const struct layer_change *changes, size_t count,
	    struct layer_draft **out, struct error *err) WARN_UNUSED;
/* Replace the file, atomically.  ERR_CONFLICT as above. */
int	layer_draft_write(struct layer_draft *draft, struct error *err) WARN_UNUSED;
void	layer_draft_free(struct layer_draft *draft);
DEFINE_CLEANUP(struct layer_draft, layer_draft_free)

#endif
