#include "yamlmerge/json_print.h"

#include "tests/fuzz/fuzz.h"

static bool
within(struct span inner, struct span outer)
{
	return inner.start <= inner.end && inner.start >= outer.start && inner.end <= outer.end;
}

/* Ranges nest and positions are there; what is read can be printed and read again. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(document_freep) struct document	*doc = NULL, *again = NULL;
	CLEANUP(buf_release) struct buf		 text = BUF(64 * MIB);
	struct json_emitter			 e = JSON_EMITTER(&text);
	struct error				 err = ERROR_INIT;
	const struct span			 all = { 0, (uint32_t)size };

	if (document_parse(slice_of(data, size), &syntax_json, &doc, &err) != 0) {
		MUST(err.line > 0 && err.column > 0);
		return 0;
	}
	for (const struct node *node = doc->root[0]; node != NULL; node = node_after(node, doc->root[0])) {
		MUST(within(node->span, node->item) && within(node->item, node->parent != NULL ? node->parent->span : all));
		MUST(node->line > 0 && node->column > 0);
	}
	if (json_emit_node(&e, doc->root[0], &scalar_table_json, &err) != 0)
		MUST(err.kind == ERR_TYPE);	/* a number out of range */
	else
		MUST(document_parse(buf_slice(&text), &syntax_json, &again, &err) == 0);
	return 0;
}
