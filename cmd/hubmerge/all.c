/* Every hub of a repository in one run: what they share is read and opened once, and one that fails stops no other. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/hubmerge/hubmerge.h"
#include "yamlmerge/layout_rules.h"

struct target {
	const char	*hub, *env;	/* NULL where the layout needs none */
};

struct all {
	const struct options	*options;
	struct target		*targets;
	size_t			 count, failed;
	struct arena		 arena;
};

static void
all_release(struct all *all)
{
	arena_release(&all->arena);
}

static int
add_target(struct all *all, size_t *capacity, const char *hub, const char *env, struct error *err)
{
	struct target	*grown;
	void		*memory;

	if (all->count == *capacity) {
		*capacity = *capacity == 0 ? 64 : *capacity * 2;
		if (arena_alloc(&all->arena, *capacity * sizeof(*grown), &memory, err) != 0)
			return (int)err->kind;
		grown = memory;
		if (all->count > 0)
			(void)memcpy(grown, all->targets, all->count * sizeof(*grown));
		all->targets = grown;
	}
	all->targets[all->count++] = (struct target){ hub, env };
	return 0;
}

/* Does the layout do without an environment, or without any name? */
static bool
stands_alone(const char *hub_opt)
{
	CLEANUP(layout_release) struct layout	layout = LAYOUT;
	struct error				ignored = ERROR_INIT;

	return layout_find(hub_opt, NULL, &layout, &ignored) == 0;
}

static int
find_targets(struct all *all, const char *hub_opt, struct error *err)
{
	const char	**hubs = &hub_opt, **envs;
	size_t		  hub_count = 1, env_count, capacity = 0;

	if (hub_opt == NULL && layout_hubs(&all->arena, &hubs, &hub_count, err) != 0)
		return (int)err->kind;
	for (size_t i = 0; i < hub_count; i++) {
		if (layout_environments(hubs[i], &all->arena, &envs, &env_count, err) != 0)
			return (int)err->kind;
		for (size_t k = 0; k < env_count; k++)
			if (add_target(all, &capacity, hubs[i], envs[k], err) != 0)
				return (int)err->kind;
		if (env_count == 0 && stands_alone(hubs[i]) && add_target(all, &capacity, hubs[i], NULL, err) != 0)
			return (int)err->kind;
	}
	if (hub_count == 0 && stands_alone(NULL) && add_target(all, &capacity, NULL, NULL, err) != 0)
		return (int)err->kind;
	if (all->count > 0)
		return 0;
	if (hub_opt != NULL)
		return err_set(err, ERR_NOT_FOUND, "there is no hub '%s', or it has no environment", hub_opt);
	(void)err_set(err, ERR_NOT_FOUND, "there are no hubs here");
	return err_hint(err, "run at the top of a repository laid out for hubploy, or with a " LAYOUT_FILE);
}

/* --- keys ------------------------------------------------------------------------------------------------------------------ */

/* The secrets layers of all, so that their questions to services are in flight together.  What fails here fails again, and says why, below. */
static int
prefetch(struct all *all, struct layer_io *io, struct error *err)
{
	const char	**paths;
	size_t		  count = 0;
	void		 *memory;

	if (arena_alloc(&all->arena, 2 * all->count * sizeof(*paths), &memory, err) != 0)
		return (int)err->kind;
	paths = memory;
	for (size_t i = 0; i < all->count; i++) {
		CLEANUP(layout_release) struct layout	layout = LAYOUT;
		struct error				ignored = ERROR_INIT;

		if (layout_find(all->targets[i].hub, all->targets[i].env, &layout, &ignored) != 0)
			continue;
		for (size_t k = 0, found = 0; k < layout.count && found < 2; k++) {
			struct slice copy;

			if (layout.files[k].role != LAYER_SECRETS)
				continue;
			if (arena_copy(&all->arena, slice_str(layout.files[k].path), &copy, err) != 0)
				return (int)err->kind;
			paths[count++] = (const char *)copy.data;
			found++;
		}
	}
	return layer_io_prefetch(io, paths, count, err);
}

