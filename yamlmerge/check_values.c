#include <string.h>

#include "base/limits.h"
#include "yamlmerge/check_parts.h"
#include "yamlmerge/scalar.h"

/* What can be said of the values of one layer without any other. */

struct walk {
	struct check		*check;
	const struct layer	*layer;
	struct arena		 store;
	struct key_index	 keys;
	struct error		*err;
};

static void
walk_release(struct walk *walk)
{
	key_index_release(&walk->keys);
	arena_release(&walk->store);
}

/* --- keys --------------------------------------------------------------------------------------------------------- */

/* The same value, however it is laid out?  Both are of one document; aliases are what they stand for. */
static bool
same_value(const struct node *a, const struct node *b, unsigned depth)
{
	const struct node *x, *y;

	a = node_resolve(a);
	b = node_resolve(b);
	if (a->kind != b->kind || depth > LIMIT_DEPTH)
		return false;
	if (a->kind == NODE_SCALAR)
		return slice_eq(a->text, b->text) && (a->style == STYLE_PLAIN) == (b->style == STYLE_PLAIN);
	for (x = a->child, y = b->child; x != NULL && y != NULL; x = x->next, y = y->next) {
		if (x->kind == NODE_COMMENT || y->kind == NODE_COMMENT)
			return false;
		if (a->kind == NODE_MAP && !slice_eq(node_key(x), node_key(y)))
			return false;
		if (!same_value(x, y, depth + 1))
			return false;
	}
	return x == NULL && y == NULL;
}

/* Twice the same does no harm until somebody changes one of them. */
static int
check_duplicate(struct walk *walk, const struct node *first, const struct node *second)
{
	bool same = !walk->layer->masked && node_resolve(first)->kind != NODE_ALIAS && same_value(first, second, 0);

	return check_report_at(walk->check, CHECK_DUPLICATE_KEY, same ? CHECK_NOTE : CHECK_WARNING, walk->layer, second, "make one of the two",
	    walk->err, "'%.*s' is in this map twice, first in line %u: Helm takes the last alone%s", SLICE_ARG(node_key(second)),
	    first->key->line, same ? " (they are the same)" : "");
}

/* How Helm reads a plain scalar that a person wrote as a word; only a layer whose text Helm itself reads has those. */
static bool
is_boolean_word(struct walk *walk, const struct node *node, bool *value)
{
	struct error	ignored = ERROR_INIT;
	struct scalar	scalar;

	if (walk->layer->typed_by_sops || node->kind != NODE_SCALAR || node->style != STYLE_PLAIN || node_tag(node).len > 0 ||
	    scalar_resolve(node, &scalar_table_helm, &walk->store, &scalar, &ignored) != 0 || scalar.type != SCALAR_BOOL)
		return false;
	*value = scalar.boolean;
	return !slice_eq_nocase(node->text, SLICE("true")) && !slice_eq_nocase(node->text, SLICE("false"));
}

static int
check_key(struct walk *walk, const struct node *member)
{
	void	*there;
	bool	 value;

	if (check_is_merge_key(member))
		return 0;
	if (key_index_add(&walk->keys, node_key(member), (void *)(uintptr_t)member, &there, walk->err) != 0)
		return (int)walk->err->kind;
	if (there != NULL && check_duplicate(walk, there, member) != 0)
		return (int)walk->err->kind;
	if (is_boolean_word(walk, member->key, &value))
		return check_report_at(walk->check, CHECK_BOOLEAN_WORD, CHECK_WARNING, walk->layer, member, "quote the key", walk->err,
		    "Helm reads the key '%.*s' as '%s'", SLICE_ARG(member->key->text), value ? "true" : "false");
	return 0;
}

/* --- scalars ------------------------------------------------------------------------------------------------------ */

