#ifndef SOPS_CHECK_H
#define SOPS_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/slice.h"
#include "sops/config.h"
#include "sops/store.h"

/*
 * What can be told of a file without any key: is every value that the rules choose ciphertext, is the ciphertext whole, are MAC and
 * recipients there, and those that the creation rule names?  Whether tags and MAC are right, only decrypting can tell.
 */
enum check_kind {
	CHECK_SYNTAX,		/* cannot be read as what its name says */
	CHECK_METADATA,		/* the metadata is wrong or lacks something */
	CHECK_VALUE,		/* a value in clear that the file's rules encrypt */
	CHECK_COMMENT,		/* such a comment */
	CHECK_DAMAGED,		/* ciphertext that cannot be whole */
	CHECK_STRAY,		/* ciphertext where the file's rules leave values in clear */
	CHECK_RULE,		/* a value in clear that the creation rule would encrypt */
	CHECK_DUPLICATE,	/* a key twice in one map */
	CHECK_RECIPIENTS,	/* others than the creation rule names */
	CHECK_PLAIN,		/* a whole file in clear that a creation rule names */
	CHECK_NEIGHBOUR,	/* what looks like the plaintext of an encrypted file, beside it */
	CHECK_KINDS,
};

struct check_finding {
	enum check_kind	kind;
	uint32_t	line, column;	/* 0: of the whole file */
	struct slice	text, hint;
};

#define CHECK_MAX	1000		/* findings of one file that are told one by one */

struct check_findings {
	struct check_finding	*list;
	size_t			 count, capacity;
	size_t			 left_out;	/* beyond CHECK_MAX */
	struct arena		 arena;
};
#define CHECK_FINDINGS	((struct check_findings){ .list = NULL, .arena = ARENA(16 * MIB) })
void	check_findings_release(struct check_findings *findings);

const char	*check_kind_name(enum check_kind kind);		/* "value", for programs */

/* Put one at the end. */
int	check_add(struct check_findings *findings, enum check_kind kind, uint32_t line, uint32_t column, const char *hint_opt,
	    struct error *err, const char *format, ...) PRINTF_LIKE(7, 8) WARN_UNUSED;

/*
 * check_text(text, store, name, config_opt, findings, sealed, err):
 * Check a file of that format.  ${sealed} is false, and nothing was found, when it has no metadata at all: an ordinary file.  With
 * ${config_opt}, recipients and values are compared with the rule that matches ${name}; that none does is no finding.  Fails for memory,
 * and ERR_CONFIG for a broken rule.
 */
int	check_text(struct slice text, const struct store *store, const char *name, struct config *config_opt,
	    struct check_findings *findings, bool *sealed, struct error *err) WARN_UNUSED;

#endif
