#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "cmd/hubrotate/hubrotate.h"
#include "cmd/layer_blob.h"
#include "gitfilter/gitcmd.h"

/*
 * One hub in one environment: find what is in effect, check all of it, prepare every file, and only then write.
 */
#define CHANGES_MAX	200
#define FILES_MAX	50

struct work {
	const struct rotation	*rotation;
	struct hub		 hub;
	const char		*prefix;
	struct findings		 found;
	struct findings		 copies[CHANGES_MAX];	/* of each that was found */
	struct layer_change	 changes[CHANGES_MAX];
	const struct layer	*layer_of[CHANGES_MAX];
	size_t			 count;
	struct layer_draft	*drafts[FILES_MAX];
	const struct layer	*files[FILES_MAX];
	struct layer_change	 sorted[CHANGES_MAX];	/* those of one file after another */
	size_t			 file_count;
	struct arena		 arena;
};

static void
work_release(struct work *w)
{
	for (size_t i = 0; i < w->file_count; i++)
		layer_draft_free(w->drafts[i]);
	for (size_t i = 0; i < w->found.count; i++)
		findings_release(&w->copies[i]);
	findings_release(&w->found);
	arena_release(&w->arena);
	hub_release(&w->hub);
}

/* --- what there is --------------------------------------------------------------------------------------------------- */

static int
find_services(struct work *w, struct error *err)
{
	const char	**services = NULL;
	size_t		  count;

	if (secrets_services(&w->hub, w->prefix, &w->arena, &services, &count, err) != 0)
		return (int)err->kind;
	for (size_t i = 0; i < count; i++)
		if (secrets_find(&w->hub, w->prefix, SERVICE_TOKEN, services[i], &w->arena, &w->found, err) != 0)
			return (int)err->kind;
	return 0;
}

/* What is not there now may be there after a command. */
static int
hint_empty(const struct work *w, struct error *err)
{
	if (err->kind != ERR_NOT_FOUND || !w->hub.layout.secrets_empty)
		return (int)err->kind;
	err->hint[0] = '\0';
	return err_hint(err, "the secrets folder is empty: is it a submodule that is not checked out?  'git submodule update --init'");
}

static int
fail_absent(const struct work *w, struct error *err)
{
	const struct rotation *r = w->rotation;

	if (r->kind == KINDS)
		return err_set(err, ERR_NOT_FOUND, "no layer holds any secret of JupyterHub's");
	if (r->kind == SERVICE_TOKEN)
		err_set(err, ERR_NOT_FOUND, "no layer holds a token of the service '%s'", r->service);
	else
		err_set(err, ERR_NOT_FOUND, "no layer holds a %s", kinds[r->kind].name);
	return err_hint(err, "the cluster keeps one of its own, in its Secret 'hub': a value in the secrets layer takes its place ('hubsecrets set')");
}

static int
find(struct work *w, struct error *err)
{
	const struct rotation *r = w->rotation;

	for (unsigned kind = 0; kind < KINDS; kind++) {
		size_t before = w->found.count;

		if (r->kind != KINDS && r->kind != kind)
			continue;
		if (kind == SERVICE_TOKEN && r->service == NULL) {
			if (find_services(w, err) != 0)
				return (int)err->kind;
			continue;
		}
		if (secrets_find(&w->hub, w->prefix, (enum kind)kind, kind == SERVICE_TOKEN ? r->service : NULL, &w->arena, &w->found, err) != 0)
			return (int)err->kind;
		if (w->found.count == before && r->kind == KINDS && report_absent(r->report, r, (enum kind)kind, err) != 0)
			return (int)err->kind;
	}
	if (w->found.count > CHANGES_MAX)
		return err_set(err, ERR_LIMIT, "more than %d secrets", CHANGES_MAX);
	return w->found.count > 0 ? 0 : fail_absent(w, err);
}

/* What the report wants to know: once files are written, nothing may fail but the printing of it. */
static int
find_filters(struct work *w, struct error *err)
{
	for (size_t i = 0; i < w->found.count; i++) {
		struct found *found = &w->found.list[i];

		if (found->value->layer != NULL && layer_blob_is_filtered(found->value->layer->path, &found->filtered, err) != 0)
			return (int)err->kind;
	}
	return 0;
}

/* --- what is to change ------------------------------------------------------------------------------------------------- */

