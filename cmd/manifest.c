#include "cmd/manifest.h"

#include <string.h>

#include "base/file.h"

/* It may have any number of documents. */
static bool
is_manifest(const char *path)
{
	CLEANUP(buf_release) struct buf		 text = BUF(LIMIT_DOCUMENT);
	CLEANUP(document_freep) struct document	*doc = NULL;
	struct error				 ignored = ERROR_INIT;

	if (file_read(path, &text, &ignored) != 0 || text.len == 0 || memmem(text.data, text.len, "apiVersion", 10) == NULL ||
	    document_parse_lent(buf_slice(&text), &syntax_yaml, &doc, &ignored) != 0 || doc->roots == 0)
		return false;
	return doc->root[0]->kind == NODE_MAP && node_member(doc->root[0], SLICE("apiVersion")) != NULL &&
	    node_member(doc->root[0], SLICE("kind")) != NULL;
}

bool
manifest_is_environment(const struct layout *layout, const char **path_opt)
{
	for (size_t i = 0; i < layout->count; i++)
		if (layout->files[i].role == LAYER_ENV && is_manifest(layout->files[i].path)) {
			if (path_opt != NULL)
				*path_opt = layout->files[i].path;
			return true;
		}
	return false;
}
