#ifndef SOPS_READABLE_H
#define SOPS_READABLE_H

#include "base/error.h"
#include "yamlmerge/document.h"

/*
 * readable_check(doc, err):
 * What sops demands of a stream before it does anything with it, and only of its first document (FORMAT.md 6.1): no
 * key twice in a map, compared as text; no map or list as a key; no anchor that contains itself; tags that their text
 * fits; "<<" only over a map or a list of maps.  ERR_SYNTAX, or ERR_REFUSED for "<<", with the position.
 */
int	readable_check(const struct document *doc, struct error *err) WARN_UNUSED;

/*
 * readable_spelling(doc, node, err):
 * Can sops read the scalar as it is spelled in ${doc}, now that it stays in clear?  Its YAML parser does not know the escape "\/";
 * in a flow collection it ends a plain word at a "?", and no tag at a comma (FORMAT.md 6.1).  ERR_REFUSED with the position.
 */
int	readable_spelling(const struct document *doc, const struct node *node, struct error *err) WARN_UNUSED;

#endif
