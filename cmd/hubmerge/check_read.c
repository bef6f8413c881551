#include "cmd/hubmerge/check_read.h"

#include <string.h>

#include "cmd/layer_blob.h"
#include "cmd/manifest.h"
#include "sops/decrypt.h"
#include "sops/select.h"
#include "sops/value.h"
#include "sops/walk.h"
#include "yamlmerge/scalar.h"

struct opening {
	struct check_repository	*repository;
	bool			 selected;	/* findings count */
};

/* --- secrets ------------------------------------------------------------------------------------------------------ */

static bool
is_in_clear(const struct walk_item *item)
{
	CLEANUP(arena_release) struct arena	store = ARENA_SECRET(LIMIT_DOCUMENT);
	struct error				ignored = ERROR_INIT;
	struct value_parts			parts;
	struct scalar				scalar;

	if (item->kind != WALK_LEAF || !item->selected || item->node->text.len == 0 || value_recognise(item->node->text, &parts))
		return false;
	return scalar_resolve(item->node, &scalar_table_sops, &store, &scalar, &ignored) != 0 || scalar.type != SCALAR_NULL;
}

/* Every value that the file's own rules encrypt and that is not. */
static int
report_in_clear(struct check *check, const char *path, struct slice bytes, const struct store *store, struct error *err)
{
	CLEANUP(opened_release) struct opened	opened = OPENED;
	CLEANUP(select_freep) struct select	*select = NULL;
	struct walk_item			 item;

	if (sealed_load(bytes, store, &opened, err) != 0 || select_new(&opened.meta->rules, &select, err) != 0)
		return (int)err->kind;
	CLEANUP(walk_release) struct walk	walk = WALK(opened.doc, store, select, WALK_SEALED);
	do {
		if (walk_next(&walk, &item, err) != 0)
			return (int)err->kind;
		if (is_in_clear(&item)) {
			const struct check_finding finding = {
				.rule = CHECK_SECRETS_PARTIAL, .level = CHECK_ERROR, .path = path, .line = item.node->line,
				.column = item.node->column, .place = item.name,
				.hint = SLICE("encrypt the file again: 'hubsecrets edit' does it; and change the value"),
			};

			if (check_report(check, &finding, err, "this value is in clear, which the rules of the file encrypt") != 0)
				return (int)err->kind;
		}
	} while (item.kind != WALK_DONE);
	return 0;
}

/* What stands for these bytes in the folder of ${path}: the path that had them first. */
static int
first_with(struct check_repository *repository, const char *path, struct slice bytes, const char **out, struct error *err)
{
	CLEANUP(buf_release) struct buf	name = BUF(LIMIT_DOCUMENT);
	const char			*slash = strrchr(path, '/');
	struct slice			 kept, copy;

	if (buf_append(&name, slice_of(path, slash != NULL ? (size_t)(slash - path) : 0), err) != 0 || buf_byte(&name, 0, err) != 0 ||
	    buf_append(&name, bytes, err) != 0)
		return (int)err->kind;
	if ((*out = key_index_find(&repository->blobs, buf_slice(&name))) != NULL)
		return 0;
	if (arena_copy(&repository->arena, buf_slice(&name), &kept, err) != 0 || arena_copy(&repository->arena, slice_str(path), &copy, err) != 0)
		return (int)err->kind;
	*out = (const char *)copy.data;
	return key_index_add(&repository->blobs, kept, (void *)(uintptr_t)copy.data, NULL, err);
}

/*
 * The same content has the same ciphertext under git-crypt, so that two environments with the same secrets show even in a clone
 * that is locked.
 */
static int
check_same_blob(struct check_repository *repository, const char *path, struct slice bytes, struct error *err)
{
	const char			*other;
	const struct check_finding	 finding = {
		.rule = CHECK_SECRETS_EQUAL, .level = CHECK_WARNING, .path = path, .hint = SLICE("give each environment its own: hubrotate"),
	};

	if (bytes.len > MIB)
		return 0;	/* no layer of secrets is that large */
	if (first_with(repository, path, bytes, &other, err) != 0)
		return (int)err->kind;
	return strcmp(other, path) == 0 ? 0 : check_report(repository->check, &finding, err, "its secrets are those of %s, all of them", other);
}

