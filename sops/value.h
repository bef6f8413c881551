#ifndef SOPS_VALUE_H
#define SOPS_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/slice.h"
#include "yamlmerge/scalar.h"

/*
 * One encrypted leaf: the text ENC[AES256_GCM,data:B64,iv:B64,tag:B64,type:TYPE], and the bytes that a
 * typed value has inside it, which are also what the MAC is made of (FORMAT.md 1).
 *
 * Empty strings and empty comments are never sealed, nulls and empty containers never visited; that is
 * for the walk to respect.  "bytes" occurs in files of ancient writers and is read as a string.
 */
enum value_type {
	VALUE_STR,
	VALUE_INT,
	VALUE_FLOAT,
	VALUE_BOOL,
	VALUE_BYTES,
	VALUE_TIME,
	VALUE_COMMENT,
	VALUE_TYPES,
};

const char	*value_type_name(enum value_type type);		/* "str": the token in the text */

/* The four parts of a sealed text, undecoded; they point into it. */
struct value_parts {
	struct slice	data, iv, tag, type;
	size_t		len;		/* the container's own length: what is behind its last ']' is no part of it */
};

/*
 * value_recognise(text, parts_opt):
 * Is this what sops takes for an encrypted value?  Decided by the form alone (FORMAT.md 1.1): it must
 * begin at the first byte, the last possible separators win, text behind the last ']' of the line is ignored.
 */
bool	value_recognise(struct slice text, struct value_parts *parts_opt);
/* The same, of a text whose type token is "comment": in a list this element is a comment, not data. */
bool	value_is_comment(struct slice text);

/* The data key, ready for use.  One object per document; it serves one value at a time. */
struct value_cipher;

/* ${key}: 32 bytes (16 and 24 are accepted for reading).  ERR_RANGE. */
int	value_cipher_new(const struct secret *key, struct value_cipher **out, struct error *err) WARN_UNUSED;
void	value_cipher_free(struct value_cipher *cipher);
DEFINE_CLEANUP(struct value_cipher, value_cipher_free)

/*
 * value_seal(cipher, type, plain, path, out, err):
 * Append the container of ${plain} to ${out}, under a fresh random IV.  ${path} is the associated data: the
 * leaf's keys, each followed by ':' (FORMAT.md 1.4), or the time for the MAC itself.
 * ERR_RANGE when ${plain} is empty: there is no container for that.
 */
int	value_seal(struct value_cipher *cipher, enum value_type type, struct slice plain, struct slice path,
	    struct buf *out, struct error *err) WARN_UNUSED;

/*
 * value_open(cipher, text, path, type, out, err):
 * Decrypt one container.  ${path} is authenticated, so a value moved elsewhere fails; ${type} is not (FORMAT.md 1.2).
 * On success the plaintext is appended to ${out}, which must be a BUF_SECRET, and ${type} is set.  Returns 0,
 * ERR_SYNTAX (no container, or its parts are malformed) or ERR_TAMPERED (tag mismatch); on failure ${out} and ${type} are
 * as they were.
 */
int	value_open(struct value_cipher *cipher, struct slice text, struct slice path, enum value_type *type,
	    struct buf *out, struct error *err) WARN_UNUSED;
/* The same, of a text that value_recognise() took apart. */
int	value_open_parts(struct value_cipher *cipher, const struct value_parts *parts, struct slice path, enum value_type *type,
	    struct buf *out, struct error *err) WARN_UNUSED;

/*
 * One value in pieces, for what does not fit in memory: begin, update as often as needed, final.  Sealing, each piece but the
 * last has a multiple of 3 bytes, and the container is appended to ${out} part by part.  Opening, the pieces are those of the data part, each of a
 * multiple of 4 characters; ${parts} gives IV, tag (which must be whole: 16 bytes) and type, and nothing that was appended to ${out} may be
 * released before value_open_final() has returned 0.  Errors as value_seal() and value_open().
 */
int	value_seal_begin(struct value_cipher *cipher, struct slice path, struct buf *out, struct error *err) WARN_UNUSED;
int	value_seal_update(struct value_cipher *cipher, struct slice plain, struct buf *out, struct error *err) WARN_UNUSED;
int	value_seal_final(struct value_cipher *cipher, enum value_type type, struct buf *out, struct error *err) WARN_UNUSED;
int	value_open_begin(struct value_cipher *cipher, const struct value_parts *parts, struct slice path, enum value_type *type,
	    struct error *err) WARN_UNUSED;
int	value_open_update(struct value_cipher *cipher, struct slice text, struct buf *out, struct error *err) WARN_UNUSED;
int	value_open_final(struct value_cipher *cipher, struct error *err) WARN_UNUSED;

/*
 * value_write(scalar, type, out, err):
 * Append the bytes of a typed value (FORMAT.md 1.3): plaintext for value_seal() and input of the MAC.  A null
 * has none: ERR_TYPE, as for an integer of 2^63 and more, which sops cannot carry.
 */
int	value_write(const struct scalar *scalar, enum value_type *type, struct buf *out, struct error *err) WARN_UNUSED;
/*
 * value_read(type, plain, store, out, err):
 * The typed value that opened bytes stand for.  Text points into ${plain} or ${store}.  ERR_SYNTAX when the type
 * cannot hold them; no message repeats the bytes.  For VALUE_COMMENT and VALUE_BYTES the result is a string.
 */
int	value_read(enum value_type type, struct slice plain, struct arena *store, struct scalar *out,
	    struct error *err) WARN_UNUSED;

/*
 * value_canonical(type, plain, out, err):
 * Append value_write() of value_read(): what the MAC is fed when a leaf has been opened.  Strings are
 * appended as they are, in one step.
 */
int	value_canonical(enum value_type type, struct slice plain, struct buf *out, struct error *err) WARN_UNUSED;

#endif
