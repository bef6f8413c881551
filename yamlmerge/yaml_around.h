#ifndef YAMLMERGE_YAML_AROUND_H
#define YAMLMERGE_YAML_AROUND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "yamlmerge/document.h"
#include "yamlmerge/yaml_print.h"

/*
 * The text around a node of a YAML document: its lines, what stands in front of it and behind it.  For yaml_edit.c, and who must
 * know what it can keep; nothing here changes anything.  Places are bytes of the text.
 */
bool	around_in_flow(const struct node *node);		/* inside a flow collection */
bool	around_is_collection(const struct node *node);
bool	around_is_block_scalar(const struct node *node);
bool	around_is_empty_scalar(const struct node *node);
bool	around_has_items(const struct node *node);		/* more than comments */
bool	around_begins_beside_dash(const struct node *map);

/* Lines. */
bool	around_begins_line(const struct document *doc, size_t at);
size_t	around_line_start(const struct document *doc, size_t at);
size_t	around_line_end(const struct document *doc, size_t at);	/* its line break, or the end of the text */
size_t	around_next_line(const struct document *doc, size_t at);
size_t	around_skip_blanks(const struct document *doc, size_t at);
bool	around_only_blanks(const struct document *doc, size_t from, size_t to);
size_t	around_skip_gap(const struct document *doc, size_t at);	/* over blanks, line breaks and comments */

/* Where a value's text ends, without the line break and the empty lines that libyaml counts to a block scalar. */
size_t	around_text_end(const struct document *doc, const struct node *node);
/* Of the tag and anchor of a node that has properties. */
size_t	around_properties_start(const struct node *node);
size_t	around_properties_end(const struct node *node);
/* Behind the colon or dash in front of a value and its properties; where the item begins when there is none. */
size_t	around_indicator_end(const struct document *doc, const struct node *node);
/* The end of the YAML document that a root is of. */
size_t	around_extent_end(const struct document *doc, const struct node *root);

/* What printing in the place of a node must know; and the column, from 0, of a block there. */
struct yaml_place around_place_of(const struct document *doc, const struct node *node);
uint32_t around_block_column(const struct document *doc, const struct node *node);

/*
 * Behind a plain scalar, tabs may stand on blank lines and in front of the comment that follows; behind anything else that could
 * not be read.  When yaml_edit.c puts something that is not plain in the place of the scalar (or of the block that ends in it),
 * such blank lines lose their blanks, and the tabs in front of a comment become spaces.  The end of the last of these blanks;
 * 0 when there are none.
 */
size_t	around_tabbed_end(const struct document *doc, const struct node *node);

/* The header of a block scalar. */
struct around_header {
	size_t		end;		/* of its indicators */
	size_t		chomping_at;	/* where '+' or '-' is, or would go */
	char		chomping;	/* or '\0' */
	uint32_t	digit;		/* or 0 */
};
struct around_header around_header_of(const struct document *doc, const struct node *node);
/* The column of the first text in a block scalar's lines, from 0; ${otherwise} when all are empty. */
uint32_t around_present_column(const struct document *doc, const struct node *node, uint32_t otherwise);
/*
 * Would the lines at ${at} become part of a block scalar that ends there, its text from ${column} on?  Comments that deep would,
 * and empty lines when the scalar keeps its own.
 */
bool	around_swallows(const struct document *doc, size_t at, uint32_t column, bool keeps);

/* The place of a value: behind its colon or dash, its properties, and all of its text. */
struct around_slot {
	size_t	from;		/* behind the colon or dash */
	size_t	after;		/* behind the properties, or the same */
	size_t	start, end;	/* the value */
	bool	own_line;	/* it begins on a later line than what is in front of it */
};
struct around_slot around_slot_of(const struct document *doc, const struct node *node);

#endif
