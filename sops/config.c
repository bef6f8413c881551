#include "sops/config.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/num.h"
#include "sops/config_parts.h"
#include "sops/regex.h"

#define CONFIG_NAME	".sops.yaml"
#define IGNORED_NAME	".sops.yml"	/* sops passes it by, with a warning */
#define MERGE_DEPTH	8

/* --- finding it -------------------------------------------------------------------------------------------------- */

static int
working_folder(struct buf *out, struct error *err)
{
	char	*folder = getcwd(NULL, 0);
	int	 rc = folder == NULL ? err_errno(err, "cannot tell the working directory") : buf_str(out, folder, err);

	free(folder);
	return rc;
}

/* Is there ${folder}/${name}?  Its path is in ${path} then. */
static int
look_in(struct slice folder, const char *name, struct buf *path, bool *found, struct error *err)
{
	int rc;

	buf_reset(path);
	if ((rc = buf_printf(path, err, "%.*s/%s", SLICE_ARG(folder), name)) != 0 || (rc = buf_terminate(path, err)) != 0)
		return rc;
	*found = access((const char *)path->data, F_OK) == 0;
	return 0;
}

static struct slice
parent_of(struct slice folder)
{
	size_t end = folder.len;

	while (end > 0 && folder.data[end - 1] != '/')
		end--;
	return slice_sub(folder, 0, end > 0 ? end - 1 : 0);
}

/* From ${folder}, an absolute path, upwards. */
static int
search(struct slice folder, struct buf *out, struct buf *ignored, bool *found, struct error *err)
{
	CLEANUP(buf_release) struct buf	path = BUF(MIB);
	bool	passed;
	int	rc;

	if (slice_eq(folder, SLICE("/")))
		folder = SLICE_NONE;
	for (int level = 0; level < LIMIT_CONFIG_PARENTS; level++) {
		if ((rc = look_in(folder, CONFIG_NAME, &path, found, err)) != 0)
			return rc;
		if (*found) {
			if ((rc = buf_append(out, buf_slice(&path), err)) != 0)
				return rc;
			return buf_terminate(out, err);
		}
		if (ignored != NULL && ignored->len == 0) {
			if ((rc = look_in(folder, IGNORED_NAME, &path, &passed, err)) != 0)
				return rc;
			if (passed && ((rc = buf_append(ignored, buf_slice(&path), err)) != 0 ||
			    (rc = buf_terminate(ignored, err)) != 0))
				return rc;
		}
		if (folder.len == 0)
			break;
		folder = parent_of(folder);
	}
	return 0;
}

/* The absolute path without "." , ".." and doubled slashes; symbolic links are not looked at. */
static int
absolute_path(const char *path, struct buf *out, struct error *err)
{
	CLEANUP(buf_release) struct buf	whole = BUF(MIB);
	struct slice	rest, part;
	int		rc;

	if (*path != '/' && ((rc = working_folder(&whole, err)) != 0 || (rc = buf_byte(&whole, '/', err)) != 0))
		return rc;
	if ((rc = buf_str(&whole, path, err)) != 0)
		return rc;
	for (rest = buf_slice(&whole); rest.data != NULL && slice_split(&rest, '/', &part);) {
		if (part.len == 0 || slice_eq(part, SLICE(".")))
			continue;
		if (slice_eq(part, SLICE("..")))
			buf_truncate(out, parent_of(buf_slice(out)).len);
		else if ((rc = buf_byte(out, '/', err)) != 0 || (rc = buf_append(out, part, err)) != 0)
			return rc;
	}
	return 0;
}

/* ${path} itself when it is a folder, else the folder that it is in; "" for the root. */
static int
folder_of(const char *path, struct buf *out, struct error *err)
{
	struct stat	st;
	int		rc;

	if ((rc = absolute_path(path, out, err)) == 0 && (stat(path, &st) != 0 || !S_ISDIR(st.st_mode)))
		buf_truncate(out, parent_of(buf_slice(out)).len);
	return rc;
}

