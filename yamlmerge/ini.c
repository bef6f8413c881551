#include "yamlmerge/ini.h"

int
ini_print_beside(const struct document *doc UNUSED, const struct node *node UNUSED, struct slice text, struct buf *out, struct error *err)
{
	return buf_append(out, text, err);
}

int
ini_edit_comment(struct edits *edits, const struct document *doc UNUSED, const struct node *node, struct slice text, struct error *err)
{
	return edits_replace(edits, node, text, err);
}
