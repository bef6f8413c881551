#ifndef GITFILTER_REPO_H
#define GITFILTER_REPO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/slice.h"

/*
 * git's object database, read in this process by libgit2: a loose object is opened once, where "git cat-file --batch" opens it three
 * times, and there is no pipe between.  Only for what both read alike; the rest is git's to answer (blobs.h).
 */
struct repo;

/*
 * The database of the repository that we are in.  ${out} is NULL, which is no failure, when git had better be asked: ids that are not
 * SHA-1, object directories from the environment (a hook that looks at a push has one), replaced objects.
 */
int	repo_open(size_t id_len, struct repo **out, struct error *err) WARN_UNUSED;
void	repo_free(struct repo *repo);
DEFINE_CLEANUP(struct repo, repo_free)

/*
 * A blob, valid until the next call; of one that is larger than ${most} the size alone, and ${bytes} without data.  False when git had
 * better be asked: it is not here, damaged, or no blob.
 */
bool	repo_blob(struct repo *repo, struct slice id, size_t most, struct slice *bytes, uint64_t *size) WARN_UNUSED;

#endif
