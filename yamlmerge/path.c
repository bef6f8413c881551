#include "yamlmerge/path.h"

#include "base/limits.h"
#include "base/num.h"

/* Steps are collected in a list that doubles: the arena frees nothing singly, so at most twice the room is used. */
static int
path_add(struct path *path, size_t *capacity, struct arena *arena, struct path_step step, struct error *err)
{
	void *steps;

	if (path->count >= LIMIT_DEPTH)
		return err_set(err, ERR_LIMIT, "a path of more than %d components", (int)LIMIT_DEPTH);
	if (path->count == *capacity) {
		*capacity = *capacity == 0 ? 8 : *capacity * 2;
		if (arena_alloc(arena, *capacity * sizeof(*path->steps), &steps, err) != 0)
			return (int)err->kind;
		if (path->count > 0)
			memcpy(steps, path->steps, path->count * sizeof(*path->steps));
		path->steps = steps;
	}
	if (!step.is_index && arena_copy(arena, step.key, &step.key, err) != 0)
		return (int)err->kind;
	path->steps[path->count++] = step;
	return 0;
}

static int
malformed(struct slice component, const char *why, struct error *err)
{
	(void)err_set(err, ERR_PATH, "malformed path component '%.*s': %s", SLICE_ARG(component), why);
	return err_hint(err, "a path is written [\"key\"][\"other key\"][0]");
}

/* What stands between the brackets: a key in quotes, taken as it is, or an index. */
static int
read_component(struct slice inner, struct path_step *out, struct error *err)
{
	int64_t index;

	if (inner.len > 0 && (inner.data[0] == '"' || inner.data[0] == '\'')) {
		if (inner.len < 2 || inner.data[inner.len - 1] != inner.data[0])
			return malformed(inner, "the closing quote is missing", err);
		*out = (struct path_step){ .key = slice_sub(inner, 1, inner.len - 1) };
		return 0;
	}
	if (inner.len == 0)
		return malformed(inner, "it is empty", err);
	if (num_parse(inner, INT64_MIN, -1, &index))
		return err_set(err, ERR_RANGE, "index %lld: an index counts from 0", (long long)index);
	if (!num_parse(inner, 0, UINT32_MAX, &index))
		return malformed(inner, "a key must be in quotes", err);
	*out = (struct path_step){ .is_index = true, .index = (size_t)index };
	return 0;
}

int
path_parse(struct slice text, struct arena *arena, struct path *out, struct error *err)
{
	struct path		path = { .count = 0 };
	struct path_step	step;
	size_t			capacity = 0;

	if (text.len > 0 && text.data[0] != '[')
		return malformed(text, "it does not begin with '['", err);
	for (size_t at = 0; at < text.len;) {
		/* Each "[" begins a component, even inside quotes, as in sops: no key may contain one. */
		size_t		end = slice_find(text, '[', at + 1);
		struct slice	part = slice_sub(text, at + 1, end);

		if (part.len == 0 || part.data[part.len - 1] != ']')
			return malformed(part, "it does not end in ']'", err);
		if (read_component(slice_sub(part, 0, part.len - 1), &step, err) != 0 ||
		    path_add(&path, &capacity, arena, step, err) != 0)
			return (int)err->kind;
		at = end;
	}
	*out = path;
	return 0;
}

/* The name at the front of ${rest}, backslashes taken away, in ${name}. */
static int
read_name(struct slice *rest, struct buf *name, struct error *err)
{
	size_t i = 0;

	buf_reset(name);
	for (; i < rest->len && rest->data[i] != '.' && rest->data[i] != '['; i++) {
		if (rest->data[i] == '\\' && i + 1 < rest->len)
			i++;
		if (buf_byte(name, rest->data[i], err) != 0)
			return (int)err->kind;
	}
	*rest = slice_from(*rest, i);
	return 0;
}

/* The [component] at the front of ${rest}; a quoted one ends at its own quote, so brackets may stand in it. */
static int
read_bracket(struct slice *rest, struct path_step *out, struct error *err)
{
	uint8_t	quote = rest->len > 1 ? rest->data[1] : 0;
	size_t	end = 1;

	if (quote == '"' || quote == '\'')
		for (end = 2; end < rest->len && !(rest->data[end] == quote && end + 1 < rest->len && rest->data[end + 1] == ']');)
			end++;
	end = slice_find(*rest, ']', end);
	if (end == rest->len)
		return malformed(*rest, "the closing ']' is missing", err);
	if (read_component(slice_sub(*rest, 1, end), out, err) != 0)
		return (int)err->kind;
	*rest = slice_from(*rest, end + 1);
	return 0;
}

int
path_parse_dotted(struct slice text, struct arena *arena, struct path *out, struct error *err)
{
	CLEANUP(buf_release) struct buf	name = BUF(text.len + 1);
	struct path			path = { .count = 0 };
	struct path_step		step;
	struct slice			rest = text;
	size_t				capacity = 0;

	while (rest.len > 0) {
		if (rest.data[0] == '[') {
			if (read_bracket(&rest, &step, err) != 0)
				return (int)err->kind;
		} else {
			if (path.count > 0) {
				if (rest.data[0] != '.')
					return malformed(rest, "'.' or '[' must follow ']'", err);
				rest = slice_from(rest, 1);
			}
			if (read_name(&rest, &name, err) != 0)
				return (int)err->kind;
			if (name.len == 0)
				return malformed(text, "a name is empty", err);
			step = (struct path_step){ .key = buf_slice(&name) };
		}
		if (path_add(&path, &capacity, arena, step, err) != 0)
			return (int)err->kind;
	}
	*out = path;
	return 0;
}

