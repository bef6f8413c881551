#include "yamlmerge/yaml_tree.h"

#include <stdlib.h>

#include "base/limits.h"
#include "yamlmerge/yaml_memory.h"

struct open_node *
yaml_tree_top(struct yaml_tree *t)
{
	return t->depth != 0 ? &t->open[t->depth - 1] : NULL;
}

void
yaml_tree_append(struct open_node *in, struct node *child)
{
	child->parent = in->node;
	*in->tail = child;
	if (child->kind != NODE_COMMENT)
		in->last = in->tail;
	in->tail = &child->next;
}

int
yaml_tree_push(struct yaml_tree *t, struct node *node)
{
	size_t more = t->open_capacity == 0 ? 16 : t->open_capacity * 2;

	if (t->depth == LIMIT_DEPTH)
		return err_set(t->err, ERR_LIMIT, "more than %d maps and lists inside each other", LIMIT_DEPTH);
	if (t->depth == t->open_capacity) {
		/* As many can end at once as were open. */
		void *open = yaml_realloc(t->open, more * sizeof(*t->open));

		if (open != NULL)
			t->open = open;
		void *ended = yaml_realloc(t->ended, more * sizeof(*t->ended));

		if (ended != NULL)
			t->ended = ended;
		if (open == NULL || ended == NULL)
			return err_memory(t->err);
		t->open_capacity = more;
	}
	t->open[t->depth++] = (struct open_node){ .node = node, .tail = &node->child };
	return 0;
}

void
yaml_tree_release(struct yaml_tree *t)
{
	gap_release(&t->gap);
	free(t->late);
	yaml_free(t->open);
	yaml_free(t->ended);
}
