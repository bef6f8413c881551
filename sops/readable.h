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

#endif
