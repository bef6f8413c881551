#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/secret.h"
#include "cmd/hubrotate/hubrotate.h"

/*
 * Who else reads the layer that supplies a value?  Two environments are never given the same one, and what several hubs share is
 * rotated once in a run.
 */

/* --- what this run has rotated ----------------------------------------------------------------------------------------- */

struct rotated {
	struct rotated	*next;
	const char	*file, *path, *hub;	/* the file by its real name */
};

/* The real name of a file, to be freed; its own one when it has none. */
static char *
real_name(const char *path)
{
	char *real = realpath(path, NULL);

	return real != NULL ? real : strdup(path);
}

/* ${path_opt} NULL: anything in the file. */
static const struct rotated *
find(const struct rotated *list, const struct layer *layer, const char *path_opt)
{
	char *file = real_name(layer->path);

	while (file != NULL && list != NULL && (strcmp(list->file, file) != 0 || (path_opt != NULL && strcmp(list->path, path_opt) != 0)))
		list = list->next;
	free(file);
	return file != NULL ? list : NULL;
}

bool
sharing_has_file(const struct sharing *sharing, const struct layer *layer)
{
	return find(sharing->first, layer, NULL) != NULL;
}

const char *
sharing_rotated(const struct sharing *sharing, const struct found *found)
{
	const struct rotated *rotated = found->value->layer != NULL ? find(sharing->first, found->value->layer, found->path) : NULL;

	return rotated != NULL ? rotated->hub : NULL;
}

static int
keep(struct sharing *sharing, const char *text, const char **out, struct error *err)
{
	struct slice copy;

	if (arena_copy(&sharing->arena, slice_str(text), &copy, err) != 0)
		return (int)err->kind;
	*out = (const char *)copy.data;
	return 0;
}

int
sharing_add(struct sharing *sharing, const struct found *found, const char *hub_opt, struct error *err)
{
	char		*file = real_name(found->value->layer->path);
	struct rotated	*item;
	void		*room;

	if (file == NULL)
		return err_memory(err);
	if (arena_alloc(&sharing->arena, sizeof(*item), &room, err) != 0 || keep(sharing, file, &(item = room)->file, err) != 0 ||
	    keep(sharing, found->path, &item->path, err) != 0 || keep(sharing, hub_opt != NULL ? hub_opt : "", &item->hub, err) != 0) {
		free(file);
		return (int)err->kind;
	}
	free(file);
	item->next = sharing->first;
	sharing->first = item;
	return 0;
}

/* --- other environments ------------------------------------------------------------------------------------------------ */

static bool
same_file(const char *a, const char *b)
{
	struct file_identity	left, right;
	struct error		unheard = ERROR_INIT;

	return file_identify(a, &left, &unheard) == 0 && file_identify(b, &right, &unheard) == 0 && left.exists && right.exists &&
	    left.device == right.device && left.inode == right.inode;
}

/* Is the file a layer of that hub in that environment? */
static bool
reads(const char *hub, const char *env, const char *file)
{
	CLEANUP(layout_release) struct layout layout = LAYOUT;
	struct error	unheard = ERROR_INIT;

	if (layout_find(hub, env, &layout, &unheard) != 0)
		return false;
	for (size_t i = 0; i < layout.count; i++)
		if (same_file(layout.files[i].path, file))
			return true;
	return false;
}

/* Is that very place of the file in effect somewhere in this tree?  As deep as values may be. */
static bool
supplies(const struct merge_value *map, const struct merge_value *wanted)
{
	for (const struct merge_value *child = map->child; child != NULL; child = child->next)
		if ((child->node != NULL && wanted->node != NULL && child->layer != NULL && child->node->span.start == wanted->node->span.start &&
		    same_file(child->layer->path, wanted->layer->path)) || supplies(child, wanted))
			return true;
	return false;
}

/* Only who has the file as a layer is opened, and who cannot be opened counts as one that takes the value. */
static bool
takes(const struct rotation *r, const char *hub, const char *env, const struct merge_value *value)
{
	CLEANUP(hub_release) struct hub other = HUB;
	struct hub_request	request = rotation_request(r);
	struct error		unheard = ERROR_INIT;

	request.hub = hub;
	request.env = env;
	if (!reads(hub, env, value->layer->path))
		return false;
	return hub_resolve(&request, r->io, &other, &unheard) != 0 || (other.merged.root != NULL && supplies(other.merged.root, value));
}

