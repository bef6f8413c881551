#include "yamlmerge/merge.h"

#include "yamlmerge/merge_tree.h"
#include "yamlmerge/yaml_emit.h"

/* The origin of a value, for a comment; no line for what is no file. */
static int
origin(const struct merge_value *value, struct buf *out, struct error *err)
{
	buf_reset(out);
	if (buf_byte(out, ' ', err) != 0)
		return (int)err->kind;
	for (const char *at = value->layer->path; *at != '\0'; at++)
		if (buf_byte(out, (unsigned char)*at < ' ' || *at == 0x7f ? '?' : (uint8_t)*at, err) != 0)
			return (int)err->kind;
	return value->line > 0 ? buf_printf(out, err, ":%u", value->line) : 0;
}

static bool
is_leaf(const struct merge_value *value)
{
	return value->kind != MERGE_MAP || value->child == NULL;
}

/* Beside a scalar; above a list, and above what cannot have a comment beside it. */
static int
annotate(struct yaml_emitter *emitter, const struct merge_value *value, struct buf *comment, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF(LIMIT_MESSAGE);

	if (value->layer == NULL || !is_leaf(value))
		return 0;
	if (origin(value, value->kind >= MERGE_LIST ? &text : comment, err) != 0)
		return (int)err->kind;
	if (value->kind >= MERGE_LIST)
		return yaml_emit_comment(emitter, buf_slice(&text), err);
	return yaml_emit_beside(emitter, buf_slice(comment), err);
}

/* Quoted wherever sops or Helm would read a plain word as something else, so that either may be the next reader. */
static int
print(struct yaml_emitter *emitter, const struct merge_value *value, struct buf *comment_opt, struct error *err)
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
		if ((comment_opt != NULL && value->kind == MERGE_MAP && annotate(emitter, child, comment_opt, err) != 0) ||
		    (value->kind == MERGE_MAP && yaml_emit_key(emitter, child->key, err) != 0) ||
		    print(emitter, child, value->kind == MERGE_MAP ? comment_opt : NULL, err) != 0)
			return (int)err->kind;
	return yaml_emit_end(emitter, err);
}

static int
print_tree(const struct merged *merged, struct buf *comment_opt, struct buf *out, struct error *err)
{
	CLEANUP(yaml_emitter_release) struct yaml_emitter emitter = YAML_EMITTER(out, 2, YAML_FOR_SOPS | YAML_FOR_HELM);

	if (merged->root == NULL)
		return buf_str(out, "{}\n", err);
	return print(&emitter, merged->root, comment_opt, err);
}

int
merge_print(const struct merged *merged, struct buf *out, struct error *err)
{
	return print_tree(merged, NULL, out, err);
}

int
merge_print_annotated(const struct merged *merged, struct buf *out, struct error *err)
{
	CLEANUP(buf_release) struct buf comment = BUF(LIMIT_MESSAGE);

	return print_tree(merged, &comment, out, err);
}