/* --- finding ---------------------------------------------------------------------------------------------------- */

static const struct node *
element(const struct node *list, size_t index)
{
	const struct node *item;

	for (item = list->child; item != NULL; item = item->next)
		if (item->kind != NODE_COMMENT && index-- == 0)
			return item;
	return NULL;
}

static int
wrong_step(const struct path *path, size_t step, const struct node *at, const char *what, struct error *err)
{
	CLEANUP(buf_release) struct buf	text = BUF(ERR_TEXT_MAX);
	struct error			ignored = ERROR_INIT;
	struct path			before = { path->steps, step };

	if (path_print(&before, &text, &ignored) != 0)
		buf_reset(&text);
	(void)err_set(err, ERR_PATH, "%s is %s, so %s leads nowhere", step > 0 ? "the value" : "the document", what,
	    path->steps[step].is_index ? "an index" : "a key");
	if (text.len > 0)
		(void)err_wrap(err, "%.*s", SLICE_ARG(buf_slice(&text)));
	return err_at(err, at->line, at->column);
}

static int
step_into(const struct path *path, size_t step, const struct node *at, const struct node **out, struct error *err)
{
	const struct node	*inside = node_resolve(at);
	const struct path_step	*this = &path->steps[step];

	if (inside == NULL || (inside->kind != NODE_MAP && inside->kind != NODE_LIST))
		return wrong_step(path, step, at, "a scalar", err);
	if (this->is_index != (inside->kind == NODE_LIST))
		return wrong_step(path, step, at, this->is_index ? "a map" : "a list", err);
	*out = this->is_index ? element(inside, this->index) : node_member(inside, this->key);
	if (*out != NULL)
		return 0;
	if (this->is_index)
		return err_set(err, ERR_NOT_FOUND, "no element [%zu]", this->index);
	return err_set(err, ERR_NOT_FOUND, "no key '%.*s'", SLICE_ARG(this->key));
}

int
path_find(const struct node *root, const struct path *path, size_t *found, const struct node **out, struct error *err)
{
	const struct node	*at = root, *next = NULL;
	size_t			 step;
	int			 failed = 0;

	for (step = 0; step < path->count && (failed = step_into(path, step, at, &next, err)) == 0; step++)
		at = next;
	if (found != NULL)
		*found = step;
	*out = at;
	return failed;
}

/* --- making and printing ---------------------------------------------------------------------------------------- */

int
path_of(const struct node *node, struct arena *arena, struct path *out, struct error *err)
{
	const struct node	*at, *sibling;
	size_t			 count = 0;
	void			*steps;

	if (node->kind == NODE_COMMENT)
		node = node->parent;
	for (at = node; at != NULL && at->parent != NULL; at = at->parent)
		count++;
	if (count > LIMIT_DEPTH)
		return err_set(err, ERR_LIMIT, "a path of more than %d components", (int)LIMIT_DEPTH);
	*out = (struct path){ .count = count };
	if (count == 0)
		return 0;
	if (arena_alloc(arena, count * sizeof(*out->steps), &steps, err) != 0)
		return (int)err->kind;
	out->steps = steps;
	for (at = node; at->parent != NULL; at = at->parent) {
		struct path_step *step = &out->steps[--count];

		if (at->key != NULL) {
			step->key = node_key(at);
			continue;
		}
		step->is_index = true;
		for (sibling = at->parent->child; sibling != at; sibling = sibling->next)
			step->index += sibling->kind != NODE_COMMENT;
	}
	return 0;
}

static int
print_bracket(const struct path_step *step, struct buf *out, struct error *err)
{
	uint8_t quote;

	if (step->is_index)
		return buf_printf(out, err, "[%zu]", step->index);
	quote = slice_find(step->key, '"', 0) == step->key.len ? '"' : '\'';
	if (buf_byte(out, '[', err) != 0 || buf_byte(out, quote, err) != 0 || buf_append(out, step->key, err) != 0 ||
	    buf_byte(out, quote, err) != 0)
		return (int)err->kind;
	return buf_byte(out, ']', err);
}

int
path_print(const struct path *path, struct buf *out, struct error *err)
{
	for (size_t i = 0; i < path->count; i++)
		if (print_bracket(&path->steps[i], out, err) != 0)
			return (int)err->kind;
	return 0;
}

/* A name that reads as itself without quotes. */
static bool
is_bare(struct slice key)
{
	for (size_t i = 0; i < key.len; i++)
		if (strchr(".[]\\\"' ", key.data[i]) != NULL || key.data[i] < ' ')
			return false;
	return key.len > 0;
}

int
path_print_dotted(const struct path *path, struct buf *out, struct error *err)
{
	for (size_t i = 0; i < path->count; i++) {
		const struct path_step *step = &path->steps[i];

		if (step->is_index || !is_bare(step->key)) {
			if (print_bracket(step, out, err) != 0)
				return (int)err->kind;
			continue;
		}
		if ((i > 0 && buf_byte(out, '.', err) != 0) || buf_append(out, step->key, err) != 0)
			return (int)err->kind;
	}
	return 0;
}