static int
add_change(struct work *w, const struct found *found, enum layer_change_kind kind, struct slice text, struct error *err)
{
	if (w->count == CHANGES_MAX)
		return err_set(err, ERR_LIMIT, "more than %d values to change", CHANGES_MAX);
	w->layer_of[w->count] = found->value->layer;
	w->changes[w->count++] = (struct layer_change){ .kind = kind, .node = found->value->node, .text = text };
	return 0;
}

/* The other end of a service token may be a value of its own: that is changed with it, or nothing is. */
static int
plan_copies(struct work *w, size_t i, struct slice text, struct error *err)
{
	const struct rotation	*r = w->rotation;
	const struct found	*found = &w->found.list[i];
	struct findings		*copies = &w->copies[i];

	if (found->kind != SERVICE_TOKEN || secrets_copies(&w->hub, found, &w->arena, copies, err) != 0)
		return (int)err->kind;
	if (copies->count > 0 && !r->options->copies) {
		err_set(err, ERR_REFUSED, "the token of the service '%s' is also at '%s' (%s:%u)", found->service, copies->list[0].path,
		    copies->list[0].value->layer->path, (unsigned)copies->list[0].value->line);
		return err_hint(err, "both ends must change together: --copies does that");
	}
	for (size_t j = 0; j < copies->count; j++)
		if (secrets_check(&copies->list[j], r->hub, r->env, err) != 0 || sharing_check(r, &copies->list[j], err) != 0 ||
		    add_change(w, &copies->list[j], LAYER_VALUE, text, err) != 0)
			return (int)err->kind;
	return 0;
}

/* Why it stays as it is: NULL: it does not. */
static const char *
reason_to_stay(const struct work *w, const struct found *found)
{
	const char *hub = sharing_rotated(w->rotation->sharing, found);

	if (hub != NULL)
		return *hub != '\0' ? "it is the value of another hub, too, which was rotated before" : "it was rotated before";
	return found->kind == CRYPT_KEEPER && w->rotation->options->prune && found->value->count == 1 ? "it has one key only" : NULL;
}

static int
plan(struct work *w, struct error *err)
{
	const struct rotation *r = w->rotation;

	for (size_t i = 0; i < w->found.count; i++) {
		struct found		*found = &w->found.list[i];
		enum layer_change_kind	 kind = found->kind != CRYPT_KEEPER ? LAYER_VALUE : r->options->prune ? LAYER_FIRST_ONLY : LAYER_PREPEND;
		struct slice		 text = SLICE_NONE;

		if (secrets_check(found, r->hub, r->env, err) != 0 || sharing_check(r, found, err) != 0)
			return (int)err->kind;
		if ((found->left_alone = reason_to_stay(w, found)) != NULL)
			continue;
		if (kind != LAYER_FIRST_ONLY && secrets_draw(found->kind, secrets_text(found->value), &w->arena, &text, err) != 0)
			return (int)err->kind;
		if (add_change(w, found, kind, text, err) != 0 || plan_copies(w, i, text, err) != 0)
			return (int)err->kind;
	}
	return 0;
}

static void
namep(char **name)
{
	free(*name);
}

/* --- the files ------------------------------------------------------------------------------------------------------- */

/* What git would show as changed: a rotation on top could not be told from it, nor taken back alone.  It is asked where the file really is. */
static int
check_committed(const struct layer *layer, struct error *err)
{
	CLEANUP(buf_release) struct buf folder = BUF(LIMIT_CONFIG), out = BUF(LIMIT_MESSAGE);
	CLEANUP(namep) char *real = realpath(layer->path, NULL);
	const char	*path = real != NULL ? real : layer->path, *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;

	if (buf_append(&folder, slice_of(path, (size_t)(name - path)), err) != 0 || buf_str(&folder, ".", err) != 0 ||
	    buf_terminate(&folder, err) != 0)
		return (int)err->kind;
	if (gitcmd_run((const char *const[]){ "-C", (const char *)folder.data, "status", "--porcelain", "--", name, NULL }, SLICE_NONE,
	    &out, err) != 0) {
		/* No git, or not under git's eyes. */
		if (err->kind == ERR_NOT_FOUND || strstr(err->text, "not a git repository") != NULL) {
			err_reset(err);
			return 0;
		}
		(void)err_wrap(err, "cannot tell whether '%s' has changes that are not committed", layer->path);
		return err_hint(err, "see what 'git status' says there, or rotate all the same: --force");
	}
	if (out.len == 0)
		return 0;
	err_set(err, ERR_REFUSED, "'%s' has changes that are not committed", layer->path);
	return err_hint(err, "commit them first, or rotate on top of them: --force");
}

