#include "sops/convert.h"

#include "base/limits.h"
#include "base/secret.h"
#include "yamlmerge/dotenv.h"
#include "yamlmerge/flat.h"
#include "yamlmerge/ini.h"
#include "yamlmerge/json_print.h"
#include "yamlmerge/number.h"
#include "yamlmerge/scalar.h"
#include "yamlmerge/yaml_emit.h"
#include "yamlmerge/yaml_text.h"

static int
fail_at(const struct node *node, struct error *err)
{
	return err_at(err, node->line, node->column);
}

/* --- YAML ------------------------------------------------------------------------------------------------------------ */

/* A JSON number as sops prints it in YAML: what YAML reads from its digits may be another type. */
static int
retype_number(struct document *doc, struct node *node, struct error *err)
{
	WIPED(digits, NUMBER_TEXT_MAX);
	struct scalar	scalar;
	size_t		len;

	if (scalar_resolve(node, &scalar_table_json, &doc->arena, &scalar, err) != 0)
		return (int)err->kind;
	if (scalar.type != SCALAR_INT && scalar.type != SCALAR_FLOAT)
		return 0;
	len = scalar.type == SCALAR_INT ? number_format_int(scalar.integer, (char *)digits) :
	    number_format(scalar.real, NUMBER_YAML, (char *)digits);
	return arena_copy(&doc->arena, slice_of(digits, len), &node->text, err);
}

/* The lines of a comment, as YAML sees them, as comments of their own; a line that has "#" before it keeps that one alone. */
static int
split_comment(struct document *doc, struct node *node, struct error *err)
{
	size_t		 cut = yaml_text_line(node->text, 0);
	struct slice	 rest = slice_from(node->text, cut + yaml_text_break(node->text, cut));
	uint8_t		*bytes;
	void		*memory;
	struct node	*next;
	bool		 marked = rest.len != 0 && rest.data[0] == '#';

	if (cut == node->text.len)
		return 0;
	if (arena_alloc(&doc->arena, sizeof(*next), &memory, err) != 0)
		return (int)err->kind;
	next = memory;
	if (arena_alloc(&doc->arena, rest.len + 1, &memory, err) != 0)
		return (int)err->kind;
	bytes = memory;
	if (marked)
		rest = slice_from(rest, 1);
	else
		*bytes = ' ';
	if (rest.len != 0)
		memcpy(bytes + !marked, rest.data, rest.len);
	*next = *node;
	next->text = slice_of(bytes, rest.len + !marked);
	node->text = slice_sub(node->text, 0, cut);
	node->next = next;
	return 0;
}

/* JSON and INI say some things in ways of their own. */
static int
prepare_for_yaml(struct document *doc, struct error *err)
{
	int rc = 0;

	if (doc->syntax == &syntax_yaml || doc->roots == 0)
		return 0;
	for (struct node *node = doc->root[0]; node != NULL && rc == 0; node = node_after(node, doc->root[0]))
		if (node->kind == NODE_COMMENT)
			rc = split_comment(doc, node, err);
		else if (node->kind == NODE_SCALAR && node->style == STYLE_PLAIN)
			rc = retype_number(doc, node, err);
	return rc;
}

/* FORMAT.md 6.5: what sops' printer makes of odd indentations. */
static int
yaml_step(int indent, uint32_t *out, struct error *err)
{
	if (indent < 0)
		return err_set(err, ERR_RANGE, "YAML cannot be indented by %d columns", indent);
	*out = indent == 0 ? YAML_STEP : indent == 1 || indent > 9 ? 2 : (uint32_t)indent;
	return 0;
}

static int
yaml_value(const struct node *node, uint32_t step, struct buf *out, struct error *err)
{
	CLEANUP(yaml_emitter_release) struct yaml_emitter e = YAML_EMITTER(out, step, YAML_FOR_SOPS);

	/* An empty document stands for an empty map. */
	if (node->kind == NODE_SCALAR && node->parent == NULL && node->style == STYLE_PLAIN && node->text.len == 0)
		return buf_append(out, SLICE("{}\n"), err);
	return yaml_emit_node(&e, node, err);
}

