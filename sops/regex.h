#ifndef SOPS_REGEX_H
#define SOPS_REGEX_H

#include <stdbool.h>

#include "base/error.h"
#include "base/slice.h"

/*
 * Regular expressions in the dialect of RE2 as Go compiles it, since that is what every sops file was
 * written against.  The pattern is read by our own parser, which refuses what Go refuses (look-around,
 * back-references, possessive quantifiers, \K, counts above 1000 ...) and writes what is left in
 * the words of PCRE2 that mean the same (FORMAT.md 2.2 has the differences).
 *
 * A pattern is outside input: matching is bounded by LIMIT_REGEX_STEPS a subject, then goes on without
 * backtracking, and ends in ERR_LIMIT when that has become too expensive as well.
 */
struct regex;

/*
 * ERR_SYNTAX (Go would not compile it; the message says why), ERR_LIMIT (longer than LIMIT_REGEX_TEXT, or
 * too large once compiled).
 */
int	regex_compile(struct slice pattern, struct regex **out, struct error *err) WARN_UNUSED;
/* An unanchored search.  Bytes that are not UTF-8 count as U+FFFD each, as in Go.  ERR_LIMIT. */
int	regex_match(struct regex *regex, struct slice subject, bool *out, struct error *err) WARN_UNUSED;
void	regex_free(struct regex *regex);
DEFINE_CLEANUP(struct regex, regex_free)

#endif
