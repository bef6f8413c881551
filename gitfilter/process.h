#ifndef GITFILTER_PROCESS_H
#define GITFILTER_PROCESS_H

#include "base/error.h"
#include "base/pktline.h"
#include "gitfilter/filter.h"

/*
 * git's long-running filter protocol, version 2 (gitattributes(5)): one process for all files of a git command.
 * clean and smudge are offered, delay is not: for small files the cost is in starting processes, and holding delayed
 * files would cost memory.
 *
 * A failure of one file is answered for that file ("status=error", which git makes fatal when the filter is required)
 * and the next is served.  Content that turns out wrong after it was sent is taken back by a final status.
 */

/* Called for each file that failed (${err}) or was found in plaintext by smudge (NULL): talk goes to standard error. */
typedef void process_report(struct slice path, const struct error *err_opt);

/*
 * process_serve(line, filter, broken_opt, report, err):
 * Serve until git closes the connection (0).  ERR_SYNTAX and ERR_UNSUPPORTED when the other side does not speak the protocol,
 * ERR_SYSTEM, ERR_LIMIT.  ${filter} must have been told to drain first.  Without a filter ${broken_opt} says why, and is the answer for every
 * file: git itself would die of a process that does not shake hands, also where the filter is not required.
 */
int	process_serve(struct pktline *line, struct filter *filter, const struct error *broken_opt, process_report *report,
	    struct error *err) WARN_UNUSED;

#endif
