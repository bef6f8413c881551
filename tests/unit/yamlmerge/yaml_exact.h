#ifndef TESTS_UNIT_YAMLMERGE_YAML_EXACT_H
#define TESTS_UNIT_YAMLMERGE_YAML_EXACT_H

#include "base/limits.h"
#include "yamlmerge/document.h"
#include "yamlmerge/yaml_parse.h"
#include "yamlmerge/yaml_text.h"

/*
 * Two documents of one text, read in two ways: equal in everything that a document says.  For the unit test and the fuzz target of
 * yamlmerge/yaml_block.c.
 */
static inline bool
span_eq(struct span a, struct span b)
{
	return a.start == b.start && a.end == b.end;
}

static inline bool
exact_node(const struct node *a, const struct node *b)
{
	return a->kind == b->kind && a->style == b->style && a->body == b->body && slice_eq(a->text, b->text) &&
	    a->properties == NULL && b->properties == NULL && span_eq(a->span, b->span) && span_eq(a->item, b->item) &&
	    a->line == b->line && a->column == b->column && a->target == NULL && b->target == NULL &&
	    (a->key == NULL) == (b->key == NULL) && (a->parent == NULL) == (b->parent == NULL) &&
	    (a->child == NULL) == (b->child == NULL) && (a->next == NULL) == (b->next == NULL);
}

static inline bool
exact_tree(const struct node *a, const struct node *b)
{
	const struct node *top_a = a, *top_b = b;

	for (; a != NULL && b != NULL; a = node_after(a, top_a), b = node_after(b, top_b))
		if (!exact_node(a, b) || (a->key != NULL && !exact_node(a->key, b->key)))
			return false;
	return a == NULL && b == NULL;
}

static inline bool
exact_facts(const struct document_facts *a, const struct document_facts *b)
{
	return a->directive_line == b->directive_line && a->version_line == b->version_line && a->cut_block_line == b->cut_block_line &&
	    a->trailing_line == b->trailing_line && a->utf16 == b->utf16 && a->bom == b->bom && a->crlf == b->crlf;
}

static inline bool
exact_document(const struct document *a, const struct document *b)
{
	if (a->roots != b->roots || a->step != b->step || !exact_facts(&a->facts, &b->facts))
		return false;
	for (size_t i = 0; i < a->roots; i++)
		if (!span_eq(a->extent[i], b->extent[i]) || !exact_tree(a->root[i], b->root[i]))
			return false;
	return true;
}

static int
parse_block_only(struct document *doc, struct error *err)
{
	if (yaml_text_prepare(doc, err) != 0)
		return (int)err->kind;
	return yaml_parse_block(doc) ? 0 : err_set(err, ERR_SYNTAX, "not taken");
}

static int
parse_any_only(struct document *doc, struct error *err)
{
	return yaml_text_prepare(doc, err) != 0 ? (int)err->kind : yaml_parse_any(doc, err);
}

enum exact {
	EXACT_SAME, EXACT_NOT_TAKEN, EXACT_DIFFERENT,
};

/* Read ${text} in both ways. */
static inline enum exact
exact_read(struct slice text)
{
	static const struct syntax		 block = { .name = "yaml", .parse = parse_block_only };
	static const struct syntax		 any = { .name = "yaml", .parse = parse_any_only };
	CLEANUP(document_freep) struct document	*a = NULL, *b = NULL;
	struct error				 err = ERROR_INIT;

	if (document_parse(text, &block, &a, &err) != 0)
		return EXACT_NOT_TAKEN;
	return document_parse(text, &any, &b, &err) == 0 && exact_document(a, b) ? EXACT_SAME : EXACT_DIFFERENT;
}

#endif
