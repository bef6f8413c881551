#include "yamlmerge/schema.h"

#include "base/limits.h"
#include "yamlmerge/document.h"

#define STEPS_MAX	200000	/* schemas looked at, each as often as it is used in a choice */
#define CHAIN_MAX	100	/* of choices and references within one value */

/* What a schema says of one value; it is made once, so that a schema may refer to itself. */
struct shape {
	struct known_place	*map, *list;
	unsigned		 kinds;
	const struct node	*schema;	/* its address is the key in the index */
};

struct schema {
	struct known		*known;
	const struct node	*root;
	struct key_index	 shapes;
	size_t			 steps;
	struct error		*err;
};

static int	shape_of(struct schema *s, const struct node *node, struct shape **out);

/* --- references --------------------------------------------------------------------------------------------------- */

/* "~1" is "/" and "~0" is "~" in a name of a JSON pointer. */
static struct slice
pointer_name(struct slice part, char *out, size_t size)
{
	size_t len = 0;

	for (size_t i = 0; i < part.len && len < size; i++) {
		if (part.data[i] == '~' && i + 1 < part.len && (part.data[i + 1] == '0' || part.data[i + 1] == '1'))
			out[len++] = part.data[++i] == '1' ? '/' : '~';
		else
			out[len++] = (char)part.data[i];
	}
	return slice_of(out, len);
}

/* The schema at "#/$defs/name"; NULL when it is not in this file. */
static const struct node *
follow(const struct schema *s, struct slice reference)
{
	const struct node	*node = s->root;
	struct slice		 rest, part;
	char			 name[256];

	if (!slice_starts(reference, SLICE("#")))
		return NULL;
	rest = slice_from(reference, 1);
	if (rest.len == 0)
		return node;
	if (rest.data[0] != '/')
		return NULL;
	for (rest = slice_from(rest, 1); node != NULL && slice_split(&rest, '/', &part);)
		node = node->kind == NODE_MAP ? node_member(node, pointer_name(part, name, sizeof(name))) : NULL;
	return node;
}

/* --- one value ---------------------------------------------------------------------------------------------------- */

static bool
is_text(const struct node *node, const char *text)
{
	return node != NULL && node->kind == NODE_SCALAR && slice_eq(node->text, slice_str(text));
}

static unsigned
kind_named(const struct node *type)
{
	if (is_text(type, "object"))
		return KNOWN_MAP;
	if (is_text(type, "array"))
		return KNOWN_LIST;
	if (is_text(type, "string"))
		return KNOWN_SCALAR | KNOWN_STRING;
	if (is_text(type, "boolean"))
		return KNOWN_SCALAR | KNOWN_BOOL;
	return is_text(type, "null") ? 0 : KNOWN_SCALAR;
}

static unsigned
kinds_of(const struct node *schema)
{
	const struct node	*type = node_member(schema, SLICE("type"));
	unsigned		 kinds = 0;

	if (type == NULL)
		return 0;
	if (type->kind != NODE_LIST)
		return kind_named(type);
	for (const struct node *item = type->child; item != NULL; item = item->next)
		kinds |= kind_named(item);
	return kinds;
}

static int
make_place(struct schema *s, struct known_place **place)
{
	return *place == NULL ? known_place_new(s->known, place, s->err) : 0;
}

static int
declare(struct schema *s, struct shape *into, struct slice name, const struct node *schema)
{
	struct shape *below;

	if (make_place(s, &into->map) != 0 || shape_of(s, schema, &below) != 0)
		return (int)s->err->kind;
	return known_declare(s->known, into->map, name, below->map, below->list, below->kinds != 0 ? below->kinds : KNOWN_ANY, s->err);
}

static int
take_properties(struct schema *s, struct shape *into, const struct node *schema)
{
	const struct node *properties = node_member(schema, SLICE("properties"));

	if (properties == NULL || properties->kind != NODE_MAP)
		return 0;
	for (const struct node *member = properties->child; member != NULL; member = member->next)
		if (!slice_eq(node_key(member), SLICE("*")) && declare(s, into, node_key(member), member) != 0)
			return (int)s->err->kind;
	return 0;
}

/* Names of the user's choice. */
static int
take_names(struct schema *s, struct shape *into, const struct node *schema, bool alone)
{
	const struct node	*patterns = node_member(schema, SLICE("patternProperties"));
	const struct node	*others = node_member(schema, SLICE("additionalProperties"));
	bool			 refused = others != NULL && is_text(others, "false") && others->style == STYLE_PLAIN;

	if (patterns != NULL && patterns->kind == NODE_MAP)
		for (const struct node *member = patterns->child; member != NULL; member = member->next)
			if (declare(s, into, SLICE("*"), member) != 0)
				return (int)s->err->kind;
	if (others != NULL && !refused)
		return declare(s, into, SLICE("*"), others);
	if (refused && alone && patterns == NULL) {
		if (make_place(s, &into->map) != 0)
			return (int)s->err->kind;
		into->map->closed = true;
	}
	return 0;
}

