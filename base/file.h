#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"

/*
 * Whole files.  Messages hold only the cause ("Permission denied"); the caller knows what the file
 * means and says so: err_wrap(err, "cannot read key file '%s'", path).
 */

/*
 * Append the whole file to ${out}, whose maximum bounds it.  Pipes, devices and /dev/stdin are read to
 * their end.  ERR_NOT_FOUND, ERR_SYSTEM (a folder, no permission), ERR_LIMIT, ERR_MEMORY.
 */
int	file_read(const char *path, struct buf *out, struct error *err) WARN_UNUSED;
int	file_read_fd(int fd, struct buf *out, struct error *err) WARN_UNUSED;

/* All of ${bytes}, through interruptions and short writes. */
int	file_write_all(int fd, struct slice bytes, struct error *err) WARN_UNUSED;

/*
 * file_replace(path, bytes, err):
 * Afterwards the file holds ${bytes}, or it is what it was: a temporary file in the same folder is
 * written, synced and renamed.  A symbolic link is followed and stays; owner, mode and access list of
 * an existing file are kept (a file that we may not write, or whose owner we cannot keep, is refused);
 * a new one gets 0666 less the umask.  Another hard link of the file keeps the old bytes.
 *
 * A pipe or character device, /dev/stdout and /dev/fd/N, whatever is behind them, are written straight
 * through.  ERR_SYSTEM, ERR_NOT_FOUND (no such folder), ERR_REFUSED, with a hint when the folder is the
 * obstacle.
 */
int	file_replace(const char *path, struct slice bytes, struct error *err) WARN_UNUSED;
/* The same with the mode of a new file, whatever the umask: 0600 for plaintext. */
int	file_replace_mode(const char *path, struct slice bytes, mode_t new_mode, struct error *err) WARN_UNUSED;

/*
 * The same for a key: afterwards the file is ours with mode 0600, whatever the mode, owner and access list of an existing
 * one were, and at no moment could others read the new bytes.
 */
int	file_replace_private(const char *path, struct slice bytes, struct error *err) WARN_UNUSED;

/*
 * file_replace() in pieces, for bytes that do not fit in memory: write to the sink, then commit; freed without that, the old
 * file stays.  A pipe or device takes each piece at once (file_replacement_is_through()): nothing may be written to it that
 * could yet turn out to be wrong.
 */
struct file_replacement;
int		 file_replacement_new(const char *path, struct file_replacement **out, struct error *err) WARN_UNUSED;
struct sink	*file_replacement_sink(struct file_replacement *replacement);
bool		 file_replacement_is_through(const struct file_replacement *replacement);
/* Asked when all is written and nothing is left but to put it in place: a failure of it leaves the old file. */
void		 file_replacement_guard(struct file_replacement *replacement, int (*check)(void *arg, struct error *err), void *arg);
int		 file_replacement_commit(struct file_replacement *replacement, struct error *err) WARN_UNUSED;
void		 file_replacement_free(struct file_replacement *replacement);
DEFINE_CLEANUP(struct file_replacement, file_replacement_free)

/* What tells that a file is still the one that was read. */
struct file_identity {
	bool	exists;
	dev_t	device;
	ino_t	inode;
	off_t	size;
	int64_t	modified, modified_ns, changed, changed_ns;
};

/* A missing file is an answer (exists is false), not a failure. */
int	file_identify(const char *path, struct file_identity *out, struct error *err) WARN_UNUSED;
bool	file_same(const struct file_identity *a, const struct file_identity *b);

/* close(fd) for CLEANUP(); a negative descriptor is none.  Who writes closes explicitly and checks. */
void	file_closep(int *fd);

#endif
