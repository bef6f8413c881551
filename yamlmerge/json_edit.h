#ifndef YAMLMERGE_JSON_EDIT_H
#define YAMLMERGE_JSON_EDIT_H

#include "yamlmerge/node_edit.h"

/*
 * Edits of JSON values.  What is added is laid out as its neighbours are: on a line of its own with their indentation, or on
 * theirs; a map or list inside it as sops prints it, with the indentation of the document.
 */
extern const struct syntax_edits json_node_edits;

#endif
