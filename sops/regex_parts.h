#ifndef SOPS_REGEX_PARTS_H
#define SOPS_REGEX_PARTS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "sops/regex_syntax.h"

/*
 * Between regex_syntax.c and regex_class.c; nobody else needs this.
 */
#define RUNE_MAX	0x10ffffu
#define NO_RUNE		UINT32_MAX
#define NOTHING		"(?:(?!))"	/* what no text matches */

struct flags {
	bool	fold, multi, dot_all;
};

struct level {				/* one open parenthesis; the first is the whole pattern */
	struct flags	flags;		/* to return to when it closes */
	bool		fold_written;
	size_t		start;		/* in the output */
	unsigned	cost;
};

struct translator {
	struct slice	 text;
	size_t		 at;
	struct buf	*out;
	struct flags	 flags;
	bool		 fold_written;	/* what PCRE2 believes at this place of the output */
	struct level	*levels;
	size_t		 depth;
	struct slice	*names;		/* of groups: Go refuses one that is used twice */
	size_t		 name_count;
	bool		 atom;		/* something that can be repeated has just been written */
	bool		 atom_repeated;	/* and was: an operator more needs a group around it */
	bool		 last_repeat;	/* the previous token was an operator: two in a row are refused */
	size_t		 atom_start;
	/*
	 * Nested counts multiply: a{500}{3} in two groups is refused, as it is in Go.  The cost of an atom
	 * is the largest product inside it, that of a level the largest of its atoms.
	 */
	unsigned	 atom_cost, cost;
};

static inline bool
more(const struct translator *t, const char *text)
{
	size_t len = strlen(text);

	return t->text.len - t->at >= len && memcmp(t->text.data + t->at, text, len) == 0;
}

/* The next byte, or -1 at the end. */
static inline int
peek(const struct translator *t)
{
	return t->at < t->text.len ? t->text.data[t->at] : -1;
}

/* The whole pattern is known to be UTF-8. */
static inline uint32_t
next_rune(struct translator *t)
{
	uint32_t rune = 0;

	t->at += utf8_decode(slice_from(t->text, t->at), &rune);
	return rune;
}

static inline bool
is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static inline bool
is_alnum(int c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* ERR_SYNTAX: why, and the pattern from ${from} to here. */
int	regex_refuse(const struct translator *t, const char *why, size_t from, struct error *err);
/* Something that can be repeated begins here. */
int	regex_begin_atom(struct translator *t, struct error *err) WARN_UNUSED;

/* regex_class.c.  Each reads one piece at this place of the pattern and writes it. */
int	regex_read_brackets(struct translator *t, struct error *err) WARN_UNUSED;	/* [...] */
int	regex_read_unicode(struct translator *t, struct error *err) WARN_UNUSED;	/* \pN, \P{Name}: inside brackets of the output */
int	regex_read_perl(struct translator *t, bool *done, struct error *err) WARN_UNUSED;	/* \d \s \w, likewise; or nothing */
int	regex_read_escape(struct translator *t, uint32_t *out, struct error *err) WARN_UNUSED;	/* one character */

#endif
