#include "yamlmerge/dotenv.h"

#include "base/limits.h"
#include "tests/fuzz/fuzz.h"
#include "yamlmerge/edit.h"

/* The lines are the text; each value printed again is what stands there. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(document_freep) struct document	*doc = NULL;
	CLEANUP(buf_release) struct buf		 text = BUF(64 * MIB);
	CLEANUP(edits_release) struct edits	 edits = EDITS;
	struct error				 err = ERROR_INIT;
	uint32_t				 end = 0;

	if (document_parse(slice_of(data, size), &syntax_dotenv, &doc, &err) != 0) {
		MUST(err.kind == ERR_SYNTAX && err.line > 0 && err.column > 0);
		return 0;
	}
	MUST(doc->roots == 1 && doc->root[0]->kind == NODE_MAP);
	for (const struct node *node = doc->root[0]->child; node != NULL; node = node->next) {
		MUST(node->item.start >= end && node->item.end >= node->span.end && node->item.end <= size && node->line > 0);
		end = node->item.end;
		if (node->kind == NODE_COMMENT)
			continue;
		buf_truncate(&text, 0);
		MUST(dotenv_print_value(node->text, &text, &err) == 0);
		MUST(slice_eq(buf_slice(&text), slice_sub(doc->text, node->span.start, node->span.end)));
		buf_truncate(&text, 0);
		MUST(dotenv_print_key(node->key->text, &text, &err) == 0);
		MUST(edits_replace(&edits, node, buf_slice(&text), &err) == 0);
	}
	buf_truncate(&text, 0);
	MUST(edits_apply(&edits, doc, &text, &err) == 0);
	return 0;
}
