#ifndef GITFILTER_CHECKOUT_H
#define GITFILTER_CHECKOUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "gitfilter/gitdir.h"
#include "gitfilter/keyring.h"
#include "gitfilter/tracked.h"

/*
 * Turn many working files from ciphertext into plaintext or back, or find out what would happen.
 *
 * git could do it ("git checkout"), but it removes a file before it writes it, dies at the first one that fails, and decides by
 * time stamps what needs no work.  We judge each file by its content beside its blob in the index, and replace it by rename, so
 * that a run that is killed leaves every file whole in one of its two forms.  Both count as unmodified while the filters are
 * set up, since clean passes ciphertext; before the first file changes git must forget what it knows about their size and
 * time (checkout_forget()), or it would take another size for an edit without asking the filter.
 *
 * All of this happens at the top of the current tree (worktree.h).
 */
enum checkout_form {
	CHECKOUT_PLAIN,
	CHECKOUT_SEALED,
};

enum checkout_verdict {
	CHECKOUT_CONVERT,	/* in the other form: is, or would be, converted */
	CHECKOUT_DONE,		/* already in the form that is wanted */
	CHECKOUT_EDITED,	/* neither form of its blob */
	CHECKOUT_MISSING,	/* no regular file there */
	CHECKOUT_UNENCRYPTED,	/* its blob is plaintext */
	CHECKOUT_NO_KEY,	/* wanted in plaintext, and no key of the ring opens its blob */
	CHECKOUT_LARGE,		/* its blob is larger than BLOBS_SIZE_MAX: a case for checkout_by_git() */
	CHECKOUT_TWICE,		/* wanted in plaintext, and encrypted twice: there is ciphertext of a key of the ring within; left alone */
	CHECKOUT_ABSENT,	/* its blob is missing in the object database */
};

/* Called after each file, for a user who waits. */
typedef void checkout_progress(size_t done, size_t total);

/*
 * The blobs of the files that one run has found in the other form, for the next runs over these files to take instead of asking git
 * again: as many as fit into a bound, in the order of the files.  The blobs are ciphertext.
 */
struct checkout_kept {
	struct checkout_blob	*blobs;
	size_t			 count, capacity;
	bool			 full;
	struct arena		 arena;
};
#define CHECKOUT_KEPT	((struct checkout_kept){ .blobs = NULL, .arena = ARENA(64 * MIB) })

struct checkout {
	enum checkout_form	 form;		/* what is wanted */
	struct keyring		*ring;
	const struct gitdir	*dir;		/* of the current tree: temporary files lie there, never beside the secrets */
	bool			 change;	/* do it; else only say what would be done */
	bool			 overwrite;	/* with CHECKOUT_SEALED: edited files lose their edits */
	checkout_progress	*progress_opt;
	struct checkout_kept	*keep_opt;	/* add what is to be converted */
	const struct checkout_kept *kept_opt;	/* look here first; of use when the files come in the order of that run */
};

/* Called for each file, after it was converted.  A result other than 0 ends the run with it. */
typedef int checkout_visit(void *context, const struct tracked_file *file, enum checkout_verdict verdict, struct error *err);

/* Entries in conflict (stages 1 to 3) are left out. */
int	checkout_run(const struct checkout *checkout, const struct tracked *files, checkout_visit *visit, void *context,
	    struct error *err) WARN_UNUSED;
void	checkout_kept_release(struct checkout_kept *kept);
/* Have git forget the size and time of these files.  skip-worktree entries are left alone. */
int	checkout_forget(const struct tracked *files, struct error *err) WARN_UNUSED;
/*
 * Have git write these files, for those that are missing or too large to hold: through the filters that are set up, or as they
 * are in the repository, whatever is set up.
 */
int	checkout_by_git(const struct tracked *files, enum checkout_form form, struct error *err) WARN_UNUSED;
/* Have git look at the tree again and record what it finds. */
int	checkout_refresh(struct error *err) WARN_UNUSED;
/*
 * Is there nothing that a commit could want?  As git-crypt asks, of tracked files and the index alone; but files that another run
 * left half-way, in the other of their two forms, are no change.
 */
int	checkout_is_clean(bool *clean, struct error *err) WARN_UNUSED;

#endif
