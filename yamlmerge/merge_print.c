#include "yamlmerge/merge.h"

#include "yamlmerge/merge_tree.h"
#include "yamlmerge/yaml_emit.h"

/* Quoted wherever sops or Helm would read a plain word as something else, so that either may be the next reader. */
static int
print(struct yaml_emitter *emitter, const struct merge_value *value, struct error *err)
{
	const struct merge_value *child;

	switch (value->kind) {
	case MERGE_NULL:
		return yaml_emit_plain(emitter, SLICE("null"), err);
	case MERGE_BOOL:
		return yaml_emit_plain(emitter, value->boolean ? SLICE("true") : SLICE("false"), err);
	case MERGE_NUMBER:
		return yaml_emit_plain(emitter, value->text, err);
	case MERGE_STRING:
		return yaml_emit_string(emitter, value->text, err);
	case MERGE_LIST:
	case MERGE_MAP:
		break;
	}
	if ((value->kind == MERGE_MAP ? yaml_emit_map(emitter, err) : yaml_emit_list(emitter, err)) != 0)
		return (int)err->kind;
	for (child = value->child; child != NULL; child = child->next)
		if ((value->kind == MERGE_MAP && yaml_emit_key(emitter, child->key, err) != 0) || print(emitter, child, err) != 0)
			return (int)err->kind;
	return yaml_emit_end(emitter, err);
}

int
merge_print(const struct merged *merged, struct buf *out, struct error *err)
{
	CLEANUP(yaml_emitter_release) struct yaml_emitter emitter = YAML_EMITTER(out, 2, YAML_FOR_SOPS | YAML_FOR_HELM);

	if (merged->root == NULL)
		return buf_str(out, "{}\n", err);
	return print(&emitter, merged->root, err);
}
