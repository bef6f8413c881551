#include <string.h>

#include "cmd/hubmerge/hubmerge.h"
#include "cmd/hubmerge/revision.h"
#include "cmd/hubmerge/show.h"
#include "cmd/manifest.h"
#include "yamlmerge/diff.h"

/* One side of a comparison. */
struct side {
	struct hub	 hub;
	bool		 there;		/* this hub and environment exist on this side */
};

struct printing {
	struct buf	 out;
	struct json_out	 json;
	bool		 as_json;
	const char	*hub, *env;	/* of what is compared now */
	bool		 titled;	/* a line says so above the differences */
	size_t		 different, same_secrets, not_compared, failed;
};

static void
side_release(struct side *side)
{
	hub_release(&side->hub);
}

/* --- one difference ----------------------------------------------------------------------------------------------- */

static bool
is_masked(const struct merge_value *value)
{
	return value != NULL && value->layer != NULL && value->layer->masked;
}

static int
add_value(struct printing *p, const char *before, const struct merge_value *value, bool secret, struct error *err)
{
	if (buf_str(&p->out, before, err) != 0)
		return (int)err->kind;
	return secret ? buf_str(&p->out, "(secret)", err) : show_value(value, &p->out, err);
}

static int
add_text(struct printing *p, const struct diff_item *item, struct error *err)
{
	static const char	marks[] = { '~', '+', '-' };

	if (p->titled && *p->hub != '\0' && buf_printf(&p->out, err, "%s %s\n", p->hub, p->env) != 0)
		return (int)err->kind;
	p->titled = false;
	if (buf_printf(&p->out, err, "%c ", marks[item->change]) != 0 || json_out_visible(&p->out, item->path, err) != 0)
		return (int)err->kind;
	if (item->secret && item->change == DIFF_CHANGED)
		return buf_str(&p->out, ": (secret) changed\n", err);
	if (item->old != NULL && add_value(p, ": ", item->old, item->secret, err) != 0)
		return (int)err->kind;
	if (item->new != NULL && add_value(p, item->old != NULL ? " -> " : ": ", item->new, item->secret, err) != 0)
		return (int)err->kind;
	return buf_byte(&p->out, '\n', err);
}

static int
add_side(struct json_out *json, const char *name, const struct merge_value *value, bool secret, struct error *err)
{
	if (value == NULL)
		return 0;
	if (json_out_begin(json, name, '{', err) != 0 || (!secret && show_value_json(json, value, err) != 0) ||
	    show_origin_json(json, value, err) != 0)
		return (int)err->kind;
	return json_out_end(json, '}', err);
}

static int
add_json(struct printing *p, const struct diff_item *item, struct error *err)
{
	static const char *const	changes[] = { "changed", "added", "removed", "same" };
	struct json_out			*json = &p->json;

	if (json_out_begin(json, NULL, '{', err) != 0 || json_out_text(json, "hub", slice_str(p->hub), err) != 0 ||
	    json_out_text(json, "env", slice_str(p->env), err) != 0 || json_out_text(json, "path", item->path, err) != 0 ||
	    json_out_text(json, "change", slice_str(changes[item->change]), err) != 0 ||
	    json_out_bool(json, "secret", item->secret, err) != 0 || add_side(json, "old", item->old, item->secret, err) != 0 ||
	    add_side(json, "new", item->new, item->secret, err) != 0)
		return (int)err->kind;
	return json_out_end(json, '}', err);
}

static int
add_item(void *context, const struct diff_item *item, struct error *err)
{
	struct printing *p = context;

	/* What stands in for a secret says nothing about it. */
	if (item->old != NULL && item->new != NULL && (is_masked(item->old) || is_masked(item->new))) {
		p->not_compared++;
		return 0;
	}
	p->same_secrets += item->change == DIFF_SAME;
	p->different += item->change != DIFF_SAME;
	if (p->as_json)
		return add_json(p, item, err);
	return item->change == DIFF_SAME ? 0 : add_text(p, item, err);
}

static int
compare(struct printing *p, const struct side *old, const struct side *new, struct error *err)
{
	return diff_trees(old->there ? old->hub.merged.root : NULL, new->there ? new->hub.merged.root : NULL, add_item, p, err);
}

/* --- two environments --------------------------------------------------------------------------------------------- */

static int
resolve(const struct options *options, const char *hub, const char *env, struct layer_io *io, struct side *out, struct error *err)
{
	const struct hub_request request = options_request(options, *hub != '\0' ? hub : NULL, *env != '\0' ? env : NULL);

	out->there = true;
	return hub_resolve(&request, io, &out->hub, err);
}