/* Are values of booleans known here, and of nothing else?  Any key of that name says so. */
static bool
is_switch(const struct walk *walk, const struct node *node)
{
	const struct known_key *named = node->key != NULL ? known_key_find(walk->check->known.words, node_key(node)) : NULL;

	return named != NULL && (named->kinds & KNOWN_BOOL) != 0 && (named->kinds & KNOWN_STRING) == 0;
}

static int
check_boolean(struct walk *walk, const struct node *node)
{
	bool value;

	if (!is_boolean_word(walk, node, &value))
		return 0;
	return check_report_at(walk->check, CHECK_BOOLEAN_WORD, is_switch(walk, node) ? CHECK_NOTE : CHECK_WARNING, walk->layer, node,
	    "write true or false, or quote it if it is a word", walk->err, "Helm reads '%.*s' as %s",
	    SLICE_ARG(walk->layer->secret ? SLICE("this word") : node->text), value ? "true" : "false");
}

/* 1234e56 is a number: so are some git hashes. */
static bool
is_digits_with_e(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!(text.data[i] >= '0' && text.data[i] <= '9') && (text.data[i] | 0x20) != 'e')
			return false;
	return text.len > 0;
}

static bool
is_name(const struct node *node)
{
	static const struct slice	names[] = { SLICE("tag"), SLICE("id"), SLICE("project"), SLICE("account") };
	struct slice			key = node->key != NULL ? node_key(node) : SLICE_NONE;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (key.len >= names[i].len && slice_eq_nocase(slice_from(key, key.len - names[i].len), names[i]))
			return true;
	return false;
}

static int
check_number(struct walk *walk, const struct node *node)
{
	const uint64_t	safe = UINT64_C(1) << 53;
	struct error	ignored = ERROR_INIT;
	struct scalar	scalar;
	const char	*what = NULL;

	if (node->style != STYLE_PLAIN || scalar_resolve(node, &scalar_table_helm, &walk->store, &scalar, &ignored) != 0)
		return 0;
	if (scalar.type == SCALAR_UINT || (scalar.type == SCALAR_INT &&
	    (scalar.integer < 0 ? 0 - (uint64_t)scalar.integer : (uint64_t)scalar.integer) > safe))
		what = "Helm rounds this integer to a double";
	else if (scalar.type == SCALAR_FLOAT && is_name(node) && is_digits_with_e(node->text))
		what = "digits with an 'e' among them are a number to Helm";
	else if (scalar.type == SCALAR_INT && is_name(node) && scalar.integer >= 1000000)
		what = "a template prints this integer as 1.234567e+06";
	if (what == NULL)
		return 0;
	return check_report_at(walk->check, CHECK_NUMBER_ROUNDED, CHECK_WARNING, walk->layer, node, "quote it if it is a name", walk->err,
	    "%s", what);
}

/* "{{ name }}" in a text of one line; programs and pages that have their own templates are texts of many. */
static bool
has_template(const struct node *node, bool *of_helm)
{
	struct slice	 text = node->text, inside;
	const uint8_t	*open = memmem(text.data, text.len, "{{", 2), *close;

	if (open == NULL)
		return false;
	inside = slice_from(text, (size_t)(open - text.data) + 2);
	close = memmem(inside.data, inside.len, "}}", 2);
	if (close == NULL)
		return false;
	inside = slice_trim(slice_of(inside.data, (size_t)(close - inside.data)));
	while (inside.len > 0 && (inside.data[0] == '-' || inside.data[0] == ' '))
		inside = slice_from(inside, 1);
	*of_helm = slice_starts(inside, SLICE(".Values")) || slice_starts(inside, SLICE(".Release")) ||
	    slice_starts(inside, SLICE(".Chart")) || slice_starts(inside, SLICE("cookiecutter"));
	return inside.len > 0;
}