/* Is ${folder} the same as ${other}, or above it?  Then whoever went up from there has passed it. */
static bool
is_above(struct slice folder, struct slice other)
{
	return slice_starts(other, folder) && (other.len == folder.len || other.data[folder.len] == '/');
}

int
config_find(const char *given_opt, const char *file_opt, struct buf *out, struct buf *ignored_opt, struct error *err)
{
	CLEANUP(buf_release) struct buf	here = BUF(MIB), beside = BUF(MIB);
	const char	*given = given_opt != NULL ? given_opt : getenv("SOPS_CONFIG");
	bool		 found = false, apart;
	int		 rc;

	if (given != NULL && *given != '\0')
		return (rc = buf_str(out, given, err)) != 0 ? rc : buf_terminate(out, err);
	if ((rc = working_folder(&here, err)) != 0 || (rc = search(buf_slice(&here), out, ignored_opt, &found, err)) != 0 || found)
		return rc;
	if (file_opt != NULL && (rc = folder_of(file_opt, &beside, err)) != 0)
		return rc;
	apart = file_opt != NULL && !is_above(buf_slice(&beside), buf_slice(&here));
	if (apart && ((rc = search(buf_slice(&beside), out, ignored_opt, &found, err)) != 0 || found))
		return rc;
	(void)err_set(err, ERR_NO_CONFIG, "config file not found");
	if (!apart)
		return err_hint(err, "there is no '" CONFIG_NAME "' in '%.*s' or above", SLICE_ARG(buf_slice(&here)));
	return err_hint(err, "there is no '" CONFIG_NAME "' in '%.*s', in '%.*s', or above them", SLICE_ARG(buf_slice(&here)),
	    SLICE_ARG(buf_slice(&beside)));
}

/* --- reading ----------------------------------------------------------------------------------------------------- */

bool
config_is_null(const struct node *node)
{
	return node->kind == NODE_SCALAR && node->style == STYLE_PLAIN &&
	    (node->text.len == 0 || slice_eq(node->text, SLICE("~")) || slice_eq(node->text, SLICE("null")) ||
	    slice_eq(node->text, SLICE("Null")) || slice_eq(node->text, SLICE("NULL")));
}

static const struct node *
member_within(const struct node *map, struct slice name, unsigned depth)
{
	const struct node *found = node_member(map, name), *merge;

	if (found != NULL || depth == 0 || (merge = node_member(map, SLICE("<<"))) == NULL)
		return found;
	merge = node_resolve(merge);
	if (merge->kind == NODE_MAP)
		return member_within(merge, name, depth - 1);
	for (const struct node *item = merge->kind == NODE_LIST ? merge->child : NULL; found == NULL && item != NULL; item = item->next)
		if (node_resolve(item)->kind == NODE_MAP)
			found = member_within(node_resolve(item), name, depth - 1);
	return found;
}

const struct node *
config_member(const struct node *map, const char *name)
{
	const struct node *found = member_within(map, slice_str(name), MERGE_DEPTH);

	if (found == NULL)
		return NULL;
	found = node_resolve(found);
	return config_is_null(found) ? NULL : found;
}

int
config_wrong(const struct node *node, const char *name, const char *want, struct error *err)
{
	err_set(err, ERR_CONFIG, "setting '%s' is not %s", name, want);
	return err_at(err, node->line, node->column);
}

int
config_text(const struct node *map, const char *name, struct slice *out, struct error *err)
{
	const struct node *node = config_member(map, name);

	if (node == NULL)
		return 0;
	if (node->kind != NODE_SCALAR)
		return config_wrong(node, name, "a string", err);
	*out = node->text;
	return 0;
}

int
config_number(const struct node *map, const char *name, int64_t min, int64_t max, int64_t *out, struct error *err)
{
	const struct node *node = config_member(map, name);

	if (node == NULL)
		return 0;
	if (node->kind != NODE_SCALAR || !num_parse(node->text, min, max, out))
		return config_wrong(node, name, "a number that is possible here", err);
	return 0;
}