/*
 * A value of sops that was copied from another environment's file, ciphertext and all: its IV is random, so that no two are the same by
 * chance.  One finding a file.
 */
static int
check_same_values(struct check_repository *repository, const char *path, struct slice bytes, const struct store *store, struct error *err)
{
	CLEANUP(opened_release) struct opened	opened = OPENED;
	CLEANUP(select_freep) struct select	*select = NULL;
	struct check_finding			 finding = {
		.rule = CHECK_SECRETS_EQUAL, .level = CHECK_WARNING, .path = path, .hint = SLICE("give each environment its own: hubrotate"),
	};
	struct walk_item			 item;
	const char				*other, *first = NULL;
	size_t					 count = 0;

	if (sealed_load(bytes, store, &opened, err) != 0 || select_new(&opened.meta->rules, &select, err) != 0)
		return (int)err->kind;
	CLEANUP(walk_release) struct walk	walk = WALK(opened.doc, store, select, WALK_SEALED);
	do {
		if (walk_next(&walk, &item, err) != 0)
			return (int)err->kind;
		if (item.kind != WALK_LEAF || !value_recognise(item.node->text, NULL))
			continue;
		if (first_with(repository, path, item.node->text, &other, err) != 0)
			return (int)err->kind;
		if (strcmp(other, path) == 0)
			continue;
		if (count++ == 0) {
			first = other;
			finding.line = item.node->line;
			finding.column = item.node->column;
		}
	} while (item.kind != WALK_DONE);
	return count == 0 ? 0 :
	    check_report(repository->check, &finding, err, "%zu value%s %s, ciphertext and all", count,
	    count == 1 ? " is that of" : "s are those of", first);
}

/* As layer_io_open(), but a value in clear keeps nobody from looking at the rest. */
static int
open_layer(void *context, const char *path, enum layer_role role, struct slice bytes, struct layer_opened *out, struct error *err)
{
	const struct opening	*opening = context;
	const struct store	*store = slice_ends(slice_str(path), SLICE(".json")) ? &store_json : &store_yaml;

	if (layer_io_open(&opening->repository->io, path, role, bytes, out, err) == 0)
		return !opening->selected || role != LAYER_SECRETS ? 0 :
		    layer_blob_is(bytes) ? check_same_blob(opening->repository, path, bytes, err) :
		    out->encrypted ? check_same_values(opening->repository, path, bytes, store, err) : 0;
	if (err->kind != ERR_REFUSED || layer_blob_is(bytes))
		return (int)err->kind;
	err_reset(err);
	out->encrypted = out->masked = out->typed_by_sops = true;
	if (opening->selected && report_in_clear(opening->repository->check, path, bytes, store, err) != 0)
		return (int)err->kind;
	return document_parse(bytes, &syntax_yaml, &out->doc, err);
}

static bool
holds_text(const struct layer *layer)
{
	for (const struct node *node = layer->root; node != NULL; node = node_after(node, layer->root))
		if (node->kind == NODE_SCALAR && node->text.len > 0)
			return true;
	return false;
}

/* A secrets layer in clear is one that somebody is about to commit, unless git encrypts it then. */
static int
check_plain(struct check *check, const struct layer *layer, struct error *err)
{
	struct check_finding	finding = {
		.rule = CHECK_SECRETS_PLAINTEXT, .level = CHECK_ERROR, .path = layer->path,
		.hint = SLICE("encrypt it: hubsecrets encrypt -i, or a git-crypt filter in .gitattributes"),
	};
	bool			filtered;

	if (layer->role != LAYER_SECRETS || layer->encrypted || !holds_text(layer))
		return 0;
	if (layer_blob_is_filtered(layer->path, &filtered, err) != 0)
		return (int)err->kind;
	return filtered ? 0 : check_report(check, &finding, err, "this secrets layer is in clear");
}

/* --- files -------------------------------------------------------------------------------------------------------- */

static int
report_broken(struct check *check, const char *path, const struct error *why, struct error *err)
{
	const struct check_finding finding = {
		.rule = CHECK_LAYER_BROKEN, .level = CHECK_ERROR, .path = path, .line = why->line, .column = why->column,
		.hint = slice_str(why->hint),
	};

	return check_report(check, &finding, err, "%s", why->text);
}

