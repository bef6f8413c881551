#include "cmd/hub.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/hub_images.h"
#include "yamlmerge/layout_rules.h"

struct resolution {
	const struct hub_request	*request;
	struct layer_io			*io;
	struct hub			*hub;
};

/* --- remarks -------------------------------------------------------------------------------------------------------- */

/* A warning about a file as a whole, or a line of it. */
static int
remark(struct resolution *r, const struct layer *layer, uint32_t line, const char *text, struct error *err)
{
	return merge_remark(&r->hub->merged, &r->hub->merged.warnings, layer, line, text, err);
}

size_t
hub_warn(const struct hub *hub)
{
	const struct merge_remark	*remark;
	size_t				 count = 0;

	for (remark = hub->merged.warnings.first; remark != NULL; remark = remark->next, count++) {
		const char *path = remark->layer != NULL ? remark->layer->path : "";

		if (remark->path.len > 0)
			cli_warn("%s:%" PRIu32 ":%" PRIu32 ": '%.*s': %.*s", path, remark->line, remark->column, SLICE_ARG(remark->path),
			    SLICE_ARG(remark->text));
		else if (remark->line > 0)
			cli_warn("%s:%" PRIu32 ": %.*s", path, remark->line, SLICE_ARG(remark->text));
		else
			cli_warn("%s%s%.*s", path, remark->layer != NULL ? ": " : "", SLICE_ARG(remark->text));
	}
	return count;
}

/* --- layers ------------------------------------------------------------------------------------------------------- */

static int
keep_layer(struct hub *hub, struct layer *layer, struct error *err)
{
	if (hub->count == hub->capacity) {
		size_t		 capacity = hub->capacity == 0 ? 16 : hub->capacity * 2;
		struct layer	**layers = realloc(hub->layers, capacity * sizeof(struct layer *));

		if (layers == NULL) {
			layer_free(layer);
			return err_memory(err);
		}
		hub->layers = layers;
		hub->capacity = capacity;
	}
	hub->layers[hub->count++] = layer;
	return 0;
}

static int
add_layer(struct resolution *r, const char *path, enum layer_role role, struct error *err)
{
	const struct layer_reader	 reader = { layer_io_open, r->io, r->request->helm };
	struct layer			*layer;

	if (layer_open(path, role, &reader, &layer, err) != 0) {
		if (r->io->report.text.len > 0 && !r->io->quiet)
			cli_report(buf_slice(&r->io->report.text));
		buf_reset(&r->io->report.text);
		return (int)err->kind;
	}
	if (keep_layer(r->hub, layer, err) != 0)
		return (int)err->kind;
	if (r->io->left_out && remark(r, layer, 0, "left out: only a key of git-crypt shows what is in it", err) != 0)
		return (int)err->kind;
	if (layer->ignored_line != 0 && remark(r, layer, layer->ignored_line, "Helm ignores what stands behind the line '...'", err) != 0)
		return (int)err->kind;
	return merge_layer(&r->hub->merged, layer, err);
}

static int
add_layers(struct resolution *r, struct error *err)
{
	const struct hub_request	*request = r->request;
	const struct layout		*layout = &r->hub->layout;

	for (size_t i = 0; i < layout->count; i++)
		if ((layout->files[i].role != LAYER_SECRETS || !request->no_secrets) &&
		    add_layer(r, layout->files[i].path, layout->files[i].role, err) != 0)
			return (int)err->kind;
	for (size_t i = 0; i < request->files.count; i++)
		if (add_layer(r, request->files.items[i], LAYER_FILE, err) != 0)
			return (int)err->kind;
	return 0;
}

/* One argument, from the command line or from hubmerge.yaml. */
static int
apply_set(struct resolution *r, struct layer *layer, enum strvals_kind kind, const char *text, size_t number, struct error *err)
{
	const struct strvals strvals = { .kind = kind, .text = slice_str(text), .number = (uint32_t)number, .helm = r->request->helm };

	return strvals_apply(&r->hub->merged, layer, &strvals, err);
}

/* A layer for what one option, or hubmerge.yaml, sets. */
static int
new_layer(struct resolution *r, const char *name, struct layer **out, struct error *err)
{
	return layer_new(name, LAYER_SET, out, err) != 0 ? (int)err->kind : keep_layer(r->hub, *out, err);
}

