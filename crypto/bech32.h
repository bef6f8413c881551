#ifndef CRYPTO_BECH32_H
#define CRYPTO_BECH32_H

#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"

/*
 * Bech32 (BIP 173, checksum constant 1) without its limit of 90 characters, as age spells its keys.
 * The data characters are coded in time that does not depend on them, as they may be a secret key.
 */
#define BECH32_MAX	(8 * 1024)	/* characters of one string */

/* Append ${prefix}1DATA in the letter case of ${prefix} (one case, printable ASCII).  ERR_SYNTAX. */
int	bech32_encode(struct slice prefix, struct slice bytes, struct buf *out, struct error *err) WARN_UNUSED;
/*
 * bech32_decode(text, prefix, out, err):
 * ${prefix} points into ${text}; the bytes are appended to ${out}.  Mixed case, a wrong checksum, and
 * bits that are left over and not zero are ERR_SYNTAX; the text is not repeated in the message.
 * ERR_LIMIT.  On failure ${out} is as it was.
 */
int	bech32_decode(struct slice text, struct slice *prefix, struct buf *out, struct error *err) WARN_UNUSED;

#endif