static int
diff_envs(const struct cli_args *args, struct printing *p, struct error *err)
{
	CLEANUP(layer_io_release) struct layer_io	io = LAYER_IO;
	CLEANUP(side_release) struct side		old = { .hub = HUB }, new = { .hub = HUB };
	const struct options				*options = args->options;
	const char *const				*names = args->operands;

	if (args->count != 3) {
		(void)err_set(err, ERR_USAGE, "a hub and two environments are needed");
		return err_hint(err, "usage: hubmerge diff HUB ENV1 ENV2, or hubmerge diff --rev A..B [HUB [ENV]]");
	}
	p->hub = names[0];
	p->env = names[2];
	if (resolve(options, names[0], names[1], &io, &old, err) != 0 || resolve(options, names[0], names[2], &io, &new, err) != 0)
		return (int)err->kind;
	return compare(p, &old, &new, err);
}

/* --- two commits -------------------------------------------------------------------------------------------------- */

/* The hubs of one commit.  They are read while it is in the current folder, and compared when neither is. */
struct state {
	struct layer_io	 io;
	struct arena	 arena;
	struct entry	*first, **end;
	const char	*name;		/* for messages; NULL: the files as they are */
	bool		 all;		/* more than one environment: one that fails stops no other */
	size_t		 failed;
};

struct entry {
	const char	*hub, *env;
	struct side	 side;
	bool		 failed;
	struct entry	*next;
};

static void
state_init(struct state *state)
{
	*state = (struct state){ .io = LAYER_IO, .arena = ARENA(LIMIT_CHECK) };
	state->end = &state->first;
}

static void
state_release(struct state *state)
{
	for (struct entry *entry = state->first; entry != NULL; entry = entry->next)
		side_release(&entry->side);
	layer_io_release(&state->io);
	arena_release(&state->arena);
}

/* One that cannot be resolved is told of at once.  Both names are "" in a repository of one deployment without names. */
static int
read_env(struct state *state, const struct options *options, const char *hub, const char *env, struct error *err)
{
	CLEANUP(layout_release) struct layout	layout = LAYOUT;
	struct error				why = ERROR_INIT;
	struct entry				*entry;
	void					*room;

	if (layout_find(*hub != '\0' ? hub : NULL, *env != '\0' ? env : NULL, &layout, err) != 0)
		return (int)err->kind;
	if (manifest_is_environment(&layout, NULL))
		return 0;
	if (arena_alloc(&state->arena, sizeof(*entry), &room, err) != 0)
		return (int)err->kind;
	entry = room;
	*entry = (struct entry){ .hub = hub, .env = env, .side = { .hub = HUB } };
	*state->end = entry;
	state->end = &entry->next;
	if (resolve(options, hub, env, &state->io, &entry->side, &why) == 0)
		return 0;
	if (state->name != NULL)
		(void)err_wrap(&why, "%s %s in '%s'", hub, env, state->name);
	if (!state->all || why.kind == ERR_MEMORY) {
		*err = why;
		return (int)err->kind;
	}
	entry->failed = true;
	state->failed++;
	cli_error(&why);
	return 0;
}

/* A hub that one of the commits lacks is no mistake: all of it is added or removed. */
static int
read_hub(struct state *state, const struct options *options, const char *hub, const char *env_opt, struct error *err)
{
	struct error	 why = ERROR_INIT;
	const char	**envs;
	size_t		 count;

	if (layout_environments(hub, &state->arena, &envs, &count, &why) != 0) {
		if (why.kind == ERR_NOT_FOUND)
			return 0;
		*err = why;
		return (int)err->kind;
	}
	for (size_t i = 0; i < count; i++)
		if ((env_opt == NULL || strcmp(env_opt, envs[i]) == 0) && read_env(state, options, hub, envs[i], err) != 0)
			return (int)err->kind;
	return 0;
}

/* One deployment without names; a folder with nothing at all is what a commit may have been. */
static bool
is_nameless(void)
{
	CLEANUP(layout_release) struct layout	layout = LAYOUT;
	struct error				ignored = ERROR_INIT;

	return layout_find(NULL, NULL, &layout, &ignored) == 0;
}

static int
read_hubs(struct state *state, const struct cli_args *args, struct error *err)
{
	const char *const	*names = args->operands;
	const char		**hubs;
	size_t			 count;

	if (args->count > 0)
		return read_hub(state, args->options, names[0], args->count > 1 ? names[1] : NULL, err);
	if (layout_hubs(&state->arena, &hubs, &count, err) != 0)
		return (int)err->kind;
	for (size_t i = 0; i < count; i++)
		if (read_hub(state, args->options, hubs[i], NULL, err) != 0)
			return (int)err->kind;
	return count == 0 && is_nameless() ? read_env(state, args->options, "", "", err) : 0;
}

