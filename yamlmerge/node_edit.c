#include "yamlmerge/node_edit.h"

#include "yamlmerge/yaml_edit.h"

int
node_edit_value(struct edits *edits, const struct document *doc, const struct node *node, const struct node *value,
    struct error *err)
{
	return doc->syntax->edits->value(edits, doc, node, value, err);
}

int
node_edit_add_member(struct edits *edits, const struct document *doc, const struct node *map, struct slice key,
    const struct node *value, struct error *err)
{
	return doc->syntax->edits->add_member(edits, doc, map, key, value, err);
}

int
node_edit_add_element(struct edits *edits, const struct document *doc, const struct node *list, const struct node *value,
    struct error *err)
{
	if (doc->syntax->edits->add_element == NULL) {
		err_set(err, ERR_TYPE, "a %s file holds no lists", doc->syntax->name);
		return err_at(err, list->line, list->column);
	}
	return doc->syntax->edits->add_element(edits, doc, list, value, err);
}

int
node_edit_remove(struct edits *edits, const struct document *doc, const struct node *node, struct error *err)
{
	return doc->syntax->edits->remove(edits, doc, node, err);
}

/* --- YAML ------------------------------------------------------------------------------------------------------------ */

static int
yaml_value(struct edits *edits, const struct document *doc, const struct node *node, const struct node *value, struct error *err)
{
	return yaml_edit_node(edits, doc, node, value, YAML_FOR_SOPS, err);
}

static int
yaml_member(struct edits *edits, const struct document *doc, const struct node *map, struct slice key, const struct node *value,
    struct error *err)
{
	return yaml_edit_add_member(edits, doc, map, key, value, YAML_FOR_SOPS, err);
}

static int
yaml_element(struct edits *edits, const struct document *doc, const struct node *list, const struct node *value, struct error *err)
{
	return yaml_edit_add_element(edits, doc, list, value, YAML_FOR_SOPS, err);
}

const struct syntax_edits yaml_node_edits = {
	.value = yaml_value, .add_member = yaml_member, .add_element = yaml_element, .remove = yaml_edit_remove,
};