static int
report_locked(struct check *check, const char *path, struct error *err)
{
	const struct check_finding finding = {
		.rule = CHECK_SECRETS_LOCKED, .level = CHECK_NOTE, .path = path,
		.hint = SLICE("unlock the clone to check its keys, too"),
	};

	return check_report(check, &finding, err, "encrypted by git-crypt: what is in it was not checked");
}

static int
open_file(struct check_repository *repository, const struct layout_file *file, struct check_file *out, struct error *err)
{
	struct opening			opening = { .repository = repository, .selected = out->selected };
	const struct layer_reader	reader = { open_layer, &opening, HELM_BOTH };
	struct error			why = ERROR_INIT;

	if (layer_open(file->path, file->role, &reader, &out->layer, &why) != 0) {
		if (why.kind == ERR_MEMORY) {
			*err = why;
			return (int)err->kind;
		}
		return out->selected ? report_broken(repository->check, file->path, &why, err) : 0;
	}
	out->locked = repository->io.left_out;
	if (out->locked && out->selected && report_locked(repository->check, file->path, err) != 0)
		return (int)err->kind;
	return out->selected ? check_plain(repository->check, out->layer, err) : 0;
}

/* The file of that path, read when it is first needed: a common layer is that of many hubs. */
static int
find_file(struct check_repository *repository, const struct layout_file *file, bool selected, struct check_file **out,
    struct error *err)
{
	struct slice	path;
	void		*room;

	*out = key_index_find(&repository->by_path, slice_str(file->path));
	if (*out != NULL) {
		(*out)->selected |= selected;
		return 0;
	}
	if (arena_alloc(&repository->arena, sizeof(**out), &room, err) != 0 ||
	    arena_copy(&repository->arena, slice_str(file->path), &path, err) != 0)
		return (int)err->kind;
	*out = room;
	(*out)->selected = selected;
	*repository->files_end = *out;
	repository->files_end = &(*out)->next;
	if (key_index_add(&repository->by_path, path, *out, NULL, err) != 0 || open_file(repository, file, *out, err) != 0)
		return (int)err->kind;
	return (*out)->layer != NULL ? check_learn(repository->check, (*out)->layer, 1, err) : 0;
}

/* --- charts ------------------------------------------------------------------------------------------------------- */

static int
find_chart(struct check_repository *repository, const char *folder, bool selected, struct layer **out, struct error *err)
{
	CLEANUP(buf_release) struct buf	path = BUF(64 * KIB);
	struct layout_file		file = { .role = LAYER_CHART };
	struct check_file		*known;
	struct error			why = ERROR_INIT;
	struct slice			name;
	void				*room;

	if (buf_printf(&path, err, "%s/values.yaml", folder) != 0 || buf_terminate(&path, err) != 0)
		return (int)err->kind;
	file.path = (const char *)path.data;
	known = key_index_find(&repository->by_path, buf_slice(&path));
	if (known == NULL) {
		if (arena_alloc(&repository->arena, sizeof(*known), &room, err) != 0 ||
		    arena_copy(&repository->arena, buf_slice(&path), &name, err) != 0)
			return (int)err->kind;
		known = room;
		known->selected = selected;
		*repository->files_end = known;
		repository->files_end = &known->next;
		if (layer_open(file.path, LAYER_CHART, NULL, &known->layer, &why) != 0 && why.kind != ERR_NOT_FOUND &&
		    report_broken(repository->check, file.path, &why, err) != 0)
			return (int)err->kind;
		if (key_index_add(&repository->by_path, name, known, NULL, err) != 0 ||
		    check_chart(repository->check, folder, known->layer, err) != 0)
			return (int)err->kind;
	}
	*out = known->layer;
	return 0;
}

/* --- hubs --------------------------------------------------------------------------------------------------------- */

static int
report_unused(struct check *check, const char *path, const char *text, struct error *err)
{
	const struct check_finding finding = { .rule = CHECK_LAYER_UNUSED, .level = CHECK_NOTE, .path = path };

	return check_report(check, &finding, err, "%s", text);
}

