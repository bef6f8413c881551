#ifndef CRYPTO_SPILL_H
#define CRYPTO_SPILL_H

#include <stdint.h>

#include "base/error.h"
#include "base/stream.h"

/*
 * Input of any size that can be read twice: a source over another one that keeps what it has read.  The
 * first SPILL_MEMORY bytes stay in memory, the rest goes to an unlinked temporary file, encrypted under a key
 * that exists only in this process, so plaintext of large secrets never reaches a disk.  Of input that can be read
 * again by itself (a regular file) nothing is kept.
 *
 * One object serves file after file: spill_begin() forgets the last one and keeps the memory.
 */
#define SPILL_MEMORY	((size_t)8 * 1024 * 1024)

struct spill;

int		 spill_new(struct spill **out, struct error *err) WARN_UNUSED;
void		 spill_free(struct spill *spill);
DEFINE_CLEANUP(struct spill, spill_free)

/* Read ${in} from now on, which must live as long as it is read.  The result belongs to the spill. */
struct source	*spill_begin(struct spill *spill, struct source *in);

/*
 * spill_look(spill, len, head, err):
 * The first bytes without moving: at least ${len} (at most SPILL_MEMORY) unless the input is shorter.  Valid until
 * the next read.
 */
int	spill_look(struct spill *spill, size_t len, struct slice *head, struct error *err) WARN_UNUSED;
/* Take all that ${in} still has, unless it can be read again by itself. */
int	spill_drain(struct spill *spill, struct error *err) WARN_UNUSED;
/* From now on read bytes are not kept: what lies beyond can be read once, and costs no file. */
void	spill_stop(struct spill *spill);
/* Is the end of the input known, and what was read all in memory? */
bool	spill_in_memory(const struct spill *spill);

#endif
