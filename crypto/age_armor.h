#ifndef CRYPTO_AGE_ARMOR_H
#define CRYPTO_AGE_ARMOR_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"

/*
 * The text form of an age file: padded base64 in lines of 64 columns between
 * "-----BEGIN AGE ENCRYPTED FILE-----" and "-----END AGE ENCRYPTED FILE-----".
 *
 * Decoding is strict: canonical base64, every line but the last full, none empty, LF or CRLF; blanks
 * and line breaks are allowed only before BEGIN and after END, AGE_ARMOR_BLANKS of them at most.
 */
#define AGE_ARMOR_BLANKS	1024

/* Does ${text} begin, after blanks, like armor? */
bool	age_armor_recognised(struct slice text);
/* Append the armor of ${file}, with a final line break. */
int	age_armor_encode(struct slice file, struct buf *out, struct error *err) WARN_UNUSED;
/* Append the bytes.  ERR_SYNTAX with the line, ${out} as it was. */
int	age_armor_decode(struct slice text, struct buf *out, struct error *err) WARN_UNUSED;

#endif
