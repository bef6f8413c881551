#include "sops/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/encode.h"
#include "sops/metadata.h"
#include "sops/readable.h"
#include "sops/select.h"
#include "sops/updatekeys.h"
#include "sops/value.h"
#include "sops/walk.h"
#include "yamlmerge/document.h"
#include "yamlmerge/path.h"
#include "yamlmerge/scalar.h"

#define IV_MIN	12
#define TAG_LEN	16

static const char *const kind_names[CHECK_KINDS] = {
	"syntax", "metadata", "value", "comment", "damaged", "stray", "rule", "duplicate", "recipients", "plain", "neighbour",
};

const char *
check_kind_name(enum check_kind kind)
{
	return kind_names[kind];
}

void
check_findings_release(struct check_findings *findings)
{
	free(findings->list);
	arena_release(&findings->arena);
	*findings = CHECK_FINDINGS;
}

int
check_add(struct check_findings *findings, enum check_kind kind, uint32_t line, uint32_t column, const char *hint_opt,
    struct error *err, const char *format, ...)
{
	struct check_finding	finding = { .kind = kind, .line = line, .column = column, .hint = slice_str(hint_opt) };
	char			text[ERR_TEXT_MAX];
	va_list			arguments;

	if (findings->count == CHECK_MAX) {
		findings->left_out++;
		return 0;
	}
	if (findings->count == findings->capacity) {
		size_t			 capacity = findings->capacity != 0 ? 2 * findings->capacity : 16;
		struct check_finding	*list = realloc(findings->list, capacity * sizeof(*list));

		if (list == NULL)
			return err_memory(err);
		findings->list = list;
		findings->capacity = capacity;
	}
	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (arena_copy(&findings->arena, slice_str(text), &finding.text, err) != 0 ||
	    arena_copy(&findings->arena, finding.hint, &finding.hint, err) != 0)
		return (int)err->kind;
	findings->list[findings->count++] = finding;
	return 0;
}

/* --- one file -------------------------------------------------------------------------------------------------------- */

struct check {
	const struct document		*doc;
	const struct store		*store;
	const struct metadata		*meta;
	const struct config		*config;
	const struct config_rule	*rule;		/* or NULL */
	struct check_findings		*findings;
	const struct node		*block;		/* where the metadata begins */
	struct arena			 arena;		/* of one value */
	struct buf			 name, bytes;
};

/* A failure of somebody else's judgement becomes a finding; not one of ours. */
static int
add_failure(struct check_findings *findings, enum check_kind kind, struct error *why, struct error *err)
{
	if (why->kind == ERR_MEMORY)
		return err_memory(err);
	return check_add(findings, kind, why->line, why->column, why->hint, err, "%s", why->text);
}

static struct slice
name_of(struct check *c, const struct walk_item *item)
{
	struct error	unheard = ERROR_INIT;
	struct path	path;

	arena_release(&c->arena);
	c->arena = ARENA(LIMIT_CONFIG);
	buf_truncate(&c->name, 0);
	if (path_of(item->alias != NULL ? item->alias : item->node, &c->arena, &path, &unheard) != 0 ||
	    path_print_dotted(&path, &c->name, &unheard) != 0)
		return SLICE("?");
	return slice_sub(buf_slice(&c->name), 0, 300);
}

/* Nulls and empty strings are never sealed (FORMAT.md 1.4). */
static bool
is_nothing(struct check *c, const struct node *node)
{
	struct error	unheard = ERROR_INIT;
	struct scalar	scalar;

	arena_release(&c->arena);
	c->arena = ARENA_SECRET(LIMIT_DOCUMENT);
	if (scalar_resolve(node, c->doc->syntax->scalars, &c->arena, &scalar, &unheard) != 0)
		return false;
	return scalar.type == SCALAR_NULL || (scalar.type == SCALAR_STRING && scalar.text.len == 0);
}

static bool
has_length(struct check *c, struct slice base64, size_t least, size_t most)
{
	struct error unheard = ERROR_INIT;

	buf_truncate(&c->bytes, 0);
	return base64_decode(base64, &c->bytes, &unheard) == 0 && c->bytes.len >= least && c->bytes.len <= most;
}

