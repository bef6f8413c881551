#ifndef BASE_WORDS_H
#define BASE_WORDS_H

#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"

/*
 * words_split(text, arena, argv, err):
 * A command from an environment variable (an editor, a helper that prints a key) as an argument vector: split at
 * blanks the way a POSIX shell does it, with '...', "..." and backslashes, and nothing else of a shell: no
 * variables, no patterns, no operators.  ${argv} and its strings are the arena's; NULL ends it.  ERR_SYNTAX for a quote
 * that is left open, and for a text without any word.
 */
int	words_split(struct slice text, struct arena *arena, const char ***argv, struct error *err) WARN_UNUSED;

#endif