static int
yaml_document(const struct document *doc, const struct node *first_opt, uint32_t step, struct buf *out, struct error *err)
{
	for (size_t i = 0; i < doc->roots; i++) {
		const struct node *root = i == 0 && first_opt != NULL ? first_opt : doc->root[i];

		if ((i != 0 && buf_append(out, SLICE("---\n"), err) != 0) || yaml_value(root, step, out, err) != 0)
			return (int)err->kind;
	}
	return 0;
}

/* --- JSON ------------------------------------------------------------------------------------------------------------ */

static int
json_value(const struct node *node, const struct scalar_table *table, int indent, struct buf *out, struct error *err)
{
	struct json_emitter e = JSON_EMITTER(out);

	if (indent < -1)
		return err_set(err, ERR_RANGE, "JSON cannot be indented by %d columns", indent);
	e.indent = indent;
	return json_emit_node(&e, node, table, err);
}

/* --- dotenv ---------------------------------------------------------------------------------------------------------- */

static int
dotenv_item(const struct node *item, const struct scalar_table *table, struct buf *out, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_SECRET(LIMIT_DOCUMENT);

	if (item->kind == NODE_COMMENT)
		return buf_byte(out, '#', err) != 0 || dotenv_print_value(item->text, out, err) != 0 || buf_byte(out, '\n', err) != 0 ?
		    (int)err->kind : 0;
	if (node_resolve(item)->kind != NODE_SCALAR) {
		err_set(err, ERR_TYPE, "cannot use complex value in dotenv file; offending key '%.*s'", SLICE_ARG(node_key(item)));
		return fail_at(item, err);
	}
	if (dotenv_print_key(node_key(item), out, err) != 0)
		return fail_at(item, err);
	return flat_node_text(item, table, &text, err) != 0 || dotenv_print_value(buf_slice(&text), out, err) != 0 ||
	    buf_byte(out, '\n', err) != 0 ? (int)err->kind : 0;
}

static int
dotenv_document(const struct node *root, const struct scalar_table *table, struct buf *out, struct error *err)
{
	for (const struct node *item = root->kind == NODE_MAP ? root->child : NULL; item != NULL; item = item->next)
		if (dotenv_item(item, table, out, err) != 0)
			return (int)err->kind;
	return 0;
}

/* --- INI ------------------------------------------------------------------------------------------------------------- */

/* A key's comment is the last of those that follow it. */
static const struct node *
comment_behind(const struct node *item)
{
	const struct node *comment = NULL;

	for (item = item->next; item != NULL && item->kind == NODE_COMMENT; item = item->next)
		if (item->style != STYLE_UNSEEN)
			comment = item;
	return comment;
}

/* Keys are aligned to the longest one. */
static int
ini_width(const struct node *section, size_t *width, struct error *err)
{
	*width = 0;
	for (const struct node *item = section->child; item != NULL; item = item->next) {
		CLEANUP(buf_release) struct buf key = BUF(LIMIT_DOCUMENT);

		if (item->kind == NODE_COMMENT)
			continue;
		if (ini_print_key(node_key(item), &key, err) != 0)
			return fail_at(item, err);
		*width = key.len > *width ? key.len : *width;
	}
	return 0;
}

static int
ini_comment(const struct node *comment, bool section, struct buf *out, struct error *err)
{
	return comment == NULL || (ini_print_comment(comment->text, section, out, err) == 0 && buf_byte(out, '\n', err) == 0) ? 0 :
	    (int)err->kind;
}

static int
ini_key(const struct node *item, const struct scalar_table *table, size_t width, struct buf *out, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_SECRET(LIMIT_DOCUMENT);
	size_t before;

	if (ini_comment(comment_behind(item), false, out, err) != 0)
		return (int)err->kind;
	before = out->len;
	if (ini_print_key(node_key(item), out, err) != 0 || buf_repeat(out, ' ', width - (out->len - before), err) != 0 ||
	    buf_append(out, SLICE(" = "), err) != 0 || flat_node_text(item, table, &text, err) != 0 ||
	    ini_print_value(buf_slice(&text), out, err) != 0)
		return fail_at(item, err);
	return buf_byte(out, '\n', err);
}