/* --- one after the other ----------------------------------------------------------------------------------------------------- */

static int
make_folder(const char *path, struct error *err)
{
	if (mkdir(path, 0700) == 0 || errno == EEXIST)
		return 0;
	return err_errno(err, "cannot make the folder '%s'", path);
}

/* DIR/HUB/ENV.yaml; DIR/HUB.yaml or DIR/values.yaml for what has no such names. */
static int
target_path(const struct all *all, const struct target *target, struct buf *out, struct error *err)
{
	if (buf_printf(out, err, "%s/%s", all->options->output, target->hub != NULL ? target->hub : "values") != 0 ||
	    buf_terminate(out, err) != 0)
		return (int)err->kind;
	if (target->env != NULL && (make_folder((const char *)out->data, err) != 0 || buf_printf(out, err, "/%s", target->env) != 0))
		return (int)err->kind;
	return buf_str(out, ".yaml", err) != 0 ? (int)err->kind : buf_terminate(out, err);
}

/* "HUB ENV", for people. */
static void
target_name(const struct target *target, char *out, size_t room)
{
	(void)snprintf(out, room, "%s%s%s", target->hub != NULL ? target->hub : "values", target->env != NULL ? " " : "",
	    target->env != NULL ? target->env : "");
}

static int
merge_target(const struct all *all, const struct target *target, struct layer_io *io, struct error *err)
{
	CLEANUP(buf_release) struct buf	 path = BUF(64 * KIB);
	const struct hub_request	 request = options_request(all->options, target->hub, target->env);
	const bool			 write = all->options->output != NULL;

	if (write && target_path(all, target, &path, err) != 0)
		return (int)err->kind;
	return merge_one(all->options, &request, io, write ? (const char *)path.data : NULL, write, err);
}

static int
check_usage(const struct cli_args *args, struct error *err)
{
	const struct options *options = args->options;

	for (size_t i = 0; i < options->files.count; i++)
		if (strcmp(options->files.items[i], "-") == 0)
			return err_set(err, ERR_USAGE, "standard input can be read once, and --all needs it for every hub");
	if (args->count > 1) {
		(void)err_set(err, ERR_USAGE, "--all takes every environment, so none can be named");
		return err_hint(err, "usage: hubmerge --all [HUB] [-o DIR]");
	}
	if (options->output == NULL || strcmp(options->output, "-") != 0)
		return 0;
	(void)err_set(err, ERR_USAGE, "the values of several hubs make no one file");
	return err_hint(err, "name a folder: -o DIR");
}

int
merge_all(const struct cli_args *args, struct error *err)
{
	CLEANUP(layer_io_release) struct layer_io	io = LAYER_IO;
	CLEANUP(all_release) struct all			all = { .options = args->options, .arena = ARENA(16 * LIMIT_LAYOUT) };

	if (check_usage(args, err) != 0 || find_targets(&all, args->count > 0 ? args->operands[0] : NULL, err) != 0 ||
	    (!all.options->public && !all.options->no_secrets && prefetch(&all, &io, err) != 0) ||
	    (all.options->output != NULL && make_folder(all.options->output, err) != 0))
		return (int)err->kind;
	for (size_t i = 0; i < all.count; i++) {
		struct error	why = ERROR_INIT;
		char		name[256];

		target_name(&all.targets[i], name, sizeof(name));
		cli_progress("%zu of %zu: %s", i + 1, all.count, name);
		if (merge_target(&all, &all.targets[i], &io, &why) == 0)
			continue;
		(void)err_wrap(&why, "%s", name);
		cli_error(&why);
		all.failed++;
	}
	cli_progress_end();
	if (all.failed == 0)
		return 0;
	return err_set(err, ERR_REFUSED, "%zu of %zu failed", all.failed, all.count);
}
