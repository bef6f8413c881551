#include "yamlmerge/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "yamlmerge/check_parts.h"
#include "yamlmerge/path.h"

const char *const check_levels[] = { "note", "warning", "error" };

const struct check_rule check_rules[CHECK_RULES] = {
	[CHECK_UNKNOWN_KEY] = { "unknown-key", CHECK_WARNING, "a key that nobody knows here, one letter from one that is known",
	    "Helm ignores keys that the chart does not know: the setting has no effect." },
	[CHECK_MISPLACED_KEY] = { "misplaced-key", CHECK_WARNING, "a key that is known at another level alone",
	    "Helm ignores keys that the chart does not know at their place: all that is below has no effect." },
	[CHECK_REFUSED_KEY] = { "refused-key", CHECK_ERROR, "a key that the chart's schema does not allow",
	    "Helm stops with an error of values.schema.json." },
	[CHECK_UNDECLARED_KEY] = { "undeclared-key", CHECK_NOTE, "a key that no known version of the chart has",
	    "It has no effect, or it is newer than this program." },
	[CHECK_DUPLICATE_KEY] = { "duplicate-key", CHECK_WARNING, "one key twice in a map",
	    "Helm takes the last and drops the first with all that is below it; other readers refuse the file." },
	[CHECK_SECRETS_MISSING] = { "secrets-missing", CHECK_ERROR, "an environment without the secrets layer that others have",
	    "Helm deploys without it, and a null that the layer would have filled removes settings of the chart." },
	[CHECK_SECRETS_PLAINTEXT] = { "secrets-plaintext", CHECK_ERROR, "a secret that is not encrypted",
	    "Whoever reads the repository has it: encrypt it and change it." },
	[CHECK_SECRETS_PARTIAL] = { "secrets-partial", CHECK_ERROR, "a value in clear in an encrypted file",
	    "The rules of the file select it for encryption: it was added by an ordinary editor." },
	[CHECK_SECRETS_LOCKED] = { "secrets-locked", CHECK_NOTE, "a layer that cannot be looked into",
	    "git-crypt encrypts whole files, so its key names cannot be checked while the clone is locked." },
	[CHECK_SECRETS_EQUAL] = { "secrets-equal", CHECK_WARNING, "one secret for two environments",
	    "Whoever has the one can act in the other." },
	[CHECK_ENCRYPTED_VALUE] = { "encrypted-value", CHECK_ERROR, "an encrypted value in a file without keys",
	    "It would be deployed as it stands." },
	[CHECK_TEMPLATE] = { "template", CHECK_WARNING, "a template in a values file", "Helm does not render values files." },
	[CHECK_NULL_WIPES] = { "null-wipes", CHECK_WARNING, "a null that removes a map", "A key without a value is null, and a null removes "
	    "what lies beneath." },
	[CHECK_LIST_REPLACED] = { "list-replaced", CHECK_NOTE, "a list that replaces another", "Helm never joins lists." },
	[CHECK_REPEATED] = { "repeated-value", CHECK_NOTE, "a value that is so already", "It can be left out, and hides later changes beneath." },
	[CHECK_KIND_CHANGED] = { "kind-changed", CHECK_WARNING, "a value of another kind than the one it replaces",
	    "The chart's templates expect one kind." },
	[CHECK_WRONG_KIND] = { "wrong-kind", CHECK_ERROR, "a value of a kind that the chart does not take",
	    "Helm stops with an error of values.schema.json, or a template takes a word such as \"false\" for true." },
	[CHECK_NUMBER_ROUNDED] = { "rounded-number", CHECK_WARNING, "a number that Helm changes",
	    "Every number becomes a double: names that look like numbers must be quoted." },
	[CHECK_BOOLEAN_WORD] = { "boolean-word", CHECK_WARNING, "a word that is a boolean in YAML 1.1",
	    "Helm reads y, n, yes, no, on and off as true and false." },
	[CHECK_IMAGE_UNTAGGED] = { "untagged-image", CHECK_NOTE, "an image without a tag", "It means 'latest', whatever that is when a server starts." },
	[CHECK_LAYER_UNUSED] = { "unused-layer", CHECK_NOTE, "a file beside the layers that sets nothing", "It may be left over, or misnamed." },
	[CHECK_LAYER_BROKEN] = { "broken-layer", CHECK_ERROR, "a layer that Helm cannot read", "Nothing can be deployed with it." },
};

int
check_init(struct check *check, struct error *err)
{
	check->end = &check->first;
	return known_init(&check->known, err);
}

void
check_release(struct check *check)
{
	known_release(&check->known);
	key_index_release(&check->reported);
	key_index_release(&check->allowed);
	key_index_release(&check->tokens);
	arena_release(&check->arena);
	arena_release(&check->secrets);
	*check = CHECK;
}

