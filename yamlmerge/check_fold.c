#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "yamlmerge/check_parts.h"
#include "yamlmerge/diff.h"

/* What one layer does to those beneath it, and what lies in the result. */

struct fold {
	struct check	*check;
	const char	*hub, *env;
	bool		 complete;
	struct buf	 place;
	struct error	*err;
};

/* What lies on what; ${last}: nothing lies on the upper one. */
struct pair {
	const struct merge_value	*upper, *lower;
	bool				 last;
};

static int	report(struct fold *fold, enum check_rule_id rule, enum check_level level, const struct merge_value *value,
		    const struct merge_trail *trail, const char *hint_opt, const char *format, ...) PRINTF_LIKE(7, 8);

static int
report(struct fold *fold, enum check_rule_id rule, enum check_level level, const struct merge_value *value,
    const struct merge_trail *trail, const char *hint_opt, const char *format, ...)
{
	struct check_finding		finding = {
		.rule = rule, .level = level, .path = value->layer->path, .line = value->line, .column = value->column,
		.hint = slice_str(hint_opt),
	};
	char				line[512];
	va_list				arguments;

	va_start(arguments, format);
	(void)vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	buf_reset(&fold->place);
	if (merge_trail_print(trail, &fold->place, fold->err) != 0)
		return (int)fold->err->kind;
	finding.place = buf_slice(&fold->place);
	return check_report(fold->check, &finding, fold->err, "%s", line);
}

static const char *
kind_name(enum merge_kind kind)
{
	static const char *const names[] = { "null", "boolean", "number", "string", "list", "map" };

	return names[kind];
}

/* --- one over another --------------------------------------------------------------------------------------------- */

/* How many leaves a map has, and the paths of the first. */
static size_t
name_leaves(const struct merge_value *map, const struct merge_trail *trail, struct buf *names, size_t count)
{
	struct merge_trail	here = { .up = trail };
	struct error		ignored = ERROR_INIT;

	for (const struct merge_value *child = map->child; child != NULL; child = child->next) {
		here.key = child->key;
		if (child->kind == MERGE_MAP && child->child != NULL) {
			count = name_leaves(child, &here, names, count);
			continue;
		}
		/* Long names are cut off: this is a sentence. */
		if (count++ < 3 && buf_str(names, count > 1 ? ", " : "", &ignored) == 0)
			ignored.kind = (enum err_kind)merge_trail_print(&here, names, &ignored);
	}
	return count;
}

/* A key with nothing behind it may be meant to be empty; null and ~ are meant to remove. */
static bool
is_bare(const struct merge_value *value)
{
	return value->node != NULL && value->node->kind == NODE_SCALAR && value->node->text.len == 0;
}

static int
check_null(struct fold *fold, const struct pair *pair, const struct merge_trail *trail)
{
	CLEANUP(buf_release) struct buf	names = BUF(300);
	const struct merge_trail	root = { .up = NULL };
	bool				serious = pair->last && fold->complete && is_bare(pair->upper);
	size_t				count = name_leaves(pair->lower, &root, &names, 0);

	if (count == 0)
		return 0;
	return report(fold, CHECK_NULL_WIPES, serious ? CHECK_WARNING : CHECK_NOTE, pair->upper, trail,
	    serious ? "remove the key, or write null if this is meant" : NULL, "this null removes %zu setting%s of %s: %.*s%s", count,
	    count == 1 ? "" : "s", pair->lower->layer->path, SLICE_ARG(buf_slice(&names)), count > 3 ? ", ..." : "");
}

static bool
is_shown(const struct merge_value *value)
{
	return !diff_is_secret(value);
}

/* Does the chart take either kind here, such as a command as a string or as a list? */
static bool
takes_both(unsigned declared, enum merge_kind upper, enum merge_kind lower)
{
	static const unsigned bits[] = { KNOWN_ANY, KNOWN_SCALAR, KNOWN_SCALAR, KNOWN_SCALAR, KNOWN_LIST, KNOWN_MAP };

	return (declared & KNOWN_ANY) != 0 || ((declared & bits[upper]) != 0 && (declared & bits[lower]) != 0);
}

static int
check_kinds(struct fold *fold, const struct pair *pair, const struct merge_trail *trail)
{
	enum merge_kind	upper = pair->upper->kind, lower = pair->lower->kind;
	unsigned	declared = check_declared_kinds(fold->check, trail);
	bool		structure = (upper >= MERGE_LIST || lower >= MERGE_LIST) && !takes_both(declared, upper, lower);

	return report(fold, CHECK_KIND_CHANGED, structure ? CHECK_WARNING : CHECK_NOTE, pair->upper, trail,
	    structure ? "write a value of the same kind, or null first" : NULL, "a %s takes the place of the %s in %s:%u", kind_name(upper),
	    kind_name(lower), pair->lower->layer->path, pair->lower->line);
}

/* A value that is not to be shown, or not known, is not compared. */
static int
check_pair(struct fold *fold, const struct pair *pair, const struct merge_trail *trail)
{
	const struct merge_value *upper = pair->upper, *lower = pair->lower;

	if (lower->kind == MERGE_NULL || upper->layer == lower->layer || upper->layer->role == LAYER_SET)
		return 0;
	if (upper->kind == MERGE_NULL)
		return lower->kind == MERGE_MAP ? check_null(fold, pair, trail) : 0;
	if (upper->kind != lower->kind)
		return check_kinds(fold, pair, trail);
	if (is_shown(upper) && is_shown(lower) && upper->kind != MERGE_MAP && diff_same(upper, lower))
		return report(fold, CHECK_REPEATED, CHECK_NOTE, upper, trail, NULL, "%s:%u says the same", lower->layer->path, lower->line);
	if (upper->kind == MERGE_LIST)
		return report(fold, CHECK_LIST_REPLACED, CHECK_NOTE, upper, trail, NULL,
		    "a list of %u takes the place of the list of %u in %s:%u", upper->count, lower->count, lower->layer->path, lower->line);
	return 0;
}