static int
read_indent(const struct node *root, const char *format, int *out, struct error *err)
{
	const struct node	*stores = config_member(root, "stores"), *store;
	int64_t			 indent = 0;
	int			 rc;

	if (stores == NULL || stores->kind != NODE_MAP || (store = config_member(stores, format)) == NULL || store->kind != NODE_MAP)
		return 0;
	if ((rc = config_number(store, "indent", -1, 100, &indent, err)) != 0)
		return rc;
	*out = (int)indent;
	return 0;
}

static int
read_document(struct config *config, struct error *err)
{
	const struct node	*root, *rules;
	int			 rc;

	if (config->doc->roots == 0 || config_is_null(config->doc->root[0]))
		return 0;
	root = config->doc->root[0];
	if (root->kind != NODE_MAP) {
		err_set(err, ERR_CONFIG, "the configuration is not a map");
		return err_at(err, root->line, root->column);
	}
	rules = config_member(root, "creation_rules");
	if (rules != NULL && rules->kind != NODE_LIST)
		return config_wrong(rules, "creation_rules", "a list", err);
	config->has_rules = rules != NULL && rules->child != NULL;
	if ((rc = read_indent(root, "yaml", &config->indent_yaml, err)) != 0 || (rc = read_indent(root, "json", &config->indent_json, err)) != 0 ||
	    (rc = read_indent(root, "json_binary", &config->indent_binary, err)) != 0)
		return rc;
	return config_check_names(config, root, err);
}

int
config_parse(struct slice text, const char *path, struct config **out, struct error *err)
{
	CLEANUP(config_freep) struct config *config = calloc(1, sizeof(*config));
	int rc;

	if (config == NULL)
		return err_memory(err);
	config->arena = ARENA(LIMIT_DOCUMENT);
	if ((rc = arena_copy(&config->arena, slice_str(path), &config->path, err)) != 0)
		return rc;
	if ((rc = document_parse(text, &syntax_yaml, &config->doc, err)) != 0 || (rc = read_document(config, err)) != 0) {
		if (rc == ERR_MEMORY)
			return rc;
		err->kind = ERR_CONFIG;
		(void)err_file(err, path);
		return err_wrap(err, "Could not unmarshal config file");	/* sops' words */
	}
	*out = TAKE(config);
	return 0;
}

int
config_load(const char *path, struct config **out, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF(LIMIT_CONFIG);

	if (file_read(path, &text, err) != 0)
		return err_wrap(err, "cannot read the configuration '%s'", path);
	return config_parse(buf_slice(&text), path, out, err);
}

void
config_free(struct config *config)
{
	if (config == NULL)
		return;
	document_free(config->doc);
	arena_release(&config->arena);
	free(config);
}

/* --- matching ---------------------------------------------------------------------------------------------------- */

/* What path_regex is matched against: relative to the folder of the configuration when the file is below it. */
static int
candidate(const struct config *config, const char *file, struct buf *out, struct error *err)
{
	CLEANUP(buf_release) struct buf	whole = BUF(MIB), place = BUF(MIB);
	struct slice	folder, path;
	int		rc;

	if ((rc = absolute_path(file, &whole, err)) != 0 || (rc = absolute_path((const char *)config->path.data, &place, err)) != 0)
		return rc;
	folder = parent_of(buf_slice(&place));
	path = buf_slice(&whole);
	if (slice_starts(path, folder) && path.len > folder.len && path.data[folder.len] == '/')
		path = slice_from(path, folder.len + 1);
	return buf_append(out, path, err);
}

/* Does the rule apply?  One whose expression does not compile is an error when it is reached, as in sops. */
static int
applies(const struct node *map, struct slice path, struct config_rule *rule, bool *out, struct error *err)
{
	CLEANUP(regex_freep) struct regex *regex = NULL;
	const struct node	*node = config_member(map, "path_regex");
	int			 rc;

	*out = true;
	if ((rc = config_text(map, "path_regex", &rule->path_regex, err)) != 0 || rule->path_regex.len == 0)
		return rc;
	if (regex_compile(rule->path_regex, &regex, err) == 0 && regex_match(regex, path, out, err) == 0)
		return 0;
	if (err->kind == ERR_MEMORY)
		return ERR_MEMORY;
	err->kind = ERR_CONFIG;
	(void)err_wrap(err, "cannot use path_regex '%.*s'", SLICE_ARG(slice_sub(rule->path_regex, 0, 200)));
	err_hint(err, "write it in the dialect of RE2");
	return err_at(err, node->line, node->column);
}

