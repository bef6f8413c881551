#ifndef GITFILTER_GITCMD_H
#define GITFILTER_GITCMD_H

#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"

/*
 * git's own plumbing, asked for what only git may decide (attributes, configuration, what is clean).  Always an
 * argument vector, literal path names, the C locale.
 */

/*
 * gitcmd_run(argv, input, out, err):
 * Run "git ARGV..." (ended by NULL, without "git") with ${input} as its standard input; its standard output is
 * appended to ${out}.  A status other than 0 is ERR_CHILD with the last line that git printed.
 */
int	gitcmd_run(const char *const *argv, struct slice input, struct buf *out, struct error *err) WARN_UNUSED;
/* The same for a command whose status is an answer. */
int	gitcmd_status(const char *const *argv, struct slice input, struct buf *out, int *status, struct error *err) WARN_UNUSED;
/*
 * A command that the user could have given, such as a commit: its output is ours, and nothing is added to the environment that
 * its hooks would see.  A status other than 0 is ERR_CHILD.
 */
int	gitcmd_pass(const char *const *argv, struct slice input, struct error *err) WARN_UNUSED;

#endif