static int
add_layout_sets(struct resolution *r, enum strvals_kind kind, struct error *err)
{
	const struct layout	*layout = &r->hub->layout;
	struct layer		*layer = NULL;

	for (size_t i = 0; i < layout->set_count; i++) {
		if (layout->sets[i].kind != kind)
			continue;
		if ((layer == NULL && new_layer(r, LAYOUT_FILE, &layer, err) != 0) ||
		    apply_set(r, layer, kind, layout->sets[i].text, layout->sets[i].line, err) != 0)
			return (int)err->kind;
	}
	return 0;
}

static int
set_image(struct resolution *r, struct layer *layer, const struct hub_image *image, size_t number, struct error *err)
{
	CLEANUP(buf_release) struct buf	 text = BUF(64 * KIB);
	const char			*tag;

	if (hub_image_tag(image->folder, &r->hub->arena, &tag, err) != 0 || buf_printf(&text, err, "%s.tag=%s", image->path, tag) != 0)
		return (int)err->kind;
	if (image->name != NULL && buf_printf(&text, err, ",%s.name=%s", image->path, image->name) != 0)
		return (int)err->kind;
	return buf_terminate(&text, err) != 0 ? (int)err->kind :
	    apply_set(r, layer, STRVALS_STRING, (const char *)text.data, number, err);
}

/* Behind all of --set-string, as hubploy has it. */
static int
add_images(struct resolution *r, struct error *err)
{
	const struct layout	*layout = &r->hub->layout;
	struct hub_image	*images = NULL;
	struct layer		*layer;
	size_t			 count = 0;

	if (layout->image_count > 0 && new_layer(r, LAYOUT_FILE, &layer, err) != 0)
		return (int)err->kind;
	for (size_t i = 0; i < layout->image_count; i++)
		if (set_image(r, layer, &(struct hub_image){ .path = layout->images[i].path, .folder = layout->images[i].folder },
		    layout->images[i].line, err) != 0)
			return (int)err->kind;
	if (!r->request->image_tags || r->request->hub == NULL)
		return 0;
	if (hub_images_read(r->request->hub, &r->hub->arena, &images, &count, err) != 0 || new_layer(r, "--image-tags", &layer, err) != 0)
		return (int)err->kind;
	for (size_t i = 0; i < count; i++)
		if (set_image(r, layer, &images[i], i + 1, err) != 0)
			return (int)err->kind;
	return 0;
}

static int
add_sets(struct resolution *r, enum strvals_kind kind, struct error *err)
{
	const struct cli_list	*list = &r->request->sets[kind];
	struct layer		*layer;
	char			 name[32];

	if (add_layout_sets(r, kind, err) != 0)
		return (int)err->kind;
	(void)snprintf(name, sizeof(name), "--%s", strvals_option[kind]);
	if (list->count > 0 && new_layer(r, name, &layer, err) != 0)
		return (int)err->kind;
	for (size_t i = 0; i < list->count; i++)
		if (apply_set(r, layer, kind, list->items[i], i + 1, err) != 0)
			return (int)err->kind;
	return kind == STRVALS_STRING ? add_images(r, err) : 0;
}

/* --- chart -------------------------------------------------------------------------------------------------------- */

static int
find_chart(struct resolution *r, struct error *err)
{
	struct stat status;

	r->hub->chart_folder = r->request->chart != NULL ? r->request->chart : r->hub->layout.chart;
	if (r->request->chart != NULL && (stat(r->request->chart, &status) != 0 || !S_ISDIR(status.st_mode)))
		return err_set(err, ERR_NOT_FOUND, "there is no chart folder '%s'", r->request->chart);
	return 0;
}

/* A chart without values.yaml has no defaults, and nothing lies below. */
static int
open_chart(struct resolution *r, struct error *err)
{
	CLEANUP(buf_release) struct buf	path = BUF(64 * KIB);
	const struct layer_reader	reader = { .helm = r->request->helm };
	struct error			why = ERROR_INIT;

	if (find_chart(r, err) != 0)
		return (int)err->kind;
	if (r->hub->chart_folder == NULL)
		return 0;
	if (buf_printf(&path, err, "%s/values.yaml", r->hub->chart_folder) != 0 || buf_terminate(&path, err) != 0)
		return (int)err->kind;
	if (layer_open((const char *)path.data, LAYER_CHART, &reader, &r->hub->chart, &why) != 0 && why.kind != ERR_NOT_FOUND) {
		*err = why;
		return (int)err->kind;
	}
	return chart_read(r->hub->chart_folder, &r->hub->arena, &r->hub->names, err);
}

