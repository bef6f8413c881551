#ifndef YAMLMERGE_DOTENV_H
#define YAMLMERGE_DOTENV_H

#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"
#include "yamlmerge/document.h"
#include "yamlmerge/node_edit.h"

/*
 * dotenv as sops reads it (sops-format 7.3) into the tree of document.h: one map of strings.  A line is a comment (its first
 * byte is "#"), empty, or a key and a value with "=" between them, both exactly as they stand: no quotes, no blanks trimmed, no
 * comments beside a value; a CR belongs to the value.  The two characters "\\n" in a value are a line break, so a value that holds
 * them as such cannot be written.  The same key may come twice.
 *
 * Keys and values are scalars of STYLE_DOUBLE, which is to say: strings, whatever they look like.
 */

/* The parse function of syntax_dotenv.  Always one root.  ERR_SYNTAX for a line without "=". */
int	dotenv_parse_document(struct document *doc, struct error *err) WARN_UNUSED;

/* Append a value as it stands behind "=".  A backslash before an "n" comes back as a line break, as in sops. */
int	dotenv_print_value(struct slice text, struct buf *out, struct error *err) WARN_UNUSED;
/* "KEY=": ERR_TYPE for a key that would be read as something else. */
int	dotenv_print_key(struct slice key, struct buf *out, struct error *err) WARN_UNUSED;

/* Values by flat_text(); a member is added behind the last line.  ERR_TYPE for maps and lists. */
extern const struct syntax_edits dotenv_node_edits;

#endif
