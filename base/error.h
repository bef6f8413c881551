#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"

/*
 * What went wrong, in a fixed-size object that the caller provides, so that even running out of
 * memory can be reported.  A function that can fail returns 0 or an ERR_* kind and takes
 * "struct error *err" last (never NULL); on success the object is untouched.
 *
 * The first cause wins: err_set() on an object that already holds one changes nothing.  Callers
 * prepend what they were doing with err_wrap().  Messages are lower case, without a full stop, the
 * failure first, names in single quotes; values of secrets never appear in one.
 *
 * Only cmd/cli.c prints errors.  It filters control characters, so messages may quote foreign bytes.
 */
enum err_kind {
	ERR_NONE = 0,
	ERR_MEMORY,		/* allocation failed */
	ERR_LIMIT,		/* input larger, deeper or more numerous than base/limits.h allows */
	ERR_SYSTEM,		/* a system call failed */
	ERR_NOT_FOUND,		/* no such file, key or path: often an answer, not a fault */
	ERR_EXISTS,		/* something is there already */
	ERR_SYNTAX,		/* malformed text or bytes */
	ERR_TYPE,		/* well formed, but not the kind of value that is needed here */
	ERR_RANGE,		/* a number outside its range */
	ERR_TAMPERED,		/* a tag does not verify */
	ERR_MAC,		/* the MAC of a whole document is missing or different */
	ERR_NO_KEY,		/* no identity or key at hand opens this */
	ERR_CRYPTO,		/* a primitive failed for a reason other than a bad tag */
	ERR_NO_METADATA,	/* not an encrypted document */
	ERR_ENCRYPTED,		/* already encrypted, or holds a reserved entry */
	ERR_EMPTY,		/* a file without any document */
	ERR_CONFIG,		/* a configuration file is wrong */
	ERR_NO_CONFIG,		/* a configuration file is needed and there is none */
	ERR_NO_RULE,		/* no creation rule matches */
	ERR_CONTEXT,		/* a malformed encryption context */
	ERR_PATH,		/* a malformed path into a document */
	ERR_UNCHANGED,		/* an edit that changed nothing */
	ERR_EDITOR,		/* the editor could not be run, or failed */
	ERR_CANCELLED,		/* the user said no */
	ERR_CONFLICT,		/* options, or two versions of a file, that exclude each other */
	ERR_REFUSED,		/* we will not do this, and the hint says what to do instead */
	ERR_USAGE,		/* a mistake in the command line */
	ERR_CHILD,		/* a program that we ran failed */
	ERR_NETWORK,		/* no usable answer from a service */
	ERR_DENIED,		/* a service answered no */
	ERR_TIMEOUT,		/* a deadline passed */
	ERR_UNSUPPORTED,	/* valid, but not implemented here */
	ERR_INTERNAL,		/* our own promise is broken */
};

#define ERR_TEXT_MAX	1024
#define ERR_PATH_MAX	512
#define ERR_HINT_MAX	768

struct error {
	enum err_kind	 kind;
	uint32_t	 line, column;		/* from 1; 0 when unknown; columns count code points */
	char		 path[ERR_PATH_MAX];	/* the file that line and column are in, "" when unknown */
	char		 text[ERR_TEXT_MAX];	/* contexts, outermost first, then the cause */
	char		 hint[ERR_HINT_MAX];	/* what to do, "" when there is nothing to say */
};

#define ERROR_INIT	((struct error){ .kind = ERR_NONE })

/* Record the first cause.  Each returns the kind that the object holds afterwards, never 0. */
int	err_set(struct error *err, enum err_kind kind, const char *format, ...) PRINTF_LIKE(3, 4);
int	err_setv(struct error *err, enum err_kind kind, const char *format, va_list arguments) PRINTF_LIKE(3, 0);
/* The same with ": " and the text of the current errno; ENOENT becomes ERR_NOT_FOUND, the rest ERR_SYSTEM. */
int	err_errno(struct error *err, const char *format, ...) PRINTF_LIKE(2, 3);
/* The one way to say that an allocation failed. */
int	err_memory(struct error *err);

/* Prepend "context: ".  Returns the kind, so "return err_wrap(err, ...)" passes the failure on. */
int	err_wrap(struct error *err, const char *format, ...) PRINTF_LIKE(2, 3);
/* Say where, unless an inner caller already did.  err_file() alone gives the file of a known line. */
int	err_at(struct error *err, uint32_t line, uint32_t column);
int	err_file(struct error *err, const char *path);
/* Say what to do, unless an inner caller already did. */
int	err_hint(struct error *err, const char *format, ...) PRINTF_LIKE(2, 3);

/* Forget: makes the object usable for the next call. */
void	err_reset(struct error *err);

#endif
