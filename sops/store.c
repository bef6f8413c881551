#include "sops/store.h"

#include "sops/store_formats.h"

const struct store store_yaml = {
	.name = "yaml", .syntax = &syntax_yaml, .plain = &syntax_yaml, .default_indent = YAML_STEP,
	.owns = store_owns_named, .load = store_load_named, .attach = store_yaml_attach, .detach = store_yaml_detach,
};

const struct store store_json = {
	.name = "json", .syntax = &syntax_json, .plain = &syntax_json, .default_indent = -1,
	.owns = store_owns_named, .load = store_load_named, .attach = store_json_attach, .detach = store_json_detach,
};

/* The encrypted side of a binary file is the JSON of one item. */
const struct store store_binary = {
	.name = "binary", .syntax = &syntax_json, .plain = &syntax_bytes, .default_indent = -1, .binary = true,
	.owns = store_owns_named, .load = store_load_named, .attach = store_json_attach, .detach = store_json_detach,
};

const struct store store_dotenv = {
	.name = "dotenv", .syntax = &syntax_dotenv, .plain = &syntax_dotenv,
	.owns = store_dotenv_owns, .load = store_dotenv_load, .attach = store_dotenv_attach, .detach = store_dotenv_detach,
};

const struct store store_ini = {
	.name = "ini", .syntax = &syntax_ini, .plain = &syntax_ini,
	.owns = store_owns_named, .load = store_ini_load, .attach = store_ini_attach, .detach = store_ini_detach,
};

static const struct store *const stores[] = { &store_yaml, &store_json, &store_dotenv, &store_ini, &store_binary };

const struct store *
store_by_type(struct slice type)
{
	for (size_t i = 0; i < sizeof(stores) / sizeof(stores[0]); i++)
		if (slice_eq(type, slice_str(stores[i]->name)))
			return stores[i];
	return NULL;
}

const struct store *
store_for_name(struct slice file_name)
{
	static const struct { struct slice ending; const struct store *store; } endings[] = {
		{ SLICE(".yaml"), &store_yaml }, { SLICE(".yml"), &store_yaml }, { SLICE(".json"), &store_json },
		{ SLICE(".env"), &store_dotenv }, { SLICE(".ini"), &store_ini },
	};

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		if (slice_ends(file_name, endings[i].ending))
			return endings[i].store;
	return &store_binary;
}

int
store_indent(const struct store *store, int wanted)
{
	return wanted != 0 ? wanted : store->default_indent;
}

static int
unsupported(const struct store *store, struct error *err)
{
	return err_set(err, ERR_UNSUPPORTED, "the format '%s' is not supported yet", store->name);
}

bool
store_owns(const struct store *store, const struct node *item)
{
	return store->owns != NULL && item->kind != NODE_COMMENT && store->owns(item);
}

int
store_load(const struct store *store, const struct document *doc, struct metadata **out, struct error *err)
{
	return store->load != NULL ? store->load(doc, out, err) : unsupported(store, err);
}

int
store_attach(const struct store *store, const struct document *doc, const struct metadata *meta, int indent, struct edits *out,
    struct error *err)
{
	return store->attach != NULL ? store->attach(doc, meta, store_indent(store, indent), out, err) : unsupported(store, err);
}

int
store_detach(const struct store *store, const struct document *doc, struct edits *out, struct error *err)
{
	return store->detach != NULL ? store->detach(doc, out, err) : unsupported(store, err);
}

/* --- may it be encrypted? ---------------------------------------------------------------------------------------- */

static bool
is_empty_root(const struct node *root)
{
	return root->kind == NODE_SCALAR && root->style == STYLE_PLAIN && node_tag(root).len == 0 &&
	    (root->text.len == 0 || slice_eq(root->text, SLICE("~")) || slice_eq(root->text, SLICE("null")) ||
	    slice_eq(root->text, SLICE("Null")) || slice_eq(root->text, SLICE("NULL")));
}

static int
check_root(const struct store *store, const struct node *root, bool first, struct error *err)
{
	if (root->kind != NODE_MAP && !(is_empty_root(root) && store->syntax == &syntax_yaml)) {
		err_set(err, ERR_TYPE, "cannot unmarshal the document: it is not a map of keys and values");
		err_hint(err, "put it below a key");
		return err_at(err, root->line, root->column);
	}
	for (const struct node *item = root->child; root->kind == NODE_MAP && item != NULL; item = item->next)
		if (store_owns(store, item) && !first) {
			/* sops notices this one only when it has encrypted everything, and has another exit status for it. */
			err_set(err, ERR_EXISTS, "the entry 'sops' of a later document is a reserved key: rename it");
			return err_at(err, item->key->line, item->key->column);
		} else if (store_owns(store, item)) {
			/* The words are looked for by wrappers of sops. */
			err_set(err, ERR_ENCRYPTED, "the file holds a top-level entry called 'sops'%s: it is encrypted already, or must be renamed",
			    store == &store_dotenv ? " (names that begin with 'sops_')" : "");
			err_hint(err, "edit it with 'hubsecrets edit'; a 'sops' entry of your own must get another name");
			return err_at(err, item->key->line, item->key->column);
		}
	return 0;
}

