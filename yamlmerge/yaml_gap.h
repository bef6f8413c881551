#ifndef YAMLMERGE_YAML_GAP_H
#define YAMLMERGE_YAML_GAP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/slice.h"
#include "yamlmerge/document.h"

/*
 * What libyaml throws away: the text between two of its events, which holds blanks, indicators, properties and comments, and
 * nothing else.  For yaml_parse.c alone.
 */

/* A token of a gap, by its first character; others as named. */
enum gap_token {
	GAP_END = 0,			/* up to the asked place */
	GAP_ENTRY = '-', GAP_KEY = '?', GAP_VALUE = ':', GAP_COMMA = ',', GAP_ANCHOR = '&', GAP_TAG = '!',
	GAP_DIRECTIVE = '%',		/* a whole line */
	GAP_START = 'S',		/* "---" */
	/* What yaml_parse.c says of events, as what a comment may follow or precede: */
	GAP_SCALAR = 's',		/* a scalar or alias */
	GAP_OPEN = '[', GAP_CLOSE = ']',	/* flow collections, braces as well */
	GAP_BLOCK = 'B',		/* the beginning of a block map or list */
	GAP_HEADER = '|',		/* the header of a block scalar */
	GAP_STOP = '.',			/* the end of a document, by "...", the next "---" or the end of the text */
	GAP_TEXT = 'T',			/* the beginning of the text */
};

struct gap_comment {
	struct span	span;
	uint32_t	line, column;
	enum gap_token	after;		/* what stands before it */
	bool		beside;		/* on the same line */
	bool		blank_above;	/* an empty line just above */
	bool		before_comma;	/* of a flow collection */
	bool		carried;	/* from inside one to behind it */
	uint32_t	chunk, home;	/* what comments_after_block() finds */
	bool		lost, late;
};

struct gap {
	struct slice		 text;
	size_t			 at;
	uint32_t		 line, column;		/* of ${at}, from 1 */
	bool			 blank;			/* the line above is empty */
	bool			 fresh;			/* nothing but blanks on this line so far */
	enum gap_token		 after;			/* the last thing that is neither blank nor comment, */
	size_t			 end;			/* where it ends, */
	uint32_t		 end_line, end_column;
	struct span		 token;			/* that of the last gap_next() */
	uint32_t		 token_line, token_column;
	bool			 token_blank;		/* an empty line just above it */
	struct gap_comment	*waiting;		/* comments that have no place yet */
	size_t			 count, capacity;
};

/* The next token before ${upto}, comments on the way added to ${waiting}.  ERR_MEMORY. */
int	gap_next(struct gap *gap, size_t upto, enum gap_token *out, struct error *err) WARN_UNUSED;
/* The same, but only tags, anchors and comments are read: stops at anything else. */
int	gap_property(struct gap *gap, size_t upto, enum gap_token *out, struct error *err) WARN_UNUSED;
/* The comment, if any, behind the header of a block scalar that begins at ${gap->at}; returns where the next line begins. */
int	gap_header(struct gap *gap, uint32_t *body, struct error *err) WARN_UNUSED;
/* Go on behind an event that ends at ${at}, in that line and column. */
void	gap_skip(struct gap *gap, size_t at, uint32_t line, uint32_t column, enum gap_token what);
void	gap_release(struct gap *gap);

#endif