static int
check_hub(const struct rotation *r, const char *hub, const struct found *found, struct arena *arena, struct error *err)
{
	const struct merge_value *value = found->value;
	bool		  own = r->hub == NULL || strcmp(hub, r->hub) == 0;
	const char	**envs;
	size_t		  count;

	if (layout_environments(hub, arena, &envs, &count, err) != 0)
		return (int)err->kind;
	for (size_t i = 0; i < count; i++) {
		if (strcmp(envs[i], r->env) == 0 || !takes(r, own ? r->hub : hub, envs[i], value))
			continue;
		err_set(err, ERR_REFUSED, "'%s' comes from a layer that '%s%s%s' has, too, and both would be given the same value: %s:%u",
		    found->path, own ? "" : hub, own ? "" : " ", envs[i], value->layer->path, (unsigned)value->line);
		return err_hint(err, "set it in the secrets layer of each environment ('hubsecrets set'), and take it out there; then rotate");
	}
	return 0;
}

/* In a run over all hubs each looks after its own environments. */
int
sharing_check(const struct rotation *r, const struct found *found, struct error *err)
{
	CLEANUP(arena_release) struct arena arena = ARENA(LIMIT_LAYOUT);
	const char	**hubs;
	size_t		  count;

	if (r->env == NULL)
		return 0;
	if (r->hub == NULL || r->options->all)
		return check_hub(r, r->hub != NULL ? r->hub : "", found, &arena, err);
	if (layout_hubs(&arena, &hubs, &count, err) != 0)
		return (int)err->kind;
	for (size_t i = 0; i < count; i++)
		if (check_hub(r, hubs[i], found, &arena, err) != 0)
			return (int)err->kind;
	return 0;
}

/* --- other hubs ---------------------------------------------------------------------------------------------------------- */

int
sharing_warn(const struct rotation *r, const struct layer *layer, struct error *err)
{
	CLEANUP(arena_release) struct arena arena = ARENA(LIMIT_LAYOUT);
	const char	**hubs, *first = NULL;
	size_t		  count, others = 0;

	if (r->options->all || r->hub == NULL)
		return 0;
	if (layout_hubs(&arena, &hubs, &count, err) != 0)
		return (int)err->kind;
	for (size_t i = 0; i < count; i++)
		if (strcmp(hubs[i], r->hub) != 0 && reads(hubs[i], r->env, layer->path)) {
			first = first == NULL ? hubs[i] : first;
			others++;
		}
	if (others == 1)
		cli_warn("'%s' is a layer of the hub '%s', too: what it takes from there changes with it", layer->path, first);
	else if (others > 1)
		cli_warn("'%s' is a layer of %zu other hubs ('%s' ...), too: what they take from there changes with it", layer->path, others, first);
	return 0;
}

static void
warn_equal(const struct rotation *r, const char *env, const char *prefix, const struct findings *found)
{
	CLEANUP(arena_release) struct arena arena = ARENA(LIMIT_LAYOUT);
	CLEANUP(hub_release) struct hub other = HUB;
	CLEANUP(findings_release) struct findings theirs = { .count = 0 };
	struct hub_request	request = rotation_request(r);
	struct error		unheard = ERROR_INIT;

	request.env = env;
	if (hub_resolve(&request, r->io, &other, &unheard) != 0 || other.merged.root == NULL)
		return;
	for (size_t i = 0; i < found->count; i++) {
		const struct found *mine = &found->list[i];

		theirs.count = 0;
		if (mine->left_alone == NULL && secrets_text(mine->value).len > 0 &&
		    secrets_find(&other, prefix, mine->kind, mine->service, &arena, &theirs, &unheard) == 0 && theirs.count == 1 &&
		    secret_equal(secrets_text(theirs.list[0].value), secrets_text(mine->value)))
			cli_warn("'%s' of '%s%s%s' has the value that '%s' had until now (%s:%u): each environment should have its own, so rotate it, too",
			    mine->path, r->hub != NULL ? r->hub : "", r->hub != NULL ? " " : "", env, r->env, theirs.list[0].value->layer->path, (unsigned)theirs.list[0].value->line);
	}
}

void
sharing_warn_equal(const struct rotation *r, const char *prefix, const struct findings *found)
{
	CLEANUP(arena_release) struct arena arena = ARENA(LIMIT_LAYOUT);
	struct error	  unheard = ERROR_INIT;
	const char	**envs;
	size_t		  count;
	bool		  was_quiet = r->io->quiet;

	if (r->env == NULL || layout_environments(r->hub != NULL ? r->hub : "", &arena, &envs, &count, &unheard) != 0)
		return;
	r->io->quiet = true;
	for (size_t i = 0; i < count; i++)
		if (strcmp(envs[i], r->env) != 0)
			warn_equal(r, envs[i], prefix, found);
	r->io->quiet = was_quiet;
}

void
sharing_release(struct sharing *sharing)
{
	arena_release(&sharing->arena);
	sharing->first = NULL;
}
