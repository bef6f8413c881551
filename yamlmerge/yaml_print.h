#ifndef YAMLMERGE_YAML_PRINT_H
#define YAMLMERGE_YAML_PRINT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"
#include "yamlmerge/document.h"

/*
 * YAML text for new nodes, in the layout that sops prints (FORMAT.md, printing): block style, lists indented below their
 * key, strings in the style that their content asks for.  Existing text is never printed again; see yaml_edit.h for that.
 */

/* Whose reading of a plain word counts: a string that one of them would read as something else is quoted. */
enum yaml_readers {
	YAML_FOR_SOPS	= 1,	/* exactly the choices that sops makes */
	YAML_FOR_HELM	= 2,	/* hubmerge's output; with YAML_FOR_SOPS: plain only where both agree */
};

#define YAML_STEP	4	/* sops' indentation */

/* Where a scalar will stand: what is legal there, and where the lines of a block scalar begin. */
struct yaml_place {
	uint32_t	column;		/* from 0: of the keys or dashes of the container it is in */
	uint32_t	step;		/* indentation of this text; 0 means YAML_STEP */
	bool		element;	/* it is an element of a list, not in a map */
	bool		beside_dash;	/* it is in a map whose first key stands beside a dash */
	bool		flow;		/* inside a flow collection */
	bool		key;		/* it must stay on one line, as a key must */
};

/*
 * yaml_print_string(text, style, place, readers, head, body, err):
 * The string ${text} as source text.  ${style} is STYLE_PLAIN for the style that fits the content, or the style to keep
 * (one that cannot carry the text here gives way to double quotes).  ${head} gets what stands on the line: the whole scalar,
 * or the header of a block scalar, whose lines, each with its line break, go to ${body}; the caller puts a line break
 * (after a comment, if any) between the two.  ${body} stays as it was for other styles.  Text that is not UTF-8 becomes !!binary.
 */
int	yaml_print_string(struct slice text, enum node_style style, const struct yaml_place *place, unsigned readers,
	    struct buf *head, struct buf *body, struct error *err) WARN_UNUSED;
/* Would yaml_print_string() with STYLE_PLAIN write this text plain there? */
bool	yaml_print_is_plain(struct slice text, const struct yaml_place *place, unsigned readers);
/*
 * The parts of a block scalar, for an edit that keeps the header: the lines of ${text} from ${column} (0 is the first) on, each
 * with its line break, in STYLE_LITERAL or STYLE_FOLDED; and the chomping that it needs: '-', '+', or '\0' for none.
 */
int	yaml_print_lines(struct slice text, enum node_style style, uint32_t column, struct buf *out,
    struct error *err) WARN_UNUSED;
char	yaml_print_chomping(struct slice text);
/* The column, from 0, where yaml_print_string() puts the lines of a block scalar there. */
uint32_t yaml_print_column(const struct yaml_place *place);
/* Can a block scalar of this style carry the text, where the header says the indentation if it must? */
bool	yaml_print_block_legal(struct slice text, enum node_style style);
/* Append "# text": its mark, then the text as it is (comment texts carry their own leading blank). */
int	yaml_print_comment(struct slice text, struct buf *out, struct error *err) WARN_UNUSED;

#endif