static int
match(struct config *config, const char *file, struct config_rule *rule, struct error *err)
{
	CLEANUP(buf_release) struct buf	path = BUF(MIB);
	const struct node		*rules = config_member(config->doc->root[0], "creation_rules");
	size_t				 index = 0;
	bool				 found;
	int				 rc;

	if ((rc = candidate(config, file, &path, err)) != 0)
		return rc;
	for (const struct node *item = rules->child; item != NULL; item = item->next) {
		const struct node *map = node_resolve(item);

		if (item->kind == NODE_COMMENT)
			continue;
		*rule = (struct config_rule){ .line = map->line, .column = map->column, .index = index++ };
		if (map->kind != NODE_MAP)
			return config_wrong(map, "creation_rules", "a list of maps", err);
		if ((rc = applies(map, buf_slice(&path), rule, &found, err)) != 0)
			return rc;
		if (found)
			return config_rule_parse(config, map, rule, err);
	}
	err_set(err, ERR_NO_RULE, "error loading config: no matching creation rules found");
	err_hint(err, "no rule of '%s' matches '%.*s'", (const char *)config->path.data, SLICE_ARG(slice_sub(buf_slice(&path), 0, 300)));
	return ERR_NO_RULE;
}

int
config_match(struct config *config, const char *file, const struct config_rule **out, struct error *err)
{
	void	*room;
	int	 rc;

	if (!config->has_rules)
		return err_set(err, ERR_NO_CONFIG, "config file has no creation rules");
	if ((rc = arena_alloc(&config->arena, sizeof(struct config_rule), &room, err)) != 0)
		return rc;
	if ((rc = match(config, file, room, err)) != 0) {
		if (rc != ERR_NO_RULE)
			(void)err_file(err, (const char *)config->path.data);
		return rc;
	}
	*out = room;
	return 0;
}

/* --- new metadata ------------------------------------------------------------------------------------------------ */

static int
copy_group(struct metadata *meta, const struct key_group *from, struct error *err)
{
	struct key_group	*group;
	struct master_key	 key;
	int			 rc;

	if ((rc = metadata_group_add(meta, &group, err)) != 0)
		return rc;
	for (size_t i = 0; i < from->count; i++)
		if ((rc = master_key_copy(&from->keys[i], &meta->arena, &key, err)) != 0 ||
		    (rc = key_group_add(group, &key, &meta->arena, err)) != 0)
			return rc;
	return 0;
}

int
config_metadata(const struct config_rule *rule_opt, const struct key_group *keys_opt, struct metadata **out, struct error *err)
{
	CLEANUP(metadata_freep) struct metadata *meta = NULL;
	bool	flags = keys_opt != NULL && keys_opt->count > 0;
	int	rc;

	if ((rc = metadata_new(&meta, err)) != 0)
		return rc;
	if (flags && (rc = copy_group(meta, keys_opt, err)) != 0)
		return rc;
	for (size_t i = 0; !flags && rule_opt != NULL && i < rule_opt->group_count; i++)
		if ((rc = copy_group(meta, &rule_opt->groups[i], err)) != 0)
			return rc;
	if (meta->group_count == 0)
		return err_set(err, ERR_NO_KEY, rule_opt != NULL ? "the matching creation rule names no key, and no keys provided through command "
		    "line options" : "config file not found, or has no creation rules, and no keys provided through command line options");
	for (unsigned i = 0; rule_opt != NULL && i < SELECT_RULES; i++)
		if ((rc = metadata_text(meta, rule_opt->rules.text[i], &meta->rules.text[i], err)) != 0)
			return rc;
	if (rule_opt != NULL) {
		meta->shamir_threshold = rule_opt->shamir_threshold;
		meta->mac_only_encrypted = rule_opt->mac_only_encrypted;
	}
	*out = TAKE(meta);
	return 0;
}