static int
check_chain(struct fold *fold, const struct merge_value *value, const struct merge_trail *trail)
{
	struct pair pair = { .upper = value, .last = true };

	for (; (pair.lower = pair.upper->overrode) != NULL; pair.upper = pair.lower, pair.last = false)
		if (check_pair(fold, &pair, trail) != 0)
			return (int)fold->err->kind;
	return 0;
}

/* --- the result --------------------------------------------------------------------------------------------------- */

/* The tag may come from another layer or from the chart: only the result tells. */
static int
check_image(struct fold *fold, const struct merge_value *image, const struct merge_trail *trail)
{
	const struct merge_value *name = merge_member(image, SLICE("name")), *tag = merge_member(image, SLICE("tag"));

	if (!slice_eq(image->key, SLICE("image")) || name == NULL || name->kind != MERGE_STRING || name->layer->secret ||
	    slice_find(name->text, '@', 0) != name->text.len || (tag != NULL && tag->kind != MERGE_NULL && tag->text.len > 0))
		return 0;
	return report(fold, CHECK_IMAGE_UNTAGGED, CHECK_NOTE, name, trail, "set the tag, too", "image '%.*s' has no tag in any layer",
	    SLICE_ARG(name->text));
}

/* Where a token was seen. */
struct token {
	const char	*env, *path;
	uint32_t	 line;
};

static int
token_new(struct fold *fold, const struct merge_value *value, struct token **out)
{
	struct slice	 env, path;
	void		*room;

	if (arena_alloc(&fold->check->arena, sizeof(**out), &room, fold->err) != 0 ||
	    arena_copy(&fold->check->arena, slice_str(fold->env), &env, fold->err) != 0 ||
	    arena_copy(&fold->check->arena, slice_str(value->layer->path), &path, fold->err) != 0)
		return (int)fold->err->kind;
	*out = room;
	**out = (struct token){ .env = (const char *)env.data, .path = (const char *)path.data, .line = value->line };
	return 0;
}

/* The same token for another environment of this hub, from another layer?  Only what is in clear here can be compared. */
static int
check_token(struct fold *fold, const struct merge_value *value, const struct merge_trail *trail)
{
	CLEANUP(buf_release) struct buf	name = BUF_SECRET(LIMIT_MESSAGE);
	struct slice			kept;
	struct token			*token;
	void				*there;

	if (value->kind != MERGE_STRING || value->layer->masked || value->text.len < 8 || value->text.len > KIB)
		return 0;
	if (buf_str(&name, fold->hub, fold->err) != 0 || buf_byte(&name, 0, fold->err) != 0 || merge_trail_print(trail, &name, fold->err) != 0 ||
	    buf_byte(&name, 0, fold->err) != 0 || buf_append(&name, value->text, fold->err) != 0)
		return (int)fold->err->kind;
	there = key_index_find(&fold->check->tokens, buf_slice(&name));
	if (there == NULL) {
		if (arena_copy(&fold->check->secrets, buf_slice(&name), &kept, fold->err) != 0 || token_new(fold, value, &token) != 0)
			return (int)fold->err->kind;
		return key_index_add(&fold->check->tokens, kept, token, NULL, fold->err);
	}
	token = there;
	if (strcmp(token->env, fold->env) == 0 || (strcmp(token->path, value->layer->path) == 0 && token->line == value->line))
		return 0;
	return report(fold, CHECK_SECRETS_EQUAL, CHECK_WARNING, value, trail, "give each environment its own: hubrotate",
	    "'%s' and '%s' have the same secret here: %s:%u", token->env, fold->env, token->path, token->line);
}

static int
check_tokens(struct fold *fold, const struct merge_value *value, const struct merge_trail *trail)
{
	struct merge_trail here = { .up = trail, .is_index = true };

	if (check_is_secret_name(value->key))
		return check_token(fold, value, trail);
	if (value->kind != MERGE_LIST || !slice_eq(value->key, SLICE("keys")) || !slice_eq(trail->up->key, SLICE("CryptKeeper")))
		return 0;
	for (const struct merge_value *child = value->child; child != NULL; child = child->next, here.index++)
		if (check_token(fold, child, &here) != 0)
			return (int)fold->err->kind;
	return 0;
}

static int
check_map(struct fold *fold, const struct merge_value *map, const struct merge_trail *trail)
{
	struct merge_trail here = { .up = trail };

	for (const struct merge_value *child = map->child; child != NULL; child = child->next) {
		here.key = child->key;
		if (child->layer == NULL)
			continue;
		if (check_chain(fold, child, &here) != 0 || check_tokens(fold, child, &here) != 0)
			return (int)fold->err->kind;
		if (child->kind == MERGE_MAP && (check_image(fold, child, &here) != 0 || check_map(fold, child, &here) != 0))
			return (int)fold->err->kind;
	}
	return 0;
}

int
check_fold(struct check *check, const char *hub, const char *env, const struct merged *merged, bool complete, struct error *err)
{
	const struct merge_trail	root = { .up = NULL };
	struct fold			fold = {
		.check = check, .hub = hub, .env = env, .complete = complete, .place = BUF(LIMIT_MESSAGE), .err = err,
	};
	int				failed = merged->root != NULL ? check_map(&fold, merged->root, &root) : 0;

	buf_release(&fold.place);
	return failed;
}