/* ${revision_opt}: NULL are the files as they are, "" is HEAD. */
static int
read_state(struct state *state, const struct cli_args *args, const char *revision_opt, struct error *err)
{
	CLEANUP(revision_release) struct revision revision = REVISION;

	state->name = revision_opt == NULL || *revision_opt != '\0' ? revision_opt : "HEAD";
	state->all = args->count < 2;
	if (state->name != NULL && revision_enter(&revision, state->name, err) != 0)
		return (int)err->kind;
	return read_hubs(state, args, err);
}

static struct entry *
find_entry(const struct state *state, const struct entry *like)
{
	for (struct entry *entry = state->first; entry != NULL; entry = entry->next)
		if (strcmp(entry->hub, like->hub) == 0 && strcmp(entry->env, like->env) == 0)
			return entry;
	return NULL;
}

static int
compare_entries(struct printing *p, const struct entry *old, const struct entry *new, struct error *err)
{
	static const struct side	nothing = { .there = false };
	const struct entry		*either = new != NULL ? new : old;

	/* That has been told of. */
	if ((old != NULL && old->failed) || (new != NULL && new->failed))
		return 0;
	p->hub = either->hub;
	p->env = either->env;
	p->titled = true;
	return compare(p, old != NULL ? &old->side : &nothing, new != NULL ? &new->side : &nothing, err);
}

static int
compare_states(struct printing *p, const struct state *old, const struct state *new, struct error *err)
{
	for (const struct entry *entry = old->first; entry != NULL; entry = entry->next)
		if (compare_entries(p, entry, find_entry(new, entry), err) != 0)
			return (int)err->kind;
	for (const struct entry *entry = new->first; entry != NULL; entry = entry->next)
		if (find_entry(old, entry) == NULL && compare_entries(p, NULL, entry, err) != 0)
			return (int)err->kind;
	return 0;
}

static int
diff_revisions(const struct cli_args *args, struct printing *p, struct error *err)
{
	CLEANUP(state_release) struct state	old, new;
	CLEANUP(buf_release) struct buf		first = BUF(64 * KIB);
	const struct options			*options = args->options;
	const char				*dots = strstr(options->revisions, "..");
	size_t					 len = dots != NULL ? (size_t)(dots - options->revisions) : strlen(options->revisions);

	state_init(&old);
	state_init(&new);
	if (args->count > 2) {
		(void)err_set(err, ERR_USAGE, "--rev compares one environment, or all, at two commits");
		return err_hint(err, "usage: hubmerge diff --rev A..B [HUB [ENV]]");
	}
	if (buf_append(&first, slice_of(options->revisions, len), err) != 0 || buf_terminate(&first, err) != 0 ||
	    read_state(&old, args, (const char *)first.data, err) != 0 || read_state(&new, args, dots != NULL ? dots + 2 : NULL, err) != 0)
		return (int)err->kind;
	if (old.first == NULL && new.first == NULL)
		return err_set(err, ERR_NOT_FOUND, args->count > 0 ? "neither side has this hub and environment" : "there are no hubs here");
	p->failed = old.failed + new.failed;
	return compare_states(p, &old, &new, err);
}

/* --- the verb ----------------------------------------------------------------------------------------------------- */

static int
finish(struct printing *p, struct error *err)
{
	if (p->as_json && (json_out_end(&p->json, ']', err) != 0 || buf_byte(&p->out, '\n', err) != 0))
		return (int)err->kind;
	if (cli_output(buf_slice(&p->out), err) != 0)
		return (int)err->kind;
	if (!p->as_json && p->same_secrets > 0)
		cli_note("%zu secret%s the same on both sides", p->same_secrets, p->same_secrets == 1 ? " is" : "s are");
	if (p->not_compared > 0)
		cli_note("%zu secret%s not compared: --public opens nothing", p->not_compared, p->not_compared == 1 ? " was" : "s were");
	return 0;
}

int
verb_diff(const struct cli_args *args, struct error *err)
{
	const struct options	*options = args->options;
	struct printing		 p = { .out = BUF(LIMIT_DOCUMENT), .as_json = options->json };
	int			 failed;

	*args->status = 2;
	p.json = JSON_OUT(&p.out);
	failed = p.as_json ? json_out_begin(&p.json, NULL, '[', err) : 0;
	if (failed == 0)
		failed = options->revisions != NULL ? diff_revisions(args, &p, err) : diff_envs(args, &p, err);
	if (failed == 0)
		failed = finish(&p, err);
	if (failed == 0)
		*args->status = p.failed > 0 ? 2 : p.different > 0;
	buf_release(&p.out);
	return failed;
}
