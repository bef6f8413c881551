#ifndef GITFILTER_FILTER_H
#define GITFILTER_FILTER_H

#include <stdbool.h>

#include "base/error.h"
#include "base/slice.h"
#include "base/stream.h"
#include "gitfilter/gitdir.h"
#include "gitfilter/keyfile.h"

/*
 * One driver ("git-crypt", "git-crypt-NAME") of one clone: what git calls clean and smudge, one file at a time.
 *
 * A clone without the key fails closed: clean refuses plaintext, and smudge refuses too, unless the clone is
 * meant to have no key (guard.h) and then hands ciphertext on.
 */
struct filter;

/*
 * filter_new(dir, name, out, err):
 * The driver of the key ${name} ("" for the default) of a clone.  A missing key is not a failure here: whether it matters
 * depends on the file.  A damaged key file is.
 */
int	filter_new(const struct gitdir *dir, const char *name, struct filter **out, struct error *err) WARN_UNUSED;
/* A driver that uses just this key and needs no repository.  Takes ${key} over. */
int	filter_new_key(struct keyfile *key, struct filter **out, struct error *err) WARN_UNUSED;
/* Read all of a file before the first byte of the answer is written: git's process protocol demands it. */
void	filter_drain_first(struct filter *filter);
void	filter_free(struct filter *filter);
DEFINE_CLEANUP(struct filter, filter_free)

/* What a driver did with a file, for the caller to tell the user. */
enum filter_result {
	FILTER_CONVERTED,	/* sealed or opened */
	FILTER_PASSED,		/* handed on as it was, as it should be */
	FILTER_PLAINTEXT,	/* smudge or textconv found a file that is not encrypted */
};

/*
 * filter_clean(filter, path_opt, in, out, result, err):
 * Plaintext to blob.  What is a blob of this key already passes (FORMAT.md 1.5).  With a path, content that a conversion
 * of git's would damage is checked against the path's attributes (ERR_REFUSED); then all of it may have been written to
 * ${out} before the refusal.  Without a key: ERR_NO_KEY for plaintext that is not in the index yet.
 */
int	filter_clean(struct filter *filter, struct slice path_opt, struct source *in, struct sink *out,
	    enum filter_result *result, struct error *err) WARN_UNUSED;

/*
 * filter_smudge(filter, in, out, result, err):
 * Blob to plaintext; also textconv.  Every key of the clone is tried (the tag decides), so a branch from before a change
 * of keys opens.  Up to FILTER_HOLD bytes, and after filter_drain_first() always, nothing is written before the tag has verified;
 * beyond that plaintext streams, and ERR_TAMPERED comes after it (git then drops it).
 */
#define FILTER_HOLD	((size_t)8 * 1024 * 1024)
int	filter_smudge(struct filter *filter, struct source *in, struct sink *out, enum filter_result *result,
	    struct error *err) WARN_UNUSED;

#endif
