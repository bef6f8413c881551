/*
 * The paths of --set and its kin.  What Helm accepts in them is odd in places (an empty name is parsed and dropped, an index at the end
 * of the argument sets nothing); FORMAT.md, set arguments, has the rules, found by running it.
 */
#include "yamlmerge/strvals.h"

#include <stdio.h>
#include <string.h>

#include "yamlmerge/number.h"
#include "yamlmerge/scalar.h"
#include "yamlmerge/strvals_parts.h"

#define DOTS_MAX	30
#define INDEX_MAX	65536

const char *const strvals_option[STRVALS_KINDS] = {
	[STRVALS_JSON] = "set-json", [STRVALS_TYPED] = "set", [STRVALS_STRING] = "set-string", [STRVALS_FILE] = "set-file",
	[STRVALS_LITERAL] = "set-literal",
};

int
setter_place(struct setter *s, size_t at)
{
	(void)err_at(s->err, s->strvals->number, (uint32_t)at + 1);
	return err_file(s->err, s->layer->path);
}

int
setter_fail(struct setter *s, enum err_kind kind, size_t at, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)err_setv(s->err, kind, format, arguments);
	va_end(arguments);
	return setter_place(s, at);
}

int
setter_new(struct setter *s, enum merge_kind kind, size_t at, struct merge_value **out)
{
	const struct node place = { .line = s->strvals->number, .column = (uint32_t)at + 1 };

	if (merge_tree_new(s->merged, kind, s->layer, &place, out, s->err) != 0)
		return (int)s->err->kind;
	(*out)->node = NULL;
	return 0;
}

int
setter_word(struct setter *s, const char *stops, struct slice *out, char *stop)
{
	const bool	 literal = s->strvals->kind == STRVALS_LITERAL;
	void		*memory;
	uint8_t		*to;
	size_t		 len = 0, end = s->at;

	while (end < s->text.len && (s->text.data[end] == '\0' || strchr(stops, s->text.data[end]) == NULL))
		end += !literal && s->text.data[end] == '\\' ? 2 : 1;
	end = end < s->text.len ? end : s->text.len;
	if (arena_alloc(&s->merged->arena, end - s->at + 1, &memory, s->err) != 0)
		return (int)s->err->kind;
	to = memory;
	for (; s->at < end; s->at++) {
		/* A backslash that ends the argument is dropped. */
		if (!literal && s->text.data[s->at] == '\\' && ++s->at == end)
			break;
		to[len++] = s->text.data[s->at];
	}
	*stop = end < s->text.len ? (char)s->text.data[end] : '\0';
	s->at = *stop != '\0' ? end + 1 : end;
	return scalar_make_utf8(slice_of(to, len), &s->merged->arena, out, s->err);
}

/* --- into the tree ---------------------------------------------------------------------------------------------------- */

/* A member without a name is dropped. */
static int
put(struct setter *s, struct merge_value *map, struct slice key, struct merge_value *value)
{
	struct merge_value *there = merge_member(map, key);

	if (key.len == 0 || there == value)
		return 0;
	if (there != NULL)
		return merge_tree_assign(s->merged, there, value, s->err);
	value->key = key;
	return merge_tree_append(s->merged, map, value, s->err);
}

static int
put_at(struct setter *s, struct merge_value *list, uint32_t index, struct merge_value *value)
{
	struct merge_value *element = list->child, *null;

	while (list->count <= index) {
		if (list->count == index)
			return merge_tree_append(s->merged, list, value, s->err);
		if (setter_new(s, MERGE_NULL, s->at, &null) != 0 || merge_tree_append(s->merged, list, null, s->err) != 0)
			return (int)s->err->kind;
	}
	for (uint32_t i = 0; i < index; i++)
		element = element->next;
	return element == value ? 0 : merge_tree_assign(s->merged, element, value, s->err);
}

static struct merge_value *
element_at(const struct merge_value *list, uint32_t index)
{
	struct merge_value *element;

	for (element = list->child; element != NULL && index > 0; element = element->next)
		index--;
	return element;
}

/* What the path goes on through: ${there}, or something new. */
static int
step_into(struct setter *s, struct merge_value *there, enum merge_kind kind, size_t at, struct merge_value **out)
{
	static const char *const names[] = {
		[MERGE_NULL] = "null", [MERGE_BOOL] = "a boolean", [MERGE_NUMBER] = "a number", [MERGE_STRING] = "a string",
		[MERGE_LIST] = "a list", [MERGE_MAP] = "a map",
	};

	*out = there;
	if (there == NULL)
		return setter_new(s, kind, at, out);
	if (there->kind == kind)
		return 0;
	return setter_fail(s, ERR_TYPE, at, "the path goes on through %s, where %s is needed", names[there->kind], names[kind]);
}

/* --- paths ------------------------------------------------------------------------------------------------------------ */

/*
 * ${end}: the argument ended where a name, an index or the value of a member could follow.  On the way out maps are set as far as
 * something is in them, elements of lists are not.
 */
static int	read_member(struct setter *s, struct merge_value *map, bool *end);

