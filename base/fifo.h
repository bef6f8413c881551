#ifndef BASE_FIFO_H
#define BASE_FIFO_H

#include <sys/types.h>

#include "base/error.h"
#include "base/slice.h"

/*
 * Bytes that can be read under a name and never lie in a file: a FIFO, and a process of ours that fills it for whoever opens it; again
 * for the next one, once the last has closed it (where the system tells that: Linux; elsewhere once).  The process goes when we do.
 */

/* Make the FIFO ${path}, mode 0600, and start the process, which has ${bytes} from us as they are now. */
int	fifo_serve(const char *path, struct slice bytes, pid_t *server, struct error *err) WARN_UNUSED;
/* End it; 0 is none.  The FIFO stays. */
void	fifo_stop(pid_t *server);

#endif