static int
ini_section(const struct node *section, bool header, const struct scalar_table *table, struct buf *out, struct error *err)
{
	const struct node	*map = node_resolve(section), *first = map->child;
	size_t			 width;

	if (map->kind != NODE_MAP) {
		err_set(err, ERR_TYPE, "an INI file holds sections of keys and values: '%.*s' is no section", SLICE_ARG(node_key(section)));
		return fail_at(section, err);
	}
	if (first != NULL && first->kind != NODE_COMMENT)
		first = NULL;
	if (ini_comment(first, true, out, err) != 0 || ini_width(map, &width, err) != 0 ||
	    (header && (ini_print_section(node_key(section), out, err) != 0 || buf_byte(out, '\n', err) != 0)))
		return fail_at(section, err);
	for (const struct node *item = map->child; item != NULL; item = item->next)
		if (item->kind != NODE_COMMENT && ini_key(item, table, width, out, err) != 0)
			return (int)err->kind;
	return 0;
}

/* The first section is without a header when it is DEFAULT. */
static int
ini_document(const struct node *root, const struct scalar_table *table, struct buf *out, struct error *err)
{
	bool first = true;

	for (const struct node *item = root->kind == NODE_MAP ? root->child : NULL; item != NULL; item = item->next) {
		bool header = !(first && slice_eq(item->key != NULL ? node_key(item) : SLICE_NONE, SLICE("DEFAULT")));

		if (item->kind == NODE_COMMENT)
			continue;
		if (out->len != 0 && buf_byte(out, '\n', err) != 0)
			return (int)err->kind;
		if (ini_section(item, header, table, out, err) != 0)
			return (int)err->kind;
		first = false;
	}
	return 0;
}

/* --- binary ---------------------------------------------------------------------------------------------------------- */

static int
binary_document(const struct document *doc, const struct node *root, struct buf *out, struct error *err)
{
	CLEANUP(arena_release) struct arena store = ARENA_SECRET(LIMIT_DOCUMENT);
	const struct node	*data = node_member(root, SLICE("data"));
	struct scalar		 scalar = { .type = SCALAR_NULL };

	if (data != NULL && node_resolve(data)->kind == NODE_SCALAR &&
	    scalar_resolve(data, doc->syntax->scalars, &store, &scalar, err) != 0)
		return (int)err->kind;
	if (scalar.type != SCALAR_STRING)
		return err_set(err, ERR_TYPE, "no binary data found in tree: this is no binary file, choose another --output-type");
	return buf_append(out, scalar.text, err);
}

/* --- all of them ----------------------------------------------------------------------------------------------------- */

int
convert_document(struct document *doc, const struct node *first_opt, const struct store *to, int indent,
    struct buf *out, struct error *err)
{
	const struct node	*root = first_opt != NULL ? first_opt : doc->roots != 0 ? doc->root[0] : NULL;
	uint32_t		 step = YAML_STEP;

	if (root == NULL)
		return err_set(err, ERR_EMPTY, "there is no document");
	if (to == &store_yaml)
		return yaml_step(indent, &step, err) != 0 || prepare_for_yaml(doc, err) != 0 ? (int)err->kind :
		    yaml_document(doc, first_opt, step, out, err);
	if (to == &store_json)
		return json_value(root, doc->syntax->scalars, indent, out, err) != 0 ? (int)err->kind : buf_byte(out, '\n', err);
	if (to == &store_dotenv)
		return dotenv_document(root, doc->syntax->scalars, out, err);
	if (to == &store_ini)
		return ini_document(root, doc->syntax->scalars, out, err);
	if (to == &store_binary)
		return binary_document(doc, root, out, err);
	return err_set(err, ERR_UNSUPPORTED, "printing %s is not supported yet", to->name);
}

int
convert_value(const struct node *node, const struct syntax *from, const struct store *to, int indent, struct buf *out, struct error *err)
{
	uint32_t step = YAML_STEP;

	if (to == &store_yaml)
		return yaml_step(indent, &step, err) != 0 ? (int)err->kind : yaml_value(node, step, out, err);
	if (to == &store_json)
		return json_value(node, from->scalars, indent, out, err);
	/* In INI a scalar by itself is printed as in JSON. */
	if (to == &store_ini && node_resolve(node)->kind == NODE_SCALAR)
		return json_value(node, from->scalars, 0, out, err);
	err_set(err, ERR_TYPE, "a value that is no string cannot be printed as %s", to->name);
	return fail_at(node, err);
}