static bool
is_whole(struct check *c, const struct value_parts *parts)
{
	return has_length(c, parts->data, 1, SIZE_MAX) && has_length(c, parts->iv, IV_MIN, SIZE_MAX) &&
	    has_length(c, parts->tag, TAG_LEN, TAG_LEN);
}

static int
check_leaf(struct check *c, const struct walk_item *item, bool by_rule, struct error *err)
{
	const struct node	*node = item->node;
	struct value_parts	 parts;
	bool			 sealed = value_recognise(node->text, &parts);

	if (sealed && !item->selected)
		return check_add(c->findings, CHECK_STRAY, node->line, node->column, "decrypting leaves it as it is; take it out, or encrypt "
		    "the file again under rules that choose it", err, "value of '%.*s' is ciphertext where the rules of the file leave "
		    "values in clear", SLICE_ARG(name_of(c, item)));
	if (sealed && !is_whole(c, &parts))
		return check_add(c->findings, CHECK_DAMAGED, node->line, node->column, "restore the line from an older version, or set the "
		    "value again", err, "value of '%.*s' is ciphertext that was cut or changed", SLICE_ARG(name_of(c, item)));
	if (sealed || (!item->selected && !by_rule) || is_nothing(c, node))
		return 0;
	if (item->selected)
		return check_add(c->findings, CHECK_VALUE, node->line, node->column, "take it out and add it with 'hubsecrets set' or "
		    "'hubsecrets edit'; if it was committed, it is no secret any more", err, "value of '%.*s' is not encrypted",
		    SLICE_ARG(name_of(c, item)));
	return check_add(c->findings, CHECK_RULE, node->line, node->column, "the file was encrypted under other rules: decrypt it and encrypt "
	    "it again", err, "value of '%.*s' is in clear, and the rule in %.*s:%u would encrypt it", SLICE_ARG(name_of(c, item)),
	    SLICE_ARG(c->config->path), (unsigned)c->rule->line);
}

static int
check_comment(struct check *c, const struct walk_item *item, struct error *err)
{
	if (!item->selected || slice_trim(item->node->text).len == 0 || value_recognise(item->node->text, NULL))
		return 0;
	return check_add(c->findings, CHECK_COMMENT, item->node->line, item->node->column, "add it with 'hubsecrets edit', which encrypts it",
	    err, "a comment is not encrypted");
}

/*
 * Two walks side by side: under the file's rules and, when there is a creation rule, under those.
 */
static int
check_leaves(struct check *c, struct error *err)
{
	CLEANUP(select_freep) struct select *select = NULL, *other = NULL;
	struct error	why = ERROR_INIT;
	int		rc = 0;

	if (select_new(&c->meta->rules, &select, &why) != 0)
		return add_failure(c->findings, CHECK_METADATA, &why, err);
	/* A broken rule is told by whoever wants to use it; a rule without a word is sops' standard one. */
	if (c->rule != NULL && !c->store->binary) {
		struct select_rules rules = c->rule->rules;

		if (select_rules_count(&rules, NULL) == 0)
			rules.text[SELECT_UNENCRYPTED_SUFFIX] = SLICE(SELECT_DEFAULT_SUFFIX);
		if (select_new(&rules, &other, &why) != 0)
			err_reset(&why);
	}
	CLEANUP(walk_release) struct walk walk = WALK(c->doc, c->store, select, WALK_SEALED);
	CLEANUP(walk_release) struct walk beside = WALK(c->doc, c->store, other, WALK_SEALED);
	struct walk_item item, same = { .kind = WALK_DONE };

	do {
		if (walk_next(&walk, &item, &why) != 0 || (other != NULL && walk_next(&beside, &same, &why) != 0))
			return add_failure(c->findings, CHECK_SYNTAX, &why, err);
		rc = item.kind == WALK_LEAF ? check_leaf(c, &item, same.kind == WALK_LEAF && same.selected, err) :
		    item.kind == WALK_COMMENT ? check_comment(c, &item, err) : 0;
	} while (rc == 0 && item.kind != WALK_DONE);
	return rc;
}

