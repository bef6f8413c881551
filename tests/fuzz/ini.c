#include "yamlmerge/ini.h"

#include "base/limits.h"
#include "tests/fuzz/fuzz.h"
#include "yamlmerge/edit.h"

#define CONTAINER	SLICE("ENC[AES256_GCM,data:eA==,iv:eQ==,tag:eg==,type:str]")

/* Replace what there is to encrypt: by the container, or where ${back_opt} says what it was, by that.  */
static struct document *
exchange(const struct document *doc, const struct document *back_opt)
{
	CLEANUP(edits_release) struct edits	 edits = EDITS;
	CLEANUP(buf_release) struct buf		 text = BUF(64 * MIB);
	struct document				*again = NULL;
	struct error				 err = ERROR_INIT;
	const struct node			*was = back_opt != NULL ? back_opt->root[0] : NULL;

	for (const struct node *node = doc->root[0]; node != NULL; node = node_after(node, doc->root[0])) {
		struct slice new = was != NULL ? was->text : CONTAINER;

		if (was != NULL) {
			MUST(was->kind == node->kind && was->style == node->style);
			was = node_after(was, back_opt->root[0]);
		}
		if (node->kind == NODE_MAP || node->text.len == 0)
			continue;
		buf_truncate(&text, 0);
		if (node->kind == NODE_COMMENT)
			MUST(ini_edit_comment(&edits, doc, node, new, &err) == 0);
		else if (ini_print_beside(doc, node, new, &text, &err) != 0) {
			MUST(err.kind == ERR_TYPE && back_opt != NULL);	/* what no single spelling can say */
			return NULL;
		} else
			MUST(edits_replace(&edits, node, buf_slice(&text), &err) == 0);
	}
	buf_truncate(&text, 0);
	MUST(edits_apply(&edits, doc, &text, &err) == 0);
	MUST(document_parse(buf_slice(&text), &syntax_ini, &again, &err) == 0);
	return again;
}

/* What is sealed is a container wherever it stood, and when it is opened everything says what it said; comments to the byte. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(document_freep) struct document	*doc = NULL, *sealed = NULL, *opened = NULL;
	const struct node			*a, *b;
	struct error				 err = ERROR_INIT;

	if (document_parse(slice_of(data, size), &syntax_ini, &doc, &err) != 0) {
		MUST(err.kind == ERR_SYNTAX && err.line > 0 && err.column > 0);
		return 0;
	}
	if (doc->facts.duplicate_line != 0)
		return 0;
	sealed = exchange(doc, NULL);
	for (a = doc->root[0], b = sealed->root[0]; a != NULL; a = node_after(a, doc->root[0]), b = node_after(b, sealed->root[0])) {
		MUST(b != NULL && a->kind == b->kind && a->style == b->style);
		MUST(a->kind == NODE_MAP || a->text.len == 0 || slice_starts(b->text, CONTAINER));
	}
	MUST(b == NULL);
	if ((opened = exchange(sealed, doc)) == NULL)
		return 0;
	for (a = doc->root[0], b = opened->root[0]; a != NULL; a = node_after(a, doc->root[0]), b = node_after(b, opened->root[0]))
		MUST(b != NULL && a->kind == b->kind && a->style == b->style && slice_eq(a->text, b->text));
	return 0;
}