static int
check_template(struct walk *walk, const struct node *node)
{
	bool of_helm;

	if (walk->layer->secret || !has_template(node, &of_helm))
		return 0;
	if (!of_helm && (node->style == STYLE_LITERAL || node->style == STYLE_FOLDED))
		return 0;
	return check_report_at(walk->check, CHECK_TEMPLATE, of_helm ? CHECK_WARNING : CHECK_NOTE, walk->layer, node,
	    of_helm ? "write the value itself" : NULL, walk->err, "a template is left in this value: Helm takes it as it stands");
}

static int
check_encrypted(struct walk *walk, const struct node *node)
{
	if (walk->layer->encrypted || !slice_starts(node->text, SLICE("ENC[")) || !slice_ends(node->text, SLICE("]")))
		return 0;
	return check_report_at(walk->check, CHECK_ENCRYPTED_VALUE, CHECK_ERROR, walk->layer, node,
	    "put it back into the file that it was copied from, or write the value itself", walk->err,
	    "an encrypted value, in a file without the keys to it");
}

/* A token in a layer for everyone to read.  What a secrets layer in clear means only git can say: cmd/hubmerge/check.c. */
static int
check_plaintext(struct walk *walk, const struct node *node)
{
	bool quoted = node->style != STYLE_PLAIN;

	if (walk->layer->secret || node->key == NULL || !check_is_secret_name(node_key(node)) || node->text.len < 8 ||
	    slice_starts(node->text, SLICE("ENC[")) || (!quoted && slice_eq(node->text, SLICE("null"))))
		return 0;
	return check_report_at(walk->check, CHECK_SECRETS_PLAINTEXT, CHECK_ERROR, walk->layer, node,
	    "move it to a secrets layer, and change it", walk->err, "'%.*s' is in clear in a layer that is not encrypted",
	    SLICE_ARG(node_key(node)));
}

/* --- images ------------------------------------------------------------------------------------------------------- */

/* registry:5000/name has no tag: it would stand behind the last slash. */
static bool
is_untagged(struct slice image)
{
	size_t slash = image.len;

	while (slash > 0 && image.data[slash - 1] != '/')
		slash--;
	return image.len > 0 && slice_find(image, ':', slash) == image.len && slice_find(image, '@', 0) == image.len &&
	    slice_find(image, '{', 0) == image.len;
}

static int
check_image(struct walk *walk, const struct node *node)
{
	if (walk->layer->secret || node->key == NULL || !slice_eq(node_key(node), SLICE("image")) || !is_untagged(node->text))
		return 0;
	return check_report_at(walk->check, CHECK_IMAGE_UNTAGGED, CHECK_NOTE, walk->layer, node, "name a tag", walk->err,
	    "image '%.*s' has no tag", SLICE_ARG(node->text));
}

/* --- the walk ----------------------------------------------------------------------------------------------------- */

static int
check_scalar(struct walk *walk, const struct node *node)
{
	if (check_encrypted(walk, node) != 0)
		return (int)walk->err->kind;
	if (walk->layer->masked && walk->layer->encrypted)
		return 0;
	if (check_boolean(walk, node) != 0 || check_number(walk, node) != 0 || check_template(walk, node) != 0 ||
	    check_plaintext(walk, node) != 0)
		return (int)walk->err->kind;
	return check_image(walk, node);
}

int
check_values(struct check *check, const struct layer *layer, struct error *err)
{
	CLEANUP(walk_release) struct walk	walk = {
		.check = check, .layer = layer, .store = ARENA_SECRET(LIMIT_DOCUMENT), .keys = KEY_INDEX, .err = err,
	};

	if (layer->root == NULL)
		return 0;
	for (const struct node *node = layer->root; node != NULL; node = node_after(node, layer->root)) {
		if (node->kind == NODE_MAP) {
			key_index_reset(&walk.keys);
			for (const struct node *member = node->child; member != NULL; member = member->next)
				if (member->kind != NODE_COMMENT && check_key(&walk, member) != 0)
					return (int)err->kind;
		} else if (node->kind == NODE_SCALAR && check_scalar(&walk, node) != 0) {
			return (int)err->kind;
		}
	}
	return 0;
}