static int
prepare_file(struct work *w, const struct layer *layer, size_t *next, struct error *err)
{
	struct layer_change	*first = &w->sorted[*next];
	size_t			 count = 0;

	if (w->file_count == FILES_MAX)
		return err_set(err, ERR_LIMIT, "more than %d files", FILES_MAX);
	for (size_t i = 0; i < w->count; i++)
		if (w->layer_of[i] == layer)
			first[count++] = w->changes[i];
	*next += count;
	if (!w->rotation->options->force && !sharing_has_file(w->rotation->sharing, layer) && check_committed(layer, err) != 0)
		return (int)err->kind;
	w->files[w->file_count] = layer;
	if (layer_draft_new(w->rotation->io, layer, first, count, &w->drafts[w->file_count], err) != 0)
		return (int)err->kind;
	w->file_count++;
	return 0;
}

static bool
is_prepared(const struct work *w, const struct layer *layer)
{
	for (size_t i = 0; i < w->file_count; i++)
		if (w->files[i] == layer)
			return true;
	return false;
}

static int
prepare(struct work *w, struct error *err)
{
	size_t next = 0;

	for (size_t i = 0; i < w->count; i++)
		if (!is_prepared(w, w->layer_of[i]) && prepare_file(w, w->layer_of[i], &next, err) != 0)
			return (int)err->kind;
	return 0;
}

/* --- all of it ------------------------------------------------------------------------------------------------------- */

static int
tell(struct work *w, struct error *err)
{
	const struct rotation *r = w->rotation;

	for (size_t i = 0; i < w->found.count; i++) {
		struct report_item item = { .rotation = r, .found = &w->found.list[i], .copies = &w->copies[i] };

		if (r->options->age && age_of(item.found, r->io, &item.age, err) != 0)
			return (int)err->kind;
		if ((r->options->age ? report_age(r->report, &item, err) : report_change(r->report, &item, err)) != 0)
			return (int)err->kind;
	}
	return 0;
}

static int
write_files(struct work *w, struct error *err)
{
	const struct rotation *r = w->rotation;

	for (size_t i = 0; i < w->file_count; i++)
		if (sharing_warn(r, w->files[i], err) != 0)
			return (int)err->kind;
	for (size_t i = 0; i < w->file_count && !r->options->dry_run; i++)
		if (layer_draft_write(w->drafts[i], err) != 0)
			return (int)err->kind;
	for (size_t i = 0; i < w->found.count; i++)
		if (w->found.list[i].left_alone == NULL && sharing_add(r->sharing, &w->found.list[i], r->hub, err) != 0)
			return (int)err->kind;
	return 0;
}

struct hub_request
rotation_request(const struct rotation *r)
{
	return (struct hub_request){ .hub = r->hub, .env = r->env, .chart = r->options->chart, .helm = (enum layer_helm)r->options->helm,
	    .allow_plaintext = r->options->allow_plaintext };
}

static int
run(struct work *w, struct error *err)
{
	const struct rotation	*r = w->rotation;
	struct hub_request	 request = rotation_request(r);

	if (hub_resolve(&request, r->io, &w->hub, err) != 0)
		return (int)err->kind;
	if (secrets_prefix(&w->hub, r->hub, r->options, &w->arena, &w->prefix, err) != 0 || find(w, err) != 0)
		return hint_empty(w, err);
	if (find_filters(w, err) != 0)
		return (int)err->kind;
	if (secrets_are_outside(&w->hub, w->prefix))
		cli_warn("'hub.existingSecret' is set: what that Secret of the cluster holds comes before these values");
	if (!r->options->age && (plan(w, err) != 0 || prepare(w, err) != 0 || write_files(w, err) != 0))
		return (int)err->kind;
	if (!r->options->age)
		sharing_warn_equal(r, w->prefix, &w->found);
	return tell(w, err);
}

int
rotation_run(const struct rotation *rotation, struct error *err)
{
	CLEANUP(work_release) struct work w = { .rotation = rotation, .hub = HUB, .arena = ARENA_SECRET(LIMIT_DOCUMENT) };

	return run(&w, err);
}
