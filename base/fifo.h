#ifndef BASE_FIFO_H
#define BASE_FIFO_H

#include <sys/types.h>

#include "base/error.h"
#include "base/slice.h"

/*
 * Bytes that can be read under a name and never lie in a file: a FIFO, and a process of ours that fills it for whoever opens it, and
 * anew for everyone who opens it again.  The process goes when we do.
 */

/*
 * Make the FIFO ${path}, mode 0600, in a folder of ours (where "${path}.next" is taken, too), and start the process, which has ${bytes} from
 * us as they are now.  ERR_LIMIT (the path), ERR_SYSTEM.
 */
int	fifo_serve(const char *path, struct slice bytes, pid_t *server, struct error *err) WARN_UNUSED;
/* End it; 0 is none.  The FIFO stays. */
void	fifo_stop(pid_t *server);

#endif
