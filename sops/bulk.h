#ifndef SOPS_BULK_H
#define SOPS_BULK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/stream.h"
#include "sops/metadata.h"

/*
 * Binary files too large to hold in memory: the same bytes that binary.c writes and reads (FORMAT.md 7.2), piece by piece.
 * What sops or we wrote is read so; any other spelling of the same JSON is for binary.c.
 */
#define BULK_MIN	((uint64_t)4 * 1024 * 1024)	/* below, whole files are quicker */

/*
 * bulk_encrypt(plain, meta, datakey, indent, out, err):
 * As binary_encrypt().  What surrounds the data is parsed and compared before its second half is written.
 * ERR_LIMIT: AES-GCM ends at 64 GiB.
 */
int	bulk_encrypt(struct source *plain, struct metadata *meta, const struct secret *datakey, int indent, struct sink *out,
	    struct error *err) WARN_UNUSED;

/* An encrypted file of which the data was left out. */
struct bulk {
	int		fd;
	uint64_t	start, end;	/* of the base64 text in it */
	struct buf	text;		/* the file with a short word in its place: to be read as any encrypted file */
};
#define BULK	((struct bulk){ .fd = -1, .text = BUF(1024 * 1024) })
void	bulk_release(struct bulk *bulk);	/* the descriptor is the caller's */

/*
 * bulk_look(fd, size, out, found, err):
 * Is the regular file ${fd} of ${size} bytes one that bulk_decrypt() can read?  If not, or if it is below BULK_MIN, ${found} is false.
 */
int	bulk_look(int fd, uint64_t size, struct bulk *out, bool *found, struct error *err) WARN_UNUSED;
/* The same of the metadata that ${bulk->text} has: no rules and no mac_only_encrypted, which a binary file never has. */
bool	bulk_fits(const struct metadata *meta);

/*
 * bulk_decrypt(bulk, meta, datakey, ignore_mac, final, out, err):
 * All of the plaintext to ${out}.  Where ${final}, what is written there cannot be taken back, and nothing is before tag and MAC have been
 * checked: it is kept until then in a spill (crypto/spill.h).  Else the caller throws away what was written when this fails.
 * Errors as sops_decrypt().
 */
int	bulk_decrypt(const struct bulk *bulk, const struct metadata *meta, const struct secret *datakey, bool ignore_mac, bool final,
	    struct sink *out, struct error *err) WARN_UNUSED;

#endif