/* --- metadata -------------------------------------------------------------------------------------------------------- */

static const struct node *
find_block(const struct document *doc, const struct store *store)
{
	for (const struct node *item = doc->roots != 0 ? doc->root[0]->child : NULL; item != NULL; item = item->next)
		if (store_owns(store, item))
			return item->key != NULL ? item->key : item;
	return NULL;
}

static int
add_at_block(struct check *c, enum check_kind kind, const char *hint, struct error *err, const char *text)
{
	return check_add(c->findings, kind, c->block != NULL ? c->block->line : 0, c->block != NULL ? c->block->column : 0, hint, err, "%s",
	    text);
}

static int
check_metadata(struct check *c, struct error *err)
{
	struct error		why = ERROR_INIT;
	struct value_parts	parts;

	if (metadata_check_version(c->meta, &why) != 0 && add_failure(c->findings, CHECK_METADATA, &why, err) != 0)
		return (int)err->kind;
	if (c->meta->mac.len == 0) {
		if (add_at_block(c, CHECK_METADATA, "nobody can tell whether values were exchanged or left out; set a value to make a new one", err,
		    "the MAC is missing") != 0)
			return (int)err->kind;
	} else if ((!value_recognise(c->meta->mac, &parts) || !is_whole(c, &parts)) &&
	    add_at_block(c, CHECK_METADATA, "restore the line from an older version", err, "the MAC is no ciphertext, or not all of it") != 0)
		return (int)err->kind;
	for (size_t g = 0; g < c->meta->group_count; g++)
		for (size_t k = 0; k < c->meta->groups[g].count; k++) {
			const struct master_key *key = &c->meta->groups[g].keys[k];

			buf_truncate(&c->name, 0);
			if (key->enc.len == 0 && (master_key_identity(key, &c->name, err) != 0 ||
			    check_add(c->findings, CHECK_METADATA, c->block != NULL ? c->block->line : 0, 0, "run 'hubsecrets updatekeys'", err,
			    "the data key is not wrapped for '%.*s'", SLICE_ARG(slice_sub(buf_slice(&c->name), 0, 300))) != 0))
				return (int)err->kind;
		}
	return 0;
}

static int
compare_key(void *arg, size_t group, char mark, const struct master_key *key, struct error *err)
{
	struct check	*c = arg;
	char		 where[32] = "";

	if (key == NULL || mark == ' ')
		return 0;
	buf_truncate(&c->name, 0);
	if (master_key_identity(key, &c->name, err) != 0)
		return (int)err->kind;
	if (c->meta->group_count > 1 || c->rule->group_count > 1)
		(void)snprintf(where, sizeof(where), " of group %zu", group + 1);
	return check_add(c->findings, CHECK_RECIPIENTS, c->block != NULL ? c->block->line : 0, c->block != NULL ? c->block->column : 0,
	    mark == '+' ? "run 'hubsecrets updatekeys'" : "run 'hubsecrets updatekeys --rotate', and change the secrets: who had the key may "
	    "have kept what it opened", err, mark == '+' ? "recipient '%.*s'%s is missing, which the rule in %.*s:%u names" :
	    "recipient '%.*s'%s is none that the rule in %.*s:%u names", SLICE_ARG(slice_sub(buf_slice(&c->name), 0, 300)), where,
	    SLICE_ARG(c->config->path), (unsigned)c->rule->line);
}

static int
check_recipients(struct check *c, struct error *err)
{
	uint32_t threshold;

	/* A rule may leave the keys to options. */
	if (c->rule == NULL || c->rule->group_count == 0)
		return 0;
	if (updatekeys_compare(c->meta, c->rule, compare_key, c, err) != 0)
		return (int)err->kind;
	threshold = updatekeys_threshold(c->meta, c->rule, UPDATEKEYS_THRESHOLD_OF_RULE);
	if (threshold == c->meta->shamir_threshold)
		return 0;
	return check_add(c->findings, CHECK_RECIPIENTS, c->block != NULL ? c->block->line : 0, c->block != NULL ? c->block->column : 0,
	    "run 'hubsecrets updatekeys'", err, "%u key groups are needed, and the rule in %.*s:%u says %u", (unsigned)c->meta->shamir_threshold,
	    SLICE_ARG(c->config->path), (unsigned)c->rule->line, (unsigned)threshold);
}