static int
read_index(struct setter *s, uint32_t *out)
{
	size_t		start = s->at, close = slice_find(s->text, ']', s->at);
	int64_t		index;

	if (close == s->text.len)
		return setter_fail(s, ERR_SYNTAX, start, "an index without a ']'");
	s->at = close + 1;
	if (number_parse_int(slice_sub(s->text, start, close), &index) != NUMBER_OK)
		return setter_fail(s, ERR_SYNTAX, start, "an index that is no whole number");
	if (index < 0 || index > INDEX_MAX)
		return setter_fail(s, ERR_RANGE, start, "an index must be between 0 and %d", INDEX_MAX);
	*out = (uint32_t)index;
	return 0;
}

/* Behind a "[": the index and what follows it. */
static int
read_element(struct setter *s, struct merge_value *list, bool *end)
{
	struct merge_value	*there, *value;
	size_t			 start = s->at;
	uint32_t		 index;
	char			 next;

	if (++s->brackets > LIMIT_DEPTH)
		return setter_fail(s, ERR_LIMIT, start, "more than %d levels of lists", (int)LIMIT_DEPTH);
	if (read_index(s, &index) != 0)
		return (int)s->err->kind;
	*end = s->at == s->text.len;
	if (*end)
		return 0;
	next = (char)s->text.data[s->at++];
	there = element_at(list, index);
	if (next == '=') {
		if (setter_value(s, &value) != 0)
			return (int)s->err->kind;
	} else if (next == '[') {
		if (there != NULL && there->kind == MERGE_NULL)
			there = NULL;
		if (step_into(s, there, MERGE_LIST, start, &value) != 0 || read_element(s, value, end) != 0)
			return (int)s->err->kind;
	} else if (next == '.') {
		/* Anything but a map makes room for one. */
		if (there != NULL && there->kind != MERGE_MAP)
			there = NULL;
		if (step_into(s, there, MERGE_MAP, start, &value) != 0 || read_member(s, value, end) != 0)
			return (int)s->err->kind;
	} else
		return setter_fail(s, ERR_SYNTAX, s->at - 1, "behind an index only '[', '.' or '=' may follow");
	return *end ? 0 : put_at(s, list, index, value);
}

/* Behind a ".": the map of that name. */
static int
read_below(struct setter *s, struct merge_value *map, struct slice key, size_t start, bool *end)
{
	struct merge_value *below;

	if (++s->dots > DOTS_MAX)
		return setter_fail(s, ERR_LIMIT, start, "more than %d levels", DOTS_MAX);
	if (step_into(s, merge_member(map, key), MERGE_MAP, start, &below) != 0 || read_member(s, below, end) != 0)
		return (int)s->err->kind;
	if (below->count > 0)
		return put(s, map, key, below);
	return *end ? 0 : setter_fail(s, ERR_SYNTAX, start, "nothing has a name below this key");
}

static int
read_member(struct setter *s, struct merge_value *map, bool *end)
{
	struct merge_value	*value;
	struct slice		 key;
	size_t			 start = s->at;
	char			 stop;

	*end = false;
	if (setter_word(s, s->strvals->kind == STRVALS_LITERAL ? "=[." : "=[,.", &key, &stop) != 0)
		return (int)s->err->kind;
	switch (stop) {
	case '=':
		*end = s->at == s->text.len && s->strvals->kind != STRVALS_LITERAL && s->strvals->kind != STRVALS_JSON;
		return setter_value(s, &value) != 0 ? (int)s->err->kind : put(s, map, key, value);
	case '.':
		return read_below(s, map, key, start, end);
	case '[':
		/* The list is set even when the argument ends behind the index: "a[0]" makes an empty one. */
		if (step_into(s, merge_member(map, key), MERGE_LIST, start, &value) != 0 || read_element(s, value, end) != 0)
			return (int)s->err->kind;
		return put(s, map, key, value);
	default:
		break;
	}
	*end = stop == '\0' && key.len == 0;
	return *end ? 0 : setter_fail(s, ERR_SYNTAX, start, "a key without a '='");
}

/* --- the whole -------------------------------------------------------------------------------------------------------- */

/* An argument that is an object: Helm 4 merges it, Helm 3 looks for a path in it. */
static int
apply_object(struct setter *s)
{
	struct merge_value *object;

	if (s->strvals->helm == HELM_BOTH) {
		(void)setter_fail(s, ERR_REFUSED, 0, "Helm 4 takes a whole object here, Helm 3 does not");
		return err_hint(s->err, "write PATH=JSON, or say which version counts: --helm 4");
	}
	return setter_object(s, &object) != 0 ? (int)s->err->kind : merge_tree_fold(s->merged, s->merged->root, object, s->err);
}

int
strvals_apply(struct merged *into, const struct layer *layer, const struct strvals *strvals, struct error *err)
{
	struct setter	s = { .merged = into, .layer = layer, .strvals = strvals, .text = strvals->text, .err = err };
	bool		end;

	if (into->root == NULL && setter_new(&s, MERGE_MAP, 0, &into->root) != 0)
		return (int)err->kind;
	if (strvals->kind == STRVALS_JSON && strvals->helm != HELM_3 && slice_starts(s.text, SLICE("{")))
		return apply_object(&s);
	while (s.at < s.text.len) {
		s.dots = s.brackets = 0;
		if (read_member(&s, into->root, &end) != 0)
			return (int)err->kind;
	}
	return 0;
}