/* Layers or values that are named by hand alone belong to no repository. */
static bool
has_layout(const struct hub_request *request)
{
	size_t given = request->files.count;

	for (size_t kind = 0; kind < STRVALS_KINDS; kind++)
		given += request->sets[kind].count;
	return request->hub != NULL || given == 0;
}

/* --- secrets that are missing ------------------------------------------------------------------------------------- */

static int
places(const struct layout *layout, struct buf *out, struct error *err)
{
	for (size_t i = 0; layout->secrets[i] != NULL; i++)
		if (buf_printf(out, err, "%s'%s'", i == 0 ? "" : layout->secrets[i + 1] == NULL ? " and " : ", ", layout->secrets[i]) != 0)
			return (int)err->kind;
	return 0;
}

/* Say what the fold loses, since what Helm will say of it names no file. */
static int
refuse_missing(struct resolution *r, const struct merge_remarks *lost, struct error *err)
{
	CLEANUP(buf_release) struct buf	 looked = BUF(MIB);
	const struct merge_remark	*first = lost->first, *other;
	size_t				 more = 0;
	char				 rest[64] = ", which removes that map of the chart";

	if (places(&r->hub->layout, &looked, err) != 0)
		return (int)err->kind;
	if (r->request->hub == NULL)
		(void)err_set(err, ERR_NOT_FOUND, "there is no secrets layer: looked for %.*s", SLICE_ARG(buf_slice(&looked)));
	else
		(void)err_set(err, ERR_NOT_FOUND, "hub '%s' has no secrets layer%s%s%s: looked for %.*s", r->request->hub,
		    r->request->env != NULL ? " for '" : "", r->request->env != NULL ? r->request->env : "",
		    r->request->env != NULL ? "'" : "", SLICE_ARG(buf_slice(&looked)));
	if (first == NULL)
		return err_hint(err, "restore the file%s", r->io->secrets_needed ? "" : ", or go on without it: --no-secrets");
	for (other = first->next; other != NULL; other = other->next)
		more++;
	if (more > 0)
		(void)snprintf(rest, sizeof(rest), " and %zu more, which removes these maps of the chart", more);
	return err_hint(err, "without it '%.*s' stays null (%s:%" PRIu32 ")%s; restore the file%s",
	    SLICE_ARG(first->path), first->layer->path, first->line, rest, r->io->secrets_needed ? "" : ", or go on without it: --no-secrets");
}

static int
check_secrets(struct resolution *r, struct error *err)
{
	struct merge_remarks	 lost = { .first = NULL };
	const struct layout	*layout = &r->hub->layout;
	bool			 missing = layout->secrets_missing && !r->request->no_secrets;

	if (layout->secrets_empty && !r->request->no_secrets &&
	    remark(r, NULL, 0, "the secrets folder is empty: is it a submodule that is not checked out?", err) != 0)
		return (int)err->kind;
	if (!has_layout(r->request) || (!missing && !r->request->no_secrets))
		return 0;
	if (r->hub->chart != NULL &&
	    merge_removed(&r->hub->merged, r->hub->chart, missing ? &lost : &r->hub->merged.warnings, err) != 0)
		return (int)err->kind;
	return missing ? refuse_missing(r, &lost, err) : 0;
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

int
hub_resolve(const struct hub_request *request, struct layer_io *io, struct hub *out, struct error *err)
{
	struct resolution r = { .request = request, .io = io, .hub = out };

	io->public = request->public;
	io->allow_plaintext = request->allow_plaintext;
	if ((has_layout(request) && layout_find(request->hub, request->env, &out->layout, err) != 0) || add_layers(&r, err) != 0)
		return (int)err->kind;
	for (size_t kind = 0; kind < STRVALS_KINDS; kind++)
		if (add_sets(&r, (enum strvals_kind)kind, err) != 0)
			return (int)err->kind;
	if (open_chart(&r, err) != 0 || check_secrets(&r, err) != 0)
		return (int)err->kind;
	if (out->chart != NULL && !request->user_only && merge_over_chart(&out->merged, out->chart, out->names, err) != 0)
		return (int)err->kind;
	return merge_check_clear(&out->merged, err);
}

void
hub_release(struct hub *hub)
{
	merged_release(&hub->merged);
	for (size_t i = 0; i < hub->count; i++)
		layer_free(hub->layers[i]);
	free(hub->layers);
	layer_free(hub->chart);
	layout_release(&hub->layout);
	arena_release(&hub->arena);
	*hub = HUB;
}