int
store_check_plain(const struct store *store, const struct document *doc, struct error *err)
{
	int rc;

	if (store->syntax == NULL)
		return unsupported(store, err);
	if (store->binary)
		return 0;
	if (doc->roots == 0) {
		if (doc->text.len == 0)
			return err_set(err, ERR_EMPTY, "the file is empty: it needs at least one document");
		return err_set(err, ERR_SYNTAX, "EOF behind comments alone: sops could not read such a file back");
	}
	if (doc->facts.duplicate_line != 0) {
		err_set(err, ERR_SYNTAX, "a key that its section has had before: sops would keep the last value alone, and lose the others");
		err_hint(err, "remove all but one, or encrypt the file as a whole with --input-type binary --output-type binary");
		return err_at(err, doc->facts.duplicate_line, 1);
	}
	if (doc->facts.trailing_line != 0) {
		/* sops passes over it, and it would stay readable in a text that keeps its layout. */
		err_set(err, ERR_SYNTAX, "text behind the JSON value, which is no part of it");
		err_hint(err, "remove it: sops would drop it without a word");
		return err_at(err, doc->facts.trailing_line, 1);
	}
	if (doc->facts.version_line != 0) {
		err_set(err, ERR_SYNTAX, "sops reads no YAML version but 1.1");
		err_hint(err, "remove the line that begins with %%YAML");
		return err_at(err, doc->facts.version_line, 1);
	}
	for (size_t i = 0; i < doc->roots; i++)
		if ((rc = check_root(store, doc->root[i], i == 0, err)) != 0)
			return rc;
	return 0;
}

/* --- formats that keep it under one key -------------------------------------------------------------------------- */

bool
store_owns_named(const struct node *item)
{
	return item->key != NULL && slice_eq(item->key->text, SLICE(STORE_KEY));
}

const struct node *
store_named(const struct node *root)
{
	for (const struct node *item = root->kind == NODE_MAP ? root->child : NULL; item != NULL; item = item->next)
		if (item->kind != NODE_COMMENT && store_owns_named(item))
			return item;
	return NULL;
}

int
store_load_named(const struct document *doc, struct metadata **out, struct error *err)
{
	const struct node *block = doc->roots > 0 ? store_named(doc->root[0]) : NULL;

	if (block == NULL || (node_resolve(block)->kind == NODE_SCALAR && is_empty_root(node_resolve(block)))) {
		err_set(err, ERR_NO_METADATA, "sops metadata not found");
		err_hint(err, "the file is not encrypted, or not of this format");
		return ERR_NO_METADATA;
	}
	for (const struct node *item = block->next; item != NULL; item = item->next)
		if (item->kind != NODE_COMMENT && store_owns_named(item)) {
			err_set(err, ERR_SYNTAX, "the metadata is there twice");
			return err_at(err, item->key->line, item->key->column);
		}
	return metadata_parse(block, out, err);
}

int
store_same(struct metadata *old, const struct metadata *meta, bool *same, struct error *err)
{
	CLEANUP(metadata_freep) struct metadata *new = NULL;
	CLEANUP(buf_release) struct buf a = BUF(LIMIT_DOCUMENT), b = BUF(LIMIT_DOCUMENT);
	int rc;

	if ((rc = metadata_copy(meta, &new, err)) != 0)
		return rc;
	new->mac = old->mac = new->lastmodified = old->lastmodified = new->version = old->version = SLICE_NONE;
	if ((rc = store_print_json(old, 0, &a, err)) != 0 || (rc = store_print_json(new, 0, &b, err)) != 0)
		return rc;
	*same = slice_eq(buf_slice(&a), buf_slice(&b));
	return 0;
}

int
store_same_but_mac(const struct node *block, const struct metadata *meta, bool *same, struct error *err)
{
	CLEANUP(metadata_freep) struct metadata *old = NULL;
	static const char *const fields[] = { "lastmodified", "mac", "version" };
	struct error ignored = ERROR_INIT;

	*same = false;
	block = node_resolve(block);
	if (block->kind != NODE_MAP)
		return 0;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		const struct node *scalar = node_member(block, slice_str(fields[i]));

		if (scalar == NULL || scalar->kind != NODE_SCALAR || scalar->properties != NULL)
			return 0;
	}
	if (metadata_parse(block, &old, &ignored) != 0)
		return ignored.kind == ERR_MEMORY ? err_memory(err) : 0;
	return store_same(old, meta, same, err);
}
