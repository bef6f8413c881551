#ifndef YAMLMERGE_INI_H
#define YAMLMERGE_INI_H

#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"
#include "yamlmerge/document.h"
#include "yamlmerge/node_edit.h"

/*
 * INI as sops reads it (FORMAT.md, INI) into the tree of document.h: a map of sections, each a map of strings.  The first section is
 * always DEFAULT, for the keys before any header.  Everything is a scalar of STYLE_DOUBLE, which is to say: a string.
 *
 * The comment of a section is its first child; that of a key, the lines above it and the one beside it joined by line feeds,
 * comes right after the key, where sops has it.  Of such a node the span holds the lines above (and the blank ones between them), the
 * item the comment beside, each from its mark on; either may be empty.  A comment that sops drops is STYLE_UNSEEN: what stands behind a value in
 * quotes, and what follows the last key of the file, which is a child of the root.
 */

/* The parse function of syntax_ini.  Always one root.  ERR_SYNTAX with position. */
int	ini_parse_document(struct document *doc, struct error *err) WARN_UNUSED;

/* A value as sops prints it behind "=".  ERR_TYPE for one that would be read as another. */
int	ini_print_value(struct slice text, struct buf *out, struct error *err) WARN_UNUSED;
/* The same in the quotes that the value of ${node} has, wherever they can hold it. */
int	ini_print_beside(const struct document *doc, const struct node *node, struct slice text, struct buf *out,
	    struct error *err) WARN_UNUSED;
/* A key, in backticks where it needs them.  ERR_TYPE for one that cannot be written. */
int	ini_print_key(struct slice key, struct buf *out, struct error *err) WARN_UNUSED;
/* A comment as sops prints it above a key or ${section}: each line with its mark, line breaks between them. */
int	ini_print_comment(struct slice text, bool section, struct buf *out, struct error *err) WARN_UNUSED;
/* "[NAME]".  ERR_TYPE. */
int	ini_print_section(struct slice name, struct buf *out, struct error *err) WARN_UNUSED;

/*
 * ini_edit_comment(edits, doc, node, text, err):
 * Give a comment another text, line by line in the places where its lines are now.  Lines that are left over keep an empty
 * comment, to which the text can come back; where there are too few, all of it goes above.
 */
int	ini_edit_comment(struct edits *edits, const struct document *doc, const struct node *node, struct slice text,
	    struct error *err) WARN_UNUSED;

/*
 * What a value is written as, from behind "=" on: the text [start, end) with its quotes, what it stands for, and the comment beside
 * it.  ${next} is the beginning of the line behind it.
 */
struct ini_value {
	size_t		start, end, next;
	size_t		comment, comment_end;	/* from its mark on; both 0 when there is none */
	bool		unseen;			/* sops drops that comment */
	bool		joined;			/* over several lines with "\\", which ${text} does not have then */
	struct slice	text;
};
int	ini_read_value(struct slice text, size_t at, struct ini_value *out, struct error *err) WARN_UNUSED;
/* A key from ${start} to the end of its line: its name, its own range in the text, and what is behind the delimiter. */
struct ini_key {
	size_t		start, end, value;
	struct slice	name;
};
int	ini_read_key(struct slice text, size_t start, size_t line_end, struct ini_key *out, struct error *err) WARN_UNUSED;

/* Values by flat_text(); sections and keys are added behind the last. */
extern const struct syntax_edits ini_node_edits;

#endif
