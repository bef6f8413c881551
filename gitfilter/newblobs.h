#ifndef GITFILTER_NEWBLOBS_H
#define GITFILTER_NEWBLOBS_H

#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/slice.h"

/*
 * Put many blobs into git's object database: one "git fast-import" for some dozens of megabytes, no file of ours in between.
 * Nothing refers to them yet, so a run that is killed leaves what gc removes.
 */
struct newblobs {
	struct buf	 stream;	/* for fast-import */
	size_t		 pending;	/* blobs in it */
	struct slice	*ids;		/* hexadecimal, in the order of newblobs_add() */
	size_t		 count, capacity;
	struct arena	 arena;
};
#define NEWBLOBS	((struct newblobs){ .stream = BUF(1024 * MIB), .arena = ARENA(256 * MIB) })

/* ${bytes} are copied.  ids[] holds it after newblobs_finish(). */
int	newblobs_add(struct newblobs *blobs, struct slice bytes, struct error *err) WARN_UNUSED;
int	newblobs_finish(struct newblobs *blobs, struct error *err) WARN_UNUSED;
void	newblobs_release(struct newblobs *blobs);

#endif