/* ${hub} and ${env}: "" in a repository of one deployment without names. */
static int
read_env(struct check_repository *repository, const char *hub, const char *env, bool selected, struct error *err)
{
	struct check_env	*found;
	const char		*manifest;
	void			*room;

	if (arena_alloc(&repository->arena, sizeof(*found), &room, err) != 0)
		return (int)err->kind;
	found = room;
	*found = (struct check_env){ .hub = hub, .env = env, .layout = LAYOUT, .selected = selected };
	*repository->envs_end = found;
	repository->envs_end = &found->next;
	if (layout_find(*hub != '\0' ? hub : NULL, *env != '\0' ? env : NULL, &found->layout, err) != 0)
		return (int)err->kind;
	if (manifest_is_environment(&found->layout, &manifest)) {
		int failed = selected ? report_unused(repository->check, manifest, "a manifest, not a layer of values", err) : 0;

		layout_release(&found->layout);
		found->selected = false;
		return failed;
	}
	if (found->layout.chart != NULL && find_chart(repository, found->layout.chart, repository->all, &found->chart, err) != 0)
		return (int)err->kind;
	if (arena_alloc(&repository->arena, (found->layout.count + 1) * sizeof(struct check_file *), &room, err) != 0)
		return (int)err->kind;
	found->files = room;
	for (size_t i = 0; i < found->layout.count; i++)
		if (find_file(repository, &found->layout.files[i], selected, &found->files[i], err) != 0)
			return (int)err->kind;
	return 0;
}

/* What was asked for comes first, here and below, so that a file is opened with its findings. */
static int
read_hub(struct check_repository *repository, const char *hub, bool selected, const char *env_opt, struct error *err)
{
	const char	**envs;
	size_t		 count;

	if (layout_environments(hub, &repository->arena, &envs, &count, err) != 0)
		return (int)err->kind;
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < count; i++) {
			bool chosen = selected && (env_opt == NULL || strcmp(env_opt, envs[i]) == 0);

			if (chosen == (pass == 0) && read_env(repository, hub, envs[i], chosen, err) != 0)
				return (int)err->kind;
		}
	return 0;
}

/* That there is such a hub and environment, in the words of layout_find(). */
static int
check_names(const char *hub, const char *env_opt, struct error *err)
{
	CLEANUP(arena_release) struct arena	names = ARENA(LIMIT_LAYOUT);
	CLEANUP(layout_release) struct layout	layout = LAYOUT;
	const char				**envs;
	size_t					 count;

	if (env_opt != NULL)
		return layout_find(hub, env_opt, &layout, err);
	if (layout_environments(hub, &names, &envs, &count, err) != 0)
		return (int)err->kind;
	return count > 0 ? 0 : err_set(err, ERR_NOT_FOUND, "there is no hub '%s', or it has no environment", hub);
}

int
check_read(struct check_repository *repository, struct check *check, const char *hub_opt, const char *env_opt, struct error *err)
{
	const char	**hubs;
	size_t		 count;

	*repository = (struct check_repository){ .check = check, .io = LAYER_IO, .arena = ARENA(LIMIT_CHECK) };
	repository->files_end = &repository->files;
	repository->envs_end = &repository->envs;
	repository->io.public = repository->io.allow_plaintext = true;
	repository->all = hub_opt == NULL;
	if (hub_opt != NULL && check_names(hub_opt, env_opt, err) != 0)
		return (int)err->kind;
	if (layout_hubs(&repository->arena, &hubs, &count, err) != 0)
		return (int)err->kind;
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < count; i++) {
			bool selected = hub_opt == NULL || strcmp(hub_opt, hubs[i]) == 0;

			if (selected == (pass == 0) && read_hub(repository, hubs[i], selected, env_opt, err) != 0)
				return (int)err->kind;
		}
	if (repository->envs == NULL && read_env(repository, "", "", true, err) != 0)
		return (int)err->kind;
	return check_learned(check, err);
}

void
check_repository_release(struct check_repository *repository)
{
	for (struct check_file *file = repository->files; file != NULL; file = file->next)
		layer_free(file->layer);
	for (struct check_env *env = repository->envs; env != NULL; env = env->next)
		layout_release(&env->layout);
	key_index_release(&repository->by_path);
	key_index_release(&repository->blobs);
	layer_io_release(&repository->io);
	arena_release(&repository->arena);
}