/* --- the whole ------------------------------------------------------------------------------------------------------- */

static int
check_duplicates(struct check *c, struct error *err)
{
	const struct node *twice = NULL;

	if (c->doc->facts.duplicate_line != 0)
		return check_add(c->findings, CHECK_DUPLICATE, c->doc->facts.duplicate_line, 0, "sops keeps the last value alone", err,
		    "a key that its section has had before");
	for (size_t i = 0; i < c->doc->roots; i++) {
		if (node_duplicate_key(c->doc->root[i], &twice, err) != 0)
			return (int)err->kind;
		if (twice != NULL)
			return check_add(c->findings, CHECK_DUPLICATE, twice->key->line, twice->key->column, "programs differ in which of them counts",
			    err, "key '%.*s' comes twice", SLICE_ARG(slice_sub(node_key(twice), 0, 300)));
	}
	return 0;
}

static int
find_rule(struct config *config, const char *name, const struct config_rule **out, struct error *err)
{
	*out = NULL;
	if (config == NULL || config_match(config, name, out, err) == 0)
		return 0;
	*out = NULL;
	if (err->kind != ERR_NO_RULE && err->kind != ERR_NO_CONFIG)
		return (int)err->kind;
	err_reset(err);
	return 0;
}

static int
check_document(struct check *c, struct error *err)
{
	struct error why = ERROR_INIT;

	/* Keys that come twice are told for every format, in one way. */
	if (check_duplicates(c, err) != 0)
		return (int)err->kind;
	if (c->findings->count == 0 && readable_check(c->doc, &why) != 0 && add_failure(c->findings, CHECK_SYNTAX, &why, err) != 0)
		return (int)err->kind;
	if (check_leaves(c, err) != 0 || check_metadata(c, err) != 0)
		return (int)err->kind;
	return check_recipients(c, err);
}

static void
check_release(struct check *c)
{
	arena_release(&c->arena);
	buf_release(&c->name);
	buf_release(&c->bytes);
}

/* Cheaper than parsing what is none of ours. */
static bool
may_be_sealed(struct slice text)
{
	return text.len != 0 && memmem(text.data, text.len, "sops", 4) != NULL;
}

int
check_text(struct slice text, const struct store *store, const char *name, struct config *config_opt,
    struct check_findings *findings, bool *sealed, struct error *err)
{
	CLEANUP(document_freep) struct document *doc = NULL;
	CLEANUP(metadata_freep) struct metadata *meta = NULL;
	CLEANUP(check_release) struct check c = { .store = store, .config = config_opt, .findings = findings, .arena = ARENA(LIMIT_CONFIG),
	    .name = BUF(LIMIT_DOCUMENT), .bytes = BUF(LIMIT_DOCUMENT) };
	struct error why = ERROR_INIT;

	*sealed = false;
	if (!may_be_sealed(text))
		return 0;
	/* What no parser takes is ours when ciphertext is in it. */
	if (document_parse_lent(text, store->syntax, &doc, &why) != 0) {
		*sealed = memmem(text.data, text.len, "ENC[AES256_GCM,", 15) != NULL &&
		    (!store->binary || slice_starts(slice_trim(text), SLICE("{")));
		return *sealed ? add_failure(findings, CHECK_SYNTAX, &why, err) : 0;
	}
	if (store_load(store, doc, &meta, &why) != 0) {
		*sealed = why.kind != ERR_NO_METADATA;
		return *sealed ? add_failure(findings, CHECK_METADATA, &why, err) : 0;
	}
	*sealed = true;
	c.doc = doc;
	c.meta = meta;
	c.block = find_block(doc, store);
	if (find_rule(config_opt, name, &c.rule, err) != 0)
		return (int)err->kind;
	return check_document(&c, err);
}