int
check_learn(struct check *check, const struct layer *layer, int times, struct error *err)
{
	return layer->root != NULL ? known_add(&check->known, layer->root, layer->path, times, err) : 0;
}

int
check_layer(struct check *check, const struct layer *layer, struct error *err)
{
	if (check_read_comments(check, layer, err) != 0 || check_keys(check, layer, err) != 0)
		return (int)err->kind;
	return check_values(check, layer, err);
}

bool
check_is_merge_key(const struct node *member)
{
	return member->key->style == STYLE_PLAIN && slice_eq(node_key(member), SLICE("<<"));
}

bool
check_is_secret_name(struct slice key)
{
	static const struct slice names[] = {
		SLICE("secretToken"), SLICE("cookieSecret"), SLICE("cookie_secret"), SLICE("auth_token"), SLICE("proxy_auth_token"),
		SLICE("apiToken"), SLICE("api_token"), SLICE("cryptoKey"), SLICE("client_secret"), SLICE("clientSecret"),
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (slice_eq(key, names[i]))
			return true;
	return false;
}

/* --- comments that allow ------------------------------------------------------------------------------------------ */

#define ALLOW	"hubmerge: allow "

/* "path line", under which a line's comment is remembered. */
static int
allowed_at(struct buf *out, const char *path, uint32_t line, struct error *err)
{
	buf_reset(out);
	return buf_printf(out, err, "%s %u", path, line);
}

static int
allow(struct check *check, const char *path, uint32_t line, struct slice rules, struct error *err)
{
	CLEANUP(buf_release) struct buf	at = BUF(64 * KIB);
	struct slice			key, *kept;
	void				*room;

	if (allowed_at(&at, path, line, err) != 0 || arena_copy(&check->arena, buf_slice(&at), &key, err) != 0 ||
	    arena_alloc(&check->arena, sizeof(*kept), &room, err) != 0)
		return (int)err->kind;
	kept = room;
	if (arena_copy(&check->arena, rules, kept, err) != 0)
		return (int)err->kind;
	return key_index_add(&check->allowed, key, kept, NULL, err);
}

/* A comment beside a value is about its line; one on a line of its own, about the first line below that is no comment. */
int
check_read_comments(struct check *check, const struct layer *layer, struct error *err)
{
	struct slice	rest = layer->doc != NULL ? layer->doc->text : SLICE_NONE, text, pending = SLICE_NONE;
	uint32_t	line = 0;

	if (rest.len == 0 || memmem(rest.data, rest.len, ALLOW, strlen(ALLOW)) == NULL)
		return 0;
	while (slice_split(&rest, '\n', &text)) {
		size_t		 hash = slice_find(text, '#', 0);
		const uint8_t	*found = hash < text.len ? memmem(text.data + hash, text.len - hash, ALLOW, strlen(ALLOW)) : NULL;
		bool		 alone = slice_starts(slice_trim(text), SLICE("#"));
		struct slice	 rules = SLICE_NONE;

		line++;
		if (found != NULL)
			rules = slice_from(text, (size_t)(found - text.data) + strlen(ALLOW));
		if (alone) {
			if (rules.len > 0)
				pending = rules;
			continue;
		}
		if (rules.len == 0)
			rules = pending;
		pending = SLICE_NONE;
		if (rules.len > 0 && allow(check, layer->path, line, rules, err) != 0)
			return (int)err->kind;
	}
	return 0;
}

static int
is_allowed(const struct check *check, const struct check_finding *finding, bool *out, struct error *err)
{
	CLEANUP(buf_release) struct buf	at = BUF(64 * KIB);
	const struct slice		*found;
	struct slice			 rest, word;

	*out = false;
	if (check->allowed.count == 0 || finding->line == 0)
		return 0;
	if (allowed_at(&at, finding->path, finding->line, err) != 0)
		return (int)err->kind;
	found = key_index_find(&check->allowed, buf_slice(&at));
	for (rest = found != NULL ? *found : SLICE_NONE; slice_split(&rest, ' ', &word);) {
		while (word.len > 0 && (word.data[word.len - 1] == ',' || word.data[word.len - 1] == '\r'))
			word.len--;
		*out |= slice_eq(word, slice_str(check_rules[finding->rule].id));
	}
	return 0;
}

/* --- findings ----------------------------------------------------------------------------------------------------- */

static int
is_new(struct check *check, const struct check_finding *finding, bool *out, struct error *err)
{
	CLEANUP(buf_release) struct buf	name = BUF(LIMIT_MESSAGE);
	struct slice			kept;
	void				*there;

	if (buf_printf(&name, err, "%d %u %u %s ", finding->rule, finding->line, finding->column, finding->path) != 0 ||
	    (finding->line == 0 && buf_append(&name, finding->text, err) != 0) || buf_append(&name, finding->place, err) != 0)
		return (int)err->kind;
	*out = key_index_find(&check->reported, buf_slice(&name)) == NULL;
	if (!*out)
		return 0;
	if (arena_copy(&check->arena, buf_slice(&name), &kept, err) != 0)
		return (int)err->kind;
	return key_index_add(&check->reported, kept, check, &there, err);
}

static int
keep(struct check *check, const struct check_finding *finding, struct error *err)
{
	struct check_finding	*kept;
	struct slice		 path;
	void			*room;
	bool			 fresh, accepted;

	if (is_new(check, finding, &fresh, err) != 0 || !fresh)
		return (int)err->kind;
	if (is_allowed(check, finding, &accepted, err) != 0)
		return (int)err->kind;
	if (accepted) {
		check->accepted++;
		return 0;
	}
	if (arena_alloc(&check->arena, sizeof(*kept), &room, err) != 0)
		return (int)err->kind;
	kept = room;
	*kept = *finding;
	kept->next = NULL;
	if (arena_copy(&check->arena, slice_str(finding->path), &path, err) != 0 ||
	    arena_copy(&check->arena, finding->place, &kept->place, err) != 0 ||
	    arena_copy(&check->arena, finding->text, &kept->text, err) != 0 ||
	    arena_copy(&check->arena, finding->hint, &kept->hint, err) != 0)
		return (int)err->kind;
	kept->path = (const char *)path.data;
	*check->end = kept;
	check->end = &kept->next;
	check->count[kept->level]++;
	return 0;
}

static int	report(struct check *check, struct check_finding *finding, struct error *err, const char *format, va_list arguments)
		    PRINTF_LIKE(4, 0);

static int
report(struct check *check, struct check_finding *finding, struct error *err, const char *format, va_list arguments)
{
	char	*text = NULL;
	int	 len = vasprintf(&text, format, arguments), failed;

	if (len < 0)
		return err_memory(err);
	finding->text = slice_of(text, (size_t)len);
	failed = keep(check, finding, err);
	free(text);
	return failed;
}

int
check_report(struct check *check, const struct check_finding *finding, struct error *err, const char *format, ...)
{
	struct check_finding	copy = *finding;
	va_list			arguments;
	int			failed;

	va_start(arguments, format);
	failed = report(check, &copy, err, format, arguments);
	va_end(arguments);
	return failed;
}

int
check_report_at(struct check *check, enum check_rule_id rule, enum check_level level, const struct layer *layer,
    const struct node *node, const char *hint_opt, struct error *err, const char *format, ...)
{
	CLEANUP(buf_release) struct buf		place = BUF(LIMIT_MESSAGE);
	CLEANUP(arena_release) struct arena	steps = ARENA(LIMIT_MESSAGE);
	const struct node			*at = node->key != NULL ? node->key : node;
	struct check_finding			 finding = {
		.rule = rule, .level = level, .path = layer->path, .line = at->line, .column = at->column, .hint = slice_str(hint_opt),
	};
	struct path				 path;
	va_list					 arguments;
	int					 failed;

	if (path_of(node, &steps, &path, err) != 0 || path_print_dotted(&path, &place, err) != 0)
		return (int)err->kind;
	finding.place = buf_slice(&place);
	va_start(arguments, format);
	failed = report(check, &finding, err, format, arguments);
	va_end(arguments);
	return failed;
}

/* --- order -------------------------------------------------------------------------------------------------------- */

static int
by_place(const struct check_finding *a, const struct check_finding *b)
{
	int order = strcmp(a->path, b->path);

	if (order != 0)
		return order;
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	if (a->column != b->column)
		return a->column < b->column ? -1 : 1;
	return (int)a->rule - (int)b->rule;
}

static int
by_place_of(const void *a, const void *b)
{
	return by_place(*(const struct check_finding *const *)a, *(const struct check_finding *const *)b);
}

void
check_sort(struct check *check)
{
	size_t			  count = 0, i = 0;
	struct check_finding	**all, *finding;

	for (finding = check->first; finding != NULL; finding = finding->next)
		count++;
	/* Without memory they stay in the order in which they were found. */
	all = count > 1 ? malloc(count * sizeof(*all)) : NULL;
	if (all == NULL)
		return;
	for (finding = check->first; finding != NULL; finding = finding->next)
		all[i++] = finding;
	qsort(all, count, sizeof(*all), by_place_of);
	for (i = 0; i + 1 < count; i++)
		all[i]->next = all[i + 1];
	all[count - 1]->next = NULL;
	check->first = all[0];
	check->end = &all[count - 1]->next;
	free(all);
}
