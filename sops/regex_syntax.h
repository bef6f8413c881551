#ifndef SOPS_REGEX_SYNTAX_H
#define SOPS_REGEX_SYNTAX_H

#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"

/*
 * The syntax of Go's regexp package, read completely and written again in words of PCRE2 that mean
 * exactly the same.  Only regex.c needs this.
 *
 * The result is ASCII and relies on no compile option but UTF: every literal is spelled as \x{...},
 * every class as explicit ranges, "." "^" and "$" as what they stand for under the flags in force; no
 * group captures.  Greediness is dropped, as it cannot change whether a text matches.
 */
/* ERR_SYNTAX, in the words of Go's own messages, with the offending piece; ERR_LIMIT. */
int	regex_translate(struct slice pattern, struct buf *out, struct error *err) WARN_UNUSED;

#endif
