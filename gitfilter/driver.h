#ifndef GITFILTER_DRIVER_H
#define GITFILTER_DRIVER_H

#include <stdbool.h>

#include "base/error.h"
#include "base/slice.h"
#include "gitfilter/keyfile.h"

/*
 * The sections of git's configuration that make a key's driver work: "filter.git-crypt[-NAME]" (clean, smudge,
 * process, required), "diff.git-crypt[-NAME]" (textconv) and "merge.git-crypt[-NAME]" (driver).  clean and smudge are what
 * git-crypt writes, for tools and versions of git that do not know process.
 *
 * A clone under guard has the filter section alone; the same process line guards without a key and decrypts with one.
 */
#define DRIVER_NAME_MAX	(KEYFILE_NAME_MAX + 16)

/* "git-crypt" or "git-crypt-NAME": the value of the attributes. */
void	driver_name(const char *key_name, char out[static DRIVER_NAME_MAX]);
/* The key name of such a value ("" for the default key); false for any other driver and for impossible names. */
bool	driver_key_name(struct slice driver, char out[static KEYFILE_NAME_MAX + 1]);

/* Which program the configuration shall name. */
struct driver_program {
	const char	*command;	/* as called: a bare name stays one, a path becomes absolute */
	const char	*textconv;	/* absolute path of hubcrypt-textconv, or NULL: "COMMAND diff" */
};

/* Write all three sections, or the filter alone.  Local scope. */
int	driver_install(const struct driver_program *program, const char *key_name, bool filter_only, struct error *err) WARN_UNUSED;
/*
 * Remove the filter and diff sections; what is not there is no failure.  The merge section stays: without it a "merge="
 * attribute would be no worse, but a section without its driver is fatal to git.
 */
int	driver_remove(const char *key_name, struct error *err) WARN_UNUSED;
/* Remove the diff section alone: what lock does in a clone that stays under guard. */
int	driver_remove_diff(const char *key_name, struct error *err) WARN_UNUSED;
/* Is there a clean or process command for this key? */
int	driver_is_installed(const char *key_name, bool *installed, struct error *err) WARN_UNUSED;

#endif
