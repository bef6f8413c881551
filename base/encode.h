#ifndef BASE_ENCODE_H
#define BASE_ENCODE_H

#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"

/*
 * Hex and base64, strict, in time that does not depend on the bytes (keys pass through here).
 * All append to ${out}; on failure ${out} is as it was.
 */

/* RFC 4648 section 4, with padding and without line breaks. */
int	base64_encode(struct slice bytes, struct buf *out, struct error *err) WARN_UNUSED;
/* Canonical text only: padding present, unused bits zero, nothing else.  ERR_SYNTAX. */
int	base64_decode(struct slice text, struct buf *out, struct error *err) WARN_UNUSED;

/* The forms that decoding may be told to accept. */
enum base64_flags {
	BASE64_CANONICAL	= 0,
	BASE64_LOOSE_BITS	= 1,	/* unused bits of the last character may be set */
	BASE64_NO_PADDING	= 2,	/* padding must be absent */
	BASE64_URL		= 4,	/* RFC 4648 section 5: '-' and '_' */
	BASE64_SKIP_BREAKS	= 8,	/* CR and LF are ignored */
};
int	base64_decode_as(struct slice text, unsigned flags, struct buf *out, struct error *err) WARN_UNUSED;
/* ${flags}: BASE64_URL, BASE64_NO_PADDING. */
int	base64_encode_as(struct slice bytes, unsigned flags, struct buf *out, struct error *err) WARN_UNUSED;

/*
 * The same text for bytes that are no secret (ciphertext, IVs, tags), several times faster because it
 * looks up tables.  Decoding is as lenient as Go's standard decoder: CR and LF are ignored, padding is
 * required, unused bits are not looked at.  ERR_SYNTAX.
 */
int	base64_encode_public(struct slice bytes, struct buf *out, struct error *err) WARN_UNUSED;
int	base64_decode_public(struct slice text, struct buf *out, struct error *err) WARN_UNUSED;

/* Length of the padded text for ${len} bytes. */
static inline size_t
base64_length(size_t len)
{
	return (len + 2) / 3 * 4;
}

int	hex_encode(struct slice bytes, struct buf *out, struct error *err) WARN_UNUSED;		/* lower case */
int	hex_encode_upper(struct slice bytes, struct buf *out, struct error *err) WARN_UNUSED;
int	hex_decode(struct slice text, struct buf *out, struct error *err) WARN_UNUSED;		/* either case */

#endif