static int	take(struct schema *s, struct shape *into, const struct node *schema, bool alone, unsigned chain);

static int
take_branches(struct schema *s, struct shape *into, const struct node *schema, unsigned chain)
{
	static const char *const names[] = { "allOf", "anyOf", "oneOf", "then", "else" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const struct node *branch = node_member(schema, slice_str(names[i]));

		if (branch == NULL)
			continue;
		if (branch->kind != NODE_LIST) {
			if (take(s, into, branch, false, chain + 1) != 0)
				return (int)s->err->kind;
			continue;
		}
		for (const struct node *item = branch->child; item != NULL; item = item->next)
			if (take(s, into, item, false, chain + 1) != 0)
				return (int)s->err->kind;
	}
	return 0;
}

static bool
has_branches(const struct node *schema)
{
	return node_member(schema, SLICE("allOf")) != NULL || node_member(schema, SLICE("anyOf")) != NULL ||
	    node_member(schema, SLICE("oneOf")) != NULL || node_member(schema, SLICE("then")) != NULL ||
	    node_member(schema, SLICE("else")) != NULL || node_member(schema, SLICE("$ref")) != NULL;
}

/* All that a schema says, added to what others said of the same value; ${alone}: there are no others. */
static int
take(struct schema *s, struct shape *into, const struct node *schema, bool alone, unsigned chain)
{
	const struct node *reference, *items;

	if (++s->steps > STEPS_MAX)
		return err_set(s->err, ERR_LIMIT, "the schema has more than %d branches", STEPS_MAX);
	if (schema->kind != NODE_MAP || chain > CHAIN_MAX) {
		into->kinds |= KNOWN_ANY;
		return 0;
	}
	into->kinds |= kinds_of(schema);
	if (take_properties(s, into, schema) != 0 || take_names(s, into, schema, alone && !has_branches(schema)) != 0)
		return (int)s->err->kind;
	items = node_member(schema, SLICE("items"));
	if (items != NULL && items->kind == NODE_MAP) {
		struct shape *below;

		if (shape_of(s, items, &below) != 0)
			return (int)s->err->kind;
		if (below->map != NULL)
			into->list = below->map;
	}
	reference = node_member(schema, SLICE("$ref"));
	if (reference != NULL && reference->kind == NODE_SCALAR) {
		const struct node *target = follow(s, reference->text);

		if (target == NULL)
			into->kinds |= KNOWN_ANY;
		else if (take(s, into, target, alone, chain + 1) != 0)
			return (int)s->err->kind;
	}
	return take_branches(s, into, schema, chain);
}

static int
shape_of(struct schema *s, const struct node *node, struct shape **out)
{
	struct shape	*shape;
	void		*room;

	*out = key_index_find(&s->shapes, slice_of(&node, sizeof(node)));
	if (*out != NULL)
		return 0;
	if (arena_alloc(&s->known->arena, sizeof(*shape), &room, s->err) != 0)
		return (int)s->err->kind;
	*out = shape = room;
	shape->schema = node;
	if (known_place_new(s->known, &shape->map, s->err) != 0 ||
	    key_index_add(&s->shapes, slice_of(&shape->schema, sizeof(shape->schema)), shape, NULL, s->err) != 0 ||
	    take(s, shape, node, true, 0) != 0)
		return (int)s->err->kind;
	/* A schema that names no keys leaves them free. */
	if (shape->map->names == 0 && !shape->map->closed &&
	    known_declare(s->known, shape->map, SLICE("*"), NULL, NULL, KNOWN_ANY, s->err) != 0)
		return (int)s->err->kind;
	return known_declare_done(s->known, shape->map, s->err);
}

static void
schema_release(struct schema *s)
{
	key_index_release(&s->shapes);
}

int
schema_declare(struct known *known, struct slice text, const char *path, struct known_place **out, struct error *err)
{
	CLEANUP(document_freep) struct document		*doc = NULL;
	CLEANUP(schema_release) struct schema		 schema = { .known = known, .shapes = KEY_INDEX, .err = err };
	struct shape					*shape;

	if (document_parse(text, &syntax_json, &doc, err) != 0)
		return err_file(err, path);
	if (doc->roots == 0 || doc->root[0]->kind != NODE_MAP) {
		(void)err_set(err, ERR_TYPE, "a schema is a JSON object");
		return err_file(err, path);
	}
	schema.root = doc->root[0];
	if (shape_of(&schema, doc->root[0], &shape) != 0)
		return err_file(err, path);
	*out = shape->map;
	return 0;
}
